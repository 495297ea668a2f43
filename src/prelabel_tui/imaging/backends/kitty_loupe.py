"""The loupe in kitty: a picture of its own above the view, and its labels placed over that.

So a label that moves costs no picture, and over a thin link the loupe comes in pieces as well.
"""

from __future__ import annotations

from dataclasses import replace

from prelabel_tui.imaging.backends.base import Loupe, View
from prelabel_tui.imaging.backends.kitty_picture import TiledPicture
from prelabel_tui.imaging.backends.kitty_tiles import Grade
from prelabel_tui.imaging.overlay.sprites import Piece, pieces

_FRAME = 2
"""Pixels of the black frame."""


class ShownLoupe:
    """``cell``: pixels of a cell; ``layer``: where its picture lies."""

    def __init__(self, loupe: Loupe, view: View, cell: tuple[int, int], layer: int) -> None:
        self._loupe = loupe
        self._cell = cell
        self.tiles = TiledPicture(cell, layer)
        dots = loupe.picture.dots.copy()
        dots[:_FRAME] = dots[-_FRAME:] = 0
        dots[:, :_FRAME] = dots[:, -_FRAME:] = 0
        place = view.place[0] + loupe.column, view.place[1] + loupe.row
        picture = replace(loupe.picture, dots=dots)
        self._view = replace(
            view, viewport=picture.viewport, picture=picture, place=place, loupe=None
        )

    def holds(self, view: View) -> bool:
        """Say whether a view has this loupe, in this place."""
        loupe = self._loupe
        place = view.place[0] + loupe.column, view.place[1] + loupe.row
        return view.loupe is loupe and self._view.place == place

    def sync(self, budget: int | None) -> str:
        """Return the bytes that show its picture, as well as the budget allows."""
        return self.tiles.sync(self._view, budget)

    def refine(self, budget: int | None) -> str:
        """Return better tiles."""
        rough = self.tiles.is_below(Grade.COARSE)
        return self.tiles.refine(self._view, Grade.COARSE if rough else Grade.EXACT, budget)

    def pieces(self, view: View) -> list[Piece]:
        """Return the labels of a view in it, in the view's pixels and within the frame."""
        width, height = self._view.viewport.size
        left, top = self._loupe.column * self._cell[0], self._loupe.row * self._cell[1]
        out = []
        for piece in pieces(self._view.viewport, view.scene):
            x, y, across, down = piece.source
            more_x, more_y = max(0, _FRAME - piece.x), max(0, _FRAME - piece.y)
            across = min(piece.x + across, width - _FRAME) - piece.x - more_x
            down = min(piece.y + down, height - _FRAME) - piece.y - more_y
            if across > 0 and down > 0:
                out.append(
                    replace(
                        piece,
                        key=(f"loupe {piece.key[0]}", piece.key[1]),
                        x=left + piece.x + more_x,
                        y=top + piece.y + more_y,
                        source=(x + more_x, y + more_y, across, down),
                    )
                )
        return out
