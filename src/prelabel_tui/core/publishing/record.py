"""A revision's record: its own hash, over all that it claims.

The content hash stands for labels and flags alone; it is what a no-op compares.  The record hash is
the SHA-256 of the revision's row as canonical JSON: content, frames (the manifest's hash), the
SHA-256 of every picture, number, predecessor, pack, validation and its thresholds, counts, an
override's reason, publisher, role and time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from prelabel_tui.core.store import models
from prelabel_tui.core.store.chain import row_json

_table: Final = models.Base.metadata.tables[models.Revision.__tablename__]
_previous: Final = select(_table.c.record_hash).where(
    _table.c.media_id == bindparam("media_id"),
    _table.c.capability == bindparam("capability"),
    _table.c.number == bindparam("number") - 1,
)


def record_json(row: Mapping[str, Any]) -> bytes:
    """Return what a revision's record hash is over, given its row by the names of columns."""
    return row_json(_table, {**row, "record_hash": None})


def record_hash(row: Mapping[str, Any]) -> str:
    """Hash all that a revision claims, hex."""
    return hashlib.sha256(record_json(row)).hexdigest()


def insert_revision(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Insert a revision with its record hash; return its row.

    ``values``: its row without ``previous_record`` and ``record_hash``.
    """
    connection = session.connection()
    scope = {name: values[name] for name in ("media_id", "capability", "number")}
    row = {**values, "previous_record": connection.scalar(_previous, scope)}
    row["record_hash"] = record_hash(row)
    connection.execute(insert(models.Revision), row)
    return row
