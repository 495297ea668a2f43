"""A line to type in, which a whole file that was pasted into it does not hold up."""

from __future__ import annotations

from typing import Any, Final

from textual.message import Message
from textual.widgets import Input

LONGEST: Final = 1_000
"""Characters that a line takes.  Every key of a longer one costs the more, the longer it is."""


class TextLine(Input):
    """An input of at most :data:`LONGEST` characters; looks like Textual's."""

    class Full(Message):
        """What was typed or pasted does not fit."""

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, max_length=LONGEST, **options)
        self.cursor_blink = False

    def restricted(self) -> None:
        """Something was not taken: say so, where Textual only rings."""
        self.post_message(self.Full())
