"""Opening the review screen in tests, and reading what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.preferences import recall
from prelabel_tui.core.model.labels import Capability, Label
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.frame_queue import suspicion_queue
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.widgets.status.autosave_line import AutosaveLine
from prelabel_tui.widgets.status.flags_bar import FlagsBar
from prelabel_tui.widgets.status.queue_line import QueueLine
from tests.ui.demo_home import ADA
from tests.ui.driving import settle, until

BALL, PLAYER = Capability.BALL, Capability.PLAYER


def draft_of(
    store: Store, media: str = "tactical-1", capability: Capability = PLAYER, actor: Actor = ADA
) -> DraftInfo:
    """The active draft of the demo's scope, made if need be."""
    run = list_runs(store, RunFilters(media=media)).rows[0]
    return open_review(store, actor, run.id, capability).unwrap()


class Review:
    """A review under test."""

    def __init__(self, pilot: Pilot[Any], screen: ReviewScreen) -> None:
        self.pilot = pilot
        self.screen = screen
        self.context = screen.review
        self.display = screen.review.display

    def begin_at_first_frame(self) -> None:
        """Show the clip's first frame, the whole of it, nothing walked yet."""
        context = self.context
        assert context.analysis is not None
        context.analysis.queue = suspicion_queue(context.analysis.ranking, context.repeats)
        context.select(None)
        context.go(0)
        self.screen.groups.view.fit()

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before has had its effect; take in edits."""
        for key in keys:
            before = self.pilot.app.screen
            await self.pilot.press(key)
            if before is self.pilot.app.screen is self.screen and not self.screen.busy:
                self.context.upkeep.settle()
                await self.pilot.pause()
                await self.painted()
            else:
                await self.rest()

    async def painted(self) -> None:
        """Wait until the frame's picture is on the screen, if it has one."""
        view = self.display.view
        await until(lambda: view.on_screen or view.missing is not None)

    async def rest(self) -> None:
        """Wait until everything is shown, what waited for a dialog or a thread included."""
        await settle(self.pilot)
        await asyncio.sleep(0.02)
        await settle(self.pilot)
        if self.screen.is_attached:
            self.context.upkeep.settle()
            self.context.upkeep.show_track()
        await self.pilot.pause()

    async def saved(self) -> None:
        """Save now, and show it."""
        await self.press("ctrl+s")
        await self.rest()

    def label(self, name: str | None = None) -> Label:
        """A label of the frame shown: the selected one, unless named."""
        found = self.context.frame.label(name or self.context.selected or "")
        assert found is not None
        return found

    @property
    def told(self) -> str:
        """What the last line says on its left."""
        return self.screen.query_one(AutosaveLine).message

    @property
    def autosave(self) -> str:
        """The state of the autosave as shown."""
        return self.screen.query_one(AutosaveLine).line

    @property
    def queue(self) -> str:
        """The queue's line."""
        return self.screen.query_one(QueueLine).plain

    @property
    def flags(self) -> str:
        """The frame's line."""
        return self.screen.query_one(FlagsBar).plain

    @property
    def list(self) -> list[str]:
        """The numbers beside the picture."""
        return self.display.labels.plain


@asynccontextmanager
async def reviewing(
    make_app: Callable[..., PrelabelApp],
    store: Store,
    media: str = "tactical-1",
    capability: Capability = PLAYER,
    *,
    actor: Actor = ADA,
    size: tuple[int, int] = (120, 40),
    first_frame: bool = True,
) -> AsyncIterator[Review]:
    """The review screen of a draft, open and analysed, where this person left it.

    The first time it is at the first frame, unless ``first_frame`` is false: then where it opens.
    """
    draft = draft_of(store, media, capability, actor)
    returns = bool(recall(store, actor, f"review.{draft.id}"))
    app = make_app(actor)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot)
        screen = app.screen_stack[1]
        assert isinstance(screen, ReviewScreen)
        review = Review(pilot, screen)
        await review.rest()
        if first_frame and not returns:
            review.begin_at_first_frame()
        yield review
