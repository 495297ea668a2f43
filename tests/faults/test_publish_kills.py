"""kill -9 at points of publish, approve and eligibility: nothing half done, a retry ends it."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

import prelabel_tui
from prelabel_tui.core import publishing
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import findings, loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, packs
from prelabel_tui.core.store import Store, models, open_store
from tests import matches

LEAD = Actor("lena", Role.LEAD, "test@host pid 1")
_ON_FILES = (os.fsync, os.replace, os.mkdir)
_PROGRAM = str(Path(prelabel_tui.__file__).parent)
Act = Callable[[Store], Code]


def _draft(store: Store) -> tuple[str, int]:
    scope = find_scope(store, "club", "clip", Capability.PLAYER).unwrap()
    draft = loading.active_draft(store, scope)
    assert draft is not None
    return draft.id, draft.version


def _publish(store: Store) -> Code:
    return publishing.publish(store, LEAD, *_draft(store)).outcome.code


def _approve_pack(store: Store) -> Code:
    with store.read() as session:
        pack_id = session.scalar(
            select(models.LabelPack.id).where(models.LabelPack.source == "run")
        )
    assert pack_id is not None
    return packs.approve(store, LEAD, pack_id, 1, "looks right").outcome.code


def _approve_dataset(store: Store) -> Code:
    with store.read() as session:
        revision_id = session.scalar(select(models.Revision.id))
    assert revision_id is not None
    return eligibility.approve(store, LEAD, revision_id, 1).outcome.code


SCENES: dict[str, tuple[int, Act, set[Code]]] = {
    "first publish": (0, _publish, {Code.PUBLISH_SUCCESS, Code.NO_OP_ALREADY_PUBLISHED}),
    "next publish": (1, _publish, {Code.PUBLISH_SUCCESS, Code.NO_OP_ALREADY_PUBLISHED}),
    "approve": (0, _approve_pack, {Code.PACK_APPROVED, Code.PACK_VERSION_CONFLICT}),
    "eligibility": (
        1,
        _approve_dataset,
        {Code.ELIGIBILITY_APPROVED, Code.ELIGIBILITY_VERSION_CONFLICT},
    ),
}
"""Revisions before, the act, and what doing it again may answer."""


def _prepared(folder: Path, revisions: int) -> Path:
    store = open_store(folder).unwrap()
    match = matches.enter(store, LEAD)
    matches.review_all(store, LEAD, match.draft.id, nudge=50)  # not what the run's pack holds
    for nudge in range(1, revisions + 1):
        assert _publish(store) is Code.PUBLISH_SUCCESS
        matches.review_all(store, LEAD, match.draft.id, nudge=nudge * 100)
    store.close()
    return folder


def _writes(function: Any) -> bool:
    return function.__name__ == "write" and isinstance(function.__self__, io.BufferedWriter)


@contextlib.contextmanager
def _counting(store: Store, at: int) -> Iterator[Iterator[int]]:
    """Count statements, commits, what is done to files, and the program's own calls; die at
    the given one."""
    passed = itertools.count(1)  # in one step, also when two threads count

    def point(*_: object) -> None:
        if next(passed) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(store.engine, name, point)

    def profile(frame: Any, kind: str, function: Any) -> None:
        if kind in ("c_call", "c_return"):
            if function in _ON_FILES or _writes(function):
                point()
        elif frame.f_code.co_filename.startswith(_PROGRAM):
            point()

    threading.setprofile(profile)  # the artifact is written by a thread beside the publish
    sys.setprofile(profile)
    try:
        yield passed
        point()  # all is committed, and nobody was told
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _killed(home: Path, act: Act, at: int) -> int:
    """Do it in a process that dies at a point; how many points it passed when it lived."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store = open_store(home).unwrap()
            findings.forget()  # the same way each time
            with _counting(store, at) as passed:
                act(store)
            os.write(write, str(next(passed) - 1).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        passed_points = pipe.read()
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return 0
    return int(passed_points)


@pytest.mark.soak
@pytest.mark.parametrize("scene", SCENES)
def test_a_kill_leaves_nothing_half_done_and_a_retry_ends_it(
    scene: str, tmp_path: Path, soak: bool
) -> None:
    before, act, answers = SCENES[scene]
    prepared = _prepared(tmp_path / "prepared", before)
    shutil.copytree(prepared, tmp_path / "before")
    store = open_store(tmp_path / "before").unwrap()
    act(store)  # what a process does only once is done: each of the children begins alike
    store.close()
    shutil.copytree(prepared, tmp_path / "whole")
    points = _killed(tmp_path / "whole", act, 0)
    assert points > 10
    kills = 50 if soak else 4
    chosen = sorted({1 + round(at * (points - 1) / (kills - 1)) for at in range(kills)})
    seen: dict[Code, int] = {}
    for at in chosen:
        home = tmp_path / f"killed-{at}"
        shutil.copytree(prepared, home)
        assert _killed(home, act, at) == 0, f"no kill at point {at} of {points}"
        store = open_store(home).unwrap()
        matches.leases_over(store)
        assert fsck(store).outcome.code is Code.FSCK_CLEAN, f"point {at}"
        code = act(store)
        assert code in answers, f"point {at}"
        seen[code] = seen.get(code, 0) + 1
        assert fsck(store).outcome.code is Code.FSCK_CLEAN, f"point {at}, after the retry"
        with store.read() as session:
            revisions = session.scalar(select(func.count()).select_from(models.Revision))
            told = session.scalars(select(models.Audit.action)).all()
        assert revisions == before + (act is _publish)
        assert told.count("pack.approve") == (act is _approve_pack)
        assert told.count("eligibility.approve") == (act is _approve_dataset)
        store.close()
        shutil.rmtree(home)
    print(f"{scene}: {len(chosen)} kills at {points} points, retries: {seen}")


def _publish_and_die(store: Store) -> Code:
    def die(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == "Recording the revision":
            os.kill(os.getpid(), signal.SIGKILL)

    return publishing.publish(store, LEAD, *_draft(store), progress=die).outcome.code


def test_a_killed_publish_blocks_its_scope_no_longer_than_its_lease(tmp_path: Path) -> None:
    home = _prepared(tmp_path / "home", 0)
    assert _killed(home, _publish_and_die, 0) == 0
    store = open_store(home).unwrap()
    assert _publish(store) is Code.PUBLISH_LOCK_CONFLICT
    matches.leases_over(store)
    assert _publish(store) is Code.PUBLISH_SUCCESS
    store.close()
