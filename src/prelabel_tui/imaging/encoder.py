"""Cells to bytes: the fewest that a careful writer finds, within a bound on the colours' error.

A terminal keeps two pens, a foreground and a background.  Setting one costs about 17 bytes, a
block character 3, a space 1.  So a cell is drawn with the pens as they stand whenever they are
near enough (either way round: ``▀`` and ``▄`` are each other's reverse, and a cell of one colour
can be a space); a pen that has to be set takes a colour that also serves the cells after it.
Dots of the overlay and text are never approximated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.overlay import DRAWN
from prelabel_tui.imaging.raster import COLOUR, Grid, channels

Mask = NDArray[np.bool_]

_LEVELS: Final = (0, 95, 135, 175, 215, 255)
_HALF: Final = ord("▀")
_FULL: Final = ord("█")
_REACH: Final = 6
"""A pen's colour is chosen with this many cells ahead in view."""


def _cube() -> dict[int, int]:
    """Palette numbers of the colours that every 256-colour terminal shows alike.

    16 to 21 are left out: colour-scheme scripts use them for other things.
    """
    known = {}
    for number in range(22, 232):
        red, green, blue = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
        known[_LEVELS[red] << 16 | _LEVELS[green] << 8 | _LEVELS[blue]] = number
    for number in range(232, 256):
        level = 8 + 10 * (number - 232)
        known.setdefault(level << 16 | level << 8 | level, number)
    return known


PALETTE: Final = _cube()


@lru_cache(maxsize=1 << 16)
def colour_code(colour: int) -> str:
    """What follows ``38;`` or ``48;`` for a colour."""
    number = PALETTE.get(colour)
    if number is not None:
        return f"5;{number}"
    return f"2;{colour >> 16};{colour >> 8 & 255};{colour & 255}"


def _reverses() -> dict[int, int]:
    """For each block character the one with foreground and background dots exchanged."""
    quadrants = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
    pairs = {ord(quadrants[bits]): ord(quadrants[15 - bits]) for bits in range(16)}
    known = {0: " ", 21: "▌", 42: "▐", 63: "█"}

    def sextant(bits: int) -> int:
        return ord(known.get(bits) or chr(0x1FB00 + bits - 1 - (bits > 21) - (bits > 42)))

    pairs.update({sextant(bits): sextant(63 - bits) for bits in range(64)})
    return {code: reverse for code, reverse in pairs.items() if code != 32}


REVERSE: Final = _reverses()


def distance(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Sum of the squared differences of the three channels."""
    apart = channels(one) - channels(other)
    squares: NDArray[np.int32] = np.einsum("...i,...i->...", apart, apart)
    return squares


@dataclass
class Cursor:
    """Where the terminal's cursor is; unknown after the right edge, where terminals differ."""

    column: int = -1
    row: int = -1

    def to(self, column: int, row: int) -> str:
        """The shortest way to a place (from 0).

        A vertical tab goes down a row in the same column in every terminal: nothing translates
        it on the way as it does a line feed.
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


Colours = NDArray[np.int32]
"""… × 3: blue, green, red."""


_ROOM: Final = np.array([[0.8], [0.8], [0.25]], dtype=np.float32)
"""How far a lead may go from the upper colour, the lower, and the middle of both, as a share of
the tolerance: the middle of two colours errs already."""


def leads(start: Colours, ahead: Colours, tolerance: int) -> list[list[int]]:
    """For each colour of ``start`` (3 × cells × 3), one that serves it and the cells after it.

    ``start`` holds the cells' upper colours, their lower ones, and the middles; ``ahead`` (steps
    × 2 × cells × 3) the two colours of each of the next cells.  A lead is the mean of a colour
    and of those ahead of it, as long as one of each two is near; never farther off than the
    tolerance allows.
    """
    apart = ahead[:, :, None] - start
    near = np.einsum("...j,...j->...", apart, apart) <= tolerance * 2
    alive = np.logical_and.accumulate(near.any(axis=1))
    near[1:] &= alive[:-1, None]
    total = start + np.einsum("scnj,sckn->knj", ahead, near.astype(np.int32))
    count = 1 + np.count_nonzero(near, axis=(0, 1))
    move = (total / count[..., None] - start).astype(np.float32)
    length = np.sqrt(np.einsum("...j,...j->...", move, move))
    limit = np.minimum(1.0, np.sqrt(tolerance) * _ROOM / np.maximum(length, 1e-6))
    out = np.rint(start + move * limit[..., None]).astype(np.int64)
    # 100 and 101 need a digit more than 99, and so do 10 and 11 than 9.
    for floor in (100, 10):
        out[(out == floor) | (out == floor + 1)] = floor - 1
    packed: list[list[int]] = ((out[..., 2] << 16) | (out[..., 1] << 8) | out[..., 0]).tolist()
    return packed


def _ahead(grid: Grid, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Colours:
    """The two colours of each of the next cells in the row; past its end the last cell's."""
    last = grid.shape[1] - 1
    steps = np.arange(1, _REACH + 1)[:, None]
    at = (rows, np.minimum(columns + steps, last))
    return channels(np.stack((grid.fg[at], grid.bg[at]), axis=1))


