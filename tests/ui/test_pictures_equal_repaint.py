"""The gate for pictures in pixels: after random walks through the whole widget, what a model of the
terminal shows is a full repaint; behind a dialog or another screen there is none of it.

Inline images are JPEGs, which no repaint gives again: there the screen has to hold exactly the
pixels that the backend believes it holds, and these the picture within the bound on the error.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from textual.geometry import Region

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.imaging.backends.base import Backend, View
from prelabel_tui.imaging.backends.inline import FAIR, FAIR_LINES, GOOD, InlineBackend
from prelabel_tui.imaging.backends.kitty import KittyBackend
from prelabel_tui.imaging.backends.sixel import SixelBackend
from prelabel_tui.imaging.terminal import kitty_protocol as protocol
from prelabel_tui.imaging.terminal.replies import PictureRefused
from tests.imaging.inline_model import InlineModel, cell_errors, labelled, region_of
from tests.imaging.kitty_model import KittyModel
from tests.imaging.sixel_model import SixelModel
from tests.ui.emulator import TestTerminal, running
from tests.ui.repaint import Walk, calm, settled
from tests.ui.viewer_app import Elsewhere, ViewerApp, clip

CELL = (4, 8)
PICTURE = re.compile(
    r"(\x1b\[\d+;\d+H(?=\x1b(?:[_P]|\]1337)))?"
    r"(\x1b_G[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b\]1337;[^\x07\x1b]*\x07)"
)
Model = KittyModel | SixelModel | InlineModel
MODELS: dict[str, type[Model]] = {
    "kitty": KittyModel,
    "sixel": SixelModel,
    "inline": InlineModel,
}
BACKENDS: dict[str, Callable[[tuple[int, int]], Backend]] = {
    "kitty": KittyBackend,
    "sixel": SixelBackend,
    "inline": InlineBackend,
}
WAYS = sorted(MODELS)


class PictureTerminal(TestTerminal):
    """Cells by the emulator, pictures by a model; text takes pictures away, but not kitty's."""

    def __init__(self, width: int, height: int, kind: type[Model]) -> None:
        super().__init__(width, height)
        self.kind = kind
        self.pictures = kind(width, height, CELL)
        draw = self.screen.draw

        def drawing(data: str) -> None:
            x, y = self.screen.cursor.x, self.screen.cursor.y
            draw(data)
            if not isinstance(self.pictures, KittyModel):
                self.pictures.text(x, y, x + len(data), y + 1)

        self.screen.draw = drawing  # type: ignore[method-assign]
        self._stream.detach(self.screen)
        self._stream.attach(self.screen)

    def feed(self, text: str) -> int:
        asked = place = 0
        for match in PICTURE.finditer(text):
            asked += super().feed(text[place : match.start()])
            self.pictures.feed(match[0])
            place = match.end()
        return asked + super().feed(text[place:])

    def clear(self) -> None:
        super().clear()
        self.pictures = self.kind(self.screen.columns, self.screen.lines, CELL)

    def resize(self, width: int, height: int) -> None:
        super().resize(width, height)
        old, new = self.pictures, self.kind(width, height, CELL)
        self.pictures = new
        if isinstance(old, KittyModel) and isinstance(new, KittyModel):
            new.images, new.placements = old.images, old.placements
        elif not isinstance(old, KittyModel) and not isinstance(new, KittyModel):
            rows, columns = np.minimum(old.pixels.shape[:2], new.pixels.shape[:2])
            new.pixels[:rows, :columns] = old.pixels[:rows, :columns]


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Each test has a terminal of its own."""
    protocol.farewell()
    yield
    protocol.farewell()


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A short clip."""
    return clip(tmp_path_factory.mktemp("clip"), count=3, width=320, height=180)


def view_of(app: ViewerApp) -> View:
    """What the widget wants to be seen."""
    view = app.view.painter.given  # type: ignore[union-attr]
    assert view is not None
    return view


