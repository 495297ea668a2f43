"""Faults that concern every box alike, put on a clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from prelabel_tui.core.edits.corrections import Floats
from prelabel_tui.core.edits.one_frame import fitted_box
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box, make_frame

SHIFT: Final = 6.0
SCALE: Final = 1.1
LATE: Final = 2.5
_SMOOTH: Final = 2
"""Frames on either side over which a player's way is evened: the demo's camera moves in whole px,
which no lag of a player's is about."""

Where = Callable[[Box, int], tuple[float, float, float, float]]
"""From a box and its frame to where the faulty model has its left, top, right, bottom."""


def faulted(document: Document, width: int, height: int, where: Where) -> Document:
    """Return the boxes as the faulty model has them."""
    bounds = width * UNIT, height * UNIT

    def moved(box: Box, index: int) -> Box:
        left, top, right, bottom = (round(value) for value in where(box, index))
        x, y, w, h = fitted_box((left, top, right - left, bottom - top), bounds)
        return Box(box.id, x, y, w, h, box.score, track=box.track)

    return Document.from_frames(
        document.capability,
        [
            make_frame([moved(box, index) for box in frame.labels if isinstance(box, Box)])
            for index, frame in enumerate(document)
        ],
    )


def shifted(box: Box, index: int) -> tuple[float, float, float, float]:
    """Return where a box is SHIFT px too far to the right."""
    off = SHIFT * UNIT
    return box.x + off, box.y, box.x + box.w + off, box.y + box.h


def scaled(box: Box, index: int) -> tuple[float, float, float, float]:
    """Return where a box is SCALE times as large about its middle."""
    x, y = box.w * (SCALE - 1) / 2, box.h * (SCALE - 1) / 2
    return box.x - x, box.y - y, box.x + box.w + x, box.y + box.h + y


def late(truth: Document) -> Where:
    """Return where a box is that lags LATE frames behind its player.

    It keeps its size and how it wobbles: it is as far off as the player has come since.
    """
    ways = _ways(truth)

    def where(box: Box, index: int) -> tuple[float, float, float, float]:
        way = ways.get(box.id)
        off = np.zeros(2) if way is None else _at(*way, index - LATE) - _at(*way, index)
        x, y = float(off[0]), float(off[1])
        return box.x + x, box.y + y, box.x + box.w + x, box.y + box.h + y

    return where


def _ways(truth: Document) -> dict[str, tuple[Floats, Floats]]:
    """Return frames and evened middles of each player."""
    seen: dict[str, list[tuple[int, float, float]]] = {}
    for index, frame in enumerate(truth):
        for box in frame.labels:
            if isinstance(box, Box):
                middle = box.x + box.w / 2, box.y + box.h / 2
                seen.setdefault(box.id, []).append((index, *middle))
    ways = {}
    for name, places in seen.items():
        table = np.array(places)
        even = []
        for at in range(len(table)):
            reach = min(_SMOOTH, at, len(table) - 1 - at)
            even.append(table[at - reach : at + reach + 1, 1:].mean(axis=0))
        ways[name] = table[:, 0], np.array(even)
    return ways


def _at(frames: Floats, middles: Floats, time: float) -> Floats:
    """Return where a player is; before the first frame where they came from."""
    first = frames[0]
    if time < first and len(frames) > 1:
        back = min(4, len(frames) - 1)
        speed = (middles[back] - middles[0]) / (frames[back] - first)
        return np.asarray(middles[0] + speed * (time - first))
    return np.array([np.interp(time, frames, middles[:, axis]) for axis in (0, 1)])


def drifted(document: Document, name: str, off: Floats) -> Document:
    """Return a clip with one player's boxes off by so many px to the right, by frame.

    The source names the tracks.
    """

    def moved(box: Box, index: int) -> Box:
        x = round(float(off[index]) * UNIT) if box.id == name else 0
        return Box(box.id, box.x + x, box.y, box.w, box.h, box.score, track=box.id)

    return Document.from_frames(
        document.capability,
        [
            make_frame([moved(box, index) for box in frame.labels if isinstance(box, Box)])
            for index, frame in enumerate(document)
        ],
    )
