"""Sixel: sends the pixels that changed, in regions that begin and end at cell borders.

Over a link another picture comes first as good as the link carries at once (blocks of one colour,
labels exact), then every pixel that is visibly wrong, nearest to the selection first; what is left
follows once the view is at rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Area, Cells, View
from prelabel_tui.imaging.backends.in_text_cells import InTextCells
from prelabel_tui.imaging.backends.ladder import Ladder, at_once
from prelabel_tui.imaging.backends.sixel_ladder import FULL, USUAL, Rung, roughened
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.overlay.canvas import PixelCanvas, areas_of, merged
from prelabel_tui.imaging.sixel import UNKNOWN, Indexed, Palette, encode

_TILE: Final = (60, 6)
"""Columns and rows sent at a time when bytes are scarce."""

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
        self._dots: Pixels = np.zeros((0, 0, 3), np.uint8)
        """The picture without labels."""
        self._shown: Indexed = np.zeros((0, 0), np.uint8)
        self._apart: Cells = np.zeros((0, 0), np.bool_)
        """The cells that are not shown as they should be …"""
        self._far: Cells = self._apart
        """… and those of them that visibly differ."""
        self._behind = False
        self._ladder = Ladder(USUAL)

    # --- the interface of every backend

    @property
    def pending(self) -> bool:
        """Whether any pixel is not the wanted one."""
        return self._visible and bool(self._apart.any())

    @property
    def behind(self) -> bool:
        """Whether the budget ran out before the picture looked complete."""
        return self._visible and self._behind

    def heal(self, budget: int | None = None) -> str:
        """Return the pixels that still differ, within the budget; first those that one sees."""
        if self._view is None or not self.pending:
            return ""
        if self._behind:
            return self._send_visible(self._view, budget)
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
        self._dots = dots
        return self._palette.index(dots)

    def _lose(self, area: Area) -> None:
        left, top, right, bottom = area
        self._apart[top:bottom, left:right] = self._far[top:bottom, left:right] = True
        self._shown[self._pixels(area)] = UNKNOWN

    def _sync(self, view: View, budget: int | None) -> str:
        fresh, labels = self._draw(view)
        wrong = 0
        if self._shown.shape != self._canvas.values.shape:
            self._shown = np.full_like(self._canvas.values, UNKNOWN)
            self._apart = np.ones(view.viewport.cells[::-1], np.bool_)
            self._far = self._apart.copy()
            wrong = self._shown.size
        elif fresh:
            wrong = self._compare((0, 0, *view.viewport.cells))
        else:
            for area in areas_of(labels):
                self._compare(area)
        self._leave_alone(view)
        if fresh and budget is not None:
            rung = self._ladder.affordable(wrong, at_once(budget))
            if rung is not FULL:
                return self._send_roughly(view, rung)
        # The labels first, at any cost; then the picture, as far as it differs visibly.
        labels |= self._canvas.labelled
        if budget is not None:
            labels &= ~self._canvas.under_loupe
        out = self._send(view, self._apart & labels)
        if budget is None:
            return out + self._send(view, self._far)
        return out + self._send_visible(view, budget)

    def _leave_alone(self, view: View) -> None:
        """Leave out the cells that must not be drawn."""
        for cells in self._untouchable(view):
            self._apart[cells] = self._far[cells] = False

    def _compare(self, area: Area) -> int:
        """Look at the cells of an area; return how many pixels visibly differ."""
        left, top, right, bottom = area
        part = self._pixels(area)
        wanted, shown = self._canvas.values[part], self._shown[part]
        visible = self._palette.apart(wanted, shown)
        self._apart[top:bottom, left:right] = self._any(wanted != shown)
        self._far[top:bottom, left:right] = self._any(visible)
        return int(np.count_nonzero(visible))

    def _any(self, pixels: NDArray[np.bool_]) -> Cells:
        """Return the cells of a part that hold any of these pixels."""
        across, down = self.dots
        height, width = pixels.shape
        by_cell = pixels.reshape(height // down, down, width // across, across)
        out: Cells = np.any(by_cell, axis=(1, 3))
        return out

    def _pixels(self, area: Area) -> tuple[slice, slice]:
        across, down = self.dots
        left, top, right, bottom = area
        return slice(top * down, bottom * down), slice(left * across, right * across)

    def _send_roughly(self, view: View, rung: Rung) -> str:
        """Return another picture in blocks of one colour, and its labels as they are."""
        out = []
        for area in self._small_enough(merged(self._far, _PICTURE_CELLS)):
            left, top, right, bottom = area
            part, inside = self._pixels(area), self._spread(self._far[top:bottom, left:right])
            wanted, shown = self._canvas.values[part], self._shown[part]
            wrong = inside & self._palette.apart(wanted, shown)
            rough, blocks = roughened(self._dots[part], rung, self._palette, wrong)
            drawn = self._canvas.drawn(part)
            # Single pixels can wait, but for those of labels that came or went.
            now = blocks | wrong & (drawn | self._palette.is_overlay(shown))
            rough = np.where(blocks & ~drawn, rough, wanted)
            out.append(self._encode(view, area, rough, inside & now))
            self._ladder.learn(rung, int(np.count_nonzero(wrong)), len(out[-1]))
        for area in merged(self._far, _PICTURE_CELLS):
            self._compare(area)
        self._leave_alone(view)
        self._behind = bool(self._far.any())
        return "".join(out)

    def _send_visible(self, view: View, budget: int | None) -> str:
        """Return the pixels that visibly differ, tile by tile, until the budget is spent."""
        out = self._send(view, self._far, budget, visible=True)
        self._behind = bool(self._far.any())
        return out

    def _send(
        self, view: View, cells: Cells, budget: int | None = None, *, visible: bool = False
    ) -> str:
        """Return what differs in these cells; with a budget, of as many tiles as it allows."""
        out: list[str] = []
        spent = 0
        whole = budget is None
        areas = merged(cells, _PICTURE_CELLS) if whole else self._within_tiles(view, cells)
        for area in self._small_enough(areas):
            if budget is not None and spent >= max(budget, 1):
                break
            left, top, right, bottom = area
            part, here = self._pixels(area), cells[top:bottom, left:right].copy()
            wanted, shown = self._canvas.values[part], self._shown[part]
            differs = self._palette.apart(wanted, shown) if visible else wanted != shown
            mask = self._spread(here) & differs
            out.append(self._encode(view, area, wanted, mask))
            spent += len(out[-1])
            if visible and budget is not None:
                self._ladder.learn(FULL, int(np.count_nonzero(mask)), len(out[-1]))
            self._far[top:bottom, left:right] &= ~here
            left_over = here & self._any(wanted != shown)
            self._apart[top:bottom, left:right] &= ~here | left_over
        return "".join(out)

    def _within_tiles(self, view: View, cells: Cells) -> Iterator[Area]:
        """Yield the part of each tile that holds its cells, the nearest to the selection first."""
        for left, top, right, bottom in self._tiles(view, _TILE):
            here = cells[top:bottom, left:right]
            wide, high = np.flatnonzero(here.any(axis=0)), np.flatnonzero(here.any(axis=1))
            if wide.size:
                end = left + int(wide[-1]) + 1, top + int(high[-1]) + 1
                yield left + int(wide[0]), top + int(high[0]), *end

    def _small_enough(self, areas: Iterable[Area]) -> Iterator[Area]:
        """Cut up what is larger than the terminal's largest picture."""
        columns, rows = (
            max(1, most // cell) for most, cell in zip(self._largest, self.dots, strict=True)
        )
        for left, top, right, bottom in areas:
            for y in range(top, bottom, rows):
                for x in range(left, right, columns):
                    yield x, y, min(x + columns, right), min(y + rows, bottom)

    def _spread(self, cells: Cells) -> NDArray[np.bool_]:
        """Return the pixels of some cells."""
        across, down = self.dots
        return np.repeat(np.repeat(cells, down, axis=0), across, axis=1)

    def _encode(self, view: View, area: Area, wanted: Indexed, mask: NDArray[np.bool_]) -> str:
        """Return a sixel picture of the masked pixels, and note that they are shown."""
        if not mask.any():
            return ""
        left, top, _, _ = area
        np.copyto(self._shown[self._pixels(area)], wanted, where=mask)
        place = f"\x1b[{view.place[1] + top + 1};{view.place[0] + left + 1}H"
        return place + encode(wanted, mask, self._palette)
