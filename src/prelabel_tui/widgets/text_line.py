"""A line to type in; a whole file pasted into it does not hold it up."""

from __future__ import annotations

from typing import Any, Final

from textual.message import Message
from textual.widgets import Input

LONGEST: Final = 1_000
"""Characters that a line takes.  The longer it is, the more every key costs."""


class TextLine(Input):
    """An input of at most :data:`LONGEST` characters; looks like Textual's."""

    DEFAULT_CSS = "TextLine > .input--placeholder { color: $foreground; text-style: dim; }"

    class Full(Message):
        """What was typed or pasted does not fit."""

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, max_length=LONGEST, **options)
        self.cursor_blink = False

    def restricted(self) -> None:
        """Say that something was not taken, where Textual only rings the bell."""
        self.post_message(self.Full())
