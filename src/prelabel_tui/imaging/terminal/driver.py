"""Textual's driver: the terminal's answers leave its input, and keys take no detours.

Everything private of Textual that concerns the terminal is in :func:`driver_for`;
``TEXTUAL_TESTED`` names the version that it was written against, and a test compares what it
relies on.
"""

from __future__ import annotations

import codecs
import os
import select
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from prelabel_tui.imaging.terminal.kitty_protocol import farewell
from prelabel_tui.imaging.terminal.output import TerminalOutput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.driver import Driver
    from textual.message import Message

    from prelabel_tui.imaging.terminal.terminal import Terminal

TEXTUAL_TESTED: Final = "8.2.8"

_LOOK_S: Final = 0.1
"""Seconds without input after which it is seen that the program ends, and Esc is Esc alone."""


def driver_for(terminal: Terminal) -> type[Driver] | None:
    """Return a driver class for ``App(driver_class=…)``; None (Textual's own) without a tty.

    Its input thread reads the keys typed before it started and drops answers, its settings at
    exit are those from before ``terminal.ask``, and leaving the screen frees every picture that
    was stored in the terminal.  It writes through :class:`TerminalOutput`.
    """
    if not terminal.present or sys.platform == "win32":
        return None
    from textual._keyboard_protocol import MODIFIER_FUNCTIONAL_KEYS
    from textual._xterm_parser import XTermParser
    from textual.drivers import linux_driver
    from textual.drivers._writer_thread import WriterThread
    from textual.events import Key

    alone = MODIFIER_FUNCTIONAL_KEYS | {"caps_lock", "scroll_lock", "num_lock"}

    def real(message: Message) -> bool:
        """Reject the press of a modifier on its own, which only some terminals report."""
        return not (isinstance(message, Key) and message.key.rpartition("+")[2] in alone)

    class AnswerParser(XTermParser):
        """Passes on only keys, as every terminal sends them."""

        def feed(self, data: str) -> Iterable[Message]:
            typed, terminal.typed = terminal.typed, ""
            if keys := typed + terminal.take(data, time.monotonic()):
                yield from filter(real, super().feed(keys))

        def tick(self) -> Iterable[Message]:
            typed, terminal.typed = terminal.typed, ""
            held = terminal.filter.expire(time.monotonic())
            if typed:
                yield from super().feed(typed)
            if held:
                yield from super().feed(held)
                # It has waited here already: do not wait a second time.
                if self._timeout_time is not None:
                    self._timeout_time = 0.0
            yield from super().tick()

    class AnswerDriver(linux_driver.LinuxDriver):
        """Reads its keys through :class:`AnswerParser`."""

        attrs_before: list[Any] | None

        def start_application_mode(self) -> None:
            # The driver makes its writer itself, from this name in its module.
            linux_driver.WriterThread = TerminalOutput  # type: ignore[assignment,attr-defined]
            terminal.screens += 1
            try:
                super().start_application_mode()  # type: ignore[no-untyped-call]
            finally:
                linux_driver.WriterThread = WriterThread  # type: ignore[attr-defined]
            if terminal.original is not None:
                self.attrs_before = terminal.original

        def write(self, data: str) -> None:
            terminal.note_written(data)
            super().write(data)

        def stop_application_mode(self) -> None:
            if text := farewell():
                self.write(text)
            reader = self._key_thread
            if reader is not None:
                terminal.wait_for_reports(reader.is_alive)
            super().stop_application_mode()

        def send_message(self, message: Message) -> None:
            # Straight into the application's queue, without a task in between.
            self._app.post_message(message)

        def run_input_thread(self) -> None:
            # Textual's own loop takes a whole core once the terminal is gone, until the program
            # ends: just when all must be saved.
            parser = AnswerParser(self._debug)
            decode = codecs.getincrementaldecoder("utf-8")("replace").decode
            while not self.exit_event.is_set():
                if select.select([self.fileno], [], [], _LOOK_S)[0]:
                    data = _read(self.fileno)
                    if not data:
                        return  # a signal is about to say so
                    for message in parser.feed(decode(data)):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    return AnswerDriver


def _read(terminal: int) -> bytes:
    """Read what there is to read; nothing once the terminal is gone."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
