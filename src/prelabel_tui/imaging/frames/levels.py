"""Pictures of more than eight bits a channel: brought to what a screen shows, by scaling."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DEEP: Final = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N", "F"})
"""Pillow's modes with more than eight bits a channel; all of them are grey."""

_WHITES: Final = (255, 1023, 4095, 16383, 65535)
"""White of 8, 10, 12, 14 and 16 bits: cameras of 12 bits write files of 16."""

_STRIP: Final = 1 << 18


class Levels:
    """What is black and what is white in a deep picture.

    Black is 0, or the least value if that is below.  White is that of the smallest usual depth
    that holds the greatest value (in pictures of fractions up to 1, 1); the greatest value itself
    if it is above all of them, or black is below 0.
    """

    def __init__(self, image: Image.Image) -> None:
        least, greatest = 0.0, 0.0
        rows = max(1, _STRIP // image.width)
        for top in range(0, image.height, rows):
            strip = image.crop((0, top, image.width, min(top + rows, image.height)))
            values = _values(strip)
            if values.size:
                least, greatest = min(least, values.min()), max(greatest, values.max())
        whites: tuple[float, ...] = (1.0, *_WHITES) if image.mode == "F" else _WHITES
        white = next((white for white in whites if greatest <= white and not least), greatest)
        self._black = float(least)
        self._gain = 255.0 / ((float(white) - self._black) or 1.0)

    def rgb(self, strip: Image.Image) -> Image.Image:
        """Return a part of the picture in eight bits; what is no number is black."""
        shown = (np.asarray(strip, dtype=np.float64) - self._black) * self._gain
        shown = np.nan_to_num(shown, nan=0.0, posinf=255.0, neginf=0.0)
        grey = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")


def _values(strip: Image.Image) -> NDArray[np.float64]:
    values = np.asarray(strip, dtype=np.float64)
    return values[np.isfinite(values)]
