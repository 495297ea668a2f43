"""The active filters, each with its key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.cutting import fit

Chip = tuple[str, str, str | None]
"""Key, name, value (None: all)."""


class FilterBar(Widget):
    """`w workspace arena   m media all   s status all`."""

    DEFAULT_CSS = """
    FilterBar { height: 1; background: $panel; padding: 0 0; }
    """

    def __init__(self, *, id: str = "filters") -> None:
        super().__init__(id=id)
        self._chips: tuple[Chip, ...] = ()
        self._clear = ""

    def set(self, chips: Sequence[Chip], clear: str) -> None:
        """Show these filters; ``clear``: the key that clears them, shown while one is set."""
        self._chips, self._clear = tuple(chips), clear
        self.refresh()

    @property
    def plain(self) -> str:
        """`workspace arena, media all`."""
        return ", ".join(f"{name} {value or 'all'}" for _, name, value in self._chips)

    def render(self) -> Text:
        """Draw one line; values share the room that is left, "all" gives way to them."""
        variables = self.app.theme_variables
        accent, chosen = variables.get("accent", ""), variables.get("success", "")
        text = Text(no_wrap=True, overflow="crop", end="")
        fixed = sum(cell_len(key) + cell_len(name) + 4 for key, name, _ in self._chips)
        chosen_values = [printable(value) for _, _, value in self._chips if value is not None]
        clear = f" {self._clear} " if chosen_values else ""
        fixed += cell_len(f"{clear}clear ") if clear else 0
        free = self.size.width - fixed
        spare = free - 3 * (len(self._chips) - len(chosen_values))
        says_all = spare >= sum(map(cell_len, chosen_values))
        room = max(3, (spare if says_all else free) // max(1, len(chosen_values)))
        for key, name, value in self._chips:
            text.append(f" {key} ", f"bold {accent}")
            text.append(f"{name} ", "dim" if value is None else "")
            if value is None:
                text.append("all" if says_all else "", "dim")
            else:
                text.append(fit(printable(value), room), f"bold {chosen}")
            text.append(" ")
        if clear:
            text.append(clear, f"bold {accent}")
            text.append("clear ")
        return text
