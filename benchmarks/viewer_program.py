"""The programs that `nudge` and `step` measure: the frame view, and textual-image's widgets.

`python -m benchmarks.viewer_program WAY FOLDER ZOOM [CELL [DUMP]]`: a clip, 22 boxes, the middle
one selected; CELL is a cell's size in pixels, as `10x20`.
Keys: h j k l move the box by a pixel, n and p step, + and - zoom, H and L pan by half a view,
D writes the pixels that should be seen to the file DUMP.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from textual.app import App, ComposeResult
from textual.events import Key

from prelabel_tui.core.model.labels import Box, Frame, make_frame, with_geometry
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.backends import Backend
from prelabel_tui.imaging.backends.cells import CellsBackend
from prelabel_tui.imaging.backends.inline import InlineBackend
from prelabel_tui.imaging.backends.kitty import KittyBackend
from prelabel_tui.imaging.backends.sixel import SixelBackend
from prelabel_tui.imaging.overlay.scene import scene_of
from prelabel_tui.imaging.overlay.sprites import composite, pieces
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.terminal.sparing_app import SparingApp
from prelabel_tui.imaging.terminal.sparing_screen import SparingScreen
from prelabel_tui.imaging.terminal.terminal import Terminal
from prelabel_tui.launch import set_up_process

CELL = (10, 20)
MOVES = {"h": (-100, 0), "l": (100, 0), "k": (0, -100), "j": (0, 100)}


def clip_of(folder: Path) -> Manifest:
    """Return the pictures of a folder as a clip."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".png"))
    with Image.open(paths[0]) as first:
        width, height = first.size
    frames = (
        MediaFrame(name=path.name, width=width, height=height, path=str(path)) for path in paths
    )
    return Manifest(frames=tuple(frames), fps=25_000)


def boxes_of(width: int, height: int) -> Frame:
    """Return 22 boxes of a player's size; the selected one in the middle."""
    pick = random.Random(1)
    boxes = [
        Box(
            f"p{number:02}",
            pick.randrange(100 * (width - 60)),
            pick.randrange(30 * height, 100 * (height - 100)),
            pick.randrange(2000, 5000),
            pick.randrange(5000, 9000),
            score=9000,
        )
        for number in range(21)
    ]
    return make_frame([*boxes, Box("sel", 50 * width, 50 * height, 4000, 8000, score=9000)])


class Keyboard(SparingScreen[None]):
    """Takes the keys itself, as the application's screens do; nothing has the focus."""

    AUTO_FOCUS = ""

    def on_key(self, event: Key) -> None:
        """Pass the key to the program."""
        assert isinstance(self.app, Program)
        event.stop()
        self.app.take(event.character or event.key)


class Program(App[None]):
    """What both kinds share: the keys."""

    def __init__(
        self, folder: Path, zoom: int, cell: tuple[int, int] = CELL, **options: Any
    ) -> None:
        super().__init__(**options)
        self.cell = cell
        self.manifest = clip_of(folder)
        first = self.manifest.frames[0]
        self.size_px = (first.width, first.height)
        self.labels = boxes_of(*self.size_px)
        self.start_zoom = zoom
        self.index = 0

    def get_default_screen(self) -> Keyboard:
        """Return the screen that takes the keys."""
        return Keyboard()

    def take(self, key: str) -> None:
        """Do what a key stands for."""
        if key in MOVES:
            dx, dy = MOVES[key]
            box = self.labels.label("sel")
            assert isinstance(box, Box)
            moved = with_geometry(box, (box.x + dx, box.y + dy, box.w, box.h))
            rest = [label for label in self.labels.labels if label.id != "sel"]
            self.labels = make_frame([*rest, moved])
            self.moved()
        elif key in "np":
            step = 1 if key == "n" else -1
            self.index = (self.index + step) % len(self.manifest.frames)
            self.stepped()
        elif key in "+-":
            self.zoomed(1 if key == "+" else -1)
        elif key in "HL":
            self.panned(1 if key == "L" else -1)
        elif key == "D":
            self.dumped()

    def moved(self) -> None:
        """Show the selected box, which has moved."""
        raise LookupError("this program does not move boxes")

    def stepped(self) -> None:
        """Show another frame."""
        self.moved()

    def zoomed(self, step: int) -> None:
        """Zoom in or out."""

    def panned(self, way: int) -> None:
        """Pan to the side."""

    def dumped(self) -> None:
        """Write down what should be seen."""


def _backend(graphics: str, cell: tuple[int, int]) -> Backend:
    """Return the backend itself: what the terminal answers is not measured here."""
    if graphics == "kitty":
        return KittyBackend(cell)
    if graphics == "sixel":
        return SixelBackend(cell, 256, None)
    if graphics == "inline":
        return InlineBackend(cell)
    return CellsBackend(graphics)