class Writer:
    """Writes cells in reading order and keeps account of what the terminal then shows."""

    def __init__(self, shown: Grid, place: tuple[int, int], screen_width: int) -> None:
        self._shown = shown
        self._place = place
        self._width = screen_width
        self._cursor = Cursor()
        self._fg = -1
        self._bg = -1
        self._out: list[str] = []
        self.size = 0

    def write(self, target: Grid, cells: Mask, tolerance: int, limit: int | None = None) -> bool:
        """Send the marked cells, each picture colour within ``tolerance`` (squared distance).

        Stops when about ``limit`` bytes have been written in all; returns whether all were sent.
        """
        where = np.nonzero(cells)
        complete = True
        if limit is not None:
            # No cell costs less than a byte or two: what cannot be reached is not looked at.
            most = max(64, (limit - self.size) // 2)
            complete = len(where[0]) <= most
            where = (where[0][:most], where[1][:most])
        rows, columns = (axis.tolist() for axis in where)
        if not rows:
            return True
        code = target.code[where].tolist()
        fg_flag, bg_flag = target.fg[where], target.bg[where]
        keep_fg, keep_bg = (fg_flag & DRAWN).tolist(), (bg_flag & DRAWN).tolist()
        fg, bg = (fg_flag & COLOUR), (bg_flag & COLOUR)
        wanted_fg, wanted_bg = channels(fg), channels(bg)
        fg_bgr, bg_bgr = wanted_fg.tolist(), wanted_bg.tolist()
        fg, bg = fg.tolist(), bg.tolist()
        if tolerance:
            starts = np.stack((wanted_fg, wanted_bg, (wanted_fg + wanted_bg) // 2))
            lead_fg, lead_bg, lead_mid = leads(starts, _ahead(target, *where), tolerance)
        else:
            lead_fg, lead_bg, lead_mid = fg, bg, bg
        put_code, put_fg, put_bg = self._shown.code, self._shown.fg, self._shown.bg
        out = self._out.append
        cursor = self._cursor
        left, top = self._place
        pen_f, pen_b = self._fg, self._bg
        fr, fg_, fb = pen_f >> 16, pen_f >> 8 & 255, pen_f & 255
        br, bg_, bb = pen_b >> 16, pen_b >> 8 & 255, pen_b & 255
        size = self.size
        done = []
        for i, (y, x) in enumerate(zip(rows, columns, strict=True)):
            if limit is not None and size > limit:
                complete = False
                break
            if cursor.column != left + x or cursor.row != top + y:
                move = cursor.to(left + x, top + y)
                out(move)
                size += len(move)
            a, b = fg[i], bg[i]
            glyph = code[i]
            reverse = REVERSE.get(glyph)
            ta = 0 if keep_fg[i] else tolerance
            tb = 0 if keep_bg[i] else tolerance
            if reverse is None:
                ta = tb = 0
            ab, ag, ar = fg_bgr[i]
            cb, cg, cr = bg_bgr[i]
            # Which pen is near enough to which of the cell's two colours?
            if pen_f >= 0:
                fa = (ar - fr) * (ar - fr) + (ag - fg_) * (ag - fg_) + (ab - fb) * (ab - fb) <= ta
                fc = (cr - fr) * (cr - fr) + (cg - fg_) * (cg - fg_) + (cb - fb) * (cb - fb) <= tb
            else:
                fa = fc = False
            if pen_b >= 0:
                ba = (ar - br) * (ar - br) + (ag - bg_) * (ag - bg_) + (ab - bb) * (ab - bb) <= ta
                bc = (cr - br) * (cr - br) + (cg - bg_) * (cg - bg_) + (cb - bb) * (cb - bb) <= tb
            else:
                ba = bc = False
            set_f = set_b = -1
            if reverse is None:
                if not fa and glyph != 32:
                    set_f = a
                if not bc:
                    set_b = b
                use = glyph
                way = 0
            elif ba and bc:
                use, way = 32, 2
            elif fa and bc:
                use, way = glyph, 0
            elif fc and ba:
                use, way = reverse, 1
            elif fa and fc:
                use, way = _FULL, 3
            else:
                both = (ar - cr) * (ar - cr) + (ag - cg) * (ag - cg) + (ab - cb) * (ab - cb)
                if ta and tb and both <= 2 * tolerance:
                    # One colour serves the whole cell.
                    use, way = 32, 2
                    set_b = lead_mid[i]
                elif both == 0:
                    use, way, set_b = 32, 2, a
                elif fa:
                    use, way, set_b = glyph, 0, (lead_bg[i] if tb else b)
                elif bc:
                    use, way, set_f = glyph, 0, (lead_fg[i] if ta else a)
                elif ba:
                    use, way, set_f = reverse, 1, (lead_bg[i] if tb else b)
                elif fc:
                    use, way, set_b = reverse, 1, (lead_fg[i] if ta else a)
                else:
                    use, way = glyph, 0
                    set_f = lead_fg[i] if ta else a
                    set_b = lead_bg[i] if tb else b
            if set_f >= 0:
                pen_f = set_f
                fr, fg_, fb = pen_f >> 16, pen_f >> 8 & 255, pen_f & 255
                if set_b >= 0:
                    pen_b = set_b
                    br, bg_, bb = pen_b >> 16, pen_b >> 8 & 255, pen_b & 255
                    text = f"\x1b[38;{colour_code(set_f)};48;{colour_code(set_b)}m"
                else:
                    text = f"\x1b[38;{colour_code(set_f)}m"
                out(text)
                size += len(text)
            elif set_b >= 0:
                pen_b = set_b
                br, bg_, bb = pen_b >> 16, pen_b >> 8 & 255, pen_b & 255
                text = f"\x1b[48;{colour_code(set_b)}m"
                out(text)
                size += len(text)
            out(chr(use))
            size += 1 if use < 128 else 3 if use < 65536 else 4
            if way == 0:
                first = pen_f if glyph != 32 else pen_b
                done.append((glyph, first | keep_fg[i], pen_b | keep_bg[i]))
            elif way == 1:
                done.append((glyph, pen_b | keep_fg[i], pen_f | keep_bg[i]))
            elif way == 2:
                done.append((glyph, pen_b | keep_fg[i], pen_b | keep_bg[i]))
            else:
                done.append((glyph, pen_f | keep_fg[i], pen_f | keep_bg[i]))
            cursor.column += 1
            if cursor.column >= self._width:
                cursor.column = -1
        if done:
            at = (np.array(rows[: len(done)]), np.array(columns[: len(done)]))
            sent = np.array(done, dtype=np.uint32)
            put_code[at], put_fg[at], put_bg[at] = sent[:, 0], sent[:, 1], sent[:, 2]
        self._fg, self._bg, self.size = pen_f, pen_b, size
        return complete

    def finish(self) -> str:
        """All that was written; attributes are reset at its end."""
        if not self._out:
            return ""
        return "".join(self._out) + "\x1b[m"
