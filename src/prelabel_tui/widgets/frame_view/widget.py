"""The picture and what is drawn over it: one widget over every graphics backend.

Changes are written straight to the terminal, cell by cell, while nothing covers the widget;
otherwise Textual repaints it.  Either way the screen shows what :meth:`FrameView.render_lines`
would paint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Self

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.imaging.backends import Backend, View, make_backend
from prelabel_tui.imaging.backends.cells import CellsBackend
from prelabel_tui.imaging.frames.decode import PictureLoader, PictureRequest
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.picture import Picture
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.overlay.scene import EMPTY_SCENE, Scene
from prelabel_tui.imaging.overlay.viewport import Viewport, Zoom
from prelabel_tui.imaging.terminal.choose_backend import Requested
from prelabel_tui.imaging.terminal.terminal import present
from prelabel_tui.widgets.frame_view.lost_pictures import LostPictures
from prelabel_tui.widgets.frame_view.painter import Painter
from prelabel_tui.widgets.frame_view.picture_provider import PictureProvider
from prelabel_tui.widgets.frame_view.playback import PlaybackClock

CELL_PX: Final = (10.0, 20.0)
"""A cell's size where the terminal does not report it: only its aspect counts."""

_USUAL_RATE: Final = 25.0
"""Frames per second of a clip that does not say."""

_LOOKING_RATE: Final = 8.0
"""Frames per second at which pictures can be looked at one after the other."""

_LOUPE_REST: Final = 0.12
"""Seconds at rest before a frame is decoded at full size for the loupe."""

