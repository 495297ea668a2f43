"""What the terminal was sent against a full repaint, and random walks of a reviewer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import chain

from textual._compositor import LayoutUpdate

from prelabel_tui.imaging.terminal.text_layer import OpaqueStrip
from prelabel_tui.widgets.frame_view.clean_cells import CleanCells
from prelabel_tui.widgets.frame_view.direct_write import reach
from tests.ui.emulator import Cell, TestTerminal, resize
from tests.ui.viewer_app import Cover, Elsewhere, ViewerApp

SIZES = ((80, 24), (100, 32), (61, 19), (120, 40))


def differences(app: ViewerApp, terminal: TestTerminal) -> list[tuple[int, int, Cell, Cell]]:
    """Cells of the whole screen that differ from a full repaint on an empty terminal."""
    width, height = app.size
    empty = TestTerminal(width, height)
    painter = app.view.painter
    assert painter is not None
    clean, painter.clean_cells = painter.clean_cells, CleanCells()
    assert not app.screen._compositor._dirty_regions  # a full repaint forgets them
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    forget_colours(update)
    empty.feed(update.render_segments(app.console))
    painter.clean_cells = clean
    shown = terminal.region(0, 0, width, height)
    wanted = empty.region(0, 0, width, height)
    return [
        (x, y, shown[y][x], wanted[y][x])
        for y in range(height)
        for x in range(width)
        if shown[y][x] != wanted[y][x]
    ]


def forget_colours(update: LayoutUpdate) -> None:
    """Have Rich make the codes of all styles anew: it keeps those of its first colour system."""
    for strip in chain.from_iterable(update.strips):
        if not isinstance(strip, OpaqueStrip):
            strip._render_cache = None
            for segment in strip:
                if segment.style is not None:
                    segment.style._ansi = None


def due(app: ViewerApp) -> bool:
    """Whether Textual has still to draw, lay out, remove or handle something."""
    painter = app.view.painter
    if painter is not None and painter.clean_cells.covered and (at := reach(app.view)) and at.bare:
        return True  # Textual has forgotten to paint what was under a thing that went away
    screens = app.screen_stack
    inner = [node for screen in screens for node in screen.walk_children(with_self=False)]
    return (
        any(node.message_queue_size or node._next_callbacks for node in [app, *screens, *inner])
        # A screen behind a dialog says for ever that it wants to be painted.
        or any(node._repaint_required or node._layout_required for node in [app.screen, *inner])
        or any(node._pruning for node in inner)
        or any(
            screen._layout_required
            or screen._scroll_required
            or screen._recompose_required
            or screen._dirty_widgets
            or screen._callbacks
            or screen._compositor._dirty_regions
            or any(not widget.is_attached for widget in screen._compositor.widgets)
            for screen in screens
        )
    )


async def calm(app: ViewerApp, seconds: float = 60.0) -> None:
    """Let Textual draw all that is due."""
    end = asyncio.get_running_loop().time() + seconds
    terminal = app._driver.terminal  # type: ignore[union-attr]
    quiet = 0
    while quiet < 3:
        assert asyncio.get_running_loop().time() < end, "the screen does not come to rest"
        before = terminal.written
        await asyncio.sleep(0.004)
        quiet = 0 if due(app) or terminal.written != before else quiet + 1


async def settled(app: ViewerApp, seconds: float = 60.0) -> None:
    """Until the view says that the screen is exact."""
    end = asyncio.get_running_loop().time() + seconds
    await calm(app)
    while not app.view.settled:
        assert asyncio.get_running_loop().time() < end, "the view does not come to rest"
        await asyncio.sleep(0.02)
    await calm(app)


class Walk:
    """Random steps of a reviewer, one at a time."""

    def __init__(self, app: ViewerApp, terminal: TestTerminal, seed: int) -> None:
        self.app = app
        self.terminal = terminal
        self.random = random.Random(seed)
        self.steps: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "nudge": (8, self.nudge),
            "undo": (2, self.undo),
            "zoom": (2, self.zoom),
            "pan": (2, self.pan),
            "step": (4, self.step),
            "select": (2, self.select),
            "modal": (1, self.modal),
            "suspend": (1, self.suspend),
            "resize": (1, self.resize),
            "banner": (1, self.banner),
            "status": (2, self.status),
            "labels": (1, self.labels),
            "tone": (1, self.tone),
            "burst": (2, self.burst),
            "focus": (1, self.focus),
            "toast": (1, self.toast),
            "rest": (1, self.rest),
        }

    async def go(self) -> str:
        """One step; its name."""
        names = list(self.steps)
        weights = [self.steps[name][0] for name in names]
        name = self.random.choices(names, weights)[0]
        await self.steps[name][1]()
        return name

    async def nudge(self) -> None:
        self.app.nudge(*self.random.choice([(100, 0), (-100, 0), (0, 100), (0, -100), (1000, 0)]))

    async def burst(self) -> None:
        """Keys faster than anything is drawn."""
        for _ in range(self.random.randrange(2, 9)):
            await self.random.choice([self.nudge, self.step, self.pan])()

    async def undo(self) -> None:
        if self.app.undo:
            self.app.index, frame = self.app.undo.pop()
            self.app.frames[self.app.index] = frame
            self.app.show()

    async def zoom(self) -> None:
        self.app.view.zoom_by(self.random.choice([-1, 1, 1]))

    async def pan(self) -> None:
        self.app.view.pan(self.random.randrange(-9, 10), self.random.randrange(-4, 5))

    async def step(self) -> None:
        count = len(self.app.manifest.frames)
        self.app.index = (self.app.index + self.random.choice([-1, 1])) % count
        self.app.show()

    async def select(self) -> None:
        labels = self.app.frames[self.app.index].labels
        self.app.selected = self.random.choice(labels).id
        self.app.view.set_scene(self.app.scene())

    async def modal(self) -> None:
        if len(self.app.screen_stack) > 1:
            await self.app.pop_screen()
        else:
            await self.app.push_screen(self.random.choice([Cover, Cover, Elsewhere])())

    async def suspend(self) -> None:
        """The terminal's own screen, and back: what was on ours is gone."""
        with self.app.suspend():
            pass

    async def resize(self) -> None:
        resize(self.app, self.terminal, *self.random.choice(SIZES))
        await asyncio.sleep(0.05)

    async def banner(self) -> None:
        self.app.screen_stack[0].query_one("#banner").toggle_class("shown")

    async def status(self) -> None:
        self.app.screen_stack[0].query_one("#status").update(str(self.random.random()))

    async def labels(self) -> None:
        scene = self.app.view.scene
        self.app.view.set_scene(replace(scene, show_labels=not scene.show_labels))

    async def tone(self) -> None:
        self.app.view.set_tone(self.random.randrange(-30, 30), 0, self.random.random() < 0.3)

    async def focus(self) -> None:
        self.app.screen_stack[0].set_focus(self.random.choice([self.app.view, None]))

    async def toast(self) -> None:
        self.app.notify("saved", timeout=self.random.choice([0.05, 0.3]))

    async def rest(self) -> None:
        if len(self.app.screen_stack) == 1:
            await settled(self.app)
