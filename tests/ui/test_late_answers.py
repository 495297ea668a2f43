"""Answers of the terminal, of any delay, are never keys and never hold up the first paint."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from prelabel_tui.imaging.terminal.driver import TEXTUAL_TESTED

APP = Path(__file__).parent / "answering_app.py"

REPLIES = (
    ("\x1b_Gi=4211", "\x1b_Gi=4211;OK\x1b\\"),
    ("\x1b[>0q", "\x1bP>|kitty(0.26.5)\x1b\\"),
    ("\x1b[16t", "\x1b[6;20;10t"),
    ("\x1b[14t", "\x1b[4;800;1200t"),
    ("\x1b[?1;1;0S", "\x1b[?1;0;256S"),
    ("\x1b[?2026$p", "\x1b[?2026;2$y"),
    ("\x1b[?2048$p", "\x1b[?2048;0$y"),
    ("\x1b[6n", "\x1b[2;1R"),
    ("\x1b[c", "\x1b[?62;4c"),
)
HOSTILE = (
    "\x1bP>|kit\x1b[A" "\x1b_Gi=4211;O\x1b[B" "\x1b[6;20;\x1b[C" "\x1b[?62;4\x1b[D"
    "\x1b]11;rgb:ff/00\x1b[H" "\x1b[4;800;1200t\x1b[4;800;1200t\x1b[?2;0;9S\x1b[>41;379;0c"
    "\x1b]11;rgb:ff/00/00\x07\x1b[12;40R\x1b[0n"
)  # fmt: skip
"""Answers cut short by keys, repeated, and to questions that nobody asked."""


class Run:
    """The application in a pseudo-terminal that answers each question ``delay`` seconds later."""

    def __init__(self, delay: float | None, cut: int | None = None) -> None:
        self.delay = delay
        self.cut = cut
        self.shown = ""
        self._due: list[tuple[float, bytes]] = []
        self._scanned = 0
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        environ = {key: value for key, value in os.environ.items() if key not in HIDDEN}
        self.process = subprocess.Popen(
            [sys.executable, str(APP)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
            start_new_session=True,
        )

    def pump(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            while self._due and self._due[0][0] <= now:
                os.write(self.master, self._due.pop(0)[1])
            if select.select([self.master], [], [], 0.005)[0]:
                try:
                    self.shown += os.read(self.master, 65536).decode("utf-8", "replace")
                except OSError:
                    return
                self._answer()

    def _answer(self) -> None:
        if self.delay is None:
            return
        text = self.shown[self._scanned :]
        found = sorted(
            (match.start(), reply)
            for question, reply in REPLIES
            for match in re.finditer(re.escape(question), text)
        )
        if not found:
            return
        self._scanned = len(self.shown)
        due = time.monotonic() + self.delay
        if self._due:  # a terminal sends one answer after the other
            due = max(due, self._due[-1][0] + 0.02)
        data = "".join(reply for _, reply in found).encode()
        step = self.cut or len(data)
        for number, start in enumerate(range(0, len(data), step)):
            self._due.append((due + 0.02 * number, data[start : start + step]))

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        until = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < until, self.shown
            self.pump(0.02)

    def type(self, keys: str, seconds: float = 0.1) -> None:
        """``keys``: bytes that are no UTF-8 as lone surrogates."""
        os.write(self.master, keys.encode("utf-8", "surrogateescape"))
        self.pump(seconds)

    def report(self) -> dict[str, Any]:
        self.wait_for("END")
        self.process.wait(10)
        match = re.search(r"REPORT(.*?)END", self.shown)
        assert match is not None
        found: dict[str, Any] = json.loads(match[1])
        return found

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


HIDDEN = ("TMUX", "STY", "TERM_PROGRAM", "SSH_CONNECTION", "SSH_TTY", "COLORTERM")


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.12, 0.35, 2.0])
def test_answers_of_any_delay_are_not_keys(delay: float) -> None:
    run = Run(delay)
    try:
        run.wait_for("ready")
        run.type("a")
        run.pump(delay)
        run.type("\x1b[57441;2u")  # Shift, as kitty tells
        run.type("b\x1b[A")
        run.type("\x1b", 0.4)
        run.pump(0.3)
        run.type("q")
        report = run.report()
    finally:
        run.close()
    assert report["keys"] == ["a", "b", "up", "escape", "q"]
    assert report["version"] == "kitty(0.26.5)"
    assert report["complete"]
    assert report["cell"] == [10, 20]
    assert report["synchronized"] is True
    assert report["late"] == "kitty"


def test_answers_in_pieces_are_not_keys() -> None:
    run = Run(0.05, cut=3)
    try:
        run.wait_for("ready")
        run.pump(1.0)
        run.type("q")
        report = run.report()
    finally:
        run.close()
    assert report["keys"] == ["q"]
    assert report["late"] == "kitty"


def test_answers_cut_short_by_keys_leave_the_keys() -> None:
    run = Run(0.0)
    try:
        run.wait_for("ready")
        run.type(HOSTILE, 0.3)
        run.type("q")
        report = run.report()
    finally:
        run.close()
    assert report["keys"] == ["up", "down", "right", "left", "home", "q"]


def test_answers_that_come_seconds_late_reach_no_screen_no_line_and_no_paste() -> None:
    run = Run(2.0)
    try:
        run.wait_for("ready")
        run.type("o", 0.3)  # another screen
        run.type(":", 0.3)
        run.type("go", 2.0)
        run.type(HOSTILE.replace("\x1b[A", "\x1b[3~").replace("\x1b[B", "\x1b[3~"), 0.2)
        run.type("\x1b[F\x1b[200~to 7", 0.2)  # the rest of a paste is late as well
        run.type("\x1b[201~\x1b[6;20;10t\r", 0.3)
        run.type("q")
        report = run.report()
    finally:
        run.close()
    assert report["lines"] == ["goto 7"]
    assert report["keys"] == [
        *("o", "colon", "delete", "delete", "right", "left", "home", "end", "enter", "q")
    ]


def test_bytes_that_are_no_utf_8_do_not_end_the_program() -> None:
    run = Run(0.0)
    try:
        run.wait_for("ready")
        run.type("a\udcff\udce9b", 0.3)
        run.type("q")
        report = run.report()
    finally:
        run.close()
    assert [key for key in report["keys"] if len(key) == 1] == ["a", "b", "q"]


def test_an_escape_in_a_paste_presses_no_key() -> None:
    run = Run(0.1)
    try:
        run.wait_for("ready")
        run.type("\x1b[200~a\x1b\r\x1b[3~D\x1b\x1b[B\x1bx\x1b[201~", 0.5)
        run.type("\x1b[200~b\x1b", 0.5)  # longer than a key that begins with ESC is waited for
        run.type("\r\x1b[201~", 0.5)
        run.type(":", 0.3)
        run.type("\x1b[200~goto\x1b 7\rD\x1b[201~\r", 0.3)
        run.type("q")
        report = run.report()
    finally:
        run.close()
    assert report["lines"] == ["goto␛ 7"]
    assert report["keys"] == ["colon", "enter", "q"]


def test_answers_that_are_due_at_the_end_do_not_reach_the_shell() -> None:
    run = Run(0.6)
    try:
        run.wait_for("ready")
        run.pump(1.5)
        run.type("eeeq", 0.0)
        run.report()
        run.pump(1.0)
        assert "[2;1R" not in run.shown, "it was echoed"
        assert not select.select([run.slave], [], [], 0)[0]
    finally:
        run.close()


def test_a_terminal_that_answers_nothing_works_and_is_given_back_as_it_was() -> None:
    run = Run(None)
    try:
        os.write(run.master, b"z")  # typed ahead
        run.wait_for("ready")
        run.type("aq")
        report = run.report()
        assert termios.tcgetattr(run.slave)[:4] == run.before[:4]
    finally:
        run.close()
    assert report["keys"] == ["z", "a", "q"]
    assert report["early"] == report["late"] == "cells", "it painted without any answer"
    assert not report["complete"]


def test_a_crash_gives_the_terminal_back() -> None:
    run = Run(0.0)
    try:
        run.wait_for("ready")
        run.type("x", 0.3)
        run.report()
        assert termios.tcgetattr(run.slave)[:4] == run.before[:4]
    finally:
        run.close()


def test_what_the_driver_relies_on_in_textual() -> None:
    """Fails when Textual changes: then read driver.py again and raise TEXTUAL_TESTED."""
    assert version("textual") == TEXTUAL_TESTED
    from textual._xterm_parser import XTermParser
    from textual.driver import Driver
    from textual.drivers._writer_thread import WriterThread
    from textual.drivers.linux_driver import LinuxDriver

    parser = XTermParser()
    assert [message.key for message in parser.feed("a")] == ["a"]  # type: ignore[attr-defined]
    assert list(parser.feed("\x1b")) == []
    assert parser._timeout_time is not None
    parser._timeout_time = 0.0
    assert [message.key for message in parser.tick()] == ["escape"]  # type: ignore[attr-defined]
    reading = LinuxDriver.run_input_thread.__code__.co_names
    assert {"fileno", "exit_event", "_debug", "feed", "tick"} <= {*reading}
    assert "attrs_before" in LinuxDriver.stop_application_mode.__code__.co_names
    assert "WriterThread" in LinuxDriver.start_application_mode.__code__.co_names
    uses = {name for name in WriterThread.__dict__ if not name.startswith("_")}
    assert uses == {"write", "run", "stop", "isatty", "fileno", "flush"}
    assert "send_message" in Driver.process_message.__code__.co_names
