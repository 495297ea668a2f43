"""A thin link between a program's pseudo-terminal and the terminal: token bucket and delay.

Like a network's buffers it takes whatever is written to it at once and delivers it late: only a
program that looks after itself keeps it from filling up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_SLICE = 1460
"""Bytes delivered together: a packet."""


class Link:
    """``rate``: bits per second towards the terminal.  ``delay``: seconds each way."""

    def __init__(self, rate: float, delay: float, burst: int = 3000) -> None:
        self._rate = rate / 8
        self._delay = delay
        self._burst = burst
        self._tokens = float(burst)
        self._filled = time.monotonic()
        self._down: deque[bytes] = deque()
        self._flights: deque[tuple[float, Callable[[bytes], object], bytes]] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._deliver_up: Callable[[bytes], object] = len
        self._deliver_down: Callable[[bytes], object] = len
        self._threads = [
            threading.Thread(target=self._shape, daemon=True),
            threading.Thread(target=self._fly, daemon=True),
        ]

    def start(
        self, deliver_up: Callable[[bytes], object], deliver_down: Callable[[bytes], object]
    ) -> None:
        """Begin: keys go to the first function, output to the second."""
        self._deliver_up, self._deliver_down = deliver_up, deliver_down
        for thread in self._threads:
            thread.start()

    def down(self, data: bytes) -> None:
        """Carry output of the program."""
        with self._wake:
            for start in range(0, len(data), _SLICE):
                self._down.append(data[start : start + _SLICE])
            self._wake.notify_all()

    def up(self, data: bytes) -> None:
        """Carry keys and answers: few bytes, so they are only delayed."""
        self._launch(self._deliver_up, data)

    @property
    def queued(self) -> int:
        """Bytes waiting for the link now."""
        with self._wake:
            return sum(map(len, self._down))

    def stop(self) -> None:
        """Deliver nothing more."""
        with self._wake:
            self._open = False
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(2)

    def _launch(self, deliver: Callable[[bytes], object], data: bytes) -> None:
        with self._wake:
            self._flights.append((time.monotonic() + self._delay, deliver, data))
            self._wake.notify_all()

    def _shape(self) -> None:
        while True:
            with self._wake:
                while self._open and not self._down:
                    self._wake.wait()
                if not self._open:
                    return
                data = self._down.popleft()
            while True:
                now = time.monotonic()
                self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
                self._filled = now
                if self._tokens >= len(data):
                    break
                time.sleep((len(data) - self._tokens) / self._rate)
            self._tokens -= len(data)
            self._launch(self._deliver_down, data)

    def _fly(self) -> None:
        while True:
            with self._wake:
                while self._open and not self._flights:
                    self._wake.wait()
                if not self._open:
                    return
                due, deliver, data = self._flights.popleft()
            time.sleep(max(0.0, due - time.monotonic()))
            deliver(data)
