"""Backing up while four people edit, and restoring: what an edit waits, and what it takes.

A clip of 10,000 frames with 22 boxes each and 100 revisions, each with one frame changed
(``--scale 0.1`` makes a tenth of the frames).  Four processes edit, each a clip of its own of a
tenth of that: five edits a second, each saved at once.  An edit is taken when the call returns that
puts it into the journal; its save waits for the database as well.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path
from typing import Final

from benchmarks.autosave import ACTOR, nudge
from benchmarks.figures import Figure, percentile
from prelabel_tui.core import publishing
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.backup.restore import restore
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.saving import save
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.labels import Capability, make_frame, with_geometry
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from tests.core.clips import add_run, player_document

FRAMES: Final = 10_000
REVISIONS: Final = 100
PEOPLE: Final = 4
_EVERY_S: Final = 0.2
_QUIET_S: Final = 10.0
_LEAD: Final = Actor("lead", Role.LEAD, "benchmark")

Times = tuple[list[float], list[float]]
"""Seconds that each edit took until it was in the journal, and each save."""


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure edits without and with a backup beside them, the backup, the restore."""
    frames = max(100, round(FRAMES * options.scale))
    with tempfile.TemporaryDirectory(prefix="prelabel-backup-") as name:
        folder = Path(name)
        store = open_store(folder / "home").unwrap()
        _publish(store, frames)
        drafts = [_opened(store, f"clip of {n}", frames // 10).id for n in range(PEOPLE)]
        quiet, _ = _while_editing(store, drafts, lambda: time.sleep(_QUIET_S))
        kept = folder / "kept"
        beside, first = _while_editing(store, drafts, lambda: _done(back_up(store, kept).outcome))
        again = _timed(lambda: _done(back_up(store, kept).outcome))
        store.close()
        restored = _timed(lambda: _done(restore(kept, folder / "again").outcome))
        copy = open_store(folder / "again").unwrap()
        clean = fsck(copy).outcome.code is Code.FSCK_CLEAN
        copy.close()
    size = f"{frames:,} frames × {REVISIONS} revisions"
    figures = [
        Figure(
            f"{what} while a backup is made, p99, {size}", percentile(now, 0.99) * 1000, "ms", goal,
            f"without a backup, {percentile(before, 0.99) * 1000:.2f} ms",
        )
        for what, goal, now, before in zip(
            ("edit", "save"), (20.0, None), beside, quiet, strict=True
        )
    ]  # fmt: skip
    return [
        *figures,
        Figure(f"backup beside {PEOPLE} editors, {size}", first, "s"),
        Figure("further backup, few artifacts new", again, "s"),
        Figure("restore, checked", restored, "s"),
        Figure("restored folder that fsck finds clean", float(clean), "of 1", 1, at_least=True),
    ]


def _opened(store: Store, media: str, frames: int) -> DraftInfo:
    run_id = add_run(store, player_document(frames), workspace=media, media=media)
    return loading.open_review(store, ACTOR, run_id, Capability.PLAYER).unwrap()


def _publish(store: Store, frames: int) -> None:
    draft = _opened(store, "clip", frames)
    for number in range(REVISIONS):
        loaded = loading.load(store, draft.id).unwrap()
        index = number % frames
        frame = loaded.document.frame(index)
        first, *others = frame.labels
        x, *rest = first.geometry
        moved = with_geometry(first, (int(x or 0) + 100, *rest))  # type: ignore[arg-type]
        changed = {index: encode_frame(make_frame([moved, *others], reviewed=True))}
        loaded.document.apply(changed)
        draft = save(store, ACTOR, draft, loaded.document, changed, new_id()).unwrap()
        _done(
            publishing.publish(
                store, _LEAD, draft.id, draft.version, override_reason="A clip of a benchmark."
            ).outcome
        )


def _done(outcome: Outcome) -> None:
    if not outcome.ok:
        raise RuntimeError(outcome.headline)


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _while_editing(
    store: Store, drafts: list[str], work: Callable[[], None]
) -> tuple[Times, float]:
    """Run the work while everybody edits; return what their edits took, and what it took."""
    processes = multiprocessing.get_context("spawn")
    begun, ended = processes.Semaphore(0), processes.Event()
    told: Queue[Times] = processes.Queue()
    people = [
        processes.Process(target=_edit, args=(store.home, draft, begun, ended, told))
        for draft in drafts
    ]
    for person in people:
        person.start()
    for _ in people:
        begun.acquire()
    seconds = _timed(work)
    ended.set()
    edits: Times = ([], [])
    for _ in people:
        for all_, some in zip(edits, told.get(), strict=True):
            all_ += some
    for person in people:
        person.join()
    return edits, seconds


def _edit(home: Path, draft_id: str, begun: Semaphore, ended: Event, told: Queue[Times]) -> None:
    store = open_store(home).unwrap()
    session = EditingSession.open(store, ACTOR, draft_id).unwrap()
    edits: list[float] = []
    saves: list[float] = []
    number = 0
    begun.release()
    while not ended.wait(_EVERY_S):
        operation = nudge(session.document, number)
        number += 1
        start = time.perf_counter()
        session.apply(operation)
        taken = time.perf_counter()
        session.save_now()
        edits.append(taken - start)
        saves.append(time.perf_counter() - taken)
    session.close()
    store.close()
    told.put((edits, saves))
