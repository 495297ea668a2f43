"""Moving about: frames, labels, zoom, pan, playing."""

from __future__ import annotations

from dataclasses import replace

from prelabel_tui.core.edits.matching import middle_of_gap
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.imaging.overlay.viewport import Zoom
from prelabel_tui.screens.review.context import ReviewBase
from prelabel_tui.screens.shared.dialogs import PromptDialog

_PAN = (8, 4)
"""Cells that a pan moves the view, across and down."""

_TONES = ((0, 0, False), (20, 15, False), (40, 25, False), (0, 0, True))
"""Brightness, contrast, local contrast; a key goes through them in turn."""

_CLOSE: Zoom = 8
_LEVELS: tuple[Zoom, ...] = (2, 4, 8)
_SHARE = 0.5
"""Share of the view that a box may take when zoomed to."""


class MovingActions(ReviewBase):
    """The keys that only look."""

    _tone = 0

    # --- frames

    def _step(self, by: int) -> None:
        target = self.index + by
        if not 0 <= target < len(self.document):
            edge = "last" if by > 0 else "first"
            target = len(self.document) - 1 if by > 0 else 0
            if target == self.index:
                self.refuse(f"This is the {edge} frame.")
                return
        self.go(target)

    def do_next_frame(self) -> None:
        """The next one, or as many as the count says."""
        self._step(self.times())

    def do_previous_frame(self) -> None:
        """The previous one."""
        self._step(-self.times())

    def do_ahead_ten(self) -> None:
        """Ten frames ahead."""
        self._step(10 * self.times())

    def do_back_ten(self) -> None:
        """Ten frames back."""
        self._step(-10 * self.times())

    def do_first_frame(self) -> None:
        """To the start."""
        self._step(-self.index or -1)

    def do_last_frame(self) -> None:
        """To the end; with a count, to that frame."""
        if self.count is not None:
            self.do_go_to()
        else:
            self._step(len(self.document) - 1 - self.index or 1)

    def do_go_to(self, argument: str = "") -> None:
        """To a frame by number, or by its file's name."""
        if self.count is not None and not argument:
            argument = str(self.count)
        if argument:
            wrong = self._no_frame(argument)
            if wrong:
                self.refuse(wrong)
            else:
                self.go(self._frame_named(argument))
            return
        self.start(self._ask_frame(), group="dialog")

    async def _ask_frame(self) -> None:
        answer = await self.app.push_screen_wait(
            PromptDialog(
                "Go to frame",
                f"A number from 1 to {len(self.document)}, or a file name.",
                confirm="Go",
                check=self._no_frame,
            )
        )
        if answer is not None:
            self.go(self._frame_named(answer))

    def _no_frame(self, text: str) -> str | None:
        count = len(self.document)
        if text.isascii() and text.isdigit():
            return None if 1 <= int(text) <= count else f"Frames go from 1 to {count}."
        names = (frame.name for frame in self.open_session.manifest.frames)
        return None if text in names else f"There is no frame {text}."

    def _frame_named(self, text: str) -> int:
        if text.isascii() and text.isdigit():
            return int(text) - 1
        return [frame.name for frame in self.open_session.manifest.frames].index(text)

    def do_next_marked(self) -> None:
        """Where a flag or a finding is."""
        self._to_marked(range(self.index + 1, len(self.document)))

    def do_previous_marked(self) -> None:
        """The one before."""
        self._to_marked(range(self.index - 1, -1, -1))

    def _to_marked(self, way: range) -> None:
        if self.analysis is None:
            self.refuse("Still looking through the clip.")
            return
        self.settle()
        flagged = self.analysis.ranking.profile.flagged
        found = self.analysis.findings.by_frame
        target = next((at for at in way if flagged[at] or at in found), None)
        if target is None:
            self.refuse("No flag and no finding that way.")
        else:
            self.go(target)

    def do_middle_of_gap(self) -> None:
        """The middle frame of this ball gap, or of the next one."""
        target = middle_of_gap(self.document, self.index) if self.is_ball else None
        if target is None:
            self.refuse("No gap of the ball from here on.")
        else:
            self.go(target)

    def do_play(self) -> None:
        """Play from here; any key stops."""
        if self.index == len(self.document) - 1:
            self.go(0)
        self.view.play(self.go)
        self.tell("Playing; any key stops.")

    def stop_playing(self) -> bool:
        """Stop, and say whether it was playing."""
        playing = self.view.playing
        self.view.stop()
        return playing

    # --- labels

    def _select_by(self, step: int) -> None:
        ids = [label.id for label in self.frame.labels]
        if not ids:
            self.refuse("There is no label in this frame.")
            return
        if self.selected in ids:
            place = (ids.index(self.selected) + step * self.times()) % len(ids)
        else:
            place = 0 if step > 0 else len(ids) - 1
        self.select(ids[place])

    def do_next_label(self) -> None:
        """The next label of the list."""
        self._select_by(1)

    def do_previous_label(self) -> None:
        """The one before."""
        self._select_by(-1)

    # --- the view

    def zoom_to(self, zoom: Zoom) -> None:
        """Zoom, with the selection in the middle unless all is shown."""
        self.view.zoom = zoom
        if zoom != "fit":
            self._centre()
        self.show_view()

    def do_zoom(self) -> None:
        """Between the whole frame and close to the selection, as close as it fits well."""
        self.zoom_to(self._close_zoom() if self.view.zoom == "fit" else "fit")

    def _close_zoom(self) -> Zoom:
        viewport, selected = self.view.viewport, self.view.scene.selected
        if selected is None or selected.kind == "ball":
            return _CLOSE
        _, _, w, h = selected.bounds
        for zoom in reversed(_LEVELS):
            across, down = viewport.zoomed(zoom).scale
            width, height = w / UNIT * across, h / UNIT * down
            if width <= viewport.size[0] * _SHARE and height <= viewport.size[1] * _SHARE:
                return zoom
        return _LEVELS[0]

    def do_zoom_in(self) -> None:
        """A level closer."""
        self._zoom_by(1)

    def do_zoom_out(self) -> None:
        """A level wider."""
        self._zoom_by(-1)

    def _zoom_by(self, step: int) -> None:
        before = self.view.zoom
        self.view.zoom_by(step * self.times())
        if self.view.zoom == before:
            self.refuse("That is as far as the zoom goes.")
        self.show_view()

    def do_fit(self) -> None:
        """The whole frame."""
        self.zoom_to("fit")

    def do_actual(self) -> None:
        """One picture pixel on one dot column."""
        self.zoom_to(1)

    def do_centre(self) -> None:
        """The selection in the middle of the view."""
        before = self.view.viewport
        if not self._centre():
            self.refuse("Nothing is selected.")
        elif self.view.viewport == before:
            self.refuse("The view cannot go further that way.")

    def _centre(self) -> bool:
        selected = self.view.scene.selected
        if selected is not None:
            x, y, w, h = selected.bounds
            self.view.centre_on(x + w // 2, y + h // 2)
        return selected is not None

    def do_pan_left(self) -> None:
        """Look further left."""
        self._pan(-_PAN[0], 0)

    def do_pan_right(self) -> None:
        """Look further right."""
        self._pan(_PAN[0], 0)

    def do_pan_up(self) -> None:
        """Look further up."""
        self._pan(0, -_PAN[1])

    def do_pan_down(self) -> None:
        """Look further down."""
        self._pan(0, _PAN[1])

    def _pan(self, columns: int, rows: int) -> None:
        before = self.view.viewport.origin
        self.view.pan(columns * self.times(), rows * self.times())
        if self.view.viewport.origin == before:
            self.refuse("The view ends here.")

    def do_follow(self) -> None:
        """Whether the view goes with the selection."""
        self.view.follow = not self.view.follow
        self.redraw()
        self.tell("The view follows the selection." if self.view.follow else "The view stays.")

    def do_labels(self) -> None:
        """Labels on the picture, or the picture alone."""
        self.show_labels = not self.show_labels
        self.view.set_scene(replace(self.view.scene, show_labels=self.show_labels))
        self.show_view()

    def do_tone(self) -> None:
        """The next tone: lighter, lighter still, local contrast, as it is."""
        self._tone = (self._tone + 1) % len(_TONES)
        self.view.set_tone(*_TONES[self._tone])
        names = ("as it is", "lighter", "much lighter", "local contrast")
        self.tell(f"Tone: {names[self._tone]}.")
