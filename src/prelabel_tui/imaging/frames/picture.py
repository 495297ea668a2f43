"""Pixels ready to be shown: the part of a frame that a viewport sees, one pixel per dot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.overlay.viewport import Viewport

Pixels = NDArray[np.uint8]
"""Height × width × 3, red, green, blue, 0 to 255."""

MAT = (16, 18, 20)
"""Colour of what lies beyond the frame's edges."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame's dots under one viewport: ``dots`` is viewport.size[1] × viewport.size[0] × 3.

    ``missing`` says why there is only a placeholder; ``may_come``: the picture could not be read
    now, but perhaps can be later.
    """

    index: int
    viewport: Viewport
    dots: Pixels
    missing: str | None = None
    may_come: bool = False


def blank(index: int, viewport: Viewport) -> Picture:
    """Return a picture before anything is decoded."""
    width, height = viewport.size
    return Picture(index, viewport, np.full((height, width, 3), MAT, dtype=np.uint8))
