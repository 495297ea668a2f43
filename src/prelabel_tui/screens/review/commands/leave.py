"""What a session took, and leaving it: meters, back to the list, on to another scope."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from prelabel_tui.core.metrics.agreement import Agreement
from prelabel_tui.core.metrics.throughput import Activity, Kept, Meter, meter, outcome
from prelabel_tui.core.outcomes import Severity
from prelabel_tui.screens.review.repeating import Repeating
from prelabel_tui.screens.review.scope_walk import next_scope
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape
from prelabel_tui.screens.shared.dialogs import TextDialog
from prelabel_tui.widgets.plots import hourly, kept_line, sparkline
from prelabel_tui.widgets.status.autosave_line import AutosaveLine

if TYPE_CHECKING:
    from prelabel_tui.core.session.autosave import AutosaveStatus
    from prelabel_tui.core.triage.scope_queue import ScopePlace


class LeavingActions(Repeating):
    """The keys that measure and that end a session."""

    _noted = False

    # --- meters

    def do_meters(self) -> None:
        """This session and everybody's reviewing of this draft, in numbers."""
        self.start(self._meters(), group="dialog")

    async def _meters(self) -> None:
        self.settle()
        await self.load_source()
        session = self.open_session
        shell, info, document, source = (
            self.shell, session.info, session.document.copy(), self.source,
        )  # fmt: skip
        now = replace(self._activity(), kept=self._kept_now())

        def count(_: Job) -> list[tuple[str, str]]:
            from prelabel_tui.core.metrics.activity import activities
            from prelabel_tui.core.metrics.throughput import by_user
            from prelabel_tui.core.model.counts import count

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
        return self.tally.kept(self.source, self.open_session.document)

    def _activity(self) -> Activity:
        again = Agreement() if self.repeats is None else self.repeats.again
        now = self.shell.clock().timestamp()
        return self.tally.activity(self.shell.who.name, now, again)

    def show_meters(self) -> None:
        """The short form, on the last line."""
        total, text = meter([self._activity()]), ""
        if total.frames > 0:
            text = f"{total.frames_per_hour or 0:.0f} frames/h · {total.keys_per_frame:.1f} keys"
        self.query_one(AutosaveLine).measure(text)

    # --- leaving

    def do_leave(self) -> None:
        """Save, then back to the list; cancelled while it saves, the review goes on."""
        self.leaving = True
        self.start(self._leave(), group="leave")

    async def _leave(self) -> None:
        self.leaving = True
        status = None
        try:
            if self.session is not None:
                await self.in_thread(lambda _: self.open_session.flush(), title="Saving")
        except asyncio.CancelledError:
            self.leaving = False
            raise
        if self.session is not None:
            end = self.closing(1.0)
            closed = await self.in_thread(end, title="Closing", on_escape=OnEscape.REFUSE)
            status = closed.value
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1]
        self.dismiss(None)
        if status is not None and not status.healthy and isinstance(below, KeyedScreen):
            plural = "" if status.count == 1 else "s"
            below.show_message(
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
            "changed": session.changed.stored(),
        }
        first, self._noted = not self._noted, True

        def close(_: object) -> AutosaveStatus:
            status = session.close(timeout)
            if first and status.answered:  # else nothing can be written, after a wait for each
                from prelabel_tui.core.identity.preferences import remember

                remember(shell.store, shell.who, key, place)
                if activity.keys:
                    self._note(activity)
            return status

        return close

    def _note(self, activity: Activity) -> None:
        """Write what the session took; blocks.  What cannot be read or written is left out."""
        from prelabel_tui.core.metrics.activity import note, source_document
        from prelabel_tui.core.store import FAILURES

        shell, info = self.shell, self.open_session.info
        if self.source is None:
            with contextlib.suppress(*FAILURES):
                source = source_document(shell.store, info)
                if source is not None and len(source) == len(self.open_session.document):
                    self.source, self.source_pack = source, info.lineage.pack_id
        note(shell.store, shell.who, info.id, replace(activity, kept=self._kept_now()))


def _speed(total: Meter) -> str:
    parts = [
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((total.frames, "frame"), (total.labels, "label"), (total.keys, "key"))
    ]
    if total.frames > 0:
        parts.append(f"{total.frames_per_hour or 0:.0f} frames an hour")
        parts.append(f"{total.keys_per_frame or 0:.1f} keys a frame")
    return ", ".join(parts)
