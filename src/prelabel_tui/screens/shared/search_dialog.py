"""A dialog to choose one of many names: they are read a page at a time, as typing narrows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.widgets import Input

from prelabel_tui.core.outcomes import Result
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.names import NamesPage

Find = Callable[[str, str | None], Awaitable[Result["NamesPage"]]]
"""Reads the names that have a text in them and follow another name."""


class SearchDialog(ChoiceDialog):
    """Names that ``find`` reads, after ``first``, which is there as long as nothing is typed."""

    def __init__(
        self, title: str, find: Find, *, first: Choice, current: str | None, confirm: str
    ) -> None:
        super().__init__(title, (first,), current=current, confirm=confirm)
        self._find = find
        self._shown: str | None = None
        """What the rows were found by."""

    def _fill(self, wanted: str) -> None:
        self._filled = wanted
        self.run_worker(self._search(wanted), group="search", exclusive=True)

    async def _search(self, wanted: str, after: str | None = None) -> None:
        """Show the first page for what was typed, or add the one after a name."""
        result = await self._find(wanted, after)
        page = result.value
        if page is None:
            self.refuse(result.outcome.headline)
            return
        choices = [Choice(name, name) for name in page.names]
        if after is None and not wanted:
            choices.insert(0, self.choices[0])
        rows = [self._row(choice.value, choice) for choice in choices]
        if after is not None:
            self.table.append(rows, more=page.further)
            return
        is_first = self._shown is None
        self._shown = wanted
        self.table.set_rows(rows, more=page.further)
        self.fit()
        values = [choice.value for choice in choices]
        if is_first and self.current in values:
            self.table.move_to(values.index(self.current))

    def on_paged_table_wanted(self) -> None:
        """Add the next page: the end came into view."""
        last = self.table.rows[-1].value.value
        if self._shown == self._filled:
            self.run_worker(self._search(self._filled or "", last), group="search", exclusive=True)

    def do_accept(self) -> None:
        """Choose the row under the cursor, among those that match what was typed by now."""
        self._filled = typed = self.query_one(Input).value.strip()
        self.run_worker(self._accept(typed), group="search", exclusive=True)

    async def _accept(self, typed: str) -> None:
        if typed != self._shown:
            await self._search(typed)
        if typed == self._shown:
            super().do_accept()
