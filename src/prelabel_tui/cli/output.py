"""Standard streams that may be full, closed, or a pipe that nobody reads any more."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from typing import Final, NoReturn

CANNOT_BE_WRITTEN: Final = os.EX_IOERR
"""Exit code where standard output is full or closed."""

NOBODY_READS: Final = 128 + signal.SIGPIPE
"""Exit code where it is a pipe whose reader went away, as after ``| head``; nothing is said."""


class OutputLost(Exception):
    """Standard output did not take what was written to it."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.errno = error.errno


class _Output(io.FileIO):
    def write(self, data: bytes) -> int | None:  # type: ignore[override]
        try:
            return super().write(data)
        except OSError as error:
            raise OutputLost(error) from error


class _Errors(io.FileIO):
    def write(self, data: bytes) -> int | None:  # type: ignore[override]
        with contextlib.suppress(OSError):
            return super().write(data)
        return len(data)  # there is nowhere to say that it was lost


def guard_streams() -> None:
    """Raise OutputLost, not OSError, where standard output fails; lose what standard error does.

    Standard input that is closed is empty.  Characters that the encoding does not have are written
    as escapes.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    else:
        sys.stderr = _text(_Errors(2, "w", closefd=False), sys.stderr.encoding, True)
    if sys.stdout is None:
        raise OutputLost(OSError(errno.EBADF, "it is closed"))
    interactive = sys.stdout.isatty()
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout.encoding, interactive)


def _text(raw: io.FileIO, encoding: str, lines: bool) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=lines
    )


def end_without_output(lost: OutputLost) -> NoReturn:
    """End the program where standard output failed; what a command did before stands."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # takes what is left at the end
    if lost.errno == errno.EPIPE:
        sys.exit(NOBODY_READS)
    sys.stderr.write(f"prelabel-tui: standard output cannot be written: {lost}.\n")
    sys.exit(CANNOT_BE_WRITTEN)
