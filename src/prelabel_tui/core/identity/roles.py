"""The role that a user has now, read in the transaction that depends on it."""

from __future__ import annotations

import dataclasses

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.store import models


def role_of(session: Session, name: str, *, hold: bool = False) -> Role | None:
    """Read a user's role; None for nobody.  ``hold``: it stays so until the transaction ends."""
    query = select(models.User.role).where(models.User.name == name)
    role = session.scalar(query.with_for_update(read=True) if hold else query)
    return None if role is None else Role(role)


def refused_now(session: Session, actor: Actor, role: Role, what: str) -> Outcome | None:
    """Return ROLE_FORBIDDEN when the actor does not have the role now, in the same transaction.

    An actor that the table does not know (a program's own) has the role it was made with.
    """
    now = role_of(session, actor.name, hold=True) or actor.role
    return dataclasses.replace(actor, role=now).require(role, what)
