"""Text over the picture, one character per cell: letters of labels, keys of the grid.  Pure.

A grid cell that is wide enough has its key in the middle.  Where cells are too narrow, the keys
are shown beside the grid, laid out as its cells are.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from prelabel_tui.imaging.overlay.dots import BLACK, BRIGHT, PLAIN, WHITE, Pen
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.viewport import Viewport

_KEY: Final = Pen(WHITE, BLACK)
_LEAST_COLUMNS: Final = 2
"""Columns of a grid cell from which on its key fits in."""

_PLATE_ROOM: Final = 50
"""Columns of the view from which on the keys fit beside the grid (the loupe has fewer)."""


class Hint(NamedTuple):
    """A text and the cell of its first character, which may lie outside the view."""

    name: tuple[str, str]
    column: int
    row: int
    text: str
    pen: Pen


def hints_of(viewport: Viewport, scene: Scene) -> list[Hint]:
    """Return all texts over the picture, the hindmost first."""
    found = [_of_mark(viewport, mark) for mark in scene.marks if mark.hint and scene.show_labels]
    if scene.grid is not None and scene.grid_keys:
        found += _of_grid(viewport, scene.grid, scene.grid_keys)
    return found


def _of_mark(viewport: Viewport, mark: Mark) -> Hint:
    """Return a mark's text: just above it, or inside its top."""
    column, row = viewport.cell_of(mark.bounds[0], mark.bounds[1])
    colour = PLAIN if Style.SELECTED in mark.styles else BRIGHT
    name = (f"{mark.kind} {mark.label_id}", "hint")
    return Hint(name, column, row - 1 if row > 0 else row, mark.hint, Pen(BLACK, colour))


def _of_grid(
    viewport: Viewport, region: tuple[int, int, int, int], keys: tuple[str, ...]
) -> list[Hint]:
    left, top, right, bottom = viewport.span(region)
    across, down = viewport.dots
    width, height = (right - left + 1) / len(keys[0]), (bottom - top + 1) / len(keys)
    if width >= _LEAST_COLUMNS * across and height >= down:
        return [
            Hint(
                ("grid key", key),
                int((left + (column + 0.5) * width) // across),
                int((top + (row + 0.5) * height) // down),
                key,
                _KEY,
            )
            for row, line in enumerate(keys)
            for column, key in enumerate(line)
        ]
    columns, rows = viewport.cells
    if columns < _PLATE_ROOM:
        return []
    wide = 2 * len(keys[0]) + 1
    first, last = left // across, right // across
    column = last + 2 if last + 2 + wide <= columns else max(0, first - 1 - wide)
    start = (top + bottom) // 2 // down - len(keys) // 2
    start = max(0, min(start, rows - len(keys)))
    return [
        Hint(("grid keys", str(row)), column, start + row, f" {' '.join(line)} ", _KEY)
        for row, line in enumerate(keys)
    ]
