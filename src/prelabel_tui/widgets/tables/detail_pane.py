"""Names and values of the row under the cursor, beside or below its table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from prelabel_tui.core.text import printable


class DetailPane(VerticalScroll, can_focus=False):
    """A titled, scrolling list of names and values."""

    DEFAULT_CSS = """
    DetailPane {
        background: $surface; border: round $border-blurred; border-title-color: $accent;
        padding: 0 1; scrollbar-size-vertical: 1;
    }
    DetailPane Static { height: auto; width: 1fr; }
    """

    def __init__(self, title: str, *, id: str = "details") -> None:
        super().__init__(id=id)
        self.border_title = title
        self.shown: tuple[tuple[str, str], ...] = ()

    def compose(self) -> ComposeResult:
        """Make the one text."""
        yield Static("", markup=False)

    def show_rows(self, rows: Sequence[tuple[str, str]], empty: str = "") -> None:
        """Replace what is shown."""
        self.shown = tuple(rows)
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold", ratio=1)
        for name, value in rows:
            grid.add_row(Text(name, "dim"), Text(printable(value)))
        self.query_one(Static).update(grid if rows else Text(empty, "dim italic"))
        self.scroll_home(animate=False)
