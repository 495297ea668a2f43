"""The way to the terminal is measured by an echo and a few KB, as `doctor` shows it."""

from __future__ import annotations

import os
import pty
import select
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from prelabel_tui.imaging.terminal.replies import TerminalAnswers
from prelabel_tui.imaging.terminal.terminal import Terminal

ASKED = b"\x1b[6n"


@contextmanager
def answering(rate: float, delay: float, answer: bytes = b"\x1b[5;1R") -> Iterator[Terminal]:
    """A terminal behind a link of so many bytes per second; ``delay``: seconds there and back."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    over = threading.Event()

    def work() -> None:
        got = b""
        while not over.is_set():
            if not select.select([master], [], [], 0.05)[0]:
                continue
            data = os.read(master, 1024)
            time.sleep(len(data) / rate)
            got += data
            if ASKED in got:
                got = got.split(ASKED, 1)[1]
                time.sleep(delay)
                os.write(master, answer)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        terminal = Terminal({"TERM": "xterm"}, slave, slave)
        terminal.answers = TerminalAnswers(attributes=(62,))
        yield terminal
    finally:
        over.set()
        thread.join()
        os.close(master)
        os.close(slave)


def test_a_slow_link_is_told_from_a_fast_one() -> None:
    with answering(rate=100_000, delay=0.05) as terminal:
        trip = terminal.measure_link()
        assert trip is not None
        assert trip >= 0.05
        assert terminal.link_rate is not None
        assert terminal.link_rate <= 110_000
    with answering(rate=1e9, delay=0.0) as terminal:
        assert terminal.measure_link() is not None
        assert terminal.link_rate is not None
        assert terminal.link_rate > 110_000


def test_keys_that_come_meanwhile_are_kept() -> None:
    with answering(rate=1e9, delay=0.0, answer=b"q\x1b[5;1R") as terminal:
        assert terminal.measure_link() is not None
        assert set(terminal.typed) == {"q"}


@pytest.mark.parametrize("answer", [b"", b"\x1b[?62c", b"\x1b[999", b"\xff\xfe"])
def test_a_terminal_that_does_not_say_is_not_measured(answer: bytes) -> None:
    with answering(rate=1e9, delay=0.0, answer=answer) as terminal:
        assert terminal.measure_link(patience=0.1) is None
        assert terminal.link_rate is None


def test_one_that_has_not_answered_anything_is_not_asked() -> None:
    with answering(rate=1e9, delay=0.0) as terminal:
        terminal.answers = TerminalAnswers()
        assert terminal.measure_link() is None
