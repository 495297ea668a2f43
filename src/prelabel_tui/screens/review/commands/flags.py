"""Flags of the frame, and the state of the ball in it."""

from __future__ import annotations

from collections.abc import Callable

from prelabel_tui.core.edits import many_frames, one_frame
from prelabel_tui.core.model.labels import BallState, Flag
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.flags import FlagsMode


class FlagCommands:
    """The keys that describe the frame as a whole."""

    def __init__(self, context: ReviewContext, ask_for_note: Callable[[], None]) -> None:
        self.context = context
        self._ask_for_note = ask_for_note

    def flag(self) -> None:
        """Wait for the letter of the flag."""
        self.context.enter(FlagsMode(self.context, self.set_flag), FlagsMode.text)

    def set_flag(self, flag: Flag) -> None:
        """Toggle a flag of the frame, or set it through the range.

        Once a frame needs_human_review, it is asked for a note on what is doubtful about it.
        """
        context = self.context
        on = flag not in context.frame.flags
        if context.range is None:
            done = context.edit(one_frame.toggle_flag(context.document, context.index, flag))
            if done and on and flag is Flag.NEEDS_HUMAN_REVIEW:
                self._ask_for_note()
            return
        if context.edit(many_frames.flag_range(context.document, *context.range, flag, on)):
            context.end_range()

    def set_ball(self, state: BallState) -> None:
        """Set the state of the ball; if it is set already, clear it."""
        context = self.context
        if not context.is_ball:
            context.display.refuse("Ball states exist only in ball_detection.")
        elif context.editable():
            wanted = None if context.frame.ball is state else state
            context.edit(many_frames.set_ball_state(context.document, context.index, wanted))
