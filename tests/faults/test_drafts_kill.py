"""kill -9 at random points of editing in a pseudo-terminal: no edit shown as done is lost."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import open_store
from tests.core.clips import add_run, player_document
from tests.faults.editing_program import edit

RUI = Actor("rui", Role.REVIEWER, "test")
PIECES = 6 if os.environ.get("PRELABEL_SOAK") == "1" else 1
"""The battery's 300 kills are cut in pieces, each with a draft of its own."""


class Model:
    """What the program must hold after so many keys."""

    def __init__(self, document: Document) -> None:
        self.document = document.copy()
        self.undo: list[Operation] = []
        self.redo: list[Operation] = []

    def press(self, key: str, number: int) -> None:
        if key == "e":
            operation = edit(self.document, number)
            apply(self.document, operation)
            self.undo.append(operation)
            self.redo.clear()
        elif key == "u" and self.undo:
            self.redo.append(self.undo.pop())
            apply(self.document, self.redo[-1].inverse())
        elif key == "r" and self.redo:
            self.undo.append(self.redo.pop())
            apply(self.document, self.undo[-1])


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("piece", range(PIECES))
def test_killed_at_random_points_no_edit_that_was_shown_as_done_is_lost(
    piece: int, tmp_path: Path, soak: bool
) -> None:
    kills, seed = (300 // PIECES, piece) if soak else (8, random.randrange(10**6))
    chance = random.Random(seed)
    store = open_store(tmp_path / "home").unwrap()
    run = add_run(store, player_document(20, 3))
    draft = loading.open_review(store, RUI, run, Capability.PLAYER).unwrap().id
    model = Model(loading.load(store, draft).unwrap().document)
    number = acknowledged = offered = 0
    for _ in range(kills):
        keys, done = _edit_until_killed(tmp_path / "home", draft, chance, number)
        acknowledged += done
        for key in keys[:done]:
            model.press(key, number)
            number += 1
        session = EditingSession.open(store, RUI, draft).unwrap()
        offered += session.recovery is not None
        session.apply_recovery()
        # The key in flight may have been taken before its answer was seen.
        for key in (keys + " ")[done:]:
            if session.document == model.document:
                break
            model.press(key, number)
            number += 1
        assert session.document == model.document, f"seed {seed}, key {number}"
        assert session.flush().healthy
        assert loading.load(store, draft).unwrap().document == model.document
        session.close()
    store.close()
    print(
        f"\n{kills} kills (seed {seed}): {acknowledged} edits shown as done, 0 lost, "
        f"{offered} journals offered"
    )


def _edit_until_killed(
    home: Path, draft: str, chance: random.Random, number: int
) -> tuple[str, int]:
    """The keys that were sent, and how many of them the screen had shown as done."""
    command = ["-m", "tests.faults.editing_program", str(home), draft, str(chance.random())[2:8]]
    program = pexpect.spawn(
        sys.executable, [*command, str(number)], cwd=Path(__file__).parents[2], timeout=30
    )
    program.delaybeforesend = None
    program.expect("ready")
    keys = "".join(chance.choices("eeeeeeuur", k=chance.randrange(1, 60)))
    pause = chance.choice([0.0, 0.001, 0.01, 0.03])
    for key in keys:
        program.send(key)
        time.sleep(pause)
    time.sleep(chance.random() * chance.choice([0.001, 0.05, 1.0]))
    os.kill(program.pid, signal.SIGKILL)
    program.expect(pexpect.EOF)
    shown = re.findall(rb"done (\d+)\r\n", program.before)
    program.close(force=True)
    return keys, int(shown[-1]) - number if shown else 0
