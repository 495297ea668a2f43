"""The findings and packs that publishing asks about, and publishing itself."""

from __future__ import annotations

from prelabel_tui.core.outcomes import Severity
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.publishing import publish_draft, submit_draft
from prelabel_tui.screens.review.modes.drawer import FindingsMode, PacksMode


class PublishCommands:
    """The keys on the way to a revision."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    async def findings(self) -> None:
        """List every finding; moving through them shows their frames."""
        context = self.context
        if context.analysis is None:
            context.display.refuse("The clip is still being analysed.")
            return
        context.upkeep.settle()
        await FindingsMode(context, context.analysis.findings).show()

    async def packs(self) -> None:
        """List the packs of this (workspace, media, capability)."""
        await PacksMode(self.context, self.submit, self.spot_check).show()

    def publish(self) -> None:
        """Show what would be published, ask, publish."""
        self.context.screen.ask(self._publish())

    async def _publish(self) -> None:
        context, session = self.context, self.context.open_session
        if not await self._saved():
            return
        outcome = await publish_draft(
            context.screen,
            session.info.id,
            session.info.version,
            context.publish_pack,
            hints=context.display.hints,
        )
        if outcome is not None:
            await self._reload_packs()

    def submit(self) -> None:
        """Make a pending pack of the draft, for a lead to decide about."""
        self.context.screen.ask(self._submit())

    async def _submit(self) -> None:
        context = self.context
        if await self._saved():
            info = context.open_session.info
            await submit_draft(context.screen, info.id, info.version, hints=context.display.hints)
            await self._reload_packs()

    def spot_check(self) -> None:
        """Judge a random sample of the reviewed frames, as they are saved."""
        self.context.screen.ask(self._check())

    async def _check(self) -> None:
        if await self._saved():
            self.context.shell.open_spot_check(self.context.open_session.info.scope)

    def history(self) -> None:
        """Show what was published in this scope; `q` comes back to the review."""
        scope = self.context.open_session.info.scope
        self.context.shell.open_history(scope.workspace, scope.media, scope.capability)

    async def _reload_packs(self) -> None:
        if isinstance(self.context.mode, PacksMode):
            await self.context.mode.load()

    async def _saved(self) -> bool:
        """Save what is to be published; show what prevents it."""
        context, session, display = (
            self.context, self.context.open_session, self.context.display,
        )  # fmt: skip
        if session.conflict is not None:
            display.show_outcome(session.conflict.outcome)
            return False
        saving = "Saving before publishing"
        result = await context.screen.in_thread(lambda _: session.flush(), title=saving)
        display.show_autosave()
        status = session.status
        if result.value is not None and status.healthy:
            return True
        if session.conflict is not None:
            display.show_outcome(session.conflict.outcome)
        else:
            context.screen.show_message(
                f"{status.line}. Resolve that before publishing; nothing was published.",
                Severity.ERROR,
            )
        return False
