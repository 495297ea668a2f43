"""A picture file: its size, what decoding it costs in memory, its pixels, upright in eight bits."""

from __future__ import annotations

import math
from typing import IO, Final

import numpy as np
from PIL import Image

from prelabel_tui.imaging.frames.jpeg_file import PROGRESSIVE_BYTES, is_cut_off
from prelabel_tui.imaging.frames.levels import DEEP, Levels
from prelabel_tui.imaging.frames.opening import LARGEST_FILE, BadPicture, open_image, refusal
from prelabel_tui.imaging.frames.orientation import orientation_of, upright, upright_size
from prelabel_tui.imaging.frames.picture import Pixels

# Bytes of memory for each pixel while Pillow decodes a file whole, measured.  TIFF: turned in a
# copy; WebP: an animation's two canvases and two copies.
_DECODING: Final = {"JPEG": 4, "MPO": 4, "PNG": 4, "BMP": 4, "DIB": 4, "TIFF": 8, "WEBP": 18}

_TILE_SIDES: Final = (322, 323)
"""TIFF's tags of a tile's width and height."""

_STRIP: Final = 1 << 18
"""Pixels that are converted at a time."""


class PictureFile:
    """A picture that was opened and not decoded.  BadPicture; OSError when it cannot be read."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        if length > LARGEST_FILE:
            raise BadPicture(f"is too large to be a frame ({length >> 20:,} MB)")
        self._file = file
        self._length = length
        self._image = open_image(file)
        self._orientation = orientation_of(self._image)
        self.size = upright_size(self._image.size, self._orientation)
        """Width and height in px, upright."""

    @property
    def _is_jpeg(self) -> bool:
        return self._image.format in ("JPEG", "MPO")

    @property
    def _tile(self) -> int:
        """Pixels of a TIFF's tile, which may be larger than the picture."""
        tags = getattr(self._image, "tag_v2", {})
        sides = [tags.get(tag, 0) for tag in _TILE_SIDES]
        return math.prod(side if isinstance(side, int) else 0 for side in sides)

    def check(self) -> None:
        """Look for what is broken, as far as that takes no decoding.  BadPicture; OSError."""
        if self._is_jpeg:
            if is_cut_off(self._file, self._length):
                raise BadPicture("is cut off")
            return
        try:
            self._image.verify()
        except Exception as error:
            raise refusal(error) from error

    def memory(self, shrink: int) -> int:
        """Return how many bytes decoding at 1/``shrink`` takes at most, the result included."""
        width, height = self.size
        whole, shown = width * height, -(-width // shrink) * -(-height // shrink)
        decoding = _DECODING[self._image.format or ""]
        size = self._length + 3 * shown
        if not self._is_jpeg:
            return size + decoding * max(whole, self._tile)
        if self._image.info.get("progressive"):
            size += PROGRESSIVE_BYTES * whole
        return size + decoding * shown

    def pixels(self, shrink: int) -> Pixels:
        """Decode at 1/``shrink`` (1, 2, 4 or 8).  BadPicture; OSError."""
        image = self._image
        full = image.width
        if self._is_jpeg and shrink > 1:
            # JPEG decodes straight to 1/2, 1/4 or 1/8.
            image.draft("RGB", (max(1, image.width // shrink), max(1, image.height // shrink)))
        try:
            image.load()
        except Exception as error:
            raise refusal(error) from error
        left = max(1, shrink // max(1, round(full / image.width))) if self._is_jpeg else shrink
        pixels = _rgb(image, left)
        if self._is_jpeg and is_cut_off(self._file, self._length, pixels[-1, -1]):
            raise BadPicture("is cut off")
        return upright(pixels, self._orientation)


def _rgb(image: Image.Image, shrink: int) -> Pixels:
    """Convert strip by strip, so that no second whole picture is in memory."""
    width, height = image.size
    levels = Levels(image) if image.mode in DEEP else None
    out = np.empty((-(-height // shrink), -(-width // shrink), 3), dtype=np.uint8)
    rows = max(1, _STRIP // width // shrink) * shrink
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        strip = strip.convert("RGB") if levels is None else levels.rgb(strip)
        if shrink > 1:
            strip = strip.reduce(shrink)
        first = top // shrink
        out[first : first + strip.height] = np.asarray(strip)
    return out
