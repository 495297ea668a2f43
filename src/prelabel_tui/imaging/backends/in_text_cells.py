"""What ways of drawing share whose pixels stand in the cells of the text layer.

Text that is written to a cell takes its pixels away, and whatever covers the view is text.  So
nothing has to be taken off the screen, and what Textual paints has to be drawn again.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

import numpy as np

from prelabel_tui.imaging.backends.base import Area, Backend, Cells, Run, View, blank_row, distance
from prelabel_tui.imaging.frames.picture import MAT, Picture, Pixels
from prelabel_tui.imaging.overlay.canvas import PixelCanvas, Values

_EVERYWHERE: Final[Area] = (0, 0, 1 << 15, 1 << 15)


class InTextCells(Backend):
    """``cell``: pixels of a cell.  ``canvas``: what should be seen."""

    def __init__(self, cell: tuple[int, int], canvas: PixelCanvas) -> None:
        self.dots = cell
        self._canvas = canvas
        self._view: View | None = None
        self._picture: Picture | None = None
        self._covered = True
        self._over: tuple[Area, ...] = ()
        self._stale = False

    @abstractmethod
    def _values_of(self, dots: Pixels) -> Values:
        """Return a picture as values of the canvas."""

    @abstractmethod
    def _lose(self, area: Area) -> None:
        """Note that nothing of these cells is shown any more."""

    @abstractmethod
    def _sync(self, view: View, budget: int | None) -> str:
        """Return the bytes for a view that can be seen."""

    # --- the interface of every backend

    def paint(self, view: View, *, known: bool = False) -> Cells | None:
        """Take the view; its pixels follow once Textual has painted the cells."""
        self._view = view
        self._stale = True
        return np.zeros(view.viewport.cells[::-1], np.bool_) if known else None

    def row(self, y: int) -> list[Run]:
        """Return spaces: the text layer is empty under a picture."""
        return blank_row(self._view, y)

    def painted(
        self, areas: Sequence[Area], over: Sequence[Area] = (), budget: int | None = None
    ) -> str:
        """Return the pixels that the text of these areas took away, within the budget."""
        if self._view is None:
            return ""
        for area in (*areas, *self._over):
            self._lose(area)
        self._covered, self._stale, self._over = bool(over), False, tuple(over)
        return self._sync(self._view, budget)

    def update(self, view: View, budget: int | None = None) -> str:
        """Return the pixels that differ, the labels first."""
        self._view = view
        if self._covered or self._stale:
            return ""
        return self._sync(view, budget)

    def cover(self, over: Sequence[Area] = ()) -> str:
        """Return nothing; note which cells are covered."""
        for area in over or (_EVERYWHERE,):
            self._lose(area)
        self._covered = True
        return ""

    @property
    def covered(self) -> bool:
        """Whether something lies over the picture."""
        return self._covered and bool(self._canvas.values.size)

    def forget(self) -> None:
        """Expect none of the picture to be shown any more."""
        self._lose(_EVERYWHERE)

    # --- for the ways of drawing

    @property
    def _visible(self) -> bool:
        """Whether the view is on the screen, with nothing over it."""
        return self._view is not None and not (self._covered or self._stale)

    def _draw(self, view: View) -> tuple[bool, Cells]:
        """Bring the canvas up to date.

        Returns whether it shows another picture now, and the cells whose labels changed.
        """
        picture, canvas = view.picture, self._canvas
        width, height = view.viewport.size
        before = canvas.labelled
        fresh = False
        if picture is not self._picture and picture.viewport == view.viewport:
            self._picture, fresh = picture, True
            canvas.set_base(self._values_of(picture.dots))
        elif canvas.values.shape[:2] != (height, width):
            self._picture, fresh = None, True
            canvas.set_base(self._values_of(np.full((height, width, 3), MAT, np.uint8)))
        changed = canvas.draw(view)
        if fresh and before.shape == changed.shape:
            changed |= before
        return fresh, changed

    @staticmethod
    def _tiles(view: View, size: tuple[int, int]) -> list[Area]:
        """Return tiles of so many columns and rows, the nearest to the selection first."""
        columns, rows = view.viewport.cells
        across, down = size
        tiles = [
            (left, top, min(columns, left + across), min(rows, top + down))
            for top in range(0, rows, down)
            for left in range(0, columns, across)
        ]
        return sorted(tiles, key=distance(view))

    def _untouchable(self, view: View) -> list[tuple[slice, slice]]:
        """Return the cells that must not be drawn: what is covered, and the screen's last row.

        A picture that ends there makes terminals scroll.
        """
        areas = list(self._over)
        below = view.place[1] + view.viewport.cells[1] - (view.screen[1] - 1)
        if below > 0:
            columns, rows = view.viewport.cells
            areas.append((0, rows - below, columns, rows))
        return [
            (slice(max(0, top), bottom), slice(max(0, left), right))
            for left, top, right, bottom in areas
        ]
