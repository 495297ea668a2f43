"""Leaving a session: back to the list, or on to another scope; everything is saved first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from prelabel_tui.core.identity.preferences import remember
from prelabel_tui.core.outcomes import Severity
from prelabel_tui.core.session.autosave import AutosaveStatus
from prelabel_tui.core.triage.scope_queue import ScopePlace
from prelabel_tui.screens.review.commands.metrics import MetricsCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.scope_walk import next_scope
from prelabel_tui.screens.shared.base import KeyedScreen, OnEscape
from prelabel_tui.screens.shared.list_screen import ListScreen


class LeaveCommands:
    """The keys that end a session."""

    def __init__(self, context: ReviewContext, metrics: MetricsCommands) -> None:
        self.context = context
        self._metrics = metrics
        self._noted = False

    def leave(self) -> None:
        """Save, then return to the list; if saving is cancelled, the review goes on."""
        self.context.leaving = True
        self.context.screen.start(self._leave(), group="leave")

    async def _leave(self) -> None:
        context, screen = self.context, self.context.screen
        context.leaving = True
        session, status = context.session, None
        try:
            if session is not None:
                await screen.in_thread(lambda _: session.flush(), title="Saving")
        except asyncio.CancelledError:
            context.leaving = False
            raise
        if session is not None:
            end = self.closing(1.0)
            closed = await screen.in_thread(end, title="Closing", on_escape=OnEscape.REFUSE)
            status = closed.value
        stack = screen.app.screen_stack
        below = stack[stack.index(screen) - 1]
        screen.dismiss(None)
        if session is not None and isinstance(below, ListScreen):
            scope = session.info.scope
            below.show_scope((scope.workspace, scope.media, scope.capability))
        if status is not None and not status.healthy and isinstance(below, KeyedScreen):
            plural = "" if status.count == 1 else "s"
            below.show_message(
                f"{status.line}. {status.count} edit{plural} kept in the local journal; opening "
                "the draft again offers to apply them.",
                Severity.WARNING,
            )

    def next_scope(self) -> None:
        """Save, then go to the most doubtful of the other scopes."""
        self.context.screen.start(self._next_scope(), group="leave")

    async def _next_scope(self) -> None:
        context = self.context
        info, place = context.open_session.info, context.place
        before = (*(place.before if place is not None else ()), info)
        if not await self._all_saved():
            return
        found = await next_scope(context.screen, info.scope, before)
        if found is not None:
            await self._leave()
            context.shell.open_review(found.draft, found.outcome, found.place)

    def previous_scope(self) -> None:
        """Save, then go back to the previous scope of the walk."""
        context = self.context
        if context.place is None or not context.place.before:
            context.display.refuse("This is the first scope of the walk.")
        else:
            context.screen.start(self._previous_scope(context.place), group="leave")

    async def _previous_scope(self, place: ScopePlace) -> None:
        if await self._all_saved():
            *before, draft = place.before
            await self._leave()
            self.context.shell.open_review(
                draft, place=replace(place, before=tuple(before), ahead=place.ahead + 1)
            )

    async def _all_saved(self) -> bool:
        """Save before another draft takes the screen; show what prevents it."""
        context, session = self.context, self.context.open_session
        await context.screen.in_thread(lambda _: session.flush(), title="Saving")
        context.display.show_autosave()
        if not session.status.healthy:
            context.display.refuse(
                f"{session.status.line}. Resolve that first: this draft stays open."
            )
        return session.status.healthy

    def closing(self, timeout: float = 5.0) -> Callable[[object], AutosaveStatus]:
        """Return what ends the session: it blocks, and any thread may call it more than once."""
        context = self.context
        context.look()
        session, shell = context.open_session, context.shell
        activity, key = context.activity(), f"review.{session.info.id}"
        place = {
            "index": context.index,
            "selected": context.selected,
            "zoom": context.display.view.zoom,
            "changed": session.changed.stored(),
            "seen": session.seen.stored(),
            "answered": context.answered.stored(),
        }
        first, self._noted = not self._noted, True

        def close(_: object) -> AutosaveStatus:
            status = session.close(timeout)
            if first and status.answered:  # otherwise nothing can be written, each after a wait
                remember(shell.store, shell.who, key, place)
                if activity.keys:
                    self._metrics.note(activity)
            return status

        return close
