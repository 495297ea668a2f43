"""A reviewer's walk through thirty frames of the demo by the queue, in a real pseudo-terminal.

The reviewer knows the truth and corrects the ball by the shipped keys alone: rejects what is no
ball, keeps the right one of several, puts a wrong or missing one in place by the grid.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts.loading import active_draft, load
from prelabel_tui.core.edits.pointing import Grid
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Capability
from prelabel_tui.core.store import open_store
from prelabel_tui.demo import make_match
from tests.programs import PROGRAM, command
from tests.terminal import Terminal

FRAMES = 30
CLOSE = 2 * UNIT
WHOLE = (0, 0, 1280 * UNIT, 720 * UNIT)


def ball_of(document: Document, index: int) -> Ball | None:
    """The true ball of a frame, if it shows one."""
    labels = document.frame(index).labels
    return next((label for label in labels if isinstance(label, Ball)), None)


def away(one: Ball, other: Ball) -> float:
    """Distance of two balls, 1/100 px."""
    return math.hypot(one.x - other.x, one.y - other.y)


def grid_keys(ball: Ball) -> list[str]:
    """The grid's keys, from the whole frame, until its point is well within two pixels."""
    grid, keys = Grid.start(WHOLE), []
    while math.hypot(grid.point[0] - ball.x, grid.point[1] - ball.y) > CLOSE * 0.7:
        key, _ = min(
            grid.cells,
            key=lambda cell: math.hypot(
                cell[1][0] + cell[1][2] / 2 - ball.x, cell[1][1] + cell[1][3] / 2 - ball.y
            ),
        )
        pressed = grid.press(key)
        assert pressed is not None
        grid = pressed
        keys.append(key)
    return keys


def correct(terminal: Terminal, prelabels: Document, truth: Document, index: int) -> None:
    """What a reviewer presses in a frame before accepting it."""
    ball = ball_of(truth, index)
    labels = [label for label in prelabels.frame(index).labels if isinstance(label, Ball)]
    if ball is None:
        terminal.press(*["x"] * len(labels))
        return
    if not labels:
        terminal.press("n", *grid_keys(ball), "enter")
        terminal.wait_for(r"Add ball")
        return
    best = min(labels, key=lambda label: away(label, ball))
    if len(labels) > 1:
        if terminal.wait_for(r"─ (b\d+)")[1] != best.id:
            terminal.press("tab")
        terminal.wait_for(rf"─ {best.id}\b")
        terminal.press("E")
        terminal.wait_for(r"Delete 1 other ball")
    if away(best, ball) > CLOSE:
        terminal.press("w", *grid_keys(ball), "enter")
        terminal.wait_for(r"Put ball at")


def accept(terminal: Terminal, number: int) -> None:
    """Press Enter until the frame's picture is on the screen and the frame is accepted."""
    done = rf"Accept frame {number}\b|{other_than(number)}"
    while not re.search(done, terminal.text()):
        terminal.press("enter")
        terminal.wait_for(rf"{done}|Frame {number} is not on the screen yet")
        terminal.read(0.3)  # what was refused before is still said until this Enter is done


def other_than(number: int) -> str:
    """The line of an unreviewed frame with another number."""
    return rf"(?<!\d)(?!{number}/)\d+/150 \d{{6}}\S+  ○ not reviewed"


def test_thirty_frames_of_the_queue_end_as_the_truth_says(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert command(home, "demo", "--prepare").returncode == 0
    match = make_match()
    prelabels, truth = (side[Capability.BALL] for side in (match.prelabels, match.truth))
    visited = []
    with Terminal([PROGRAM], env={"PRELABEL_HOME": str(home)}) as terminal:
        terminal.wait_for(r"demo / match-1")
        terminal.press("b")
        terminal.wait_for(r"Autosave: saved v1")
        terminal.wait_for(r"\d+ of 150")
        terminal.press("0")  # the keys of the grid are counted from the whole frame
        terminal.wait_for(r" 1 of 150")
        for step in range(FRAMES):
            index = int(terminal.wait_for(r"(\d+)/150 \d{6}")[1]) - 1
            assert index not in visited, "a frame came twice"
            visited.append(index)
            correct(terminal, prelabels, truth, index)
            if step == 3:
                terminal.press("t", "r")
                terminal.wait_for(r"needs_human_review is set")
                terminal.press("escape")
                terminal.wait_for(r"\A(?s:(?!.*Leave it out))")
                terminal.press("u")
                terminal.wait_for(r"Undo: Flag needs_human_review")
            accept(terminal, index + 1)
            terminal.wait_for(other_than(index + 1))
        terminal.wait_for(r"frames/h")
        terminal.press("q")
        terminal.wait_for(r"Ops › Prelabels")
        terminal.press("q")
    store = open_store(home).unwrap()
    scope = find_scope(store, "demo", "match-1", Capability.BALL).unwrap()
    draft = active_draft(store, scope)
    assert draft is not None
    document = load(store, draft.id).unwrap().document
    store.close()
    assert [at for at, frame in enumerate(document) if frame.reviewed] == sorted(visited)
    for index in visited:
        labels = document.frame(index).labels
        ball = ball_of(truth, index)
        if ball is None:
            assert labels == (), f"frame {index + 1}"
        else:
            (found,) = labels
            assert isinstance(found, Ball)
            assert away(found, ball) <= CLOSE, f"frame {index + 1}"
