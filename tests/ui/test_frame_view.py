"""The frame view in an app: what it writes, when it keeps off, what it says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from textual.widgets import Input

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.imaging.terminal.replies import WHERE_IS_THE_CURSOR
from prelabel_tui.widgets.frame_view.direct_write import LateStrip, reach
from prelabel_tui.widgets.frame_view.widget import FrameView
from tests.ui.emulator import TestTerminal, running
from tests.ui.repaint import calm, differences, settled
from tests.ui.viewer_app import Cover, ViewerApp, clip


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return clip(tmp_path_factory.mktemp("clip"), count=6)


@pytest.fixture(autouse=True)
def true_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something."""
    end = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.01)


def cells(app: ViewerApp, terminal: TestTerminal) -> list[list[tuple[str, ...]]]:
    return terminal.region(*app.view.region)


async def test_a_nudge_is_some_hundred_bytes_and_no_frame_of_textual(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 120, 41) as (_, terminal):
        app.view.zoom = 4
        app.nudge(200, 0)  # now it is an edited one
        await settled(app)
        before = len(terminal.log)
        app.nudge(200, 0)
        await asyncio.sleep(0.03)
        written = terminal.log[before:]
        assert len(written) == 1
        assert 0 < len(written[0].encode()) <= 1500
        assert written[0].endswith(WHERE_IS_THE_CURSOR)
        await settled(app)
        assert not differences(app, terminal)


def farthest(one: list[list[tuple[str, ...]]], other: list[list[tuple[str, ...]]]) -> float:
    """The largest distance of two colours in the same dot."""
    dots = [
        np.array([[[int(dot[i : i + 2], 16) for i in (0, 2, 4)] for dot in cell] for cell in row])
        for row in (*one, *other)
    ]
    before, after = np.array(dots[: len(one)]), np.array(dots[len(one) :])
    return float(np.sqrt(((before - after) ** 2).sum(axis=-1)).max())


