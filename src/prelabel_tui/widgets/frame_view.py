"""The picture and what is drawn over it: one widget over every graphics backend.

Changes are written straight to the terminal, cell by cell, while nothing covers the widget;
otherwise Textual repaints it.  Either way the screen holds what :meth:`FrameView.render_lines`
would paint.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Self

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from prelabel_tui.core.media import Manifest
from prelabel_tui.imaging.answers import PictureRefused
from prelabel_tui.imaging.backends import Backend, View, make_backend
from prelabel_tui.imaging.backends.cells import CellsBackend
from prelabel_tui.imaging.decode import PictureLoader, Wish
from prelabel_tui.imaging.graphics import PICTURE_BYTES
from prelabel_tui.imaging.picture import Picture, blank
from prelabel_tui.imaging.scene import EMPTY_SCENE, Scene
from prelabel_tui.imaging.terminal import present
from prelabel_tui.imaging.tone import Tone
from prelabel_tui.imaging.viewport import Viewport, Zoom
from prelabel_tui.widgets.film import Film
from prelabel_tui.widgets.magnifier import Magnifier
from prelabel_tui.widgets.painter import Painter

CELL_PX: Final = (10.0, 20.0)
"""A cell's size where the terminal does not tell: only its aspect counts."""

_USUAL_RATE: Final = 25.0
"""Frames a second of a clip that does not say."""

_NEAR: Final = 4
"""A picture of this many frames away is shown until the right one is decoded."""

_LOUPE_REST: Final = 0.12
"""Seconds at rest before a frame is decoded at full size for the loupe."""


_AGAIN: Final = 1.0
"""Seconds at least between two times that all pictures are given to the terminal again."""

_LATE: Final = 0.08
"""Seconds that a new view waits for its picture before the old one is stretched into it."""


