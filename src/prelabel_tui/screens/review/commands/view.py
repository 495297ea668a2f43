"""Looking closer: zoom, pan, tone, and what is drawn over the picture."""

from __future__ import annotations

from dataclasses import replace

from prelabel_tui.core.edits.many_frames import ball_size_near
from prelabel_tui.core.edits.pointing import typical_size
from prelabel_tui.core.model.labels import DEFAULT_BALL_SIZE, UNIT
from prelabel_tui.imaging.overlay.viewport import Zoom
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.widgets.frame_view.widget import FrameView

_PAN = (8, 4)
"""Cells by which a pan moves the view, across and down."""

_TONES = (
    ("unchanged", (0, 0, False)),
    ("lighter", (20, 15, False)),
    ("much lighter", (40, 25, False)),
    ("local contrast", (0, 0, True)),
)
"""Brightness, contrast, local contrast; a key cycles through them."""

_CLOSE: Zoom = 8
_LEVELS: tuple[Zoom, ...] = (2, 4, 8)
_SHARE = 0.5
"""Share of the view that a box may take when zoomed to."""

_OPENING: tuple[Zoom, ...] = ("fit", "fill", 2, 4, 8)
_PLAYER_CELLS = 2
"""Cells that a player is high when a review opens, if a zoom gives that."""

_PLAYER_BALLS = 6
"""A player is about so many balls high: that is all a draft of the ball tells of players."""


class ViewCommands:
    """The keys that change how the frame is viewed, and nothing in it."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._tone = 0

    @property
    def _view(self) -> FrameView:
        return self.context.display.view

    # --- zoom

    def zoom_to(self, zoom: Zoom) -> None:
        """Zoom, with the selection in the middle unless the whole frame is shown."""
        self._view.zoom = zoom
        if zoom != "fit":
            self._centre()
        self.context.display.view_hint = ""
        self.context.display.show_view()

    def begin(self) -> None:
        """Zoom so that a player can be seen, and say how to see the whole frame."""
        zoom = self._opening_zoom()
        self.zoom_to(zoom)
        if zoom != "fit":
            display, key = self.context.display, self.context.shell.keymap.display("review.fit")
            display.view_hint = f"{key} whole frame"
            display.show_view()

    def _opening_zoom(self) -> Zoom:
        viewport = self._view.viewport
        unfit = "fit" if viewport.wide else "fill"
        levels = sorted((zoom for zoom in _OPENING if zoom != unfit), key=viewport.scale_of)
        cell = UNIT * viewport.dots[1] / viewport.aspect
        player = self._player_height()
        high = (zoom for zoom in levels if player * viewport.scale_of(zoom) >= _PLAYER_CELLS * cell)
        return next(high, levels[-1])

    def _player_height(self) -> int:
        context = self.context
        if context.is_ball:
            size = ball_size_near(context.document, context.index)
            return _PLAYER_BALLS * (DEFAULT_BALL_SIZE if size is None else size)
        return typical_size(context.document, context.bounds[1] // 2)[1]

    def zoom(self) -> None:
        """Switch between the whole frame and a view as close to the selection as fits well."""
        self.zoom_to(self._close_zoom() if self._view.zoom == "fit" else "fit")

    def _close_zoom(self) -> Zoom:
        viewport, selected = self._view.viewport, self._view.scene.selected
        if selected is None or selected.kind == "ball":
            return _CLOSE
        _, _, w, h = selected.bounds
        for zoom in reversed(_LEVELS):
            across, down = viewport.zoomed(zoom).scale
            width, height = w / UNIT * across, h / UNIT * down
            if width <= viewport.size[0] * _SHARE and height <= viewport.size[1] * _SHARE:
                return zoom
        return _LEVELS[0]

    def zoom_in(self) -> None:
        """Zoom in by one level."""
        self._zoom_by(1)

    def zoom_out(self) -> None:
        """Zoom out by one level."""
        self._zoom_by(-1)

    def _zoom_by(self, step: int) -> None:
        before = self._view.zoom
        self._view.zoom_by(step * self.context.times)
        if self._view.zoom == before:
            self.context.display.refuse("The zoom does not go any further.")
        self.context.display.view_hint = ""
        self.context.display.show_view()

    def fit(self) -> None:
        """Show the whole frame."""
        self.zoom_to("fit")

    def actual(self) -> None:
        """Show one picture pixel per dot column."""
        self.zoom_to(1)

    # --- moving the view

    def centre(self) -> None:
        """Move the selection to the middle of the view."""
        before = self._view.viewport
        if not self._centre():
            self.context.display.refuse("Nothing is selected.")
        elif self._view.viewport == before:
            self.context.display.refuse("The view cannot move any further that way.")

    def _centre(self) -> bool:
        selected = self._view.scene.selected
        if selected is not None:
            x, y, w, h = selected.bounds
            self._view.centre_on(x + w // 2, y + h // 2)
        return selected is not None

    def pan_left(self) -> None:
        """Look further left."""
        self._pan(-_PAN[0], 0)

    def pan_right(self) -> None:
        """Look further right."""
        self._pan(_PAN[0], 0)

    def pan_up(self) -> None:
        """Look further up."""
        self._pan(0, -_PAN[1])

    def pan_down(self) -> None:
        """Look further down."""
        self._pan(0, _PAN[1])

    def _pan(self, columns: int, rows: int) -> None:
        before, times = self._view.viewport.origin, self.context.times
        self._view.pan(columns * times, rows * times)
        if self._view.viewport.origin == before:
            self.context.display.refuse("The view ends here.")

    def follow(self) -> None:
        """Let the view follow the selection, or stop following."""
        self._view.follow = not self._view.follow
        self.context.display.redraw()
        self.context.display.set_status(
            "The view follows the selection." if self._view.follow else "The view stays put."
        )

    # --- what is drawn

    def labels(self) -> None:
        """Show labels on the picture, or the picture alone."""
        context = self.context
        context.show_labels = not context.show_labels
        self._view.set_scene(replace(self._view.scene, show_labels=context.show_labels))
        context.display.show_view()

    def prelabels(self) -> None:
        """Show what the model said, as ghosts where it differs from the draft."""
        self.context.screen.start(self._toggle_prelabels(), group="source")

    async def _toggle_prelabels(self) -> None:
        context = self.context
        if await context.load_source():
            context.show_prelabels = not context.show_prelabels
            context.display.redraw()
            context.display.set_status(
                "Prelabels are shown where they differ." if context.show_prelabels else ""
            )
        else:
            lineage = context.open_session.info.lineage.label
            context.display.refuse(f"Lineage: {lineage}; there is no prelabel pack to show.")

    def tone(self) -> None:
        """Switch to the next tone: lighter, lighter still, local contrast, unchanged."""
        self._tone = (self._tone + 1) % len(_TONES)
        name, tone = _TONES[self._tone]
        self._view.set_tone(*tone)
        self.context.display.set_status(f"Tone: {name}.")
