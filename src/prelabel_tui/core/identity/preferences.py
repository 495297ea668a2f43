"""What a user's screens remember between sessions: filters, the view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import gives_outcome, models

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


def recall(store: Store, actor: Actor, key: str) -> dict[str, Any]:
    """Return what was remembered under ``key``; empty when nothing was."""
    with store.read() as session:
        value = session.scalar(
            select(models.Preference.value).where(
                models.Preference.user_name == actor.name, models.Preference.key == key
            )
        )
    return dict(value or {})


@gives_outcome
def remember(store: Store, actor: Actor, key: str, value: Mapping[str, Any]) -> Outcome:
    """Replace what is remembered under ``key``; of two at once, the last one stays."""
    change = (
        update(models.Preference)
        .where(models.Preference.user_name == actor.name, models.Preference.key == key)
        .values(value=dict(value))
    )
    try:
        with store.write() as session:
            if session.connection().execute(change).rowcount:
                return Outcome(Code.OK)
            session.execute(
                insert(models.Preference).values(user_name=actor.name, key=key, value=dict(value))
            )
    except IntegrityError:
        return remember(store, actor, key, value)
    return Outcome(Code.OK)
