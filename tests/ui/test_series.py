"""Label Review Series: every scope, with the same lineage as everywhere else."""

from __future__ import annotations

import datetime as dt
from unittest.mock import patch

from prelabel_tui.core.catalog.assignments import assign
from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading, presence
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.ops.series import SeriesScreen
from prelabel_tui.widgets.tables.paged_table import PagedTable
from tests.ui.applications import MakeApp
from tests.ui.demo_home import LENA, RUI
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text


def row_text(text: str, media: str, capability: str) -> str:
    """The line of a scope."""
    lines = iter(text.splitlines())
    next(line for line in lines if line.strip().endswith(media))
    return next(line for line in lines if capability in line)


async def test_a_row_has_draft_revision_eligibility_and_open_findings(
    make_published: MakeApp,
) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        assert isinstance(app_of(pilot).screen, SeriesScreen)
        line = row_text(screen_text(pilot), "tactical-1", "player_detection")
        for part in ("v2", "rui", "r2", "Reviewed", "!1"):
            assert part in line
        empty = row_text(screen_text(pilot), "dome-1", "ball_detection")
        assert empty.count("–") == 7


async def test_lineage_is_the_same_in_the_three_places(
    make_published: MakeApp, published_store: Store
) -> None:
    scope = find_scope(published_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    run = list_runs(published_store, RunFilters(media="tactical-1")).rows[0]
    draft = loading.active_draft(published_store, scope)
    assert draft is not None
    label = run.outcomes[Capability.PLAYER].lineage.label
    assert draft.lineage.label == label
    assert {row.lineage.label for row in history(published_store, scope)} == {label}
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert label in screen_text(pilot)
        await press(pilot, "2")
        assert label in row_text(screen_text(pilot), "tactical-1", "player_detection")
        table = app_of(pilot).screen.query_one(PagedTable)
        while table.row is None or table.row.value.scope != scope:
            await press(pilot, "j")
        await press(pilot, "h")
        assert screen_text(pilot).splitlines()[2].count(label) == 1


async def test_who_else_reviews_is_shown_until_they_are_gone(
    make_published: MakeApp, published_store: Store
) -> None:
    scope = find_scope(published_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(published_store, scope)
    assert draft is not None
    presence.beat(published_store, LENA, "t" * 32, draft.id, published_store.now())
    async with make_published(RUI).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        assert "● lena v2" in row_text(screen_text(pilot), "tactical-1", "player_detection")
        screen = app_of(pilot).screen
        assert isinstance(screen, SeriesScreen)
        while screen.table.row is None or screen.table.row.value.scope != scope:
            await press(pilot, "j")
        assert dict(screen.details_of(screen.table.row)[1])["Open now"].startswith("lena 20")
        expired = published_store.now() + presence.EXPIRY + dt.timedelta(seconds=1)
        with patch.object(published_store, "now", lambda: expired):  # killed: no more beats
            await press(pilot, "R")
            assert "lena" not in row_text(screen_text(pilot), "tactical-1", "player_detection")


async def test_review_without_a_draft_says_where_to_start(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "enter")
        assert "No active draft here" in banner(pilot)


async def test_filters(make_published: MakeApp) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "w")
        await type_text(pilot, "tsu")
        await press(pilot, "enter")
        assert "arena" not in "\n".join(screen_text(pilot).splitlines()[2:])
        await press(pilot, "x", "c")
        await type_text(pilot, "ball")
        await press(pilot, "enter")
        assert "player_detection" not in screen_text(pilot)


async def test_work_is_given_out_and_handed_to_the_lead(
    make_published: MakeApp, published_store: Store
) -> None:
    scope = find_scope(published_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        table = app_of(pilot).screen.query_one(PagedTable)
        while table.row is None or table.row.value.scope != scope:
            await press(pilot, "j")
        await press(pilot, "a")
        await type_text(pilot, "rui")
        await press(pilot, "enter")
        await settle(pilot)
        assert "is assigned to rui" in banner(pilot)
        await press(pilot, "t")
        await type_text(pilot, "look at frame 3")
        await press(pilot, "enter")
        await settle(pilot)
        assert "✓ rui" in row_text(screen_text(pilot), "tactical-1", "player_detection")
        await press(pilot, "i")
        assert "look at frame 3" in screen_text(pilot)
        await press(pilot, "escape", "s")
        await type_text(pilot, "ready")
        await press(pilot, "enter")
        await settle(pilot)
        assert [row.value.scope for row in table.rows] == [scope]
        assert "arena / tactical-1 / player_detection" in screen_text(pilot)
        await press(pilot, "t")
        await settle(pilot)
        assert "No scope that was opened" in screen_text(pilot)
        await press(pilot, "x")
        await settle(pilot)
        assert len([row for row in table.rows if row.selectable]) > 1


async def test_my_work_is_one_filter_in_both_lists(
    make_published: MakeApp, published_store: Store
) -> None:
    scope = find_scope(published_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    assert assign(published_store, RUI, scope, RUI.name).ok
    async with make_published(RUI).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "f", "enter")
        await settle(pilot)
        table = app_of(pilot).screen.query_one(PagedTable)
        runs = {row.value[0].media for row in table.rows if row.selectable}
        assert runs == {"tactical-1"}
        await press(pilot, "2")
        await settle(pilot)
        await press(pilot, "f", "enter")
        await settle(pilot)
        table = app_of(pilot).screen.query_one(PagedTable)
        assert [row.value.scope for row in table.rows] == [scope]
        await press(pilot, "a")
        await type_text(pilot, "lena")
        await press(pilot, "enter")
        await settle(pilot)
        assert "ROLE_FORBIDDEN" in banner(pilot)


async def test_the_series_sorted(make_published: MakeApp, published_store: Store) -> None:
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "S")
        await type_text(pilot, "latest")
        await press(pilot, "enter")
        await settle(pilot)
        table = app_of(pilot).screen.query_one(PagedTable)
        numbers = [row.value.standing.latest or 0 for row in table.rows]
        assert numbers == sorted(numbers, reverse=True)
        assert numbers[0] == 2
        await press(pilot, ":")
        await type_text(pilot, "sort oddly")
        await press(pilot, "enter")
        assert "Sort by one of: name" in screen_text(pilot)
