"""Sixel: sends the pixels that changed, in regions that begin and end at cell borders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Area, View
from prelabel_tui.imaging.backends.in_text_cells import InTextCells
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.overlay.canvas import Cells, PixelCanvas, areas_of, merged
from prelabel_tui.imaging.sixel import UNKNOWN, Indexed, Palette, encode

STRIP: Final = 6
"""Rows of cells in a strip: what is sent at a time when bytes are scarce."""

_PICTURE_CELLS: Final = 30
"""One more sixel picture costs as much as this many cells: its colours."""


class SixelBackend(InTextCells):
    """Needs the exact size of a cell in pixels: those are its ``dots``.

    ``colours``: the terminal's colour registers.  ``largest``: its largest picture, pixels.
    """

    name = "sixel"

    def __init__(
        self, cell: tuple[int, int], colours: int = 256, largest: tuple[int, int] | None = None
    ) -> None:
        super().__init__(cell, PixelCanvas(cell, self._texture_values))
        self._colours = colours
        self._largest = largest or (10_000, 10_000)
        self._palette = Palette(np.zeros((1, 1, 3), np.uint8), colours)
        self._shown: Indexed = np.zeros((0, 0), np.uint8)
        self._apart: Cells = np.zeros((0, 0), np.bool_)
        """The cells that are not shown as they should be."""
        self._behind = False

    # --- the interface of every backend

    @property
    def pending(self) -> bool:
        """Whether any pixel is not the wanted one."""
        return self._visible and bool(self._apart.any())

    @property
    def behind(self) -> bool:
        """Whether the budget ran out before the picture was complete."""
        return self._behind and self.pending

    def heal(self, budget: int | None = None) -> str:
        """Return the pixels that still differ, within the budget."""
        if self._view is None or not self.pending:
            return ""
        return self._send(self._view, self._apart, budget)

    # --- the parts

    def _texture_values(self, pixels: Pixels) -> Indexed:
        return self._palette.index_texture(pixels)

    def _values_of(self, dots: Pixels) -> Indexed:
        """Return a picture in palette numbers, those of a new palette if the old does not suit."""
        if not self._palette.suits(dots):
            self._palette = Palette(dots, self._colours)
            self._canvas.forget_colours()
            self.forget()
        return self._palette.index(dots)

    def _lose(self, rows: slice) -> None:
        self._apart[rows] = True
        columns, down = self._apart.shape[1], self.dots[1]
        by_row = self._shown.reshape(-1, down * columns * self.dots[0]) if columns else self._shown
        by_row[rows] = UNKNOWN

    def _sync(self, view: View, budget: int | None) -> str:
        fresh, labels = self._draw(view)
        if self._shown.shape != self._canvas.values.shape:
            self._shown = np.full_like(self._canvas.values, UNKNOWN)
            self._apart = np.ones(view.viewport.cells[::-1], np.bool_)
        elif fresh:
            self._compare((0, 0, *view.viewport.cells))
        else:
            for area in areas_of(labels):
                self._compare(area)
        for cells in self._untouchable(view):
            self._apart[cells] = False
        # The labels first, at any cost; then the picture, as far as it differs visibly.
        labels |= self._canvas.labelled
        out = self._send(view, self._apart & labels, None)
        return out + self._send(view, self._visibly_apart(), budget)

    def _compare(self, area: Area) -> None:
        left, top, right, bottom = area
        part = self._pixels(area)
        differs = self._canvas.values[part] != self._shown[part]
        self._apart[top:bottom, left:right] = self._any(differs)

    def _any(self, pixels: NDArray[np.bool_]) -> Cells:
        """Return the cells of a part that hold any of these pixels."""
        across, down = self.dots
        height, width = pixels.shape
        by_cell = pixels.reshape(height // down, down, width // across, across)
        out: Cells = np.any(by_cell, axis=(1, 3))
        return out

    def _visibly_apart(self) -> Cells:
        out = self._apart.copy()
        for area in merged(out, _PICTURE_CELLS):
            left, top, right, bottom = area
            part = self._pixels(area)
            visible = self._palette.visible[self._canvas.values[part], self._shown[part]]
            out[top:bottom, left:right] = out[top:bottom, left:right] & self._any(visible)
        return out

    def _pixels(self, area: Area) -> tuple[slice, slice]:
        across, down = self.dots
        left, top, right, bottom = area
        return slice(top * down, bottom * down), slice(left * across, right * across)

    def _send(self, view: View, cells: Cells, budget: int | None) -> str:
        """Return bytes for these cells; with a budget, as many strips as it allows."""
        out: list[str] = []
        spent = 0
        self._behind = False
        areas = merged(cells, _PICTURE_CELLS) if budget is None else self._strips(view, cells)
        for area in self._small_enough(areas):
            if budget is not None and spent >= max(budget, 1):
                self._behind = True
                break
            out.append(self._encode(view, cells, area))
            spent += len(out[-1])
        return "".join(out)

    def _strips(self, view: View, cells: Cells) -> list[Area]:
        """Return the strips that hold all of the cells, the nearest to the selection first."""
        middle = view.viewport.cells[1] / 2
        if view.scene.selected is not None:
            middle = view.viewport.cell_of(*view.scene.selected.geometry[:2])[1]
        strips = []
        for top in range(0, cells.shape[0], STRIP):
            columns = np.flatnonzero(cells[top : top + STRIP].any(axis=0))
            if columns.size:
                bottom = min(top + STRIP, cells.shape[0])
                strips.append((int(columns[0]), top, int(columns[-1]) + 1, bottom))
        return sorted(strips, key=lambda strip: abs(strip[1] + STRIP / 2 - middle))

    def _small_enough(self, areas: list[Area]) -> Iterator[Area]:
        """Cut up what is larger than the terminal's largest picture."""
        columns, rows = (
            max(1, most // cell) for most, cell in zip(self._largest, self.dots, strict=True)
        )
        for left, top, right, bottom in areas:
            for y in range(top, bottom, rows):
                for x in range(left, right, columns):
                    yield x, y, min(x + columns, right), min(y + rows, bottom)

    def _encode(self, view: View, cells: Cells, area: Area) -> str:
        """Return a sixel picture of the pixels that differ in these cells of an area."""
        left, top, right, bottom = area
        part, (across, down) = self._pixels(area), self.dots
        wanted, shown, here = (
            self._canvas.values[part],
            self._shown[part],
            cells[top:bottom, left:right],
        )
        mask = np.repeat(np.repeat(here, down, axis=0), across, axis=1)
        mask &= wanted != shown
        if not mask.any():
            return ""
        np.copyto(shown, wanted, where=mask)
        self._apart[top:bottom, left:right] &= ~here
        place = f"\x1b[{view.place[1] + top + 1};{view.place[0] + left + 1}H"
        return place + encode(wanted, mask, self._palette)
