"""Opening the database, and its transactions."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DisconnectionError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from prelabel_tui.core.model.codec import PayloadError
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store.artifacts import ArtifactError, ArtifactStore, FolderArtifacts
from prelabel_tui.core.store.chain import SHA256, json_text, sha256_hex
from prelabel_tui.core.store.failures import ReadOnlyFolderError, SchemaMovedError, gives_result
from prelabel_tui.core.store.read_only import (
    ReadOnlyArtifacts,
    configure_reading,
    why_read_only,
)

HEAD = "0011"
"""The newest migration; compared with the stored one at start, without importing Alembic."""

BUSY_TIMEOUT_MS = 5_000

POSTGRES_CONNECTIONS: Final = 4
"""How many connections to PostgreSQL a process holds at the most; who wants a fifth waits."""

_TRIES: Final = 6

T = TypeVar("T")


def utc_now() -> dt.datetime:
    """Return the time now, UTC."""
    return dt.datetime.now(dt.UTC)


class Store:
    """A data folder: database, artifacts, clock.  Safe to share between threads.

    ``read_only``: why nothing can be written; None when it can.
    """

    def __init__(
        self,
        home: Path,
        engine: Engine,
        artifacts: ArtifactStore,
        clock: Callable[[], dt.datetime] = utc_now,
        read_only: str | None = None,
    ) -> None:
        self.home = home
        self.engine = engine
        self.artifacts = artifacts
        self.now = clock
        self.read_only = read_only
        self._reader = engine.execution_options(read_only=True)
        if not self.is_sqlite:  # where each statement would see what was committed before it
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ")
        self._not_durable = engine.execution_options(durable=False)

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session with a consistent view; it writes nothing."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session  # closing rolls back, and leaves what was loaded readable

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """Open a transaction: it commits at the end of the block, rolls back on an exception.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE).  Without ``durable``, what it
        writes may be lost in a power cut (a lease, whose holder is then gone as well) and nobody
        waits for the disk; others see it all the same.
        """
        self.require_writable()
        engine = self.engine if durable else self._not_durable
        with Session(engine, expire_on_commit=False) as session, session.begin():
            _same_tables(session.connection())
            yield session

    @contextlib.contextmanager
    def write_rows(self) -> Iterator[Connection]:
        """Open a transaction as :meth:`write`, for statements alone, without an object session."""
        self.require_writable()
        with self.engine.begin() as connection:
            _same_tables(connection)
            yield connection

    def write_once(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` returns from a transaction.

        It is begun again when another process has just made the same row; IntegrityError when
        that happens every time.
        """
        for _ in range(_TRIES - 1):
            try:
                with self.write() as session:
                    return work(session)
            except IntegrityError:
                continue
        with self.write() as session:
            return work(session)

    def require_writable(self) -> None:
        """Refuse what begins a change in another account's folder.  ReadOnlyFolderError."""
        if self.read_only is not None:
            raise ReadOnlyFolderError(self.read_only)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


_VERSION: Final = text("SELECT version_num FROM alembic_version")


def _same_tables(connection: Connection) -> None:
    """Refuse to write into tables that a newer program has migrated since they were opened."""
    version = connection.scalar(_VERSION)
    if version != HEAD:
        raise SchemaMovedError(version)


def _configure_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        # The driver's own transaction handling would begin deferred transactions.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function(SHA256, 1, sha256_hex, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("read_only"):
            connection.exec_driver_sql("BEGIN")
            return
        synchronous = "FULL" if options.get("durable", True) else "NORMAL"
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    stale = threading.Event()

    @event.listens_for(engine, "handle_error")
    def handle_error(context: ExceptionContext) -> None:
        # What was opened while the files could not be written never can write them, and SQLite
        # shares that among all connections of a process: let go of every one.
        name = getattr(context.original_exception, "sqlite_errorname", "")
        if name.startswith(("SQLITE_READONLY", "SQLITE_IOERR")):
            context.is_disconnect = True
            engine.dispose()
            stale.set()

    @event.listens_for(engine, "do_connect")
    def do_connect(*_: object) -> None:
        # Closed connections keep their files open while a cursor is left, and the cursor of what
        # failed is left in its traceback, which is a cycle.
        if stale.is_set():
            stale.clear()
            gc.collect()


