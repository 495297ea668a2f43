"""Whether anything that lists show was changed since somebody looked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from prelabel_tui.core.store import models
from prelabel_tui.core.store.chain import head

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Mark(NamedTuple):
    """The state of everything that lists show: another one when anything was changed.

    The head of the audit log stands for the rest; who has drafts open is not recorded there.
    """

    head: str
    present: int
    newest: dt.datetime | None


def mark(store: Store) -> Mark:
    """Read the mark of now: two rows, whatever the size of the data folder.  FAILURES."""
    presence = models.Presence
    there = select(func.count(), func.max(presence.since)).where(presence.expires_at > store.now())
    with store.read() as session:
        count, newest = session.execute(there).one()
        return Mark(head(session.connection()).hash, count, newest)
