"""Bytes between a session's pseudo-terminal and a client, with back-pressure both ways.

A client that does not read stops its own session, since the terminal's small buffer fills and the
session's writes wait; nothing is kept here beyond one read.  A session that does not read stops
its client.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import struct
import termios
import tty
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_AT_ONCE: Final = 1 << 16
"""Bytes that are read before others have their turn."""

_MOST_WAITING: Final = 1 << 16
"""Bytes of input that wait for the session before the client is told to stop."""

_WIDEST, _HIGHEST, _MOST_PIXELS = 1_000, 400, 0xFFFF
"""Cells, and pixels: what a client says beyond that is cut to it."""


@dataclass(frozen=True)
class Size:
    """A terminal's size in cells, and in pixels where it says so (else 0)."""

    columns: int
    rows: int
    width: int = 0
    height: int = 0

    @property
    def within_reason(self) -> Size:
        """The size, with what no screen has cut off; 80×24 for a terminal that does not say."""
        return Size(
            min(self.columns, _WIDEST) or 80,
            min(self.rows, _HIGHEST) or 24,
            min(self.width, _MOST_PIXELS),
            min(self.height, _MOST_PIXELS),
        )


def open_terminal(size: Size) -> tuple[int, int]:
    """Open a pseudo-terminal; return its own end and that of the session.  OSError.

    It neither echoes nor collects lines, so that keys typed ahead of the session are kept.
    """
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    settings = termios.tcgetattr(theirs)
    settings[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    _set_size(ours, size)
    return ours, theirs


def _set_size(terminal: int, size: Size) -> None:
    size = size.within_reason
    cells = struct.pack("HHHH", size.rows, size.columns, size.width, size.height)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, cells)


class PtyPump:
    """Carries bytes for one session.

    ``send`` takes output; ``hold_input`` stops (True) and resumes the client's input; ``on_end`` is
    called once, when the session has closed its end and all that it wrote was sent.
    """

    def __init__(
        self,
        terminal: int,
        send: Callable[[bytes], None],
        hold_input: Callable[[bool], None],
        on_end: Callable[[], None],
    ) -> None:
        self._terminal: int | None = terminal
        self._send = send
        self._hold_input = hold_input
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._input = bytearray()
        self._waits = False
        """Whether input waits until the session takes more."""
        self._held = False
        self._stopped_by: set[str] = set()
        self.bytes_in = 0
        self.bytes_out = 0
        self._loop.add_reader(terminal, self._read)

    # --- output

    def stop_output(self, who: str) -> None:
        """Read nothing more from the session until ``who`` has room again."""
        if not self._stopped_by and self._terminal is not None:
            self._loop.remove_reader(self._terminal)
        self._stopped_by.add(who)

    def resume_output(self, who: str) -> None:
        """Take back what ``who`` said by :meth:`stop_output`."""
        self._stopped_by.discard(who)
        if not self._stopped_by and self._terminal is not None:
            self._loop.add_reader(self._terminal, self._read)

    def _read(self) -> None:
        assert self._terminal is not None
        parts: list[bytes] = []
        size, over = 0, False
        while size < _AT_ONCE:
            try:
                data = os.read(self._terminal, _AT_ONCE)
            except BlockingIOError:
                break
            except OSError:  # nobody has the other end open any more
                data = b""
            if not data:
                over = True
                break
            parts.append(data)
            size += len(data)
        if parts:
            self.bytes_out += size
            self._send(b"".join(parts))
        if over:
            self.close()
            self._on_end()

    # --- input

    def feed(self, data: bytes) -> None:
        """Pass on what the client sent."""
        self.bytes_in += len(data)
        self._input += data
        self._write()

    def _write(self) -> None:
        if self._terminal is None:
            return
        while self._input:
            try:
                written = os.write(self._terminal, self._input)
            except BlockingIOError:
                if not self._waits:
                    self._loop.add_writer(self._terminal, self._write)
                    self._waits = True
                break
            except OSError:  # it has ended; reading says so
                self._input.clear()
                break
            del self._input[:written]
        if self._waits and not self._input:
            self._loop.remove_writer(self._terminal)
            self._waits = False
        waits = len(self._input) > _MOST_WAITING or (self._held and bool(self._input))
        if waits != self._held:
            self._held = waits
            self._hold_input(waits)

    def resize(self, size: Size) -> None:
        """Give the terminal another size; the session is told by a signal."""
        if self._terminal is not None:
            with contextlib.suppress(OSError):
                _set_size(self._terminal, size)

    # --- end

    def close(self) -> None:
        """Close the terminal: a session that is still there is hung up on."""
        terminal, self._terminal = self._terminal, None
        if terminal is not None:
            self._loop.remove_reader(terminal)
            self._loop.remove_writer(terminal)
            os.close(terminal)
