"""The last line of the review: what the keys just did, metrics, and the state of the autosave."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.cutting import fit, wrapped

_COLOURS = {
    "saved": "success",
    "saving": "secondary",
    "unsaved": "warning",
    "failed": "error",
    "conflict": "error",
}


_AGE = re.compile(r" · (just now|[^·]* ago)")
"""How long ago `saved v17` was."""


_SLACK: Final = 3
"""Cells for what the autosave may say more than now: that it saves, a longer version."""


class AutosaveLine(Widget):
    """The autosave's state is never cut; how long ago it was saved gives way to a long message."""

    DEFAULT_CSS = "AutosaveLine { height: 1; background: $surface; }"

    def __init__(self, *, id: str = "autosave") -> None:
        super().__init__(id=id)
        self.kind = "saved"
        self.line = "Autosave: opening…"
        self.message = ""
        self.metrics = ""
        self._first = 0
        """Characters of the message that are shown here."""

    def show(self, kind: str, line: str) -> None:
        """Show the autosave; ``kind`` is saved, saving, unsaved, failed or conflict."""
        if (kind, line) != (self.kind, self.line):
            self.kind, self.line = kind, line
            self.refresh()

    def tell(self, message: str) -> str:
        """Show what happened last; return the words that there is no room for here, if any."""
        message = printable(message)
        if message != self.message:
            self.message = message
            self.refresh()
        self._first = len(message)
        room = self.size.width - cell_len(_AGE.sub("", self.line)) - _SLACK
        if self.size.width and cell_len(message) > room:
            self._first = len(wrapped(message, self.size.width, max(1, room))[0])
        return message[self._first :].strip()

    def shorten(self) -> None:
        """Show here what there is room for: the other words are no longer shown elsewhere."""
        self._first = len(self.message)
        self.refresh()

    def measure(self, metrics: str) -> None:
        """Show frames per hour and the like."""
        if metrics != self.metrics:
            self.metrics = metrics
            self.refresh()

    @property
    def plain(self) -> str:
        """What the line says."""
        return self.render().plain

    def render(self) -> Text:
        """Draw `Moved p12 by +1,0          412 frames/h · 1.2 keys   Autosave: saved v17`."""
        width = self.size.width
        right = f" {self.line} "
        room = width - cell_len(right)
        left = f" {self.message[: self._first]}"
        metrics = f"{self.metrics}  " if self.metrics else ""
        if cell_len(left) + cell_len(metrics) + 1 > room:
            metrics = ""
        short = self._first < len(self.message) or cell_len(left) + 1 > room
        if short and self.kind == "saved":
            right = f" {_AGE.sub('', self.line)} "
            room = width - cell_len(right)
        left = fit(left, max(0, room - cell_len(metrics) - 1))
        gap = " " * max(0, room - cell_len(left) - cell_len(metrics))
        colour = self.app.theme_variables.get(_COLOURS.get(self.kind, ""), "")
        text = Text(left, end="", no_wrap=True, overflow="crop")
        text.append(gap)
        text.append(metrics, "dim")
        text.append(right, f"{colour} bold" if self.kind in ("failed", "conflict") else colour)
        return text