class Own(Program, SparingApp[None]):
    """The frame view, with the application's driver."""

    def __init__(
        self, folder: Path, zoom: int, graphics: str, cell: tuple[int, int], dump: Path | None
    ) -> None:
        super().__init__(folder, zoom, cell, terminal=Terminal())
        self.graphics = graphics
        self.dump = dump

    def compose(self) -> ComposeResult:
        """Show the frame view alone."""
        from prelabel_tui.widgets.frame_view.widget import FrameView

        self.view = FrameView(_backend(self.graphics, self.cell), cell_px=self.cell)
        yield self.view

    def on_mount(self) -> None:
        """Begin in the middle of the first frame."""
        self.view.set_media("clip", self.manifest)
        self.view.zoom = self.start_zoom  # type: ignore[assignment]
        box = self.labels.label("sel")
        assert isinstance(box, Box)
        self.view.centre_on(box.x + box.w // 2, box.y + box.h // 2)
        self.stepped()

    def _scene(self):  # type: ignore[no-untyped-def]
        return scene_of(self.labels, selected="sel", low_score=4000)

    def moved(self) -> None:
        """Send only the new scene."""
        self.view.set_scene(self._scene())

    def stepped(self) -> None:
        """Go to the frame."""
        self.view.show_frame(self.index, self._scene())

    def zoomed(self, step: int) -> None:
        """Zoom the frame view."""
        self.view.zoom_by(step)

    def panned(self, way: int) -> None:
        """Pan the frame view by half its width."""
        self.view.follow = False
        self.view.pan(way * self.size.width // 2, 0)

    def dumped(self) -> None:
        """Write the view's pixels, and which of them labels are drawn on."""
        assert self.dump is not None
        dots, backend = self.view.provider.picture.dots, self.view.backend
        if isinstance(backend, InlineBackend):  # draws lines of two colours in one
            drawn = backend._canvas.values
        else:
            drawn = dots.copy()
            composite(drawn, pieces(self.view.viewport, self._scene()))
        part = self.dump.with_suffix(".part.npz")
        np.savez(part, wanted=drawn, labels=(drawn != dots).any(axis=2))
        part.rename(self.dump)


class Rival(Program):
    """A widget of textual-image, with Textual's own driver.

    It cuts out the view, draws the boxes into it, and replaces the picture.
    """

    def __init__(self, folder: Path, zoom: int, kind: str, cell: tuple[int, int]) -> None:
        super().__init__(folder, zoom, cell)
        self.kind = kind
        self.pictures = [
            Image.open(str(frame.path)).convert("RGB") for frame in self.manifest.frames[:8]
        ]

    def compose(self) -> ComposeResult:
        """Show the picture alone."""
        from textual_image import widget

        kinds = {
            "halfcell": widget.HalfcellImage,
            "kitty": widget.TGPImage,
            "sixel": widget.SixelImage,
        }
        self.picture = kinds[self.kind]()
        self.picture.styles.width = "100%"
        self.picture.styles.height = "100%"
        yield self.picture

    def on_ready(self) -> None:
        """Draw the first picture, now that the size is known."""
        self.moved()

    def moved(self) -> None:
        """Replace the picture by one with the box moved."""
        columns, rows = self.size
        view = Viewport(self.size_px, (columns, rows), zoom=self.start_zoom)  # type: ignore[arg-type]
        box = self.labels.label("sel")
        view = view.centred(self.size_px[0] * 50 + 2000, self.size_px[1] * 50 + 4000)
        left, top, right, bottom = view.region
        whole = (columns * self.cell[0], rows * self.cell[1])
        shown = (
            self.pictures[self.index % len(self.pictures)]
            .crop((round(left), round(top), round(right), round(bottom)))
            .resize(whole)
        )
        draw = ImageDraw.Draw(shown)
        scale = whole[0] / (right - left)
        for label in self.labels.labels:
            assert isinstance(label, Box)
            x, y = (label.x / 100 - left) * scale, (label.y / 100 - top) * scale
            draw.rectangle(
                (x, y, x + label.w / 100 * scale, y + label.h / 100 * scale),
                outline="yellow" if label is box else "cyan",
                width=3,
            )
        self.picture.image = shown


def main() -> None:
    """Run the program that the arguments name."""
    way, folder, zoom = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    kind, _, name = way.partition("-")
    set_up_process()  # as the application does
    cell = CELL
    if len(sys.argv) > 4:
        width, _, height = sys.argv[4].partition("x")
        cell = int(width), int(height)
    dump = Path(sys.argv[5]) if len(sys.argv) > 5 else None
    if kind == "own":
        Own(folder, zoom, name, cell, dump).run()
    else:
        Rival(folder, zoom, name, cell).run()


if __name__ == "__main__":
    main()
