"""Block characters: they work in every terminal.  Sends only cells that changed visibly.

After an update the overlay is exact and the picture within a bound (:data:`ENOUGH`); with a
budget of bytes too small for that it comes coarse first.  At rest, errors are healed until nobody
sees those that remain (:data:`AT_REST`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Backend, Cells, Run, View
from prelabel_tui.imaging.cells import greedy
from prelabel_tui.imaging.cells.encoder import REVERSE, Mask, Stroke, Writer
from prelabel_tui.imaging.cells.raster import COLOUR, MODES, Grid, Raster, to_palette
from prelabel_tui.imaging.cells.screen_state import Account, unequal
from prelabel_tui.imaging.cells.trellis import Drawing, Trellis

ENOUGH: Final = 40.1
"""Peak signal-to-noise ratio (dB) of the dots shown when an update is complete."""

_ROUGH: Final = 27.5
"""The same after the first pass on a slow link: enough to find one's way."""

AT_REST: Final = 44.0
"""The same once the view rests."""

_NEAR: Final = 110
"""Squared distance up to which a dot is left alone while there are few such dots: some six levels
of each channel."""

_EVERY: Final = 3 * 255**2 / 10 ** (AT_REST / 10)
"""The same where there are many: if all dots were as far off, it would be just :data:`AT_REST`."""

_FEW, _FEW_SLOW = 600, 120
"""Up to so many cells are drawn as they come, which takes less time; for more the cheapest way is
searched.  On a slow link, where there is a budget, the search pays for fewer."""

_WORTH: Final = 10.0
"""Bytes: a cell whose error is worth this much is always looked at."""

_UNSEEN: Final = 0.3
"""Share of the allowed error that may be left in cells that are not looked at."""

_CELL_BYTES: Final = 6
"""Roughly what a cell costs, to guess whether a coarse pass has to come first."""

_PORTIONS: Final = 2
"""How many budgets a picture may take without a rough one before it."""

_BRIDGE: Final = 3
"""Gaps of up to so many cells are drawn over rather than jumped."""

_STEEP: Final = 1.4
"""How price follows error, both as ratios, on real pictures."""

_STEEPER: Final = 1.4
"""Factor from one try to the next where that is not enough."""

_ROOM: Final = 0.85
"""Share of the allowed error that is left where many small errors had added up to more."""

_TELLING: Final = 0.25
"""Share of all cells that must be drawn before a drawing says anything about the price."""

_AIM, _SLACK = 0.96, 0.06
"""The next picture aims at this share of the allowed error; this far off makes no difference."""


@dataclass
class Quality:
    """A mean error to aim at, and the price of an error that last achieved it.

    The price never falls below ``least``.  ``tries``: searches for a better one per update.
    ``excess``: the error that will do, as a multiple of the one aimed at.
    """

    decibels: float
    price: float
    least: float
    tries: int
    excess: float

    @property
    def error(self) -> float:
        """Mean squared distance of dots."""
        return float(3 * 255**2 / 10 ** (self.decibels / 10))


class Rest:
    """The part of a drawing that is not written yet, without the cells that changed since."""

    def __init__(self, drawing: Drawing, order: NDArray[np.int64]) -> None:
        self._strokes = drawing.strokes(order)
        self._void: Mask = np.zeros((len(order), drawing.width), dtype=bool)

    def leave_out(self, cells: Mask) -> None:
        """Do not write these cells: something else is wanted there now."""
        self._void |= cells

    def __iter__(self) -> Iterator[Stroke]:
        if not self._void.any():
            return self._strokes
        void = self._void.tolist()
        return (stroke for stroke in self._strokes if not void[stroke[0]][stroke[1]])


