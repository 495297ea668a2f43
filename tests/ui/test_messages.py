"""A message belongs to what it is about, and goes with it."""

from __future__ import annotations

import pytest

from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import Store
from prelabel_tui.widgets.status.bars import KeyBar
from tests.ui.applications import MakeApp, app_on
from tests.ui.driving import banner, press, screen_text, settle
from tests.ui.reviewing import reviewing


@pytest.mark.parametrize("key", ["f", "tab", "t", "C"], ids=["frame", "label", "mode", "list"])
async def test_what_was_done_is_told_until_its_frame_label_or_mode_is_left(
    make_app: MakeApp, demo_store: Store, key: str
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        assert review.told.startswith("Move")
        await review.press("+")
        assert review.told.startswith("Move"), "nothing that it is about was left"
        await review.press(key)
        assert "Move" not in review.told


async def test_what_covers_the_keys_is_there_until_the_next_key(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, size=(80, 24)) as review:
        review.display.set_status("A long sentence about something that was done. " * 3)
        keys = review.screen.query_one(KeyBar)
        assert keys.lent
        await review.press("+")
        assert not keys.lent
        assert "? Help" in screen_text(review.pilot)


@pytest.mark.parametrize("code", [Code.STORAGE_WRITE_FAILED, Code.VALIDATION_HARD_FAIL])
async def test_the_outcome_of_one_act_goes_with_the_next_key(demo_store: Store, code: Code) -> None:
    async with app_on(demo_store).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        pilot.app.screen.show_outcome(Outcome(code, "It was tried once."))  # type: ignore[attr-defined]
        assert banner(pilot).startswith(code)
        await press(pilot, "j")
        assert banner(pilot) == ""
