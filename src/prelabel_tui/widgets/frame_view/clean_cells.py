"""Which cells of a widget the terminal is known to show: they need not be painted again.

Textual repaints the whole screen whenever the focus moves, and the whole widget when it changes
under a notification.  For a picture that is too many bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.widgets.frame_view.direct_write import Link, Reach


class CleanCells:
    """Cells that were painted, and since then neither changed nor covered."""

    def __init__(self) -> None:
        self._clean: NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self._ground: tuple[object, ...] = ()
        self._sure = False
        self.covered = False
        """Whether something was over the widget in the last frame.  If it is gone now, Textual
        has yet to paint what was under it."""

    def frame(self, at: Reach, link: Link | None) -> None:
        """Prepare for a frame of Textual's: forget everything unless the ground is the same."""
        self.covered = not at.bare
        self._sure = link is not None and (at.bare or bool(at.over))
        ground: tuple[object, ...] = ()
        if link is not None:
            ground = (at.place, at.screen, at.size, link.screens)
        if not self._sure or ground != self._ground:
            self._clean = np.zeros(at.size[::-1], np.bool_)
        self._ground = ground
        for left, top, right, bottom in at.over:
            self._clean[top:bottom, left:right] = False

    def dirty(self, row: int, start: int, end: int) -> list[tuple[int, int]]:
        """Return the parts of a row, from column to column, that have to be painted."""
        if not self._sure or row >= len(self._clean):
            return [(start, end)]
        edges = np.flatnonzero(np.diff(~self._clean[row, start:end], prepend=False, append=False))
        pairs = (edges + start).reshape(-1, 2).tolist()
        return [(left, right) for left, right in pairs]

    def painted(self, row: int, start: int, end: int) -> None:
        """Note that a part of a row goes out with this frame."""
        if self._sure and row < len(self._clean):
            self._clean[row, start:end] = True

    def changed(self, cells: NDArray[np.bool_]) -> None:
        """Note that these cells (rows × columns) are to show something else."""
        if cells.shape == self._clean.shape:
            self._clean &= ~cells
        else:
            self.forget()

    def forget(self) -> None:
        """Forget the cells: something else may have been drawn there."""
        self._clean[:] = False
