"""Bringing a database to this version's tables (imports Alembic: only when needed)."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from prelabel_tui.core.store.append_only import refuse_changes, refuse_replacing, unguarded
from prelabel_tui.core.store.chain import adopt, guard_chain, guarded
from prelabel_tui.core.store.models import Base

KEPT_BACKUPS: Final = 5

_TRIGGERS: Final = {
    True: "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    False: (
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal"
    ),
}
"""By whether it is SQLite: every trigger with its table."""

_CHAINED: Final = "0005"
"""The migration that made the audit log a chain."""


def config() -> Config:
    """Return where Alembic finds the migrations; they run on its attribute ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def known_versions() -> set[str]:
    """List the migrations this program has."""
    return {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def upgrade(engine: Engine, backups: Path | None = None) -> None:
    """Migrate to the newest version, in one transaction.  Two processes at once: one waits.

    A SQLite file that has tables is copied to the folder ``backups`` first, while nobody else can
    write.  SQLAlchemyError, OSError, sqlite3.Error; nothing was changed.
    """
    with engine.begin() as connection:
        version = None
        if inspect(connection).has_table("alembic_version"):
            version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7251183)"))
        elif backups is not None and version is not None:
            _back_up(Path(str(engine.url.database)), backups, f"prelabel-{version}")
        build(connection)
        if version is not None and version < _CHAINED:
            adopt(connection, dt.datetime.now(dt.UTC))


def build(connection: Connection) -> None:
    """Bring the tables to the newest version within the connection's transaction."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
    guard(connection)


def unguard(connection: Connection) -> None:
    """Take every trigger away, until :func:`guard` makes them again."""
    sqlite = connection.dialect.name == "sqlite"
    for trigger, table in connection.execute(text(_TRIGGERS[sqlite])).all():
        on = "" if sqlite else f" ON {table}"
        connection.execute(text(f"DROP TRIGGER {trigger}{on}"))


def guard(connection: Connection) -> None:
    """Make the triggers that are missing: a rebuild of a table drops them.

    RuntimeError (a migration's bug) when an index or a trigger is still missing.
    """
    for name in unguarded(connection):
        refuse_changes(connection, name)
        refuse_replacing(connection, name)
    guard_chain(connection)
    there = inspect(connection)
    lacking = unguarded(connection)
    lacking += [] if guarded(connection) else ["audit_chain"]
    for table in Base.metadata.sorted_tables:
        have = {index["name"] for index in there.get_indexes(table.name)}
        lacking += [str(index.name) for index in table.indexes if index.name not in have]
    if lacking:
        raise RuntimeError(f"the migrations leave out: {', '.join(lacking)}")


def _back_up(database: Path, folder: Path, name: str) -> None:
    """Copy a database with what its write-ahead log holds, whole or not at all.

    The newest few copies are kept.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = folder / f"{name}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}.db"
    part = copy.with_suffix(".part")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        part.chmod(0o600)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(copy)
    finally:
        part.unlink(missing_ok=True)
    older = sorted(folder.glob("prelabel-*.db"), key=lambda path: path.stat().st_mtime_ns)
    for path in older[:-KEPT_BACKUPS]:
        path.unlink(missing_ok=True)
