"""A pseudo-terminal to measure a program in: its size, its answers, every byte with its time."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from benchmarks.link import Link

CELL = (10, 20)
"""Pixels of a cell, as the terminal reports them."""

_QUESTIONS = re.compile(
    rb"\x1b\[6n|\x1b\[\?2026\$p|\x1b\[16t|\x1b\[14t|\x1b\[c|\x1b_G[^\x1b]*a=q[^\x1b]*\x1b\\"
)
_LONGEST_QUESTION = 200


@dataclass(frozen=True)
class Answered:
    """What a key brought: bytes, and seconds from the key to the last of them.

    ``work``: processor seconds of the program until it was quiet.
    """

    size: int
    seconds: float
    work: float


class Stage:
    """A program at work in a terminal that draws at once and answers as kitty does.

    ``link``: carries both ways between the two, late and slowly.
    """

    def __init__(
        self,
        command: list[str],
        columns: int,
        rows: int,
        link: Link | None = None,
        cell: tuple[int, int] = CELL,
    ):
        self.columns, self.rows, self.cell = columns, rows, cell
        self.arrived: list[tuple[float, bytes]] = []
        self.written: list[tuple[float, int]] = []
        """When the program wrote, and how many bytes in all by then."""
        self.starved: list[float] = []
        """The program's :meth:`starved_seconds` at each of these."""
        self._lock = threading.Lock()
        self._link = link
        pid, self._fd = pty.fork()
        if pid == 0:
            os.environ.update(
                COLORTERM="truecolor", TERM="xterm-256color", COLUMNS="", PYTHONUNBUFFERED="1"
            )
            os.environ.pop("COLUMNS")
            time.sleep(0.05)  # until the window has its size
            os.execv(sys.executable, [sys.executable, *command])
        self._pid = pid
        size = struct.pack("HHHH", rows, columns, columns * cell[0], rows * cell[1])
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)
        if link is not None:
            link.start(lambda data: os.write(self._fd, data), self._arrive)
        self._unread = b""
        self._open = True
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._open = False
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._thread.join(2)
        if self._link is not None:
            self._link.stop()
        os.close(self._fd)

    def _read(self) -> None:
        while self._open:
            ready, _, _ = select.select([self._fd], [], [], 0.2)
            if not ready:
                continue
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                return
            before = self.written[-1][1] if self.written else 0
            self.starved.append(self.starved_seconds())
            self.written.append((time.monotonic(), before + len(data)))
            if self._link is not None:
                self._link.down(data)
            else:
                self._arrive(data)

    def _arrive(self, data: bytes) -> None:
        """Note bytes that the terminal has drawn."""
        with self._lock:
            self.arrived.append((time.monotonic(), data))
        # A question may come in two pieces.
        text, end = self._unread + data, 0
        for found in _QUESTIONS.finditer(text):
            self._answer(found[0])
            end = found.end()
        self._unread = text[end:][-_LONGEST_QUESTION:]

    def _answer(self, question: bytes) -> None:
        if question == b"\x1b[6n":
            self._type(b"\x1b[1;1R")
        elif question == b"\x1b[?2026$p":
            self._type(b"\x1b[?2026;2$y")

    def _type(self, data: bytes) -> None:
        if self._link is not None:
            self._link.up(data)
        else:
            os.write(self._fd, data)

    # --- what a measurement does

    def key(self, key: str) -> float:
        """Press a key; return when that was."""
        now = time.monotonic()
        self._type(key.encode())
        return now

    def processor_seconds(self) -> float:
        """Return the processor time of the program so far: a busy machine hardly changes it."""
        took = 0
        for thread in Path(f"/proc/{self._pid}/task").iterdir():
            try:
                took += int((thread / "schedstat").read_text().split()[0])
            except OSError:  # it has ended in the meantime
                continue
        return took / 1e9

    def starved_seconds(self) -> float:
        """Return for how long the program's main thread was ready to run but had no core."""
        try:
            fields = Path(f"/proc/{self._pid}/task/{self._pid}/schedstat").read_text().split()
        except OSError:  # it has ended
            return 0.0
        return int(fields[1]) / 1e9

    def mark(self) -> int:
        """Return how many pieces have arrived so far."""
        with self._lock:
            return len(self.arrived)

    def since(self, mark: int) -> list[tuple[float, bytes]]:
        """Return what has arrived since a mark, with times."""
        with self._lock:
            return self.arrived[mark:]

    def wait_answer(self, mark: int, limit: float = 10.0) -> None:
        """Wait until anything has arrived since a mark.  TimeoutError."""
        end = time.monotonic() + limit
        while self.mark() == mark:
            if time.monotonic() > end:
                raise TimeoutError("the program does not answer a key")
            time.sleep(0.002)

    def quiet(self, seconds: float, limit: float = 20.0) -> None:
        """Wait until nothing has arrived for so long."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with self._lock:
                last = self.arrived[-1][0] if self.arrived else 0.0
            if last and time.monotonic() - last >= seconds:
                return
            time.sleep(0.002)
        raise TimeoutError("the program does not come to rest")

    def press(self, key: str, quiet: float = 0.06, silence: float = 0.15) -> Answered:
        """Press a key and wait until the screen is quiet.

        ``silence``: seconds after which a key counts as one that changes nothing.
        """
        mark = self.mark()
        before = self.processor_seconds()
        at = self.key(key)
        time.sleep(0.01)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pieces = self.since(mark)
            now = time.monotonic()
            if pieces and now - pieces[-1][0] >= quiet:
                break
            if not pieces and now - at >= silence:
                break
            time.sleep(0.001)
        pieces = self.since(mark)
        work = self.processor_seconds() - before
        took = pieces[-1][0] - at if pieces else 0.0
        return Answered(sum(len(data) for _, data in pieces), took, work)
