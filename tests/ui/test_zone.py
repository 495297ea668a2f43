"""`:zone` shows times in a person's own time zone, now and in their next session."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest

from prelabel_tui.app import PrelabelApp
from tests.ui.driving import banner, press, screen_text, settle, type_text

MakeApp = Callable[..., PrelabelApp]


@pytest.fixture(autouse=True)
def _zone_of_the_machine() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = before
    time.tzset()


async def test_a_zone_counts_at_once_and_in_the_next_session(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "2026-03-13 11:09 UTC" in screen_text(pilot)
        for zone, said in (
            ("Asia/Tokyo", " JST: lists show it"),
            ("Asia/Kolkata", " IST: lists show it"),
        ):
            await press(pilot, ":")
            await type_text(pilot, f"zone {zone}")
            await press(pilot, "enter")
            await settle(pilot)
            assert said in banner(pilot)
        await press(pilot, "R")
        assert "2026-03-13 16:39 IST" in screen_text(pilot)
    os.environ["TZ"] = "UTC"
    time.tzset()
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "R")
        assert "2026-03-13 16:39 IST" in screen_text(pilot)
        await press(pilot, ":")
        await type_text(pilot, "zone server")
        await press(pilot, "enter")
        await settle(pilot)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../../etc/passwd", "/etc/passwd", "Europe"])
async def test_a_zone_that_is_none_is_refused(make_app: MakeApp, name: str) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, ":")
        await type_text(pilot, f"zone {name}")
        await press(pilot, "enter")
        await settle(pilot)
        assert "There is no zone" in screen_text(pilot)
        await press(pilot, ":")
        await type_text(pilot, "zone")
        await press(pilot, "enter")
        await settle(pilot)
        assert " UTC.  `:zone" in screen_text(pilot)
