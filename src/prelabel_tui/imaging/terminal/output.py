"""What goes to the terminal: at once if there is room, else through a thread, in order."""

from __future__ import annotations

import os
import select
import threading
from queue import Queue
from typing import Final, TextIO

_MOST_WAITING: Final = 30
"""How many writes may wait for the terminal before the next one blocks."""


class TerminalOutput(threading.Thread):
    """Takes the place of Textual's ``WriterThread``.

    Handing over to a thread costs some tenths of a millisecond, a large part of the time from a
    key to its bytes.  So a write goes straight to the terminal, through a second, non-blocking
    file descriptor; the thread writes only what the terminal had no room for.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(daemon=True, name="terminal-output")
        self._fd = file.fileno()
        self._encoding = file.encoding
        self._errors = file.errors or "strict"
        self._direct = _second_way(self._fd)
        self._queue: Queue[bytes | None] = Queue(_MOST_WAITING)
        self._order = threading.Lock()
        self._queued = 0
        self._done = 0

    def write(self, text: str) -> None:
        """Write text after everything written before.  Waits only while the queue is full."""
        data = text.encode(self._encoding, self._errors)
        with self._order:
            if self._queued == self._done:
                data = data[self._at_once(data) :]
                if not data:
                    return
            self._queued += 1
            self._queue.put(data)

    def _at_once(self, data: bytes) -> int:
        if self._direct is None:
            return 0
        try:
            return os.write(self._direct, data)
        except OSError:  # no room, or no terminal any more: left to the thread
            return 0

    def run(self) -> None:
        """Write what is queued."""
        while (data := self._queue.get()) is not None:
            self._write_all(data)
            self._done += 1

    def _write_all(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:  # somebody else made the terminal non-blocking
                select.select([], [self._fd], [])
            except OSError:
                return  # the terminal is gone, and a signal is about to say so

    def stop(self) -> None:
        """Stop the thread once everything is written."""
        self._queue.put(None)
        self.join()
        if self._direct is not None:
            os.close(self._direct)
            self._direct = None


def _second_way(fd: int) -> int | None:
    """Open the same terminal again, without blocking; None where it cannot be opened.

    A flag on ``fd`` itself would apply to every process that shares it.
    """
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
    try:
        second = os.open(os.ttyname(fd), flags)
    except OSError:
        return None
    if os.fstat(second).st_rdev != os.fstat(fd).st_rdev:
        os.close(second)
        return None
    return second
