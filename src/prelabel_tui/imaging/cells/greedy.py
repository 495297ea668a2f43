"""Few cells, or exact ones: each drawn with the current pens wherever they are near enough.

Either way round: ``▀`` and ``▄`` are each other's reverse, and a cell of one colour is a space.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.cells.encoder import FULL, REVERSE, Mask, Stroke, Writer
from prelabel_tui.imaging.cells.pen_colours import leads
from prelabel_tui.imaging.cells.raster import COLOUR, SPACE, Grid, channels
from prelabel_tui.imaging.overlay.dots import DRAWN

_ALIKE: Final = 2
"""How many tolerances apart two colours may be and still share a pen's colour."""

_PEN_BYTES: Final = 9, 17
"""About what it takes to set a pen to a colour of the overlay, and to one of the picture."""

_JUMP_BYTES: Final = 7
"""The same to place the cursor anywhere."""

_DONE: Final = 1_000

_CHUNK: Final = 128
"""Cells prepared at once: a limit may stop the drawing early."""


def strokes(
    target: Grid,
    cells: Mask,
    tolerance: int,
    writer: Writer,
    order: NDArray[np.int64] | None = None,
) -> Iterator[Stroke]:
    """Yield the marked cells row by row, each picture colour within ``tolerance``.

    That is a squared distance.  Dots of the overlay and text are never approximated.  The strokes
    are for ``writer``, whose pens are looked at before each cell.  ``order``: all rows, in the
    order of drawing.
    """
    rows, columns = np.nonzero(cells if order is None else cells[order])
    if order is not None:
        rows = order[rows]
    if len(rows) <= _CHUNK:
        cheapest = _cheapest_next(target, rows, columns, tolerance)
        rows, columns = rows[cheapest], columns[cheapest]
    for start in range(0, len(rows), _CHUNK):
        where = (rows[start : start + _CHUNK], columns[start : start + _CHUNK])
        yield from _some(target, where, tolerance, writer)


def _cheapest_next(
    target: Grid, rows: NDArray[np.int64], columns: NDArray[np.int64], tolerance: int
) -> NDArray[np.intp]:
    """Order these cells: after each the one that costs least, pens and moves counted.

    Row by row an upright line would set both pens in each of its cells, and those of the picture
    beside it again.
    """
    fg, bg = target.fg[rows, columns], target.bg[rows, columns]
    same = _usable(fg, fg, tolerance), _usable(fg, bg, tolerance)
    other = _usable(bg, fg, tolerance), _usable(bg, bg, tolerance)
    # [from, to]: pens are taken to be as the cell before would have them by itself.
    set_fg, set_bg = np.where(fg & DRAWN, *_PEN_BYTES), np.where(bg & DRAWN, *_PEN_BYTES)
    straight = ~same[0] * set_fg + ~other[1] * set_bg
    reverse = ~same[1] * set_fg + ~other[0] * set_bg
    cost = np.minimum(straight, reverse)
    plain = fg == bg
    cost[:, plain] = (~(same[0] | same[1]) * set_fg)[:, plain]
    down = rows - rows[:, None]
    across = columns - columns[:, None] - 1
    aside = np.where(across > 0, 3, np.minimum(-across, 4))
    near = (down >= 0) & (down < _JUMP_BYTES)
    cost += np.where(near, np.minimum(down + aside, _JUMP_BYTES), _JUMP_BYTES)
    order = np.empty(len(rows), dtype=np.intp)
    at = 0
    for number in range(len(rows)):
        order[number] = at
        cost[:, at] = _DONE
        at = int(cost[at].argmin())
    return order


def _usable(
    wanted: NDArray[np.uint32], pens: NDArray[np.uint32], tolerance: int
) -> NDArray[np.bool_]:
    """Tell for [pen, wanted] whether the pen's colour will do."""
    apart = channels(wanted)[None] - channels(pens)[:, None]
    far = np.einsum("...i,...i->...", apart, apart)
    usable: NDArray[np.bool_] = far <= np.where(wanted & DRAWN, 0, tolerance)
    return usable


