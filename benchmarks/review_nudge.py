"""Processor time of a nudge in the whole review screen, beside an application that moves one cell.

The real program with default settings, on the players of a clip; keys come five a second, and held.
The other program is the least that Textual takes for a key that changes something.

`python -m benchmarks.review_nudge` is that other program.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.events import Key
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from benchmarks.figures import Figure
from benchmarks.session import PLAYERS, SIZE, brought_in, program
from benchmarks.stage import Stage

KEYS = 200
_APART, _HELD = 0.2, 1 / 30
"""Seconds between two keys that are pressed one by one, and of one that is held."""

_AFTER_S = 2.0
"""What a nudge starts later, such as saving, is counted as well."""

_LIMIT_S = 60.0
_GOAL_MS = 6.0


class Dot(Widget):
    """A cell in a row."""

    DEFAULT_CSS = "Dot { width: 1fr; height: 1fr; }"
    column = 10

    def render_line(self, y: int) -> Strip:
        """Draw the cell in its row."""
        width = self.size.width
        return Strip([Segment(("x" if y == 5 else "").rjust(self.column).ljust(width))], width)


class OneCell(App[None]):
    """Moves a cell by h and l."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Show the cell alone."""
        self.dot = Dot()
        yield self.dot

    def on_key(self, event: Key) -> None:
        """Move the cell."""
        self.dot.column += 1 if event.key == "l" else -1
        self.dot.refresh(Region(0, 5, self.size.width, 1))


def figures(options: argparse.Namespace) -> list[Figure]:
    """Measure nudges in the review screen."""
    with Stage(["-m", "benchmarks.review_nudge"], *SIZE) as stage:
        stage.quiet(1.0)
        least = {pause: _work(stage, pause) for pause in (_APART, _HELD)}
    with tempfile.TemporaryDirectory() as home:
        name = brought_in(Path(home), options)
        with Stage(program(Path(home)), *SIZE) as stage:
            _select(stage)
            took = {pause: _work(stage, pause) for pause in (_APART, _HELD)}
    return [
        Figure(
            f"processor time of a nudge, {how}, whole review, {SIZE[0]}×{SIZE[1]}, {name}",
            took[pause],
            "ms",
            _GOAL_MS if pause == _APART else None,
            f"an application that moves one cell: {least[pause]:.2f} ms, 1/"
            f"{took[pause] / least[pause]:.1f}",
        )
        for pause, how in ((_APART, "5 a second"), (_HELD, "held"))
    ]


def _select(stage: Stage) -> None:
    """Open the review of the players, select a label, and nudge it there and back."""
    stage.quiet(3.0, _LIMIT_S)
    for key in (*PLAYERS, "\t", "l", "h"):
        mark = stage.mark()
        stage.key(key)
        stage.wait_answer(mark, _LIMIT_S)
        stage.quiet(3.0, _LIMIT_S)
    if not any(b"Move" in data for _, data in stage.since(0)):
        raise RuntimeError("no label of the players was moved")


def _work(stage: Stage, pause: float) -> float:
    """Press keys so many seconds apart; return the processor time of each, ms."""
    before, begin = stage.processor_seconds(), time.monotonic()
    for number in range(KEYS):
        stage.key("lh"[number // 10 % 2])
        time.sleep(max(0.0, begin + (number + 1) * pause - time.monotonic()))
    time.sleep(_AFTER_S)
    return 1000 * (stage.processor_seconds() - before) / KEYS


if __name__ == "__main__":
    OneCell().run()
