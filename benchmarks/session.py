"""A session of review over 1 Mbit/s: bytes in all, and keys that waited.

The real program on real frames (`--frames`, and `--prelabels`: COCO results) or the demo match, in
a pseudo-terminal of 120×40 cells behind a link of 1 Mbit/s and 25 ms each way.  Keys come as a
reviewer's do: held nudges, steps, selecting, accepting, saving, with pauses to look; the same every
time.  A key waits until what the program writes next has arrived.  textual-image's widgets get the
same nudges and steps on the same frames.
"""

from __future__ import annotations

import argparse
import bisect
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.footage import footage
from benchmarks.link import Link
from benchmarks.stage import Stage

RATE, DELAY = 1e6, 0.025
MINUTES = 3.0
"""Played; the figures are for an hour at the same pace."""

SIZE, CELL = (120, 40), (8, 17)
WAITED = 0.15
RIVAL_MINUTES = 0.5
"""A widget that sends whole pictures is hopelessly behind by then."""

RIVAL_KEYS = {**{key: key for key in "hjkl"}, "f": "n", "\r": "n"}
_ONE_WRITE = 0.003
"""Seconds between two pieces of one write, read from the pseudo-terminal one after the other."""

_ANSWERS = 0.4
"""Seconds, without waits for a core, after which a write is no answer to a key."""

PLAYERS = "j\r"
"""Keys from the list of runs to the review of the players: there each key has something to do."""


def keys(minutes: float) -> list[tuple[float, str]]:
    """Return keys with the seconds before each: the same every time."""
    pick = random.Random(14)
    out: list[tuple[float, str]] = []
    total = 0.0
    while total < minutes * 60:
        kind = pick.choice(["held", "held", "nudge", "step", "step", "accept", "select", "save"])
        pause = pick.uniform(0.4, 2.5)
        if kind == "held":
            key = pick.choice("hjkl")
            some = [(pause, key)] + [(1 / 30, key)] * pick.randrange(5, 20)
        elif kind == "nudge":
            some = [(pause, pick.choice("hjkl")), (0.25, pick.choice("hjkl"))]
        else:
            key = {"step": "f", "accept": "\r", "select": "\t", "save": "\x13"}[kind]
            some = [(pause, key)]
        out += some
        total += sum(before for before, _ in some)
    return out


@dataclass(frozen=True)
class Pressed:
    """A key: when, and how long the program had waited for a core by then (seconds)."""

    at: float
    starved: float


def waits(stage: Stage, pressed: list[Pressed]) -> list[tuple[float, float]]:
    """Return the seconds from each key to the arrival of what was written next.

    Twice: as measured, and without the time that the program waited for a core.  What has not
    arrived by now has waited until now.  Keys that changed nothing, such as a save with nothing
    to save, are left out.
    """
    now = time.monotonic()
    arrivals: list[tuple[float, int]] = []
    total = 0
    for at, data in stage.since(0):
        total += len(data)
        arrivals.append((at, total))
    out = []
    for key in pressed:
        number = bisect.bisect_left(stage.written, (key.at + DELAY, 0))
        if number == len(stage.written):
            continue
        starved = stage.starved[number] - key.starved
        if stage.written[number][0] > key.at + DELAY + starved + _ANSWERS:
            continue
        while (
            number + 1 < len(stage.written)
            and stage.written[number + 1][0] - stage.written[number][0] < _ONE_WRITE
        ):
            number += 1
        upto = stage.written[number][1]
        arrived = bisect.bisect_left(arrivals, upto, key=lambda arrival: arrival[1])
        took = (arrivals[arrived][0] if arrived < len(arrivals) else now) - key.at
        out.append((took, took - (stage.starved[number] - key.starved)))
    return out


def program(home: Path, graphics: str | None = None) -> list[str]:
    """Return the command of the application; without ``graphics`` it chooses itself."""
    command = ["-m", "prelabel_tui", "--home", str(home)]
    return command if graphics is None else [*command, "--graphics", graphics]


