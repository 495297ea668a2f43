"""One line: which queue, the position in it, and why this frame is there."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.status.bars import fit


class QueueLine(Widget):
    """`Suspicion 7 of 31 · ball jumps 143 px, score .21        fit · follow`."""

    DEFAULT_CSS = "QueueLine { height: 1; background: $panel; }"

    def __init__(self, *, id: str = "queue") -> None:
        super().__init__(id=id)
        self.title = ""
        self.position = ""
        self.why = ""
        self.view = ""
        self.mode = ""
        self.notice = ""

    def show(
        self,
        *,
        title: str | None = None,
        position: str | None = None,
        why: str | None = None,
        view: str | None = None,
        mode: str | None = None,
        notice: str | None = None,
    ) -> None:
        """Change the parts that are given.

        ``mode``: what is under way, if anything; ``notice``: what was noticed, in place of the
        queue.
        """
        before = (self.title, self.position, self.why, self.view, self.mode, self.notice)
        self.title = self.title if title is None else printable(title)
        self.position = self.position if position is None else position
        self.why = self.why if why is None else printable(why)
        self.view = self.view if view is None else view
        self.mode = self.mode if mode is None else printable(mode)
        self.notice = self.notice if notice is None else printable(notice)
        if before != (self.title, self.position, self.why, self.view, self.mode, self.notice):
            self.refresh()

    @property
    def plain(self) -> str:
        """What the line says."""
        return self.render().plain

    def render(self) -> Text:
        """Draw the line, mode first; where room is short the queue's name gives way to the reason.

        The position is never cut.
        """
        colour = self.app.theme_variables.get
        text = Text(end="", no_wrap=True, overflow="crop")
        right = f" {self.view} "
        if self.mode:
            text.append(f" {self.mode} ", f"bold {colour('background')} on {colour('accent')}")
        if self.notice and not self.mode:
            text.append(fit(f" {self.notice}", self.size.width), colour("accent", ""))
            text.append(" " * max(0, self.size.width - cell_len(text.plain)))
            return text
        why = f" · {self.why}" if self.why else ""
        queue = f" {self.title} " if self.title else " "
        taken = cell_len(text.plain + self.position + right)
        if taken + cell_len(queue + why) > self.size.width:
            queue = " "
        if not self.mode or taken + cell_len(queue) <= self.size.width:
            text.append(queue, "dim")
            text.append(self.position, f"bold {colour('accent', '')}")
        else:
            why = ""
        room = self.size.width - cell_len(text.plain) - cell_len(right)
        why = fit(why, max(0, room))
        text.append(why)
        text.append(" " * max(0, room - cell_len(why)))
        text.append(right, "dim")
        return text