class CellsBackend(Backend):
    """Half blocks, quadrants or sextants, in true colours or the 256-colour palette."""

    def __init__(self, mode: str = "cells", *, palette: bool = False) -> None:
        self.name = mode
        self.dots = MODES[mode]
        self.palette = palette
        self._raster = Raster(mode)
        self._view: View | None = None
        self.account: Account | None = None
        """What is on the screen against what should be; None before the first picture."""
        self._fine = Quality(ENOUGH, 0.07, 0.01, 8, 1)
        self._rough = Quality(_ROUGH, 0.001, 0.0003, 2, 1.1)
        self._rest: Rest | None = None
        self._behind = False
        self._pending = False

    # --- the interface

    def paint(self, view: View, *, known: bool = False) -> Cells | None:
        """Approximate the view within the bound, not exactly."""
        # Textual then sends a quarter of the bytes.
        if known and self.account is not None:
            before = self.account.shown.copy()
            self.update(view)
            return unequal(before, self.account.shown)
        self._begin(view, self._grid(view))
        self._approach(None)
        return None

    def row(self, y: int) -> list[Run]:
        """Return a row as the terminal shows it, or is about to."""
        if self.account is None or y >= self.account.shown.shape[0]:
            return []
        shown = self.account.shown
        fgs, bgs = (shown.fg[y] & COLOUR).tolist(), (shown.bg[y] & COLOUR).tolist()
        codes = shown.code[y].tolist()
        runs: list[Run] = []
        pen_f = pen_b = -1
        for code, fg, bg in zip(codes, fgs, bgs, strict=True):
            # The order of colours that sets the fewest of them, as in the encoder.
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
        """Return the bytes that make the overlay exact and the picture as near as they allow."""
        target = self._grid(view)
        account = self.account
        if account is None or account.shown.shape != target.shape:
            self._begin(view, target)
            return self._approach(budget)
        self._view = view
        changed = account.retarget(target)
        tolerance = 0 if self.palette else _NEAR
        far = (changed & account.beyond(tolerance)) | account.must
        few = _FEW if budget is None else _FEW_SLOW
        if not self.palette and np.count_nonzero(far) > few:
            return self._approach(budget)
        if self._rest is not None:
            self._rest.leave_out(changed)
        writer = self._writer()
        complete = self._draw_as_they_come(writer, far, tolerance, budget)
        return self._sum_up(writer, complete, budget)

    def heal(self, budget: int | None = None) -> str:
        """Return the bytes of the rest of the drawing, then of what is still not exact."""
        if not self._pending:
            return ""
        assert self.account is not None
        writer = self._writer()
        complete = True
        if self._behind and not self.palette:
            self._draw_rest(writer, budget)
        else:
            tolerance = 0 if self.palette else int(_EVERY)
            every = self._draw_as_they_come(writer, self._unhealed(), tolerance, budget)
            # In colours of the palette a picture is either exact or behind.
            complete = every or not (self.palette and self._behind)
        return self._sum_up(writer, complete, budget)

    @property
    def pending(self) -> bool:
        """Whether any cell is not exact yet."""
        return self._pending

    @property
    def behind(self) -> bool:
        """Whether the drawing ran out of its budget."""
        return self._behind

    # --- getting nearer

    def _grid(self, view: View) -> Grid:
        grid = self._raster.grid(view)
        return to_palette(grid) if self.palette else grid

    def _begin(self, view: View, target: Grid) -> None:
        """Start anew: nothing is known of what the terminal shows."""
        self._view = view
        self.account = Account(target, target.empty(), self.name)

    def _writer(self) -> Writer:
        assert self.account is not None
        assert self._view is not None
        return Writer(self.account.shown, self._view.place, self._view.screen[0])

    def _approach(self, budget: int | None) -> str:
        """Begin to draw another picture: coarse first if the budget is small."""
        account = self.account
        assert account is not None
        self._rest = None
        writer = self._writer()
        far = np.count_nonzero(account.beyond(_NEAR))
        if self.palette:
            complete = self._draw_as_they_come(writer, account.differs(), 0, budget)
            return self._sum_up(writer, complete, budget)
        if budget is not None and far * _CELL_BYTES > budget * _PORTIONS:
            self._rest = self._search(self._rough, account.worst_rows())
        self._draw_rest(writer, budget)
        return self._sum_up(writer, True, budget)

    def _sum_up(self, writer: Writer, complete: bool, budget: int | None) -> str:
        """Make the overlay exact, and note how far off the picture is."""
        account = self.account
        assert account is not None
        if account.must.any():
            missing = account.must.copy()
            self._draw_as_they_come(writer, missing, 0, None)
            if self._rest is not None:
                self._rest.leave_out(missing)
        self._behind = not complete or self._rest is not None or self._over(self._fine) > 1
        if self._behind and budget is None and not self.palette:
            if self._rest is not None:
                self._draw_rest(writer, None)
            if self._over(self._fine) > 1:
                self._draw_rest(writer, None)
            self._behind = False
        self._pending = self._behind or bool(self._unhealed().any())
        return writer.finish()

    def _unhealed(self) -> Mask:
        """Return the cells to draw again at rest: far ones; where errors add up, near ones too."""
        account = self.account
        assert account is not None
        if self.palette:
            return account.differs()
        far = account.beyond(_NEAR)
        if far.any() or account.total.sum() <= _EVERY * self.dots[0] * self.dots[1] * far.size:
            return far
        return account.beyond(_EVERY)

    def _draw_as_they_come(
        self, writer: Writer, cells: Mask, tolerance: int, budget: int | None
    ) -> bool:
        account = self.account
        assert account is not None
        order = None if budget is None else account.worst_rows()
        strokes = greedy.strokes(account.target, cells, tolerance, writer, order)
        complete = writer.draw(strokes, budget)
        account.measure(writer.drawn)
        return complete

    def _draw_rest(self, writer: Writer, budget: int | None) -> None:
        """Continue the drawing; if there is none, begin one that brings the picture in bounds."""
        account = self.account
        assert account is not None
        if self._rest is None:
            order = np.arange(len(account.total)) if budget is None else account.worst_rows()
            self._rest = self._search(self._fine, order)
        if writer.draw(iter(self._rest), budget):
            self._rest = None
        account.measure(writer.drawn)

    def _over(self, quality: Quality) -> float:
        """Return the mean error as a multiple of what is allowed."""
        assert self.account is not None
        return 0.0 if self.palette else float(self.account.total.sum()) / self._allowed(quality)

    def _allowed(self, quality: Quality) -> float:
        assert self.account is not None
        return quality.error * self.dots[0] * self.dots[1] * self.account.total.size

    def _search(self, quality: Quality, order: NDArray[np.int64]) -> Rest:
        """Find the drawing that brings the mean error within its bound, and learn its price."""
        account = self.account
        assert account is not None
        allowed = self._allowed(quality)
        price = quality.price
        for attempt in range(quality.tries):
            cells = account.must | (account.total >= self._least(allowed, price))
            cells = _bridged(cells)
            drawing = Trellis(account.target, cells, account.cost(), self.name).search(price)
            left = account.total.sum() - account.total[drawing.cells].sum()
            over = float(left + drawing.error[drawing.drawn].sum()) / allowed
            telling = np.count_nonzero(drawing.drawn) > account.total.size * _TELLING
            # Where small errors have added up, make room for the next ones too.
            if over <= quality.excess * (1 if telling or attempt == 0 else _ROOM):
                break
            price *= max(over, 1) ** _STEEP * _STEEPER**attempt
        if telling:
            cheaper = max(over / _AIM, 0.5) if over < _AIM - _SLACK else 1
            quality.price = max(price * cheaper, quality.least)
        return Rest(drawing, order)

    def _least(self, allowed: float, price: float) -> float:
        """Return the error from which on a cell is looked at."""
        assert self.account is not None
        errors = np.sort(self.account.total, axis=None)
        unseen = int(np.searchsorted(np.cumsum(errors), allowed * _UNSEEN))
        bound = float(errors[unseen]) if unseen < errors.size else np.inf
        return max(min(bound, _WORTH / price), 1)


def _bridged(cells: Mask) -> Mask:
    """Add the short gaps between marked cells."""
    columns = np.broadcast_to(np.arange(cells.shape[1]), cells.shape)
    far = 2 * cells.shape[1]
    before = np.maximum.accumulate(np.where(cells, columns, -far), axis=1)
    after = np.where(cells, columns, far)[:, ::-1]
    after = np.minimum.accumulate(after, axis=1)[:, ::-1]
    near: Mask = after - before <= _BRIDGE + 1
    return near
