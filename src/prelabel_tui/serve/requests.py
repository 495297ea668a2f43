"""What the server and the warm parent say to each other, one message a packet."""

from __future__ import annotations

from typing import Final

import msgspec

LARGEST_MESSAGE: Final = 1 << 16
"""Bytes."""


class SessionOptions(msgspec.Struct, frozen=True):
    """What the application is opened with: the same for all sessions of a server."""

    home: str
    database: str | None = None
    artifacts: str | None = None
    graphics: str | None = None
    preset: str | None = None


class SessionRequest(msgspec.Struct, frozen=True):
    """A session that is asked for; its terminal's descriptor comes with the message.

    ``environment`` is all that the session has of one; ``fingerprint`` is that of the key by which
    its user came in.
    """

    number: int
    fingerprint: str
    environment: dict[str, str]
    options: SessionOptions


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Everything is imported; sessions can be asked for."""


class Started(msgspec.Struct, frozen=True, tag=True):
    """A session runs as this process."""

    number: int
    pid: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A session ended with an exit code: 128 and the signal's number where one killed it."""

    number: int
    code: int


Report = Ready | Started | Ended
