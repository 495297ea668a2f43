"""Turns a view into a grid of cells: one character, one foreground, one background each.

A half-block cell shows exactly two dots.  A quadrant or sextant cell has more dots than colours:
its dots are split into two groups, and each group is shown by its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.frames.picture import Picture, Pixels
from prelabel_tui.imaging.overlay.dots import BLACK, DRAWN, Dots, draw
from prelabel_tui.imaging.overlay.hints import hints_of
from prelabel_tui.imaging.overlay.scene import Scene
from prelabel_tui.imaging.overlay.viewport import Viewport

if TYPE_CHECKING:
    from prelabel_tui.imaging.backends.base import View

MODES: Final[dict[str, tuple[int, int]]] = {
    "cells": (1, 2),
    "quadrants": (2, 2),
    "sextants": (2, 3),
}
"""Dots per cell, across and down."""

SPACE: Final = ord(" ")
COLOUR: Final = np.uint32(DRAWN - 1)
"""Mask of the colour in a packed dot."""


UNKNOWN: Final = np.uint32(DRAWN << 1)
"""Stands for a colour that is not known."""


@dataclass(eq=False)
class Grid:
    """Cells: character codes, and packed foreground and background with the DRAWN flag."""

    code: NDArray[np.uint32]
    fg: NDArray[np.uint32]
    bg: NDArray[np.uint32]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.code.shape
        return rows, columns

    def copy(self) -> Grid:
        """Return an independent grid."""
        return Grid(self.code.copy(), self.fg.copy(), self.bg.copy())

    def part(self, cells: NDArray[np.bool_]) -> Grid:
        """Return the marked cells in reading order: arrays of one dimension."""
        return Grid(self.code[cells], self.fg[cells], self.bg[cells])

    def empty(self) -> Grid:
        """Return a grid of this size that equals no other: nothing is known of what is shown."""
        nothing = np.full(self.code.shape, UNKNOWN, dtype=np.uint32)
        return Grid(np.full_like(self.code, SPACE), nothing, nothing.copy())


@lru_cache(maxsize=3)
def glyphs(mode: str) -> NDArray[np.uint32]:
    """Return the character for each set of foreground dots.

    Bit 0 is the top left dot, then row by row.
    """
    if mode == "cells":
        text = " ▀▄█"
    elif mode == "quadrants":
        text = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
    else:
        blocks = []
        for bits in range(64):
            known = {0: " ", 21: "▌", 42: "▐", 63: "█"}.get(bits)
            if known is None:
                known = chr(0x1FB00 + bits - 1 - (bits > 21) - (bits > 42))
            blocks.append(known)
        text = "".join(blocks)
    return np.array([ord(character) for character in text], dtype=np.uint32)


@lru_cache(maxsize=3)
def _members(mode: str) -> NDArray[np.bool_]:
    """Return which dots each character of a mode (its number above the first) has in front."""
    codes = glyphs(mode).tolist()
    count = MODES[mode][0] * MODES[mode][1]
    table = np.zeros((max(codes) + 1, count), dtype=bool)
    for bits, code in enumerate(codes):
        table[code] = [(bits >> dot) & 1 for dot in range(count)]
    return table


_IS_BLOCK: Final = np.zeros(0x1FB3D, dtype=bool)
_IS_BLOCK[np.concatenate([[SPACE], *[glyphs(mode) for mode in MODES]])] = True


def is_text(code: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Say which cells hold letters: all that are not block characters."""
    text: NDArray[np.bool_] = ~_IS_BLOCK[np.minimum(code, len(_IS_BLOCK) - 1)]
    return text


def lit_dots(code: NDArray[np.uint32], mode: str) -> NDArray[np.bool_]:
    """Return (… × dots per cell) which dots characters show in the foreground; none for letters."""
    members = _members(mode)
    lit: NDArray[np.bool_] = members[np.minimum(code, len(members) - 1)]
    return lit


def dots_of(grid: Grid, mode: str) -> NDArray[np.uint32]:
    """Return the dots that cells show: rows × columns × dots per cell, packed."""
    if mode == "cells":
        return np.stack((grid.fg, grid.bg), axis=-1)
    lit = lit_dots(grid.code, mode)
    return np.where(lit, grid.fg[..., None], grid.bg[..., None])


LEVELS: Final = (0, 95, 135, 175, 215, 255)
"""Channels of the colours in the cube of a 256-colour palette."""

_STEPS: Final = np.array(LEVELS)


def to_palette(grid: Grid) -> Grid:
    """Return the grid in the nearest colours of the fixed part of the 256-colour palette."""
    return Grid(grid.code, nearest(grid.fg), nearest(grid.bg))


