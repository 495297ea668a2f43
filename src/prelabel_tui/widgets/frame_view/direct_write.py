"""Writes to the terminal past Textual's compositor, in order with its frames.

Everything that is not Textual's public interface is in :func:`reach` and :class:`LateStrip`; a
test fails when a new Textual changes it.  ``docs/design/direct-writes.md`` explains it all.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from prelabel_tui.imaging.backends.base import Area, Run
from prelabel_tui.imaging.cells.colour_codes import PALETTE, colour_code
from prelabel_tui.imaging.terminal.kitty_protocol import images_first
from prelabel_tui.imaging.terminal.replies import WHERE_IS_THE_CURSOR
from prelabel_tui.imaging.terminal.text_layer import OpaqueStrip
from prelabel_tui.widgets.frame_view.flow_control import FlowControl

_SCREEN = "\x1b[?1049h"
"""How Textual enters its own screen: at the start, and after it was suspended."""

_BEGIN = "\x1b[?2026h"
_END = "\x1b[?2026l"


@dataclass(frozen=True)
class Reach:
    """What a widget needs to write directly; valid only for this moment."""

    place: tuple[int, int]
    """Screen column and row of the widget's top left."""
    size: tuple[int, int]
    """Columns and rows of the widget."""
    screen: tuple[int, int]
    """Columns and rows of the terminal."""
    live: bool
    """Whether there is a terminal."""
    bare: bool
    """Whether all of the widget is on the screen with nothing over it, and writing is allowed."""
    over: tuple[Area, ...]
    """Where something is drawn over it; empty with ``bare`` false: anywhere."""
    write: Callable[[str], None]
    """Queues text behind everything that Textual has written."""
    synchronized: bool
    """Whether the terminal knows synchronized output."""
    listen: Callable[[Callable[[], None], Callable[[], None]], None]
    """Have one function called, in the input thread, at each cursor report, and another whenever
    the application starts on an empty screen."""


def reach(widget: Widget, *, gone: bool = False) -> Reach | None:
    """Gather the private parts of Textual 8.2, all of them; None while the widget has no place.

    ``gone``: the widget is being removed, and only wants to write.
    """
    app = widget.app
    driver = app._driver
    if driver is None:
        return None

    def listen(heard: Callable[[], None], emptied: Callable[[], None]) -> None:
        passed_on = driver.process_message
        written = driver.write

        def write(data: str) -> None:
            if data.startswith(_SCREEN):
                emptied()
            written(data)

        def process(message: Message) -> None:
            if isinstance(message, events.CursorPosition):
                heard()
            passed_on(message)

        # Heard in the input thread: a report's time is what is measured, and in the application's
        # message queue it would wait behind keys.
        driver.process_message = process  # type: ignore[method-assign]
        driver.write = write  # type: ignore[method-assign]

    live = not driver.is_headless and bool(app._running) and not app._closed
    if gone:
        nowhere = (0, 0)
        sync = app._sync_available
        return Reach(nowhere, nowhere, nowhere, live, False, (), driver.write, sync, listen)
    if not widget.is_attached:
        return None
    screen = widget.screen
    compositor = screen._compositor
    # As last laid out.  `compositor.full_map`, `widget.size` and `widget.region` may lay out anew,
    # and what disappeared since is then never painted over: the next layout sees no difference.
    geometry = (compositor._visible_map or {}).get(widget) or compositor._full_map.get(widget)
    if geometry is None:
        return None
    region = geometry.region
    # If in any doubt it is not bare, and Textual paints: that is slower, never wrong.
    bare = (
        live
        and app.screen is screen
        and not app._batch_count
        and region == geometry.visible_region
        and not widget.styles.gutter
        and screen.size.region.contains_region(region)
    )
    over: list[Area] = []
    if bare:
        for other, other_geometry in compositor.layers:  # topmost first
            if other is widget:
                break
            if other.visible and other_geometry.visible_region.overlaps(region):
                shared = other_geometry.visible_region.intersection(region)
                left, top = shared.x - region.x, shared.y - region.y
                over.append((left, top, left + shared.width, top + shared.height))
    return Reach(
        place=(region.x, region.y),
        size=(region.width, region.height),
        screen=(screen.size.width, screen.size.height),
        live=live,
        bare=bare and not over,
        over=tuple(over),
        write=driver.write,
        synchronized=app._sync_available,
        listen=listen,
    )


