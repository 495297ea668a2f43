"""A reviewer at the real screen: every key goes through the shipped key map, and is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from textual.pilot import Pilot

from benchmarks.key_screen import ADA, SIZE, analysed, until
from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, Label
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.widgets.status.autosave_line import AutosaveLine

T = TypeVar("T")
Bring = Callable[[Store], str]
"""Brings a run into a store and returns its id."""


class Desk:
    """The real review screen, with what a reviewer sees of it."""

    def __init__(self, pilot: Pilot[None], screen: ReviewScreen) -> None:
        self._pilot = pilot
        self._screen = screen
        self.keys: list[str] = []

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before has had its effect.  RuntimeError for a dead one."""
        for key in keys:
            self.keys.append(key)
            await self._pilot.press(key)
            await self._rest()
            self._screen.review.upkeep.settle()
            await self._rest()
            if "does nothing here" in self.said:
                raise RuntimeError(f"{key}: {self.said}")

    async def _rest(self) -> None:
        """Wait for what was begun, and for what that began."""
        for _ in range(2):
            await self._pilot.pause()
            await until(self._pilot, lambda: not self._screen.busy)

    async def type(self, text: str) -> None:
        """Press a key for each character."""
        await self.press(*text)

    @property
    def review(self) -> ReviewContext:
        """What is open."""
        return self._screen.review

    @property
    def said(self) -> str:
        """What the last line says."""
        return self._screen.query_one(AutosaveLine).message

    @property
    def notice(self) -> str | None:
        """What the program has noticed, if anything."""
        notice = self.review.notice
        return None if notice is None else notice.text

    @property
    def label(self) -> Label | None:
        """The selected label."""
        review = self.review
        return review.frame.label(review.selected) if review.selected else None

    @property
    def ghosts(self) -> list[Box]:
        """The boxes that the mode would place on this frame."""
        frame = self.review.mode.ghosts()
        return [] if frame is None else [box for box in frame.labels if isinstance(box, Box)]


def of_document(document: Document, manifest: Manifest) -> Bring:
    """Return what imports the prelabels of a clip."""

    def bring(store: Store) -> str:
        return (
            import_run(
                store, ADA, workspace="keys", media="clip", manifest=manifest,
                documents={document.capability: document}, source="benchmark",
            )
            .unwrap()
            .id
        )  # fmt: skip

    return bring


def at_the_screen(bring: Bring, capability: Capability, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Open the draft of a run in the application, and let a reviewer work there."""
    with TemporaryDirectory() as home:
        store = open_store(Path(home)).unwrap()
        try:
            draft = open_review(store, ADA, bring(store), capability).unwrap()

            async def session() -> T:
                app = PrelabelApp(lambda: Result(Outcome(Code.OK), (store, ADA)))
                async with app.run_test(size=SIZE) as pilot:
                    await app.ready.wait()
                    app.open_review(draft)
                    await until(pilot, lambda: analysed(app))
                    screen = app.screen
                    assert isinstance(screen, ReviewScreen)
                    return await work(Desk(pilot, screen))

            return asyncio.run(session())
        finally:
            store.close()
