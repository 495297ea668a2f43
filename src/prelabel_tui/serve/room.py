"""What the server's connections and sessions share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Protocol

from prelabel_tui.core.store import Store
from prelabel_tui.serve.forking import WarmParent
from prelabel_tui.serve.limits import Admission, SessionLimits
from prelabel_tui.serve.requests import SessionOptions
from prelabel_tui.serve.status import SessionStatus


@dataclass(frozen=True)
class DoorSettings:
    """Where to listen, what bounds sessions, and what each is opened with.

    ``idle_s``: seconds without a key after which a session ends; None: none does.
    ``picture_mb``: of decoded pictures, for all sessions together.
    """

    host: str
    port: int
    limits: SessionLimits
    idle_s: float | None
    picture_mb: int
    options: SessionOptions


@dataclass(frozen=True)
class Link:
    """Who is connected to what; as text what SSH_CONNECTION says."""

    address: str
    port: int
    to_address: str
    to_port: int

    def __str__(self) -> str:
        return f"{self.address} {self.port} {self.to_address} {self.to_port}"


class OpenSession(Protocol):
    """A session as the server sees it."""

    last_key: float
    """When a key came last, on the loop's clock."""

    @property
    def status(self) -> SessionStatus:
        """What `serve --status` says of it."""

    def begin_end(self, reason: str) -> None:
        """Have it save and end, if that has not begun yet."""

    async def end(self, reason: str) -> None:
        """Have it save and end, and wait for that.  The user is told the reason."""


@dataclass
class Room:
    """Who is there, and what all have in common.

    ``pictures``: the descriptor of the memory for pictures that sessions share, if there is one.
    """

    settings: DoorSettings
    store: Store
    parent: WarmParent
    pictures: int | None = None
    sessions: set[OpenSession] = field(default_factory=set)
    logins: int = 0
    refused: int = 0
    stopping: bool = False

    def __post_init__(self) -> None:
        self.admission = Admission(self.settings.limits)
        self.numbers = itertools.count(1)
        """Of sessions."""
