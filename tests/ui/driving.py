"""Driving the application by keys and reading what it shows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import Store
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.widgets.frame_view.widget import FrameView


def app_of(pilot: Pilot[Any]) -> PrelabelApp:
    """The application under test."""
    assert isinstance(pilot.app, PrelabelApp)
    return pilot.app


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until no screen waits for a thread and all messages are handled."""
    app = app_of(pilot)
    calm = 0
    for _ in range(2_000):
        await pilot.pause()
        busy = not app.ready.is_set() or any(
            screen.busy or not all(map(_complete, screen.query(FrameView)))
            for screen in app.screen_stack
            if isinstance(screen, KeyedScreen)
        )
        calm = 0 if busy else calm + 1
        if calm >= 3:
            return
        await asyncio.sleep(0.005 if busy else 0)
    raise AssertionError("the application does not come to rest")


def _complete(view: FrameView) -> bool:
    """Whether the picture and its loupe are there, or there is nothing to show yet."""
    if view.loader is None:
        return True
    return view.settled


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Give text to the focused input, as a paste."""
    assert pilot.app.focused is not None
    pilot.app.post_message(Paste(text))
    await settle(pilot)


def screen_text(pilot: Pilot[Any]) -> str:
    """What stands on the screen, modals included, as lines of text."""
    app = app_of(pilot)
    lines = [""] * app.size.height
    for screen in app.screen_stack[-1:] if not app.screen.is_modal else app.screen_stack:
        for y, strip in enumerate(screen._compositor.render_strips()):
            if strip.text.strip():
                lines[y] = strip.text.rstrip()
    return "\n".join(lines)


def banner(pilot: Pilot[Any]) -> str:
    """What the banner of the nearest whole screen says; empty when it says nothing."""
    for screen in reversed(app_of(pilot).screen_stack):
        if isinstance(screen, KeyedScreen):
            return screen.banner.text if screen.banner.shown else ""
    return ""


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Another process writes to the database, and does not come to an end."""
    with closing(sqlite3.connect(store.home / "prelabel.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it, a minute at the most."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def open_history(pilot: Pilot[Any]) -> None:
    """The history of that scope, as a person reaches it."""
    await settle(pilot)
    app_of(pilot).open_history("arena", "tactical-1", Capability.PLAYER)
    await settle(pilot)
