"""Keeps what a widget's backend wants and what the terminal shows in step.

Writes directly while nothing covers the widget, and through Textual otherwise; never more than
the link carries without a queue; and heals what was approximated once the view rests.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Final

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from prelabel_tui.imaging.backends.base import Area, Backend, Run, View
from prelabel_tui.widgets.frame_view.clean_cells import CleanCells
from prelabel_tui.widgets.frame_view.direct_write import (
    LateStrip,
    Link,
    Reach,
    compact,
    link_of,
    piece,
    reach,
    send,
)

REST: Final = 0.12
"""Seconds without a change after which errors are healed."""

_TICK: Final = 0.04

_STEP: Final = 0.04
"""Seconds of bytes written at once while a picture comes: how often the screen changes."""

_SIP: Final = 0.012
"""The same while errors heal: less than may queue, so that the link never runs empty."""

_CHUNK: Final = 8 * 1024
"""Bytes healed at once on a link of unknown rate: few enough not to delay the next key."""

_LEAST: Final = 512
"""Less room than these bytes is not used for healing: each write has its own overhead."""


class Painter:
    """For one widget and its backend; lives on the user interface's thread."""

    def __init__(self, widget: Widget, backend: Backend) -> None:
        self._widget = widget
        self._backend = backend
        self._wanted: View | None = None
        self.given: View | None = None
        """What the backend was given last."""
        self._strips: dict[int, LateStrip] = {}
        self.clean_cells = CleanCells()
        self._width = 0
        self._painted_areas: list[Area] = []
        self._owes = False
        """Whether the backend was given a view to be painted with Textual's next frame."""
        self._follows = False
        """Whether :meth:`_painted` is due, after this frame of Textual's."""
        self._waiting = False
        self._holds_on = False
        """Whether another view is about to come: what would heal now would be in its way."""
        self._changed_at = 0.0
        self._link: Link | None = None
        self._timer = widget.set_interval(_TICK, self._tick, pause=True)
        self._covered = False
        self._under: tuple[Area, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether the screen shows exactly what is wanted, as far as this side knows."""
        return not self._waiting and not self._backend.pending

    @property
    def busy(self) -> bool:
        """Whether the link still carries what was last wanted: playback should drop a frame."""
        return self._waiting or self._backend.behind

    def shows(self, index: int) -> bool:
        """Say whether a frame's picture, and no placeholder, is on the screen, if not yet exact."""
        given = self.given
        if given is None or self._waiting or self._backend.behind:
            return False
        return given.picture.index == index and given.picture.missing is None

    @property
    def link_rate(self) -> float | None:
        """Bytes per second that the link was measured to carry; None until it was."""
        return None if self._link is None else self._link.flow.rate

    @property
    def holds(self) -> bool:
        """Whether the terminal shows the backend's rows now: painting them again is needless."""
        at = reach(self._widget)
        return at is not None and at.bare and not self.clean_cells.covered and self._fits(at)

    # --- showing

    def show(self, view: View) -> None:
        """Bring the screen to a view (its place is filled in here); the latest wins."""
        before, self._wanted = self._wanted, view
        self._holds_on = False
        if before is None or before.scene is not view.scene or before.viewport != view.viewport:
            # A picture or loupe that comes late is not a change: the view stays at rest.
            self._changed_at = time.monotonic()
        self._flush()

    def hold_on(self) -> None:
        """Heal nothing until the next view is shown: its picture is on the way."""
        self._holds_on = True

    def again(self) -> None:
        """Paint everything anew: the widget has another size or place."""
        self.given = None
        self.clean_cells.forget()

    def _flush(self) -> None:
        view = self._wanted
        at = reach(self._widget)
        if view is None or at is None or 0 in at.size:
            return
        view = self._wanted = replace(view, place=at.place, screen=at.screen)
        known = self._fits(at) and view.viewport.cells == at.size
        if not at.bare or self.clean_cells.covered or not known:
            self._repaint(view, known=known and (at.bare or bool(at.over)))
            return
        link = self._connect(at)
        room = link.flow.room()
        if room == 0:
            self._waiting = True
            self._timer.resume()
            return
        self._waiting = False
        data = self._backend.update(view, self._portion(link, room, _STEP))
        self.given = view
        self._sent(at, data)

    def _fits(self, at: Reach) -> bool:
        """Tell whether the widget has the size and place that the backend draws for."""
        given = self.given
        return given is not None and (given.place, given.viewport.cells, given.screen) == (
            at.place,
            at.size,
            at.screen,
        )

    def _repaint(self, view: View, *, known: bool) -> None:
        """Have Textual paint: with ``known``, only the cells that change."""
        self._waiting = False
        changed = self._backend.paint(view, known=known)
        if changed is None:
            self.clean_cells.forget()
        else:
            self.clean_cells.changed(changed)
        at = reach(self._widget)
        if at is not None and not at.live:
            self._backend.heal()  # no terminal, no bytes to save: a test sees the exact picture
        self.given = view
        self._owes = True
        self._strips.clear()
        Widget.refresh(self._widget)
        if self._backend.pending:
            self._timer.resume()

    def _sent(self, at: Reach, data: str) -> None:
        self._strips.clear()
        if data and at.live:
            self._connect(at).flow.sent(send(at, data))
        if self._backend.pending:
            self._timer.resume()
            if data and (self._backend.behind or self._resting):
                self._widget.call_later(self._go_on)  # after the keys that came in the meantime

    @property
    def _resting(self) -> bool:
        return time.monotonic() - self._changed_at >= REST

    @staticmethod
    def _portion(link: Link, room: int | None, seconds: float) -> int | None:
        chunk = link.flow.chunk(seconds)
        if room is None or chunk is None:
            return None
        return min(room, chunk)

    # --- healing

    def _connect(self, at: Reach) -> Link:
        if self._link is None:
            self._link = link_of(at, self._widget.app)
            self._link.join(self._echo)
        return self._link

    def _echo(self) -> None:
        """Hear, in the input thread, that the terminal has drawn something."""
        self._widget.call_later(self._answered)

    def _answered(self) -> None:
        if self._link is not None:
            self._link.collect()
        self._go_on()

    def _tick(self) -> None:
        if self._backend.covered:
            self._uncover()
        elif self.clean_cells.covered:
            self._look_under()
        elif not self._waiting and not self._backend.pending:
            self._timer.pause()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Send what a change left over, as far as there is room; at rest, heal."""
        backend = self._backend
        if self._waiting:
            self._flush()
            return
        if self._holds_on or not backend.pending:
            return
        if not backend.behind and not self._resting:
            return
        at = reach(self._widget)
        if at is None or not at.bare:
            return
        if not self._fits(at):
            self._follow_the_place(at)
            return
        room = self._connect(at).flow.room()
        if room is not None and room < _LEAST:
            return
        portion = self._portion(self._connect(at), room, _STEP if backend.behind else _SIP)
        if not backend.behind:
            portion = portion or _CHUNK
        self._sent(at, backend.heal(portion))

    # --- Textual paints

    def strips(self, crop: Region) -> list[Strip]:
        """Return the rows of a region of the widget, as the backend has them now."""
        at = reach(self._widget)
        if at is None:
            return [Strip.blank(crop.width)] * crop.height
        self._width = width = at.size[0]
        if at.bare:
            self._connect(at)
        self.clean_cells.frame(at, self._link)
        if at.over:
            self._timer.resume()
        if self._owes or not at.bare:
            self._follow()
        strips: list[Strip] = []
        for y in range(crop.y, crop.bottom):
            strip = self._strips.get(y)
            if strip is None:
                strip = self._strips[y] = LateStrip(
                    partial(self._row, y), width, partial(self._emit, y)
                )
            strips.append(strip)
        if crop.x or crop.right != width:
            return [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _emit(self, y: int, start: int, end: int) -> str:
        parts = self.clean_cells.dirty(y, start, end)
        if not parts:
            return f"\x1b[{end - start}C"
        runs = self._runs(y)
        out = []
        place = start
        for left, right in parts:
            out.append(f"\x1b[{left - place}C" if left > place else "")
            out.append(compact(piece(runs, left, right)))
            self.clean_cells.painted(y, left, right)
            self._painted_areas.append((left, y, right, y + 1))
            place = right
        self._follow()
        return "".join(out)

    def _row(self, y: int) -> list[Run]:
        self._painted_areas.append((0, y, self._width, y + 1))
        self._follow()
        return self._runs(y)

    def _runs(self, y: int) -> list[Run]:
        # The backend may still draw for the size that the widget had before.
        runs = piece(self._backend.row(y), 0, self._width)
        short = self._width - sum(len(text) for text, _, _ in runs)
        if short > 0:
            runs.append((" " * short, 0, 0))
        return runs

    def _follow(self) -> None:
        if not self._follows:
            self._follows = True
            self._widget.call_later(self._painted)

    def _painted(self) -> None:
        """Follow Textual's frame: the backend may have to lay pictures over its cells again."""
        self._follows = self._owes = False
        areas, self._painted_areas = self._painted_areas, []
        at = reach(self._widget)
        if at is None:
            return
        if not self._fits(at):
            self._follow_the_place(at)
            return
        if not at.bare:
            self.cover()
            if at.over:
                self._lay(at, areas)
            return
        self._covered = False
        self._lay(at, areas)

    def _lay(self, at: Reach, areas: list[Area]) -> None:
        """Lay pictures over the text of these areas, where nothing covers them."""
        budget = None
        if at.live:
            link = self._connect(at)
            budget = self._portion(link, link.flow.room(), _STEP)
        self._sent(at, self._backend.painted(areas, at.over, budget))

    def _follow_the_place(self, at: Reach) -> None:
        """Paint where the widget is now: nobody tells it that it was moved, only of a new size."""
        if self._wanted is not None and self._wanted.viewport.cells == at.size:
            self._flush()

    def cover(self) -> None:
        """Take pictures away: something is drawn over the widget, or it leaves the screen."""
        at = reach(self._widget)
        if at is None or not at.over:
            self.clean_cells.forget()
        if at is not None and at.live and (not self._covered or at.over != self._under):
            self._covered = True
            self._under = at.over
            self._sent(at, self._backend.cover(at.over))
            if self._backend.covered:
                self._timer.resume()

    def _uncover(self) -> None:
        """Bring pictures back once nothing is over them, whoever drew what last."""
        at = reach(self._widget)
        if at is not None and at.bare and self._fits(at):
            self._covered = False
            self._lay(at, [])

    def _look_under(self) -> None:
        """Have the rows painted again if what was over them is gone, but not from the screen.

        Textual decides what to paint from the last layout, and anything that asks for a widget's
        size may have renewed that in the meantime.
        """
        at = reach(self._widget)
        if at is None or not (at.bare or at.over):
            self._timer.pause()
        elif at.bare:
            Widget.refresh(self._widget)

    def close(self) -> None:
        """Free what the terminal stores: the widget is going away."""
        self._timer.stop()
        at = reach(self._widget, gone=True)
        # When the program ends, the driver frees what was stored as it leaves the screen.
        if at is not None and at.live and (data := self._backend.close()):
            at.write(data)
        if self._link is not None:
            self._link.leave(self._echo)
