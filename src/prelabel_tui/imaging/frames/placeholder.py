"""The picture shown when there is none: the same for the same media, frame number and size."""

from __future__ import annotations

import colorsys
import hashlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from prelabel_tui.imaging.frames.picture import Pixels

_WIDTH, _HEIGHT = 480, 960


def placeholder(media: str, number: int, size: tuple[int, int]) -> Pixels:
    """Draw slanted stripes in a colour of their own, and the frame's number.

    ``number`` counts from 1; ``size`` is the frame's width and height in px.  The result is at
    most 480 px wide and 960 px high, in the frame's proportions.
    """
    width, height = size
    shrink = max(1.0, width / _WIDTH, height / _HEIGHT)
    across, down = max(1, round(width / shrink)), max(1, round(height / shrink))
    digest = hashlib.sha256(f"{media}\0{number}\0{width}x{height}".encode()).digest()
    hue = digest[0] / 256
    dark, light = (
        np.array([round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.35, value)], np.uint8)
        for value in (0.16, 0.24)
    )
    step = 12 + digest[1] % 12
    y, x = np.mgrid[0:down, 0:across]
    stripes = ((x + (y if digest[2] & 1 else -y)) // step) % 2 == 0
    pixels = np.where(stripes[..., None], light, dark).astype(np.uint8)
    text = _text(f"no picture\nframe {number}\n{width} x {height}")
    fit = max(1, min(across // (text.width + 8), down // (text.height + 8), 4))
    text = text.resize((text.width * fit, text.height * fit), Image.Resampling.NEAREST)
    image = Image.fromarray(pixels)
    place = ((across - text.width) // 2, (down - text.height) // 2)
    image.paste((230, 230, 230), (*place, place[0] + text.width, place[1] + text.height), text)
    return np.asarray(image)


def _text(words: str) -> Image.Image:
    """Return words as a mask, in Pillow's built-in bitmap letters (no font file is needed)."""
    font = ImageFont.load_default_imagefont()
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = probe.multiline_textbbox((0, 0), words, font=font, align="center")
    mask = Image.new("L", (int(box[2]), int(box[3])))
    ImageDraw.Draw(mask).multiline_text((0, 0), words, 255, font=font, align="center")
    return mask
