"""Keys sent to the real review screen, one after another, through the shipped key map."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame, Label
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.keys.commands import display
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.widgets.status.autosave_line import AutosaveLine

SIZE = (120, 40)
ADA = Actor("ada", Role.ADMIN, "benchmark")
_PATIENCE_S = 60.0


def review_by_keys(document: Document, manifest: Manifest, keys: Sequence[str]) -> Document:
    """Import prelabels, open their draft in the application, send the keys; return the draft.

    RuntimeError for a key that the screen refused or did not answer.
    """
    with TemporaryDirectory() as home:
        store = open_store(Path(home)).unwrap()
        try:
            return asyncio.run(_review(store, document, manifest, keys))
        finally:
            store.close()


async def _review(
    store: Store, document: Document, manifest: Manifest, keys: Sequence[str]
) -> Document:
    capability = document.capability
    run = import_run(
        store, ADA, workspace="keys", media="clip", manifest=manifest,
        documents={capability: document}, source="benchmark",
    ).unwrap()  # fmt: skip
    draft = open_review(store, ADA, run.id, capability).unwrap()
    app = PrelabelApp(lambda: Result(Outcome(Code.OK), (store, ADA)))
    async with app.run_test(size=SIZE) as pilot:
        await app.ready.wait()
        app.open_review(draft)
        await until(pilot, lambda: analysed(app))
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await pilot.press("0")  # the model points with the whole frame in view
        for number, key in enumerate(keys):
            await pilot.press(key)
            await until(pilot, lambda: not screen.busy and not screen.review.display.view.playing)
            screen.review.upkeep.settle()  # what a person's next key, a moment later, would find
            if "does nothing here" in screen.query_one(AutosaveLine).message:
                where = f"key {number + 1}, frame {screen.review.index + 1}"
                raise RuntimeError(
                    f"{display(key)}, {where}: {screen.query_one(AutosaveLine).message}"
                )
        return screen.review.document.copy()


def analysed(app: PrelabelApp) -> bool:
    """Say whether a review is open, and all that is known of its clip."""
    screen = app.screen
    return (
        isinstance(screen, ReviewScreen) and screen.review.analysis is not None and not screen.busy
    )


async def until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    """Wait.  RuntimeError when it takes too long."""
    limit = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > limit:
            raise RuntimeError("the screen does not come to rest")
        await asyncio.sleep(0.002)
        await pilot.pause()


def same_content(one: Document, other: Document) -> bool:
    """Say whether two drafts have the same content; ids of added labels differ each time."""
    return [_content(frame) for frame in one] == [_content(frame) for frame in other]


def _content(frame: Frame) -> tuple[object, ...]:
    labels = sorted((_said(label) for label in frame.labels), key=repr)
    return labels, frame.flags, frame.ball, frame.reviewed


def _said(label: Label) -> tuple[object, ...]:
    return label.geometry, label.score, label.origin, label.was
