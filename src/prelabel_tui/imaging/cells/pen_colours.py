"""Colours for a pen that has to be set: ones that also serve the cells drawn after it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_REACH: Final = 4
"""How many cells to look ahead."""


def leads(dots: Floats, alike: float) -> Floats:
    """Return, for each cell's top colour, low one and their middle, a mean with those ahead.

    ``dots`` (2 × channels × cells × rows side by side) are the top and the low colours in the order
    of drawing.  A following cell's colours count if they are within the squared distance
    ``alike``, up to the first cell that has none.  Returns 3 × channels × cells × rows.
    """
    start = np.stack((dots[0], dots[1], (dots[0] + dots[1]) / 2))
    total, count = start.copy(), np.ones_like(start[:, 0])
    cells = dots.shape[2]
    alive = np.ones(count.shape, dtype=bool)
    for step in range(1, min(_REACH, cells - 1) + 1):
        ahead = dots[:, None, :, step:]
        apart = ahead - start[:, :, :-step]
        near = np.einsum("dkcsl,dkcsl->dksl", apart, apart) <= alike
        alive = alive[:, : cells - step] & near.any(axis=0)
        near &= alive
        for dot in (0, 1):
            total[:, :, :-step] += ahead[dot] * near[dot, :, None]
        count[:, :-step] += near.sum(axis=0)
    means: Floats = total / count[:, None]
    return means
