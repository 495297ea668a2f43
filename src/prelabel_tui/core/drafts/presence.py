"""Who has a draft open: a hint that expires, never a lock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from prelabel_tui.core.store import models

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

BEAT_SECONDS: Final = 5.0
"""How often an open session says that it is still there."""

EXPIRY: Final = dt.timedelta(seconds=15)
"""How long after its last beat a session counts as gone."""


@dataclass(frozen=True)
class Present:
    """Somebody who has a draft open."""

    user: str
    origin: str
    since: dt.datetime

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"user": self.user, "since": self.since.isoformat()}


def beat(store: Store, actor: Actor, token: str, draft_id: str, since: dt.datetime) -> None:
    """Record that the session ``token`` has the draft open, since ``since``.  FAILURES."""
    now = store.now()
    with store.write() as session:
        result = session.execute(
            update(models.Presence)
            .where(models.Presence.token == token)
            .values(expires_at=now + EXPIRY)
        )
        if result.rowcount == 1:  # type: ignore[attr-defined]
            return
        # The first beat, or the first after others took the session for gone.
        session.execute(delete(models.Presence).where(models.Presence.expires_at < now))
        session.execute(
            insert(models.Presence).values(
                token=token,
                draft_id=draft_id,
                user_name=actor.name,
                origin=actor.origin,
                since=since,
                expires_at=now + EXPIRY,
            )
        )


def leave(store: Store, token: str) -> None:
    """Record that the session is gone.  FAILURES."""
    with store.write() as session:
        session.execute(delete(models.Presence).where(models.Presence.token == token))


def present(
    store: Store, draft_ids: Iterable[str], excluding: str | None = None
) -> dict[str, list[Present]]:
    """List who has each of these drafts open, longest first; without the session ``excluding``.

    Drafts that nobody has open are left out.  FAILURES.
    """
    now = store.now()
    query = (
        select(models.Presence)
        .where(
            models.Presence.draft_id.in_(list(draft_ids)),
            models.Presence.expires_at >= now,
            # A clock that was set back must not keep the dead alive.
            models.Presence.expires_at <= now + 2 * EXPIRY,
        )
        .order_by(models.Presence.since, models.Presence.token)
    )
    found: dict[str, list[Present]] = {}
    with store.read() as session:
        for row in session.scalars(query):
            if row.token != excluding:
                present = Present(row.user_name, row.origin, row.since)
                found.setdefault(row.draft_id, []).append(present)
    return found
