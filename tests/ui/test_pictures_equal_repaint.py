"""The gate for kitty and sixel: after random walks through the whole widget, the pictures that
a model of the terminal shows are those of a full repaint; behind a dialog there are none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from textual.geometry import Region

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.imaging.backends.base import Backend, View
from prelabel_tui.imaging.backends.kitty import KittyBackend
from prelabel_tui.imaging.backends.sixel import SixelBackend
from prelabel_tui.imaging.terminal import kitty_protocol as protocol
from prelabel_tui.imaging.terminal.replies import PictureRefused
from tests.imaging.kitty_model import KittyModel
from tests.imaging.sixel_model import SixelModel
from tests.ui.emulator import TestTerminal, running
from tests.ui.repaint import Walk, calm, settled
from tests.ui.viewer_app import ViewerApp, clip

CELL = (4, 8)
PICTURE = re.compile(r"(\x1b\[\d+;\d+H(?=\x1b[_P]))?(\x1b_G[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\)")


class PictureTerminal(TestTerminal):
    """Cells by the emulator, pictures by a model; text takes sixel's pixels away."""

    def __init__(self, width: int, height: int, kind: type[KittyModel] | type[SixelModel]) -> None:
        super().__init__(width, height)
        self.kind = kind
        self.pictures = kind(width, height, CELL)
        draw = self.screen.draw

        def drawing(data: str) -> None:
            x, y = self.screen.cursor.x, self.screen.cursor.y
            draw(data)
            if isinstance(self.pictures, SixelModel):
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

    def resize(self, width: int, height: int) -> None:
        super().resize(width, height)
        old = self.pictures
        self.pictures = self.kind(width, height, CELL)
        if isinstance(old, KittyModel) and isinstance(self.pictures, KittyModel):
            self.pictures.images, self.pictures.placements = old.images, old.placements
        elif isinstance(old, SixelModel) and isinstance(self.pictures, SixelModel):
            rows, columns = np.minimum(old.pixels.shape[:2], self.pictures.pixels.shape[:2])
            self.pictures.pixels[:rows, :columns] = old.pixels[:rows, :columns]


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


def kitty_wanted(app: ViewerApp, terminal: PictureTerminal) -> NDArray[np.uint8]:
    """Pixels of a full repaint at rest, on a terminal of its own."""
    model, backend = KittyModel(*app.size, CELL), KittyBackend(CELL)
    backend.paint(view_of(app))
    model.feed(backend.painted(0, 99))
    while backend.pending:
        model.feed(backend.heal())
    backend.close()
    return model.seen()


def sixel_wanted(app: ViewerApp, terminal: PictureTerminal) -> NDArray[np.int16]:
    """The same; by the same backend, since its palette has a history."""
    model, backend = SixelModel(*app.size, CELL), app.view.backend
    backend.forget()
    model.feed(backend.painted(0, 0))
    while backend.pending:
        model.feed(backend.heal())
    return model.pixels


def seen(terminal: PictureTerminal) -> NDArray[Any]:
    """What the terminal shows."""
    pictures = terminal.pictures
    return pictures.seen() if isinstance(pictures, KittyModel) else pictures.pixels


async def bare(app: ViewerApp) -> None:
    """Until nothing lies over the view and the screen is exact."""
    end = asyncio.get_running_loop().time() + 10
    await settled(app)
    while app.screen.query("Toast") or app.view.backend.covered:
        assert asyncio.get_running_loop().time() < end, "the picture does not come back"
        await asyncio.sleep(0.02)
    await settled(app)


@pytest.mark.soak
@pytest.mark.parametrize("graphics", ["kitty", "sixel"])
async def test_random_walks_leave_no_difference(
    frames: Manifest, graphics: str, soak: bool
) -> None:
    walks, length = (10, 200) if soak else (2, 14)
    checked = 0
    for seed in range(walks):
        backend: Backend = KittyBackend(CELL) if graphics == "kitty" else SixelBackend(CELL)
        terminal = PictureTerminal(100, 32, KittyModel if graphics == "kitty" else SixelModel)
        app = ViewerApp(frames, backend)  # type: ignore[arg-type]
        async with running(app, 100, 32, terminal):
            await settled(app)
            walk = Walk(app, terminal, seed)
            steps = []
            for _ in range(length):
                steps.append(await walk.go())
                await calm(app)
                if len(app.screen_stack) > 1:
                    shown = seen(terminal)
                    nothing = shown == (0 if graphics == "kitty" else -1)
                    assert nothing.all(), f"seed {seed}: a picture lies over the dialog"
                    continue
                await bare(app)
                if isinstance(terminal.pictures, KittyModel):
                    assert not terminal.pictures.errors
                    wanted: NDArray[Any] = kitty_wanted(app, terminal)
                else:
                    wanted = sixel_wanted(app, terminal)
                assert (seen(terminal) == wanted).all(), f"seed {seed}, after {steps[-5:]}"
                checked += 1
        if isinstance(terminal.pictures, KittyModel):
            terminal.pictures.feed(protocol.farewell())
            assert not terminal.pictures.images
            assert not terminal.pictures.placements
    print(f"pictures equal repaint ({graphics}): {checked} steps, no difference")


@pytest.mark.parametrize("graphics", ["kitty", "sixel"])
async def test_a_toast_is_readable_and_the_picture_around_it_stays(
    frames: Manifest, graphics: str
) -> None:
    backend: Backend = KittyBackend(CELL) if graphics == "kitty" else SixelBackend(CELL)
    terminal = PictureTerminal(100, 32, KittyModel if graphics == "kitty" else SixelModel)
    app = ViewerApp(frames, backend)  # type: ignore[arg-type]
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
        assert (seen(terminal)[top] == before[top]).all()
        app.clear_notifications()
        end = asyncio.get_running_loop().time() + 10
        while not (seen(terminal) == before).all():
            assert asyncio.get_running_loop().time() < end, "the picture does not come back"
            await asyncio.sleep(0.05)


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
        end = asyncio.get_running_loop().time() + 10
        while not (seen(terminal) == before).all():
            assert asyncio.get_running_loop().time() < end, "the picture does not come back"
            await asyncio.sleep(0.05)


def _pixels(region: Region) -> tuple[slice, slice]:
    return (
        slice(region.y * CELL[1], region.bottom * CELL[1]),
        slice(region.x * CELL[0], region.right * CELL[0]),
    )
