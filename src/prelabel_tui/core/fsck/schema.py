"""The database's own definitions against those that the migrations make: tables, indexes, triggers.

A trigger that is gone or was changed lets rows be changed that never may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from prelabel_tui.core.fsck import postgres
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.store.database import HEAD, make_engine

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_NOT_REFUSED = ("rows of append-only tables",)
_REFUSING = ("trigger", "function", "rule", "policy")


def schema_damages(session: Session, store: Store) -> Iterator[Damage]:
    """Find every table, index and trigger that is missing, changed or put in."""
    connection = session.connection()
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version != HEAD:
        yield Damage("database", f"says that its tables are version {version}, not {HEAD}")
    if store.is_sqlite:
        yield from _compare(_definitions(connection), _wanted())
        return
    for wrong in postgres.settings_damages(connection):
        yield Damage("database", wrong, _NOT_REFUSED)
    try:
        wanted = postgres.wanted(store.engine)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", error)).splitlines()[0]
        yield Damage("database", f"its definitions cannot be checked: {said}", _NOT_REFUSED)
        return
    yield from _compare(postgres.definitions(connection), wanted)


def _definitions(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        text(
            "SELECT type, name, tbl_name, sql FROM sqlite_master "
            "WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )
    )
    return {f"{row.type} {row.name}": " ".join(f"{row.tbl_name} {row.sql}".split()) for row in rows}


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
        affects = _NOT_REFUSED if name.startswith(_REFUSING) else ()
        if name not in there:
            yield Damage(f"database: {name}", "is missing", affects)
        elif name not in wanted:
            yield Damage(f"database: {name}", "is not one of this program's")
        elif there[name] != wanted[name]:
            yield Damage(f"database: {name}", "was changed", affects)
