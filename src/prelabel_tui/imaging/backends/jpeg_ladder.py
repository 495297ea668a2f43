"""JPEGs from rough to fine."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from prelabel_tui.imaging.frames.opening import open_image
from prelabel_tui.imaging.frames.picture import Pixels


@dataclass(frozen=True)
class Rung:
    """One way to encode: ``shrink`` times fewer pixels each way, JPEG quality.

    Colours always have the full resolution: with half of it, thin coloured lines are blurred, and
    that is most of the error of a view with labels.
    """

    shrink: int
    quality: int


# Each with the bytes per 1,000 pixels (base64 included) that it took on frames of a match, rough
# to fine; the real cost is learnt again on each clip.
USUAL: Final[dict[Rung, float]] = {
    Rung(4, 20): 4.0,
    Rung(3, 30): 10.0,
    Rung(2, 30): 20.0,
    Rung(1, 5): 25.0,
    Rung(1, 12): 38.0,
    Rung(1, 30): 65.0,
    Rung(1, 40): 78.0,
    Rung(1, 50): 92.0,
    Rung(1, 60): 108.0,
    Rung(1, 75): 150.0,
    Rung(1, 85): 220.0,
    Rung(1, 90): 290.0,
    Rung(1, 95): 430.0,
    Rung(1, 98): 680.0,
    Rung(1, 100): 1100.0,
}
RUNGS: Final[tuple[Rung, ...]] = tuple(USUAL)
FULL: Final[tuple[Rung, ...]] = tuple(rung for rung in RUNGS if rung.shrink == 1)
"""The rungs with all pixels: those below them lose thin lines."""

LABELS: Final = Rung(1, 12)
"""For labels that moved: they are made better once the view is at rest."""

QUICK_LABELS: Final = Rung(1, 5)
"""For the labels of another picture where the link carries no more: the lines can be told."""

LINES: Final[dict[Rung, float]] = {QUICK_LABELS: 185.0, LABELS: 230.0}
"""The same for small parts of a picture full of lines, whose headers outweigh pixels."""


def encoded(pixels: Pixels, rung: Rung) -> bytes:
    """Return these pixels as a JPEG file."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if rung.shrink > 1:
        image = image.reduce(rung.shrink)
    out = io.BytesIO()
    image.save(
        out,
        "JPEG",
        quality=rung.quality,
        subsampling="4:4:4",
        optimize=True,
    )
    return out.getvalue()


def decoded(data: bytes, shape: tuple[int, int]) -> Pixels:
    """Decode as a terminal does: height × width pixels, stretched smoothly if there are fewer."""
    with open_image(io.BytesIO(data)) as image:
        height, width = shape
        whole = image.convert("RGB")
        if whole.size != (width, height):
            whole = whole.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(whole)
