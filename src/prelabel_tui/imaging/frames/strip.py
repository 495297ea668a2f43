"""Parts of several frames side by side, as one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final, NamedTuple

from PIL import Image, ImageDraw

from prelabel_tui.imaging.frames.picture import MAT, Pixels

_AROUND: Final = 2.5
"""How much more of a frame a tile shows than the label's longer side."""
_LEAST: Final = 32
"""The least that a tile shows of a frame, px."""
_MARK: Final = (255, 200, 40)


class Tile(NamedTuple):
    """A label to show: its frame's pixels (None: no picture) and its box (x, y, w, h) in px."""

    pixels: Pixels | None
    box: tuple[float, float, float, float]


def compose_strip(tiles: Sequence[Tile], size: tuple[int, int]) -> bytes:
    """Draw the tiles from left to right into a picture of this size; return it as PNG.

    Each shows its label in the middle, outlined, with what is around it.
    """
    width, height = size
    whole = Image.new("RGB", size, MAT)
    wide = width // max(1, len(tiles))
    side = max(1, min(wide, height) - 2)
    for place, tile in enumerate(tiles):
        if tile.pixels is not None:
            left = place * wide + (wide - side) // 2
            whole.paste(_drawn(tile.pixels, tile.box, side), (left, (height - side) // 2))
    data = io.BytesIO()
    whole.save(data, "PNG", compress_level=1)
    return data.getvalue()


def _drawn(pixels: Pixels, box: tuple[float, float, float, float], side: int) -> Image.Image:
    x, y, w, h = box
    reach = max(_LEAST, _AROUND * max(w, h)) / 2
    left, top = x + w / 2 - reach, y + h / 2 - reach
    corner = int(left), int(top)
    seen = int(2 * reach)
    part = Image.new("RGB", (seen, seen), MAT)
    x0, y0 = max(0, corner[0]), max(0, corner[1])
    x1, y1 = min(pixels.shape[1], corner[0] + seen), min(pixels.shape[0], corner[1] + seen)
    if x1 > x0 and y1 > y0:
        cut = Image.fromarray(pixels[y0:y1, x0:x1])
        part.paste(cut, (x0 - corner[0], y0 - corner[1]))
    scale = side / seen
    drawn = part.resize(
        (side, side), Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    )
    outline = [(x - corner[0]) * scale, (y - corner[1]) * scale]
    outline += [outline[0] + w * scale, outline[1] + h * scale]
    ImageDraw.Draw(drawn).rectangle(tuple(outline), outline=_MARK)
    return drawn
