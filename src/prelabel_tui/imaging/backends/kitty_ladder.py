"""PNGs from rough to exact, for pictures that kitty stores."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image

from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.overlay.sprites import Look, texture


@dataclass(frozen=True)
class Rung:
    """One way to encode: ``shrink`` times fewer pixels each way, so many colours (0: all)."""

    shrink: int
    colours: int

    def dots(self, cell: tuple[int, int]) -> tuple[int, int]:
        """Return how many pixels of a rough picture a cell gets, across and down."""
        return max(1, round(cell[0] / self.shrink)), max(1, round(cell[1] / self.shrink))


COARSE: Final = Rung(2, 256)
"""Good enough until the view is at rest; zoomed in, no more pixels than the frame has."""

EXACT: Final = Rung(1, 0)

# Each with the bytes per 1,000 pixels (base64 included) that it took on frames of a match, rough
# to fine; the real cost is learnt again on each clip.
USUAL: Final[dict[Rung, float]] = {
    Rung(12, 16): 5.0,
    Rung(8, 32): 8.0,
    Rung(6, 64): 14.0,
    Rung(4, 64): 24.0,
    Rung(3, 128): 48.0,
    COARSE: 98.0,
    EXACT: 1700.0,
}


def png(pixels: Pixels) -> bytes:
    """Encode all pixels exactly, with alpha if they have it."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=3)
    return out.getvalue()


def coarse_png(pixels: Pixels, scale: float) -> bytes:
    """Encode as :data:`COARSE`; ``scale``: screen pixels per pixel of the frame."""
    factor = max(COARSE.shrink, min(8, int(scale)))
    height, width = pixels.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return few_png(pixels, size, COARSE.colours)


def few_png(pixels: Pixels, size: tuple[int, int], colours: int) -> bytes:
    """Encode fewer pixels in fewer colours."""
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
    out = io.BytesIO()
    palette = small.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette.save(out, "PNG", compress_level=6)
    return out.getvalue()


def size_of(data: bytes) -> tuple[int, int]:
    """Return the width and height that a PNG says at its beginning."""
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


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
