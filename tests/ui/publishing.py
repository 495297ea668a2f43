"""A screen that runs the publish dialogs, and drafts that are ready for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.publishing import packs, publish
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.publishing import publish_draft
from prelabel_tui.screens.shared.base import KeyedScreen
from tests.ui.demo_home import LENA, RUI
from tests.ui.driving import app_of, settle


class Host(KeyedScreen[None]):
    """A screen that only runs what the test gives it."""

    context = "runs"

    def __init__(self, work: Callable[[Host], Awaitable[Outcome | None]]) -> None:
        super().__init__()
        self.work = work
        self.outcomes: list[Outcome | None] = []

    async def act(self) -> None:
        """Run it once."""
        self.outcomes.append(await self.work(self))


async def host(pilot: Pilot[Any], work: Callable[[Host], Awaitable[Outcome | None]]) -> Host:
    """Show the screen and run the work up to its first dialog."""
    await settle(pilot)
    screen = Host(work)
    await app_of(pilot).push_screen(screen)
    screen.start(screen.act())
    await settle(pilot)
    return screen


def the_draft(store: Store, media: str = "tactical-1") -> DraftInfo:
    """The active draft of the players."""
    run = list_runs(store, RunFilters(media=media)).rows[0]
    return loading.open_review(store, RUI, run.id, Capability.PLAYER).unwrap()


def all_reviewed(store: Store, draft: DraftInfo) -> DraftInfo:
    """Every frame accepted: nothing left to warn of."""
    document = loading.load(store, draft.id).unwrap().document
    base = document.copy()
    for index, frame in enumerate(base):
        document.replace(index, make_frame(frame.labels, frame.flags, frame.ball, reviewed=True))
    changed = document.changed_from(base)
    return loading.save(store, RUI, draft, document, changed, "5a5e" * 8).unwrap()


def published(store: Store) -> None:
    """The players of tactical-1, all frames reviewed."""
    draft = all_reviewed(store, the_draft(store))
    assert publish(store, LENA, draft.id, draft.version, override_reason="reviewed").ok


async def publishing(pilot: Pilot[Any], draft: DraftInfo) -> Host:
    """The publish dialog of a draft."""
    return await host(pilot, lambda screen: publish_draft(screen, draft.id, draft.version))


def run_pack(store: Store, media: str = "tactical-1") -> packs.PackRow:
    """The scoped label pack that the run brought."""
    return packs.packs(store, the_draft(store, media).scope)[0]
