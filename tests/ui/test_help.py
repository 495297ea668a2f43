"""Help: the keys of where one is, the other pages, what is typed is searched."""

from __future__ import annotations

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.store import Store
from prelabel_tui.keys.commands import CONTEXTS, commands_of
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.shared.help import HelpScreen
from tests import matches
from tests.ui.applications import MakeApp
from tests.ui.demo_home import LENA
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text
from tests.ui.reviewing import BALL, reviewing


async def test_help_lists_every_command_of_the_screen(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app_of(pilot).screen, HelpScreen)
        text = screen_text(pilot)
        for command in commands_of(CONTEXTS["runs"]):
            assert command.text in text
        await press(pilot, "question_mark")
        assert isinstance(app_of(pilot).screen, RunsScreen)


async def test_pages_turn_groups_open_and_what_is_typed_is_found(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert "Review ball_detection" in screen_text(pilot)
        assert "Filter by workspace" not in screen_text(pilot), "one group is open"
        await press(pilot, "down")
        assert "Filter by workspace" in screen_text(pilot)
        assert "Review ball_detection" not in screen_text(pilot)
        await press(pilot, "up", "up")
        assert "How pictures are shown" in screen_text(pilot), "from the first to the last"
        await press(pilot, "tab")
        assert "If the correct annotation is clear, edit it." in screen_text(pilot)
        await press(pilot, "shift+tab", "shift+tab")
        assert "A team's clips and rules" in screen_text(pilot)
        await type_text(pilot, "stale load")
        assert "DRAFT_VERSION_CONFLICT" in screen_text(pilot)
        assert "A team's clips" not in screen_text(pilot)
        await type_text(pilot, "zzz")
        assert "Nothing in the help has stale loadzzz in it." in screen_text(pilot)
        await press(pilot, "escape")
        assert "A team's clips and rules" in screen_text(pilot), "Esc empties the line first"
        await press(pilot, "escape")
        assert isinstance(app_of(pilot).screen, RunsScreen)


async def test_help_explains_the_outcome_that_is_on_the_screen(
    make_app: MakeApp, demo_store: Store
) -> None:
    old = Document.from_frames(BALL, [make_frame([matches.ball(size=None)]) for _ in range(6)])
    matches.enter(demo_store, LENA, BALL, prelabels=old)
    async with reviewing(make_app, demo_store, "clip", BALL, actor=LENA) as review:
        await review.press("f7", "!", "enter", "?")
        text = " ".join(screen_text(review.pilot).split())
        assert "What happened" in text
        assert "RESET_DRAFT_REQUIRED" in text
        assert "exit code 13" in text
        await review.press("escape")
        assert "RESET_DRAFT_REQUIRED" in banner(review.pilot), "reading about it does not end it"


async def test_help_is_of_the_mode_one_is_in(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("t", "?")
        assert "Help · Review: flags" in screen_text(review.pilot)
        await review.press("escape")
        assert "Help" not in screen_text(review.pilot).split("\n")[1]


async def test_a_page_or_a_code_is_asked_for_by_name(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        await type_text(pilot, "help signs")
        await press(pilot, "enter")
        assert "Timeline, lower row" in screen_text(pilot)
        await press(pilot, "escape", "colon")
        await type_text(pilot, "help LEGACY")
        await press(pilot, "enter")
        assert "Legacy/Unknown" in screen_text(pilot)
