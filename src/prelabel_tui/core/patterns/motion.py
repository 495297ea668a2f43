"""How a thing moves, from where a model saw it: robust against its wobble and single mistakes.

Around each moment a line is fitted to the middles of the boxes nearby, those near in time counting
more and those that lie off the line less and less.  What is asked for is only ever a difference of
two places, so a box that is moved along keeps its size and its own wobble.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_REACH: Final = 5
"""Frames on either side of a moment that say how fast the thing moves there."""
_LEAST: Final = 4
"""Places that are looked at even where they are farther away in time."""
_ROUNDS: Final = 4
"""How often the line is fitted again, with less weight on what lies off it."""
_STEADY: Final = 30.0
"""What is never taken for off the line, in 1/100 px."""


def displacement(frames: Floats, middles: Floats, at: Floats, by: Floats) -> Floats:
    """Return how far (n × 2) a thing moves from each time ``at`` to ``at + by``, in frames.

    ``frames`` (ascending) and ``middles`` (k × 2): where it was seen.  A thing that was seen once
    does not move; before the first and after the last frame it goes on as it did there.
    """
    if len(frames) < 2:
        return np.zeros((len(at), 2))
    middle = at + by / 2
    away, places = _around(frames, middles, middle)
    near = np.abs(away)
    # As far as it takes to have some places, else a frame behind the reach.
    ordered = np.sort(near, axis=1)
    width = np.maximum(_REACH + 1.0, ordered[:, min(_LEAST, ordered.shape[1]) - 1] + 1.0)
    inside = near < width[:, None]
    base = np.where(inside, np.maximum(0.05, 1 - (near / width[:, None]) ** 2), 0.0)
    away = np.where(inside, away, 0.0)
    weights = base
    slope = np.zeros((len(at), 2))
    for _ in range(_ROUNDS):
        slope, off = _line(away, places, weights)
        usual = np.maximum(_STEADY, 1.48 * _median_inside(off, inside))
        weights = base / (1 + (off / (2 * usual[:, None])) ** 2) ** 2
    return np.asarray(slope * by[:, None], dtype=np.float64)


def _around(frames: Floats, middles: Floats, moments: Floats) -> tuple[Floats, Floats]:
    """Return times (n × k, from each moment) and places (n × k × 2) around moments."""
    most = min(len(frames), 2 * _REACH + 1)
    first = np.searchsorted(frames, moments) - most // 2
    first = np.clip(first, 0, len(frames) - most)
    index = first[:, None] + np.arange(most)
    return frames[index] - moments[:, None], middles[index]


def _line(away: Floats, places: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Fit lines; return slopes (n × 2) and how far each place lies off its line (n × k)."""
    total = np.maximum(weights.sum(axis=1), 1e-9)
    time = (weights * away).sum(axis=1) / total
    place = (weights[:, :, None] * places).sum(axis=1) / total[:, None]
    apart = away - time[:, None]
    spread = np.maximum((weights * apart**2).sum(axis=1), 1e-9)
    offset = places - place[:, None]
    slope = (weights[:, :, None] * apart[:, :, None] * offset).sum(axis=1) / spread[:, None]
    left = offset - slope[:, None] * apart[:, :, None]
    return slope, np.hypot(left[:, :, 0], left[:, :, 1])


def _median_inside(off: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return the lower median (n) of what is inside of each row; something is."""
    ordered = np.sort(np.where(inside, off, np.inf), axis=1)
    middle = (inside.sum(axis=1) - 1) // 2
    return np.asarray(np.take_along_axis(ordered, middle[:, None], axis=1)[:, 0])
