"""The lease of a scope's publish: never waits, expires when its holder died, fences late ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core.ids import new_id
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.scopes import Scope
from prelabel_tui.core.store import FAILURES, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.users import Actor

LEASE = dt.timedelta(seconds=15)
"""How long a killed holder blocks its scope; a live one renews well before."""


class LockLost(Exception):
    """Somebody else holds the scope's lease; ``outcome`` says who."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.outcome = Outcome(Code.PUBLISH_LOCK_CONFLICT, detail)


@dataclass
class Lease:
    """A lease that was taken.  ``held`` is False once the publish gave it back and committed."""

    scope: Scope
    token: str
    held: bool = True

    def give_back(self, session: Session) -> None:
        """Delete the lock within the publishing transaction.  LockLost when it is no longer
        this lease's: a publish that took over must not be overtaken."""
        lock = models.PublishLock
        result = session.execute(
            delete(lock).where(
                lock.media_id == self.scope.media_id,
                lock.capability == self.scope.capability.value,
                lock.token == self.token,
            )
        )
        if result.rowcount != 1:  # type: ignore[attr-defined]
            raise LockLost("The lease of this publish expired and another one took over.")


@contextlib.contextmanager
def lease(store: Store, actor: Actor, scope: Scope) -> Iterator[Lease]:
    """Hold the scope's lease for the block, renewed in the background.

    LockLost when another publish holds it; FAILURES.
    """
    taken = _take(store, actor, scope)
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(store, taken, done), daemon=True)
    renewer.start()
    try:
        yield taken
    finally:
        done.set()
        renewer.join()
        if taken.held:
            _release(store, taken)


def _take(store: Store, actor: Actor, scope: Scope) -> Lease:
    lock, taken = models.PublishLock, Lease(scope, new_id())
    here = (lock.media_id == scope.media_id, lock.capability == scope.capability.value)
    try:
        with store.write() as session:
            now = store.now()
            session.execute(delete(lock).where(*here, lock.expires_at <= now))
            session.execute(
                insert(lock).values(
                    media_id=scope.media_id,
                    capability=scope.capability.value,
                    token=taken.token,
                    holder=f"{actor.name} ({actor.origin})",
                    acquired_at=now,
                    expires_at=now + LEASE,
                )
            )
    except IntegrityError as error:
        with store.read() as session:
            row = session.execute(select(lock.holder, lock.expires_at).where(*here)).one_or_none()
        if row is None:  # given back in between: publishing again will find it free
            raise LockLost("It has just ended.") from error
        raise LockLost(
            f"{row.holder} is publishing; the lock expires at {row.expires_at:%H:%M:%S} UTC "
            "unless it is renewed."
        ) from error
    return taken


def _renew(store: Store, taken: Lease, done: threading.Event) -> None:
    lock = models.PublishLock
    while not done.wait(LEASE.total_seconds() / 3):
        # A renewal that fails lets the lease expire; the token then fences this publish out.
        with contextlib.suppress(*FAILURES), store.write() as session:
            session.execute(
                update(lock)
                .where(lock.token == taken.token)
                .values(expires_at=store.now() + LEASE)
                .execution_options(synchronize_session=False)
            )


def _release(store: Store, taken: Lease) -> None:
    """Give the lock back if the publish did not; otherwise it would expire by itself."""
    lock = models.PublishLock
    with contextlib.suppress(*FAILURES), store.write() as session:
        session.execute(delete(lock).where(lock.token == taken.token))
