"""kill -9 while reviewing in the installed program: what its screen showed is not lost."""

from __future__ import annotations

import os
import random
import re
import signal
from pathlib import Path

import pytest

from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import UNIT, Capability
from prelabel_tui.core.session.session import EditingSession
from tests.programs import PROGRAM
from tests.terminal import Terminal
from tests.ui.demo_home import RUI, let_programs_act_as_others, make_demo_home, open_demo

LABEL = "p2"
PIECES = 4 if os.environ.get("PRELABEL_SOAK") == "1" else 1
"""The battery's 100 kills are cut in pieces, each with a data folder of its own."""
STEPS = {"l": UNIT, "L": 10 * UNIT, "h": -UNIT, "H": -10 * UNIT}


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("piece", range(PIECES))
def test_killed_while_reviewing_nothing_that_the_screen_showed_is_lost(
    piece: int, tmp_path: Path, soak: bool
) -> None:
    kills, seed = (100 // PIECES, piece) if soak else (2, random.randrange(10**6))
    chance = random.Random(seed)
    home = tmp_path / "home"
    make_demo_home(home)
    let_programs_act_as_others(home)
    store = open_demo(home)
    run = list_runs(store, RunFilters(media="tactical-1")).rows[0]
    draft = loading.open_review(store, RUI, run.id, Capability.PLAYER).unwrap().id
    x = _x(loading.load(store, draft).unwrap())
    shown_in_all = offered = 0
    for _ in range(kills):
        keys = chance.choices("lL" if x < 400 * UNIT else "hH", [5, 1], k=chance.randrange(1, 25))
        states = [x]
        for key in keys:
            states.append(states[-1] + STEPS[key])
        shown = _review_until_killed(home, keys, chance)
        session = EditingSession.open(store, RUI, draft).unwrap()
        offered += session.recovery is not None
        session.apply_recovery()
        x = _x(session)
        assert x in states, f"seed {seed}"
        if shown is not None:
            assert shown in states
            assert states.index(x) >= states.index(shown), f"seed {seed}"
            shown_in_all += states.index(shown)
        assert session.close().healthy
        assert _x(loading.load(store, draft).unwrap()) == x
    store.close()
    print(
        f"\n{kills} kills of the application (seed {seed}): {shown_in_all} edits shown, 0 lost, "
        f"{offered} journals offered"
    )


def _x(content: EditingSession | loading.LoadedDraft) -> int:
    label = content.document.frame(0).label(LABEL)
    assert label is not None
    return label.x


def _review_until_killed(home: Path, keys: list[str], chance: random.Random) -> int | None:
    """Where the screen showed the label last, in 1/100 px."""
    with Terminal([PROGRAM, "--home", str(home), "--user", "rui"]) as terminal:
        terminal.wait_for(r"arena / tactical-1.*succeeded")
        terminal.press("p")
        terminal.wait_for(r"Autosave: saved")
        terminal.wait_for(r"\d+ of \d+")  # the queue has gone to its first entry
        terminal.press("home")
        terminal.wait_for(r" 1/\d+ ")
        terminal.press("escape")  # lets go of the label that the queue had selected
        terminal.read(0.3)
        terminal.press("tab")
        terminal.wait_for(rf"─ {LABEL}\n")
        terminal.process.delaybeforesend = None
        pause = chance.choice([0.0, 0.01, 0.05])
        for key in keys:
            terminal.process.send(key)
            terminal.read(pause)
        terminal.read(chance.random() * chance.choice([0.02, 0.3, 1.5]))
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.read(5)
        found = re.search(r"▏ x (\d+)\.(\d\d)", terminal.text())
        return None if found is None else int(found[1]) * UNIT + int(found[2])
