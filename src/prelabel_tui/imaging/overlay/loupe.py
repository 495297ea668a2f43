"""Where the loupe is and what it looks at: true pixels around the selection.

It stays still while the selection moves inside it, so that a nudge changes only a few dots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from prelabel_tui.imaging.overlay.scene import Mark, Scene
from prelabel_tui.imaging.overlay.viewport import Viewport

COLUMNS: Final = 24
ROWS: Final = 12
"""Its size in cells, at most a quarter of the widget's each way."""

_SMALLEST: Final = (8, 4)


@dataclass(frozen=True)
class Lens:
    """What the loupe should show (one frame pixel per dot) and its top left cell."""

    viewport: Viewport
    column: int
    row: int


class LoupeKeeper:
    """Remembers where the loupe was, and which corner of a box is being worked on."""

    def __init__(self) -> None:
        self._lens: Lens | None = None
        self._mark: Mark | None = None
        self._corner = (0, 0)

    def lens(self, viewport: Viewport, scene: Scene) -> Lens | None:
        """Return the loupe for a view; None without a selection or where every pixel shows."""
        mark = scene.selected if scene.show_labels else None
        columns = min(COLUMNS, viewport.cells[0] // 4)
        rows = min(ROWS, viewport.cells[1] // 3)
        if mark is None or not viewport.coarse or columns < _SMALLEST[0] or rows < _SMALLEST[1]:
            self._lens = self._mark = None
            return None
        anchor = self._anchor(mark)
        old = None if self._lens is None else self._lens.viewport
        if (
            old is not None
            and old.cells == (columns, rows)
            and (old.frame, old.dots, old.cell) == (viewport.frame, viewport.dots, viewport.cell)
        ):
            look = old.following((*anchor, 0, 0))
        else:
            look = Viewport(viewport.frame, (columns, rows), viewport.dots, viewport.cell, 1)
            look = look.centred(*anchor)
        column, row = self._place(viewport, mark, columns, rows)
        self._lens = Lens(look, column, row)
        return self._lens

    def _anchor(self, mark: Mark) -> tuple[int, int]:
        """Return a ball's middle, or the corner of a box that was moved last."""
        before, self._mark = self._mark, mark
        if mark.kind == "ball":
            return mark.geometry[0], mark.geometry[1]
        x, y, w, h = mark.bounds
        if before is None or before.label_id != mark.label_id:
            self._corner = (0, 0)
        elif before.geometry != mark.geometry:
            old_x, old_y, old_w, old_h = before.bounds
            corner = list(self._corner)
            for axis, (start, end) in enumerate(
                (((old_x, x), (old_x + old_w, x + w)), ((old_y, y), (old_y + old_h, y + h)))
            ):
                if (start[0] != start[1]) != (end[0] != end[1]):
                    corner[axis] = int(end[0] != end[1])
            self._corner = (corner[0], corner[1])
        return x + w * self._corner[0], y + h * self._corner[1]

    def _place(self, viewport: Viewport, mark: Mark, columns: int, rows: int) -> tuple[int, int]:
        """Return a corner of the widget clear of the selection: the present one, if it is."""
        width, height = viewport.cells
        corners = [(width - columns, 0), (0, 0), (width - columns, height - rows)]
        if self._lens is not None and (self._lens.column, self._lens.row) in corners:
            corners.insert(0, (self._lens.column, self._lens.row))
        left, top, right, bottom = viewport.span(mark.bounds)
        across, down = viewport.dots
        for column, row in corners:
            if (
                right // across + 2 < column
                or left // across - 2 >= column + columns
                or bottom // down + 2 < row
                or top // down - 2 >= row + rows
            ):
                return column, row
        return corners[0]
