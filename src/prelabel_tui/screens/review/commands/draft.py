"""The draft as a whole: saving, conflicts, versions, reset, lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prelabel_tui.core.edits.editable import EditRefused
from prelabel_tui.core.outcomes import Result, Severity
from prelabel_tui.screens.review.dialogs.conflict import ConflictScreen, NewerScreen, runs
from prelabel_tui.screens.review.dialogs.versions import VersionsScreen
from prelabel_tui.screens.review.repeating import Repeating
from prelabel_tui.screens.shared.base import Job, OnEscape
from prelabel_tui.screens.shared.dialogs import PromptDialog

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.session.stash import Stash
    from prelabel_tui.screens.review.analysis import Analysis

RESET_WORD = "reset"
"""What is typed to confirm a reset."""


class DraftActions(Repeating):
    """The keys that concern more than a frame."""

    # --- saving

    def do_save(self) -> None:
        """Save now rather than in a moment."""
        self.start(self._save(), group="save")

    async def _save(self) -> None:
        session = self.open_session
        result = await self.in_thread(lambda _: session.flush(), title="Saving")
        self.show_autosave()
        if not result.ok:
            self.tell(result.outcome.headline)
        elif session.status.healthy:
            self.tell("Everything is saved.")
        else:
            self.refuse("Not saved yet.")

    # --- conflicts

    def do_settle(self) -> None:
        """Both sides of a 409; without one the newer version that the status line tells of."""
        session = self.open_session
        if session.conflict is not None:
            self.start(self._settle_conflict(), group="dialog")
        elif session.newer is not None:
            self.start(self._load_newer(), group="dialog")
        else:
            self.refuse("There is no conflict: every edit here is saved or on its way.")

    async def _load_newer(self) -> None:
        session = self.open_session
        if not session.status.healthy:  # what is unsaved here meets it as a conflict
            await self._save()
            if session.conflict is not None:
                await self._settle_conflict()
        elif session.newer is not None:
            self._load_latest()

    async def _settle_conflict(self) -> None:
        session = self.open_session
        conflict = session.conflict
        assert conflict is not None
        plan = session.merge_plan()
        only_mine = set(conflict.my_frames) - set(conflict.their_frames)
        only_theirs = set(conflict.their_frames) - set(conflict.my_frames)
        answer = await self.app.push_screen_wait(
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
                graphics=self.graphics,
            )
        )
        if answer is None:
            self.announce(conflict.outcome)
            return
        if answer == "latest":
            self._load_latest()
            return
        try:
            session.merge(answer)
        except ValueError:
            # Edits made meanwhile met further conflicts: show them too.
            await self._settle_conflict()
            return
        self.reload()
        self.show_message(f"Merged with v{conflict.their_version}; saving.", Severity.SUCCESS)

    def _load_latest(self) -> None:
        session = self.open_session
        try:
            stash = session.load_latest()
        except OSError as error:
            self.show_message(f"Your edits could not be set aside: {error}.", Severity.ERROR)
            return
        self.reload()
        info = session.info
        aside = "" if stash is None else f" Set aside: {stash.title}; see Versions."
        self.show_message(
            f"Latest draft loaded, v{info.version}: {info.updated_by} saved it at "
            f"{info.updated_at.astimezone():%H:%M:%S}.{aside}",
            Severity.SUCCESS,
        )

    def reload(self) -> None:
        """Show the draft anew: its content was replaced."""
        self.put_off_repeat()
        self.answered = None
        self.tally.look(self.document)
        self.index = min(self.index, len(self.document) - 1)
        if self.selected is not None and self.frame.label(self.selected) is None:
            self.selected = None
        self.clear_banner()
        self.tell("")
        self.show_scope()
        self.repaint()
        self.show_autosave()
        self.analyse()

    def analyse(self) -> None:
        """Findings, ranking and timeline, off this thread."""
        self._dirty.clear()
        self.analysis = None
        self.start(self._analyse(), group="analysis")

    async def _analyse(self) -> None:
        session, shell = self.open_session, self.shell
        document, info, repeats = self.document.copy(), session.info, self.repeats

        def work(_: Job) -> Analysis:
            from prelabel_tui.core.drafts.findings import validator
            from prelabel_tui.core.drafts.loading import LoadedDraft
            from prelabel_tui.screens.review.analysis import Analysis

            loaded = LoadedDraft(info, document, session.manifest)
            return Analysis(document, session.manifest, validator(shell.store, loaded), repeats)

        result = await self.in_thread(work, title="Looking through the clip")
        if result.value is None:
            self.announce(result.outcome)
            return
        first, self.analysis = self.place is not None and not self.tally.keys, result.value
        self.settle()
        if first and (members := self.analysis.queue.members):
            # On a walk over the scopes one comes to look at what is doubtful.
            self.go(members[0], self.analysis.suspect(members[0]))
        self.show_track()
        self.show_queue()

    # --- versions, reset

    def do_versions(self) -> None:
        """Every saved version."""
        self.start(self._versions(), group="dialog")

    async def _versions(self) -> None:
        session = self.open_session
        chosen = await self.app.push_screen_wait(VersionsScreen(session, self.index, self.graphics))
        if chosen is None:
            return
        if not isinstance(chosen, int):
            await self._bring_back(chosen)
            return
        result = await self.in_thread(
            lambda _: session.restore(chosen), title="Restoring", on_escape=OnEscape.REFUSE
        )
        self._replaced(result, f"v{chosen} restored as v{session.info.version}.")

    def _replaced(self, result: Result[DraftInfo], text: str) -> None:
        outcome = result.outcome
        if not outcome.ok:
            self.announce(outcome)
            return
        self.reload()
        self.tell("")  # an edit of the content that is gone
        if outcome.code.value == "DRAFT_RESET":
            self.announce(outcome)
        else:
            self.show_message(text, Severity.SUCCESS)

    async def _bring_back(self, stash: Stash) -> None:
        session = self.open_session
        plan = session.stash_plan(stash)
        choices: Any = {}
        if plan.conflicts:
            choices = await self.app.push_screen_wait(
                ConflictScreen(
                    plan,
                    headline=f"Set aside: {stash.title}. It meets the draft as it is.",
                    manifest=session.manifest,
                    mine=session.document,
                    theirs=session.document,
                    their_name="the draft",
                    summary=f"frames of the edits: {runs(stash.frames)}",
                    read_artifact=session.store.artifacts.get,
                    graphics=self.graphics,
                )
            )
        if choices is None:
            return
        self.put_off_repeat()
        try:
            operation = session.take_stash(stash, choices)
        except EditRefused as refused:
            self.refuse(str(refused))
            return
        self.tally.made(operation, session.document)
        self.after_change(operation.frames)
        self.repaint()
        self.tell(f"{operation.text}; undo takes it away again.")

    def do_reset(self) -> None:
        """Back to the source prelabel pack, after typing the word."""
        self.start(self._reset(), group="dialog")

    async def _reset(self) -> None:
        session = self.open_session
        info = session.info
        typed = await self.app.push_screen_wait(
            PromptDialog(
                "Reset draft",
                f"{info.scope.title}: the draft is rebuilt from its current source prelabel pack.",
                "Only this draft is affected. The content now stays in Versions and can be "
                "restored.",
                f"Type {RESET_WORD} to confirm.",
                confirm="Reset draft",
                check=lambda text: None if text == RESET_WORD else f"Type {RESET_WORD}, or Esc.",
                danger=True,
            )
        )
        if typed is None:
            return
        result = await self.in_thread(
            lambda _: session.reset(), title="Resetting the draft", on_escape=OnEscape.REFUSE
        )
        self._replaced(result, "")

    # --- lineage, prelabels

    def do_lineage(self) -> None:
        """Copy where the draft comes from, in full."""
        lineage = self.open_session.info.lineage
        if lineage.pack_id is None:
            self.refuse(f"Lineage: {lineage.full}; there is no pack id to copy.")
        else:
            self.shell.copy(lineage.pack_id, "Pack-id")

    def do_prelabels(self) -> None:
        """What the model said, as ghosts where it differs from the draft."""
        self.start(self._toggle_prelabels(), group="source")

    async def _toggle_prelabels(self) -> None:
        if await self.load_source():
            self.show_prelabels = not self.show_prelabels
            self.redraw()
            self.tell("Prelabels shown where they differ." if self.show_prelabels else "")
        else:
            lineage = self.open_session.info.lineage.label
            self.refuse(f"Lineage {lineage}: there is no prelabel pack to show.")
