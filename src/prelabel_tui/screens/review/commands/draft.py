"""The draft as a whole: saving, its versions, reset, what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prelabel_tui.core.edits.editable import EditRefused
from prelabel_tui.core.outcomes import Code, Result, Severity
from prelabel_tui.core.times import second
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.conflict import ConflictScreen, runs
from prelabel_tui.screens.review.dialogs.versions import VersionsScreen
from prelabel_tui.screens.shared.base import OnEscape
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.list_dialogs import TextDialog

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.session.stash import Stash

RESET_WORD = "reset"
"""The word to type to confirm a reset."""


class DraftCommands:
    """The keys that concern more than one frame."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    # --- saving

    def save(self) -> None:
        """Save now rather than in a moment."""
        self.context.screen.start(self.save_now(), group="save")

    async def save_now(self) -> None:
        """Save, and say whether everything is saved."""
        context = self.context
        session, display = context.open_session, context.display
        result = await context.screen.in_thread(lambda _: session.flush(), title="Saving")
        display.show_autosave()
        if not result.ok:
            display.set_status(result.outcome.headline)
        elif session.status.healthy:
            display.set_status("Everything is saved.")
        else:
            display.refuse("Not saved yet.")

    # --- versions

    def versions(self) -> None:
        """List every saved version."""
        self.context.screen.ask(self._versions())

    async def _versions(self) -> None:
        context, session = self.context, self.context.open_session
        chosen = await context.screen.app.push_screen_wait(
            VersionsScreen(session, context.index, context.shell.graphics)
        )
        if chosen is None:
            return
        if not isinstance(chosen, int):
            await self._bring_back(chosen)
            return
        result = await context.screen.in_thread(
            lambda _: session.restore(chosen), title="Restoring", on_escape=OnEscape.REFUSE
        )
        self._replaced(result, f"v{chosen} restored as v{session.info.version}.")

    def _replaced(self, result: Result[DraftInfo], text: str) -> None:
        """Show the content that replaced the previous one, and the outcome."""
        context, outcome = self.context, result.outcome
        if not outcome.ok:
            context.display.show_outcome(outcome)
            return
        context.reload()
        context.display.set_status("")  # it spoke of content that is gone
        if outcome.code is Code.DRAFT_RESET:
            context.display.show_outcome(outcome)
        else:
            context.screen.show_message(text, Severity.SUCCESS)

    async def _bring_back(self, stash: Stash) -> None:
        """Apply again the edits that were set aside."""
        context, session = self.context, self.context.open_session
        plan = session.stash_plan(stash)
        choices: Any = {}
        if plan.conflicts:
            choices = await context.screen.app.push_screen_wait(
                ConflictScreen(
                    plan,
                    headline=f"Set aside: {stash.title}. Merging it into the draft as it is now.",
                    manifest=session.manifest,
                    mine=session.document,
                    theirs=session.document,
                    their_name="the draft",
                    summary=f"frames of the edits: {runs(stash.frames)}",
                    read_artifact=session.store.artifacts.get,
                    graphics=context.shell.graphics,
                )
            )
        if choices is None:
            return
        context.put_off_repeat()
        try:
            operation = session.take_stash(stash, choices)
        except EditRefused as refused:
            context.display.refuse(str(refused))
            return
        context.counters.made(operation, session.document)
        context.after_change(operation.frames)
        context.display.repaint()
        context.display.set_status(f"{operation.text}; undo reverts it.")

    # --- reset

    def reset(self) -> None:
        """Reset to the source prelabel pack, after the word was typed."""
        self.context.screen.ask(self._reset())

    async def _reset(self) -> None:
        context, session = self.context, self.context.open_session
        typed = await context.screen.app.push_screen_wait(
            PromptDialog(
                "Reset draft",
                f"{session.info.scope.title}: the draft is rebuilt from its current source "
                "prelabel pack.",
                "Only this draft is affected. Its present content stays in Versions and can be "
                "restored.",
                f"Type {RESET_WORD} to confirm.",
                confirm="Reset draft",
                check=lambda text: (
                    None if text == RESET_WORD else f"Type {RESET_WORD}, or press Esc."
                ),
                danger=True,
            )
        )
        if typed is None:
            return
        result = await context.screen.in_thread(
            lambda _: session.reset(), title="Resetting the draft", on_escape=OnEscape.REFUSE
        )
        self._replaced(result, "")

    # --- what it is

    def details(self) -> None:
        """Show the names, ids and times that the title has no room for, to be copied."""
        info = self.context.open_session.info
        rows = [
            ("Workspace", info.scope.workspace),
            ("Media", info.scope.media),
            ("Capability", info.scope.capability.value),
            ("Lineage", info.lineage.full),
            ("Draft", info.id),
            ("Version", f"{info.version} by {info.updated_by}"),
            ("Saved", second(info.updated_at)),
            ("Created", f"{second(info.created_at)} by {info.created_by}"),
            ("Content hash", info.content_hash),
        ]
        self.context.screen.app.push_screen(TextDialog("Draft", rows))

    def lineage(self) -> None:
        """Copy the draft's full lineage."""
        context, lineage = self.context, self.context.open_session.info.lineage
        if lineage.pack_id is None:
            context.display.refuse(f"Lineage: {lineage.full}; there is no pack id to copy.")
        else:
            context.shell.copy(lineage.pack_id, "Pack-id")
