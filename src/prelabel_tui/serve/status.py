"""What the running server says of itself, for `serve --status`: a file beside its lock."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from prelabel_tui.core.outcomes import Code, Outcome, Refused

_LOCK: Final = "lock"
_STATUS: Final = "status.json"
_TRIES: Final = 5


class SessionStatus(msgspec.Struct, frozen=True):
    """An open session: whose, on which process, from where, since when, when it was last used."""

    user: str
    pid: int | None
    address: str
    since: dt.datetime
    last_key: dt.datetime


class ServerStatus(msgspec.Struct, frozen=True):
    """The server: where it listens, who is there, how many it has let in and refused.

    ``half_open``: connections that have not logged in; ``picture_bytes``: memory of the pictures
    that sessions share.
    """

    pid: int
    address: str
    port: int
    fingerprint: str
    since: dt.datetime
    half_open: int
    logins: int
    refused: int
    picture_bytes: int
    sessions: tuple[SessionStatus, ...]


def server_folder(home: Path) -> Path:
    """Return the folder of the server's own files in a data folder."""
    return home / "serve"


class StatusFile:
    """The server's lock on its data folder, and what it says of itself while it holds it.

    Refused (INPUT_INVALID) where another server runs on it; OSError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        self._last: bytes | None = None
        for _ in range(_TRIES):
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # or somebody asks just now whether a server runs
                time.sleep(0.1)
            else:
                # What a server that was killed has left says nothing of this one.
                (folder / _STATUS).unlink(missing_ok=True)
                return
        os.close(self._lock)
        raise Refused(Outcome(Code.INPUT_INVALID, "Another server runs on this data folder."))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        (self._folder / _STATUS).unlink(missing_ok=True)
        os.close(self._lock)

    def write(self, status: ServerStatus) -> None:
        """Say how things are now.  OSError."""
        content = msgspec.json.encode(status)
        if content != self._last:
            new = self._folder / f"{_STATUS}.new"
            new.write_bytes(content)
            new.rename(self._folder / _STATUS)
            self._last = content


def read_status(home: Path) -> ServerStatus | None:
    """Return what the server of a data folder says; None where none runs.  OSError."""
    folder = server_folder(home)
    try:
        lock = os.open(folder / _LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        return None  # whoever wrote it is gone
    finally:
        os.close(lock)
    try:
        return msgspec.json.decode((folder / _STATUS).read_bytes(), type=ServerStatus)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None  # it is just starting
