"""Eight processes edit one draft at once: every version has one parent, no update is lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import open_store
from tests.core.clips import add_run, player_document
from tests.faults.editors import run_editors, violations

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


@pytest.mark.slow
def test_the_checker_finds_what_a_broken_compare_and_swap_loses(tmp_path: Path) -> None:
    _, found = _edited(tmp_path / "home", None, 3, 40, 1, broken=True)
    assert any("takes back" in line for line in found)
    assert any("is not its content" in line for line in found)


def _edited(
    home: Path, url: str | None, count: int, edits: int, seed: int, broken: bool = False
) -> tuple[list[dict[str, int]], list[str]]:
    store = open_store(home, url).unwrap()
    run = add_run(store, player_document(6, 5))
    draft = loading.open_review(store, LEAD, run, Capability.PLAYER).unwrap().id
    answers = run_editors(home, url, draft, count, edits, seed, broken)
    found = violations(store, draft, answers)
    store.close()
    return answers, found
