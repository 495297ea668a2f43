"""Going on with a clock that is earlier than the audit log's newest entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store import gives_outcome
from prelabel_tui.core.store.chain import head
from prelabel_tui.core.times import second

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@gives_outcome
def accept_clock(store: Store, actor: Actor, reason: str) -> Outcome:
    """Accept this machine's clock though the audit log has later entries (admins).

    A machine whose clock was wrong once has written them, and must not stop publishing for good.
    OK, ROLE_FORBIDDEN, REASON_REQUIRED, INPUT_INVALID (the clock is not behind), storage codes.
    """
    reason = reason.strip()
    with store.write() as session:
        actor = authorise(session, actor, Action.CLOCK_ACCEPT)
        if refused := refuse_reason(reason, NEEDS[Action.CLOCK_ACCEPT].what):
            return refused
        now, last = store.now(), head(session.connection()).at
        if last is None or now >= last:
            return Outcome(Code.INPUT_INVALID, "The clock is not behind the audit log.")
        audit.record(
            session, store, actor, Action.CLOCK_ACCEPT, "database", "clock", reason=reason,
            details={"newest_entry": last.isoformat()},
        )  # fmt: skip
    return Outcome(Code.OK, f"Entries go on from {second(now)}.")
