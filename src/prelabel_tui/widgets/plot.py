"""A chart of columns over time, as wide as it has room."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.plots import columns
from prelabel_tui.widgets.status.bars import fit


class Plot(Widget):
    """Title, highest value, columns, and what stands at both ends of the time."""

    DEFAULT_CSS = """
    Plot { height: 8; background: $surface; border: round $border-blurred;
           border-title-color: $accent; padding: 0 1; }
    """

    def __init__(self, *, id: str = "plot") -> None:
        super().__init__(id=id)
        self.values: tuple[float, ...] = ()
        self.ends = ("", "")
        self.empty = ""

    def show(
        self, title: str, values: Sequence[float], ends: tuple[str, str], empty: str = ""
    ) -> None:
        """Replace what is shown; ``empty`` stands in place of a chart without values."""
        self.border_title = printable(title)
        self.values, self.ends, self.empty = tuple(values), ends, empty
        self.refresh()

    def render(self) -> Text:
        """As many lines as there is room for."""
        width, height = self.content_size
        if not self.values:
            return Text(self.empty, "dim italic")
        scale = f"{max(self.values):,.0f} "
        lines = columns(self.values, width - len(scale), height - 1)
        text = Text(no_wrap=True, overflow="crop", end="")
        for number, line in enumerate(lines):
            text.append(scale if number == 0 else " " * len(scale), "dim")
            text.append(f"{line}\n", self.app.theme_variables.get("success", ""))
        left, right = self.ends
        drawn = max(map(len, lines), default=0)
        gap = max(1, drawn - len(left) - len(right))
        text.append(fit(" " * len(scale) + left + " " * gap + right, width), "dim")
        return text
