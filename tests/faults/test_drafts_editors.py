"""Eight processes edit one draft at once: every version has one parent, no update is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.core.drafts import loading, saving
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability, with_geometry
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from tests.core.clips import add_run, player_document
from tests.faults.editors import VALUES_EACH, run_editors, violations

LEAD = Actor("lena", Role.LEAD, "test")


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_eight_editors_lose_nothing(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, soak: bool
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    edits, seed = (500, 1) if soak else (25, random.randrange(10**6))
    answers, found = _edited(tmp_path / "home", url, 8, edits, seed)
    assert found == [], f"seed {seed}"
    sums = {
        word: sum(answer[word] for answer in answers)
        for word in ("edits", "merges", "conflicts", "loads")
    }
    saves = sum(len(answer["saved"]) for answer in answers)
    assert sums["merges"] > 0, "they met"
    print(f"\n8 editors on {database} (seed {seed}): {sums}, {saves} saves, 0 updates lost")


def test_the_checker_finds_what_a_broken_compare_and_swap_loses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "append_version", _last_writer_wins(saving.append_version))
    monkeypatch.setattr(autosave, "QUIET_SECONDS", 0.0)
    store = open_store(tmp_path / "home").unwrap()
    run = add_run(store, player_document(2, 3))
    draft = loading.open_review(store, LEAD, run, Capability.PLAYER).unwrap().id
    first, second = (
        EditingSession.open(store, Actor(f"editor-{n}", Role.REVIEWER, "test"), draft).unwrap()
        for n in range(2)
    )
    for frame in range(2):
        _move(first, frame, 0, VALUES_EACH + frame)
    _move(second, 0, 1, 2 * VALUES_EACH)  # saves frame 1 as it knows it, and not the other
    for session in (first, second):
        session.close()
    found = violations(store, draft, [])
    store.close()
    assert any("takes back" in line for line in found)
    assert any("is not its content" in line for line in found)


def _move(session: EditingSession, frame: int, index: int, x: int) -> None:
    label = session.document.frame(frame).labels[index]
    moved = with_geometry(label, (x, *label.geometry[1:]))
    session.apply(Operation("move", "Move", (label_change(frame, label, moved),)))
    assert session.flush(30).healthy


def _last_writer_wins(append: Callable[..., Any]) -> Callable[..., Any]:
    """Saves that follow whatever is newest, instead of what they are based on."""

    def append_to_newest(store: Store, actor: Actor, base: Any, *rest: Any, **named: Any) -> Any:
        newest = loading.draft_info(store, base.id).unwrap()
        moved = replace(base, version=newest.version, chain=newest.chain)
        return append(store, actor, moved, *rest, **named)

    return append_to_newest


def _edited(
    home: Path, url: str | None, count: int, edits: int, seed: int
) -> tuple[list[dict[str, int]], list[str]]:
    store = open_store(home, url).unwrap()
    run = add_run(store, player_document(6, 5))
    draft = loading.open_review(store, LEAD, run, Capability.PLAYER).unwrap().id
    answers = run_editors(home, url, draft, count, edits, seed)
    found = violations(store, draft, answers)
    store.close()
    return answers, found
