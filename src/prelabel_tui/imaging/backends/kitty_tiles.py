"""The tiles of a picture that kitty stores: which cells each covers, and what is shown there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np

from prelabel_tui.imaging.backends.base import Area
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.terminal.kitty_protocol import Placement

TILE: Final = (30, 10)
"""Columns and rows of a whole tile; on a thin link it is cut into smaller ones as it is refined."""

TOLERANCE: Final = 6
"""A tile whose channels all differ by at most this (of 255) can wait until the view is at rest."""

_ROW: Final = 1000
"""More columns than a view has: placements are numbered by the cell they begin at."""


class Grade(IntEnum):
    """How well a tile shows its picture."""

    DUE = 0
    ROUGH = 1
    COARSE = 2
    EXACT = 3


@dataclass(eq=False)
class Tile:
    """Cells of the view, and the part of an image that is shown there; several may share one.

    ``part``: x, y, width, height in the image's pixels.  ``made_of``: the pixels it was made from.
    """

    column: int
    row: int
    columns: int
    rows: int
    image: int = 0
    part: tuple[int, int, int, int] = (0, 0, 0, 0)
    made_of: Pixels | None = None
    grade: Grade = Grade.DUE

    @property
    def area(self) -> Area:
        """The cells."""
        return self.column, self.row, self.column + self.columns, self.row + self.rows

    @property
    def number(self) -> int:
        """The number of the placement."""
        return self.row * _ROW + self.column + 1

    def placement(self, place: tuple[int, int], layer: int) -> Placement:
        """Return where the image is shown, in a view that begins at this cell of the screen."""
        return Placement(
            self.image,
            self.number,
            place[0] + self.column,
            place[1] + self.row,
            source=self.part,
            cells=(self.columns, self.rows),
            z=layer,
        )

    def cropped(self, area: Area) -> Tile:
        """Return what these cells of the tile show, as a tile."""
        left, top, right, bottom = area
        x, y, width, height = self.part
        x0, x1 = (width * (at - self.column) // self.columns for at in (left, right))
        y0, y1 = (height * (at - self.row) // self.rows for at in (top, bottom))
        return Tile(
            left, top, right - left, bottom - top, self.image,
            (x + x0, y + y0, max(1, x1 - x0), max(1, y1 - y0)),
        )  # fmt: skip

    def halves(self) -> tuple[Tile, Tile]:
        """Return the tile in two, which go on showing what it shows."""
        assert self.made_of is not None
        left, top, right, bottom = self.area
        if self.columns > 2 * self.rows:
            middle = left + self.columns // 2
            areas = (left, top, middle, bottom), (middle, top, right, bottom)
            pixels = np.split(self.made_of, [self._pixel(middle - left, 1)], axis=1)
        else:
            middle = top + self.rows // 2
            areas = (left, top, right, middle), (left, middle, right, bottom)
            pixels = np.split(self.made_of, [self._pixel(middle - top, 0)], axis=0)
        one, other = (
            replace(self.cropped(area), made_of=part, grade=self.grade)
            for area, part in zip(areas, pixels, strict=True)
        )
        return one, other

    def _pixel(self, cells: int, axis: int) -> int:
        assert self.made_of is not None
        height: int = self.made_of.shape[0]
        width: int = self.made_of.shape[1]
        return height * cells // self.rows if axis == 0 else width * cells // self.columns


def tiles_of(area: Area) -> list[Tile]:
    """Return new tiles for an area of a view, from the top left."""
    left, top, right, bottom = area
    if left >= right or top >= bottom:
        return []
    across, down = TILE
    return [
        Tile(max(x, left), max(y, top), min(x + across, right) - max(x, left),
             min(y + down, bottom) - max(y, top))
        for y in range(top - top % down, bottom, down)
        for x in range(left - left % across, right, across)
    ]  # fmt: skip


def resized(tiles: Iterable[Tile], old: tuple[int, int], new: tuple[int, int]) -> list[Tile]:
    """Return tiles for a view of ``new`` columns and rows that had ``old`` ones.

    What was seen stays until there is something better, so that no hole is ever shown.
    """
    columns, rows = new
    out = []
    for tile in tiles:
        left, top, right, bottom = tile.area
        area = left, top, min(right, columns), min(bottom, rows)
        if area == tile.area:
            out.append(tile)
        elif left < columns and top < rows:
            out.append(tile.cropped(area))
    beside, below = (old[0], 0, columns, rows), (0, old[1], min(old[0], columns), rows)
    return [*out, *tiles_of(beside), *tiles_of(below)]


def rejoined(tiles: Iterable[Tile]) -> list[Tile]:
    """Return the tiles, with one in place of those it was cut into where more than half is due."""
    whole: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        whole.setdefault((tile.column // TILE[0], tile.row // TILE[1]), []).append(tile)
    out: list[Tile] = []
    for parts in whole.values():
        due = sum(part.columns * part.rows for part in parts if part.grade is Grade.DUE)
        if len(parts) > 1 and 2 * due > sum(part.columns * part.rows for part in parts):
            areas = np.array([part.area for part in parts])
            ends = *areas[:, :2].min(axis=0).tolist(), *areas[:, 2:].max(axis=0).tolist()
            parts = tiles_of(ends)
        out += parts
    return out


def differs(new: Pixels, old: Pixels) -> bool:
    """Say whether anything in a tile changed visibly."""
    if new is old:
        return False
    over = np.where(new > old, new - old, old - new)
    return bool((over > TOLERANCE).any())


def meets(reach: Area, over: Sequence[Area]) -> bool:
    """Say whether these cells lie under one of the areas, or no areas are named."""
    left, top, right, bottom = reach
    return not over or any(
        left < area[2] and area[0] < right and top < area[3] and area[1] < bottom for area in over
    )
