"""What a command that may take long shows and obeys: a line of progress, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from prelabel_tui.core.progress import Cancelled

_EVERY_S: Final = 0.1


class ProgressLine:
    """A line on standard error that says how far the work is, while somebody looks at it.

    A :class:`~prelabel_tui.core.progress.Progress`; Ctrl-C is what cancels.
    """

    def __init__(self, visible: bool) -> None:
        self._visible = visible
        self._last: tuple[str, float] = ("", 0.0)
        self.interrupted = False

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is being done, and how much of it is done.  Cancelled."""
        if self.interrupted:
            raise Cancelled
        now = time.monotonic()
        if self._visible and (step != self._last[0] or now - self._last[1] >= _EVERY_S):
            self._last = step, now
            far = "…" if done is None else f": {done}" + (f" of {total}" if total else "")
            self._write(f"\r{step}{far}\x1b[K")

    def clear(self) -> None:
        """Take the line away."""
        if self._visible and self._last[0]:
            self._write("\r\x1b[K")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


_begun = False


def work_has_begun() -> bool:
    """Say whether some work was begun that shows its progress, and so may have changed things."""
    return _begun


@contextmanager
def progress() -> Iterator[ProgressLine]:
    """Show the progress of the work in the block.  A second Ctrl-C ends the program at once."""
    global _begun
    _begun = True
    shown = ProgressLine(sys.stderr.isatty())
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
