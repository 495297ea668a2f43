"""What a command that may take long shows and obeys: a line of progress, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_EVERY_S: Final = 0.1


class Interrupted(Exception):
    """Ctrl-C was pressed: raised by :meth:`Progress.show`, between two steps of the work."""


class Progress:
    """A line on standard error that says how far the work is, while somebody looks at it."""

    def __init__(self, visible: bool) -> None:
        self._visible = visible
        self._last: tuple[str, float] = ("", 0.0)
        self.interrupted = False

    def show(self, what: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is being done, and how much of it is done.  Interrupted."""
        if self.interrupted:
            raise Interrupted
        now = time.monotonic()
        if self._visible and (what != self._last[0] or now - self._last[1] >= _EVERY_S):
            self._last = what, now
            far = "…" if done is None else f": {done}" + (f" of {total}" if total else "")
            self._write(f"\r{what}{far}\x1b[K")

    def clear(self) -> None:
        """Take the line away."""
        if self._visible and self._last[0]:
            self._write("\r\x1b[K")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def progress() -> Iterator[Progress]:
    """Progress for the work in the block.  A second Ctrl-C ends the program at once."""
    shown = Progress(sys.stderr.isatty())
    before = signal.getsignal(signal.SIGINT)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        shown.interrupted = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield shown
    finally:
        signal.signal(signal.SIGINT, before)
        shown.clear()
