"""Blind repeats on the screen: a frame comes back as it was, and nothing tells it from others."""

from __future__ import annotations

from prelabel_tui.core.session.blind_repeats import Repeat
from prelabel_tui.core.session.working_copy import Undone
from prelabel_tui.screens.review.context import ReviewBase


class Repeating(ReviewBase):
    """What the keys that walk, decide and undo need to know of blind repeats."""

    def show_again(self, index: int) -> None:
        """Take a frame back to how it was before it was reviewed, on the screen only."""
        assert self.repeats is not None
        self._turn_to(self.repeats.begin(index, self.open_session.document))
        self.decisions.forget(index)

    def put_off_repeat(self) -> None:
        """Left without an answer, or something concerns several frames: the draft shows again."""
        if self.repeat is not None and self.repeats is not None:
            self.repeats.put_off(self.repeat)
            self._turn_to(None)

    def answer_repeat(self) -> bool:
        """Whether the frame just accepted had come back: it is compared, the draft stays."""
        repeat = self.repeat
        if repeat is None or repeat.index != self.index or self.repeats is None:
            return False
        self.repeats.answer(repeat, self.open_session.document)
        self._turn_to(None)
        self.answered = repeat
        return True

    def _turn_to(self, repeat: Repeat | None) -> None:
        """Show this repeat, or none; findings and reasons are those of what is shown."""
        for shown in (self.repeat, repeat):
            if shown is not None:
                self._dirty.add(shown.index)
        self.repeat = repeat
        self.settle()

    def take_back(self) -> Undone | None:
        """Undo: the newest edit of what is shown."""
        answered, self.answered = self.answered, None
        if answered is not None and self.repeats is not None:
            self.repeats.reopen(answered)
            self._turn_to(answered)
        repeat, here = self.repeat, self.index if answered is None else answered.index
        if repeat is not None and repeat.index == here and (step := repeat.undo()):
            self.tally.undone(step.operation, repeat.document, again=True)
            return step
        step = self._in_draft(self.open_session.undo())
        if step is not None and step.done:
            self.tally.undone(step.operation, self.open_session.document)
        return step

    def take_again(self) -> Undone | None:
        """Redo."""
        repeat = self.repeat
        if repeat is not None and repeat.index == self.index and (step := repeat.redo()):
            self.tally.made(step.operation, repeat.document, again=True)
            if self.frame.reviewed:
                self.answer_repeat()
            return step
        step = self._in_draft(self.open_session.redo())
        if step is not None and step.done:
            self.tally.made(step.operation, self.open_session.document)
        return step

    def _in_draft(self, step: Undone | None) -> Undone | None:
        """A step of the draft in the frame that came back is shown in the draft."""
        if step is not None and self.repeat is not None and self.repeat.index in step.frames:
            self.put_off_repeat()
        return step
