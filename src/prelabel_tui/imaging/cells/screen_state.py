"""How the cells on the screen differ from those wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.cells.encoder import Mask, distance
from prelabel_tui.imaging.cells.raster import Grid, dots_of, is_text
from prelabel_tui.imaging.overlay.dots import DRAWN


class Account:
    """How far the cells shown are from those wanted; measured only where either changed.

    ``target`` is wanted and ``shown`` is there.  ``must``: cells whose text or overlay is not as
    wanted.  ``worst`` and ``total``: the largest and the summed squared distance of a cell's
    other dots.
    """

    def __init__(self, target: Grid, shown: Grid, mode: str) -> None:
        self.target = target
        self.shown = shown
        self._mode = mode
        self.must: Mask = np.zeros(shown.shape, dtype=bool)
        self.worst = np.zeros(shown.shape, dtype=np.int32)
        self.total = np.zeros(shown.shape, dtype=np.int64)
        self.measure(np.ones(shown.shape, dtype=bool))

    def retarget(self, target: Grid) -> Mask:
        """Want another grid; return the cells in which it differs."""
        before, self.target = self.target, target
        changed = unequal(target, before)
        self.measure(changed)
        return changed

    def differs(self) -> Mask:
        """Return the cells that are not exactly as wanted."""
        return unequal(self.target, self.shown)

    def beyond(self, bound: float) -> Mask:
        """Return the cells farther off than a squared distance, or with wrong overlay or text."""
        return self.must | (self.worst > bound)

    def cost(self) -> NDArray[np.float64]:
        """Return the squared error of each cell now; infinite where it must be drawn."""
        return np.where(self.must, np.inf, self.total)

    def worst_rows(self) -> NDArray[np.int64]:
        """Return all rows, those with the largest errors first."""
        return np.argsort(-self.total.sum(axis=1), kind="stable")

    def measure(self, cells: Mask) -> None:
        """Measure these cells again."""
        target, shown = self.target.part(cells), self.shown.part(cells)
        wanted, now = dots_of(target, self._mode), dots_of(shown, self._mode)
        text = is_text(target.code)
        must = (text | is_text(shown.code)) & unequal(target, shown)
        # An overlay dot that is new, gone or of another colour.
        drawn = ((wanted | now) & DRAWN) != 0
        must |= (drawn & (wanted != now)).any(axis=-1)
        errors = distance(wanted, now)
        errors[drawn] = 0
        errors[must | text] = 0
        self.must[cells] = must
        self.worst[cells] = errors.max(axis=-1)
        self.total[cells] = errors.sum(axis=-1)


def unequal(one: Grid, other: Grid) -> Mask:
    """Return the cells in which two grids differ."""
    unequal: Mask = (one.fg != other.fg) | (one.bg != other.bg) | (one.code != other.code)
    return unequal
