"""Sixel pictures of fewer pixels and colours: blocks of one colour take few bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.sixel import Indexed, Palette

_FULL_OF: Final = 0.25
"""A block is sent as one colour if this share of its pixels is visibly wrong."""


@dataclass(frozen=True)
class Rung:
    """One way to encode: blocks of so many pixels, in so many colours (0: all of the palette).

    Sixel draws six lines at a time, so blocks of six lines are the cheapest.
    """

    across: int
    down: int
    colours: int


FULL: Final = Rung(1, 1, 0)
"""Every pixel as the palette has it."""

# Rough to fine, each with the bytes per 1,000 pixels that it took on frames of a match: 28, 29, 31,
# 31, 33 and 39 dB there.  The real cost is learnt again on each clip.
USUAL: Final[dict[Rung, float]] = {
    Rung(12, 12, 16): 13.0,
    Rung(4, 6, 16): 24.0,
    Rung(8, 6, 64): 58.0,
    Rung(6, 6, 0): 82.0,
    Rung(4, 3, 0): 177.0,
    FULL: 520.0,
}


def roughened(
    dots: Pixels, rung: Rung, palette: Palette, wrong: NDArray[np.bool_]
) -> tuple[Indexed, NDArray[np.bool_]]:
    """Return pixels in blocks of one colour, and the mask of the blocks that are mostly ``wrong``.

    Shapes: ``dots`` height × width × 3, all others height × width.
    """
    height, width = wrong.shape
    small = Image.fromarray(np.ascontiguousarray(dots)).reduce((rung.across, rung.down))
    if rung.colours:
        few = small.quantize(rung.colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small = few.convert("RGB")
    count = Image.fromarray(wrong.astype(np.uint8) * 255).reduce((rung.across, rung.down))
    mostly = np.asarray(count) >= 255 * _FULL_OF
    return (
        _blown_up(palette.index(np.asarray(small)), rung)[:height, :width],
        _blown_up(mostly, rung)[:height, :width],
    )


def _blown_up(small: NDArray, rung: Rung) -> NDArray:  # type: ignore[type-arg]
    return np.repeat(np.repeat(small, rung.down, axis=0), rung.across, axis=1)
