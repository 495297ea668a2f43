"""Copying all rows of a database to one of either kind: SQLite to PostgreSQL and back.

Values are copied as they are stored, JSON as its text: so every hash of the ledger still fits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
)

from prelabel_tui.core.progress import Progress
from prelabel_tui.core.store import migrate
from prelabel_tui.core.store.models import OF_SESSIONS, Audit, Base

_AT_ONCE: Final = 500
_STEP: Final = "rows copied"
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_FUNCTIONS: Final = text(
    "SELECT oid::regprocedure::text FROM pg_proc p "
    "WHERE pronamespace = current_schema()::regnamespace "
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
)


def is_empty(connection: Connection) -> bool:
    """Say whether a database has nothing in it: no table, no view."""
    there = inspect(connection)
    return not there.get_table_names() and not there.get_view_names()


def copy_rows(source: Connection, target: Connection, progress: Progress) -> int:
    """Copy the rows to a database that has nothing in it; return how many there were.

    All but those of :data:`OF_SESSIONS`.  The tables are made, and guarded only when the rows are
    in them: so rows that the triggers would refuse are copied, too, for a check to find.
    ValueError when a stored value cannot be read; Cancelled, SQLAlchemyError.  The transaction of
    ``target`` must not commit then.
    """
    migrate.build(target)
    migrate.unguard(target)
    left_out = {model.__tablename__ for model in OF_SESSIONS}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in left_out]
    total = sum(source.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
    done = 0
    progress(_STEP, done, total)
    for table in tables:
        statement = _insert(table, target)
        rows = source.execution_options(yield_per=_AT_ONCE).execute(_select(table))
        for some in rows.mappings().partitions():
            target.execute(statement, [{f"v_{key}": row[key] for key in row} for row in some])
            done += len(some)
            progress(_STEP, done, total)
    if target.dialect.name == "postgresql":
        _go_on_counting(target)
    migrate.guard(target)
    return done


def remove_all(engine: Engine) -> None:
    """Take back a copy: leave a database with nothing in it.  SQLAlchemyError, OSError."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        database = Path(str(engine.url.database))
        for path in (database, *(database.with_name(database.name + end) for end in _SIDE_FILES)):
            path.unlink(missing_ok=True)
        return
    with engine.begin() as connection:
        names = [table.name for table in Base.metadata.sorted_tables]
        for name in ("alembic_version", *names):
            connection.execute(text(f"DROP TABLE IF EXISTS {name} CASCADE"))
        for name in connection.scalars(_FUNCTIONS).all():
            connection.execute(text(f"DROP FUNCTION {name}"))


def _select(table: Table) -> Select[Any]:
    return select(
        *(
            cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
            for column in table.columns
        )
    )


def _insert(table: Table, target: Connection) -> Insert:
    values: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.type, JSON):
            given: Any = bindparam(f"v_{column.name}", type_=Text)
            values[column.name] = cast(given, JSON) if target.dialect.name != "sqlite" else given
        else:
            values[column.name] = bindparam(f"v_{column.name}", type_=column.type)
    return insert(table).values(values)


def _go_on_counting(target: Connection) -> None:
    """Have entries that come later numbered from the newest one on."""
    newest = target.scalar(select(func.max(Audit.id)))
    if newest is not None:
        sequence = select(func.pg_get_serial_sequence(Audit.__tablename__, "id"))
        target.execute(select(func.setval(target.scalar(sequence), newest)))
