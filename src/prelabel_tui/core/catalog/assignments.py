"""Whose a scope is, and whether it is ready for the lead; both audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.catalog.standings import Standing, put, standing_of
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store import gives_result, models

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@gives_result
def assign(store: Store, actor: Actor, scope: Scope, person: str | None) -> Result[Standing]:
    """Assign a scope to a person, or (None) to nobody.

    Leads assign to anybody; a reviewer takes what is nobody's, and gives back what is theirs.
    OK, ROLE_FORBIDDEN, USER_UNKNOWN, storage codes.
    """
    with store.write() as session:
        _hold(session, scope)
        before = standing_of(session, scope)
        own = (before.assigned_to, person) in ((None, actor.name), (actor.name, None))
        action = Action.SCOPE_TAKE if own else Action.SCOPE_ASSIGN
        actor = authorise(session, actor, action)
        if person is not None and not session.scalar(
            select(models.User.id).where(models.User.name == person)
        ):
            raise Refused(Outcome(Code.USER_UNKNOWN, f"User {person!r}."))
        if before.assigned_to != person:
            put(session.connection(), scope, {"assigned_to": person})
            audit.record(
                session, store, actor, action, "scope", scope.media_id,
                media_id=scope.media_id, capability=scope.capability.value,
                details={"from": before.assigned_to, "to": person},
            )  # fmt: skip
        after = standing_of(session, scope)
    said = "assigned to nobody" if person is None else f"assigned to {person}"
    return Result(Outcome(Code.OK, f"{scope.title} is {said}."), after)


@gives_result
def set_ready(
    store: Store, actor: Actor, scope: Scope, *, ready: bool, note: str = ""
) -> Result[Standing]:
    """Say that a scope is ready for the lead, with a note; or that it is not.

    It lasts until somebody takes it back, or a revision is published.  OK, ROLE_FORBIDDEN,
    storage codes.
    """
    with store.write() as session:
        action = Action.SCOPE_READY if ready else Action.SCOPE_NOT_READY
        actor = authorise(session, actor, action)
        values = {
            "ready": ready, "note": note.strip() if ready else "", "said_by": actor.name,
            "said_at": store.now(),
        }  # fmt: skip
        put(session.connection(), scope, values)
        audit.record(
            session, store, actor, action, "scope", scope.media_id,
            media_id=scope.media_id, capability=scope.capability.value,
            reason=note.strip(),
        )  # fmt: skip
        after = standing_of(session, scope)
    said = "ready for the lead" if ready else "not ready"
    return Result(Outcome(Code.OK, f"{scope.title} is {said}."), after)


def _hold(session: Session, scope: Scope) -> None:
    """Let nobody assign the same scope before the transaction ends."""
    put(session.connection(), scope, {"workspace_id": scope.workspace_id})
    session.execute(
        select(models.Standing.media_id)
        .where(
            models.Standing.media_id == scope.media_id,
            models.Standing.capability == scope.capability.value,
        )
        .with_for_update()
    )
