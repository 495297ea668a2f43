"""Whatever is open, a key that does nothing there says so and where the keys are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Input

from prelabel_tui.keys.commands import commands_of
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.review.dialogs.unseen import UnseenDialog
from prelabel_tui.screens.shared.command_line import CommandLine
from prelabel_tui.screens.shared.dialogs import ConfirmDialog, PromptDialog
from prelabel_tui.screens.shared.help import HelpScreen
from prelabel_tui.screens.shared.keyed import KeyedModal
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog, TextDialog
from tests.ui.applications import MakeApp
from tests.ui.driving import app_of, press, screen_text, settle

Make = Callable[[], KeyedModal[Any]]

_WITHOUT_A_LINE: dict[str, Make] = {
    "confirm": lambda: ConfirmDialog("Reset the draft", "All edits go."),
    "text": lambda: TextDialog("Run", [("Run", "1a2b"), ("Frames", "150")]),
    "unseen": lambda: UnseenDialog(3, 8),
}
_WITH_A_LINE: dict[str, Make] = {
    "prompt": lambda: PromptDialog("Rename", value="p7"),
    "choice": lambda: ChoiceDialog("Queue", [Choice(1, "one"), Choice(2, "two")]),
    "help": lambda: HelpScreen("runs", commands_of(("runs",))),
    "command line": lambda: CommandLine(commands_of(("runs",))),
}


@pytest.mark.parametrize("name", [*_WITHOUT_A_LINE])
async def test_a_dialog_says_of_a_key_that_it_does_nothing(make_app: MakeApp, name: str) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        app = app_of(pilot)
        await settle(pilot)
        dialog = _WITHOUT_A_LINE[name]()
        app.push_screen(dialog)
        await settle(pilot)
        for key, shown in (("f9", "f9"), ("ö", "ö"), ("ctrl+t", "^T")):
            await press(pilot, key)
            assert f"{shown} does nothing here; ? shows the keys." in screen_text(pilot)
            assert app.screen is dialog
        await press(pilot, "pagedown")
        assert "does nothing" not in screen_text(pilot), "the next key takes it away"
        await press(pilot, "?")
        assert isinstance(app.screen, HelpScreen)
        await press(pilot, "?")
        assert app.screen is dialog


@pytest.mark.parametrize("name", [*_WITH_A_LINE])
async def test_a_line_takes_what_is_typed_and_its_own_keys(make_app: MakeApp, name: str) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        app = app_of(pilot)
        await settle(pilot)
        dialog = _WITH_A_LINE[name]()
        app.push_screen(dialog)
        await settle(pilot)
        line = dialog.query_one(Input)
        await press(pilot, "end", "a", "?", "y", "left", "left", "o", "right", "delete", "home")
        assert line.value.endswith("ao?")
        assert line.cursor_position == 0
        assert "does nothing" not in screen_text(pilot)
        await press(pilot, "f9")
        assert "f9 does nothing here; f1 shows the keys." in screen_text(pilot)
        await press(pilot, "end", "z")
        assert "does nothing" not in screen_text(pilot)
        await press(pilot, "f1")
        assert isinstance(app.screen, RunsScreen if name == "help" else HelpScreen)
        await press(pilot, *["escape"] * (0 if name == "help" else 2))
        assert isinstance(app.screen, RunsScreen)
