"""The review screen in a terminal: an edit paints only what it changed, and that is all of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median

import pytest

from prelabel_tui.core.store import Store
from prelabel_tui.screens.review import ReviewScreen
from tests.ui.applications import MakeApp
from tests.ui.driving import settle
from tests.ui.emulator import TestTerminal, resize, running
from tests.ui.reviewing import Review, draft_of

KEYS = {
    "move": tuple("hjkl"),
    "select": ("tab", "shift+tab"),
    "step": ("f", "d", "f", "enter", "]"),
    "change": ("u", "U", "e", "a", "A", "x", "f5", "s"),
    "look": ("+", "-", "z", "escape"),
}


@pytest.fixture(autouse=True)
def true_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")


@asynccontextmanager
async def on_terminal(
    make_app: MakeApp, store: Store
) -> AsyncIterator[tuple[Review, TestTerminal]]:
    """The review screen of a player draft, open on a test terminal of 120×40."""
    draft = draft_of(store)
    app = make_app()
    async with running(app, 120, 40) as (pilot, terminal):
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        review = Review(pilot, screen)
        await review.rest()
        yield review, terminal


async def until(true: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + 10
    while not true():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.005)


def painted(review: Review) -> bool:
    """Whether Textual has drawn all that is due."""
    screen = review.screen
    nodes = [screen, *screen.walk_children()]
    return not (
        any(node._repaint_required or node._layout_required for node in nodes)
        or any(node.message_queue_size or node._next_callbacks for node in nodes)
        or screen._dirty_widgets
        or screen._callbacks
        or screen._compositor._dirty_regions
    )


def differences(review: Review, terminal: TestTerminal) -> list[str]:
    """Rows beside and below the picture that differ from those painted anew."""
    screen = review.screen
    width, height = screen.size
    for widget in screen.walk_children():
        if widget is not review.display.view:
            widget._styles_cache.clear()  # type: ignore[attr-defined]
    update = screen._compositor.render_update(full=True)
    assert update is not None
    empty = TestTerminal(width, height)
    empty.feed(update.render_segments(screen.app.console))
    view = review.display.view.region
    out = []
    for y in range(height):
        columns = [x for x in range(width) if not view.contains(x, y)]
        shown = [terminal.cell(x, y) for x in columns]
        wanted = [empty.cell(x, y) for x in columns]
        if shown != wanted:
            out.append(f"{y}: {''.join(cell[0] for cell in shown if len(cell) == 3)}")
    return out


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_painted_piece_by_piece_is_what_would_be_painted_whole(
    make_app: MakeApp, demo_store: Store, seed: int
) -> None:
    pick = random.Random(seed)
    async with on_terminal(make_app, demo_store) as (review, terminal):
        for _ in range(20):
            kind = pick.choice(["move", "move", "select", "step", "change", "look", "resize"])
            if kind == "resize":
                resize(review.screen.app, terminal, pick.choice([90, 120, 150]), 40)
                await review.rest()
            else:
                await review.press(pick.choice(KEYS[kind]))
            await until(lambda: painted(review))
            assert not differences(review, terminal), kind


async def test_a_nudge_on_the_review_screen_costs_a_thin_link_little(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with on_terminal(make_app, demo_store) as (review, terminal):
        await review.press("tab", "l")
        sizes = []
        for key in "lljjhhkk":
            before = terminal.written
            await review.press(key)
            await until(lambda: painted(review))
            sizes.append(terminal.written - before)
        assert median(sizes) <= 2_000, sizes  # the list alone is four times that
