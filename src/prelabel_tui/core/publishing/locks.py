"""The publish locks that are held: by whom, since when; and breaking one whose holder is gone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store import gives_outcome, gives_result, models
from prelabel_tui.core.store.database_clock import database_now
from prelabel_tui.core.times import second

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

LEASE: Final = dt.timedelta(seconds=15)
"""How long a lock lasts unless it is renewed, which a living holder does well before."""


@dataclass(frozen=True)
class Lock:
    """A scope's publish lock; ``now`` is when it was read, as all its times by the database."""

    media_id: str
    capability: str
    token: str
    holder: str
    acquired_at: dt.datetime
    expires_at: dt.datetime
    now: dt.datetime

    @property
    def expired(self) -> bool:
        """Whether the next publish takes it over."""
        return self.expires_at <= self.now

    @property
    def skewed(self) -> bool:
        """Whether it was taken by a clock that was ahead: it does not expire when it should."""
        return self.expires_at > self.now + LEASE

    @property
    def text(self) -> str:
        """Who holds it, since when, and what ends it: one sentence."""
        held = f"{self.holder} has been publishing since {second(self.acquired_at)}"
        until = second(self.expires_at)
        if self.expired:
            return f"{held}; the lock expired at {until}, and the next publish takes it over."
        if self.skewed:
            return (
                f"{held}; the lock expires only at {until}, as the clock was wrong. An admin can "
                "break it: prelabel-tui publish unlock."
            )
        return f"{held}; the lock expires at {until} unless it is renewed."

    @property
    def as_data(self) -> dict[str, object]:
        """Return what an outcome says of it to programs."""
        return {
            "holder": self.holder,
            "since": self.acquired_at.isoformat(),
            "expires": self.expires_at.isoformat(),
        }


def read_locks(session: Session, scope: Scope | None = None) -> list[Lock]:
    """Read the locks there are, of one scope or of all, expired ones included."""
    row = models.PublishLock
    query = select(row).order_by(row.acquired_at, row.token)
    if scope is not None:
        query = query.where(
            row.media_id == scope.media_id, row.capability == scope.capability.value
        )
    now = database_now(session.connection())
    return [
        Lock(
            lock.media_id, lock.capability, lock.token, lock.holder,
            lock.acquired_at, lock.expires_at, now,
        )
        for lock in session.scalars(query)
    ]  # fmt: skip


@gives_result
def find_lock(store: Store, scope: Scope) -> Result[Lock]:
    """Find the lock of a scope.  NOT_FOUND, storage codes."""
    with store.read() as session:
        locks = read_locks(session, scope)
    if not locks:
        return Result(Outcome(Code.NOT_FOUND, f"Nobody holds the publish lock of {scope.title}."))
    return Result(Outcome(Code.OK), locks[0])


@gives_outcome
def break_lock(store: Store, actor: Actor, scope: Scope, token: str, reason: str) -> Outcome:
    """Take a lock that was looked at away from its holder (admins).

    A holder who lives after all is refused when they would record the revision.
    OK, ROLE_FORBIDDEN, REASON_REQUIRED, NOT_FOUND (it was given back, or is another one by now),
    storage codes.
    """
    reason = reason.strip()
    with store.write() as session:
        actor = authorise(session, actor, Action.PUBLISH_UNLOCK)
        if refused := refuse_reason(reason, NEEDS[Action.PUBLISH_UNLOCK].what):
            return refused
        held = next((lock for lock in read_locks(session, scope) if lock.token == token), None)
        if held is None:
            detail = f"That publish lock of {scope.title} is no longer held."
            return Outcome(Code.NOT_FOUND, detail)
        session.execute(delete(models.PublishLock).where(models.PublishLock.token == token))
        audit.record(
            session, store, actor, Action.PUBLISH_UNLOCK, "lock", token, reason=reason,
            media_id=scope.media_id, capability=scope.capability.value, details=held.as_data,
        )  # fmt: skip
    return Outcome(Code.OK, f"The publish lock of {scope.title} is free.", held.as_data)
