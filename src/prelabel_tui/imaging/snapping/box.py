"""Plain image analysis that puts a box on a player's edges.

What differs from the surrounding ground in more than brightness (so shadows do not count) is
taken for a player; the part of it under the box gives the edges.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.imaging.snapping.ball import SURE, Pixels, Plane

Geometry = tuple[int, int, int, int]
Bools = NDArray[np.bool_]

_UNLIKE: Final = 38.0
"""Distance (0..255) from every shade of the ground's colour that counts as something else."""
_SHADES: Final = (0.55, 1.2)
_ROOM: Final = (0.35, 1.05)
"""How far beyond the best place of the box the player may reach, in its widths and heights."""
_SHAPE: Final = 0.36
"""Width of a player by height, usually."""
_PALE: Final = 0.12
_SOLID: Final = 0.4
_THIN: Final = 0.07
"""Columns with less than this share of the box's height filled are not an edge."""
_SLANT: Final = 0.7
"""An outermost column is left out if it is filled less than this share of the next one."""


class BoxSnap(NamedTuple):
    """A box moved to the edges of what is in it."""

    geometry: Geometry
    confidence: float
    sure: bool
    reason: str


def snap_box(pixels: Pixels, box: Geometry) -> BoxSnap:
    """Return the box moved and resized to the edges of the player nearest to it.

    It looks a box's width to either side and a third of its height up and down.
    """
    x, y, w, h = (value / UNIT for value in box)
    return _fit(pixels, box, (x, y, w, h), (1.1 * w, 0.35 * h))


