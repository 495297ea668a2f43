"""Strokes to bytes: moves the cursor the shortest way and never sets a pen that is already set.

A terminal keeps two pens, a foreground and a background.  Setting one costs about 17 bytes, a
block character 3, a space 1.  Which pens draw which cells is decided elsewhere: for few cells in
:mod:`greedy`, for many in :mod:`trellis`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.cells.colour_codes import colour_code
from prelabel_tui.imaging.cells.raster import Grid, channels

Mask = NDArray[np.bool_]

FULL: Final = ord("█")


def _reverses() -> dict[int, int]:
    """Map each block character to the one with foreground and background dots exchanged."""
    quadrants = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
    pairs = {ord(quadrants[bits]): ord(quadrants[15 - bits]) for bits in range(16)}
    known = {0: " ", 21: "▌", 42: "▐", 63: "█"}

    def sextant(bits: int) -> int:
        return ord(known.get(bits) or chr(0x1FB00 + bits - 1 - (bits > 21) - (bits > 42)))

    pairs.update({sextant(bits): sextant(63 - bits) for bits in range(64)})
    return {code: reverse for code, reverse in pairs.items() if code != 32}


REVERSE: Final = _reverses()


def distance(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Return the sum of the squared differences of the three channels."""
    apart = channels(one) - channels(other)
    squares: NDArray[np.int32] = np.einsum("...i,...i->...", apart, apart)
    return squares


@dataclass
class Cursor:
    """Where the terminal's cursor is; unknown after the right edge, where terminals differ."""

    column: int = -1
    row: int = -1

    def to(self, column: int, row: int) -> str:
        """Return the shortest move to a place (from 0).

        A vertical tab goes down a row in the same column in every terminal: unlike a line feed,
        nothing on the way translates it.
        """
        best = f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H"
        if self.column >= 0 and row >= self.row and row - self.row < 6:
            down = "\v" * (row - self.row)
            across = column - self.column
            if across == 0:
                steps = ""
            elif across > 0:
                steps = f"\x1b[{across}C" if across > 1 else "\x1b[C"
            else:
                steps = "\b" * -across if across > -5 else f"\x1b[{-across}D"
            if len(down) + len(steps) < len(best):
                best = down + steps
        self.column, self.row = column, row
        return best


Stroke = tuple[int, int, int, int, int, int, int, int]
"""One drawn cell: row, column, character, and the foreground and background that it is seen with
(-1: not seen); then the cell that is shown, as a :class:`Grid` has it: code, fg, bg."""


class Writer:
    """Writes strokes and keeps track of what the terminal then shows."""

    def __init__(self, shown: Grid, place: tuple[int, int], screen_width: int) -> None:
        self._shown = shown
        self._place = place
        self._width = screen_width
        self._cursor = Cursor()
        self._out: list[str] = []
        self.pen_fg = self.pen_bg = -1
        self.size = 0
        self.drawn: Mask = np.zeros(shown.shape, dtype=bool)

    def draw(self, strokes: Iterator[Stroke], limit: int | None = None) -> bool:
        """Write strokes; return whether that was all of them.

        Stops after the stroke that brings the total bytes written to ``limit``.  The rest can be
        drawn later, by another writer too.
        """
        if limit is not None and self.size >= limit:
            return False
        out = self._out.append
        cursor, width = self._cursor, self._width
        left, top = self._place
        pen_fg, pen_bg, size = self.pen_fg, self.pen_bg, self.size
        done = []
        complete = True
        for stroke in strokes:
            row, column, character, fg, bg, _, _, _ = stroke
            if cursor.column != left + column or cursor.row != top + row:
                move = cursor.to(left + column, top + row)
                out(move)
                size += len(move)
            set_fg = fg >= 0 and fg != pen_fg
            if bg >= 0 and bg != pen_bg:
                self.pen_bg = pen_bg = bg
                if set_fg:
                    self.pen_fg = pen_fg = fg
                    text = f"\x1b[38;{colour_code(fg)};48;{colour_code(bg)}m"
                else:
                    text = f"\x1b[48;{colour_code(bg)}m"
                out(text)
                size += len(text)
            elif set_fg:
                self.pen_fg = pen_fg = fg
                text = f"\x1b[38;{colour_code(fg)}m"
                out(text)
                size += len(text)
            out(chr(character))
            size += 1 if character < 128 else 3 if character < 65536 else 4
            done.append(stroke)
            cursor.column += 1
            if cursor.column >= width:
                cursor.column = -1
            if limit is not None and size >= limit:
                complete = False
                break
        self.size = size
        if done:
            rows, columns, _, _, _, *cells = zip(*done, strict=True)
            at = (np.array(rows), np.array(columns))
            shown = self._shown
            shown.code[at], shown.fg[at], shown.bg[at] = cells
            self.drawn[at] = True
        return complete

    def finish(self) -> str:
        """Return everything that was written; attributes are reset at its end."""
        if not self._out:
            return ""
        return "".join(self._out) + "\x1b[m"
