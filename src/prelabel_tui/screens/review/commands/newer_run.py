"""A newer run on the clip under review: its prelabels, with the corrections made so far."""

from __future__ import annotations

from prelabel_tui.core.drafts.carrying import CarryPlan, newer_pack, plan_carry
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.outcomes import Code, Outcome, Result, Severity
from prelabel_tui.core.text import printable
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.newer_run import CarryDialog
from prelabel_tui.screens.shared.base import Job, OnEscape


class NewerRunCommands:
    """The key that carries corrections onto a newer run's prelabels."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    def offer(self) -> None:
        """Say so when newer prelabels than the draft's are there."""
        self.context.screen.start(self._offer(), group="offer")

    async def _offer(self) -> None:
        context = self.context
        store, draft_id = context.shell.store, context.open_session.info.id

        def look(_: Job) -> Result[str]:
            found = newer_pack(store, draft_id)
            text = "" if found.value is None else found.value.text
            return Result(Outcome(Code.OK), text)

        result = await context.screen.in_thread(look, title="Looking for newer prelabels")
        if result.value and context.screen.is_attached:
            context.screen.show_message(
                f"Newer prelabels are here: {printable(result.value)}.",
                Severity.INFO,
                [
                    (
                        context.shell.keymap.display("review.newer_run"),
                        "Carry my corrections onto them",
                    )
                ],
            )

    def carry(self) -> None:
        """Show what carrying would give, then do it."""
        self.context.screen.ask(self._carry())

    async def _carry(self) -> None:
        context, session, shell = self.context, self.context.open_session, self.context.shell
        context.put_off_repeat()

        def plan(job: Job) -> Result[CarryPlan]:
            session.flush()
            if session.conflict is not None:
                return Result(session.conflict.outcome)
            return plan_carry(shell.store, session.info.id, session.info.version, progress=job)

        planned = await context.screen.in_thread(
            plan, title="Carrying the corrections", on_escape=OnEscape.CANCEL
        )
        if planned.value is None:
            context.display.show_outcome(planned.outcome)
            return
        wanted = planned.value
        if not await context.screen.app.push_screen_wait(CarryDialog(wanted)):
            return

        def save(_: Job) -> Result[DraftInfo]:
            return session.carry(wanted)

        result = await context.screen.in_thread(
            save, title="Carrying the corrections", on_escape=OnEscape.REFUSE
        )
        if not result.ok:
            context.display.show_outcome(result.outcome)
            return
        context.reload()
        versions = shell.keymap.display("review.versions")
        context.screen.show_message(
            f"{wanted.carried.text}. {versions} restores the version before.", Severity.SUCCESS
        )
        if wanted.carried.look_at:
            context.go(wanted.carried.look_at[0])
