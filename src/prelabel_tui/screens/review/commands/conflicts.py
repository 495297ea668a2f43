"""Settling a 409: both sides merged, or the newer version loaded and one's own edits set aside."""

from __future__ import annotations

from prelabel_tui.core.outcomes import Severity
from prelabel_tui.core.times import clock
from prelabel_tui.screens.review.commands.draft import DraftCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.conflict import NewerScreen, runs


class ConflictCommands:
    """The key for what somebody else saved in the meantime."""

    def __init__(self, context: ReviewContext, draft: DraftCommands) -> None:
        self.context = context
        self._draft = draft

    def settle(self) -> None:
        """Show both sides of a 409; without one, the newer version that is announced."""
        context, session = self.context, self.context.open_session
        if session.conflict is not None:
            context.screen.ask(self._settle_conflict())
        elif session.newer is not None:
            context.screen.ask(self._load_newer())
        else:
            context.display.refuse("There is no conflict: every edit is saved or on its way.")

    async def _load_newer(self) -> None:
        session = self.context.open_session
        if not session.status.healthy:  # what is unsaved here conflicts with it
            await self._draft.save_now()
            if session.conflict is not None:
                await self._settle_conflict()
        elif session.newer is not None:
            self._load_latest()

    async def _settle_conflict(self) -> None:
        context, session = self.context, self.context.open_session
        conflict = session.conflict
        assert conflict is not None
        plan = session.merge_plan()
        only_mine = set(conflict.my_frames) - set(conflict.their_frames)
        only_theirs = set(conflict.their_frames) - set(conflict.my_frames)
        answer = await context.screen.app.push_screen_wait(
            NewerScreen(
                plan,
                headline=conflict.headline,
                manifest=session.manifest,
                mine=session.document,
                theirs=conflict.content,
                their_name=conflict.their_name,
                summary=(
                    f"frames only mine: {runs(sorted(only_mine))} · only theirs: "
                    f"{runs(sorted(only_theirs))} · merged by itself: {runs(plan.merged_frames)}"
                ),
                read_artifact=session.store.artifacts.get,
                graphics=context.shell.graphics,
            )
        )
        if answer is None:
            context.display.show_outcome(conflict.outcome)
            return
        if answer == "latest":
            self._load_latest()
            return
        try:
            session.merge(answer)
        except ValueError:
            # Edits made in the meantime caused further conflicts: show them too.
            await self._settle_conflict()
            return
        context.reload()
        context.screen.show_message(
            f"Merged with v{conflict.their_version}; saving.", Severity.SUCCESS
        )

    def _load_latest(self) -> None:
        context, session = self.context, self.context.open_session
        try:
            stash = session.load_latest()
        except OSError as error:
            context.screen.show_message(
                f"Your edits could not be set aside: {error}.", Severity.ERROR
            )
            return
        context.reload()
        info = session.info
        aside = "" if stash is None else f" Set aside: {stash.title}; see Versions."
        context.screen.show_message(
            f"Latest draft loaded, v{info.version}: {info.updated_by} saved it at "
            f"{clock(info.updated_at)}.{aside}",
            Severity.SUCCESS,
        )
