"""The picture and what is drawn over it: one widget over every graphics backend.

Changes are written straight to the terminal, cell by cell, while nothing covers the widget;
otherwise Textual repaints it.  Either way the screen holds what :meth:`FrameView.render_lines`
would paint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from prelabel_tui.core.media import Manifest
from prelabel_tui.imaging.backends import Backend, Loupe, View, make_backend
from prelabel_tui.imaging.decode import DEFAULT_BUDGET, PictureLoader, Wish
from prelabel_tui.imaging.picture import Picture, blank
from prelabel_tui.imaging.scene import EMPTY_SCENE, Scene
from prelabel_tui.imaging.tone import Tone
from prelabel_tui.imaging.viewport import Viewport, Zoom
from prelabel_tui.widgets.wire import Reach, reach, send

CELL_PX = (10.0, 20.0)
"""A cell's size where the terminal does not tell: only the aspect counts."""


class FrameView(Widget, can_focus=True):
    """Shows one frame of a clip with its labels.  Binds no keys: a screen calls its methods."""

    DEFAULT_CSS = "FrameView { width: 1fr; height: 1fr; }"

    class Shown(Message):
        """A frame's picture is on the screen; ``missing`` says why it is only the placeholder."""

        def __init__(self, index: int, missing: str | None) -> None:
            super().__init__()
            self.index = index
            self.missing = missing

    class _Loaded(Message):
        """From a loader thread: a picture is ready."""

        def __init__(self, loader: PictureLoader, picture: Picture) -> None:
            super().__init__()
            self.loader = loader
            self.picture = picture

    def __init__(
        self,
        graphics: str = "cells",
        *,
        cell_px: tuple[float, float] = CELL_PX,
        budget_bytes: int = DEFAULT_BUDGET,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.backend: Backend = make_backend(graphics)
        self.loader: PictureLoader | None = None
        self.follow = True
        self.scene = EMPTY_SCENE
        self.index = 0
        self.viewport = Viewport((1920, 1080), (80, 24), self.backend.dots, cell_px)
        self._manifest: Manifest | None = None
        self._budget = budget_bytes
        self._tone = Tone()
        self._picture = blank(0, self.viewport)
        self._loupe: Loupe | None = None
        self._announced: tuple[int, str | None] | None = None
        self._painted: View | None = None
        self._strips: dict[int, Strip] = {}

    # --- what to show

    def set_media(
        self, name: str, manifest: Manifest, read_artifact: Callable[[str], bytes] | None = None
    ) -> None:
        """Show another clip.  ``name`` is what placeholders are made of."""
        self._drop_loader()
        self._manifest = manifest
        self.loader = PictureLoader(
            name, manifest, read_artifact, self._on_picture, budget_bytes=self._budget
        )
        self._announced = None
        self.index = 0
        first = manifest.frames[0]
        self.viewport = Viewport(
            (first.width, first.height),
            self.viewport.cells,
            self.backend.dots,
            self.viewport.cell,
        )
        self._picture = blank(-1, self.viewport)

    def show_frame(self, index: int, scene: Scene) -> None:
        """Go to a frame.  The overlay is exact at once, the picture as soon as it is decoded."""
        if self._manifest is None:
            return
        frame = self._manifest.frames[index]
        size = (frame.width, frame.height)
        if size != self.viewport.frame:
            old = self.viewport
            self.viewport = Viewport(size, old.cells, old.dots, old.cell, old.zoom)
        self.index = index
        self.scene = scene
        self._follow()
        self._look()

    def set_scene(self, scene: Scene) -> None:
        """Change only what is drawn over the picture."""
        self.scene = scene
        before = self.viewport
        self._follow()
        if self.viewport is before:
            self._flush()
        else:
            self._look()

    def set_labels_visible(self, visible: bool) -> None:
        """Show or hide the labels of the present scene."""
        self.set_scene(replace(self.scene, show_labels=visible))

    def set_tone(self, brightness: int = 0, contrast: int = 0, local: bool = False) -> None:
        """Brightness and contrast, -100 to 100, and local contrast for dark stands."""
        self._tone = Tone(brightness, contrast, local)
        self._look()

    @property
    def editable(self) -> bool:
        """Whether the frame has a picture: without one its labels must not be edited."""
        return self.missing is None

    @property
    def missing(self) -> str | None:
        """Why the present frame has only a placeholder, as far as is known."""
        if self.loader is None:
            return "no clip"
        if self._picture.index == self.index:
            return self._picture.missing
        return self.loader.missing(self.index)

    # --- where to look

    @property
    def zoom(self) -> Zoom:
        """``"fit"``, 1 (1:1), or 2, 4, 8, 16 times closer than fit."""
        return self.viewport.zoom

    @zoom.setter
    def zoom(self, zoom: Zoom) -> None:
        self._turn(self.viewport.zoomed(zoom))

    def zoom_by(self, step: int) -> None:
        """Closer (+1) or wider (-1)."""
        self._turn(self.viewport.zoomed_by(step))

    def pan(self, dx_cells: int, dy_cells: int) -> None:
        """Move the view by cells."""
        self._turn(self.viewport.panned(dx_cells, dy_cells), follow=False)

    def centre_on(self, x_units: int, y_units: int) -> None:
        """Bring a place of the frame into the middle."""
        self._turn(self.viewport.centred(x_units, y_units), follow=False)

    def _turn(self, viewport: Viewport, *, follow: bool = True) -> None:
        self.viewport = viewport
        if follow:
            self._follow()
        self._look()

    def _follow(self) -> None:
        selected = self.scene.selected
        if self.follow and selected is not None:
            self.viewport = self.viewport.following(selected.bounds)

    # --- getting pictures

    def _look(self) -> None:
        """Ask for the picture of the present frame and view; show what is at hand."""
        if self.loader is None:
            return
        wish = Wish(self.index, self.viewport, self._tone)
        self.loader.want(wish)
        ready = self.loader.ready(wish)
        if ready is not None:
            self._picture = ready
        self._flush()
        if ready is not None:
            self._announce()

    def _on_picture(self, picture: Picture) -> None:
        """In a loader thread."""
        if self.loader is not None and self.is_attached:
            self.post_message(self._Loaded(self.loader, picture))

    def on_frame_view__loaded(self, message: _Loaded) -> None:
        """A picture is ready: show it if it is still the one that is wanted."""
        message.stop()
        picture = message.picture
        if message.loader is not self.loader or picture.index != self.index:
            return
        if picture.viewport == self.viewport:
            self._picture = picture
            self._flush()
            self._announce()

    def _announce(self) -> None:
        now = (self._picture.index, self._picture.missing)
        if now != self._announced:
            self._announced = now
            self.post_message(self.Shown(*now))

    def _drop_loader(self) -> None:
        loader, self.loader = self.loader, None
        if loader is not None:
            loader.close()

    # --- painting

    def _view(self, at: Reach | None) -> View:
        place = at.place if at is not None else (0, 0)
        screen = at.screen if at is not None else (self.size.width, self.size.height)
        return View(self.viewport, self._picture, self.scene, place, screen, self._loupe)

    def _flush(self) -> None:
        """Bring the screen to the present state: directly if possible, else through Textual."""
        if not self.is_attached or not self.size:
            return
        at = reach(self)
        view = self._view(at)
        painted = self._painted
        if (
            at is not None
            and at.bare
            and painted is not None
            and painted.viewport.cells == view.viewport.cells
            and painted.place == view.place
        ):
            data = self.backend.update(view)
            self._painted = view
            self._forget_strips()
            if data:
                send(at, data)
        else:
            self._repaint(view)

    def _repaint(self, view: View) -> None:
        self.backend.paint(view)
        self._painted = view
        self._forget_strips()
        self.refresh()

    def _forget_strips(self) -> None:
        self._strips = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows as the backend has them: past the widget's own cache, which cannot know."""
        if self._painted is None:
            self.backend.paint(self._view(reach(self)))
            self._painted = self._view(reach(self))
        strips = []
        for y in range(crop.y, crop.bottom):
            strip = self._strips.get(y)
            if strip is None:
                strip = self._strips[y] = self.render_line(y)
            strips.append(strip)
        if crop.x or crop.width != self.size.width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        segments = [
            Segment(text, RichStyle(color=_colour(fg), bgcolor=_colour(bg)))
            for text, fg, bg in self.backend.row(y)
        ]
        return Strip(segments).adjust_cell_length(self.size.width)

    # --- life

    def on_resize(self, event: events.Resize) -> None:
        """Keep the zoom and the middle in the new size."""
        self._resized(event.size)

    def _resized(self, size: Size) -> None:
        if not size:
            return
        self.viewport = self.viewport.resized((size.width, size.height), self.viewport.cell)
        self._follow()
        self._painted = None
        self._look()
        self.refresh()

    def on_unmount(self) -> None:
        """Stop loading and free what the terminal holds."""
        self._drop_loader()


def _colour(packed: int) -> Color:
    return Color.from_rgb(packed >> 16, packed >> 8 & 255, packed & 255)
