"""The lease of a scope's publish: it never waits, expires when its holder dies and fences it.

All its times are the database's, so that machines whose clocks differ agree when it has expired.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.publishing.locks import LEASE, read_locks
from prelabel_tui.core.store import FAILURES, models
from prelabel_tui.core.store.database_clock import database_now

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_locks: Final = models.Base.metadata.tables[models.PublishLock.__tablename__]
_HERE: Final = (_locks.c.media_id == bindparam("media"), _locks.c.capability == bindparam("capa"))
_MINE: Final = _locks.c.token == bindparam("mine")
_EXPIRED: Final = delete(_locks).where(*_HERE, _locks.c.expires_at <= bindparam("now"))
_RENEW: Final = update(_locks).where(_MINE).values(expires_at=bindparam("until"))
_GIVE_BACK: Final = delete(_locks).where(_MINE)

Seen = TypeVar("Seen")


@dataclass
class Lease:
    """A lease that was taken.  ``held`` is False once the publish gave it back and committed."""

    token: str
    held: bool = True

    def give_back(self, session: Session) -> None:
        """Delete the lock within the publishing transaction.

        Refused when it is no longer this lease's: a publish that took over must not be overtaken.
        """
        if session.connection().execute(_GIVE_BACK, {"mine": self.token}).rowcount != 1:
            raise _lost(
                "The lease of this publish ended: it expired and another one took over, or an "
                "admin broke its lock."
            )


@contextlib.contextmanager
def lease(
    store: Store, actor: Actor, look: Callable[[Session, Callable[[Scope], None]], Seen]
) -> Iterator[tuple[Lease, Seen]]:
    """Hold a scope's lease for the block, renewed in the background.

    ``look`` calls what it is given to take the scope's lease, then reads what the lease protects,
    in the same transaction: no publish can come between.  When it raises, no lease was taken.

    Refused (PUBLISH_LOCK_CONFLICT) when another publish holds it; FAILURES.
    """
    taken, seen = _take(store, actor, look)
    _RENEWALS.add(taken, store)
    try:
        yield taken, seen
    finally:
        _RENEWALS.remove(taken)
        if taken.held:
            _release(store, taken)


def _take(
    store: Store, actor: Actor, look: Callable[[Session, Callable[[Scope], None]], Seen]
) -> tuple[Lease, Seen]:
    taken = Lease(new_id())
    wanted: list[Scope] = []
    try:
        with store.write(durable=False) as session:

            def take(scope: Scope) -> None:
                wanted.append(scope)
                _insert(session, scope, taken, f"{actor.name} ({actor.origin})")

            return taken, look(session, take)
    except IntegrityError as error:
        with store.read() as session:
            held = read_locks(session, wanted[-1])
        if not held:  # given back in between: publishing again will find it free
            raise _lost("It has just ended.") from error
        raise _lost(held[0].text, held[0].as_data) from error


def _lost(detail: str, data: Mapping[str, object] | None = None) -> Refused:
    return Refused(Outcome(Code.PUBLISH_LOCK_CONFLICT, detail, data or {}))


def _place(scope: Scope) -> dict[str, str]:
    return {"media": scope.media_id, "capa": scope.capability.value}


def _insert(session: Session, scope: Scope, taken: Lease, holder: str) -> None:
    """Insert the lock's row, in place of an expired one.  IntegrityError when another holds it."""
    connection = session.connection()
    now = database_now(connection)
    connection.execute(_EXPIRED, {**_place(scope), "now": now})
    connection.execute(
        insert(models.PublishLock),
        {
            "media_id": scope.media_id,
            "capability": scope.capability.value,
            "token": taken.token,
            "holder": holder,
            "acquired_at": now,
            "expires_at": now + LEASE,
        },
    )


class _Renewals:
    """Renews every lease that this process holds: one thread, started with the first of them."""

    def __init__(self) -> None:
        self._held: dict[str, Store] = {}
        self._any = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, taken: Lease, store: Store) -> None:
        with self._guard:
            self._held[taken.token] = store
            self._any.set()
            if self._thread is None or not self._thread.is_alive():  # none after a fork
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def remove(self, taken: Lease) -> None:
        with self._guard:
            del self._held[taken.token]
            if not self._held:
                self._any.clear()

    def _run(self) -> None:
        while self._any.wait():
            time.sleep(LEASE.total_seconds() / 3)
            with self._guard:
                held = list(self._held.items())
            for token, store in held:
                _renew(store, token)


_RENEWALS: Final = _Renewals()


def _renew(store: Store, token: str) -> None:
    # A renewal that fails lets the lease expire; the token then fences this publish out.
    with contextlib.suppress(*FAILURES), store.write(durable=False) as session:
        connection = session.connection()
        until = database_now(connection) + LEASE
        connection.execute(_RENEW, {"mine": token, "until": until})


def _release(store: Store, taken: Lease) -> None:
    """Give the lock back if the publish did not; otherwise it would expire by itself."""
    with contextlib.suppress(*FAILURES), store.write(durable=False) as session:
        session.connection().execute(_GIVE_BACK, {"mine": taken.token})