class Link:
    """One application's link to its terminal: how full it is, and who waits for room."""

    def __init__(self, at: Reach) -> None:
        self.flow = FlowControl()
        self._heard: deque[float] = deque()
        self._waiting: list[Callable[[], None]] = []
        self.screens = 0
        """How often the application has started on an empty screen."""
        at.listen(self._on_report, self._on_empty)
        at.write(WHERE_IS_THE_CURSOR)  # so short that its answer shows the delay of an empty link
        self.flow.sent(len(WHERE_IS_THE_CURSOR))

    def join(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called, in the input thread, when the terminal answers."""
        self._waiting.append(wake)

    def leave(self, wake: Callable[[], None]) -> None:
        """Stop calling a function."""
        if wake in self._waiting:
            self._waiting.remove(wake)

    def collect(self) -> None:
        """Pass the answers heard to flow control; on the interface's thread."""
        while self._heard:
            self.flow.answered(self._heard.popleft())

    def _on_empty(self) -> None:
        self.screens += 1

    def _on_report(self) -> None:
        self._heard.append(time.monotonic())
        for wake in tuple(self._waiting):
            wake()


_links: WeakKeyDictionary[App[object], Link] = WeakKeyDictionary()


def link_of(at: Reach, app: App[object]) -> Link:
    """Return the link of an application: all of its views share it."""
    link = _links.get(app)
    if link is None:
        link = _links[app] = Link(at)
    return link


def send(at: Reach, data: str) -> int:
    """Write text as one update of the screen, with an echo; return how many bytes that was."""
    if at.synchronized:
        images, data = images_first(data)
        data = f"{images}{_BEGIN}{data}{_END}"
    # After the end: the answer then means that the update is on the screen, not just read.
    data += WHERE_IS_THE_CURSOR
    at.write(data)
    return len(data.encode())


Runs = Sequence[Run]


class LateStrip(OpaqueStrip):
    """A row, or a piece of one, whose segments are made only if Textual really draws it.

    The compositor asks a widget for all of its rows whenever anything on the screen changes, and
    draws few of them.  ``make`` returns the row's runs; ``emit`` the terminal sequences for its
    columns from one to another.
    """

    __slots__ = ("_emit", "_made", "_make", "_start")

    def __init__(
        self, make: Callable[[], Runs], width: int, emit: Callable[[int, int], str], start: int = 0
    ) -> None:
        self._make = make
        self._emit = emit
        self._start = start
        self._made: list[Segment] | None = None
        super().__init__((), width)

    @property
    def _segments(self) -> list[Segment]:
        if self._made is None:
            self._made = [
                Segment(text, Style(color=_colour(fg), bgcolor=_colour(bg)))
                for text, fg, bg in piece(self._make(), self._start, self._start + self.cell_length)
            ]
        return self._made

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        if segments:
            self._made = segments

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return a piece, made late as well."""
        start = max(0, start)
        end = self.cell_length if end is None else min(end, self.cell_length)
        if start == 0 and end == self.cell_length:
            return self
        width = max(0, end - start)
        return LateStrip(self._make, width, self._emit, self._start + start)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return pieces, made late as well."""
        ends = list(cuts)
        return [self.crop(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    def render(self, console: Console) -> str:
        """Return terminal sequences: fewer bytes than Rich's where the colours do not change."""
        return self._emit(self._start, self._start + self.cell_length)


def piece(runs: Runs, start: int, end: int) -> list[Run]:
    """Columns ``start`` to ``end`` (exclusive) of a row."""
    out: list[Run] = []
    place = 0
    for text, fg, bg in runs:
        part = text[max(0, start - place) : max(0, end - place)]
        if part:
            out.append((part, fg, bg))
        place += len(text)
    return out


def _colour(packed: int) -> Color:
    number = PALETTE.get(packed)
    if number is not None:
        return Color.from_ansi(number)
    return Color.from_rgb(packed >> 16, packed >> 8 & 255, packed & 255)


def compact(runs: Runs) -> str:
    """Return runs of cells as terminal sequences; no colour is set twice."""
    out = []
    pen_f = pen_b = -1
    for text, fg, bg in runs:
        codes = []
        if fg != pen_f and not text.isspace():
            codes.append(f"38;{colour_code(fg)}")
            pen_f = fg
        if bg != pen_b:
            codes.append(f"48;{colour_code(bg)}")
            pen_b = bg
        out.append(f"\x1b[{';'.join(codes)}m{text}" if codes else text)
    return "".join(out) + "\x1b[m"
