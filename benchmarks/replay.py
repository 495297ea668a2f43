"""What a terminal showed when: the bytes that arrived, replayed in an emulator afterwards."""

from __future__ import annotations

import codecs
import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.stage import Stage
from prelabel_tui.imaging.overlay import dots
from tests.ui.emulator import TestTerminal, seen

Dots = NDArray[np.int64]
"""Rows × columns × 2: the upper and the lower colour of each cell, 0xRRGGBB."""

_OVERLAY = np.array(
    sorted(
        {
            value & 0xFFFFFF
            for name, value in vars(dots).items()
            if name.isupper() and isinstance(value, int) and value > dots.DRAWN
        }
        - {colour & 0xFFFFFF for colour in (dots.BLACK, dots.GREY, dots.WHITE)}
    )
)
"""Colours that no pixel of a match has; black, grey and white may be the picture's, not yet exact.
Every line of a label but a ghost's has some of these."""
LOUPE = (24, 12)
"""Columns and rows at the top right that are left out: the loupe comes when the view is at rest."""


class Replay:
    """Follows a stage's terminal from its beginning."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._terminal = TestTerminal(stage.columns, stage.rows)
        self._read = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def catch_up(self, until: int | None = None) -> None:
        """Draw the pieces that have arrived (up to number ``until``)."""
        end = self._stage.mark() if until is None else until
        pieces = self._stage.since(0)[self._read : end]
        self._terminal.feed(self._decoder.decode(b"".join(data for _, data in pieces)))
        self._read = max(end, self._read)

    def dots(self, loupe: bool = False) -> Dots:
        """Return what is seen now; the loupe's corner is left out unless wanted."""
        columns, rows = self._stage.columns, self._stage.rows
        out = np.zeros((rows, columns, 2), dtype=np.int64)
        for y in range(rows):
            line = self._terminal.screen.buffer[y]
            for x in range(columns):
                if not loupe and x >= columns - LOUPE[0] and y < LOUPE[1]:
                    continue
                out[y, x] = _dots_of(line[x])
        return out


@cache
def _dots_of(char: Any) -> tuple[int, int]:
    """Return the upper and the lower colour of a cell; black where there are letters."""
    look = seen(char)
    return (_number(look[0]), _number(look[6])) if len(look) == 12 else (0, 0)


def _number(colour: str) -> int:
    return int(colour, 16) if len(colour) == 6 and colour != "default" else 0


def decibels(one: Dots, other: Dots) -> float:
    """Return the peak signal-to-noise ratio of two screens' colours; 99 when they are the same."""
    total = 0.0
    for shift in (0, 8, 16):
        apart = (one >> shift & 255) - (other >> shift & 255)
        total += float((apart.astype(np.float64) ** 2).mean())
    return 99.0 if total == 0 else 10 * math.log10(255**2 / (total / 3))


def overlay_exact(now: Dots, final: Dots) -> bool:
    """Say whether each dot of the overlay is where it belongs, and none where it does not."""
    drawn = np.isin(now, _OVERLAY) | np.isin(final, _OVERLAY)
    return bool((now[drawn] == final[drawn]).all())


def plain_size(dots: Dots) -> int:
    """Return the bytes of the plain way: every cell with both of its true colours."""
    size = 0
    for top, bottom in dots.reshape(-1, 2).tolist():
        for colour in (top, bottom):
            size += len(f"38;2;{colour >> 16};{colour >> 8 & 255};{colour & 255}")
    return size + dots.shape[0] * dots.shape[1] * len("\x1b[;m▀".encode())
