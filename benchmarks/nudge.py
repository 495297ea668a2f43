"""One pixel: bytes and time of moving a selected box, compared with textual-image's widgets.

The program runs in a pseudo-terminal; keys come one at a time; all that is written until the
screen is quiet counts as a key's bytes.  8× is eight times closer than the whole frame.  The whole
review screen is measured as well (:mod:`benchmarks.review_bytes`, :mod:`benchmarks.review_nudge`).
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

from benchmarks import review_bytes, review_nudge
from benchmarks.figures import Figure, median, percentile
from benchmarks.footage import footage
from benchmarks.stage import CELL, Answered, Stage

KEYS = 200
RIVAL_KEYS = 20
PATH = "llllljjjjjhhhhhkkkkk"
"""A square, so that the box ends where it began."""

SIZES = ((120, 40), (200, 60))
_BROWSER = (8, 17)
"""Pixels of a cell where inline images are usual."""

_GOALS = {("cells", (120, 40)): 700, ("cells", (200, 60)): 2000}


def nudges(
    way: str,
    folder: Path,
    size: tuple[int, int],
    count: int,
    silence: float = 0.15,
    zoom: int = 8,
    cell: tuple[int, int] = CELL,
) -> list[Answered]:
    """Press ``count`` keys in one program."""
    command = ["-m", "benchmarks.viewer_program", way, str(folder), str(zoom)]
    command.append(f"{cell[0]}x{cell[1]}")
    with Stage(command, *size, cell=cell) as stage:
        stage.quiet(1.0)
        keys = itertools.islice(itertools.cycle(PATH), count)
        return [stage.press(key, silence=silence) for key in keys]


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure a nudge."""
    figures: list[Figure] = []
    with footage(options.frames) as (folder, name):
        for size in SIZES:
            figures += _at(folder, name, size)
        for zoom, goal in ((8, 4_000), (1, 2_000)):
            figures.append(_inline(folder, name, zoom, goal))
    return figures + review_bytes.figures(options) + review_nudge.figures(options)


def _inline(folder: Path, name: str, zoom: int, goal: float) -> Figure:
    """Measure a nudge that shows at once; what makes its cells better at rest is not in it."""
    answers = nudges("own-inline", folder, SIZES[0], RIVAL_KEYS * 2, zoom=zoom, cell=_BROWSER)
    against = "textual-image has no inline images"
    title = f"bytes per nudge, inline, {SIZES[0][0]}×{SIZES[0][1]} at {zoom}×, {name}"
    return Figure(title, median([one.size for one in answers]), "B", goal, against)


def _at(folder: Path, name: str, size: tuple[int, int]) -> list[Figure]:
    figures: list[Figure] = []
    where = f"{size[0]}×{size[1]} at 8×, {name}"
    rivals: dict[str, float] = {}
    for kind in ("halfcell", "kitty", "sixel"):
        answers = nudges(f"rival-{kind}", folder, size, RIVAL_KEYS, silence=3.0)
        sizes = [one.size for one in answers]
        rivals[kind] = median(sizes)
        title = f"textual-image {kind}"
        figures.append(Figure(f"bytes per nudge, {title}, {where}", rivals[kind], "B"))
        times = [one.seconds * 1000 for one in answers]
        figures.append(Figure(f"key to last byte, {title}, {where}", median(times), "ms"))
    for graphics, rival in (("cells", "halfcell"), ("kitty", "kitty"), ("sixel", "sixel")):
        answers = nudges(f"own-{graphics}", folder, size, KEYS)
        sizes = [one.size for one in answers]
        times = [one.seconds * 1000 for one in answers if one.size]
        goal: float | None = _GOALS.get((graphics, size))
        if graphics == "kitty":
            goal = 260
        elif graphics == "sixel" and size == SIZES[0]:
            goal = rivals["sixel"] / 20
        figures.append(
            Figure(
                f"bytes per nudge, {graphics}, {where}",
                median(sizes),
                "B",
                goal,
                against=f"textual-image {rival}: {rivals[rival]:.0f} B",
            )
        )
        figures.append(Figure(f"bytes, 99th, {graphics}, {where}", percentile(sizes, 0.99), "B"))
        work = [one.work * 1000 for one in answers]
        figures += [
            Figure(f"processor time per nudge, {graphics}, {where}", median(work), "ms"),
            Figure(f"processor time, 99th, {graphics}, {where}", percentile(work, 0.99), "ms"),
        ]
        timed = graphics != "sixel"
        figures.append(
            Figure(
                f"key to last byte, {graphics}, {where}",
                median(times),
                "ms",
                3 if timed else None,
            )
        )
        figures.append(
            Figure(
                f"key to last byte, 99th, {graphics}, {where}",
                percentile(times, 0.99),
                "ms",
                12 if timed else 25,
            )
        )
    return figures
