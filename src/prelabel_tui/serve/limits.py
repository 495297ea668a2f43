"""How much the server takes on: connections that have not logged in, logins, sessions."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from prelabel_tui.core.text import counted

T = TypeVar("T")

HALF_OPEN: Final = 64
"""Connections that have not logged in yet."""

LOGIN_S: Final = 30
"""Seconds that a connection may take to log in."""

ATTEMPTS: Final = 20
"""Keys that a connection may offer: an agent offers all that it has."""


REQUESTS: Final = 200
"""Variables, commands and the like that a connection may ask for."""


class HalfOpen(Generic[T]):
    """Connections that have not logged in, at most so many.

    One more closes another: the oldest of the address that has most.  So whoever holds many open
    loses theirs, and others get in all the same.
    """

    def __init__(self, close: Callable[[T], None], most: int = HALF_OPEN) -> None:
        self._close = close
        self._most = most
        self._open: dict[T, str] = {}
        self.closed = 0
        """How many had to make room."""

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: T, address: str) -> None:
        """Note a new connection from an address."""
        self._open[connection] = address
        if len(self._open) > self._most:
            ((crowded, _),) = Counter(self._open.values()).most_common(1)
            oldest = next(one for one, place in self._open.items() if place == crowded)
            self.discard(oldest)
            self.closed += 1
            self._close(oldest)

    def discard(self, connection: T) -> None:
        """Forget a connection that has logged in, or is gone."""
        self._open.pop(connection, None)


@dataclass(frozen=True)
class SessionLimits:
    """How many sessions there may be, in all and of one user; how often a user may log in."""

    in_all: int
    a_user: int
    logins_a_minute: int


class Admission:
    """Who may begin a session now."""

    def __init__(self, limits: SessionLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._sessions: Counter[str] = Counter()
        self._logins: dict[str, deque[float]] = {}

    def enter(self, user: str) -> str | None:
        """Count a session in, or return the sentence that says why not."""
        now = self._clock()
        limits = self._limits
        logins = self._logins.setdefault(user, deque(maxlen=limits.logins_a_minute))
        if len(logins) == limits.logins_a_minute and now - logins[0] < 60:
            times = counted(limits.logins_a_minute, "time")
            return f"{user} logged in {times} within a minute: wait a minute."
        if self._sessions[user] >= limits.a_user:
            return f"{user} has {self._sessions[user]} sessions open, the most allowed: close one."
        if self._sessions.total() >= limits.in_all:
            return f"All {limits.in_all} sessions of this server are taken: try later."
        logins.append(now)
        self._sessions[user] += 1
        return None

    def leave(self, user: str) -> None:
        """Count a session out."""
        self._sessions[user] -= 1
        if not self._sessions[user]:
            del self._sessions[user]
