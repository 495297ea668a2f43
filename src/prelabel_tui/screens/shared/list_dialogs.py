"""Dialogs around a list: choose one of several, or read names and values in full."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic

from rich.text import Text
from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ScreenResultType
from textual.widgets import Input, Static

from prelabel_tui.core.text import printable
from prelabel_tui.keys.command import Command
from prelabel_tui.screens.shared.dialogs import Dialog
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row
from prelabel_tui.widgets.text_line import TextLine


class ListDialog(Dialog[ScreenResultType], Generic[ScreenResultType]):
    """A dialog whose keys move in a table."""

    @property
    def table(self) -> PagedTable:
        """The dialog's table."""
        return self.query_one(PagedTable)

    def do_down(self) -> None:
        """Go to the next row."""
        self.table.move(1)

    def do_up(self) -> None:
        """Go to the previous row."""
        self.table.move(-1)

    def do_page_down(self) -> None:
        """Go a page down."""
        self.table.page(1)

    def do_page_up(self) -> None:
        """Go a page up."""
        self.table.page(-1)


@dataclass(frozen=True)
class Choice:
    """One thing to choose; if disabled, ``detail`` says why."""

    value: Any
    text: str
    detail: str = ""
    enabled: bool = True


class ChoiceDialog(ListDialog[Choice | None]):
    """A list that typing filters.  Returns the choice, None when cancelled."""

    DEFAULT_CSS = """
    ChoiceDialog PagedTable { height: auto; max-height: 16; min-height: 4; margin: 0 0 1 0; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        current: Any = None,
        lines: Sequence[str | Text] = (),
        confirm: str = "Choose",
    ) -> None:
        super().__init__(title, lines, keys=(("enter", confirm), ("escape", "Cancel")))
        self.choices = choices
        self.current = current
        self._filled: str | None = None
        self._rows = [
            (self._row(index, choice), f"{choice.text} {choice.detail}".lower())
            for index, choice in enumerate(choices)
        ]

    @staticmethod
    def _row(key: Hashable, choice: Choice) -> Row:
        style = "" if choice.enabled else "dim"
        detail = Text(printable(choice.detail), "dim")
        return Row(key, (Text(printable(choice.text), style), detail), choice)

    def compose_body(self) -> ComposeResult:
        """Make the filter and the list."""
        yield TextLine(placeholder="Type to filter")
        columns = [Column("", 20, share=1)]
        if any(choice.detail for choice in self.choices):
            columns.append(Column("", 10, share=1))
        yield PagedTable(columns, empty="Nothing matches.")

    def on_mount(self) -> None:
        """Show all choices, the cursor on the current one."""
        field = self.query_one(Input)
        self.set_focus(field)
        self._fill("")
        values = [choice.value for choice in self.choices]
        if self.current in values:
            self.table.move_to(values.index(self.current))

    def _fill(self, wanted: str) -> None:
        self._filled = wanted
        self.table.set_rows(row for row, text in self._rows if wanted.lower() in text)
        self.fit()

    def fit(self) -> None:
        """Make the list as high as its rows, within bounds."""
        self.table.styles.height = min(16, max(4, len(self.table.rows)))

    def on_input_changed(self) -> None:
        """Filter by what was typed by now, which may be more than at this change."""
        if not self.query_one(TextLine).is_refused:
            self.show_error("")
        typed = self.query_one(Input).value.strip()
        if typed != self._filled:
            self._fill(typed)

    def do_accept(self) -> None:
        """Choose the row under the cursor, among those that match what was typed by now."""
        typed = self.query_one(Input).value.strip()
        if typed != self._filled:
            self._fill(typed)
        row = self.table.row
        self.query_one(TextLine).refuse()  # unless the row is chosen
        if row is None:
            self.refuse("Nothing matches: change what you typed.")
        elif not row.value.enabled:
            self.refuse(row.value.detail or "This cannot be chosen.")
        else:
            self.dismiss(row.value)


_SHOWN_WHOLE: Final = 300
"""Longest value, in characters, that :class:`TextDialog` shows on lines of its own."""


def in_words(value: object) -> str:
    """Return a value as :class:`TextDialog` shows it: `–` for none, `yes`, `no`, else JSON."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


class TextDialog(ListDialog[None]):
    """Names and values in full; a value can be copied, or selected in the terminal."""

    DEFAULT_CSS = """
    TextDialog > #box { width: 92; }
    TextDialog PagedTable { height: auto; }
    TextDialog #whole { height: auto; color: $accent; margin: 1 0; }
    """

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(title, keys=(("y", "Copy the value"), ("escape", "Close")))
        self.rows = rows

    def compose_body(self) -> ComposeResult:
        """Make the rows, and the one under the cursor in full."""
        yield PagedTable([Column("", 16), Column("", 30, share=1)])
        yield Static("", id="whole", markup=False)

    def on_mount(self) -> None:
        """Fill the dialog."""
        table = self.table
        table.set_rows(
            Row(index, (Text(name, "dim"), value), value)
            for index, (name, value) in enumerate(self.rows)
        )
        table.styles.height = min(len(self.rows), max(5, self.app.size.height - 9))

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Show the value in full, on lines of its own.

        Of one so long that it would push the keys out of view, only its beginning.
        """
        value = event.row.value if event.row else ""
        whole = Text(printable(value, _SHOWN_WHOLE))
        if len(value) > _SHOWN_WHOLE:
            whole.append(f"   y copies all {len(value):,} characters", "dim")
        self.query_one("#whole", Static).update(whole)

    def do_copy(self) -> None:
        """Copy the value under the cursor."""
        row = self.table.row
        if row is not None:
            self.app.copy_to_clipboard(row.value)
            self.show_error("")
            whole = Text(printable(row.value, _SHOWN_WHOLE))
            whole.append("   copied (if the terminal allows it)", "dim")
            self.query_one("#whole", Static).update(whole)

    def do_accept(self) -> None:
        """Close the dialog."""
        self.dismiss(None)

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Move by Vi keys too: there is nothing to type here."""
        if event.key in ("j", "k"):
            self.table.move(1 if event.key == "j" else -1)
            return True
        return False
