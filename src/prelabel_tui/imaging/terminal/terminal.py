"""The terminal that this process talks to: asked once, early, and never waited for.

The questions go out before the slow imports, so that most terminals have answered when the
application comes up.  The driver (:mod:`prelabel_tui.imaging.terminal.driver`) takes later answers
out of the input stream; they count from then on.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import random
import select
import struct
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Mapping
from typing import Any, Final

from prelabel_tui.imaging.terminal.choose_backend import (
    ENOUGH_BYTES,
    TOO_FEW_BYTES,
    Choice,
    Requested,
    choose,
    name_of,
)
from prelabel_tui.imaging.terminal.inline_protocol import probe
from prelabel_tui.imaging.terminal.replies import (
    CURSOR_REPORT,
    WHERE_IS_THE_CURSOR,
    AnswerFilter,
    PictureRefused,
    TerminalAnswers,
    picture_refused,
    questions,
)

MIN_WIDTH: Final = 80
MIN_HEIGHT: Final = 20
"""The smallest terminal that the application can be used in, in cells.

A usual one of 80×24 has 23 rows inside tmux, and fewer with a split.
"""

_ECHOES: Final = 3
"""Round trips from which the shortest counts."""

_COLOURS: Final = 200, 2_000
"""Colours set, of some 10 bytes each, to see how fast the link is: few, then more if it is."""

_TELLING: Final = 0.05
"""Seconds that say enough of a link's rate."""

_POLL: Final = 0.005
"""Seconds between two looks."""

_SHORTEST: Final = 1e-4
"""Seconds: what takes less cannot be told apart."""

LATEST_SECONDS: Final = 2.0
"""After this long nothing waits for an answer any more."""


