"""Where a player of a wide, fixed camera stands, by what differs from the grass around.

Only players who stand free: nobody else's box, and no mark burned into the picture below one, is
near.  The middle is that of the columns with something else than grass, above the feet; a mark
hides what is below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box
from prelabel_tui.core.model.media import Manifest

_DIFFERS: Final = 28
"""In any colour, of 255."""
_SOLID: Final = 0.12
"""Share of the fullest column from which a column belongs to the player."""
_GAP: Final = 3
_MARK: Final = (0.8, 0.8)
"""How far a mark reaches from a box: to either side in widths, below it in heights."""


def middles(document: Document, manifest: Manifest) -> dict[tuple[int, str], float]:
    """Return the middle (px across) of each player who stands free, by frame and label."""
    found = {}
    for index, frame in enumerate(document):
        path = manifest.frames[index].path
        assert path is not None
        boxes = [label for label in frame.labels if isinstance(label, Box)]
        picture = _picture(Path(path))
        for box in boxes:
            if not any(other is not box and _near(box, other) for other in boxes):
                middle = _middle(picture, box)
                if middle is not None:
                    found[index, box.id] = middle
    return found


def _picture(path: Path) -> NDArray[np.int16]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(np.int16)


def _window(box: Box) -> tuple[float, float, float, float]:
    """Return where a player may be: x from and to, y from and to, in px."""
    x, y, w, h = (value / UNIT for value in box.geometry)
    return x - w - 8, x + 2 * w + 8, y - 0.05 * h, y + 0.8 * h


def _near(box: Box, other: Box) -> bool:
    left, right, top, bottom = _window(box)
    x, y, w, h = (value / UNIT for value in other.geometry)
    across, down = _MARK
    return (
        x - across * w < right
        and left < x + (1 + across) * w
        and y - 0.1 * h < bottom
        and top < y + (1 + down) * h
    )


def _middle(picture: NDArray[np.int16], box: Box) -> float | None:
    left, right, top, bottom = (round(value) for value in _window(box))
    if left < 0 or top < 0 or right > picture.shape[1] or bottom > picture.shape[0]:
        return None
    part = picture[top:bottom, left:right]
    grass = np.median(part, axis=(0, 1))
    other = np.abs(part - grass).max(axis=2) > _DIFFERS
    mass = other.sum(axis=0)
    if mass.max() < 0.25 * len(part):
        return None
    columns = np.flatnonzero(mass >= _SOLID * mass.max())
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > _GAP) + 1)
    run = max(runs, key=lambda some: int(mass[some].sum()))
    if run[0] == 0 or run[-1] == len(mass) - 1:
        return None  # something else reaches into the picture
    return float(left + (run[0] + run[-1] + 1) / 2)
