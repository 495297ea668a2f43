"""A line to type in; a whole file pasted into it does not hold it up."""

from __future__ import annotations

from typing import Any, Final

from textual.events import Paste
from textual.message import Message
from textual.widgets import Input

from prelabel_tui.core.text import counted, printable

LONGEST: Final = 1_000
"""Characters that a line takes.  The longer it is, the more every key costs."""


class TextLine(Input):
    """An input of at most :data:`LONGEST` characters; looks like Textual's."""

    DEFAULT_CSS = "TextLine > .input--placeholder { color: $foreground; text-style: dim; }"

    class NotTaken(Message):
        """Something that was typed or pasted was not taken: a sentence says what."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, max_length=LONGEST, **options)
        self.cursor_blink = False
        self._refused: str | None = None

    def refuse(self) -> None:
        """Note that the text as it is now was not accepted."""
        self._refused = self.value

    @property
    def is_refused(self) -> bool:
        """Whether the text is still the one that was not accepted: what is said of it holds."""
        return self.value == self._refused

    def take(self, character: str) -> None:
        """Type a character: into the text, or instead of what is selected."""
        self.replace(character, *self.selection)

    def restricted(self) -> None:
        """Say that something was not taken, where Textual only rings the bell."""
        self.post_message(self.NotTaken(f"At most {LONGEST:,} characters."))

    def _on_paste(self, event: Paste) -> None:
        """Take the first line of a paste, and say how many others were not."""
        event.stop()
        event.prevent_default()  # Textual's line takes the first in silence
        lines = [line for line in event.text.splitlines() if line.strip()]
        if not lines:
            self.post_message(self.NotTaken("The paste is empty."))
            return
        self.replace(printable(lines[0][: LONGEST + 1].replace("\t", " ")), *self.selection)
        if len(lines) > 1:
            others = counted(len(lines) - 1, "more line")
            self.post_message(
                self.NotTaken(f"Only the first line was taken; {others} came with it.")
            )
