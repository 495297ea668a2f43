"""The line of progress, and Ctrl-C while a command works."""

from __future__ import annotations

import io
import os
import signal
import sys

import pytest

from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.progress import Cancelled


class Screen(io.StringIO):
    """A terminal that remembers what was written."""

    def isatty(self) -> bool:
        return True


def test_the_line_says_how_far_it_is_and_goes_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress() as shown:
        shown("frames looked at", 1, 40)
        shown("labels read", 2_000)
        shown("entering the run")
    assert screen.getvalue().split("\r")[1:] == [
        "frames looked at: 1 of 40\x1b[K",
        "labels read: 2000\x1b[K",
        "entering the run…\x1b[K",
        "\x1b[K",
    ]


def test_nobody_who_looks_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as shown:
        shown("frames looked at", 1, 40)
    assert capsys.readouterr().err == ""


def test_ctrl_c_stops_at_the_next_step_and_a_second_one_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    with progress() as shown:
        shown("frames looked at", 1, 40)
        os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before, "a second one is not held back"
        with pytest.raises(Cancelled):
            shown("frames looked at", 2, 40)
    assert signal.getsignal(signal.SIGINT) is before
