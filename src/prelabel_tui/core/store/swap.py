"""Compare-and-swap of a row: one statement, so that nobody comes between look and change."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from sqlalchemy import Connection, Update, bindparam, update

from prelabel_tui.core.store.models import Base


def swap(
    connection: Connection,
    table: type[Base],
    seen: Mapping[str, object],
    values: Mapping[str, object],
) -> bool:
    """Set columns of the row that is still as it was seen; say whether there was one.

    ``seen`` names the row by its key, and its version (or whatever else must not have changed).
    """
    statement = _statement(table, tuple(seen), tuple(values))
    given = {f"seen_{name}": value for name, value in seen.items()}
    given |= {f"new_{name}": value for name, value in values.items()}
    return connection.execute(statement, given).rowcount == 1


@functools.cache
def _statement(table: type[Base], seen: tuple[str, ...], values: tuple[str, ...]) -> Update:
    columns = table.__table__.columns
    return (
        update(table)
        .where(*(columns[name] == bindparam(f"seen_{name}") for name in seen))
        .values({name: bindparam(f"new_{name}") for name in values})
    )
