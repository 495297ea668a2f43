"""A real pseudo-terminal with an emulator behind it: drives the installed program by keys."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping

import pexpect
import pyte

KEYS: Mapping[str, str] = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "space": " ",
}


class Timeout(AssertionError):
    """The screen did not come to show what was waited for; the text is the screen."""


class Terminal:
    """A program in a pseudo-terminal of a given size; use as a context manager."""

    def __init__(
        self,
        command: list[str],
        *,
        columns: int = 120,
        lines: int = 40,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.process = pexpect.spawn(
            command[0],
            command[1:],
            dimensions=(lines, columns),
            env={
                # The size is the terminal's own, not one that a test runner exported.
                **{k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")},
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **(env or {}),
            },
            timeout=30,
        )
        # A busy machine takes its time to end a program, even by SIGKILL.
        self.process.ptyproc.delayafterterminate = 0.5
        self.process.delaybeforesend = None
        self.bytes_read = 0
        self.ended = False
        """Whether the program has closed its end: nothing more will come."""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.close(force=True)

    def text(self) -> str:
        """What the screen shows, lines without their trailing blanks."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, seconds: float) -> None:
        """Take what the program writes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                data = self.process.read_nonblocking(65_536, timeout=min(left, 0.05))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                self.ended = True
                return
            self.bytes_read += len(data)
            self._stream.feed(data)

    def wait_for(self, pattern: str, seconds: float = 20.0) -> re.Match[str]:
        """Read until the screen matches a regular expression.  Timeout shows the screen."""
        end = time.monotonic() + seconds
        while True:
            if found := re.search(pattern, self.text()):
                return found
            if self.ended or time.monotonic() > end:
                why = "before the program ended" if self.ended else f"within {seconds} s"
                raise Timeout(f"no {pattern!r} {why} on\n{self.text()}")
            self.read(0.05)

    def wait_gone(self, pattern: str, seconds: float = 20.0) -> None:
        """Read until the screen no longer matches."""
        end = time.monotonic() + seconds
        while re.search(pattern, self.text()):
            if self.ended or time.monotonic() > end:
                raise Timeout(f"still {pattern!r} after {seconds} s on\n{self.text()}")
            self.read(0.05)

    def press(self, *keys: str) -> None:
        """Send keys: names of KEYS, or the characters themselves."""
        for key in keys:
            self.process.send(KEYS.get(key, key))
            self.read(0.03)

    def type(self, text: str) -> None:
        """Send text as typed."""
        self.process.send(text)
        self.read(0.03)

    def wait_exit(self, seconds: float = 20.0) -> int | None:
        """Read until the program ends; its exit status (None when a signal ended it)."""
        end = time.monotonic() + seconds
        while self.process.isalive():
            if time.monotonic() > end:
                raise Timeout(f"still running after {seconds} s:\n{self.text()}")
            self.read(0.05)
        self.process.close()
        status: int | None = self.process.exitstatus
        return status
