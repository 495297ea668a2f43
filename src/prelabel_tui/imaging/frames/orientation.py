"""Which way up a picture is, by its EXIF data: detectors saw it turned, as OpenCV turns it."""

from __future__ import annotations

import struct
from typing import Final

from PIL import Image

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THE_SIDE: Final = frozenset(_TURNS[orientation] for orientation in (5, 6, 7, 8))


_ORIENTATION_TAG: Final = 0x0112


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """Return what makes a picture upright; None if it is, or if Pillow turns it itself (TIFF).

    Ask right after opening it.
    """
    exif = image.info.get("exif")
    return _TURNS.get(_orientation(exif)) if isinstance(exif, bytes) else None


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return the width and height in px of a picture when it is upright."""
    width, height = image.size
    return (height, width) if turn_of(image) in _ON_THE_SIDE else (width, height)


def _orientation(exif: bytes) -> int:
    """Return 1 where EXIF is empty or broken: Pillow would warn about what it reads there."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (place,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, place)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, place + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return int(value)
    except struct.error:
        pass  # it ends too early
    return 1
