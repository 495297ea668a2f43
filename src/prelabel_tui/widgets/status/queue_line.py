"""One line: which queue, the position in it, and why this frame is there."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.cutting import fit, wrapped


class QueueLine(Widget):
    """`Suspicion 7 of 31 · ball jumps 143 px, score .21        fit · follow`.

    It grows for a mode or a notice that one line does not hold: no sentence is cut.
    """

    DEFAULT_CSS = "QueueLine { height: 1; background: $panel; }"

    def __init__(self, *, id: str = "queue") -> None:
        super().__init__(id=id)
        self.title = ""
        self.position = ""
        self.why = ""
        self.view = ""
        self.mode = ""
        self.notice = ""
        self._rows = 1

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
            self._fit()
            self.refresh()

    def on_resize(self) -> None:
        """Be as high as the text needs in this width."""
        self._fit()

    def _fit(self) -> None:
        rows = len(self._lead)
        if self.size.width and rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    @property
    def _lead(self) -> list[str]:
        """The mode, or else the notice, line by line."""
        return wrapped(self.mode or self.notice, max(8, self.size.width - 2))

    @property
    def plain(self) -> str:
        """What the line says, in one."""
        *above, last = self.render().plain.split("\n")
        return "".join(f"{line.rstrip()} " for line in above) + last.removeprefix(" " * bool(above))

    def render(self) -> Text:
        """Draw the line, mode first; where room is short the queue's name gives way to the reason.

        The position is never cut.
        """
        colour = self.app.theme_variables.get
        text = Text(end="", no_wrap=True, overflow="crop")
        right = f" {self.view} "
        *full, last = self._lead
        style = f"bold {colour('background')} on {colour('accent')}"
        for line in full:
            text.append(f" {line} ", style if self.mode else colour("accent", ""))
            text.append("\n")
        above = len(text.plain)
        if self.mode:
            text.append(f" {last} ", style)
        elif self.notice:
            text.append(f" {last}", colour("accent", ""))
            return text
        why = f" · {self.why}" if self.why else ""
        queue = f" {self.title} " if self.title else " "
        lead = cell_len(text.plain[above:])
        right = right if lead + cell_len(right) <= self.size.width else ""
        taken = lead + cell_len(self.position + right)
        if taken + cell_len(queue + why) > self.size.width:
            queue = " "
        if not self.mode or taken + cell_len(queue) <= self.size.width:
            text.append(queue, "dim")
            text.append(self.position, f"bold {colour('accent', '')}")
        else:
            why = ""
        room = self.size.width - cell_len(text.plain[above:]) - cell_len(right)
        why = fit(why, max(0, room))
        text.append(why)
        text.append(" " * max(0, room - cell_len(why)))
        text.append(right, "dim")
        return text
