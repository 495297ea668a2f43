"""What the review says about a detector, on the screen."""

from __future__ import annotations

from prelabel_tui.core.store import Store
from prelabel_tui.screens.ops.detector_report import ReportScreen
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import LENA
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text
from tests.ui.publishing import published


async def test_the_report_of_a_run_alone_and_beside_another(demo_store: Store) -> None:
    published(demo_store)
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "e")
        await settle(pilot)
        screen = app_of(pilot).screen
        assert isinstance(screen, ReportScreen)
        text = screen_text(pilot)
        for part in ("By score", "By size", "By place", "By flag", "100.0%", "from IoU 0.5"):
            assert part in text
        run = screen.run_row.id
        await press(pilot, ":")
        await type_text(pilot, f"compare {run[:8]}")
        await press(pilot, "enter")
        await settle(pilot)
        assert "of the other" in screen_text(pilot)
        await press(pilot, "c")
        await settle(pilot)
        assert "There is no other run of this clip" in screen_text(pilot)
        await press(pilot, "v")
        assert "ball_detection: nothing was published yet. v shows the other" in screen_text(pilot)
        await press(pilot, "v", "i")
        assert "Group all" in screen_text(pilot)


async def test_without_a_revision_it_says_so(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "e")
        await settle(pilot)
        assert "REPORT_EMPTY" in banner(pilot)
        assert "Nothing can be compared." in screen_text(pilot)
