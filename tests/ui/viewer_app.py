"""A small app around the frame view, and a clip to show in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from prelabel_tui.core.model.labels import Ball, Box, Frame, make_frame, with_geometry
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.backends import Backend
from prelabel_tui.imaging.overlay.scene import scene_of
from prelabel_tui.imaging.terminal.sparing_app import SparingApp
from prelabel_tui.imaging.terminal.sparing_screen import SparingScreen
from prelabel_tui.imaging.terminal.terminal import Terminal
from prelabel_tui.widgets.frame_view.widget import FrameView


def photo(width: int, height: int, seed: int) -> Image.Image:
    """A picture with the unevenness of a photograph: soft shapes, lines and noise."""
    random = np.random.default_rng(7)
    coarse = random.integers(40, 160, (height // 40 + 2, width // 40 + 2, 3), dtype=np.uint8)
    soft = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(soft).astype(np.int16)
    pixels[:, :, 1] += 30
    pixels[height // 3 :: 90] = 230
    noise = np.random.default_rng(seed).integers(-3, 4, pixels.shape, dtype=np.int16)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def clip(folder: Path, count: int = 5, width: int = 640, height: int = 360) -> Manifest:
    """A folder of pictures, the last one missing."""
    frames = []
    for number in range(count):
        path = folder / f"{number:06}.png"
        photo(width, height, number).save(path, compress_level=1)
        frames.append(MediaFrame(name=path.name, width=width, height=height, path=str(path)))
    frames.append(MediaFrame(name="gone.png", width=width, height=height, missing="not there"))
    return Manifest(frames=tuple(frames), fps=25_000)


def labels(width: int = 640, height: int = 360) -> Frame:
    """A few boxes and a ball."""
    boxes = [
        Box(f"p{n}", 100 * (30 + 70 * n), 100 * (60 + 25 * n), 2400, 5200, score=3000 + 900 * n)
        for n in range(7)
    ]
    return make_frame([*boxes, Ball("ball", 100 * width // 2, 100 * height // 2, 900)])


class Cover(SparingScreen[None], ModalScreen[None]):
    """A dialog in the middle of the screen."""

    CSS = (
        "Cover { align: center middle; background: transparent; } Static { width: 30; height: 7; }"
    )

    def compose(self) -> ComposeResult:
        yield Static("Really?")


class Elsewhere(SparingScreen[None]):
    """Another screen in the place of the picture's."""

    def compose(self) -> ComposeResult:
        yield Static("a list")


class ViewerApp(SparingApp[None]):
    """The frame view with a banner above and a status line below."""

    CSS = """
    #banner { height: 1; display: none; background: red; }
    #banner.shown { display: block; }
    #status { height: 1; }
    """

    def __init__(
        self,
        manifest: Manifest,
        graphics: str | Backend = "cells",
        terminal: Terminal | None = None,
    ) -> None:
        super().__init__(terminal or Terminal(environ={}))
        self.manifest = manifest
        self.graphics = graphics
        self.frames = {n: labels() for n in range(len(manifest.frames))}
        self.index = 0
        self.selected = "p2"
        self.undo: list[tuple[int, Frame]] = []

    def compose(self) -> ComposeResult:
        yield Static("a flag is set", id="banner")
        yield FrameView(self.graphics)
        yield Static("status", id="status")

    def on_mount(self) -> None:
        self.view.set_media("clip", self.manifest)
        self.show()

    @property
    def view(self) -> FrameView:
        """The widget under test."""
        return self.screen_stack[0].query_one(FrameView)

    def show(self) -> None:
        """Go to the present frame."""
        self.view.show_frame(self.index, self.scene())

    def scene(self):  # type: ignore[no-untyped-def]
        """The present frame's scene."""
        return scene_of(self.frames[self.index], selected=self.selected, low_score=5000)

    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected label by units."""
        frame = self.frames[self.index]
        label = frame.label(self.selected)
        assert label is not None
        x, y, *size = label.geometry
        moved = with_geometry(label, (x + dx, y + dy, *size))
        self.undo.append((self.index, frame))
        others = [other for other in frame.labels if other.id != self.selected]
        self.frames[self.index] = make_frame([*others, moved])
        self.view.set_scene(self.scene())
