"""Leaving the review while the database does not answer: nothing that was shown is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.model.labels import Label
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.widgets.status.bars import ProgressLine
from tests.ui.driving import locked, settle, until
from tests.ui.reviewing import Review, draft_of, reviewing

MakeApp = Callable[..., PrelabelApp]


def saving_shown(review: Review) -> bool:
    """Whether the screen shows that it saves."""
    return bool(review.screen.query_one(ProgressLine).display)


def stored(store: Store, name: str) -> Label | None:
    """A label of the first frame as the database has it."""
    return load(store, draft_of(store).id).unwrap().document.frame(0).label(name)


async def test_keys_are_refused_while_the_screen_saves_before_leaving(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        shown = review.label()
        with locked(demo_store):
            await review.pilot.press("q", "l")
            assert "Saving before leaving" in review.told
            await until(lambda: saving_shown(review))
            await review.pilot.press("l", "l", "question_mark")
            assert review.label() == shown
            assert isinstance(review.pilot.app.screen, ReviewScreen)
        await until(lambda: not review.screen.is_attached)
        await settle(review.pilot)
    assert stored(demo_store, shown.id) == shown


async def test_quitting_says_what_could_not_be_saved(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prelabel_tui.app.FLUSH_S", 30)
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        with locked(demo_store):
            await review.pilot.press("l", "l", "ctrl+q")
            await until(lambda: saving_shown(review))
            await review.pilot.press("escape")
            await until(lambda: not saving_shown(review))
            assert not review.pilot.app._exit
            monkeypatch.setattr("prelabel_tui.app.FLUSH_S", 0.1)
            await review.pilot.press("ctrl+q")
            await until(lambda: bool(review.pilot.app._exit))
        (said,) = review.pilot.app._exit_renderables
        assert str(said).startswith("Not saved: 2 edits, kept in the local journal;")


async def test_quitting_with_everything_saved_says_nothing(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        await review.pilot.press("ctrl+q")
        await until(lambda: bool(review.pilot.app._exit))
        assert review.pilot.app._exit_renderables == []


async def test_escape_stays_in_the_review_and_edits_go_on(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        with locked(demo_store):
            await review.pilot.press("q")
            await until(lambda: saving_shown(review))
            await review.pilot.press("escape")
            await until(lambda: not saving_shown(review))
            assert review.screen.is_attached
            await review.pilot.press("l")
        for _ in range(2):
            await review.saved()
            assert review.autosave.startswith("Autosave: saved")
            shown = review.label()
            assert stored(demo_store, shown.id) == shown
            await review.press("l")
        await review.press("q")
        assert not review.screen.is_attached
