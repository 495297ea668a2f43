"""How many bytes may be under way to the terminal, so that none waits long in a queue.

After each write the terminal is asked for its cursor; its answer says that all before has been
drawn.  From the answers' times come the delay of an empty link and the link's rate.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

_QUEUE: Final = 0.02
"""Seconds of bytes that may wait in front of the link: what a key may lag by."""

_CHUNK_TIME: Final = 0.04
_FAST: Final = 4e6
"""Bytes a second from which on a picture is written whole."""

_FIRST: Final = 6 * 1024
_SMALLEST: Final = 1536
_LARGEST: Final = 1 << 20

_DEAF: Final = 2.0
"""A terminal that has not answered for so long, and never has, is not waited for."""

_FORGET: Final = 5.0
"""An answer that is this late got lost."""


_NO_QUEUE: Final = 0.005
_SPAN: Final = 0.02
"""Seconds without a pause that say something of the rate."""


class _Flight(NamedTuple):
    """A write under way: when, its bytes, all bytes under way with it, and whether it was alone."""

    at: float
    size: int
    queued: int
    alone: bool


class Pace:
    """Accounts of what was written and answered.  Lives on one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way: deque[_Flight] = deque()
        self._bytes = 0
        self._empty_delay: float | None = None
        self._rate: float | None = None
        self._window = float(_FIRST)
        self._heard = False
        self._busy_since = 0.0
        self._busy_bytes = 0

    @property
    def window(self) -> int:
        """Bytes that may be under way."""
        return int(self._window)

    @property
    def chunk(self) -> int | None:
        """Bytes to write at once, so that the screen changes every few hundredths of a second.

        None on a link so fast that it does not matter, or not yet known.
        """
        if self._rate is None or self._rate > _FAST:
            return None
        return max(_SMALLEST, int(self._rate * _CHUNK_TIME))

    def sent(self, size: int) -> None:
        """A write of ``size`` bytes with a question at its end went out."""
        alone = not self._under_way
        self._bytes += size
        self._under_way.append(_Flight(self._clock(), size, self._bytes, alone))

    def answered(self, when: float | None = None) -> None:
        """The terminal has drawn the oldest write that is under way."""
        if not self._under_way:
            return
        now = self._clock() if when is None else when
        self._heard = True
        flight = self._under_way.popleft()
        self._bytes -= flight.size
        delay = max(now - flight.at, 0.0)
        if self._empty_delay is None or delay < self._empty_delay:
            self._empty_delay = delay
        self._measure(flight, now)
        if delay - self._empty_delay > _NO_QUEUE:
            if self._rate is not None:
                self._window = self._rate * (self._empty_delay + _QUEUE)
        elif flight.queued >= self._window / 2:
            # The link took it without a queue: how fast it is has still to be found out.
            self._window += flight.size
        self._window = min(max(self._window, _SMALLEST), _LARGEST)

    def _measure(self, flight: _Flight, now: float) -> None:
        """Learn the rate from what arrived while the link had no pause."""
        assert self._empty_delay is not None
        if flight.alone:
            self._busy_since, self._busy_bytes = flight.at + self._empty_delay, 0
        self._busy_bytes += flight.size
        span = now - self._busy_since
        if span < _SPAN:
            return
        rate = self._busy_bytes / span
        queued = now - flight.at - self._empty_delay > _NO_QUEUE
        if self._rate is None or rate > self._rate:
            self._rate = rate
        elif queued:
            self._rate += 0.3 * (rate - self._rate)
        self._busy_since, self._busy_bytes = now, 0

    def room(self) -> int | None:
        """Bytes that may be written now; None without a limit (the terminal never answers)."""
        if not self._under_way:
            return max(int(self._window), 1)
        oldest = self._clock() - self._under_way[0].at
        if not self._heard:
            if oldest > _DEAF:
                return None
        elif oldest > _FORGET:
            self._under_way.clear()
            self._bytes = 0
            return int(self._window)
        return max(0, int(self._window) - self._bytes)
