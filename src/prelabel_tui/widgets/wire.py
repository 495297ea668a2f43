"""Writes to the terminal past Textual's compositor, in order with its frames.

Everything that is not Textual's public interface stands in :func:`reach`; a test fails when a
new Textual changes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widget import Widget

ECHO = "\x1b[6n"
"""Asks the terminal where its cursor is.  Its answer says: all before this has been drawn."""

_BEGIN = "\x1b[?2026h"
_END = "\x1b[?2026l"


@dataclass(frozen=True)
class Reach:
    """What a widget needs to write directly: only valid for this moment."""

    place: tuple[int, int]
    """Screen column and row of the widget's top left."""
    screen: tuple[int, int]
    """Columns and rows of the terminal."""
    bare: bool
    """Whether all of the widget is on the screen with nothing over it, and writing is allowed."""
    write: Callable[[str], None]
    """Queue text behind all that Textual has written."""
    synchronized: bool
    """Whether the terminal knows synchronized output."""
    listen: Callable[[Callable[[], None]], Callable[[], None]]
    """Have a function called, in the input thread, at each cursor report; returns its end."""


def reach(widget: Widget) -> Reach | None:
    """Private parts of Textual 8.2, all of them; None while the widget has no place."""
    app = widget.app
    driver = app._driver
    screen = widget.screen
    compositor = screen._compositor
    if driver is None or widget not in compositor:
        return None
    geometry = compositor.full_map[widget]
    region = geometry.region
    bare = (
        not app.is_headless
        and app.screen is screen
        and not app._batch_count
        and bool(app._running)
        and region == geometry.visible_region
        and region.size == widget.size
        and geometry.visible_region in screen.region
    )
    if bare:
        for other, other_geometry in compositor.layers:  # from the top down
            if other is widget:
                break
            if other_geometry.visible_region.overlaps(region) and other.visible:
                bare = False
                break

    def listen(heard: Callable[[], None]) -> Callable[[], None]:
        passed_on = driver.process_message

        def process(message: Message) -> None:
            if isinstance(message, events.CursorPosition):
                heard()
            passed_on(message)

        driver.process_message = process  # type: ignore[method-assign]

        def stop() -> None:
            driver.process_message = passed_on  # type: ignore[method-assign]

        return stop

    return Reach(
        place=(region.x, region.y),
        screen=(screen.size.width, screen.size.height),
        bare=bare,
        write=driver.write,
        synchronized=app._sync_available,
        listen=listen,
    )


def send(at: Reach, data: str) -> int:
    """Write text as one update of the screen, with an echo; how many bytes that was."""
    if at.synchronized:
        data = f"{_BEGIN}{data}{_END}"
    data += ECHO
    at.write(data)
    return len(data.encode())