def _some(
    target: Grid,
    where: tuple[NDArray[np.int64], NDArray[np.int64]],
    tolerance: int,
    writer: Writer,
) -> Iterator[Stroke]:
    fg_flag, bg_flag = target.fg[where], target.bg[where]
    lead_fg, lead_bg, lead_both = _leads(fg_flag & COLOUR, bg_flag & COLOUR, tolerance)
    every = zip(
        where[0].tolist(),
        where[1].tolist(),
        target.code[where].tolist(),
        (fg_flag & COLOUR).tolist(),
        (bg_flag & COLOUR).tolist(),
        (fg_flag & DRAWN).tolist(),
        (bg_flag & DRAWN).tolist(),
        lead_fg,
        lead_bg,
        lead_both,
        strict=True,
    )
    for row, column, code, fg, bg, keep_fg, keep_bg, to_fg, to_bg, to_both in every:
        pen_f, pen_b = writer.pen_fg, writer.pen_bg
        reverse = REVERSE.get(code)
        if reverse is None:
            # Text.  A space shows no foreground.
            seen = -1 if code == SPACE else fg
            yield row, column, code, seen, bg, code, fg | keep_fg, bg | keep_bg
            continue
        room_fg = 0 if keep_fg else tolerance
        room_bg = 0 if keep_bg else tolerance
        f_top, f_low = _near(pen_f, fg, room_fg), _near(pen_f, bg, room_bg)
        b_top, b_low = _near(pen_b, fg, room_fg), _near(pen_b, bg, room_bg)
        to_fg = to_fg if _near(to_fg, fg, room_fg) else fg
        to_bg = to_bg if _near(to_bg, bg, room_bg) else bg
        character = code
        if b_top and b_low:
            character, top, low, pens = SPACE, pen_b, pen_b, (-1, pen_b)
        elif f_top and b_low:
            top, low, pens = pen_f, pen_b, (pen_f, pen_b)
        elif f_low and b_top:
            character, top, low, pens = reverse, pen_b, pen_f, (pen_f, pen_b)
        elif f_top and f_low:
            character, top, low, pens = FULL, pen_f, pen_f, (pen_f, -1)
        elif _near(to_both, fg, room_fg) and _near(to_both, bg, room_bg):
            character, top, low, pens = SPACE, to_both, to_both, (-1, to_both)
        elif fg == bg:
            character, top, low, pens = SPACE, fg, fg, (-1, fg)
        elif f_top:
            top, low, pens = pen_f, to_bg, (pen_f, to_bg)
        elif b_low:
            top, low, pens = to_fg, pen_b, (to_fg, pen_b)
        elif b_top:
            character, top, low, pens = reverse, pen_b, to_bg, (to_bg, pen_b)
        elif f_low:
            character, top, low, pens = reverse, to_fg, pen_f, (pen_f, to_fg)
        else:
            top, low, pens = to_fg, to_bg, (to_fg, to_bg)
        yield row, column, character, *pens, code, top | keep_fg, low | keep_bg


def _leads(
    fg: NDArray[np.uint32], bg: NDArray[np.uint32], tolerance: int
) -> tuple[list[int], list[int], list[int]]:
    """Return colours that a pen may take for each cell's top dots, its low dots, and both."""
    if not tolerance:
        exact = fg.tolist()
        return exact, bg.tolist(), exact
    dots = np.stack((channels(fg), channels(bg))).astype(np.float32).transpose(0, 2, 1)[..., None]
    blue, green, red = (
        np.rint(leads(dots, tolerance * _ALIKE))[..., 0].astype(np.int64).swapaxes(0, 1)
    )
    top, low, both = (red << 16 | green << 8 | blue).tolist()
    return top, low, both


def _near(pen: int, colour: int, tolerance: int) -> bool:
    if pen == colour:
        return True
    if not tolerance or pen < 0:
        return False
    red = (pen >> 16) - (colour >> 16)
    green = (pen >> 8 & 255) - (colour >> 8 & 255)
    blue = (pen & 255) - (colour & 255)
    return red * red + green * green + blue * blue <= tolerance
