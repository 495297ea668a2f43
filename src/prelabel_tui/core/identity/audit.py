"""The audit log: written in the transaction of the change it records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from prelabel_tui.core.store import models
from prelabel_tui.core.store.failures import AuditPersistError
from prelabel_tui.core.store.prepared import Prepared

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


_audit: Final = models.Base.metadata.tables[models.Audit.__tablename__]
_INSERT: Final = Prepared.insert(_audit)


@dataclass(frozen=True)
class Entry:
    """One row of the log."""

    id: int
    at: dt.datetime
    actor: str
    role: str
    origin: str
    action: str
    subject_type: str
    subject_id: str
    media_id: str | None
    capability: str | None
    version: int | None
    reason: str
    details: Mapping[str, Any]


def record(
    session: Session | Connection,
    store: Store,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: str,
    *,
    media_id: str | None = None,
    capability: str | None = None,
    version: int | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry now, within the caller's transaction.

    Raises AuditPersistError, which must leave the caller's `with store.write()` block so that
    the change is rolled back with it.
    """
    if isinstance(session, Session):
        session.flush()  # what fails here is the change itself, not its audit entry
        session = session.connection()
    row = {
        "at": store.now(),
        "actor": actor.name,
        "role": actor.role.value,
        "origin": actor.origin,
        "action": action,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "media_id": media_id,
        "capability": capability,
        "version": version,
        "reason": reason,
        "details": dict(details or {}),
    }
    try:
        _INSERT.execute(session, row)
    except SQLAlchemyError as error:
        raise AuditPersistError(str(getattr(error, "orig", error))) from error


def entries(
    store: Store,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject_id: str | None = None,
    media_id: str | None = None,
    since: dt.datetime | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Entry]:
    """The newest entries first; ``before`` (an entry's id) pages on.  ``action`` is a prefix."""
    query = select(models.Audit).order_by(models.Audit.id.desc()).limit(limit)
    if actor is not None:
        query = query.where(models.Audit.actor == actor)
    if action is not None:
        query = query.where(models.Audit.action.startswith(action, autoescape=True))
    if subject_id is not None:
        query = query.where(models.Audit.subject_id == subject_id)
    if media_id is not None:
        query = query.where(models.Audit.media_id == media_id)
    if since is not None:
        query = query.where(models.Audit.at >= since)
    if before is not None:
        query = query.where(models.Audit.id < before)
    with store.read() as session:
        return [
            Entry(
                row.id, row.at, row.actor, row.role, row.origin, row.action, row.subject_type,
                row.subject_id, row.media_id, row.capability, row.version, row.reason, row.details,
            )
            for row in session.scalars(query)
        ]  # fmt: skip
