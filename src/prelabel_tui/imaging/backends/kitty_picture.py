"""A picture in kitty: tiles of it are stored, placed, and replaced by better ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from prelabel_tui.imaging.backends.base import Area, View, distance
from prelabel_tui.imaging.backends.kitty_ladder import (
    COARSE,
    EXACT,
    USUAL,
    Rung,
    coarse_png,
    few_png,
    png,
    size_of,
)
from prelabel_tui.imaging.backends.kitty_tiles import (
    Grade,
    Tile,
    differs,
    meets,
    rejoined,
    resized,
    tiles_of,
)
from prelabel_tui.imaging.backends.ladder import Ladder, at_once, most_of_a_piece
from prelabel_tui.imaging.frames.picture import MAT, Picture, Pixels
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.terminal import kitty_protocol as protocol
from prelabel_tui.imaging.terminal.kitty_protocol import Placement

_SIPS: Final = 4
"""At rest a tile may take so many budgets, which are smaller then: each costs a placement more."""

_RUNGS: Final = {Grade.COARSE: COARSE, Grade.EXACT: EXACT}


class TiledPicture:
    """``cell``: pixels of a cell.  ``layer``: how far in front it lies."""

    def __init__(self, cell: tuple[int, int], layer: int = 0) -> None:
        self.stored: set[int] = set()
        """The images in the terminal."""
        self._cell = cell
        self._layer = layer
        self._tiles: list[Tile] = []
        self._seen: dict[tuple[int, int], Placement] = {}
        """The placements on the screen."""
        self._layout: Viewport | None = None
        self._picture: Picture | None = None
        self._ladder = Ladder(USUAL)

    def free(self) -> str:
        """Delete all of it; it must not be used after that."""
        return "".join(protocol.free(image) for image in sorted(self.stored))

    def hide(self, over: Sequence[Area]) -> str:
        """Take the tiles under these areas (all, if there are none) off the screen."""
        out = []
        for tile in self._tiles:
            key = tile.image, tile.number
            if meets(tile.area, over) and key in self._seen:
                out.append(protocol.hide(*key))
                del self._seen[key]
        return "".join(out)

    def is_below(self, grade: Grade) -> bool:
        """Say whether any part of the picture is not so good yet."""
        return any(tile.grade < grade for tile in self._tiles)

    def sync(self, view: View, budget: int | None) -> str:
        """Return the bytes for a view, whose picture may still be another view's."""
        cells = view.viewport.cells
        if self._layout is None:
            self._tiles = tiles_of((0, 0, *cells))
        elif self._layout.cells != cells:
            self._tiles = resized(self._tiles, self._layout.cells, cells)
            self._picture = None
        self._layout = view.viewport
        # While it is being decoded the old one stays.
        out = ""
        if is_current(view) and view.picture is not self._picture:
            self._picture = view.picture
            out = self._send_picture(view, budget)
        return out + self._place(view)

    def _send_picture(self, view: View, budget: int | None) -> str:
        """Send what is another now, as well as the budget allows."""
        for tile in self._tiles:
            part = self._part(view.picture, tile.area)
            if tile.made_of is None or differs(part, tile.made_of):
                tile.grade = Grade.DUE
            elif not np.array_equal(part, tile.made_of):
                tile.grade = min(tile.grade, Grade.COARSE)
        self._tiles = rejoined(self._tiles)
        due = [tile for tile in self._tiles if tile.grade is Grade.DUE]
        if due and budget is not None:
            across, down = self._cell
            pixels = across * down * sum(tile.columns * tile.rows for tile in due)
            rung = self._ladder.affordable(pixels, at_once(budget))
            if rung not in _RUNGS.values():
                return self._send_roughly(view, due, rung, pixels)
        return "".join(self._send(view, tile, Grade.COARSE) for tile in due)

    def _send_roughly(self, view: View, due: list[Tile], rung: Rung, pixels: int) -> str:
        """Send one image for all of these tiles, which have so many pixels together."""
        areas = np.array([tile.area for tile in due])
        left, top = areas[:, :2].min(axis=0).tolist()
        right, bottom = areas[:, 2:].max(axis=0).tolist()
        dots = self._part(view.picture, (left, top, right, bottom)).copy()
        across, down = self._cell
        for tile in self._tiles:  # what need not be sent should cost nothing
            if tile.grade is not Grade.DUE and meets(tile.area, [(left, top, right, bottom)]):
                x, y, end, last = tile.area
                dots[
                    max(0, y - top) * down : (last - top) * down,
                    max(0, x - left) * across : (end - left) * across,
                ] = MAT
        wide, high = rung.dots(self._cell)
        size = (right - left) * wide, (bottom - top) * high
        image, text = self._store(few_png(dots, size, rung.colours))
        for tile in due:
            tile.image = image
            x, y = (tile.column - left) * wide, (tile.row - top) * high
            tile.part = x, y, tile.columns * wide, tile.rows * high
            tile.made_of = self._part(view.picture, tile.area)
            tile.grade = Grade.ROUGH
        self._ladder.learn(rung, pixels, len(text))
        return text

    def refine(self, view: View, grade: Grade, budget: int | None) -> str:
        """Bring tiles to a grade, those nearest to the selection first, until it is enough."""
        out: list[str] = []
        spent = 0
        sips = _SIPS if grade is Grade.EXACT else 1
        most = most_of_a_piece(None if budget is None else sips * budget)
        away = distance(view)
        tiles = sorted(self._tiles, key=lambda tile: away(tile.area), reverse=True)
        waiting = [tile for tile in tiles if tile.grade < grade]
        while waiting and (budget is None or spent < max(budget, 1)):
            tile = waiting.pop()
            if self._cost(tile, grade) > most and tile.columns * tile.rows > 1:
                halves = sorted(tile.halves(), key=lambda half: away(half.area), reverse=True)
                self._tiles.remove(tile)
                self._tiles += halves
                waiting += halves
                continue
            out.append(self._send(view, tile, grade))
            spent += len(out[-1])
        return "".join(out) + self._place(view)

    def _cost(self, tile: Tile, grade: Grade) -> float:
        across, down = self._cell
        return self._ladder.cost(_RUNGS[grade], tile.columns * across * tile.rows * down)

    def _part(self, picture: Picture, area: Area) -> Pixels:
        across, down = self._cell
        left, top, right, bottom = area
        return picture.dots[top * down : bottom * down, left * across : right * across]

    def _send(self, view: View, tile: Tile, grade: Grade) -> str:
        """Send an image for one tile."""
        part = self._part(view.picture, tile.area)
        exact = grade is Grade.EXACT
        data = png(part) if exact else coarse_png(part, view.viewport.scale[0])
        tile.image, text = self._store(data)
        tile.part = 0, 0, *size_of(data)
        tile.made_of, tile.grade = part, grade
        self._ladder.learn(_RUNGS[grade], part.shape[0] * part.shape[1], len(text))
        return text

    def _store(self, data: bytes) -> tuple[int, str]:
        image = protocol.next_image()
        self.stored.add(image)
        return image, protocol.store_png(image, data)

    def _place(self, view: View) -> str:
        """Place the tiles that are not where they belong, and free what none of them shows."""
        tiles = [tile for tile in self._tiles if tile.image]
        wanted = {
            (tile.image, tile.number): tile.placement(view.place, self._layer) for tile in tiles
        }
        out = [protocol.place(new) for key, new in wanted.items() if self._seen.get(key) != new]
        unused = self.stored - {tile.image for tile in tiles}
        out += [protocol.free(image) for image in sorted(unused)]
        out += [
            protocol.hide(*key) for key in self._seen if key not in wanted and key[0] not in unused
        ]
        self._seen = wanted
        self.stored -= unused
        return "".join(out)


def is_current(view: View) -> bool:
    """Say whether the view's picture is its viewport's, not one still to be replaced."""
    return view.picture.viewport == view.viewport
