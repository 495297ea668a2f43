"""Block characters: work in every terminal.  Sends only cells that changed visibly.

After an update the overlay is exact and the picture within a bound (:data:`ENOUGH`); with a
budget of bytes too small for that it comes coarse first.  What errors remain are healed later.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from prelabel_tui.imaging.backends.base import Backend, Run, View
from prelabel_tui.imaging.encoder import REVERSE, Mask, Writer, distance
from prelabel_tui.imaging.overlay import DRAWN
from prelabel_tui.imaging.raster import COLOUR, MODES, Grid, Raster, dots_of, is_text, to_palette

ENOUGH: Final = 40.2
"""Decibels between the dots shown and the exact ones when an update is complete."""

_MEAN_ERROR: Final = 255**2 / 10 ** (ENOUGH / 10) * 3
"""The same as a mean squared distance of dots."""

_FIRST_TOLERANCE: Final = 60
_TOLERANCES: Final = (24, 110)
_COARSE: Final = 2500
"""Squared distance of the pass before the real one, when the link is slow."""

_SLACK: Final = 1.5
"""A cell written within a tolerance may err so much more: it is not written again for that."""

_CELL_BYTES: Final = 11
"""About what a cell costs: to guess whether a budget is enough."""


class CellsBackend(Backend):
    """Half blocks, quadrants or sextants, in true colours or the 256-colour palette."""

    def __init__(self, mode: str = "cells", *, palette: bool = False) -> None:
        self.name = mode
        self.dots = MODES[mode]
        self.palette = palette
        self._raster = Raster(mode)
        self._target: Grid | None = None
        self._shown: Grid | None = None
        self._view: View | None = None
        self._account: Account | None = None
        self._tolerance = float(_FIRST_TOLERANCE)
        self._behind = False
        self._pending = False

    # --- the interface

    def paint(self, view: View) -> None:
        # Within the bound, not exact: Textual then sends a quarter of the bytes.
        self._view = view
        self._target = self._grid(view)
        self._shown = self._target.empty()
        self._account = Account(self._target, self._shown, self.name)
        self._approach(None)

    def row(self, y: int) -> list[Run]:
        shown = self._shown
        if shown is None or y >= shown.shape[0]:
            return []
        fgs, bgs = (shown.fg[y] & COLOUR).tolist(), (shown.bg[y] & COLOUR).tolist()
        codes = shown.code[y].tolist()
        runs: list[Run] = []
        pen_f = pen_b = -1
        for code, fg, bg in zip(codes, fgs, bgs, strict=True):
            # The way round that sets the fewest colours, as in the encoder.
            reverse = REVERSE.get(code)
            if fg == bg and reverse is not None:
                code, fg = 32, pen_f if pen_f >= 0 else bg
            elif (
                reverse is not None
                and not (fg == pen_f or bg == pen_b)
                and (fg == pen_b or bg == pen_f)
            ):
                code, fg, bg = reverse, bg, fg
            if runs and fg == pen_f and bg == pen_b:
                runs[-1] = (runs[-1][0] + chr(code), fg, bg)
            else:
                runs.append((chr(code), fg, bg))
            pen_f, pen_b = fg, bg
        return runs

    def update(self, view: View, budget: int | None = None) -> str:
        self._view = view
        before, self._target = self._target, self._grid(view)
        if self._shown is None or self._shown.shape != self._target.shape:
            self._shown = self._target.empty()
            self._account = None
        if self._account is None or before is None:
            self._account = Account(self._target, self._shown, self.name)
        else:
            self._account.retarget(self._target, before)
        return self._approach(budget)

    def heal(self, budget: int | None = None) -> str:
        if not self._pending:
            return ""
        if self._behind:
            return self._approach(budget)
        target, account = self._target, self._account
        assert target is not None
        assert account is not None
        writer = self._writer()
        wrong = account.differs()
        complete = writer.write(target, wrong, 0, budget)
        account.measure(wrong & ~account.differs())
        self._pending = not complete
        return writer.finish()

    @property
    def pending(self) -> bool:
        return self._pending

    @property
    def behind(self) -> bool:
        return self._behind

    # --- getting nearer

    def _grid(self, view: View) -> Grid:
        grid = self._raster.grid(view)
        return to_palette(grid) if self.palette else grid

    def _writer(self) -> Writer:
        assert self._shown is not None
        assert self._view is not None
        return Writer(self._shown, self._view.place, self._view.screen[0])

    def _approach(self, budget: int | None) -> str:
        """Write what brings the screen within the bounds, or as near as the budget allows."""
        target, account = self._target, self._account
        assert target is not None
        assert account is not None
        tolerance = 0 if self.palette else round(self._tolerance)
        writer = self._writer()
        far = account.beyond(tolerance)
        self._behind = False
        if budget is None or np.count_nonzero(far) * _CELL_BYTES <= budget:
            writer.write(target, far, tolerance)
            account.measure(far)
        else:
            # The overlay first, whatever it costs; then the picture, coarse to fine.
            first = account.must.copy()
            writer.write(target, first, tolerance)
            account.measure(first)
            for bound in (tolerance,) if self.palette else (_COARSE, tolerance):
                far = account.beyond(bound * _SLACK)
                if not far.any():
                    continue
                left = budget - writer.size
                some = account.urgent(far, left // _CELL_BYTES)
                if left > 0:
                    writer.write(target, some, bound, budget)
                    account.measure(some)
                if account.beyond(bound * _SLACK).any():
                    self._behind = True
                    break
        if not self._behind and not self.palette:
            self._behind = not self._polish(writer, budget)
        self._pending = self._behind or bool(account.differs().any())
        return writer.finish()

    def _polish(self, writer: Writer, budget: int | None) -> bool:
        """Bring the mean error within its bound, and learn the tolerance that just does so.

        Returns whether the budget was enough.
        """
        target, account = self._target, self._account
        assert target is not None
        assert account is not None
        allowed = _MEAN_ERROR * account.total.size * self.dots[0] * self.dots[1]
        first = whole = float(account.total.sum())
        for _ in range(4):
            if whole <= allowed:
                break
            if budget is not None and writer.size >= budget:
                return False
            worst = np.sort(account.total, axis=None)[::-1]
            enough = int(np.searchsorted(np.cumsum(worst), (whole - allowed) * 1.25)) + 1
            bound = max(int(worst[min(enough, worst.size - 1)]), 1)
            cells = account.total >= bound
            writer.write(target, cells, round(self._tolerance / 6), budget)
            account.measure(cells)
            whole = float(account.total.sum())
        if writer.size > 4000:
            # Only a write of some size says anything of the tolerance.
            step = min(max(math.sqrt(allowed * 0.98 / max(first, 1.0)), 0.8), 1.25)
            low, high = _TOLERANCES
            self._tolerance = min(max(self._tolerance * step, low), high)
        return True


class Account:
    """How far the cells shown are from those wanted; measured only where either changed.

    ``must``: cells whose text or overlay is not as wanted.  ``worst`` and ``total``: the largest
    and the summed squared distance of a cell's other dots.
    """

    def __init__(self, target: Grid, shown: Grid, mode: str) -> None:
        self._target = target
        self._shown = shown
        self._mode = mode
        self.must: Mask = np.zeros(shown.shape, dtype=bool)
        self.worst = np.zeros(shown.shape, dtype=np.int32)
        self.total = np.zeros(shown.shape, dtype=np.int64)
        self.measure(np.ones(shown.shape, dtype=bool))

    def retarget(self, target: Grid, before: Grid) -> None:
        """Another grid is wanted."""
        self._target = target
        self.measure(_unequal(target, before))

    def differs(self) -> Mask:
        """Cells not exactly as wanted."""
        return _unequal(self._target, self._shown)

    def beyond(self, bound: float) -> Mask:
        """Cells with something farther off than a squared distance, overlay and text included."""
        return self.must | (self.worst > bound)

    def urgent(self, cells: Mask, count: int) -> Mask:
        """About ``count`` of these cells: whole rows of them, those that err most first."""
        each = np.count_nonzero(cells, axis=1)
        order = np.argsort(-np.where(cells, self.total, 0).sum(axis=1), kind="stable")
        rows = order[: int(np.searchsorted(np.cumsum(each[order]), count)) + 1]
        some = np.zeros_like(cells)
        some[rows] = cells[rows]
        return some

    def measure(self, cells: Mask) -> None:
        """Look at these cells again."""
        target, shown = self._target.part(cells), self._shown.part(cells)
        wanted, now = dots_of(target, self._mode), dots_of(shown, self._mode)
        text = is_text(target.code)
        must = (text | is_text(shown.code)) & _unequal(target, shown)
        # An overlay dot that is new, gone or of another colour.
        drawn = ((wanted | now) & DRAWN) != 0
        must |= (drawn & (wanted != now)).any(axis=-1)
        errors = distance(wanted, now)
        errors[drawn] = 0
        errors[must | text] = 0
        self.must[cells] = must
        self.worst[cells] = errors.max(axis=-1)
        self.total[cells] = errors.sum(axis=-1)


def _unequal(one: Grid, other: Grid) -> Mask:
    unequal: Mask = (one.fg != other.fg) | (one.bg != other.bg) | (one.code != other.code)
    return unequal
