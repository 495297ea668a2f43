"""The database's own definitions against those that the migrations make: tables, indexes, triggers.

A trigger that is gone or was changed lets rows be changed that never may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.store.append_only import unguarded
from prelabel_tui.core.store.chain import guarded
from prelabel_tui.core.store.database import HEAD, make_engine
from prelabel_tui.core.store.models import Base

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_NOT_REFUSED = ("rows of append-only tables",)


def schema_damages(session: Session, store: Store) -> Iterator[Damage]:
    """Find every table, index and trigger that is missing, changed or put in."""
    connection = session.connection()
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version != HEAD:
        yield Damage("database", f"says that its tables are version {version}, not {HEAD}")
    if store.is_sqlite:
        yield from _compare(_definitions(connection), _wanted())
    else:
        yield from _lacking(connection)


def _definitions(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'")
    )
    return {f"{row.type} {row.name}": " ".join(str(row.sql).split()) for row in rows}


def _wanted() -> dict[str, str]:
    """Return what the migrations make of an empty database."""
    from prelabel_tui.core.store import migrate  # imports Alembic

    engine = make_engine("sqlite://")
    try:
        migrate.upgrade(engine)
        with engine.connect() as connection:
            return _definitions(connection)
    finally:
        engine.dispose()


def _compare(there: dict[str, str], wanted: dict[str, str]) -> Iterator[Damage]:
    for name in sorted(there.keys() | wanted.keys()):
        affects = _NOT_REFUSED if name.startswith("trigger") else ()
        if name not in there:
            yield Damage(f"database: {name}", "is missing", affects)
        elif name not in wanted:
            yield Damage(f"database: {name}", "is not one of this program's")
        elif there[name] != wanted[name]:
            yield Damage(f"database: {name}", "was changed", affects)


def _lacking(connection: Connection) -> Iterator[Damage]:
    for table in unguarded(connection):
        yield Damage(f"database: triggers of {table}", "are missing or off", _NOT_REFUSED)
    if not guarded(connection):
        yield Damage("database: trigger audit_chain", "is missing or off", ("the audit log",))
    there = inspect(connection)
    for table_ in Base.metadata.sorted_tables:
        if not there.has_table(table_.name):
            yield Damage(f"database: table {table_.name}", "is missing")
            continue
        columns = {column["name"] for column in there.get_columns(table_.name)}
        indexes = {index["name"] for index in there.get_indexes(table_.name)}
        for column in table_.columns:
            if column.name not in columns:
                yield Damage(f"database: table {table_.name}", f"has no column {column.name}")
        for index in table_.indexes:
            if index.name not in indexes:
                yield Damage(f"database: index {index.name}", "is missing")
