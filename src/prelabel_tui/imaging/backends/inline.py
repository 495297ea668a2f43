"""Inline images: the picture as JPEG, then the parts of it that changed as smaller JPEGs.

The exact pixels on the screen are known, since each JPEG is decoded here too.  So the error of
every cell is known, and bytes go where they help: the labels first, then a whole picture as good
as the link carries at once, then the worst of the remaining cells, those nearest to the selection
first, until everything is within the bound on the error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Area, Cells, View
from prelabel_tui.imaging.backends.in_text_cells import InTextCells
from prelabel_tui.imaging.backends.jpeg_ladder import (
    FULL,
    LABELS,
    LINES,
    QUICK_LABELS,
    RUNGS,
    USUAL,
    Rung,
    decoded,
    encoded,
)
from prelabel_tui.imaging.backends.ladder import Ladder, at_once, most_of_a_piece
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.overlay.canvas import PixelCanvas, areas_of, merged
from prelabel_tui.imaging.terminal.inline_protocol import inline_image, snug


def _error_of(decibels: float) -> float:
    """Return the mean squared error (levels²) of a peak signal-to-noise ratio."""
    error: float = 255**2 / 10 ** (decibels / 10)
    return error


GOOD: Final = _error_of(44)
"""The view is at rest when the mean error of its cells without labels is below this …"""

FAIR: Final = _error_of(40)
"""… and each of these cells' is below this."""

PASSABLE: Final = _error_of(34)
"""Another picture is brought to this everywhere before any of it is made better."""

FAIR_LINES: Final = _error_of(33)
"""Cells with lines of labels are done at this: lines cost a JPEG more than grass does."""

_LINES_SEEN: Final = _error_of(28)
"""The same while another picture comes."""

SEEN: Final = _error_of(36)
"""A cell of another frame that is better than this may wait until the view is at rest."""

_AT_REST: Final = FULL[-4]
"""How a picture is sent where bytes do not matter."""

_ROUGHLY, _PASSABLY, _FAIRLY, _WELL, _BEST = range(5)

_LIMITS: Final = {
    _PASSABLY: (PASSABLE, _LINES_SEEN),
    _FAIRLY: (FAIR, FAIR_LINES),
    _WELL: (GOOD, FAIR_LINES),
    _BEST: (GOOD, FAIR_LINES),
}
"""What is aimed at: the mean squared error of a cell without lines, and of one with lines.

Areas may be good on average; where their good cells were drawn over, the others follow one by one.
"""

_TILE: Final = (20, 6)
"""Columns and rows refined at a time."""

_TILE_PIXELS: Final = 4_000
"""One more JPEG costs as much as this many pixels: its headers and tables …"""

_HEADERS: Final = 500
"""… which are so many bytes of the stream."""