def kitty_wanted(app: ViewerApp) -> NDArray[np.uint8]:
    """Pixels of a full repaint at rest, on a terminal of its own."""
    model, backend = KittyModel(*app.size, CELL), KittyBackend(CELL)
    backend.paint(view_of(app))
    model.feed(backend.painted([(0, 0, 999, 99)]))
    while backend.pending:
        model.feed(backend.heal())
    backend.close()
    return model.seen()


def sixel_wanted(app: ViewerApp) -> NDArray[np.int16]:
    """The same; by the same backend, since its palette has a history."""
    model, backend = SixelModel(*app.size, CELL), app.view.backend
    backend.forget()
    model.feed(backend.painted([]))
    while backend.pending:
        model.feed(backend.heal())
    return model.pixels


def inline_wanted(app: ViewerApp) -> NDArray[np.int16]:
    """The pixels that the backend believes to be shown, where there is a picture at all."""
    backend, view = app.view.backend, view_of(app)
    assert isinstance(backend, InlineBackend)
    model = InlineModel(*app.size, CELL)
    model.pixels[region_of(view, CELL)] = backend._shown
    model.pixels[(app.size.height - 1) * CELL[1] :] = -1
    return model.pixels


def expect_a_repaint(app: ViewerApp, terminal: PictureTerminal, when: str) -> None:
    """The screen is at rest: it has to show what it would after a full repaint."""
    pictures = terminal.pictures
    if isinstance(pictures, KittyModel):
        assert not pictures.errors
        wanted: NDArray[Any] = kitty_wanted(app)
    elif isinstance(pictures, SixelModel):
        wanted = sixel_wanted(app)
    else:
        wanted = inline_wanted(app)
        expect_little_error(pictures, view_of(app), when)
    assert (seen(terminal) == wanted).all(), when


def expect_little_error(screen: InlineModel, view: View, when: str) -> None:
    """At rest every cell is within the bound that the backend states."""
    errors, lines = cell_errors(screen, view), labelled(view, CELL)
    assert (errors[~lines] <= FAIR).all(), when
    assert (errors[lines] <= 2 * FAIR_LINES).all(), when
    assert errors[~lines].mean() <= GOOD, when


def seen(terminal: PictureTerminal) -> NDArray[Any]:
    """What the terminal shows."""
    pictures = terminal.pictures
    return pictures.seen() if isinstance(pictures, KittyModel) else pictures.pixels


async def bare(app: ViewerApp) -> None:
    """Until nothing lies over the view and the screen is exact."""
    end = asyncio.get_running_loop().time() + 60
    await settled(app)
    while app.screen.query("Toast") or app.view.backend.covered:
        assert asyncio.get_running_loop().time() < end, "the picture does not come back"
        await asyncio.sleep(0.02)
    await settled(app)


@pytest.mark.soak
@pytest.mark.parametrize("graphics", WAYS)
async def test_random_walks_leave_no_difference(
    frames: Manifest, graphics: str, soak: bool
) -> None:
    walks, length = (10, 200) if soak else (2, 14)
    checked = 0
    for seed in range(walks):
        terminal = PictureTerminal(100, 32, MODELS[graphics])
        app = ViewerApp(frames, BACKENDS[graphics](CELL))
        async with running(app, 100, 32, terminal):
            await settled(app)
            walk = Walk(app, terminal, seed)
            steps = []
            for _ in range(length):
                steps.append(await walk.go())
                await calm(app)
                when = f"seed {seed}, after {steps[-5:]}"
                if len(app.screen_stack) > 1:
                    blank = seen(terminal) == (0 if graphics == "kitty" else -1)
                    assert blank.all(), f"{when}: a picture lies over the dialog"
                    continue
                await bare(app)
                expect_a_repaint(app, terminal, when)
                checked += 1
        if isinstance(terminal.pictures, KittyModel):
            terminal.pictures.feed(protocol.farewell())
            assert not terminal.pictures.images
            assert not terminal.pictures.placements
    print(f"pictures equal repaint ({graphics}): {checked} steps, no difference")


