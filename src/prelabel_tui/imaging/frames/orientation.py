"""Which way up a picture is, by its EXIF data: detectors saw it turned, as OpenCV turns it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

from prelabel_tui.imaging.frames.picture import Pixels

_TURNS: Final[dict[int, Callable[[Pixels], Pixels]]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}
_ON_THE_SIDE: Final = frozenset((5, 6, 7, 8))

_ORIENTATION_TAG: Final = 0x0112


def orientation_of(image: Image.Image) -> int:
    """Return how a picture lies, 1 to 8; 1 if it is upright, or if Pillow turns it (TIFF).

    Ask right after opening it.
    """
    exif = image.info.get("exif")
    found = _orientation(exif) if isinstance(exif, bytes) else 1
    return found if found in _TURNS else 1


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return the width and height of a picture of ``size`` when it is upright."""
    return size[::-1] if orientation in _ON_THE_SIDE else size


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return a view of the pixels, upright."""
    return _TURNS[orientation](pixels) if orientation in _TURNS else pixels


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
