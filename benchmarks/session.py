"""A session of review over 1 Mbit/s: bytes in all, and keys that waited.

The real program on the demo match, in a pseudo-terminal of 120×40 cells behind a link of 1 Mbit/s
and 25 ms each way.  Keys come as a reviewer's do: held nudges, steps, selecting, accepting, saving,
with pauses to look; the same every time.  A key waits until what the program writes next has
arrived.
"""

from __future__ import annotations

import argparse
import bisect
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.link import Link
from benchmarks.stage import Stage

RATE, DELAY = 1e6, 0.025
MINUTES = 3.0
"""Played; the figures are for an hour at the same pace."""

SIZE, CELL = (120, 40), (8, 17)
WAITED = 0.15
_ANSWERS = 1.0
"""Seconds after which a write is no answer to a key."""


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


def waits(stage: Stage, pressed: list[float]) -> list[float]:
    """Return the seconds from each key to the arrival of what was written next."""
    arrivals: list[tuple[float, int]] = []
    total = 0
    for at, data in stage.arrived:
        total += len(data)
        arrivals.append((at, total))
    out = []
    for at in pressed:
        written = bisect.bisect_left(stage.written, (at + DELAY, 0))
        if written == len(stage.written) or stage.written[written][0] > at + _ANSWERS:
            continue  # this key changed nothing
        upto = stage.written[written][1]
        arrived = bisect.bisect_left(arrivals, upto, key=lambda arrival: arrival[1])
        if arrived < len(arrivals):
            out.append(arrivals[arrived][0] - at)
    return out


def _program(home: Path, graphics: str) -> list[str]:
    return ["-m", "prelabel_tui", "--home", str(home), "--graphics", graphics]


def played(home: Path, graphics: str, minutes: float) -> tuple[int, list[float]]:
    """Play the keys; return the bytes and the waits."""
    with Stage(_program(home, graphics), *SIZE, Link(RATE, DELAY), CELL) as stage:
        stage.quiet(3.0, 60)
        stage.key("\r")  # the first outcome line: its review
        stage.quiet(3.0, 60)
        before, pressed = stage.written[-1][1], []
        for pause, key in keys(minutes):
            time.sleep(pause)
            pressed.append(stage.key(key))
        time.sleep(2.0)
        return stage.written[-1][1] - before, waits(stage, pressed)


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure a session in cells and in inline images: what such a link is given."""
    figures: list[Figure] = []
    for graphics in ("cells", "inline"):
        with tempfile.TemporaryDirectory() as home:
            made = [sys.executable, *_program(Path(home), "cells"), "demo", "--prepare"]
            subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
            size, took = played(Path(home), graphics, MINUTES)
        where = f"{graphics}, {SIZE[0]}×{SIZE[1]}, 1 Mbit/s, demo match"
        late = sum(wait > WAITED for wait in took) / len(took)
        hour = size * 60 / MINUTES / 1e6
        figures += [
            Figure(f"an hour of review at this pace, {where}", hour, "MB"),
            Figure(f"share of keys that waited over 150 ms, {where}", late, "", 0.01),
            Figure(f"key to what it changes, 99th, {where}", percentile(took, 0.99) * 1000, "ms"),
        ]
    return figures
