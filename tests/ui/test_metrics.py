"""Metrics: sums by reviewer, run and session, and the small plots."""

from __future__ import annotations

import pytest

from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.metrics import activity
from prelabel_tui.core.metrics.throughput import Retention
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import Store
from prelabel_tui.widgets.plots import Plot, bar, columns, hourly, retention_line, shares, sparkline
from prelabel_tui.widgets.tables.detail_pane import DetailPane
from tests.ui.applications import MakeApp
from tests.ui.demo_home import LENA, RUI, worked
from tests.ui.driving import app_of, press, screen_text, settle


@pytest.fixture
def noted(demo_store: Store) -> None:
    """Three sessions on two clips."""
    for actor, media, seconds, keys, frames in (
        (RUI, "tactical-1", 3_600, 1_000, 500),
        (RUI, "dome-1", 1_800, 900, 300),
        (LENA, "dome-1", 3_600, 300, 100),
    ):
        run = list_runs(demo_store, RunFilters(media=media)).rows[0]
        draft = loading.open_review(demo_store, actor, run.id, Capability.BALL).unwrap()
        assert activity.note(demo_store, actor, draft.id, worked(seconds, keys, frames)).ok


@pytest.mark.usefixtures("noted")
async def test_rows_by_reviewer_run_and_session(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        lines = screen_text(pilot).splitlines()
        assert [line.split()[0].strip("▌") for line in lines[2:4]] == ["rui", "lena"]
        assert "800" in lines[2]
        assert "533" in lines[2]
        assert "2.4" in lines[2]
        assert "100" in lines[3]
        shown = dict(app_of(pilot).screen.query_one(DetailPane).shown)
        assert shown["Sessions"] == "2"
        assert shown["Prelabels"].startswith("█")
        assert "kept 90.0%" in shown["Prelabels"]
        plot = app_of(pilot).screen.query_one(Plot)
        assert plot.values == (500.0, 600.0)
        assert "of rui, by session" in str(plot.border_title)
        await press(pilot, "r")
        assert "arena / tactical-1" in screen_text(pilot).splitlines()[2]
        await press(pilot, "s")
        assert "3 sessions" in screen_text(pilot).splitlines()[0]
        assert "over the session" in screen_text(pilot)
        assert len(plot.values) == 60
        assert "minute 60" in screen_text(pilot)


async def test_without_any_work_it_says_so(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        assert "Nobody has reviewed anything yet." in screen_text(pilot)
        assert "Nothing to plot yet." in screen_text(pilot)


def test_bars_are_exact_to_an_eighth() -> None:
    assert bar(0, 10, 8) == ""
    assert bar(10, 10, 4) == "████"
    assert bar(5, 10, 4) == "██"
    assert bar(5.5, 8, 1) == "▊"
    assert bar(0.001, 10, 4) == "▏"


def test_a_sparkline_shows_the_latest() -> None:
    assert sparkline([], 5) == ""
    assert sparkline([0, 0], 5) == "▁▁"
    assert sparkline([9, 1, 2, 4], 3) == "▃▅█"


def test_columns_are_exact_to_an_eighth_and_fold_to_the_width() -> None:
    assert columns([], 5, 2) == ["", ""]
    assert columns([0, 0], 4, 1) == ["    "]
    assert columns([1, 2], 4, 2) == ["  ██", "████"]
    assert columns([2, 4, 6, 8], 2, 1) == ["▃█"]
    assert columns([1, 16], 2, 1) == [" █"]
    assert all(len(line) == 7 for line in columns(list(range(100)), 7, 3))


def test_a_bar_of_shares_is_as_wide_as_said() -> None:
    assert shares((0, 0), "ab", 8) == ""
    assert shares((1, 1), "ab", 8) == "aaaabbbb"
    assert shares((1_000, 1, 0), "abc", 8) == "aaaaaaab"
    assert len(shares((3, 3, 3), "abc", 16)) == 16
    assert retention_line(Retention(9, 1, 0, 2)) == (
        "██████████████▓▓  █ kept 90.0%, ▓ moved 10.0%, ░ deleted 0.0%  added 2"
    )
    assert retention_line(Retention()) == "█ kept –, ▓ moved –, ░ deleted –  added 0"


def test_pace_is_smoothed_over_the_minutes_beside() -> None:
    assert hourly(()) == []
    assert hourly((3, 0, 0, 6)) == [90.0, 60.0, 120.0, 180.0]
