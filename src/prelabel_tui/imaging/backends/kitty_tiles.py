"""What kitty stores: the tiles of a picture, and encoded pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image

from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.overlay.sprites import Look, texture
from prelabel_tui.imaging.overlay.viewport import Viewport

TILE: Final = (30, 10)
"""Columns and rows per tile."""

TOLERANCE: Final = 6
"""A tile whose channels all differ by at most this (of 255) can wait until the view is at rest."""


@dataclass(eq=False)
class Tile:
    """One stored part of the picture: the cells it covers and what it was made from.

    ``stored``: columns, rows and pixels (width, height) of the image, which may be that of a tile
    of another size until this one's own is sent.
    """

    column: int
    row: int
    columns: int
    rows: int
    image: int = 0
    number: int = 0
    made_of: Pixels | None = None
    exact: bool = False
    stored: tuple[int, int, int, int] = (0, 0, 0, 0)

    def take_over(self, old: Tile) -> None:
        """Show the image of a tile that stood in the same place, as far as it fits."""
        self.image, self.stored = old.image, old.stored
        if (old.columns, old.rows) == (self.columns, self.rows):
            self.made_of, self.exact = old.made_of, old.exact

    def fitting(self) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
        """Return the columns and rows to show, and the part of the image: zeros for all of it."""
        columns, rows, width, height = self.stored
        shown = min(columns, self.columns), min(rows, self.rows)
        if shown == (columns, rows):
            return shown, (0, 0, 0, 0)
        part = max(1, width * shown[0] // columns), max(1, height * shown[1] // rows)
        return shown, (0, 0, *part)


def tiles_of(viewport: Viewport) -> list[Tile]:
    """Return the tiles of a view, from the top left."""
    columns, rows = viewport.cells
    return [
        Tile(column, row, min(TILE[0], columns - column), min(TILE[1], rows - row))
        for row in range(0, rows, TILE[1])
        for column in range(0, columns, TILE[0])
    ]


def differs(new: Pixels, old: Pixels) -> bool:
    """Say whether anything in a tile changed visibly."""
    if new is old:
        return False
    over = np.where(new > old, new - old, old - new)
    return bool((over > TOLERANCE).any())


def size_of(data: bytes) -> tuple[int, int]:
    """Return the width and height that a PNG says at its beginning."""
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def png(pixels: Pixels) -> bytes:
    """Encode all pixels exactly, with alpha if they have it."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=3)
    return out.getvalue()


@lru_cache(maxsize=256)
def texture_png(look: Look) -> bytes:
    """Encode a texture: a few colours, most of them in a pattern, as small as possible."""
    pixels = texture(look)
    whole = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    values, numbers = np.unique(whole, return_inverse=True)
    if len(values) > 256:
        return png(pixels)
    colours = values.view(np.uint8).reshape(-1, 4)
    image = Image.fromarray(numbers.reshape(whole.shape).astype(np.uint8), "P")
    image.putpalette(colours[:, :3].tobytes())
    bits = next(bits for bits in (1, 2, 4, 8) if len(colours) <= 1 << bits)
    alpha = colours[:, 3].tobytes()
    out = io.BytesIO()
    image.save(out, "PNG", bits=bits, transparency=alpha, compress_level=9)
    return out.getvalue()


def coarse_png(pixels: Pixels, scale: float) -> bytes:
    """Encode fewer pixels (no more than the frame has, when zoomed in), in 256 colours."""
    factor = max(2, min(8, int(scale)))
    height, width = pixels.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
    out = io.BytesIO()
    palette = small.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette.save(out, "PNG", compress_level=6)
    return out.getvalue()
