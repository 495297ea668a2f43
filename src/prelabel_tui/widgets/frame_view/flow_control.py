"""How many bytes may be under way to the terminal, so that none waits long in a queue.

After each write the terminal is asked for its cursor; its answer means that everything before is
drawn.  The times of the answers give the delay of an empty link and the link's rate, and these the
window: the bandwidth–delay product and a short queue.  ``docs/design/flow-control.md`` explains it
in the field's words.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

_QUEUE: Final = 0.02
"""Seconds of bytes that may queue in front of the link: how far a key may lag."""

_FAST: Final = 4e6
"""Bytes per second from which on a picture is written whole."""

_TELLING: Final = 1e6
"""Bytes per second from which on a single answer proves that the link is fast."""

_BIG_ENOUGH: Final = 4096
"""Bytes of a write whose time says something about a fast link."""

_FIRST: Final = 6 * 1024
_SMALLEST: Final = 1536
_LARGEST: Final = 1 << 20

_DEAF: Final = 2.0
"""A terminal that has never answered is not waited for after this long."""

_LOST: Final = 4.0
"""An answer this many times later than the slowest recent one is lost …"""

_LOST_BOUNDS: Final = (0.5, 5.0)
"""… but not before so many seconds, and in any case after so many."""

_FADE: Final = 0.9
"""How much of the slowest answer still counts at the next one."""

_NO_QUEUE: Final = 0.005
_SPAN: Final = 0.02
"""Seconds without a pause that say something about the rate."""

_PROOFS: Final = 2
"""Writes in a row that must take less than half of their time."""

_FASTER: Final = 1.5
"""How much faster the link is then taken to be, at each of them."""

_BURST: Final = 3 * 1024
"""Bytes that a link may take at once after a pause: they prove nothing."""

_LEARN: Final = 0.3
"""How much a new measurement moves the rate."""


class _Flight(NamedTuple):
    """A write under way: its time, its bytes, and all bytes under way with it."""

    at: float
    size: int
    queued: int


class FlowControl:
    """Counts what was written and answered.  Lives on one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way: deque[_Flight] = deque()
        self._bytes = 0
        self._empty_delay: float | None = None
        self._rate: float | None = None
        self._window = float(_FIRST)
        self._heard = False
        self._slowest = 0.0
        self._at_least = 0.0
        """Bytes per second of the last big write, the delay of an empty link taken off."""
        self._unsure = False
        """Whether answers may be to writes that were given up: they teach nothing then."""
        self._proofs = 0
        self._drained = 0.0
        self._busy_since = 0.0
        self._busy_bytes = 0

    @property
    def window(self) -> int:
        """Bytes that may be under way."""
        return int(self._window)

    @property
    def rate(self) -> float | None:
        """Bytes per second that the link carries, as far as was seen; None until then."""
        if self._rate is not None:
            return self._rate
        return self._at_least if self._at_least > _TELLING else None

    def chunk(self, seconds: float) -> int | None:
        """Return the bytes that the link carries in so short a time, or the fewest worth a write.

        None on a link so fast that it does not matter, and where nothing is known yet but that the
        terminal answers at once.
        """
        if self._rate is None:
            return self.window if self.rate is None and self._is_far else None
        if self._rate > _FAST:
            return None
        return max(_SMALLEST, int(self._rate * seconds))

    @property
    def _is_far(self) -> bool:
        """Whether answers take, or have taken by now, longer than in a terminal on this machine."""
        delay = self._empty_delay
        if delay is None and self._under_way:
            delay = self._clock() - self._under_way[0].at
        return delay is not None and delay > _NO_QUEUE

    def sent(self, size: int) -> None:
        """Note that a write of ``size`` bytes with a question at its end went out."""
        self._bytes += size
        self._under_way.append(_Flight(self._clock(), size, self._bytes))

    def answered(self, when: float | None = None) -> None:
        """Note that the terminal has drawn the oldest write under way."""
        if not self._under_way:
            return
        now = self._clock() if when is None else when
        self._heard = True
        flight = self._under_way.popleft()
        self._bytes -= flight.size
        if self._unsure:
            self._unsure = bool(self._under_way)
            return
        delay = max(now - flight.at, 0.0)
        self._slowest = max(delay, _FADE * self._slowest)
        # Kept for good: a queue can lengthen a round trip, nothing can shorten it.
        if self._empty_delay is None or delay < self._empty_delay:
            self._empty_delay = delay
        if flight.size >= _BIG_ENOUGH and delay > self._empty_delay:
            self._at_least = flight.size / (delay - self._empty_delay)
        self._measure(flight, now)
        self._look_for_more(flight.size, delay - self._empty_delay)
        # A queue shows that the link is full: only then is the rate the link's, not the program's.
        if delay - self._empty_delay > _NO_QUEUE:
            if self._rate is not None:
                self._window = self._rate * (self._empty_delay + _QUEUE)
        elif flight.queued >= self._window / 2:
            # The link took it without a queue: how fast it is remains to be seen.
            self._window += flight.size
        self._window = min(max(self._window, _SMALLEST), _LARGEST)

    def _measure(self, flight: _Flight, now: float) -> None:
        """Learn the rate from what arrived while the link had no pause.

        After a pause a link takes more at once than it can sustain: what it takes on its own
        only shows that the rate is not higher.
        """
        assert self._empty_delay is not None
        # On an empty link this write would have been answered by then; what was drawn before it,
        # but later than that, kept the link busy until now.
        begun = flight.at + self._empty_delay
        paused = begun > self._drained
        if paused:
            self._busy_since, self._busy_bytes = begun, 0
        self._drained = now
        self._busy_bytes += flight.size
        span = now - self._busy_since
        if span >= _SPAN:
            rate = self._busy_bytes / span
            if self._rate is None:
                self._rate = rate
            elif not paused or rate < self._rate:
                self._rate += _LEARN * (rate - self._rate)
        if paused or span >= _SPAN:
            self._busy_since, self._busy_bytes = now, 0

    def _look_for_more(self, size: int, took: float) -> None:
        """Take note that the link has become faster, which no span of bytes can show.

        What is written at a time is what the link carries in some hundredths of a second as far as
        is known: a link that is faster has a pause after each write.
        """
        if self._rate is None or size <= _BURST:
            return
        self._proofs = self._proofs + 1 if took < (size - _BURST) / self._rate / 2 else 0
        if self._proofs >= _PROOFS:
            self._rate *= _FASTER

    @property
    def _patience(self) -> float:
        """How many seconds an answer is waited for."""
        least, most = _LOST_BOUNDS
        return min(max(_LOST * self._slowest, least), most)

    def room(self) -> int | None:
        """Return the bytes that may be written now; None: no limit (the terminal never answers)."""
        if not self._under_way:
            return max(int(self._window), 1)
        oldest = self._clock() - self._under_way[0].at
        if not self._heard:
            if oldest > _DEAF:
                return None
        elif oldest > self._patience:
            # Nobody can tell which answers were lost: those that still come may be to these writes,
            # and pairing them with later ones would make the link look fast.
            self._under_way.clear()
            self._bytes = 0
            self._unsure = True
            return int(self._window)
        return max(0, int(self._window) - self._bytes)
