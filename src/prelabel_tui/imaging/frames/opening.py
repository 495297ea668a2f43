"""The one door through which a picture is opened: which formats, and how large.

Pillow by itself tries every format that it knows, by content: a file called ``.jpg`` that holds
PostScript would run Ghostscript.
"""

from __future__ import annotations

import contextlib
import ctypes
import warnings
from typing import IO, Final

from PIL import Image, UnidentifiedImageError, _imaging

from prelabel_tui.imaging.frames.levels import DEEP

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
"""Suffixes of the files that count as pictures."""

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")

LARGEST_FILE: Final = 128 << 20
"""Bytes of the largest picture file."""

MOST_PIXELS: Final = 1 << 26
"""What has more pixels (8,192 × 8,192) is no frame."""

_SHOWN: Final = frozenset(
    {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", *DEEP}
)
"""Pillow's modes that can be shown."""

# Settings of the whole process.  Pillow refuses what has more than twice as many pixels, tiles
# included; what else it has to say, such as about odd metadata, is of no use to anybody here.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
warnings.filterwarnings("ignore", module=r"PIL\.")
# The library for TIFF writes what it finds broken to standard error: onto the screen.
with contextlib.suppress(AttributeError, OSError):
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


class BadPicture(Exception):
    """A picture that cannot be shown, whoever reads it; the text says why ("is cut off")."""


def open_image(file: IO[bytes]) -> Image.Image:
    """Open a picture without decoding it.  BadPicture; OSError when it cannot be read."""
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise BadPicture("is not a picture that can be read") from error
    except Exception as error:
        raise refusal(error) from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise BadPicture(f"is too large to be a frame ({width}×{height} px)")
    if image.mode not in _SHOWN:
        raise BadPicture(f"has colours that cannot be shown ({image.mode})")
    return image


def refusal(error: Exception) -> Exception:
    """Return what an error of Pillow means: it raises all kinds of them on a broken file.

    An OSError if the file could not be read, else BadPicture.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if isinstance(error, Image.DecompressionBombError):
        return BadPicture("is too large to be a frame")
    if "truncated" in str(error).lower():
        return BadPicture("is cut off")
    return BadPicture(f"is broken ({error})")
