"""The role that a user has now, read in the transaction that depends on it."""

from __future__ import annotations

import dataclasses
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.identity.actions import NEEDS, Action, refused
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store import Store, gives_result, models

_ASKED: Final = 3
"""How many people a refusal names."""


def role_of(session: Session, name: str, *, hold: bool = False) -> Role | None:
    """Read a user's role; None for nobody.  ``hold``: it stays so until the transaction ends."""
    query = select(models.User.role).where(models.User.name == name)
    role = session.scalar(query.with_for_update(read=True) if hold else query)
    return None if role is None else Role(role)


def authorise(session: Session, actor: Actor, action: Action) -> Actor:
    """Return the actor with the role of now, which stays theirs until the transaction ends.

    An actor that the table does not know (a program's own) has the role it was made with.
    Refused (ROLE_FORBIDDEN) when that does not allow the action; it names people to ask.
    """
    role = role_of(session, actor.name, hold=True) or actor.role
    actor = dataclasses.replace(actor, role=role)
    if refused(actor, action) is not None:
        outcome = refused(actor, action, _people(session, NEEDS[action].role))
        assert outcome is not None
        raise Refused(outcome)
    return actor


@gives_result
def acting(store: Store, actor: Actor, action: Action) -> Result[Actor]:
    """Return the actor with the role of now, if that allows an action.

    ROLE_FORBIDDEN with people to ask, storage codes.
    """
    with store.read() as session:
        return Result(Outcome(Code.OK), authorise(session, actor, action))


def who_may(store: Store, action: Action) -> tuple[str, ...]:
    """Name some whose role allows an action, to be asked.  FAILURES."""
    with store.read() as session:
        return _people(session, NEEDS[action].role)


def _people(session: Session, least: Role) -> tuple[str, ...]:
    """Name some who have at least this role, those nearest to it first."""
    roles = [role.value for role in Role if role.rank >= least.rank]
    rows = session.execute(
        select(models.User.name, models.User.role).where(models.User.role.in_(roles))
    )
    found = sorted((Role(role).rank, name) for name, role in rows)
    return tuple(name for _, name in found[:_ASKED])
