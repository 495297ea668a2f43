"""The lease of a scope's publish: never waits, expires when its holder died, fences late ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core.ids import new_id
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.scopes import Scope
from prelabel_tui.core.store import FAILURES, models
from prelabel_tui.core.store.prepared import Prepared

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


_locks: Final = models.Base.metadata.tables[models.PublishLock.__tablename__]
_HERE: Final = (_locks.c.media_id == bindparam("media"), _locks.c.capability == bindparam("capa"))
_EXPIRED: Final = Prepared(delete(_locks).where(*_HERE, _locks.c.expires_at <= bindparam("now")))
_INSERT: Final = Prepared.insert(_locks)
_HOLDER: Final = Prepared(select(_locks.c.holder, _locks.c.expires_at).where(*_HERE))
_RENEW: Final = Prepared(
    update(_locks).where(_locks.c.token == bindparam("mine")).values(expires_at=bindparam("until"))
)
_GIVE_BACK: Final = Prepared(delete(_locks).where(_locks.c.token == bindparam("mine")))

Seen = TypeVar("Seen")


@dataclass
class Lease:
    """A lease that was taken.  ``held`` is False once the publish gave it back and committed."""

    token: str
    held: bool = True

    def give_back(self, session: Session) -> None:
        """Delete the lock within the publishing transaction.  LockLost when it is no longer
        this lease's: a publish that took over must not be overtaken."""
        if _GIVE_BACK.execute(session.connection(), {"mine": self.token}) != 1:
            raise LockLost("The lease of this publish expired and another one took over.")


@contextlib.contextmanager
def lease(
    store: Store, actor: Actor, scope: Scope, look: Callable[[Session], Seen]
) -> Iterator[tuple[Lease, Seen]]:
    """Hold the scope's lease for the block, renewed in the background.

    ``look`` reads what the lease protects, in the transaction that takes it: no publish can come
    between.  When it raises, no lease was taken.

    LockLost when another publish holds it; FAILURES.
    """
    taken, seen = _take(store, actor, scope, look)
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(store, taken, done), daemon=True)
    renewer.start()
    try:
        yield taken, seen
    finally:
        done.set()
        renewer.join()
        if taken.held:
            _release(store, taken)


def _take(
    store: Store, actor: Actor, scope: Scope, look: Callable[[Session], Seen]
) -> tuple[Lease, Seen]:
    taken, here = Lease(new_id()), {"media": scope.media_id, "capa": scope.capability.value}
    try:
        with store.write(fleeting=True) as session:
            now = store.now()
            connection = session.connection()
            _EXPIRED.execute(connection, {**here, "now": now})
            _INSERT.execute(
                connection,
                {
                    "media_id": scope.media_id,
                    "capability": scope.capability.value,
                    "token": taken.token,
                    "holder": f"{actor.name} ({actor.origin})",
                    "acquired_at": now,
                    "expires_at": now + LEASE,
                },
            )
            seen = look(session)
    except IntegrityError as error:
        with store.read() as session:
            row = _HOLDER.row(session.connection(), here)
        if row is None:  # given back in between: publishing again will find it free
            raise LockLost("It has just ended.") from error
        raise LockLost(
            f"{row.holder} is publishing; the lock expires at {row.expires_at:%H:%M:%S} UTC "
            "unless it is renewed."
        ) from error
    return taken, seen


def _renew(store: Store, taken: Lease, done: threading.Event) -> None:
    while not done.wait(LEASE.total_seconds() / 3):
        # A renewal that fails lets the lease expire; the token then fences this publish out.
        with contextlib.suppress(*FAILURES), store.write(fleeting=True) as session:
            until = store.now() + LEASE
            _RENEW.execute(session.connection(), {"mine": taken.token, "until": until})


def _release(store: Store, taken: Lease) -> None:
    """Give the lock back if the publish did not; otherwise it would expire by itself."""
    with contextlib.suppress(*FAILURES), store.write(fleeting=True) as session:
        _GIVE_BACK.execute(session.connection(), {"mine": taken.token})
