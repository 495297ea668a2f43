"""The audit log: written in the transaction of the change it records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, SelectBase, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from prelabel_tui.core.identity.actions import Action, refused
from prelabel_tui.core.ids import IdKind, kind_and_digits, may_begin_an_id
from prelabel_tui.core.outcomes import Refused
from prelabel_tui.core.store import chain, models
from prelabel_tui.core.store.failures import AuditPersistError, ClockBehindError
from prelabel_tui.core.store.merging import newest_of

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


_CLOCKS: Final = dt.timedelta(days=1)
"""By how much clocks of machines that share a data folder may differ, or be set back."""


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

    @property
    def subject(self) -> str:
        """What it is about, in short: `rev-1a2b3c4d`, or a kind and a name, such as `user ana`."""
        kind = IdKind.__members__.get(self.subject_type.upper())
        if kind is None:
            return f"{self.subject_type} {self.subject_id}"
        return kind.short(self.subject_id)


def record(
    session: Session | Connection,
    store: Store,
    actor: Actor,
    action: Action,
    subject_type: str,
    subject_id: str,
    *,
    media_id: str | None = None,
    capability: str | None = None,
    version: int | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    wrote: Iterable[tuple[type[models.Base], *tuple[str, ...]]] = (),
    inserted: Mapping[str, str] | None = None,
) -> None:
    """Write one entry now, at the end of the chain, within the caller's transaction.

    ``wrote``: the rows of :data:`chain.RECORDED` that the change wrote or deleted, each by its
    table and primary key; they are read back.  ``inserted``: digests of rows whose values the
    caller has in hand (:func:`chain.given_row`).

    Raises Refused (ROLE_FORBIDDEN) when the actor's role does not allow the action, and
    AuditPersistError: both must leave the caller's `with store.write()` block so that the change is
    rolled back with it; ClockBehindError.
    """
    if (no := refused(actor, action)) is not None:
        raise Refused(no)
    if isinstance(session, Session):
        session.flush()  # what fails here is the change itself, not its audit entry
        session = session.connection()
    entry = {
        "at": store.now(),
        "actor": actor.name,
        "role": actor.role.value,
        "origin": actor.origin,
        "action": action.value,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "media_id": media_id,
        "capability": capability,
        "version": version,
        "reason": reason,
        "details": dict(details or {}),
        "rows": {**chain.stored_rows(session, wrote), **(inserted or {})},
    }
    try:
        chain.append(session, entry)
    except ClockBehindError:
        raise
    except SQLAlchemyError as error:
        raise AuditPersistError(str(getattr(error, "orig", error))) from error


def entries(
    store: Store,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: dt.datetime | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Entry]:
    """List the newest entries first; ``before`` (an id) pages on.

    ``action`` is a prefix; ``subject`` a name, or an id as :class:`IdKind` shows it or a beginning
    of it.
    """
    row = models.Audit
    query = select(row.id)
    if subject is not None:
        query = query.where(_about(subject))
    if actor is not None:
        query = query.where(row.actor == actor)
    if before is not None:
        query = query.where(row.id < before)
    with store.read() as session:
        if since is not None:
            first = _first_about(session, since)
            if first is None:
                return []
            query = query.where(row.at >= since, row.id >= first)
        if subject is not None or (actor is None and action is None):
            if action is not None:
                query = query.where(row.action.startswith(action, autoescape=True))
            page: SelectBase = query.order_by(row.id.desc()).limit(limit)
        else:
            actions = [name for name in _actions(session) if name.startswith(action or "")]
            if not actions:
                return []
            ranges = [query.where(row.action == name) for name in actions]
            page = newest_of(ranges, ("id",), limit)
        ids = select(page.subquery().c.id)
        found = session.scalars(select(row).where(row.id.in_(ids)).order_by(row.id.desc()))
        return [
            Entry(
                row.id, row.at, row.actor, row.role, row.origin, row.action, row.subject_type,
                row.subject_id, row.media_id, row.capability, row.version, row.reason, row.details,
            )
            for row in found
        ]  # fmt: skip


def _about(given: str) -> ColumnElement[bool]:
    """Choose the entries about what has this name or id, whole or shortened."""
    row = models.Audit
    kind, digits = kind_and_digits(given)
    exactly = row.subject_id == given
    if not may_begin_an_id(digits):
        return exactly
    beginning = and_(row.subject_id >= digits, row.subject_id < f"{digits}g")
    if kind is None:
        return or_(exactly, beginning)
    return or_(exactly, and_(row.subject_type == kind.name.lower(), beginning))


def _actions(session: Session) -> list[str]:
    """List the actions that occur, going from one to the next in the index."""
    row = models.Audit
    named = select(func.min(row.action).label("name")).cte(recursive=True)
    following = select(func.min(row.action)).where(row.action > named.c.name).scalar_subquery()
    named = named.union_all(select(following).where(named.c.name.is_not(None)))
    return [name for name in session.scalars(select(named.c.name)) if name is not None]


def _first_about(session: Session, since: dt.datetime) -> int | None:
    """Find an id before which there is no entry since then; None if there is none at all.

    Clocks that were set back by up to a day are allowed for.
    """
    row = models.Audit
    query = select(row.id).where(row.at >= since - _CLOCKS).order_by(row.at, row.id).limit(1)
    return session.scalar(query)
