"""The draft as a whole: saving, conflicts, versions, reset, lineage, meters, leaving."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from prelabel_tui.core.agreement import Agreement
from prelabel_tui.core.meters import Activity, Kept, Meter, meter, outcome
from prelabel_tui.core.outcomes import Result, Severity
from prelabel_tui.screens.base import Job, KeyedScreen
from prelabel_tui.screens.dialogs import PromptDialog, TextDialog
from prelabel_tui.screens.review.conflict import ConflictScreen, runs
from prelabel_tui.screens.review.repeating import Repeating
from prelabel_tui.screens.review.versions import VersionsScreen
from prelabel_tui.screens.scope_walk import next_scope
from prelabel_tui.widgets.autosave_line import AutosaveLine
from prelabel_tui.widgets.plots import hourly, kept_line, sparkline

if TYPE_CHECKING:
    from prelabel_tui.core.autosave import AutosaveStatus
    from prelabel_tui.core.document import Document
    from prelabel_tui.core.draft_info import DraftInfo
    from prelabel_tui.core.scope_queue import ScopePlace
    from prelabel_tui.core.stash import Stash
    from prelabel_tui.screens.review.analysis import Analysis

RESET_WORD = "reset"
"""What is typed to confirm a reset."""


class DraftActions(Repeating):
    """The keys that concern more than a frame."""

    _left = False

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
            self._load_latest()
            return
        try:
            session.merge(answer)
        except ValueError:
            # Edits made meanwhile met further conflicts: show them too.
            await self._settle_conflict()
            return
        self.reload()
        self.say(f"Merged with v{conflict.their_version}; saving.", Severity.SUCCESS)

    def _load_latest(self) -> None:
        session = self.open_session
        try:
            stash = session.load_latest()
        except OSError as error:
            self.say(f"Your edits could not be set aside: {error}.", Severity.ERROR)
            return
        self.reload()
        info = session.info
        aside = "" if stash is None else f" {stash.count} edits were set aside: see Versions."
        self.say(
            f"Latest draft loaded, v{info.version}: {info.updated_by} saved it at "
            f"{info.updated_at.astimezone():%H:%M:%S}.{aside}",
            Severity.SUCCESS,
        )

    def reload(self) -> None:
        """Show the draft anew: its content was replaced."""
        self.put_off_repeat()
        self.answered = None
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
        document, info, repeats = self.document.copy(), session.info, self.repeats

        def work(_: Job) -> Analysis:
            from prelabel_tui.core.drafts import LoadedDraft
            from prelabel_tui.core.findings_cache import validator
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
        self.put_off_repeat()
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

    async def _load_source(self) -> bool:
        """Read what the model said; whether there is any."""
        if self.source is None:
            shell, info = self.shell, self.open_session.info

            def read(_: Job) -> Document | None:
                from prelabel_tui.core.activity import source_document

                return source_document(shell.store, info)

            result = await self.in_thread(read, title="Reading the prelabels")
            if not result.ok:
                self.announce(result.outcome)
            if result.value is not None and len(result.value) == len(self.document):
                self.source = result.value
        return self.source is not None

    def do_prelabels(self) -> None:
        """What the model said, as ghosts where it differs from the draft."""
        self.start(self._toggle_prelabels(), group="source")

    async def _toggle_prelabels(self) -> None:
        if await self._load_source():
            self.show_prelabels = not self.show_prelabels
            self.redraw()
            self.tell("Prelabels shown where they differ." if self.show_prelabels else "")
        else:
            lineage = self.open_session.info.lineage.label
            self.refuse(f"Lineage {lineage}: there is no prelabel pack to show.")

    def do_meters(self) -> None:
        """This session and everybody's reviewing of this draft, in numbers."""
        self.start(self._meters(), group="dialog")

    async def _meters(self) -> None:
        self.settle()
        await self._load_source()
        session = self.open_session
        shell, info, document, source = (
            self.shell, session.info, session.document.copy(), self.source,
        )  # fmt: skip
        now = replace(self._activity(), kept=self._kept_now())

        def count(_: Job) -> list[tuple[str, str]]:
            from prelabel_tui.core.activity import activities
            from prelabel_tui.core.counts import count
            from prelabel_tui.core.meters import by_user

            counts = count(document)
            rows = [
                ("Frames reviewed", f"{counts.reviewed} of {counts.frames}"),
                ("This session", _speed(meter([now]))),
                ("Frames/h", f"{sparkline(hourly(now.minutes), 40)}  minute by minute"),
            ]
            if now.kept is not None:
                rows.append(("Prelabels", kept_line(now.kept)))
            past = by_user(activities(shell.store, info.id))
            for user, total in past.items():
                rows.append((f"{user}, before", _speed(total)))
                if total.kept is not None:
                    rows.append(("", kept_line(total.kept)))
            if source is not None:
                reviewed = [at for at, frame in enumerate(document) if frame.reviewed]
                rows.append(("All reviewed", kept_line(outcome(source, document, reviewed))))
            return rows + [(flag, str(number)) for flag, number in counts.flags.items()]

        result = await self.in_thread(count, title="Counting")
        if result.value is None:
            self.announce(result.outcome)
            return
        rows = result.value
        if self.analysis is not None:
            rows.append(("Findings", self.analysis.findings.summary))
        await self.app.push_screen_wait(TextDialog("Meters", rows))

    def _kept_now(self) -> Kept | None:
        """Of the prelabels on the frames marked in this session, once they have been read."""
        if self.source is None:
            return None
        document = self.open_session.document
        marked = [at for at in self.tally.marked if document.frame(at).reviewed]
        return outcome(self.source, document, marked)

    def _activity(self) -> Activity:
        again = Agreement() if self.repeats is None else self.repeats.again
        now = self.shell.clock().timestamp()
        return self.tally.activity(self.shell.who.name, now, again)

    def show_meters(self) -> None:
        """The short form, on the last line."""
        if self.tally.frames:
            total = meter([self._activity()])
            text = f"{total.frames_per_hour or 0:.0f} frames/h · {total.keys_per_frame:.1f} keys"
            self.query_one(AutosaveLine).measure(text)

    # --- leaving

    def do_leave(self) -> None:
        """Save, then back to the list."""
        self.start(self._leave(), group="leave")

    async def _leave(self) -> None:
        status = None
        if self.session is not None:
            status = (await self.in_thread(self.closing(), title="Saving")).value
        below = self.app.screen_stack[-2]
        self.dismiss(None)
        if status is not None and not status.healthy and isinstance(below, KeyedScreen):
            plural = "" if status.count == 1 else "s"
            below.say(
                f"{status.line}. {status.count} edit{plural} kept in the local journal; opening "
                "the draft again offers them.",
                Severity.WARNING,
            )

    def do_next_scope(self) -> None:
        """Save, then on to the most doubtful of the other scopes."""
        self.start(self._next_scope(), group="leave")

    async def _next_scope(self) -> None:
        info = self.open_session.info
        before = (*(self.place.before if self.place is not None else ()), info)
        if not await self._all_saved():
            return
        found = await next_scope(self, info.scope, before)
        if found is not None:
            await self._leave()
            self.shell.open_review(found.draft, found.outcome, found.place)

    def do_previous_scope(self) -> None:
        """Save, then back to the scope that was walked before."""
        if self.place is None or not self.place.before:
            self.refuse("This is the first scope of the walk.")
        else:
            self.start(self._previous_scope(self.place), group="leave")

    async def _previous_scope(self, place: ScopePlace) -> None:
        if await self._all_saved():
            *before, draft = place.before
            await self._leave()
            self.shell.open_review(
                draft, place=replace(place, before=tuple(before), ahead=place.ahead + 1)
            )

    async def _all_saved(self) -> bool:
        """Save before another draft takes the screen; says what is in the way."""
        session = self.open_session
        await self.in_thread(lambda _: session.flush(), title="Saving")
        self.show_autosave()
        if not session.status.healthy:
            self.refuse(f"{session.status.line}. Resolve that first: this draft stays open.")
        return session.status.healthy

    def closing(self, timeout: float = 5.0) -> Callable[[object], AutosaveStatus]:
        """What ends the session: blocks, and may be called in any thread, more than once."""
        session, shell, activity = self.open_session, self.shell, self._activity()
        key = f"review.{session.info.id}"
        place = {
            "index": self.index,
            "selected": self.selected,
            "zoom": self.view.zoom,
            "changed": sorted(session.touched),
        }
        first, self._left = not self._left, True

        def close(_: object) -> AutosaveStatus:
            status = session.close(timeout)
            if first:
                from prelabel_tui.core.preferences import remember

                remember(shell.store, shell.who, key, place)
                if activity.keys:
                    self._note(activity)
            return status

        return close

    def _note(self, activity: Activity) -> None:
        """Write what the session took; blocks.  What cannot be read or written is left out."""
        from prelabel_tui.core.activity import note, source_document
        from prelabel_tui.core.store import FAILURES

        shell, info = self.shell, self.open_session.info
        if self.source is None:
            with contextlib.suppress(*FAILURES):
                source = source_document(shell.store, info)
                if source is not None and len(source) == len(self.open_session.document):
                    self.source = source
        note(shell.store, shell.who, info.id, replace(activity, kept=self._kept_now()))


def _speed(total: Meter) -> str:
    parts = [
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((total.frames, "frame"), (total.labels, "label"), (total.keys, "key"))
    ]
    if total.frames:
        parts.append(f"{total.frames_per_hour or 0:.0f} frames an hour")
        parts.append(f"{total.keys_per_frame or 0:.1f} keys a frame")
    return ", ".join(parts)
