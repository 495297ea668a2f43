"""The database's own clock: one for all who share it, whatever their machines say."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import Connection, text

_SQLITE: Final = text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
_POSTGRES: Final = text("SELECT clock_timestamp()")


def database_now(connection: Connection) -> dt.datetime:
    """Return the time at the database, UTC (SQLite has that of the machine it runs on)."""
    if connection.dialect.name == "sqlite":
        return dt.datetime.fromisoformat(str(connection.scalar(_SQLITE)))
    now = connection.scalar(_POSTGRES)
    assert isinstance(now, dt.datetime)
    return now.astimezone(dt.UTC)
