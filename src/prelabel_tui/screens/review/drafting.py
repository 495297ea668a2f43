"""The draft as a whole: saving, conflicts, versions, reset, lineage, meters, leaving."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from prelabel_tui.core.labels import Flag
from prelabel_tui.core.outcomes import Result, Severity
from prelabel_tui.screens.base import Job
from prelabel_tui.screens.dialogs import PromptDialog, TextDialog
from prelabel_tui.screens.review.base import ReviewBase
from prelabel_tui.screens.review.conflict import ConflictScreen, runs
from prelabel_tui.screens.review.versions import VersionsScreen
from prelabel_tui.widgets.autosave_line import AutosaveLine

if TYPE_CHECKING:
    from prelabel_tui.core.draft_info import DraftInfo
    from prelabel_tui.core.stash import Stash
    from prelabel_tui.screens.review.analysis import Analysis

RESET_WORD = "reset"
"""What is typed to confirm a reset."""


class DraftActions(ReviewBase):
    """The keys that concern more than a frame."""

    _opened_at = 0.0

    # --- saving

    def do_save(self) -> None:
        """Save now rather than in a moment."""
        self.start(self._save(), group="save")

    async def _save(self) -> None:
        session = self.open_session
        result = await self.in_thread(lambda _: session.flush(), title="Saving")
        self.show_autosave()
        self.tell(session.status.line if result.ok else result.outcome.headline)

    # --- conflicts

    def do_settle(self) -> None:
        """Both sides of a 409."""
        if self.open_session.conflict is None:
            self.refuse("There is no conflict: every edit here is saved or on its way.")
        else:
            self.start(self._settle_conflict(), group="dialog")

    async def _settle_conflict(self) -> None:
        session = self.open_session
        conflict = session.conflict
        assert conflict is not None
        plan = session.merge_plan()
        only_mine = set(conflict.my_frames) - set(conflict.their_frames)
        only_theirs = set(conflict.their_frames) - set(conflict.my_frames)
        answer = await self.app.push_screen_wait(
            ConflictScreen(
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
            try:
                stash = session.load_latest()
            except OSError as error:
                self.say(f"Your edits could not be set aside: {error}.", Severity.ERROR)
                return
            self.reload()
            aside = "" if stash is None else f" {stash.count} edits were set aside: see Versions."
            self.say(f"Latest draft loaded, v{session.info.version}.{aside}", Severity.SUCCESS)
            return
        try:
            session.merge(answer)
        except ValueError:
            # Edits made meanwhile met further conflicts: show them too.
            await self._settle_conflict()
            return
        self.reload()
        self.say(f"Merged with v{conflict.their_version}; saving.", Severity.SUCCESS)

    def reload(self) -> None:
        """Show the draft anew: its content was replaced."""
        self.index = min(self.index, len(self.document) - 1)
        if self.selected is not None and self.frame.label(self.selected) is None:
            self.selected = None
        self.unsay()
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
        document, info = self.document.copy(), session.info

        def work(_: Job) -> Analysis:
            from prelabel_tui.core.drafts import LoadedDraft
            from prelabel_tui.core.findings_cache import validator
            from prelabel_tui.screens.review.analysis import Analysis

            loaded = LoadedDraft(info, document, session.manifest)
            return Analysis(document, session.manifest, validator(shell.store, loaded))

        result = await self.in_thread(work, title="Looking through the clip")
        if result.value is None:
            self.announce(result.outcome)
            return
        self.analysis = result.value
        self.settle()
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
        result = await self.in_thread(lambda _: session.restore(chosen), title="Restoring")
        self._replaced(result, f"v{chosen} restored as v{session.info.version}.")

    def _replaced(self, result: Result[Result[DraftInfo]], text: str) -> None:
        inner = result.value
        outcome = result.outcome if inner is None else inner.outcome
        if not outcome.ok:
            self.announce(outcome)
            return
        self.reload()
        if outcome.code.value == "DRAFT_RESET":
            self.announce(outcome)
        else:
            self.say(text, Severity.SUCCESS)

    async def _bring_back(self, stash: Stash) -> None:
        session = self.open_session
        plan = session.stash_plan(stash)
        choices: Any = {}
        if plan.conflicts:
            choices = await self.app.push_screen_wait(
                ConflictScreen(
                    plan,
                    headline=f"{stash.count} edits that were set aside meet the draft as it is.",
                    manifest=session.manifest,
                    mine=session.document,
                    theirs=session.document,
                    their_name="the draft",
                    summary=f"frames of the edits: {runs(stash.frames)}",
                    read_artifact=session.store.artifacts.get,
                    graphics=self.graphics,
                    can_load_latest=False,
                )
            )
        if choices is None:
            return
        operation = session.take_stash(stash, choices)
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
        result = await self.in_thread(lambda _: session.reset(), title="Resetting the draft")
        self._replaced(result, "")

    # --- lineage, meters

    def do_lineage(self) -> None:
        """Copy where the draft comes from, in full."""
        lineage = self.open_session.info.lineage
        if lineage.pack_id is None:
            self.refuse(f"Lineage: {lineage.full}; there is no pack id to copy.")
        else:
            self.shell.copy(lineage.pack_id, "Pack-id")

    def do_meters(self) -> None:
        """This session in numbers."""
        self.settle()
        hours = max(1e-9, (time.monotonic() - self._opened_at) / 3600)
        document = self.document
        reviewed = sum(frame.reviewed for frame in document)
        flags = {flag: sum(flag in frame.flags for frame in document) for flag in Flag}
        rows = [
            ("Frames reviewed", f"{reviewed} of {len(document)}"),
            ("This session", f"{self.accepted} frames accepted, {self.pressed} keys"),
            ("Frames an hour", f"{self.accepted / hours:.0f}"),
            ("Keys a frame", f"{self.pressed / self.accepted:.1f}" if self.accepted else "–"),
            ("Frames edited", str(len(self.open_session.touched))),
            *((flag.value, str(count)) for flag, count in flags.items()),
        ]
        if self.analysis is not None:
            rows.append(("Findings", self.analysis.findings.summary))
        self.app.push_screen(TextDialog("Meters", rows))

    def show_meters(self) -> None:
        """The short form, on the last line."""
        if not self.accepted:
            return
        hours = max(1e-9, (time.monotonic() - self._opened_at) / 3600)
        text = f"{self.accepted / hours:.0f} frames/h · {self.pressed / self.accepted:.1f} keys"
        self.query_one(AutosaveLine).measure(text)

    # --- leaving

    def do_leave(self) -> None:
        """Save, then back to the list."""
        self.start(self._leave(), group="leave")

    async def _leave(self) -> None:
        session = self.session
        if session is not None:
            place = {
                "index": self.index,
                "selected": self.selected,
                "zoom": self.view.zoom,
                "centre": self.view.viewport.centre,
            }
            shell, key = self.shell, f"review.{session.info.id}"

            def close(_: Any) -> None:
                from prelabel_tui.core.preferences import remember

                session.close()
                remember(shell.store, shell.who, key, place)

            await self.in_thread(close, title="Saving")
        self.dismiss(None)