class Terminal:
    """One terminal and its answers.

    ``ask`` takes the terminal out of echo and line mode (an answer must not be printed);
    ``restore`` puts it back, and may be called twice.  All methods work without a terminal.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        input_fd: int | None = None,
        output_fd: int | None = None,
    ) -> None:
        self.environ = os.environ if environ is None else environ
        self.answers = TerminalAnswers()
        self.typed = ""
        """Keys that came before the application read any."""
        self.filter = AnswerFilter()
        self.original: list[Any] | None = None
        """The terminal's settings before ``ask``."""
        self.screens = 0
        """How often the application has begun on an empty screen."""
        self.reports_due = 0
        """Questions for the cursor that the driver has written and that were not answered yet."""
        self.link_rate: float | None = None
        """Bytes per second that the link was measured to carry; None until it was."""
        self._carries_pixels = False
        """Whether the link was last found to carry what kitty graphics and sixel take."""
        self._input = _terminal_fd(sys.__stdin__) if input_fd is None else input_fd
        # Textual writes to stderr, so that stdout can be data.
        self._output = _terminal_fd(sys.__stderr__) if output_fd is None else output_fd
        self._asked_at: float | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lock = threading.Lock()
        self._on_refusal: list[Callable[[PictureRefused], None]] = []

    @property
    def present(self) -> bool:
        """Whether input and output are a terminal."""
        return self._input is not None and self._output is not None

    def ask(self) -> None:
        """Send the questions and return at once."""
        text = questions(self.environ)
        if not text or self._input is None or self._output is None:
            return

        try:
            self.original = termios.tcgetattr(self._input)
            quiet = termios.tcgetattr(self._input)
            quiet[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(self._input, termios.TCSANOW, quiet)
            if probe() in text:
                self.filter.expect_cursor()
            os.write(self._output, text.encode("ascii"))
        except (OSError, termios.error):
            self.restore()
            return
        self._asked_at = time.monotonic()
        global _present
        _present = self

    def gather(self, seconds: float = 0.0) -> TerminalAnswers:
        """Read what has come, waiting at most ``seconds`` for the last answer.

        Only while no driver reads the input.  Keys that come with it are kept in ``typed``.
        """
        until = time.monotonic() + seconds
        while self._asked_at is not None and self._input is not None:
            left = 0.0 if self.answers.complete else max(0.0, until - time.monotonic())
            if not select.select([self._input], [], [], left)[0]:
                break
            data = os.read(self._input, 4096)
            if not data:
                break
            self.typed += self.take(self._decoder.decode(data), time.monotonic())
        return self.answers

    def take(self, text: str, now: float) -> str:
        """Note the answers in ``text`` and return what is for the keys."""
        keys, found = self.filter.feed(text, now)
        for answer in found:
            with self._lock:
                self.answers = self.answers.having(answer)
            if (refusal := picture_refused(answer)) is not None:
                for listener in tuple(self._on_refusal):
                    listener(refusal)
        if self.reports_due:
            with self._lock:
                self.reports_due -= min(self.reports_due, len(CURSOR_REPORT.findall(keys)))
        return keys

    def note_written(self, text: str) -> None:
        """Count the questions in what a driver writes."""
        if asked := text.count(WHERE_IS_THE_CURSOR):
            with self._lock:
                self.reports_due += asked

    def wait_for_reports(self, reading: Callable[[], bool]) -> None:
        """Wait, while a driver is ``reading``, until nothing is on its way back.

        What comes after the driver has stopped is typed into the shell.  Waits no longer than
        ``LATEST_SECONDS``.
        """
        until = time.monotonic() + LATEST_SECONDS
        while self.reports_due and reading() and time.monotonic() < until:
            time.sleep(_POLL)

    def on_refusal(self, listener: Callable[[PictureRefused], None]) -> Callable[[], None]:
        """Call ``listener`` (on the input thread) when a picture is refused; return how to stop."""
        self._on_refusal.append(listener)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._on_refusal.remove(listener)

        return end

    def window(self) -> tuple[int, int, int, int] | None:
        """Return the columns, rows, width px, height px that the kernel has now; 0 is unknown."""
        if self._output is None:
            return None

        try:
            raw = fcntl.ioctl(self._output, termios.TIOCGWINSZ, b"\0" * 8)
        except OSError:
            return None
        rows, columns, width, height = struct.unpack("HHHH", raw)
        return columns, rows, width, height

    def choice(self, requested: Requested = "auto") -> Choice:
        """Choose how to show pictures, from what is known now."""
        enough = TOO_FEW_BYTES if self._carries_pixels else ENOUGH_BYTES
        chosen = choose(
            requested, self.answers, self.environ, self.window(), self.link_rate, enough
        )
        if requested == "auto":
            self._carries_pixels = chosen.backend in ("kitty", "sixel")
        return chosen

    @property
    def name(self) -> str:
        """The terminal's own name, as far as it is known now."""
        return name_of(self.answers, self.environ)

    def measure_link(self, patience: float = LATEST_SECONDS) -> float | None:
        """Measure the way to the terminal: the round trip in seconds, and :attr:`link_rate`.

        Only while no driver reads the input, and once the terminal has answered.  None where it
        does not say where its cursor is.  What is written shows nothing: colours and their end.
        """
        if not self.answers.complete or self._output is None:
            return None
        rounds = [took for _ in range(_ECHOES) if (took := self._echo("", patience)) is not None]
        if len(rounds) < _ECHOES:
            return None
        trip = min(rounds)
        for count in _COLOURS:
            colours = random.Random(count).randbytes(count)
            filler = "".join(f"\x1b[48;5;{colour}m" for colour in colours) + "\x1b[m"
            whole = self._echo(filler, patience)
            if whole is None:
                return None
            self.link_rate = len(filler) / max(whole - trip, _SHORTEST)
            if whole - trip > _TELLING:
                break
        return trip

    def _echo(self, text: str, patience: float) -> float | None:
        """Write text and ask for the cursor; return how long the answer took."""
        if self._input is None or self._output is None:
            return None
        begun, answer = time.monotonic(), ""
        _write_all(self._output, f"{text}{WHERE_IS_THE_CURSOR}".encode("ascii"))
        while (found := CURSOR_REPORT.search(answer)) is None:
            left = begun + patience - time.monotonic()
            if left <= 0 or not select.select([self._input], [], [], left)[0]:
                break
            data = os.read(self._input, 4096)
            if not data:
                break
            answer += self._decoder.decode(data)
        now = time.monotonic()
        self.typed += self.take(answer if found is None else found.re.sub("", answer, 1), now)
        return None if found is None else now - begun

    def restore(self) -> None:
        """Give the terminal back as it was.

        Answers still on their way would be printed at the shell's prompt: wait for them, up to
        ``LATEST_SECONDS`` after the questions.
        """
        if self.original is None or self._input is None:
            return

        if self._asked_at is not None:
            with contextlib.suppress(OSError, ValueError):
                self.gather(self._asked_at + LATEST_SECONDS - time.monotonic())
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self._input, termios.TCSANOW, self.original)
        self.original = None


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


_present: Terminal | None = None


def present() -> Terminal | None:
    """Return the terminal that this process has asked; None where there is none, as in tests."""
    return _present


def _terminal_fd(stream: Any) -> int | None:
    try:
        fd: int = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    return fd if os.isatty(fd) else None
