"""A view as one array of pixels, labels and loupe drawn in, updated piece by piece.

For backends that send pixels and have to know which cells a change touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Cells, Loupe, View
from prelabel_tui.imaging.overlay.scene import Scene
from prelabel_tui.imaging.overlay.sprites import Look, Piece, composite, period_of, pieces, texture

Values = NDArray[Any]
"""Height × width pixels: three channels each, or a palette number."""

MOST_TEXTURES: Final = 96
"""How many converted looks are kept."""


class PixelCanvas:
    """``convert`` makes pixels (height × width × 3, uint8) into values of the canvas.

    ``solid``: lines are drawn :func:`steady`.
    """

    def __init__(
        self,
        cell: tuple[int, int],
        convert: Callable[[NDArray[np.uint8]], Values],
        *,
        solid: bool = False,
    ) -> None:
        self.values: Values = np.zeros((0, 0), np.uint8)
        """What should be seen."""
        self.labelled: Cells = np.zeros((0, 0), np.bool_)
        """The cells that labels or the loupe are drawn in …"""
        self.under_loupe: Cells = self.labelled
        """… and those that the loupe lies over."""
        self._cell = cell
        self._convert = convert
        self._solid = solid
        self._base: Values = self.values
        self._pieces: list[Piece] = []
        self._loupe: tuple[Loupe, Scene] | None = None
        self._textures: dict[Look, Values] = {}

    def set_base(self, base: Values) -> None:
        """Take another picture (height × width, with the labels still to be drawn)."""
        self._base = base
        self.values = base.copy()
        self._pieces, self._loupe = [], None

    def drawn(self, part: tuple[slice, slice]) -> NDArray[np.bool_]:
        """Return which values of a part labels or the loupe have changed; for palette numbers."""
        out: NDArray[np.bool_] = self.values[part] != self._base[part]
        return out

    def forget_colours(self) -> None:
        """Drop converted colours: ``convert`` gives other values from now on."""
        self._textures.clear()

    def draw(self, view: View) -> Cells:
        """Draw the view's labels and its loupe; return the cells that changed."""
        wanted = pieces(view.viewport, view.scene)
        if self._solid:
            wanted = [steady(piece) for piece in wanted]
        touched = np.zeros((view.viewport.cells[1], view.viewport.cells[0]), np.bool_)
        for left, top, right, bottom in self._changed(wanted):
            touched[top:bottom, left:right] = True
        loupe = None if view.loupe is None else (view.loupe, view.scene)
        if loupe != self._loupe:
            for shown in (self._loupe, loupe):
                if shown is not None:
                    touched[self._under(shown[0])] = True
        self._pieces, self._loupe = wanted, loupe
        areas = areas_of(touched)
        reaches = np.array([_reach(piece) for piece in wanted], np.int32).reshape(-1, 4)
        before = [self._redraw(area, reaches) for area in areas]
        if loupe is not None and touched[self._under(loupe[0])].any():
            self._inset(*loupe)
        for (left, top, right, bottom), old in zip(areas, before, strict=True):
            touched[top:bottom, left:right] = self._other_cells(
                self._part(left, top, right, bottom), old
            )
        self.labelled = np.zeros_like(touched)
        for left, top, right, bottom in map(self._cells_of, wanted):
            self.labelled[top:bottom, left:right] = True
        self.under_loupe = np.zeros_like(touched)
        if loupe is not None:
            self.under_loupe[self._under(loupe[0])] = True
        self.labelled |= self.under_loupe
        return touched

    def _other_cells(self, values: Values, old: Values) -> Cells:
        """Return the cells of a part (of whole cells) whose values changed."""
        across, down = self._cell
        height, width = values.shape[:2]
        by_cell = height // down, down, width // across, across
        other: Cells = (values != old).reshape(*by_cell, -1).any(axis=(1, 3, 4))
        return other

    def _changed(self, wanted: list[Piece]) -> list[tuple[int, int, int, int]]:
        """Return the areas of cells under pieces that came, went or changed their order."""
        before, after = set(self._pieces), set(wanted)
        stayed = [piece for piece in wanted if piece in before]
        order = [piece for piece in self._pieces if piece in after]
        other = before ^ after if stayed == order else before | after
        return [self._cells_of(piece) for piece in other]

    def _cells_of(self, piece: Piece) -> tuple[int, int, int, int]:
        across, down = self._cell
        _, _, width, height = piece.source
        right, bottom = -(-(piece.x + width) // across), -(-(piece.y + height) // down)
        return piece.x // across, piece.y // down, right, bottom

    def _under(self, loupe: Loupe) -> tuple[slice, slice]:
        columns, rows = loupe.picture.viewport.cells
        return (
            slice(loupe.row, loupe.row + rows),
            slice(loupe.column, loupe.column + columns),
        )

    def _part(self, left: int, top: int, right: int, bottom: int) -> Values:
        across, down = self._cell
        return self.values[top * down : bottom * down, left * across : right * across]

    def _redraw(self, area: tuple[int, int, int, int], reaches: NDArray[np.int32]) -> Values:
        """Draw an area of cells again, without the loupe; return what it was.

        ``reaches``: the pixels that each piece covers, n × (left, top, right, bottom).
        """
        across, down = self._cell
        left, top, right, bottom = area
        x0, y0, x1, y1 = left * across, top * down, right * across, bottom * down
        old = self._part(*area).copy()
        self.values[y0:y1, x0:x1] = self._base[y0:y1, x0:x1]
        begins, ends = reaches[:, :2] < (x1, y1), reaches[:, 2:] > (x0, y0)
        for number in np.flatnonzero((begins & ends).all(axis=1)).tolist():
            self._stamp(self._pieces[number], (x0, y0, x1, y1))
        return old

    def _stamp(self, piece: Piece, within: tuple[int, int, int, int]) -> None:
        source_x, source_y, width, height = piece.source
        left, top = max(piece.x, within[0]), max(piece.y, within[1])
        right, bottom = min(piece.x + width, within[2]), min(piece.y + height, within[3])
        cut = (
            slice(source_y + top - piece.y, source_y + bottom - piece.y),
            slice(source_x + left - piece.x, source_x + right - piece.x),
        )
        if piece.look not in self._textures:
            if len(self._textures) >= MOST_TEXTURES:
                self._textures.clear()
            self._textures[piece.look] = self._convert(texture(piece.look)[..., :3])
        drawn = texture(piece.look)[cut][..., 3] != 0
        under = self.values[top:bottom, left:right]
        if under.ndim == 3:
            drawn = drawn[..., None]
        np.copyto(under, self._textures[piece.look][cut], where=drawn)

    def _inset(self, loupe: Loupe, scene: Scene) -> None:
        """Draw the loupe: its own picture with the labels, in a black frame."""
        inner = loupe.picture.dots.copy()
        composite(inner, pieces(loupe.picture.viewport, scene))
        inner[:2] = inner[-2:] = 0
        inner[:, :2] = inner[:, -2:] = 0
        x, y = loupe.column * self._cell[0], loupe.row * self._cell[1]
        self.values[y : y + inner.shape[0], x : x + inner.shape[1]] = self._convert(inner)


def _reach(piece: Piece) -> tuple[int, int, int, int]:
    return piece.x, piece.y, piece.x + piece.source[2], piece.y + piece.source[3]


def steady(piece: Piece) -> Piece:
    """Return the same line in one colour, its pattern fixed to the view.

    Dots of two pixels cost a JPEG more than all the rest; and a pattern that moves along with a
    box changes all of its sides.
    """
    look = _of_one_colour(piece.look)
    x, y, width, height = piece.source
    if look.kind == "across":
        x = piece.x % period_of(look)
    elif look.kind == "down":
        y = piece.y % period_of(look)
    return replace(piece, look=look, source=(x, y, width, height))


@lru_cache(maxsize=512)
def _of_one_colour(look: Look) -> Look:
    return (
        replace(look, pen=replace(look.pen, other=look.pen.colour)) if look.kind != "hint" else look
    )


def areas_of(cells: Cells) -> list[tuple[int, int, int, int]]:
    """Return disjoint rectangles (left, top, right, bottom) that hold exactly these cells."""
    out: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}
    runs: dict[int, set[tuple[int, int]]] = {}
    rows, edges = np.nonzero(np.diff(cells.astype(np.int8), axis=1, prepend=0, append=0))
    for y, left, right in zip(
        rows[::2].tolist(), edges[::2].tolist(), edges[1::2].tolist(), strict=True
    ):
        runs.setdefault(y, set()).add((left, right))
    last = -1
    for y in [*runs, cells.shape[0]]:
        here = runs.get(y, set())
        ended = [run for run in open_runs if run not in here or y > last + 1]
        for run in ended:
            out.append((run[0], open_runs.pop(run), run[1], last + 1))
        for run in here:
            open_runs.setdefault(run, y)
        last = y
    return out


def merged(cells: Cells, apiece: int) -> list[tuple[int, int, int, int]]:
    """Return a few rectangles that hold these cells, joining two where that costs fewer bytes.

    They may overlap, and hold cells that nobody asked for.  ``apiece``: one more rectangle costs
    as much as this many cells.
    """
    areas = areas_of(cells)
    size = {area: (area[2] - area[0]) * (area[3] - area[1]) for area in areas}
    if len(areas) > 200:  # nearly everything, in fragments
        rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
        return [(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)]
    joined = True
    while joined:
        joined = False
        for number, area in enumerate(areas):
            for other in areas[number + 1 :]:
                both = (
                    min(area[0], other[0]), min(area[1], other[1]),
                    max(area[2], other[2]), max(area[3], other[3]),
                )  # fmt: skip
                cost = (both[2] - both[0]) * (both[3] - both[1])
                if cost <= size[area] + size[other] + apiece:
                    areas.remove(area)
                    areas.remove(other)
                    size[both] = cost
                    areas.append(both)
                    joined = True
                    break
            if joined:
                break
    return areas
