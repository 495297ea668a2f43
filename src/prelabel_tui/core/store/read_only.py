"""A data folder of another account of the operating system, or one that cannot be written.

It is read, and never written to.
"""

from __future__ import annotations

import os
import pwd
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

from prelabel_tui.core.store.artifacts import ArtifactStore, Staged
from prelabel_tui.core.store.chain import SHA256, sha256_hex
from prelabel_tui.core.store.failures import ReadOnlyFolderError

_BUSY_TIMEOUT_MS: Final = 5_000


def why_read_only(home: Path) -> str | None:
    """Say why a folder is only read: it is another account's, or cannot be written to.

    None where it can be, also where nothing is yet.
    """
    try:
        owner = home.stat().st_uid
    except OSError:
        return None
    if owner == os.geteuid():
        database = home / "prelabel.db"
        if not database.exists() or (os.access(home, os.W_OK) and os.access(database, os.W_OK)):
            return None
        return f"{home} cannot be written to."
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"number {owner}"
    return f"{home} belongs to the account {name}."


@dataclass(frozen=True)
class ReadOnlyArtifacts:
    """Artifacts that are only read.  ``why``: what who wants to write is told."""

    kept: ArtifactStore
    why: str

    def put(self, *parts: bytes) -> str:
        """Refuse.  ReadOnlyFolderError."""
        raise ReadOnlyFolderError(self.why)

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """Refuse.  ReadOnlyFolderError."""
        raise ReadOnlyFolderError(self.why)

    def free(self, sha256: str, unused_s: float) -> bool:
        """Refuse.  ReadOnlyFolderError."""
        raise ReadOnlyFolderError(self.why)

    def get(self, sha256: str, *, checked: bool = True) -> bytes:
        """Read the bytes.  ArtifactReadError."""
        return self.kept.get(sha256, checked=checked)

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """Read the bytes in pieces.  ArtifactReadError."""
        return self.kept.pieces(sha256)

    def size(self, sha256: str) -> int:
        """Return the bytes it takes up.  ArtifactReadError."""
        return self.kept.size(sha256)

    def names(self) -> Iterator[str]:
        """Yield the hashes of all artifacts.  ArtifactReadError."""
        return self.kept.names()


def configure_reading(engine: Engine, database: Path) -> None:
    """Let an engine of SQLite read a database without writing anything, not even beside it.

    While somebody has the database open, its write-ahead log is followed.  Else there is none, and
    SQLite would have to make one: then the file is read as what nobody changes, and a connection
    is given up as soon as it is no longer so.
    """

    @event.listens_for(engine, "do_connect")
    def do_connect(*_: object) -> sqlite3.Connection:
        return sqlite3.connect(reading_uri(database), uri=True, check_same_thread=False)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        record.info["state"] = _state(database)
        connection.isolation_level = None
        for pragma in ("query_only=ON", f"busy_timeout={_BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function(SHA256, 1, sha256_hex, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    @event.listens_for(engine, "checkout")
    def checkout(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["state"] != _state(database):
            raise DisconnectionError(f"{database} was opened or closed by its owner")


def reading_uri(database: Path) -> str:
    """Return the URI by which SQLite reads a database, and writes nothing beside it."""
    return f"{database.as_uri()}?{'mode=ro' if _is_open(database) else 'immutable=1'}"


def _is_open(database: Path) -> bool:
    """Say whether somebody has the database open, or left it without closing it."""
    return any(database.with_name(database.name + end).exists() for end in ("-wal", "-shm"))


def _state(database: Path) -> tuple[int, ...]:
    """Return what a connection must not outlive: the file, and as what it is read."""
    found = database.stat()
    if _is_open(database):
        return (found.st_dev, found.st_ino)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
