"""A terminal for tests: Textual writes into pyte, and answers come back as a terminal's do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pyte
from textual.app import App
from textual.driver import Driver
from textual.events import CursorPosition, Resize
from textual.geometry import Size
from textual.pilot import Pilot

from prelabel_tui.imaging.terminal.kitty_protocol import farewell
from prelabel_tui.imaging.terminal.sparing_app import SparingApp

Cell = tuple[str, ...]

_ASKED = "\x1b[6n"
_UNKNOWN = re.compile(r"\x1b\[[<>=][\d;]*[a-zA-Z]|\x1b\[\?\d+\$p|\x1b\]22;[^\x07\x1b]*\x1b\\")
"""Sequences that pyte would print: keyboard protocols, mode questions, pointer shapes."""


class Screen(pyte.Screen):
    """pyte with the behaviour of real terminals that it lacks."""

    def set_margins(self, *args: Any, **kwargs: Any) -> None:
        """Private variants of this sequence are other things."""
        if not kwargs.get("private"):
            super().set_margins(*args, **kwargs)

    def report_device_status(self, mode: int, **kwargs: Any) -> None:
        """Answers are given by the driver."""


class TestTerminal:
    """Cells that a terminal of a size shows after all that was written."""

    __test__ = False

    def __init__(self, width: int, height: int) -> None:
        self.screen = Screen(width, height)
        self._stream = pyte.Stream(self.screen)
        self.written = 0
        self.log: list[str] = []

    def feed(self, text: str) -> int:
        """Take text; how many cursor reports it asked for."""
        self.written += len(text.encode())
        self.log.append(text)
        self._stream.feed(_UNKNOWN.sub("", text))
        return text.count(_ASKED)

    def clear(self) -> None:
        """The application's screen was left, and is entered again."""
        self.screen.reset()

    def resize(self, width: int, height: int) -> None:
        """The window has another size."""
        self.screen.resize(height, width)

    def cell(self, column: int, row: int) -> Cell:
        """What is seen in a cell: block characters as the colours of their dots."""
        return seen(self.screen.buffer[row][column])

    def region(self, column: int, row: int, width: int, height: int) -> list[list[Cell]]:
        """Cells of a rectangle, row by row."""
        return [
            [self.cell(x, y) for x in range(column, column + width)]
            for y in range(row, row + height)
        ]


def _blocks() -> dict[str, int]:
    """Block characters as twelve dots, two across and six down: bit 0 is the top left."""
    known = {}
    for bits, character in enumerate(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"):
        known[character] = sum(
            1 << (2 * row + column)
            for row in range(6)
            for column in range(2)
            if bits >> (2 * (row // 3) + column) & 1
        )
    code = 0x1FB00
    for bits in range(1, 63):
        if bits in (21, 42):
            continue
        known[chr(code)] = sum(
            1 << (2 * row + column)
            for row in range(6)
            for column in range(2)
            if bits >> (2 * (row // 2) + column) & 1
        )
        code += 1
    return known


_BLOCKS = _blocks()


def seen(char: Any) -> Cell:
    """A cell's look: two characters that look the same give the same."""
    fg, bg = (char.bg, char.fg) if char.reverse else (char.fg, char.bg)
    dots = _BLOCKS.get(char.data)
    if dots is None:
        return (char.data, fg, bg)
    return tuple(fg if dots >> dot & 1 else bg for dot in range(12))


class TerminalDriver(Driver):
    """A driver that is not headless: Textual really writes."""

    terminal: TestTerminal
    answer: Callable[[], None] | None = None

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        asked = self.terminal.feed(data)
        loop = asyncio.get_running_loop()
        for _ in range(asked):
            loop.call_later(0.001, self._report)

    def _report(self) -> None:
        self.process_message(CursorPosition(0, 0))

    def flush(self) -> None:
        """Nothing is kept back."""

    @property
    def can_suspend(self) -> bool:
        return True

    def start_application_mode(self) -> None:
        self.terminal.clear()
        self.write("\x1b[?1049h")
        if isinstance(self._app, SparingApp) and self._app.terminal is not None:
            self._app.terminal.screens += 1
        size = Size(self.terminal.screen.columns, self.terminal.screen.lines)
        self._app.post_message(Resize(size, size))

    def disable_input(self) -> None:
        """There is no input thread."""

    def stop_application_mode(self) -> None:
        if text := farewell():
            self.write(text)


@asynccontextmanager
async def running(
    app: App[Any], width: int, height: int, terminal: TestTerminal | None = None
) -> AsyncIterator[tuple[Pilot[Any], TestTerminal]]:
    """An app at work on a test terminal."""
    terminal = terminal or TestTerminal(width, height)
    app.driver_class = type("Driver", (TerminalDriver,), {"terminal": terminal})
    app._sync_available = True
    ready, over = asyncio.Event(), asyncio.Event()
    pilots: list[Pilot[Any]] = []

    async def work(pilot: Pilot[Any]) -> None:
        pilots.append(pilot)
        ready.set()
        await over.wait()

    task = asyncio.create_task(app.run_async(size=(width, height), mouse=False, auto_pilot=work))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
        raise AssertionError("the app ended before it was ready")
    try:
        with app._context():
            yield pilots[0], terminal
    finally:
        app.exit()
        over.set()
        await task


def resize(app: App[Any], terminal: TestTerminal, width: int, height: int) -> None:
    """The terminal's window changes its size, and tells."""
    terminal.resize(width, height)
    size = Size(width, height)
    app.post_message(Resize(size, size))
