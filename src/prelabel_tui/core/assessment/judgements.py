"""Judging the frames of a spot check: each judgement is kept at once.

The audit log has them with the result, not one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from prelabel_tui.core.assessment.spot_checks import own_check, refusal
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import gives_outcome, models

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@gives_outcome
def judge(store: Store, actor: Actor, check_id: str, index: int, *, wrong: bool) -> Outcome:
    """Keep the judgement about a frame of one's own spot check; the last one about it counts.

    OK, NOT_FOUND, INPUT_INVALID (somebody else's, ended, a frame that was not drawn),
    ROLE_FORBIDDEN, storage codes.
    """
    frame = models.SpotCheckFrame
    with store.write() as session:
        actor = authorise(session, actor, Action.SPOT_CHECK_START)
        check = own_check(session, actor, check_id)
        if check.ended_at is not None:
            raise refusal("This spot check has ended: its judgements stay as they are.")
        done = session.connection().execute(
            update(frame)
            .where(frame.check_id == check_id, frame.frame == index)
            .values(wrong=wrong, judged_at=store.now())
        )
        if done.rowcount != 1:
            raise refusal(f"Frame {index + 1} is not in this sample.")
    return Outcome(Code.OK)
