"""Plays a clip: frames that cannot be shown in time are dropped, or waited for, never queued."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_PATIENCE: Final = 0.5
"""Seconds without a decoded frame after which one is shown before its picture is there."""


class PlaybackClock:
    """Decides at each tick which frame to show, if any.  Knows no widget and no threads.

    It plays up to ``last``, included.  ``every``: no frame is dropped; each is shown for its time.
    ``ready(index)``: whether its picture is there.  ``busy()``: whether the terminal is still
    drawing the one before.  ``want(index)``: have it decoded.
    """

    def __init__(
        self,
        start: int,
        last: int,
        rate: float,
        *,
        every: bool = False,
        ready: Callable[[int], bool],
        busy: Callable[[], bool],
        want: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = self._shown = start
        self._last = last
        self._rate = rate
        self._every = every
        self._ready = ready
        self._busy = busy
        self._want = want
        self._clock = clock
        self._began = self._shown_at = clock()

    @property
    def over(self) -> bool:
        """Whether the last frame has been shown."""
        return self._shown >= self._last

    def tick(self) -> int | None:
        """Return the frame to show now, or None to wait."""
        now = self._clock()
        due = min(self._due(now), self._last)
        if due <= self._shown or self._busy():
            return None
        for index in range(due, self._shown, -1):
            if self._ready(index):
                return self._show(index, now)
        if now - self._shown_at > _PATIENCE:
            return self._show(due, now)
        self._want(due)
        return None

    def _due(self, now: float) -> int:
        if not self._every:
            return self._first + int((now - self._began) * self._rate)
        return self._shown + (now - self._shown_at >= 1 / self._rate)

    def _show(self, index: int, now: float) -> int:
        self._shown, self._shown_at = index, now
        return index