def nearest(packed: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the nearest colours of the palette's fixed part; flags are kept."""
    rgb = channels(packed)[..., ::-1]
    cube = _STEPS[np.abs(rgb[..., None] - _STEPS).argmin(axis=-1)]
    level = np.clip(np.rint((rgb.mean(axis=-1) - 8) / 10), 0, 23).astype(np.int64) * 10 + 8
    grey = np.repeat(level[..., None], 3, axis=-1)
    # Palette numbers 16 to 21 differ between terminals; the darkest grey is near enough.
    far_cube = ((cube - rgb) ** 2).sum(axis=-1)
    far_cube[(cube[..., 0] == 0) & (cube[..., 1] == 0)] = 1 << 20
    use_grey = ((grey - rgb) ** 2).sum(axis=-1) < far_cube
    best = np.where(use_grey[..., None], grey, cube).astype(np.uint8)
    return np.asarray(pack(best) | (packed & DRAWN), dtype=np.uint32)


def pack(pixels: Pixels) -> Dots:
    """Pack red, green and blue into one number each."""
    wide = pixels.astype(np.uint32)
    return np.asarray((wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2], dtype=np.uint32)


def channels(packed: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Unpack colours to … × 3: blue, green, red."""
    parts = packed.astype("<u4", copy=False)[..., None].view(np.uint8)[..., :3]
    return parts.astype(np.int32)


class Raster:
    """Makes grids of one mode.  Keeps the last picture packed, so that a nudge is cheap."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.dots = MODES[mode]
        self._packed: dict[int, tuple[Picture, Dots]] = {}

    def grid(self, view: View) -> Grid:
        """Return the cells of a view, overlay, loupe and hints included."""
        dots = self._dots_of(view.picture, view.viewport)
        draw(dots, view.viewport, view.scene)
        if view.loupe is not None:
            self._inset(dots, view)
        grid = self._cells(dots)
        write_hints(grid, view.viewport, view.scene)
        return grid

    def _dots_of(self, picture: Picture, viewport: Viewport) -> Dots:
        kept = self._packed.get(id(picture))
        if kept is None:
            kept = (picture, pack(picture.dots))
            while len(self._packed) >= 2:
                self._packed.pop(next(iter(self._packed)))
            self._packed[id(picture)] = kept
        dots = kept[1]
        if picture.viewport == viewport:
            return dots.copy()
        return _moved(dots, picture.viewport, viewport)

    def _inset(self, dots: Dots, view: View) -> None:
        loupe = view.loupe
        assert loupe is not None
        inner = self._dots_of(loupe.picture, loupe.picture.viewport)
        draw(inner, loupe.picture.viewport, view.scene)
        inner[0, :] = inner[-1, :] = BLACK
        inner[:, 0] = inner[:, -1] = BLACK
        left, top = loupe.column * self.dots[0], loupe.row * self.dots[1]
        height, width = inner.shape
        dots[top : top + height, left : left + width] = inner

    def _cells(self, dots: Dots) -> Grid:
        if self.mode == "cells":
            top, bottom = dots[0::2], dots[1::2]
            code = np.full(top.shape, ord("▀"), dtype=np.uint32)
            return Grid(code, top.copy(), bottom.copy())
        return two_colours(dots, self.mode)


def two_colours(dots: Dots, mode: str) -> Grid:
    """Split cells of more than two dots in two along the brightness, with the least error.

    Vectorised.
    """
    across, down = MODES[mode]
    rows, columns = dots.shape[0] // down, dots.shape[1] // across
    count = across * down
    cells = dots.reshape(rows, down, columns, across).transpose(0, 2, 1, 3).reshape(-1, count)
    rgb = channels(cells).astype(np.float32)
    drawn = (cells & DRAWN) != 0
    # Overlay dots are kept apart from picture dots whatever their colours are.
    key = rgb @ np.array([0.11, 0.59, 0.30], dtype=np.float32) + drawn * 1000.0
    low, high = key.min(axis=1, keepdims=True), key.max(axis=1, keepdims=True)
    lit = key > (low + high) / 2
    lit ^= lit[:, :1] ^ True  # the top left dot is always foreground
    ones = lit.sum(axis=1, keepdims=True)
    fg = (rgb * lit[..., None]).sum(axis=1) / ones
    bg = (rgb * ~lit[..., None]).sum(axis=1) / np.maximum(count - ones, 1)
    plain = (ones == count)[:, 0]
    bg[plain] = fg[plain]
    weights = (1 << np.arange(count)).astype(np.uint32)
    code = glyphs(mode)[(lit * weights).sum(axis=1)]
    flag_fg = (drawn & lit).any(axis=1)
    flag_bg = np.where(plain, flag_fg, (drawn & ~lit).any(axis=1))
    shape = (rows, columns)

    def packed(colour: NDArray[np.float32], flag: NDArray[np.bool_]) -> NDArray[np.uint32]:
        whole = pack(np.rint(colour[..., ::-1]).astype(np.uint8)) | (flag.astype(np.uint32) * DRAWN)
        return whole.reshape(shape)

    return Grid(code.astype(np.uint32).reshape(shape), packed(fg, flag_fg), packed(bg, flag_bg))


def _moved(dots: Dots, old: Viewport, new: Viewport) -> Dots:
    """Move the dots of an older view to their places in a new one, until the real ones come."""
    width, height = new.size
    (ox, oy), (sx, sy) = new.origin, new.scale
    (px, py), (tx, ty) = old.origin, old.scale
    x = np.floor((np.arange(width) + 0.5 + ox) / sx * tx).astype(np.int64) - px
    y = np.floor((np.arange(height) + 0.5 + oy) / sy * ty).astype(np.int64) - py
    x = np.clip(x, 0, dots.shape[1] - 1)
    y = np.clip(y, 0, dots.shape[0] - 1)
    moved: Dots = dots[y[:, None], x[None, :]]
    return moved


def write_hints(grid: Grid, viewport: Viewport, scene: Scene) -> None:
    """Write the texts over the picture."""
    rows, columns = grid.shape
    for hint in hints_of(viewport, scene):
        for column, character in enumerate(hint.text, hint.column):
            if 0 <= hint.row < rows and 0 <= column < columns:
                grid.code[hint.row, column] = ord(character)
                grid.fg[hint.row, column] = hint.pen.colour
                grid.bg[hint.row, column] = hint.pen.other
