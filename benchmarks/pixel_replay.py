"""What a terminal showed in pixels when: the pictures that arrived, drawn by models afterwards."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.stage import Stage
from tests.imaging.inline_model import InlineModel
from tests.imaging.kitty_model import KittyModel
from tests.imaging.sixel_model import SixelModel

LOUPE = (24, 12)
"""Columns and rows at the top right that are left out: the loupe comes when the view is at rest."""

_PICTURE = re.compile(
    rb"(?:\x1b\[\d+;\d+H(?=\x1b(?:[_P]|\]1337)))?"
    rb"(?:\x1b_G[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b\]1337;[^\x07\x1b]*\x07)"
)


class PixelReplay:
    """Follows a stage's terminal from its beginning.  ``way``: kitty, sixel or inline."""

    def __init__(self, stage: Stage, way: str) -> None:
        self._stage = stage
        models = {"kitty": KittyModel, "sixel": SixelModel, "inline": InlineModel}
        self._model: Any = models[way](stage.columns, stage.rows, stage.cell)
        self._read = 0
        self._unread = b""

    def catch_up(self, until: int | None = None) -> bool:
        """Draw the pieces that have arrived (up to number ``until``); whether any picture came."""
        end = self._stage.mark() if until is None else until
        pieces = self._stage.since(0)[self._read : end]
        self._read = max(end, self._read)
        text, place = self._unread + b"".join(data for _, data in pieces), 0
        for match in _PICTURE.finditer(text):
            self._model.feed(match[0].decode("ascii"))
            place = match.end()
        self._unread = text[place:]
        return place > 0

    def pixels(self) -> NDArray[np.float64]:
        """Return the screen's pixels."""
        seen = self._model.seen() if isinstance(self._model, KittyModel) else self._model.pixels
        return np.asarray(seen, np.float64)


def decibels(
    seen: NDArray[np.float64], wanted: NDArray[np.uint8], where: NDArray[np.bool_]
) -> float:
    """Return the peak signal-to-noise ratio of some of the pixels; 99 when they are the same."""
    error = float(((seen - wanted) ** 2)[where].mean())
    return 99.0 if error == 0 else 10 * math.log10(255**2 / error)
