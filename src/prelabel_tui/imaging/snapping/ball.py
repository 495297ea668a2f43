"""Plain image analysis that puts a cursor on the ball.

Only numpy, no model, the same answer every time.  All places are in 1/100 px of the full-size
frame; pictures are RGB arrays (height × width × 3, uint8).  Each answer says how sure it is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.labels import UNIT

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

SURE: Final = 0.5
"""Confidence from which on an answer counts as sure."""

_SIZES: Final = (7.0, 10.0, 14.0, 20.0)
"""Ball diameters (px) tried when the clip does not say."""

_FACTORS: Final = (0.75, 0.87, 1.0, 1.15)
"""Range of the ball's diameter, as a share of the expected one."""

_OPEN: Final = 60.0
_LIKE_GROUND: Final = 45.0
_RING: Final = 16
_BRIGHT: Final = 170.0
"""Brighter than this is white: marks on the ball then matter little."""


class Snap(NamedTuple):
    """Where the ball seems to be; ``size`` is the diameter that fitted best."""

    x: int
    y: int
    size: int
    confidence: float
    sure: bool
    reason: str


def snap_ball(
    pixels: Pixels, x: int, y: int, *, radius: int = 25 * UNIT, size: int | None = None
) -> Snap:
    """Find the most ball-like spot within ``radius`` of a place.

    Ball-like: a disc of about ``size`` that is brighter in all three colours than what surrounds
    it on every side (so lines, shirts and crowd do not count).
    """
    height, width = pixels.shape[:2]
    px, py = x / UNIT, y / UNIT
    reach = max(1, radius // UNIT)
    sizes = _SIZES if not size else tuple(size / UNIT * factor for factor in _FACTORS)
    margin = int(max(sizes) * 1.2) + 3
    left, top = int(px) - reach - margin, int(py) - reach - margin
    right, bottom = int(px) + reach + margin + 1, int(py) + reach + margin + 1
    if not (0 <= px < width and 0 <= py < height):
        return Snap(x, y, size or 0, 0.0, False, "outside the picture")
    plane = _whiteness(pixels, left, top, right, bottom)
    ground = _ground(pixels, left, top, right, bottom)
    inner = slice(margin, plane.shape[0] - margin), slice(margin, plane.shape[1] - margin)
    rows, columns = np.mgrid[inner[0], inner[1]]
    away = np.hypot(columns + left + 0.5 - px, rows + top + 0.5 - py)
    best = (-np.inf, 0.0, sizes[0], 0, 0)
    whole = np.full(away.shape, -np.inf, dtype=np.float32)
    for diameter in sizes:
        bright = _ball_score(plane, diameter, margin)
        score = bright + _OPEN * _open_ground(ground, diameter, margin) - 0.8 * away
        score = np.where(away <= reach + 0.5, score, -np.inf)
        np.maximum(whole, score, out=whole)
        at = int(score.argmax())
        spot = (float(score.flat[at]), float(bright.flat[at]), diameter)
        best = max(best, (*spot, *divmod(at, score.shape[1])))
    value, contrast, diameter, row, column = best
    cx, cy = _centre(plane, row + margin, column + margin, diameter)
    rival = np.hypot(*np.mgrid[-row : whole.shape[0] - row, -column : whole.shape[1] - column])
    others = whole[(rival > diameter) & np.isfinite(whole)]
    second = float(others.max()) if others.size else 0.0
    contrast = min(1.0, max(0.0, (contrast - 10.0) / 45.0))
    alone = min(1.0, max(0.0, (value - max(second, 0.0)) / (0.35 * max(value, 1.0))))
    confidence = round(contrast * (0.3 + 0.7 * alone), 3)
    if contrast < 0.3:
        reason = f"nothing ball-like within {reach} px"
    elif confidence < SURE:
        reason = "another spot looks as much like a ball"
    else:
        moved = np.hypot(cx + left - px, cy + top - py)
        reason = f"ball-like spot {moved:.0f} px away"
    return Snap(
        round((cx + left) * UNIT), round((cy + top) * UNIT), round(diameter * UNIT), confidence,
        confidence >= SURE, reason,
    )  # fmt: skip


def _whiteness(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Plane:
    """Return the darkest of the three colours, 0..255; the picture's edge continues beyond it."""
    height, width = pixels.shape[:2]
    part = pixels[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    plane = np.minimum(part.min(axis=2), _BRIGHT).astype(np.float32)
    padding = (
        (max(0, -top), max(0, bottom - height)),
        (max(0, -left), max(0, right - width)),
    )
    return np.pad(plane, padding, mode="edge")


def _ball_score(plane: Plane, diameter: float, margin: int) -> Plane:
    """Score the disc at each place: its mean less the ring round it, brightest sides most."""
    disc: Plane = np.zeros(
        (plane.shape[0] - 2 * margin, plane.shape[1] - 2 * margin), dtype=np.float32
    )
    total = 0.0
    reach = int(np.ceil(diameter / 2))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            weight = float(np.clip(diameter / 2 + 0.5 - np.hypot(dx, dy), 0.0, 1.0))
            if weight > 0.0:
                disc += weight * _shifted(plane, margin, dx, dy)
                total += weight
    disc /= total
    smooth: Plane = (
        plane + np.roll(plane, 1, 0) + np.roll(plane, 1, 1) + np.roll(plane, (1, 1), (0, 1))
    ).astype(np.float32) / np.float32(4)
    ring = np.empty((_RING, *disc.shape), dtype=np.float32)
    for number in range(_RING):
        angle = 2 * np.pi * number / _RING
        distance = diameter * 0.5 + 2.0
        dx = round(float(np.cos(angle)) * distance + 0.5)
        dy = round(float(np.sin(angle)) * distance + 0.5)
        ring[number] = _shifted(smooth, margin, dx, dy)
    ring.sort(axis=0)
    disc -= 0.5 * ring.mean(axis=0) + 0.5 * ring[int(_RING * 0.8)]
    return disc


def _ground(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Plane:
    """Return 1 where a pixel has roughly the most common colour nearby (grass, mostly), else 0."""
    height, width = pixels.shape[:2]
    part = pixels[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    colour = np.median(part.reshape(-1, 3), axis=0)
    off = np.abs(part.astype(np.float32) - colour.astype(np.float32)).max(axis=2)
    padding = (
        (max(0, -top), max(0, bottom - height)),
        (max(0, -left), max(0, right - width)),
    )
    return np.pad((off < _LIKE_GROUND).astype(np.float32), padding, mode="edge")


def _open_ground(ground: Plane, diameter: float, margin: int) -> Plane:
    """Return the share of a wider ring round each place that is ground."""
    share: Plane = np.zeros(
        (ground.shape[0] - 2 * margin, ground.shape[1] - 2 * margin), np.float32
    )
    distance = diameter * 0.5 + 2.5
    for number in range(_RING):
        angle = 2 * np.pi * number / _RING
        dx, dy = round(float(np.cos(angle)) * distance), round(float(np.sin(angle)) * distance)
        share += _shifted(ground, margin, dx, dy)
    share /= _RING
    return share


def _shifted(plane: Plane, margin: int, dx: int, dy: int) -> Plane:
    rows, columns = plane.shape[0] - margin, plane.shape[1] - margin
    return plane[margin + dy : rows + dy, margin + dx : columns + dx]


def _centre(plane: Plane, row: int, column: int, diameter: float) -> tuple[float, float]:
    """Return the centre of the bright pixels round a place, in px of the plane (centres at .5)."""
    reach = int(np.ceil(diameter * 0.7))
    part = plane[row - reach : row + reach + 1, column - reach : column + reach + 1]
    rows, columns = np.mgrid[: part.shape[0], : part.shape[1]]
    near = np.hypot(rows - reach, columns - reach) <= diameter * 0.65 + 0.5
    low, high = np.percentile(part[near], (15, 90))
    weight = np.where(near, np.clip(part - (low + high) / 2, 0.0, None), 0.0)
    total = float(weight.sum())
    if total <= 0:
        return column + 0.5, row + 0.5
    return (
        column - reach + float((weight * columns).sum()) / total + 0.5,
        row - reach + float((weight * rows).sum()) / total + 0.5,
    )