class InlineBackend(InTextCells):
    """``cell``: pixels per cell; ``true_cell``: the same where they are fractions."""

    name = "inline"

    def __init__(self, cell: tuple[int, int], true_cell: tuple[float, float] | None = None) -> None:
        super().__init__(cell, PixelCanvas(cell, self._values_of, solid=True))
        self._true_cell = true_cell or cell
        self._shown: Pixels = np.zeros((0, 0, 3), np.uint8)
        self._error: NDArray[np.float64] = np.zeros((0, 0))
        self._sent: NDArray[np.int8] = np.zeros((0, 0), np.int8)
        """How well each cell was last sent: roughly, fairly, or as well as it ever will be."""
        self._ladder, self._lines = Ladder(USUAL), Ladder(LINES)
        self._apiece = _TILE_PIXELS // (cell[0] * cell[1])
        self._usual = {_PASSABLY: 3, _FAIRLY: 6, _WELL: 7, _BEST: 8}
        """The rung (of FULL) that brought the last area to each aim."""
        self._fresh = False
        """Whether another picture came since the view was last at rest."""
        self._late: Cells = np.zeros((0, 0), np.bool_)
        """The cells of the loupe that follow as soon as the link has room."""

    # --- the interface of every backend

    @property
    def pending(self) -> bool:
        """Whether any cell is worse than it will be when the view is at rest."""
        if self._late.any():
            return self._visible
        aims = _LIMITS if self._fresh else (_WELL, _BEST)
        return self._visible and any(self._due(aim).any() for aim in aims)

    @property
    def behind(self) -> bool:
        """Whether any cell of another picture is not even passable."""
        if not self._visible:
            return False
        return bool(self._late.any()) or (self._fresh and bool(self._due(_PASSABLY).any()))

    def heal(self, budget: int | None = None) -> str:
        """Return JPEGs of the worst cells, those nearest to the selection first."""
        view = self._view
        if view is None or not self.pending:
            return ""
        self._leave_alone(view)
        out: list[str] = []
        spent = 0
        for area in self._parts(self._late.copy(), LABELS, budget):
            if budget is not None and spent >= max(1, budget):
                return "".join(out)
            out.append(self._send(view, area, LABELS))
            spent += len(out[-1])
        for aim, area in self._to_heal(view, budget):
            if budget is not None and spent >= max(1, budget):
                return "".join(out)
            out.append(self._send_until(view, area, aim))
            spent += len(out[-1])
        self._fresh = False
        return "".join(out)

    def _to_heal(self, view: View, budget: int | None) -> Iterator[tuple[int, Area]]:
        """Yield the areas that are due; what was sent to one aim may be due for the next."""
        for aim in _LIMITS if self._fresh else (_WELL, _BEST):
            due = self._due(aim)
            for left, top, right, bottom in self._tiles(view, _TILE) if due.any() else ():
                here = np.zeros_like(due)
                here[top:bottom, left:right] = due[top:bottom, left:right]
                parts = self._parts(here, FULL[self._usual[aim]], budget)
                yield from ((aim, area) for area in parts)

    def _parts(self, cells: Cells, rung: Rung, budget: int | None) -> Iterator[Area]:
        """Yield areas that hold these cells, none larger than what a key can wait for."""
        most = most_of_a_piece(budget)
        waiting = merged(cells, self._apiece)[::-1]
        while waiting:
            left, top, right, bottom = area = waiting.pop()
            wide, high = right - left, bottom - top
            if not cells[top:bottom, left:right].any():
                continue  # else this part would come again and again, and no other
            if wide * high == 1 or self._ladder.cost(rung, self._pixels([area])) <= most:
                yield area
            elif wide > 2 * high:
                middle = left + wide // 2
                waiting += [(middle, top, right, bottom), (left, top, middle, bottom)]
            else:
                middle = top + high // 2
                waiting += [(left, middle, right, bottom), (left, top, right, middle)]

    # --- the parts

    def _values_of(self, dots: Pixels) -> Pixels:
        return dots

    def _lose(self, area: Area) -> None:
        left, top, right, bottom = area
        self._error[top:bottom, left:right] = np.inf
        self._late[top:bottom, left:right] = False
        self._sent[top:bottom, left:right] = _ROUGHLY

    def _sync(self, view: View, budget: int | None) -> str:
        lined = self._canvas.labelled
        fresh, labels = self._draw(view)
        if self._shown.shape != self._canvas.values.shape:
            self._shown = self._canvas.values.copy()
            self._error = np.full(view.viewport.cells[::-1], np.inf)
            self._sent = np.zeros(self._error.shape, np.int8)
            self._late = np.zeros(self._error.shape, np.bool_)
        elif fresh:
            self._measure((0, 0, *view.viewport.cells))
        else:
            for area in areas_of(labels):
                self._measure(area)
            # More is expected of a cell whose lines are gone.
            self._sent[lined & ~self._canvas.labelled] = _ROUGHLY
        self._leave_alone(view)
        labels &= self._error > 0
        self._late &= self._canvas.under_loupe
        if budget is not None:
            self._late |= labels & self._canvas.under_loupe
            labels &= ~self._canvas.under_loupe
        if fresh:
            return self._send_picture(view, labels, budget)
        return self._send_all(view, merged(labels | np.isinf(self._error), self._apiece), LABELS)

    def _leave_alone(self, view: View) -> None:
        """Leave out the cells that must not be drawn."""
        for cells in self._untouchable(view):
            self._error[cells] = 0

    def _measure(self, area: Area) -> None:
        """Measure the squared error of each cell of an area; unknown stays unknown."""
        left, top, right, bottom = area
        across, down = self.dots
        part = slice(top * down, bottom * down), slice(left * across, right * across)
        wanted, shown = self._canvas.values[part], self._shown[part]
        apart = (np.maximum(wanted, shown) - np.minimum(wanted, shown)).astype(np.uint16)
        apart *= apart
        rows, columns = bottom - top, right - left
        by_line = apart.reshape(rows, down, -1).sum(axis=1, dtype=np.uint32)
        by_cell = by_line.reshape(rows, columns, -1).sum(axis=2) / (3.0 * across * down)
        here = self._error[top:bottom, left:right]
        np.copyto(here, by_cell, where=~np.isinf(here))
        self._sent[top:bottom, left:right] = _ROUGHLY

    def _send_picture(self, view: View, labels: Cells, budget: int | None) -> str:
        """Send another frame or view as well as the budget allows; the rest is refined later."""
        wanted = labels | self._late | (self._error > SEEN)
        areas = merged(wanted, self._apiece)
        if budget is None:
            return self._send_all(view, areas, _AT_REST)
        self._fresh = True
        most = at_once(budget)
        again = self._lines.cost(QUICK_LABELS, self._pixels(merged(labels, self._apiece)))
        # In one piece, good cells are drawn over; in several, their headers may be most of it.
        rung, _, areas = max(
            ((*self._best(some, most, again), some) for some in (areas, _around(wanted))),
            key=lambda way: (RUNGS.index(way[0]), -way[1]),
        )
        late = self._late.copy()
        out = self._send_all(view, areas, rung)
        if rung.shrink == 1:
            return out
        self._leave_alone(view)
        self._late = late
        lost = self._canvas.labelled & ~self._canvas.under_loupe & (self._error > _LINES_SEEN)
        lines = merged(lost, self._apiece)
        size = self._pixels(lines)
        rung = self._lines.affordable(size, most - len(out))
        drawn = self._send_all(view, lines, rung)
        self._lines.learn(rung, size, len(drawn))
        return out + drawn

    def _best(self, areas: list[Area], most: float, again: float) -> tuple[Rung, float]:
        """Return the finest rung for some areas that takes at most so many bytes, and its bytes.

        ``again``: what it takes to send the lines again, which a rung of fewer pixels loses.
        """
        heads, pixels = _HEADERS * len(areas), self._pixels(areas)

        def more(rung: Rung) -> float:
            return heads + (again if rung.shrink > 1 else 0.0)

        rung = self._ladder.affordable(pixels, most, more)
        return rung, self._ladder.cost(rung, pixels) + more(rung)

    def _pixels(self, areas: list[Area]) -> int:
        across, down = self.dots
        return across * down * sum((area[2] - area[0]) * (area[3] - area[1]) for area in areas)

    def _due(self, aim: int) -> Cells:
        """Return the cells to send again: those not fair yet, or at rest those not good yet."""
        lines = self._canvas.labelled
        picture = self._error[~lines]
        good = aim >= _WELL and (not picture.size or picture.mean() <= GOOD)
        if aim == _BEST:
            return ~lines & (self._error > GOOD) & (self._sent < aim) & (not good)
        due: Cells = (self._error > _limits(_FAIRLY if good else aim, lines)) & (self._sent < aim)
        return due

    def _send_until(self, view: View, area: Area, aim: int) -> str:
        """Send an area in the cheapest way that makes it fair or good."""
        left, top, right, bottom = area
        cells = slice(top, bottom), slice(left, right)
        lines = self._canvas.labelled[cells]
        limit = _limits(aim, lines)
        text = ""
        # Try the rung next to the last one first: most areas of a picture need about the same.
        for number in range(max(0, self._usual[aim] - 1), len(FULL)):
            text = self._send(view, area, FULL[number])
            over = self._error[cells] / limit
            if (
                all(part.mean() <= 1 for part in (over[lines], over[~lines]) if part.size)
                and (over <= (1 if aim == _BEST else 2)).all()
            ):
                self._usual[aim] = number
                break
        self._sent[cells] = aim
        return text

    def _send_all(self, view: View, areas: list[Area], rung: Rung) -> str:
        return "".join(self._send(view, area, rung) for area in areas)

    def _send(self, view: View, area: Area, rung: Rung) -> str:
        """Send an area as a JPEG to its place, and note what the terminal then shows."""
        left, top, right, bottom = area = self._without_seam(view, area)
        across, down = self.dots
        part = slice(top * down, bottom * down), slice(left * across, right * across)
        height, width = (bottom - top) * down, (right - left) * across
        data = encoded(self._canvas.values[part], rung)
        self._shown[part] = decoded(data, (height, width))
        cells = slice(top, bottom), slice(left, right)
        self._error[cells] = 0
        self._late[cells] = False
        self._measure(area)
        text = inline_image(data, right - left, bottom - top)
        self._ladder.learn(rung, width * height, len(text))
        return f"\x1b[{view.place[1] + top + 1};{view.place[0] + left + 1}H{text}"

    def _without_seam(self, view: View, area: Area) -> Area:
        """Widen the area to the left and top where the terminal would leave a seam."""
        left, top, right, bottom = area
        (column, row), (wide, high) = view.place, self._true_cell
        wider = (
            max(0, snug(column + left, column + right, wide) - column),
            max(0, snug(row + top, row + bottom, high) - row),
            right,
            bottom,
        )
        return area if any(_meet(wider, over) for over in self._over) else wider


def _limits(aim: int, lines: Cells) -> NDArray[np.float64]:
    """Return the mean squared error that each cell may have."""
    plain, lined = _LIMITS[aim]
    return np.where(lines, lined, plain)


def _around(cells: Cells) -> list[Area]:
    """Return the one area that holds all of these cells; none if there are none."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not rows.size:
        return []
    return [(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)]


def _meet(a: Area, b: Area) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
