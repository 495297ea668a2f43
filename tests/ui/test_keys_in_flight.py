"""Keys that come in one packet, and screens that change while keys and work are under way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.edits.one_frame import toggle_flag
from prelabel_tui.core.identity.audit import entries
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.notes.reading import scope_notes
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.ops.series import SeriesScreen
from prelabel_tui.screens.review.dialogs.publishing import PublishDialog
from prelabel_tui.screens.shared.command_line import CommandLine
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.help import HelpScreen
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog, TextDialog
from prelabel_tui.widgets.text_line import TextLine
from prelabel_tui.widgets.timeline import Timeline
from tests.ui.applications import MakeApp
from tests.ui.demo_home import LENA
from tests.ui.driving import app_of, open_history, press, screen_text, settle, type_text
from tests.ui.reviewing import reviewing


async def burst(pilot: Pilot[Any], *keys: str) -> None:
    """Keys that a thin link brings at once: none waits for what the one before does."""
    for key in keys:
        character = key if len(key) == 1 else None
        pilot.app.post_message(Key(key, character))
    await settle(pilot)


async def test_a_second_escape_is_for_the_screen_below(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "question_mark")
        assert isinstance(app_of(review.pilot).screen, HelpScreen)
        assert review.context.selected is not None
        await burst(review.pilot, "escape", "escape")
        assert app_of(review.pilot).screen is review.screen
        assert review.context.selected is None


async def test_a_command_line_takes_what_was_typed_ahead(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await burst(pilot, ":", *"series", "enter")
        assert isinstance(app_of(pilot).screen, SeriesScreen)


async def test_a_line_takes_a_key_that_came_while_it_was_being_made(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        pilot.app.post_message(Key("colon", ":"))
        while not isinstance(pilot.app.screen, CommandLine):
            await asyncio.sleep(0)
        assert pilot.app.focused is None
        await burst(pilot, "z", "o")
        assert pilot.app.screen.query_one(TextLine).value == ":zo"


async def test_a_prompt_takes_what_was_typed_ahead(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:
        before = review.context.document.tree_hash()
        await burst(review.pilot, "g", "5", "enter")
        assert review.context.index == 4
        for key in ("&", "/"):
            await burst(review.pilot, key, *"score<0.9 and x>2", "enter")
            for _ in range(100):
                if app_of(review.pilot).screen is review.screen:
                    break
                await settle(review.pilot)
            await burst(review.pilot, "escape")
        assert app_of(review.pilot).screen is review.screen
        assert review.context.document.tree_hash() == before


@pytest.mark.parametrize("key", ["x", "j"])
async def test_a_key_that_comes_as_one_with_escape_is_not_done(
    make_app: MakeApp, demo_store: Store, key: str
) -> None:
    """Terminals send Alt+x as Esc and x, and a slow link brings Esc, then x, as one."""
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        await burst(review.pilot, "*")
        for _ in range(100):
            if review.context.mode.name != "review":
                break
            await settle(review.pilot)
        before = review.context.document.tree_hash()
        review.pilot.app.post_message(Key(f"alt+{key}", key))
        await settle(review.pilot)
        assert review.context.mode.name == "review"
        assert review.context.document.tree_hash() == before
        assert f"Alt+{key}: only Esc was done" in screen_text(review.pilot)


async def test_escape_that_comes_as_one_with_a_letter_closes_a_line(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        below = pilot.app.screen
        await burst(pilot, ":")
        assert pilot.app.screen is not below
        pilot.app.post_message(Key("alt+u", "u"))
        await settle(pilot)
        assert pilot.app.screen is below


async def test_a_grid_that_is_given_up_at_once_looks_at_nothing(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        before = len(review.context.frame.labels)
        await burst(review.pilot, "n", "escape")
        assert review.context.mode.name == "review"
        await burst(review.pilot, "n", "a", "escape", "n", "space")
        assert len(review.context.frame.labels) == before + 1


async def test_leaving_closes_what_was_opened_while_it_saved(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await burst(review.pilot, "tab", "L", "q", "question_mark")
        for _ in range(200):
            if isinstance(app_of(review.pilot).screen, RunsScreen):
                break
            await settle(review.pilot)
        assert len(app_of(review.pilot).screen_stack) == 1


async def test_work_ends_with_its_screen(make_app: MakeApp, demo_store: Store) -> None:
    async with reviewing(make_app, demo_store) as review:

        async def look_all_the_time() -> None:
            while True:
                review.screen.query_one(Timeline)
                await asyncio.sleep(0)

        worker = review.screen.start(look_all_the_time(), group="test")
        await press(review.pilot, "q")
        assert isinstance(app_of(review.pilot).screen, RunsScreen)
        assert worker.is_cancelled


async def test_a_dialog_over_a_window_too_small_leaves_no_cover(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        app = app_of(pilot)
        await settle(pilot)
        await pilot.resize_terminal(70, 20)
        await settle(pilot)
        app.push_screen(TextDialog("Late", [("what", "came while it was small")]))
        await settle(pilot)
        await pilot.resize_terminal(100, 30)
        await settle(pilot)
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsScreen)


async def test_a_dialog_that_is_closed_before_it_is_shown_does_no_harm(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        app = app_of(pilot)
        await settle(pilot)
        choices = [Choice(1, "one")]
        for dialog in (
            ChoiceDialog("Choose", choices),
            PromptDialog("Say"),
            HelpScreen("runs", ()),
        ):
            app.push_screen(dialog)
            app.pop_screen()
            await settle(pilot)
        assert len(app.screen_stack) == 1


async def test_a_file_that_is_pasted_into_a_line_is_refused_in_a_sentence(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "w")  # filter by workspace: a list to choose from
        await type_text(pilot, "x" * 100_000)
        assert "At most 1,000 characters." in screen_text(pilot)
        await type_text(pilot, "are")
        assert "At most" not in screen_text(pilot)
        await type_text(pilot, "\n na\tna\x07 \n\nb\nc")
        assert " na na� " in screen_text(pilot)
        assert "Only the first line was taken; 2 more lines came with it." in screen_text(pilot)
        await type_text(pilot, "\n")
        assert "The paste is empty." in screen_text(pilot)
        await press(pilot, "escape")
        app_of(pilot).post_message(Paste("1q"))
        await settle(pilot)
        assert "There is no line to paste into here." in screen_text(pilot)
        await press(pilot, ":")
        await burst(pilot, *("s" * 3_000))
        assert "At most 1,000 characters." in screen_text(pilot)


async def test_a_screen_that_opens_while_the_program_ends_does_no_harm(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        app = app_of(pilot)
        await settle(pilot)
        app.push_screen(SeriesScreen())
        app.exit()
    assert app.return_code == 0


async def test_an_edit_that_comes_after_leaving_began_is_not_made(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab")
        _screen, before = review.screen, review.context.frame
        review.context.leaving = True
        assert not review.context.edit(
            toggle_flag(review.context.document, review.context.index, Flag.BAD_FRAME)
        )
        assert review.context.frame == before


async def test_keys_are_done_in_the_order_typed_while_a_line_opens_and_closes(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        for early in range(6):
            pilot.app.post_message(Key("colon", ":"))
            for _ in range(early):
                await asyncio.sleep(0)
            await burst(pilot, *"wospx", "backspace", "x", "left", "left", "left", "r", "end", "y")
            assert pilot.app.screen.query_one(TextLine).value == ":worspxy"
            await burst(pilot, "escape", ":", *"series", "enter", "?")
            assert isinstance(app_of(pilot).screen, HelpScreen)
            await burst(pilot, "escape", "1")


async def test_a_dialog_that_is_looked_up_first_takes_all_that_was_typed_for_it(
    make_published: MakeApp, published_store: Store
) -> None:
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        below = pilot.app.screen
        await burst(pilot, "a", *"ok very good", "enter")
        assert pilot.app.screen is below
        scope = find_scope(published_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
        assert history(published_store, scope)[0].eligibility.reason == "ok very good"


async def test_a_reason_for_removing_is_whole(make_app: MakeApp, demo_store: Store) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await burst(pilot, "D", *"not needed", "enter")
        assert "RUN_REMOVED" in screen_text(pilot)
        reasons = [entry.reason for entry in entries(demo_store, action="run.remove")]
        assert reasons == ["not needed"]


@pytest.mark.parametrize("keys", [("!", "F", "enter"), ("ctrl+s", "!", "F", "enter")])
async def test_keys_for_publish_and_findings_accept_no_frame(
    make_app: MakeApp, demo_store: Store, keys: tuple[str, ...]
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await burst(review.pilot, *keys)
        assert review.context.mode.name in ("review.findings", "review")
        assert not any(frame.reviewed for frame in review.context.document)
        assert not isinstance(review.pilot.app.screen, PublishDialog)


async def test_a_key_after_the_last_answer_does_not_cancel_publishing(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await burst(review.pilot, "!", "enter", *"because", "enter", "g", "3", "enter")
        assert review.context.index == 2
        scope = review.context.open_session.info.scope
        assert len(history(demo_store, scope)) == 1


async def test_two_notes_typed_in_one_go_are_both_written(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await burst(review.pilot, "~", *"one", "enter", "]", "~", *"two", "enter", "]")
        scope = review.context.open_session.info.scope
        written = [note.messages[0].text for note in scope_notes(demo_store, scope).notes]
        assert sorted(written) == ["one", "two"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((":", *"zzz", "enter"), "no command 'zzz'"),
        (("g", *"999", "enter"), "Frames are numbered from 1 to 8."),
    ],
)
async def test_a_line_that_is_refused_in_one_go_says_why(
    make_app: MakeApp, demo_store: Store, keys: tuple[str, ...], said: str
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await burst(review.pilot, *keys)
        assert said in screen_text(review.pilot)
