"""What the whole review screen sends at 8×: for a nudge, for a held key, and at rest.

The real program in a terminal that draws at once, at 120×40 cells, with the loupe, the lines of
numbers and the autosave line.  textual-image has no such screen.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, median
from benchmarks.session import CELL, PLAYERS, SIZE, brought_in, program
from benchmarks.stage import Stage
from prelabel_tui.imaging.overlay.viewport import Viewport

NUDGES, HELD = 8, 60
AFTER, MINUTE = 2.0, 60.0
_PANEL = (86, 28)
"""Cells of the picture on that screen."""

_FRAME = (1920, 1080)
GOALS = {"cells": (900, 700, 600), "kitty": (700, 500, 600)}


def closer(way: str) -> int:
    """Return how often the key that zooms in leads from the whole frame to 8×."""
    view, presses = Viewport(_FRAME, _PANEL, (1, 2) if way == "cells" else CELL, CELL), 0
    while view.zoom != 8:
        view, presses = view.zoomed_by(1), presses + 1
    return presses


def figures(options: argparse.Namespace) -> list[Figure]:
    """Measure the screen in cells and in kitty graphics."""
    out = []
    for way, goals in GOALS.items():
        with tempfile.TemporaryDirectory() as home:
            name = brought_in(Path(home), options)
            with Stage(program(Path(home), way), *SIZE, cell=CELL) as stage:
                stage.quiet(3.0, 60)
                for key in (*PLAYERS, "+", "0", *("+" * closer(way))):
                    mark = stage.mark()
                    stage.key(key)
                    stage.wait_answer(mark, 60)
                    stage.quiet(3.0, 60)
                sizes = _nudge(stage), _held(stage), _rest(stage)
        where = f"whole review screen, {way}, {SIZE[0]}×{SIZE[1]} at 8×, {name}"
        what = "a nudge and 2 s after it", "a held key", "a minute at rest"
        out += [
            Figure(f"bytes of {one}, {where}", size, "B", goal)
            for one, size, goal in zip(what, sizes, goals, strict=True)
        ]
    return out


def _nudge(stage: Stage) -> float:
    sizes = []
    stage.key("l")  # the first one also shows that the label is edited
    stage.quiet(3.0)
    for _ in range(NUDGES):
        mark = stage.mark()
        stage.key("l")
        time.sleep(AFTER)
        sizes.append(_size(stage, mark))
    return median(sizes)


def _held(stage: Stage) -> float:
    mark = stage.mark()
    for number in range(HELD):
        stage.key("lh"[number // 15 % 2])
        time.sleep(1 / 30)
    size = _size(stage, mark)
    stage.quiet(3.0)
    return size / HELD


def _rest(stage: Stage) -> float:
    mark = stage.mark()
    time.sleep(MINUTE)
    return _size(stage, mark)


def _size(stage: Stage, mark: int) -> int:
    return sum(len(data) for _, data in stage.since(mark))