@pytest.mark.parametrize("graphics", WAYS)
async def test_a_toast_is_readable_and_the_picture_around_it_stays(
    frames: Manifest, graphics: str
) -> None:
    terminal = PictureTerminal(100, 32, MODELS[graphics])
    app = ViewerApp(frames, BACKENDS[graphics](CELL))
    async with running(app, 100, 32, terminal):
        await settled(app)
        before = seen(terminal).copy()
        app.notify("a toast", timeout=600)
        await calm(app)
        toast = app.screen.query("Toast").first().region
        assert "a toast" in "\n".join(terminal.screen.display)
        blank = 0 if graphics == "kitty" else -1
        assert (seen(terminal)[_pixels(toast)] == blank).all()
        top = _pixels(Region(0, 0, 100, 8))
        assert (seen(terminal)[top] != blank).any(axis=-1).all()
        # Inline images come as other JPEGs of the same pixels.
        apart = np.abs(seen(terminal)[top].astype(int) - before[top])
        assert apart.mean() <= (8 if graphics == "inline" else 0)
        app.clear_notifications()
        await bare(app)
        expect_a_repaint(app, terminal, "after the toast")


@pytest.mark.parametrize("graphics", WAYS)
async def test_a_picture_comes_back_after_another_screen_and_after_a_suspension(
    frames: Manifest, graphics: str
) -> None:
    terminal = PictureTerminal(100, 32, MODELS[graphics])
    app = ViewerApp(frames, BACKENDS[graphics](CELL))
    async with running(app, 100, 32, terminal):
        await bare(app)
        await app.push_screen(Elsewhere())
        await calm(app)
        with app.suspend():
            pass
        await calm(app)
        assert (seen(terminal) == (0 if graphics == "kitty" else -1)).all()
        app.nudge(500, 0)
        await app.pop_screen()
        await bare(app)
        expect_a_repaint(app, terminal, "back from the other screen")
        with app.suspend():
            pass
        await bare(app)
        expect_a_repaint(app, terminal, "back from the shell")


@pytest.mark.parametrize("graphics", WAYS)
async def test_a_view_that_is_moved_and_keeps_its_size_is_drawn_where_it_is(
    frames: Manifest, graphics: str
) -> None:
    terminal = PictureTerminal(100, 32, MODELS[graphics])
    app = ViewerApp(frames, BACKENDS[graphics](CELL))
    async with running(app, 100, 32, terminal):
        app.query_one("#banner").add_class("shown")
        await bare(app)
        size = app.view.size
        assert app.view.region.y == 1
        with app.batch_update():
            app.query_one("#banner").remove_class("shown")
            app.query_one("#status").styles.height = 2
        await bare(app)
        assert (app.view.size, app.view.region.y) == (size, 0)
        expect_a_repaint(app, terminal, "moved up")
        app.nudge(500, 0)
        await bare(app)
        expect_a_repaint(app, terminal, "after a nudge there")


async def test_what_is_lost_right_after_all_was_given_again_comes_back(frames: Manifest) -> None:
    terminal = PictureTerminal(100, 32, KittyModel)
    app = ViewerApp(frames, KittyBackend(CELL))
    async with running(app, 100, 32, terminal):
        await bare(app)
        before = seen(terminal).copy()
        assert isinstance(terminal.pictures, KittyModel)
        for _ in range(3):
            terminal.pictures.images.clear()
            terminal.pictures.placements.clear()
            app.view.lost_pictures.refused(PictureRefused(1, "ENOENT"))
            await calm(app)
        end = asyncio.get_running_loop().time() + 60
        while not (seen(terminal) == before).all():
            assert asyncio.get_running_loop().time() < end, "the picture does not come back"
            await asyncio.sleep(0.05)


def _pixels(region: Region) -> tuple[slice, slice]:
    return (
        slice(region.y * CELL[1], region.bottom * CELL[1]),
        slice(region.x * CELL[0], region.right * CELL[0]),
    )