def snap_player(pixels: Pixels, x: int, y: int, size: tuple[int, int]) -> BoxSnap:
    """Return a box around the player under a place; ``size`` (w, h) is what to expect there."""
    w, h = size
    box = (x - w // 2, y - h // 2, w, h)
    return _fit(
        pixels,
        box,
        (box[0] / UNIT, box[1] / UNIT, w / UNIT, h / UNIT),
        (0.6 * w / UNIT, 0.6 * h / UNIT),
    )


def _fit(
    pixels: Pixels,
    box: Geometry,
    place: tuple[float, float, float, float],
    reach: tuple[float, float],
) -> BoxSnap:
    x, y, w, h = place
    height, width = pixels.shape[:2]
    across, down = reach[0] + 0.4 * w + 3, reach[1] + _ROOM[1] * h + 3
    left, top = max(0, int(x - across)), max(0, int(y - down))
    right, bottom = min(width, int(x + w + across) + 1), min(height, int(y + h + down) + 1)
    if right - left < 4 or bottom - top < 4 or w < 2 or h < 4:
        return BoxSnap(box, 0.0, False, "too small or outside the picture")
    solid = _unlike_ground(pixels[top:bottom, left:right])
    mask = (solid > _SOLID) & ~_lines(pixels[top:bottom, left:right], h)
    column, row, filled = _best_place(mask, (x - left, y - top, w, h), reach)
    if filled < 0.2:
        return BoxSnap(box, round(filled, 3), False, "nothing player-like here")
    part = _grown(mask, column, row, w, h)
    edges = _edges(part, h)
    if edges is None:
        return BoxSnap(box, 0.0, False, "nothing player-like here")
    x0, x1, y0, y1 = edges
    new_w, new_h = x1 - x0, y1 - y0
    geometry = (
        round((x0 + left) * UNIT), round((y0 + top) * UNIT), round(new_w * UNIT),
        round(new_h * UNIT),
    )  # fmt: skip
    touches = (
        x0 < column - _ROOM[0] * w + 1
        or x1 > column + (1 + _ROOM[0]) * w - 1
        or y0 < row - _ROOM[1] * h + 1
        or y1 > row + (1 + _ROOM[1]) * h - 1
    )
    wide, tall = new_w / w, new_h / h
    likely = np.exp(-6.0 * max(0.0, abs(np.log(wide)) - 0.2))
    likely *= np.exp(-4.0 * max(0.0, abs(np.log(new_w / new_h / _SHAPE)) - 0.55))
    likely *= np.exp(-3.0 * max(0.0, abs(np.log(tall)) - 0.75))
    inside = float(part[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1].mean())
    confidence = round(float(likely) * min(1.0, inside / 0.4) * (0.4 if touches else 1.0), 3)
    if confidence >= SURE:
        off = max(abs(a - b) for a, b in zip(geometry, box, strict=True)) / UNIT
        reason = f"edges up to {off:.0f} px away"
    elif wide > 1.3 or tall > 1.3:
        reason = "it runs into something else"
    else:
        reason = "its edges are not clear"
    return BoxSnap(geometry, confidence, confidence >= SURE, reason)


def _unlike_ground(part: Pixels) -> Plane:
    """Return 0..1: how far each pixel is from any lighter or darker shade of the ground."""
    colours = part.astype(np.float32)
    ground = np.median(colours.reshape(-1, 3), axis=0)
    shade = (colours @ ground) / max(1.0, float(ground @ ground))
    shade = np.clip(shade, *_SHADES)[..., None]
    off = np.sqrt(((colours - shade * ground) ** 2).sum(axis=2))
    unlike: Plane = np.clip(off / (2 * _UNLIKE), 0.0, 1.0).astype(np.float32)
    return unlike


def _best_place(
    mask: Bools, place: tuple[float, float, float, float], reach: tuple[float, float]
) -> tuple[int, int, float]:
    """Find where a box of that size holds most and has least beside it.

    Returns the column, the row and how full it is there (0..1).
    """
    x, y, w, h = place
    wide, tall = max(2, round(w)), max(4, round(h))
    sums = np.pad(mask.astype(np.float32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    rows, columns = mask.shape[0] - tall + 1, mask.shape[1] - wide + 1
    if rows < 1 or columns < 1:
        return max(0, round(x)), max(0, round(y)), float(mask.mean())
    inside = (
        sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
    ) / (wide * tall)
    away_x = np.abs(np.arange(columns) - x)[None, :]
    away_y = np.abs(np.arange(rows) - y)[:, None]
    score = inside - 0.10 * away_x / w - 0.25 * away_y / h
    score[(away_x > reach[0] + 1) | (away_y > reach[1] + 1)] = -np.inf
    at = int(score.argmax())
    row, column = divmod(at, columns)
    return column, row, float(inside[row, column])


def _grown(mask: Bools, column: int, row: int, w: float, h: float) -> Bools:
    """Return what is connected to the middle of the box, within a quarter of a box round it."""
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    middle = (
        (columns >= column + 0.3 * w) & (columns < column + 0.7 * w)
        & (rows >= row + 0.15 * h) & (rows < row + 0.85 * h)
    )  # fmt: skip
    room = (
        (columns >= column - _ROOM[0] * w) & (columns < column + (1 + _ROOM[0]) * w)
        & (rows >= row - _ROOM[1] * h) & (rows < row + (1 + _ROOM[1]) * h)
    )  # fmt: skip
    room &= mask
    return _flood(middle & mask, room)


def _flood(start: Bools, room: Bools) -> Bools:
    """Return what is connected to ``start`` (four neighbours) within ``room``."""
    grown: Bools = start
    size = -1
    while (now := int(grown.sum())) != size:
        size = now
        for _ in range(4):
            wider = grown.copy()
            wider[1:] |= grown[:-1]
            wider[:-1] |= grown[1:]
            wider[:, 1:] |= grown[:, :-1]
            wider[:, :-1] |= grown[:, 1:]
            grown = np.logical_and(wider, room)
    return grown


def _lines(part: Pixels, h: float) -> Bools:
    """Return paint on the ground: pale, thin, and continuing beyond the part in view."""
    colours = part.astype(np.float32)
    ground = np.median(colours.reshape(-1, 3), axis=0)
    white = (colours - ground) / np.maximum(245.0 - ground, 1.0)
    pale = (white.mean(axis=2) > _PALE) & (np.ptp(white, axis=2) < 0.2)
    edge = np.zeros_like(pale)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    lines = _flood(pale & edge, pale)
    thick = max(3, int(0.12 * h))
    if min(pale.shape) <= thick:
        return lines
    sums = np.pad(lines.astype(np.float32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    full = sums[thick:, thick:] - sums[:-thick, thick:] - sums[thick:, :-thick]
    corners = np.argwhere(full + sums[:-thick, :-thick] > thick * thick - 0.5)
    for row, column in corners:
        lines[row : row + thick, column : column + thick] = False
    return lines


def _edges(part: Bools, h: float) -> tuple[float, float, float, float] | None:
    """Return the left, right, top and bottom of what is filled, thin ends left out."""
    filled = part.sum(axis=0)
    across = np.flatnonzero(filled >= max(1.5, _THIN * h))
    down = np.flatnonzero(part.any(axis=1))
    if len(across) < 2 or not len(down):
        return None
    first, last = int(across[0]), int(across[-1])
    thin_left = 1.0 - min(1.0, float(filled[first]) / float(filled[first + 1]))
    thin_right = 1.0 - min(1.0, float(filled[last]) / float(filled[last - 1]))
    left, right = first + _SLANT * thin_left, last + 1 - _SLANT * thin_right
    return left, right, float(down[0]), float(down[-1] + 1)