def _watch_file(engine: Engine, path: Path) -> None:
    """Notice a database file that was moved away or replaced.

    Else an open connection would go on writing where nobody looks again, and a new one would
    make an empty database beside the old one's write-ahead log.
    """
    seen = threading.Event()

    @event.listens_for(engine, "do_connect")
    def do_connect(*_: object) -> None:
        if seen.is_set() and not path.exists():
            raise sqlite3.OperationalError(f"{path} is not there")

    @event.listens_for(engine, "connect")
    def connect(_connection: object, record: Any) -> None:
        record.info["file"] = _file_identity(path)
        seen.set()

    @event.listens_for(engine, "checkout")
    def checkout(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] != _file_identity(path):
            raise DisconnectionError(f"{path} was moved")


def _file_identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


_POSTGRES_OPTIONS: Final = {
    "connect_timeout": 5,
    # A server that vanished without a word is noticed: a save must fail before it can be retried.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def make_engine(url: str, *, read_only: bool = False) -> Engine:
    """Make an engine for SQLite or PostgreSQL with the settings both need.

    ``read_only``: a SQLite file is another account's, and nothing is written beside it.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, json_serializer=json_text, json_deserializer=_json_object)
        file = Path(engine.url.database or "").absolute()
        if read_only:
            configure_reading(engine, file)
            return engine
        _configure_sqlite(engine)
        if engine.url.database:
            _watch_file(engine, file)
        return engine
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        url,
        # One that the server broke is made again.  An idle session holds one, a busy one a few.
        pool_pre_ping=True,
        pool_size=1,
        max_overflow=POSTGRES_CONNECTIONS - 1,
        connect_args=_POSTGRES_OPTIONS,
        json_serializer=json_text,
        json_deserializer=_json_object,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("durable", True):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    return engine


def _json_object(stored: str | bytes) -> dict[str, Any]:
    """Read a JSON column's value, which is always an object.  PayloadError when it is damaged."""
    try:
        found = json.loads(stored)
    except ValueError as error:
        raise PayloadError(f"a stored JSON value cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise PayloadError("a stored JSON value is not an object")
    return found


def stored_head(engine: Engine) -> str | None:
    """Return the migration the database is at; None for an empty one.  SQLAlchemyError."""
    with engine.execution_options(read_only=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        head: str | None = connection.scalar(_VERSION)
        return head


def database_url(home: Path, url: str | None) -> str:
    """Return the URL that was given, else that of the data folder's own database."""
    return url or f"sqlite:///{home / 'prelabel.db'}"


@dataclass(frozen=True)
class DatabaseState:
    """A database's name, without its password, and the migration it is at; None: it has none."""

    name: str
    version: str | None


def describe_database(home: Path, url: str | None) -> Result[DatabaseState]:
    """Name the database and the migration it is at; change nothing.

    DATABASE_UNAVAILABLE where it is there and cannot be read.
    """
    file = home / "prelabel.db"
    given = database_url(home, url)
    try:
        name = make_url(given).render_as_string() if url else str(file)
    except ArgumentError:
        detail = "--database is not a valid database URL."
        return Result(Outcome(Code.DATABASE_UNAVAILABLE, detail))
    if url is None and not file.exists():
        return Result(Outcome(Code.OK), DatabaseState(name, None))
    try:
        engine = make_engine(given, read_only=why_read_only(home) is not None)
        head = stored_head(engine)
        engine.dispose()
    except (SQLAlchemyError, OSError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return _unavailable(name, reason)
    return Result(Outcome(Code.OK), DatabaseState(name, head))


@gives_result
def open_store(
    home: Path,
    url: str | None = None,
    artifacts_url: str | None = None,
    clock: Callable[[], dt.datetime] = utc_now,
    *,
    upgrade: bool = False,
) -> Result[Store]:
    """Open (and on first use create) the data folder's database.

    ``url`` names another database than ``home/prelabel.db``; ``artifacts_url`` a bucket
    instead of ``home/artifacts``.  An older SQLite database is copied to ``home/backups`` and
    migrated; an older PostgreSQL, which sessions elsewhere may have open, only with ``upgrade``.
    A data folder of another account is opened for reading, whatever its permissions allow.
    DATABASE_UNAVAILABLE, DATABASE_TOO_NEW, DATABASE_TOO_OLD, INPUT_INVALID (not the URL of a
    bucket, or the extra is missing), STORAGE_WRITE_FAILED (a bucket that is away),
    FOLDER_READ_ONLY (another account's, with nothing that can be read).
    """
    where = _without_password(url) if url else str(home / "prelabel.db")
    artifacts: ArtifactStore = FolderArtifacts(home / "artifacts")
    if artifacts_url:
        artifacts = _open_bucket(artifacts_url)
    why = why_read_only(home)
    if why is not None:
        artifacts = ReadOnlyArtifacts(artifacts, why)
        if url is None and not os.access(home / "prelabel.db", os.R_OK):
            detail = f"{why} It has nothing that this account can read."
            return Result(Outcome(Code.FOLDER_READ_ONLY, detail))
    try:
        home.mkdir(parents=True, exist_ok=True)
        if url is None and _on_network(home):
            return _unavailable(where, "SQLite is not safe on a network file system")
        engine = make_engine(database_url(home, url), read_only=why is not None)
        head = stored_head(engine)
        if head != HEAD:
            from prelabel_tui.core.store import migrate

            if head is not None and head not in migrate.known_versions():
                engine.dispose()
                return Result(Outcome(Code.DATABASE_TOO_NEW, f"{where} is at version {head}."))
            elsewhere = engine.dialect.name == "postgresql" and not upgrade
            if why is not None or (head is not None and elsewhere):
                engine.dispose()
                return Result(Outcome(Code.DATABASE_TOO_OLD, f"{where} is at version {head}."))
            migrate.upgrade(engine, home / "backups")
    except ImportError as error:
        missing = error.name == "psycopg"
        extra = "PostgreSQL needs the extra: pip install 'prelabel-tui[postgres]'"
        return _unavailable(where, extra if missing else str(error))
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        said = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
        return _unavailable(where, str(said).splitlines()[0])
    return Result(Outcome(Code.OK), Store(home, engine, artifacts, clock, why))


def _open_bucket(url: str) -> ArtifactStore:
    """Open a bucket; Refused when it is none, is not there, or the extra is not installed."""
    try:
        from prelabel_tui.core.store.buckets import BucketArtifacts  # the extra s3
    except ModuleNotFoundError as error:
        extra = "--artifacts: a bucket needs the extra: pip install 'prelabel-tui[s3]'."
        raise Refused(Outcome(Code.INPUT_INVALID, extra)) from error
    try:
        bucket = BucketArtifacts(url)
        bucket.probe()
    except ValueError as error:
        raise Refused(Outcome(Code.INPUT_INVALID, f"--artifacts: {error}.")) from error
    except ArtifactError as error:
        reason = f"{url}: {error.reason}."
        raise Refused(Outcome(Code.STORAGE_WRITE_FAILED, reason)) from error
    return bucket


def _without_password(url: str) -> str:
    try:
        return make_url(url).render_as_string()
    except ArgumentError:
        return "the database URL"


def _unavailable(where: str, reason: str) -> Result[Any]:
    return Result(Outcome(Code.DATABASE_UNAVAILABLE, f"{where}: {reason}."))


_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs"}


def _on_network(home: Path) -> bool:
    """Say whether the folder is on a network file system, where the kernel lists its mounts."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    resolved = os.fspath(home.resolve())
    best, kind = "", ""
    for line in mounts:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind in _NETWORK_FILE_SYSTEMS
