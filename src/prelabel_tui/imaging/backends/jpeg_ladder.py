"""JPEGs from rough to fine, and what each rung of that ladder costs on the clip at hand."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from prelabel_tui.imaging.frames.opening import open_image
from prelabel_tui.imaging.frames.picture import Pixels

_LEARN: Final = 0.3
"""How much a new measurement moves the expectation."""


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
_USUAL: Final[dict[Rung, float]] = {
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
}
RUNGS: Final[tuple[Rung, ...]] = tuple(_USUAL)
FULL: Final[tuple[Rung, ...]] = tuple(rung for rung in RUNGS if rung.shrink == 1)
"""The rungs with all pixels: those below them lose thin lines."""

LABELS: Final = Rung(1, 12)
"""For labels that moved: they are made better once the view is at rest."""


class Ladder:
    """What the rungs cost, as far as is known."""

    def __init__(self) -> None:
        self._cost = dict(_USUAL)

    def learn(self, rung: Rung, pixels: int, size: int) -> None:
        """Note that ``pixels`` took ``size`` bytes of the stream."""
        if pixels >= 20_000:  # otherwise headers outweigh pixels
            self._cost[rung] += _LEARN * (1000 * size / pixels - self._cost[rung])

    def affordable(self, pixels: int, labels: int, size: float) -> Rung:
        """Return the finest rung for so many pixels that takes at most ``size`` bytes.

        The cheapest if none does.  A rung of fewer pixels loses thin lines: those of ``labels``
        (pixels) have to be sent again.
        """

        def cost(rung: Rung) -> float:
            again = labels * self._cost[LABELS] if rung.shrink > 1 else 0.0
            return (pixels * self._cost[rung] + again) / 1000

        within = [rung for rung in RUNGS if cost(rung) <= size]
        return within[-1] if within else min(RUNGS, key=cost)


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
