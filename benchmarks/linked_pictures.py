"""True pixels over a shaped link: how good a new picture is how long after its key.

Against the pixels that the window has, labels included.  A picture panel is as large as that of
the review screen in 120×40 and 200×60 cells of 8×17 pixels.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, median
from benchmarks.link import Link
from benchmarks.pixel_replay import LOUPE, PixelReplay, decibels
from benchmarks.stage import Stage

CELL = (8, 17)
PANELS = {(120, 40): (107, 28), (200, 60): (182, 48)}
DELAY = 0.025
LINES_SEEN = 15.0
"""Decibels on the pixels of labels from which on these are seen; missing lines have 8 to 10."""

NEVER = 60.0
_STEPS_ON_END = 20
_NO_REST = 0.09
"""Between keys: shorter than what the view waits for before it heals."""

_LOOK = 0.005
"""Seconds between two looks at the screen."""

STEPS = 8


@dataclass(frozen=True)
class Case:
    """A way of drawing, a link (Mbit/s) and what it should show when: decibels to milliseconds.

    None for the milliseconds: measured, and no goal was set.
    """

    way: str
    window: tuple[int, int]
    rate: float
    goals: tuple[tuple[float, float | None], ...]


CASES = (
    Case("inline", (120, 40), 1, ((24, 150), (34, 600), (40, 1500))),
    Case("inline", (200, 60), 20, ((34, 200), (42, 500))),
    Case("kitty", (200, 60), 20, ((30, 250), (38, 800))),
    Case("sixel", (200, 60), 20, ((30, None), (34, None))),
    Case("sixel", (120, 40), 4, ((30, None), (34, None))),
    Case("kitty", (120, 40), 1, ((24, None), (34, None))),
    Case("sixel", (120, 40), 1, ((24, None), (34, None))),
)


@dataclass(frozen=True)
class Arrival:
    """Seconds from a key to its labels and to each quality, and the bytes in all."""

    labels: float
    reached: tuple[float, ...]
    size: int
    last: float


def arrivals(folder: Path, case: Case, key: str, zoom: int, count: int = STEPS) -> list[Arrival]:
    """Press a key some times, at rest, and follow what comes."""
    columns, rows = PANELS[case.window]
    with tempfile.TemporaryDirectory() as temporary:
        dump = Path(temporary) / "wanted.npz"
        command = [
            *("-m", "benchmarks.viewer_program", f"own-{case.way}", str(folder), str(zoom)),
            *(f"{CELL[0]}x{CELL[1]}", str(dump)),
        ]
        link = Link(case.rate * 1e6, DELAY)
        with Stage(command, columns, rows, link, CELL) as stage:
            stage.quiet(1.0)
            replay = PixelReplay(stage, case.way)
            replay.catch_up()
            return [_arrival(stage, replay, case, key, dump) for _ in range(count)]


def _arrival(stage: Stage, replay: PixelReplay, case: Case, key: str, dump: Path) -> Arrival:
    mark = stage.mark()
    at = stage.key(key)
    stage.wait_answer(mark)
    stage.quiet(0.8)
    end = stage.mark()
    stage.key("D")
    while not dump.exists():
        time.sleep(0.01)
    with np.load(dump) as stored:
        wanted, labels = stored["wanted"], stored["labels"]
    dump.unlink()
    counts = np.ones(labels.shape, np.bool_)
    counts[: LOUPE[1] * CELL[1], -LOUPE[0] * CELL[0] :] = False
    counts[-CELL[1] :] = False  # the screen's last row has no picture
    labels &= counts
    seen_labels, reached = NEVER, [NEVER] * len(case.goals)
    pieces = stage.since(mark)[: end - mark]
    looked = 0.0
    for number, (when, _) in enumerate(pieces, mark + 1):
        # Only a look now and then: what is seen at a look has been there for some time.
        if when - looked < _LOOK and number < end:
            continue
        looked = when
        if not replay.catch_up(number):
            continue
        seen = replay.pixels()[: wanted.shape[0], : wanted.shape[1]]
        if seen_labels == NEVER and decibels(seen, wanted, labels) >= LINES_SEEN:
            seen_labels = when - at
        quality = decibels(seen, wanted, counts)
        for place, (goal, _) in enumerate(case.goals):
            if quality >= goal:
                reached[place] = min(reached[place], when - at)
    return Arrival(
        seen_labels, tuple(reached), sum(len(data) for _, data in pieces), pieces[-1][0] - at
    )


def rival(folder: Path, case: Case, count: int = 4) -> str:
    """Return what textual-image takes for the same, in words; it has kitty graphics and sixel."""
    columns, rows = PANELS[case.window]
    command = [
        *("-m", "benchmarks.viewer_program", "rival-kitty", str(folder), "1"),
        f"{CELL[0]}x{CELL[1]}",
    ]
    with Stage(command, columns, rows, Link(case.rate * 1e6, DELAY), CELL) as stage:
        stage.quiet(1.5)
        answers = []
        for _ in range(count):
            mark = stage.mark()
            at = stage.key("n")
            stage.wait_answer(mark, 30)
            stage.quiet(1.0, 60)
            pieces = stage.since(mark)
            answers.append((pieces[-1][0] - at, sum(len(data) for _, data in pieces)))
    took, size = (median(list(part)) for part in zip(*answers, strict=True))
    return f"textual-image kitty: {size:.0f} B, {took * 1000:.0f} ms"


def over_links(folder: Path, name: str) -> list[Figure]:
    """Measure another picture of a moving camera, over each link."""
    figures: list[Figure] = []
    for case in CASES:
        against = rival(folder, case)
        all_of = arrivals(folder, case, "n", 1)
        where = f"{case.way}, {case.window[0]}×{case.window[1]}, {case.rate:g} Mbit/s, {name}"
        labels = median([one.labels for one in all_of]) * 1000
        aim = None if case.way == "sixel" else 150
        figures.append(Figure(f"key to labels, new picture, {where}", labels, "ms", aim, against))
        for place, (quality, goal) in enumerate(case.goals):
            took = median([one.reached[place] for one in all_of]) * 1000
            title = f"key to ≥ {quality:g} dB, new picture, {where}"
            figures.append(Figure(title, took, "ms", goal, against))
        size = median([one.size for one in all_of])
        figures.append(
            Figure(f"bytes until at rest, new picture, {where}", size, "B", None, against)
        )
        rest = median([one.last for one in all_of]) * 1000
        figures.append(Figure(f"key to rest, new picture, {where}", rest, "ms", None, against))
    return figures


def steps_and_new(folder: Path, name: str, way: str, zoom: int = 4) -> Figure:
    """Measure frame steps, their keys too close for a rest, against a whole new picture."""
    columns, rows = PANELS[120, 40]
    command = [
        *("-m", "benchmarks.viewer_program", f"own-{way}", str(folder), str(zoom)),
        f"{CELL[0]}x{CELL[1]}",
    ]
    with Stage(command, columns, rows, cell=CELL) as stage:
        stage.quiet(1.0)
        mark = stage.mark()
        for _ in range(_STEPS_ON_END):
            stage.key("n")
            time.sleep(_NO_REST)
        step = _size(stage, mark) / _STEPS_ON_END
        stage.quiet(1.0)
        new = []
        for key in "LLHHLH":
            mark = stage.mark()
            stage.key(key)
            stage.wait_answer(mark)
            stage.quiet(1.0)
            new.append(_size(stage, mark))
    against = f"a new picture in all: {median(new)} B"
    title = f"step over a new picture, {way}, 120×40 at {zoom}×, {name}"
    goal = 1 / 8 if "soccertrack" in name else None
    return Figure(title, step / median(new), "×", goal, against)


def _size(stage: Stage, mark: int) -> int:
    return sum(len(data) for _, data in stage.since(mark))
