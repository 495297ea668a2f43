"""Moving about: frames, labels of the frame, the timeline, playing."""

from __future__ import annotations

from prelabel_tui.core.edits.matching import middle_of_gap
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.timeline import TimelineMode
from prelabel_tui.screens.review.modes.tracks import TracksMode
from prelabel_tui.screens.shared.dialogs import PromptDialog


class FrameCommands:
    """The keys that go to another frame or label."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    # --- steps

    def _step(self, by: int) -> None:
        context = self.context
        target = context.index + by
        if not 0 <= target < len(context.document):
            edge = "last" if by > 0 else "first"
            target = len(context.document) - 1 if by > 0 else 0
            if target == context.index:
                context.display.refuse(f"This is the {edge} frame.")
                return
        context.go(target)

    def next_frame(self) -> None:
        """Go to the next frame, or as many ahead as the count says."""
        self._step(self.context.times)

    def previous_frame(self) -> None:
        """Go to the previous frame, or as many back as the count says."""
        self._step(-self.context.times)

    def ahead_ten(self) -> None:
        """Go ten frames ahead."""
        self._step(10 * self.context.times)

    def back_ten(self) -> None:
        """Go ten frames back."""
        self._step(-10 * self.context.times)

    def first_frame(self) -> None:
        """Go to the first frame."""
        self._step(-self.context.index or -1)

    def last_frame(self) -> None:
        """Go to the last frame; with a count, to that frame."""
        context = self.context
        if context.count is not None:
            self.go_to()
        else:
            self._step(len(context.document) - 1 - context.index or 1)

    # --- by number or name

    def go_to(self, argument: str = "") -> None:
        """Go to a frame by number, or by its file's name."""
        context = self.context
        if context.count is not None and not argument:
            argument = str(context.count)
        if not argument:
            context.screen.ask(self._ask_frame())
        elif wrong := self._no_frame(argument):
            context.display.refuse(wrong)
        else:
            context.go(self._frame_named(argument))

    async def _ask_frame(self) -> None:
        context = self.context
        answer = await context.screen.app.push_screen_wait(
            PromptDialog(
                "Go to frame",
                f"A number from 1 to {len(context.document)}, or a file name.",
                confirm="Go",
                check=self._no_frame,
            )
        )
        if answer is not None:
            context.go(self._frame_named(answer))

    def _names(self) -> list[str]:
        return [frame.name for frame in self.context.open_session.manifest.frames]

    def _no_frame(self, text: str) -> str | None:
        """Return what is wrong with a frame as typed, or None."""
        count = len(self.context.document)
        if text.isascii() and text.isdigit():
            return None if 1 <= int(text) <= count else f"Frames are numbered from 1 to {count}."
        return None if text in self._names() else f"There is no frame {text}."

    def _frame_named(self, text: str) -> int:
        if text.isascii() and text.isdigit():
            return int(text) - 1
        return self._names().index(text)

    # --- to what was found

    def next_marked(self) -> None:
        """Go to the next frame with a flag, a finding or an open note."""
        self._to_marked(range(self.context.index + 1, len(self.context.document)))

    def previous_marked(self) -> None:
        """Go to the previous frame with a flag, a finding or an open note."""
        self._to_marked(range(self.context.index - 1, -1, -1))

    def _to_marked(self, way: range) -> None:
        context = self.context
        if context.analysis is None:
            context.display.refuse("The clip is still being analysed.")
            return
        context.upkeep.settle()
        flagged = context.analysis.ranking.profile.flagged
        found = context.analysis.findings.by_frame
        noted = context.notes.open_frames
        target = next((at for at in way if flagged[at] or at in found or at in noted), None)
        if target is None:
            context.display.refuse("No more flags, findings or open notes that way.")
        else:
            context.go(target)

    def middle_of_gap(self) -> None:
        """Go to the middle frame of this ball gap, or of the next one."""
        context = self.context
        target = middle_of_gap(context.document, context.index) if context.is_ball else None
        if target is None:
            context.display.refuse("There is no ball gap from here on.")
        else:
            context.go(target)

    def timeline(self) -> None:
        """Let the keys move along the timeline."""
        context = self.context
        if context.analysis is None:
            context.display.refuse("The clip is still being analysed.")
            return
        context.upkeep.settle()
        context.upkeep.show_track()  # it includes what was edited a moment ago
        mode = TimelineMode(context)
        context.enter(mode, mode.text)
        context.display.set_status("")

    def play(self) -> None:
        """Play from here; any key stops."""
        context = self.context
        if context.index == len(context.document) - 1:
            context.go(0)
        context.display.view.play(context.go)
        context.display.set_status("Playing; any key stops.")

    # --- labels of the frame

    async def tracks(self) -> None:
        """List the tracks, at the selection's."""
        if self.context.needed_tracks() is not None:
            await TracksMode(self.context).show()

    def next_label(self) -> None:
        """Select the next label of the list."""
        self._select_by(1)

    def previous_label(self) -> None:
        """Select the previous label of the list."""
        self._select_by(-1)

    def _select_by(self, step: int) -> None:
        context = self.context
        ids = [label.id for label in context.frame.listed()]
        if not ids:
            context.display.refuse("This frame has no labels.")
            return
        if context.selected in ids:
            place = (ids.index(context.selected) + step * context.times) % len(ids)
        else:
            place = 0 if step > 0 else len(ids) - 1
        context.select(ids[place])
