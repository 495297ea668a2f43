"""Where the loupe is and what it looks at: true pixels around the selection.

It stays still while the selection moves inside it, so that a nudge changes only a few dots.  It
covers no label, no grid and no cursor: where it finds no such place, smaller too, there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.viewport import Viewport

COLUMNS: Final = 24
ROWS: Final = 12
"""Its size in cells, at most a quarter of the widget's each way."""

_SMALLEST: Final = (8, 4)
_SHARES: Final = (1.0, 0.7, 0.5)
"""Sizes that are tried, of the largest."""

_ROOM: Final = 1
"""Cells to a label, for its ticks or its cross."""

_MORE_ROOM: Final = 2
"""Cells to the selection."""

Cells = tuple[int, int, int, int]
"""Columns and rows: left, top, right, bottom, inclusive."""


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
        place = None
        if mark is not None and viewport.coarse:
            place = self._place(viewport, scene, mark)
        if mark is None or place is None:
            self._lens = self._mark = None
            return None
        column, row, columns, rows = place
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

    def _place(
        self, viewport: Viewport, scene: Scene, mark: Mark
    ) -> tuple[int, int, int, int] | None:
        """Return column, row, columns and rows of a free place: the present one, if it is."""
        taken = _taken(viewport, scene)
        width, height = viewport.cells
        largest = min(COLUMNS, width // 4), min(ROWS, height // 3)
        same = self._mark is not None and self._mark.label_id == mark.label_id
        if same and self._lens is not None:
            lens, (columns, rows) = self._lens, self._lens.viewport.cells
            place = (lens.column, lens.row, columns, rows)
            inside = lens.column + columns <= width and lens.row + rows <= height
            small = columns <= largest[0] and rows <= largest[1]
            if inside and small and _is_free(place, taken):
                return place
        for share in _SHARES:
            columns, rows = int(largest[0] * share), int(largest[1] * share)
            if columns < _SMALLEST[0] or rows < _SMALLEST[1]:
                return None
            right, bottom = width - columns, height - rows
            for column, row in (
                *((right, 0), (0, 0), (right, bottom), (0, bottom)),
                *((right // 2, 0), (right // 2, bottom), (right, bottom // 2), (0, bottom // 2)),
            ):
                place = (column, row, columns, rows)
                if _is_free(place, taken):
                    return place
        return None


def _taken(viewport: Viewport, scene: Scene) -> list[Cells]:
    """Return what the loupe must not cover."""
    taken = [
        _cells(viewport, mark.bounds, _MORE_ROOM if Style.SELECTED in mark.styles else _ROOM)
        for mark in scene.marks
    ]
    if scene.grid is not None:
        taken.append(_cells(viewport, scene.grid, 0))
    if scene.cursor is not None:
        taken.append(_cells(viewport, (*scene.cursor, 0, 0), _MORE_ROOM))
    return taken


def _cells(viewport: Viewport, geometry: tuple[int, int, int, int], room: int) -> Cells:
    left, top, right, bottom = viewport.span(geometry)
    across, down = viewport.dots
    return (
        left // across - room,
        top // down - room,
        right // across + room,
        bottom // down + room,
    )


def _is_free(place: tuple[int, int, int, int], taken: list[Cells]) -> bool:
    column, row, columns, rows = place
    return all(
        right < column or left >= column + columns or bottom < row or top >= row + rows
        for left, top, right, bottom in taken
    )