async def test_nudges_there_and_back_restore_the_screen(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        for zoom in ("fit", 2, 8, 1):
            app.view.zoom = zoom  # type: ignore[assignment]
            app.view.follow = False
            await settled(app)
            before = cells(app, terminal)
            for dx, dy in [(100, 0)] * 4 + [(0, -100)] * 3 + [(-100, 0)] * 4 + [(0, 100)] * 3:
                app.nudge(dx, dy)
                await asyncio.sleep(0)
            await settled(app)
            # Each is within what is let be of the exact colour: a box is farther from any grass.
            assert farthest(cells(app, terminal), before) <= 2 * 110**0.5, zoom


async def test_a_held_key_leaves_the_latest_state(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        await settled(app)
        for _ in range(120):
            app.nudge(100, 0)
            if app.index < 5:
                app.index += 1
                app.show()
        await settled(app)
        assert app.view.index == app.index
        assert not differences(app, terminal)


async def test_nothing_is_written_past_a_dialog(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        await settled(app)
        await app.push_screen(Cover())
        await calm(app)
        before = len(terminal.log)
        app.nudge(5000, 0)
        await calm(app)
        assert not any(WHERE_IS_THE_CURSOR in text for text in terminal.log[before:])
        assert not differences(app, terminal)
        await app.pop_screen()
        await settled(app)
        assert not differences(app, terminal)


async def test_what_goes_away_over_the_view_goes_from_the_screen(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        await settled(app)
        app.notify("saved", timeout=60)
        await until(lambda: "saved" in "\n".join(terminal.screen.display))
        await calm(app)
        app.screen.query("Toast").first()._expire()  # type: ignore[attr-defined]
        for _ in range(30):  # turns of the loop, more than it takes
            # Textual's map of the screen may be out of date at any time; a look at it lays out.
            app.screen._compositor._full_map_invalidated = True
            reach(app.view)
            await asyncio.sleep(0)
        await until(lambda: "saved" not in "\n".join(terminal.screen.display))
        await settled(app)
        assert not differences(app, terminal)


async def test_a_terminal_of_few_colours_shows_the_same_picture_after_a_toast(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORTERM", "")
    monkeypatch.setenv("TERM", "xterm")
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        await settled(app)
        before = cells(app, terminal)
        app.notify("saved", timeout=0.05)
        await until(lambda: bool(app.screen.query("Toast")))
        await until(lambda: not app.screen.query("Toast"))
        await settled(app)
        assert cells(app, terminal) == before


async def test_focus_that_comes_and_goes_sends_no_picture(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        await app.screen.mount(Input())
        await settled(app)
        before = terminal.written
        app.screen.query_one(Input).focus()
        await calm(app)
        app.view.focus()
        await calm(app)
        assert terminal.written - before < 8000
        assert not differences(app, terminal)


async def test_a_terminal_that_never_answers_is_shown_everything(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32) as (_, terminal):
        app._driver._report = lambda: None  # type: ignore[union-attr]
        for index in range(5):
            app.index = index
            app.show()
            await asyncio.sleep(0.02)
        await settled(app)
        assert not differences(app, terminal)


async def test_answers_never_become_keys(manifest: Manifest) -> None:
    keys: list[str] = []

    class Listening(ViewerApp):
        def on_key(self, event: Any) -> None:
            keys.append(event.key)

    app = Listening(manifest)
    async with running(app, 100, 32):
        await settled(app)
        app.nudge(100, 0)
        await settled(app)
    assert keys == []


async def test_it_says_which_frame_it_shows_and_whether_it_can_be_edited(
    manifest: Manifest,
) -> None:
    seen: list[tuple[int, str | None]] = []

    class Listening(ViewerApp):
        def on_frame_view_shown(self, event: FrameView.Shown) -> None:
            seen.append((event.index, event.missing))

    app = Listening(manifest)
    async with running(app, 100, 32):
        await until(lambda: seen == [(0, None)])
        assert app.view.editable
        app.index = len(manifest.frames) - 1
        app.show()
        await until(lambda: len(seen) == 2)
        assert seen[1] == (app.index, "not there")
        assert not app.view.editable


async def test_it_plays_to_the_end_and_drops_what_comes_too_late(manifest: Manifest) -> None:
    shown: list[int] = []
    stopped = []

    class Playing(ViewerApp):
        def go(self, index: int) -> None:
            shown.append(index)
            self.index = index
            self.show()

        def on_frame_view_stopped(self) -> None:
            stopped.append(True)

    app = Playing(manifest)
    async with running(app, 100, 32) as (_, terminal):
        await settled(app)
        app.view.play(app.go)
        assert app.view.playing
        await until(lambda: bool(stopped))
        assert not app.view.playing
        assert shown == sorted(set(shown))
        assert shown[-1] == len(manifest.frames) - 1
        await settled(app)
        assert not differences(app, terminal)


async def test_the_view_stays_across_frames_and_follows_the_selection(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32):
        app.view.zoom = 8
        await settled(app)
        here = app.view.viewport
        app.index = 2
        app.show()
        assert app.view.viewport == here
        for _ in range(40):
            app.nudge(1000, 0)
        left, _, right, _ = app.view.viewport.span(app.view.scene.selected.bounds)  # type: ignore[union-attr]
        assert left >= 0
        assert right < app.view.viewport.size[0]
        assert app.view.viewport != here


async def test_when_it_is_gone_its_threads_are_too(manifest: Manifest) -> None:
    import threading

    app = ViewerApp(manifest)
    async with running(app, 100, 32):
        await settled(app)
        loader = app.view.loader
        assert loader is not None
        threads = [t for t in threading.enumerate() if t.name.startswith("pictures")]
        assert threads
        await app.view.remove()
        assert loader.held_bytes == 0
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


# --- what of Textual is not public


def test_the_private_parts_of_textual_are_those_of_the_pinned_version() -> None:
    """`wire.reach` and `wire.LateStrip` use these: read them again before another version."""
    assert version("textual").startswith("8.2."), (
        "check src/prelabel_tui/widgets/frame_view/direct_write.py"
    )


async def test_the_private_parts_of_textual_are_where_they_were(manifest: Manifest) -> None:
    app = ViewerApp(manifest)
    async with running(app, 100, 32):
        await settled(app)
        for name in ("_driver", "_batch_count", "_running", "_closed", "_sync_available"):
            assert hasattr(app, name), name
        assert callable(app._driver.write)  # type: ignore[union-attr]
        assert callable(app._driver.process_message)  # type: ignore[union-attr]
        compositor = app.screen._compositor
        geometry = (compositor._visible_map or {}).get(app.view) or compositor._full_map[app.view]
        assert geometry.visible_region == geometry.region == app.view.region
        layers = [widget for widget, _ in compositor.layers]
        assert app.view in layers


def test_a_late_strip_is_made_only_when_it_is_looked_at() -> None:
    made = []

    def make() -> list[tuple[str, int, int]]:
        made.append(True)
        return [("ab", 1, 2), ("cd", 3, 4)]

    strip = LateStrip(make, 4, lambda start, end: f"{start}-{end}")
    pieces = strip.divide([1, 4])
    assert strip.cell_length == 4
    assert [piece.render(Console()) for piece in pieces] == ["0-1", "1-4"]
    assert not made
    assert [piece.text for piece in pieces] == ["a", "bcd"]
    assert strip.text == "abcd"
    assert strip.crop(1, 3).text == "bc"
