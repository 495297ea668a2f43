"""Brightness, contrast and local contrast of what is shown; never of what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from prelabel_tui.imaging.frames.picture import Pixels

_TILES: Final = 8
_CLIP: Final = 3.0
"""Local contrast: no brightness counts for more than this many times its even share."""


@dataclass(frozen=True)
class Tone:
    """``brightness`` and ``contrast``: -100 to 100.  ``local``: brighten dark stands."""

    brightness: int = 0
    contrast: int = 0
    local: bool = False

    def apply(self, pixels: Pixels) -> Pixels:
        """Return the pixels in this tone (the same array when nothing changes)."""
        if self.local:
            pixels = _local_contrast(pixels)
        if self.brightness or self.contrast:
            gain = 2.0 ** (self.contrast / 50)
            levels = (np.arange(256) - 127.5) * gain + 127.5 + self.brightness * 1.275
            table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
            pixels = table[pixels]
        return pixels


def _local_contrast(pixels: Pixels) -> Pixels:
    """Equalise brightness tile by tile, limited and blended between tiles (CLAHE)."""
    height, width = pixels.shape[:2]
    rgb = pixels.astype(np.float32)
    light = rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    level = np.clip(light, 0, 255).astype(np.int64)
    rows, columns = min(_TILES, height), min(_TILES, width)
    tile_y = np.arange(height) * rows // height
    tile_x = np.arange(width) * columns // width
    tile = tile_y[:, None] * columns + tile_x[None, :]
    counts = np.bincount((tile * 256 + level).ravel(), minlength=rows * columns * 256)
    histogram = counts.reshape(rows * columns, 256).astype(np.float64)
    total = histogram.sum(axis=1, keepdims=True)
    limit = np.maximum(total * _CLIP / 256, 1)
    spare = np.maximum(histogram - limit, 0).sum(axis=1, keepdims=True)
    histogram = np.minimum(histogram, limit) + spare / 256
    curve = (np.cumsum(histogram, axis=1) / total * 255).reshape(rows, columns, 256)

    # Each pixel blends the curves of the four tiles whose middles surround it.
    y = np.clip((np.arange(height) + 0.5) * rows / height - 0.5, 0, rows - 1)
    x = np.clip((np.arange(width) + 0.5) * columns / width - 0.5, 0, columns - 1)
    y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
    y1, x1 = np.minimum(y0 + 1, rows - 1), np.minimum(x0 + 1, columns - 1)
    down, across = (y - y0)[:, None], (x - x0)[None, :]
    above = curve[y0[:, None], x0, level] * (1 - across) + curve[y0[:, None], x1, level] * across
    below = curve[y1[:, None], x0, level] * (1 - across) + curve[y1[:, None], x1, level] * across
    wanted = above * (1 - down) + below * down
    gain = (wanted + 8) / (light + 8)
    toned: Pixels = np.clip(np.rint(rgb * gain[..., None]), 0, 255).astype(np.uint8)
    return toned
