"""Writing to a real pseudo-terminal: at once where it can, always in order, never waiting."""

from __future__ import annotations

import os
import pty
import threading
import tty
from collections.abc import Iterator
from typing import TextIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prelabel_tui.imaging.terminal import output
from prelabel_tui.imaging.terminal.output import TerminalOutput


class Line:
    """A pseudo-terminal: the program's end as a file, and what arrives at the other."""

    def __init__(self) -> None:
        self.far, near = pty.openpty()
        tty.setraw(near)
        self.file: TextIO = os.fdopen(near, "w", encoding="utf-8")

    def read(self, count: int) -> bytes:
        """Exactly so many bytes; waits for them."""
        got = b""
        while len(got) < count:
            got += os.read(self.far, count - len(got))
        return got

    def close(self) -> None:
        self.file.close()
        os.close(self.far)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_a_short_write_is_there_without_a_thread(line: Line) -> None:
    out = TerminalOutput(line.file)  # never started
    out.write("a box, \N{UPPER HALF BLOCK}")
    assert line.read(10) == "a box, ▀".encode()
    assert os.get_blocking(line.file.fileno()), "others share it"


def test_a_terminal_that_reads_nothing_holds_nobody_up_and_loses_nothing(line: Line) -> None:
    out = TerminalOutput(line.file)
    out.start()
    texts = ["▀" * 300_000, "then this", "▄" * 300_000, "and this"]
    for text in texts:  # far more than a pseudo-terminal holds
        out.write(text)
    whole = "".join(texts).encode()
    assert line.read(len(whole)) == whole
    out.write("at once again")
    assert line.read(13) == b"at once again"
    out.stop()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.sampled_from([1, 50, 5_000, 70_000]), min_size=1, max_size=25))
def test_whatever_is_written_arrives_in_order(line: Line, sizes: list[int]) -> None:
    texts = [chr(ord("a") + number) * size for number, size in enumerate(sizes)]
    arrived: list[bytes] = []
    reader = threading.Thread(target=lambda: arrived.append(line.read(sum(sizes))))
    reader.start()
    out = TerminalOutput(line.file)
    out.start()
    for text in texts:
        out.write(text)
    out.stop()
    reader.join()
    assert arrived == ["".join(texts).encode()]


def test_without_a_second_way_the_thread_writes(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int) -> str:
        raise PermissionError("another user's terminal")

    monkeypatch.setattr(output.os, "ttyname", refuse)
    out = TerminalOutput(line.file)
    out.write("waits for the thread")
    out.start()
    assert line.read(20) == b"waits for the thread"
    out.stop()


def test_a_terminal_that_has_gone_neither_raises_nor_blocks() -> None:
    line = Line()
    out = TerminalOutput(line.file)
    out.start()
    os.close(line.far)
    for _ in range(100):
        out.write("to nobody")
    out.stop()
    line.file.close()