_AGAIN: Final = 1.0
"""Seconds until a picture that could not be read is looked for again."""

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
        """Playing has come to an end."""

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
        memory: PictureMemory = PictureMemory(),
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.follow = True
        """Whether the view moves so that the selection stays in it."""
        self.scene = EMPTY_SCENE
        self.index = 0
        self.requested = graphics if isinstance(graphics, str) else graphics.name
        """The way of drawing that was asked for; ``auto``: what suits terminal and link."""
        self.backend = make_backend(graphics) if isinstance(graphics, str) else graphics
        self.viewport = Viewport((1920, 1080), (80, 24), self.backend.dots, cell_px or _cell_px())
        self._cell_given = cell_px
        self._manifest: Manifest | None = None
        self._memory = memory
        self.provider = PictureProvider(self.viewport)
        self._announced: tuple[int, str | None] | None = None
        self.painter: Painter | None = None
        """What writes to the terminal; None while the widget is not mounted."""
        self._playback: PlaybackClock | None = None
        self.lost_pictures: LostPictures | None = None
        """Gives pictures again that the terminal refused or forgot; None while not mounted."""
        self._loupe_index = -1
        """The frame whose loupe is waited for, so that held keys do not postpone it."""

    # --- what to show

    @property
    def loader(self) -> PictureLoader | None:
        """What loads the clip's pictures; None without a clip."""
        return self.provider.loader

    def set_media(
        self, name: str, manifest: Manifest, read_artifact: Callable[[str], bytes] | None = None
    ) -> None:
        """Show another clip, from its first frame.  Placeholders are made from ``name``."""
        self.stop()
        self.provider.close()
        self._manifest = manifest
        self._announced = None
        self.index = 0
        self.scene = EMPTY_SCENE
        if manifest.frames:
            first, old = manifest.frames[0], self.viewport
            self.viewport = Viewport(
                (first.width, first.height), old.cells, old.dots, old.cell, old.zoom
            )
        loader = PictureLoader(name, manifest, read_artifact, self._on_picture, self._memory)
        self.provider.open(loader, self.viewport)

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

    def set_tone(self, brightness: int = 0, contrast: int = 0, local: bool = False) -> None:
        """Set brightness and contrast, -100 to 100, and local contrast for dark stands."""
        self.provider.tone(Tone(brightness, contrast, local))
        self._look()

    @property
    def editable(self) -> bool:
        """Whether the frame has a picture: without one its labels must not be edited."""
        return self.missing is None

    @property
    def missing(self) -> str | None:
        """Why the current frame has only a placeholder, as far as is known."""
        return self.provider.missing(self.index)

    @property
    def settled(self) -> bool:
        """Whether the current frame's picture is there, and all of it exactly on the screen."""
        return (
            self.painter is not None
            and self.painter.settled
            and self.provider.has(self._request(self.index))
        )

    @property
    def on_screen(self) -> bool:
        """Whether the current frame's picture is on the screen: painted, not awaited."""
        return self.painter is not None and self.painter.shows(self.index)

    def set_graphics(self, requested: Requested) -> None:
        """Draw in another way from now on.  ValueError if there is no such way."""
        self.requested = requested
        self._use(make_backend(requested))

    def _use(self, backend: Backend) -> None:
        """Show the same view through another backend."""
        if self.painter is not None:
            self.painter.close()
            self.painter = Painter(self, backend)
        self.backend = backend
        self._set_palette()
        self.viewport = replace(self.viewport, dots=backend.dots)
        self._follow()
        Widget.refresh(self)
        self._look()

    def _suit_the_link(self) -> None:
        """Change the way of drawing if the link turned out to carry more, or less."""
        terminal = present()
        if self.requested != "auto" or terminal is None or self.painter is None:
            return
        terminal.link_rate = self.painter.link_rate
        if terminal.choice("auto").backend != self.backend.name:
            self._use(make_backend("auto"))

    # --- where to look

    @property
    def zoom(self) -> Zoom:
        """``"fit"``, 1 (1:1), or 2, 4, 8, 16 times closer than fit."""
        return self.viewport.zoom

    @zoom.setter
    def zoom(self, zoom: Zoom) -> None:
        self._turn(self.viewport.zoomed(zoom))

    def zoom_by(self, step: int) -> None:
        """Zoom in (+1) or out (-1), around the selection if the view follows it."""
        self._turn(self.viewport.zoomed_by(step))

    def pan(self, dx_cells: int, dy_cells: int) -> None:
        """Move the view by cells."""
        self._turn(self.viewport.panned(dx_cells, dy_cells), follow=False)

    def centre_on(self, x_units: int, y_units: int) -> None:
        """Move a place of the frame to the middle."""
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
        """Whether the clip is playing."""
        return self._playback is not None

    def play(self, show: Callable[[int], None], speed: float = 1.0) -> None:
        """Play from the current frame on; ``show`` is called with each frame to go to.

        Plays at up to ``speed`` times the clip's rate.  Frames are dropped, never queued.  Posts
        :class:`Stopped` at the end of the clip.
        """
        if self._manifest is not None:
            rate = self._manifest.fps / 1000 if self._manifest.fps else _USUAL_RATE
            self._play(show, len(self._manifest.frames) - 1, rate * speed)

    def play_each(self, show: Callable[[int], None], last: int) -> None:
        """Play to ``last`` at a pace that one can look at; no frame is dropped.

        Posts :class:`Stopped` when it is there.
        """
        self._play(show, last, _LOOKING_RATE, every=True)

    def _play(
        self, show: Callable[[int], None], last: int, rate: float, *, every: bool = False
    ) -> None:
        self.stop()
        loader, painter = self.loader, self.painter
        if loader is None or painter is None:
            return
        self._playback = playback = PlaybackClock(
            self.index,
            last,
            rate,
            every=every,
            ready=lambda index: loader.ready(self._request(index)) is not None,
            busy=lambda: painter.busy,
            want=lambda index: loader.want(self._request(index)),
        )

        def tick() -> None:
            if self._playback is not playback:
                timer.stop()
                return
            index = playback.tick()
            if index is not None:
                show(index)
            if playback.over:
                self.stop()
                self.post_message(self.Stopped())

        timer = self.set_interval(1 / rate, tick)

    def stop(self) -> None:
        """Stop playing."""
        self._playback = None

    # --- getting pictures

    def _request(self, index: int) -> PictureRequest:
        return self.provider.request(index, self.viewport)

    def _look(self) -> None:
        """Ask for the picture of the current frame and view; show what is available."""
        if self.loader is None or self.painter is None:
            return
        request = self._request(self.index)
        waits = self.provider.look(request)
        self._magnify()
        if waits:
            self.painter.hold_on()
            self._late_timer.reset()
            self._late_timer.resume()
        else:
            self._flush()
        self.provider.look_ahead(request)
        self._announce()

    def _magnify(self) -> bool:
        """Put the loupe where it belongs; return whether it changed."""
        magnifier = self.provider.magnifier
        changed = magnifier.look(self.loader, self._request(self.index), self.scene)
        due = magnifier.due
        if due is not None and self.painter is not None:
            if due.index != self._loupe_index:
                self._loupe_index = due.index
                self._loupe_timer.reset()  # not while frames fly past
            self._loupe_timer.resume()
        return changed

    def _ask_for_loupe(self) -> None:
        self._loupe_timer.pause()
        self._loupe_index = -1
        self.provider.request_loupe(self._request(self.index))

    def _look_again(self) -> None:
        """Ask once more for a picture that may come, such as one in a folder that was away."""
        loader, picture = self.loader, self.provider.picture
        if loader is not None and picture.may_come and picture.index == self.index:
            loader.want(self._request(self.index))

    def _on_picture(self, picture: Picture) -> None:
        """Pass on a picture from a loader thread."""
        loader = self.loader
        if loader is not None and self.is_attached:
            self.post_message(self._Loaded(loader, picture))

    def on_frame_view__loaded(self, message: _Loaded) -> None:
        """Show the picture if it is still the one that is wanted."""
        message.stop()
        picture = message.picture
        if message.loader is not self.loader or picture.index != self.index:
            return
        if picture.viewport == self.viewport:
            self.provider.picture = picture
        elif not self._magnify():
            return
        self._flush()
        self._announce()

    def _announce(self) -> None:
        picture = self.provider.picture
        if picture.index != self.index:
            return
        now = (self.index, picture.missing)
        if now != self._announced:
            self._announced = now
            self.post_message(self.Shown(*now))
            self._suit_the_link()

    # --- painting

    def _flush(self) -> None:
        """Bring the screen to the current state."""
        if self.painter is None:
            return
        self._late_timer.pause()
        picture, loupe = self.provider.picture, self.provider.magnifier.loupe
        nowhere = (0, 0)  # the painter knows the place
        self.painter.show(View(self.viewport, picture, self.scene, nowhere, nowhere, loupe))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the backend's rows, past the widget's own cache, which cannot know them."""
        if self.painter is None:
            return [Strip.blank(crop.width)] * crop.height
        return self.painter.strips(crop)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Refresh as any widget, but do not send the picture again for focus or style alone."""
        mere = not (regions or layout or recompose)
        if mere and self.painter is not None and self.painter.holds:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # --- life

    def on_mount(self) -> None:
        """Begin painting."""
        self._set_palette()
        self._loupe_timer = self.set_interval(_LOUPE_REST, self._ask_for_loupe, pause=True)
        self._late_timer = self.set_interval(_LATE, self._flush, pause=True)
        self.set_interval(_AGAIN, self._look_again)
        self.painter = Painter(self, self.backend)
        self.app.screen_change_signal.subscribe(self, self._screen_changed)
        self.lost_pictures = LostPictures(self, self._give_again)

    def _set_palette(self) -> None:
        if isinstance(self.backend, CellsBackend):
            self.backend.palette = self.app.console.color_system != "truecolor"

    def _give_again(self) -> None:
        """Have everything painted again: the terminal has lost pictures."""
        if self.painter is None:
            return
        self.backend.forget()
        self.painter.again()
        self._flush()

    def _fit_cells(self) -> None:
        """Measure a cell again: the font may have changed."""
        cell = self._cell_given or _cell_px()
        if cell == self.viewport.cell:
            return
        if self.backend.name in ("kitty", "sixel", "inline") and self.painter is not None:
            self.painter.close()
            self.backend = make_backend(self.backend.name)
            self.painter = Painter(self, self.backend)
        self.viewport = replace(self.viewport, cell=cell, dots=self.backend.dots)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the zoom and the middle in the new size."""
        if not event.size or self.painter is None:
            return
        size = (event.size.width, event.size.height)
        self._fit_cells()
        self.viewport = self.viewport.resized(size, self.viewport.cell)
        self._follow()
        self.painter.again()
        if self.loader is None:
            self._flush()
        else:
            self._look()

    def _screen_changed(self, screen: Screen[object]) -> None:
        if self.painter is not None and screen is not self.screen:
            self.painter.cover()

    def on_unmount(self) -> None:
        """Stop loading and free what the terminal stores."""
        self.stop()
        self.provider.close()
        if self.lost_pictures is not None:
            self.lost_pictures.close()
        if self.painter is not None:
            self.painter.close()
            self.painter = None


def _cell_px() -> tuple[float, float]:
    """Return a cell's size as the terminal reports it."""
    terminal = present()
    return CELL_PX if terminal is None else terminal.choice().cell
