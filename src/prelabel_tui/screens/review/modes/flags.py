"""The second key of a flag."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prelabel_tui.core.model.labels import Flag
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.mode_commands import FlagsCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.base import Mode


class FlagsMode(Mode):
    """Waits for the letter of the flag; ``set_flag`` sets it."""

    name = "review.flags"
    text = "Flag: b bad · r review · p false positives · n false negatives"

    def __init__(self, context: ReviewContext, set_flag: Callable[[Flag], None]) -> None:
        self.context = context
        self._set_flag = set_flag

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.flags` commands."""
        table: FlagsCommands = {
            "review.flags.bad": lambda: self._flag(Flag.BAD_FRAME),
            "review.flags.review": lambda: self._flag(Flag.NEEDS_HUMAN_REVIEW),
            "review.flags.positive": lambda: self._flag(Flag.FALSE_POSITIVE_HEAVY),
            "review.flags.negative": lambda: self._flag(Flag.FALSE_NEGATIVE_SUSPECTED),
            "review.flags.cancel": self.cancel,
        }
        return (table,)

    def cancel(self) -> None:
        """Set no flag."""
        self.context.browse()

    def _flag(self, flag: Flag) -> None:
        self.context.browse()
        self._set_flag(flag)