class FrameView(Widget, can_focus=True):
    """Shows one frame of a clip with its labels.  Binds no keys: a screen calls its methods."""

    DEFAULT_CSS = "FrameView { width: 1fr; height: 1fr; }"

    class Shown(Message):
        """A frame's picture is on the screen; ``missing`` says why it is only the placeholder."""

        def __init__(self, index: int, missing: str | None) -> None:
            super().__init__()
            self.index = index
            self.missing = missing

    class Stopped(Message):
        """Playing has come to its end."""

    class _Loaded(Message):
        """From a loader thread: a picture is ready."""

        def __init__(self, loader: PictureLoader, picture: Picture) -> None:
            super().__init__()
            self.loader = loader
            self.picture = picture

    def __init__(
        self,
        graphics: str | Backend = "cells",
        *,
        cell_px: tuple[float, float] | None = None,
        budget_bytes: int = PICTURE_BYTES,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.loader: PictureLoader | None = None
        self.follow = True
        """Whether the view moves so that the selection stays in it."""
        self.scene = EMPTY_SCENE
        self.index = 0
        self.backend = make_backend(graphics) if isinstance(graphics, str) else graphics
        self.viewport = Viewport((1920, 1080), (80, 24), self.backend.dots, cell_px or _cell_px())
        self._cell_given = cell_px
        self._manifest: Manifest | None = None
        self._budget = budget_bytes
        self._tone = Tone()
        self._picture = blank(-1, self.viewport)
        self._magnifier = Magnifier()
        self._announced: tuple[int, str | None] | None = None
        self._painter: Painter | None = None
        self._film: Film | None = None
        self._end_refusals: Callable[[], None] | None = None
        self._forgotten_at = -_AGAIN
        self._again_timer: Timer | None = None
        self._loupe_index = -1
        """The frame whose loupe is waited for, so that held keys do not put it off."""

    # --- what to show

    def set_media(
        self, name: str, manifest: Manifest, read_artifact: Callable[[str], bytes] | None = None
    ) -> None:
        """Show another clip, from its first frame.  ``name`` is what placeholders are made of."""
        self.stop()
        self._drop_loader()
        self._manifest = manifest
        self.loader = PictureLoader(
            name, manifest, read_artifact, self._on_picture, budget_bytes=self._budget
        )
        self._announced = None
        self._magnifier.drop()
        self.index = 0
        self.scene = EMPTY_SCENE
        if manifest.frames:
            first, old = manifest.frames[0], self.viewport
            self.viewport = Viewport(
                (first.width, first.height), old.cells, old.dots, old.cell, old.zoom
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
        """Change only what is drawn over the picture: the fast way, for a nudge."""
        self.scene = scene
        before = self.viewport
        self._follow()
        if self.viewport is not before:
            self._look()
        else:
            self._magnify()
            self._flush()

    def set_labels_visible(self, visible: bool) -> None:
        """Show or hide the labels of the present scene."""
        self.set_scene(replace(self.scene, show_labels=visible))

    def set_tone(self, brightness: int = 0, contrast: int = 0, local: bool = False) -> None:
        """Brightness and contrast, -100 to 100, and local contrast for dark stands."""
        self._tone = Tone(brightness, contrast, local)
        self._magnifier.drop()
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

    @property
    def settled(self) -> bool:
        """Whether the present frame's picture is there, and all of it exactly on the screen."""
        return (
            self._painter is not None
            and self._painter.settled
            and self._picture.index == self.index
            and self._picture.viewport == self.viewport
            and self._magnifier.due is None
        )

    # --- where to look

    @property
    def zoom(self) -> Zoom:
        """``"fit"``, 1 (1:1), or 2, 4, 8, 16 times closer than fit."""
        return self.viewport.zoom

    @zoom.setter
    def zoom(self, zoom: Zoom) -> None:
        self._turn(self.viewport.zoomed(zoom))

    def zoom_by(self, step: int) -> None:
        """Closer (+1) or wider (-1), around the selection if it is followed."""
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

    # --- playing

    @property
    def playing(self) -> bool:
        """Whether the clip plays."""
        return self._film is not None

    def play(self, show: Callable[[int], None], speed: float = 1.0) -> None:
        """Play from the present frame on; ``show`` is called with each frame to go to.

        At up to ``speed`` times the clip's rate.  Frames are dropped, never queued.  Posts
        :class:`Stopped` at the end of the clip.
        """
        self.stop()
        loader, manifest, painter = self.loader, self._manifest, self._painter
        if loader is None or manifest is None or painter is None:
            return
        rate = manifest.fps / 1000 if manifest.fps else _USUAL_RATE
        self._film = film = Film(
            self.index,
            loader.frame_count,
            rate * speed,
            ready=lambda index: loader.ready(self._wish(index)) is not None,
            busy=lambda: painter.busy,
            want=lambda index: loader.want(self._wish(index)),
        )

        def tick() -> None:
            if self._film is not film:
                timer.stop()
                return
            index = film.tick()
            if index is not None:
                show(index)
            if film.over:
                self.stop()
                self.post_message(self.Stopped())

        timer = self.set_interval(1 / (rate * speed), tick)

    def stop(self) -> None:
        """Stop playing."""
        self._film = None

    # --- getting pictures

    def _wish(self, index: int) -> Wish:
        return Wish(index, self.viewport, self._tone)

    def _look(self) -> None:
        """Ask for the picture of the present frame and view; show what is at hand."""
        if self.loader is None or self._painter is None:
            return
        turned = self._picture.viewport != self.viewport
        wish = self._wish(self.index)
        ready = self.loader.at_once(wish) if turned else self._nearest()
        self.loader.want(wish)
        if ready is not None:
            self._picture = ready
        self._magnify()
        if turned and ready is None and self._picture.index >= 0:
            # Soon there: what is at hand of another view would only fill the link.
            self._late_timer.reset()
            self._late_timer.resume()
        else:
            self._flush()
        self._announce()

    def _nearest(self) -> Picture | None:
        """The present frame's picture, or one on the way to it from what is shown now."""
        assert self.loader is not None
        way = 1 if self._picture.index > self.index else -1
        for distance in range(_NEAR + 1):
            index = self.index + way * distance
            if distance and index == self._picture.index:
                return None
            picture = self.loader.ready(self._wish(index))
            if picture is not None:
                return picture
        return None

    def _magnify(self) -> bool:
        """Put the loupe where it belongs; whether it changed."""
        changed = self._magnifier.look(self.loader, self._wish(self.index), self.scene)
        due = self._magnifier.due
        if due is not None and self._painter is not None:
            if due.index != self._loupe_index:
                self._loupe_index = due.index
                self._loupe_timer.reset()  # not while frames fly past
            self._loupe_timer.resume()
        return changed

    def _ask_for_loupe(self) -> None:
        self._loupe_timer.pause()
        self._loupe_index = -1
        if self._magnifier.due is not None and self.loader is not None:
            self.loader.want(self._wish(self.index), self._magnifier.due)

    def _on_picture(self, picture: Picture) -> None:
        """In a loader thread."""
        loader = self.loader
        if loader is not None and self.is_attached:
            self.post_message(self._Loaded(loader, picture))

    def on_frame_view__loaded(self, message: _Loaded) -> None:
        """A picture is ready: show it if it is still the one that is wanted."""
        message.stop()
        picture = message.picture
        if message.loader is not self.loader or picture.index != self.index:
            return
        if picture.viewport == self.viewport:
            self._picture = picture
        elif not self._magnify():
            return
        self._flush()
        self._announce()

    def _announce(self) -> None:
        if self._picture.index != self.index:
            return
        now = (self.index, self._picture.missing)
        if now != self._announced:
            self._announced = now
            self.post_message(self.Shown(*now))

    def _drop_loader(self) -> None:
        loader, self.loader = self.loader, None
        if loader is not None:
            loader.close()

    # --- painting

    def _flush(self) -> None:
        """Bring the screen to the present state."""
        if self._painter is None:
            return
        self._late_timer.pause()
        loupe = self._magnifier.loupe
        nowhere = (0, 0)  # the painter knows the place
        self._painter.show(View(self.viewport, self._picture, self.scene, nowhere, nowhere, loupe))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows as the backend has them: past the widget's own cache, which cannot know."""
        if self._painter is None:
            return [Strip.blank(crop.width)] * crop.height
        return self._painter.strips(crop)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As any widget's, but a mere change of focus or style does not send the picture again."""
        mere = not (regions or layout or recompose)
        if mere and self._painter is not None and self._painter.holds:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # --- life

    def on_mount(self) -> None:
        """Begin painting."""
        if isinstance(self.backend, CellsBackend):
            self.backend.palette = self.app.console.color_system != "truecolor"
        self._loupe_timer = self.set_interval(_LOUPE_REST, self._ask_for_loupe, pause=True)
        self._late_timer = self.set_interval(_LATE, self._flush, pause=True)
        self._painter = Painter(self, self.backend)
        self.app.screen_change_signal.subscribe(self, self._screen_changed)
        if (terminal := present()) is not None:
            self._end_refusals = terminal.on_refusal(self._refused)

    def _refused(self, refusal: PictureRefused) -> None:
        """In the input thread: the terminal did not do what was asked."""
        if refusal.code == "ENOENT":
            self.call_later(self._forgotten)

    def _forgotten(self) -> None:
        """The terminal has lost pictures: give it all of them again, at most once a second."""
        if self._painter is None or self._again_timer is not None:
            return
        early = self._forgotten_at + _AGAIN - time.monotonic()
        if early > 0:  # what is missing now is still due then
            self._again_timer = self.set_timer(early, self._give_again)
        else:
            self._give_again()

    def _give_again(self) -> None:
        self._again_timer = None
        if self._painter is None:
            return
        self._forgotten_at = time.monotonic()
        self.backend.forget()
        self._painter.again()
        self._flush()

    def _fit_cells(self) -> None:
        """The font may have changed: a cell may have another size now."""
        cell = self._cell_given or _cell_px()
        if cell == self.viewport.cell:
            return
        if self.backend.name in ("kitty", "sixel") and self._painter is not None:
            self._painter.close()
            self.backend = make_backend(self.backend.name)
            self._painter = Painter(self, self.backend)
        self.viewport = replace(self.viewport, cell=cell, dots=self.backend.dots)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the zoom and the middle in the new size."""
        if not event.size or self._painter is None:
            return
        size = (event.size.width, event.size.height)
        self._fit_cells()
        self.viewport = self.viewport.resized(size, self.viewport.cell)
        self._follow()
        self._painter.again()
        if self.loader is None:
            self._flush()
        else:
            self._look()

    def _screen_changed(self, screen: Screen[object]) -> None:
        if self._painter is not None and screen is not self.screen:
            self._painter.cover()

    def on_unmount(self) -> None:
        """Stop loading and free what the terminal holds."""
        self.stop()
        self._drop_loader()
        if self._end_refusals is not None:
            self._end_refusals()
        if self._painter is not None:
            self._painter.close()
            self._painter = None


def _cell_px() -> tuple[float, float]:
    """A cell's size as the terminal tells it."""
    terminal = present()
    return CELL_PX if terminal is None else terminal.choice().cell
