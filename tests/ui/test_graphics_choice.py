"""`:graphics` changes how pictures are shown at any time, and each terminal's way is remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import Store
from prelabel_tui.imaging.terminal import terminal as terminals
from prelabel_tui.imaging.terminal.choose_backend import Requested, name_of
from prelabel_tui.imaging.terminal.replies import TerminalAnswers
from prelabel_tui.imaging.terminal.terminal import Terminal
from prelabel_tui.screens.review import ReviewScreen
from tests.ui.demo_home import ADA, clock
from tests.ui.driving import banner, press, settle, type_text
from tests.ui.emulator import running
from tests.ui.reviewing import Review, draft_of

KITTY = TerminalAnswers(attributes=(62,), version="kitty(0.30.1)", kitty="OK", cell=(10, 20))
KONSOLE = TerminalAnswers(attributes=(62,), version="Konsole 22.12.3", inline=True, cell=(10, 20))


@asynccontextmanager
async def reviewing_on(
    answers: TerminalAnswers,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    requested: Requested | None = None,
) -> AsyncIterator[Review]:
    """The review on a terminal that has answered this."""
    terminal = Terminal({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    terminal.answers = answers
    monkeypatch.setattr(terminals, "_present", terminal)
    opened = Result(Outcome(Code.OK), (store, ADA))
    app = PrelabelApp(lambda: opened, terminal=terminal, requested=requested, clock=clock)
    async with running(app, 120, 40) as (pilot, _):
        await settle(pilot)
        app.open_review(draft_of(store))
        await settle(pilot)
        assert isinstance(app.screen, ReviewScreen)
        review = Review(pilot, app.screen)
        await review.rest()
        yield review


async def say(review: Review, command: str) -> None:
    """Type a command."""
    await press(review.pilot, ":")
    await type_text(review.pilot, command)
    await press(review.pilot, "enter")


def shown_by(review: Review) -> str:
    return review.display.view.backend.name


async def test_another_way_is_taken_at_once_and_remembered_for_that_terminal(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing_on(KITTY, demo_store, monkeypatch) as review:
        assert shown_by(review) == "kitty"
        await say(review, "graphics quadrants")
        assert shown_by(review) == "quadrants"
        assert "Pictures: quadrants: --graphics quadrants was asked for" in banner(review.pilot)
        assert review.display.view.settled
    async with reviewing_on(KONSOLE, demo_store, monkeypatch) as review:
        assert shown_by(review) == "inline"
    async with reviewing_on(KITTY, demo_store, monkeypatch, "sextants") as review:
        assert shown_by(review) == "sextants", "the option counts more than what is remembered"
    async with reviewing_on(KITTY, demo_store, monkeypatch) as review:
        assert shown_by(review) == "quadrants"
        await say(review, "graphics auto")
        assert shown_by(review) == "kitty"
    async with reviewing_on(KITTY, demo_store, monkeypatch) as review:
        assert shown_by(review) == "kitty"


async def test_without_a_name_all_ways_are_offered_and_a_wrong_one_is_refused(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing_on(KITTY, demo_store, monkeypatch) as review:
        await press(review.pilot, "ctrl+g")
        await type_text(review.pilot, "sextants")
        await press(review.pilot, "enter")
        assert shown_by(review) == "sextants"
        await say(review, "graphics crayons")
        assert shown_by(review) == "sextants"
        assert "one of auto, cells, quadrants" in review.display.autosave.message


@pytest.mark.parametrize(
    ("version", "environ", "name"),
    [
        ("kitty(0.26.5)", {}, "kitty"),
        ("Konsole 22.12.3", {}, "Konsole"),
        ("xterm.js(6.1.0-beta)", {"TERM_PROGRAM": "vscode"}, "xterm.js"),
        ("XTerm(379)", {"TERM": "xterm"}, "XTerm"),
        (None, {"TERM": "xterm", "LC_TERMINAL": "iTerm2"}, "iTerm2"),
        ("tmux 3.3a", {"TMUX": "/tmp/tmux,1,0", "TERM": "tmux-256color"}, "tmux"),
        (None, {}, ""),
    ],
)
def test_a_terminal_is_known_by_its_own_name_whatever_its_version(
    version: str | None, environ: dict[str, str], name: str
) -> None:
    assert name_of(TerminalAnswers(version=version), environ) == name


def test_over_ssh_kitty_waits_for_a_fast_link_and_leaves_a_slow_one() -> None:
    terminal = Terminal({"TERM": "xterm-kitty", "SSH_TTY": "/dev/pts/1"})
    terminal.answers = KITTY
    shown = []
    for rate in (None, 400e3, 600e3, 400e3, 200e3, 400e3):
        terminal.link_rate = rate
        shown.append(terminal.choice().backend)
    assert shown == ["cells", "cells", "kitty", "kitty", "cells", "cells"]
