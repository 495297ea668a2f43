"""The queue across drafts: scopes by doubt in the series, and on from one review to the next."""

from __future__ import annotations

from prelabel_tui.core.edits.many_frames import accept_range
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.scope_queue import scope_queue
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.ops.series import SeriesScreen
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.widgets.status.autosave_line import AutosaveLine
from prelabel_tui.widgets.status.bars import TitleBar
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA, FRAMES
from tests.ui.driving import app_of, banner, press, screen_text, settle
from tests.ui.reviewing import BALL, Review, draft_of, reviewing


def all_reviewed(store: Store, capability: Capability, media: str = "tactical-1") -> None:
    """Nothing is left to review in this scope."""
    session = EditingSession.open(store, ADA, draft_of(store, media, capability).id).unwrap()
    session.apply(accept_range(session.document, 0, FRAMES - 1))  # type: ignore[arg-type]
    assert session.close().healthy


async def test_from_the_end_of_a_queue_one_key_goes_on(
    make_app: MakeApp, demo_store: Store
) -> None:
    order = scope_queue(demo_store)
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        first = review.context.open_session.info.scope
        await review.press(*["enter"] * FRAMES)
        assert "end of the queue" in review.told
        assert ") goes on to the most doubtful scope" in review.told
        await review.press("]")
        assert "End of the queue" in review.told
        await review.pilot.press(")")
        await settle(review.pilot)
        screen = app_of(review.pilot).screen
        assert isinstance(screen, ReviewScreen)
        assert screen is not review.screen
        onward = Review(review.pilot, screen)
        await onward.rest()
        expected = next(one for one in order if one.scope != first)
        assert screen.review.open_session.info.scope == expected.scope
        assert expected.suspicion.text in onward.told
        assert "scope 2 of 5" in screen.query_one(TitleBar).plain
        assert screen.review.analysis is not None
        assert screen.review.index == screen.review.analysis.queue.members[0]
        assert "1 of " in onward.queue
        # What was reviewed is saved; back it is, and there is none before.
        await review.pilot.press("(")
        await settle(review.pilot)
        back = app_of(review.pilot).screen
        assert isinstance(back, ReviewScreen)
        await Review(review.pilot, back).rest()
        assert back.review.open_session.info.scope == first
        assert all(frame.reviewed for frame in back.review.document)
        assert "scope 1 of 5" in back.query_one(TitleBar).plain
        await review.pilot.press("(")
        assert "first scope" in back.query_one(AutosaveLine).message
        await review.pilot.press("q")
        await settle(review.pilot)
        assert len(app_of(review.pilot).screen_stack) == 1


async def test_without_another_scope_it_says_so(make_app: MakeApp, demo_store: Store) -> None:
    for queued in scope_queue(demo_store):
        if queued.scope.title != "arena / tactical-1 / ball_detection":
            all_reviewed(demo_store, queued.scope.capability, queued.scope.media)
    async with reviewing(make_app, demo_store, capability=BALL) as review:
        await review.press(")")
        await review.rest()
        assert "No other scope has frames left" in review.told
        assert app_of(review.pilot).screen is review.screen


async def test_the_series_by_doubt(make_app: MakeApp, demo_store: Store) -> None:
    order = scope_queue(demo_store)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "o")
        await settle(pilot)
        lines = [line for line in screen_text(pilot).splitlines() if "_detection" in line]
        assert [one.scope.title in line for one, line in zip(order, lines, strict=True)] == (
            [True] * 5
        )
        worst = order[0].suspicion
        assert f"{worst.doubtful}/{worst.unreviewed}" in lines[0]
        # A scope that nobody opened is opened from its pack.
        await press(pilot, "enter")
        await settle(pilot)
        screen = app_of(pilot).screen
        assert isinstance(screen, ReviewScreen)
        await Review(pilot, screen).rest()
        assert screen.review.open_session.info.scope == order[0].scope
        await press(pilot, "q")
        await settle(pilot)
        await press(pilot, "o")
        await settle(pilot)
        assert "arena / tactical-1 /" not in screen_text(pilot)
        await press(pilot, ")")
        await settle(pilot)
        screen = app_of(pilot).screen
        assert isinstance(screen, ReviewScreen)
        await Review(pilot, screen).rest()
        assert screen.review.open_session.info.scope == order[0].scope
        assert "scope 1 of 5" in screen.query_one(TitleBar).plain
        await press(pilot, "q")
        await settle(pilot)
        assert isinstance(app_of(pilot).screen, SeriesScreen)
        assert not banner(pilot)


async def test_the_list_s_cursor_is_on_the_scope_that_was_worked_on(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for opens, screen_of in (((), RunsScreen), (("2",), SeriesScreen)):
            await press(pilot, *opens, "enter")
            await settle(pilot)
            await press(pilot, ")")
            await settle(pilot)
            app = app_of(pilot)
            assert isinstance(app.screen, ReviewScreen)
            scope = app.screen.review.open_session.info.scope
            await press(pilot, "q")
            await settle(pilot)
            assert isinstance(app.screen, screen_of)
            row = app.screen.table.row
            assert row is not None
            names = (scope.workspace, scope.media, scope.capability)
            assert app.screen.scope_of(row) == names
