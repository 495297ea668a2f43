"""Colours as escape codes: which spelling is the shortest, and what a digit is worth."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.cells.raster import COLOUR, LEVELS, channels, nearest
from prelabel_tui.imaging.overlay.dots import INKS


def _cube() -> dict[int, int]:
    """Return palette numbers of the colours that every 256-colour terminal shows alike.

    16 to 21 are left out: colour-scheme scripts use them for other things.
    """
    known = {}
    for number in range(22, 232):
        red, green, blue = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
        known[LEVELS[red] << 16 | LEVELS[green] << 8 | LEVELS[blue]] = number
    for number in range(232, 256):
        level = 8 + 10 * (number - 232)
        known.setdefault(level << 16 | level << 8 | level, number)
    return known


PALETTE: Final = _cube()


@lru_cache(maxsize=1 << 16)
def colour_code(colour: int) -> str:
    """Return what follows ``38;`` or ``48;`` for a colour."""
    number = PALETTE.get(colour)
    if number is not None:
        return f"5;{number}"
    return f"2;{colour >> 16};{colour >> 8 & 255};{colour & 255}"


_INKS: Final = np.array(INKS, dtype=np.uint32) & COLOUR
_DIGITS: Final = np.array([len(str(level)) for level in range(256)])
_KNOWN: Final = np.array(sorted(PALETTE))
_KNOWN_LENGTH: Final = np.array([len(colour_code(colour)) for colour in _KNOWN.tolist()])


def code_lengths(packed: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return how long :func:`colour_code` is for each of these colours."""
    plain = 4 + _DIGITS[channels(packed)].sum(axis=-1)
    at = np.minimum(np.searchsorted(_KNOWN, packed), len(_KNOWN) - 1)
    lengths: NDArray[np.int64] = np.where(_KNOWN[at] == packed, _KNOWN_LENGTH[at], plain)
    return lengths


def thrifty(wanted: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return a cheaply spelled colour near each wanted one (… × 3: blue, green, red).

    ``weight``: the bytes that a unit of squared distance is worth.  99 saves a digit against 100,
    9 against 10, and a palette colour saves half of the code or more.
    """
    exact = np.clip(np.rint(wanted), 0, 255).astype(np.int64)
    fixed = nearest(_pack(exact))
    for short in (99, 9):
        more = (wanted - short) ** 2 - (wanted - exact) ** 2
        exact[(_DIGITS[exact] > _DIGITS[short]) & (more * weight[..., None] < 1)] = short
    packed = _pack(exact)
    more = ((channels(fixed) - wanted) ** 2).sum(axis=-1) - ((exact - wanted) ** 2).sum(axis=-1)
    better = more * weight + code_lengths(fixed) < code_lengths(packed)
    # Only the overlay uses the overlay's colours.
    return np.where(better & ~np.isin(fixed, _INKS), fixed, packed)


def _pack(bgr: NDArray[np.int64]) -> NDArray[np.uint32]:
    return (bgr[..., 2] << 16 | bgr[..., 1] << 8 | bgr[..., 0]).astype(np.uint32)