def rival(folder: Path, kind: str) -> list[str]:
    """Return the command of textual-image's widget on the same frames, in the same cells."""
    cell = f"{CELL[0]}x{CELL[1]}"
    return ["-m", "benchmarks.viewer_program", f"rival-{kind}", str(folder), "8", cell]


def played(
    command: list[str], minutes: float, before: str, translated: dict[str, str] | None = None
) -> tuple[int, list[tuple[float, float]], float]:
    """Play the keys, after those of ``before``.

    Returns the bytes, the waits, and the share of keys that changed nothing.

    ``translated``: the keys that the program has, if not all of them.
    """
    with Stage(command, *SIZE, Link(RATE, DELAY), CELL) as stage:
        stage.quiet(3.0, 60)
        for key in before:
            mark = stage.mark()
            stage.key(key)
            stage.wait_answer(mark, 60)
            stage.quiet(3.0, 60)
        start, pressed = stage.written[-1][1], []
        for pause, key in keys(minutes):
            time.sleep(pause)
            known = key if translated is None else translated.get(key)
            if known is not None:
                starved = stage.starved_seconds()
                pressed.append(Pressed(stage.key(known), starved))
        time.sleep(2.0)
        took = waits(stage, pressed)
        return stage.written[-1][1] - start, took, 1 - len(took) / len(pressed)


def brought_in(home: Path, options: argparse.Namespace) -> str:
    """Make a data folder: of real frames and their prelabels if they are given, else the demo."""
    command = [sys.executable, *program(home, "cells")]
    if options.frames is None or options.prelabels is None:
        made, name = [*command, "demo", "--prepare"], "demo match"
    else:
        results = Path(options.prelabels)
        made = [*command, "import", "coco", "--workspace", "arena", "--media", "clip"]
        made += ["--frames", options.frames, "--results", str(results)]
        made += ["--images", str(results.with_name("coco_images.json"))]
        name = next(part for part in Path(options.frames).parts[::-1] if part != "frames")
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    return name


def _figures(
    where: str,
    minutes: float,
    size: int,
    took: list[tuple[float, float]],
    idle: float,
    *,
    ours: bool,
) -> list[Figure]:
    measured, unhindered = ([pair[number] for pair in took] for number in (0, 1))
    goal = 0.01 if ours else None

    def late(waited: list[float]) -> float:
        return sum(wait > WAITED for wait in waited) / len(waited)

    own = "not counting waits for a core"
    return [
        Figure(f"an hour of review at this pace, {where}", size * 60 / minutes / 1e6, "MB"),
        Figure(f"share of keys that changed nothing, not counted, {where}", idle, ""),
        Figure(f"share of keys that waited over 150 ms, {where}", late(measured), "", goal),
        Figure(f"the same, {own}, {where}", late(unhindered), "", goal),
        Figure(f"key to what it changes, 99th, {where}", percentile(measured, 0.99) * 1000, "ms"),
        Figure(f"the same, {own}, {where}", percentile(unhindered, 0.99) * 1000, "ms"),
    ]


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure a session in cells and in inline images: what such a link is given."""
    figures: list[Figure] = []
    for graphics in ("cells", "inline"):
        with tempfile.TemporaryDirectory() as home:
            name = brought_in(Path(home), options)
            measured = played(program(Path(home), graphics), MINUTES, PLAYERS)
        where = f"{graphics}, {SIZE[0]}×{SIZE[1]}, 1 Mbit/s, {name}"
        figures += _figures(where, MINUTES, *measured, ours=True)
    with footage(options.frames) as (folder, name):
        for kind in ("halfcell", "kitty"):
            measured = played(rival(folder, kind), RIVAL_MINUTES, "", RIVAL_KEYS)
            where = f"textual-image {kind}, {SIZE[0]}×{SIZE[1]}, 1 Mbit/s, {name}"
            figures += _figures(where, RIVAL_MINUTES, *measured, ours=False)
    return figures
