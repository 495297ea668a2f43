"""Meters: sums by reviewer, run and session, and the small plots."""

from __future__ import annotations

import pytest

from prelabel_tui.core import activity, drafts
from prelabel_tui.core.labels import Capability
from prelabel_tui.core.runs import RunFilters, list_runs
from prelabel_tui.core.store import Store
from prelabel_tui.widgets.detail_pane import DetailPane
from prelabel_tui.widgets.plots import bar, sparkline
from tests.ui.conftest import MakeApp
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
        draft = drafts.open_review(demo_store, actor, run.id, Capability.BALL).unwrap()
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
        assert shown["Frames/h"].startswith("▇█")
        await press(pilot, "r")
        assert "arena / tactical-1" in screen_text(pilot).splitlines()[2]
        await press(pilot, "s")
        assert "3 sessions" in screen_text(pilot).splitlines()[0]


async def test_without_any_work_it_says_so(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
        assert "Nobody has reviewed anything yet." in screen_text(pilot)


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
