"""What the screens with a table share: the cursor's keys, paging, details, copying."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Key

from prelabel_tui.core.outcomes import Outcome, Status
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.ops_commands import ListCommands
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.screens.shared.following import FOLLOW_S, mark_of
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.widgets.tables.detail_pane import DetailPane
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.changes import Mark

_MOST_AT_ONCE: Final = 2_000
"""Rows that are loaded again at once; beyond that, scrolling loads them."""


_RESTS: Final = 10
"""How many times as long as a list took to load it rests before it follows others again."""


ScopeNames = tuple[str, str, str]
"""Workspace, media, capability."""


class ListScreen(KeyedScreen[None]):
    """A screen around one :class:`PagedTable`; the row under the cursor in full where it fits."""

    noun = "row"
    columns: Sequence[Column] = ()
    details_title = "Details"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-wide")]  # noqa: RUF012 — Textual's form
    DEFAULT_CSS = """
    ListScreen #body { layout: vertical; height: 1fr; }
    ListScreen #details { display: none; }
    ListScreen.-wide #body { layout: horizontal; }
    ListScreen.-wide #body > PagedTable { width: 1fr; height: 1fr; }
    ListScreen.-wide #details { display: block; width: 60; height: 1fr; }
    """

    page_size: ClassVar[int] = 80
    auto_refresh_s: ClassVar[float | None] = None
    """Seconds after which it reloads by itself, where it shows ages."""
    follow_s: ClassVar[float] = FOLLOW_S
    """Seconds after which it looks whether somebody changed anything, and then reloads."""

    def __init__(self) -> None:
        super().__init__()
        self._mark: Mark | None = None
        """What was there when it was loaded."""
        self._loading = 0
        """How many loads from the beginning are under way: one, or more that were overtaken."""
        self._following = False
        self._rests_until = 0.0
        """When it follows again: a list that takes long to load is not loaded all the time."""
        self._away = False
        """Whether it says that the data could not be read."""
        self._stale = False
        """Whether to load again once it is in view."""
        self._loaded = 0
        self._early: list[Key] | None = []
        """Keys that need rows and came before there were any; None once the list was loaded."""

    def compose_body(self) -> ComposeResult:
        """Make the table, with details beside it."""
        with Container(id="body"):
            yield PagedTable(self.columns, empty="Loading…")
            yield DetailPane(self.details_title)

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Show what is under the cursor."""
        rows = [] if event.row is None else self.pane_of(event.row)
        self.query_one(DetailPane).show_rows(rows, self.table.empty.partition("\n")[0])

    def pane_of(self, row: Row) -> Sequence[tuple[str, str]]:
        """Return the (name, value) rows of the pane."""
        return self.details_of(row)[1]

    @property
    def table(self) -> PagedTable:
        """The screen's table."""
        return self.query_one("#table", PagedTable)

    def on_mount(self) -> None:
        """Load as soon as there is data to load."""
        self.reload()
        if self.auto_refresh_s is not None:
            self.set_interval(self.auto_refresh_s, self._refresh_quietly)
        self.set_interval(self.follow_s, self._follow_quietly)

    def on_screen_suspend(self) -> None:
        """Note that a whole screen above may change something; a dialog does not."""
        self._stale = self._stale or isinstance(self.app.screen, KeyedScreen)

    def on_screen_resume(self) -> None:
        """Load what changed meanwhile."""
        if self._stale:
            self.reload()

    def scope_of(self, row: Row) -> ScopeNames | None:
        """Return workspace, media and capability of a row, where rows are about scopes."""
        return None

    def show_scope(self, scope: ScopeNames) -> None:
        """Put the cursor on the first row of a scope that was worked on, unless it is on one."""
        rows = self.table.rows
        if self.table.row is not None and self.scope_of(self.table.row) == scope:
            return
        place = next((at for at, row in enumerate(rows) if self.scope_of(row) == scope), None)
        if place is not None:
            self.table.move_to(place)

    def reload(self) -> None:
        """Load again what was loaded; the cursor stays on its row."""
        self._stale = False
        self.start(self._load_first())

    def _refresh_quietly(self) -> None:
        if not self.is_active:  # Textual calls what lies under another screen current
            self._stale = True
        elif not self.busy:
            self.reload()

    def _follow_quietly(self) -> None:
        if (
            self.is_active
            and self._early is None
            and not (self._loading or self._following or self.busy)
            and time.monotonic() >= self._rests_until
        ):
            self.start(self._follow(), group="follow")

    async def _follow(self) -> None:
        """Load again if anything was changed, or can be read again."""
        self._following = True
        asked_at = time.monotonic()
        try:
            found = await mark_of(self.shell.store)
        finally:
            self._following = False
        if not self.here or self._loading:
            return
        if found.value is None:
            self.could_not_load(found.outcome)
            return
        if not self._away:
            self.database_answered(asked_at)
        if self._away or found.value != self._mark:
            self._mark = found.value
            self.reload()

    def could_not_load(self, outcome: Outcome) -> None:
        """Say that the data could not be read, until it can be; what was loaded stays."""
        if outcome.entry.status is not Status.STORAGE:
            self.show_outcome(outcome)
            return
        if not self._away:
            self._away = True
            again = (self.shell.keymap.display("list.refresh"), "Try again")
            self.show_outcome(outcome, [again], stays=True)
        if not self.table.rows:
            self.table.empty = f"The {self.noun}s could not be loaded."
            self.table.set_rows(())  # the details say so too

    async def _load_first(self) -> None:
        self._loading += 1
        try:
            await self.shell.ready.wait()
            self.set_title()
            began = time.monotonic()
            await self.load(more=False)
            self._rests_until = time.monotonic() + _RESTS * (time.monotonic() - began)
        finally:
            self._loading -= 1
            early, self._early = self._early or [], None
            for event in early:
                self.post_message(Key(event.key, event.character))

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Keep what is typed ahead of the rows that it is about."""
        if self._early is None or command is None or command.scope in ("app", "ops"):
            return super().take_key(event, command)
        self._early.append(event)
        return True

    @abstractmethod
    async def load(self, *, more: bool) -> None:
        """Load from the beginning (:meth:`limit` things), or the next page."""

    def limit(self, *, more: bool) -> int:
        """Return how many things to load: a page, or all that were loaded (within reason)."""
        return self.page_size if more else min(max(self.page_size, self._loaded), _MOST_AT_ONCE)

    def show_page(self, rows: Sequence[Row], count: int, *, more: bool, further: bool) -> None:
        """Show what :meth:`load` found: ``count`` things; ``further``: there are more."""
        if self._away:
            self._away = False
            self.clear_banner()
        if more:
            self.table.append(rows, more=further)
        else:
            self.table.set_rows(rows, more=further)
        self._loaded = count + (self._loaded if more else 0)
        plural = "" if self._loaded == 1 else "s"
        noun = (
            self.noun.removesuffix("y") + "ie" if self.noun.endswith("y") and plural else self.noun
        )
        self.set_title(right=f"{self._loaded:,}{'+' if further else ''} {noun}{plural}")

    def on_paged_table_wanted(self) -> None:
        """Load the next page: the end came into view."""
        self.start(self.load(more=True))

    def chosen(self) -> Row | None:
        """Return the row under the cursor; say so when there is none."""
        row = self.table.row
        if row is None:
            self.refuse(self.table.empty.partition("\n")[0])
        return row

    # --- commands of the scope `list` ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `list` commands."""
        table: ListCommands = {
            "list.down": self.do_down,
            "list.up": self.do_up,
            "list.page_down": self.do_page_down,
            "list.page_up": self.do_page_up,
            "list.first": self.do_first,
            "list.last": self.do_last,
            "list.details": self.do_details,
            "list.copy": self.do_copy,
            "list.refresh": self.do_refresh,
        }
        return (table,)

    def do_down(self) -> None:
        """Go to the next row."""
        self.table.move(1)

    def do_up(self) -> None:
        """Go to the previous row."""
        self.table.move(-1)

    def do_page_down(self) -> None:
        """Go a screenful down."""
        self.table.page(1)

    def do_page_up(self) -> None:
        """Go a screenful up."""
        self.table.page(-1)

    def do_first(self) -> None:
        """Go to the first row."""
        self.table.move_to(0)

    def do_last(self) -> None:
        """Go to the last row that is loaded."""
        self.table.move_to(len(self.table.rows) - 1)

    def do_refresh(self) -> None:
        """Load again."""
        self.clear_banner()
        self.reload()

    def do_details(self) -> None:
        """Show the row's full ids."""
        row = self.chosen()
        if row is not None:
            title, rows = self.details_of(row)
            self.app.push_screen(TextDialog(title, rows))

    def do_copy(self) -> None:
        """Copy the id of the row, by OSC 52, and show it."""
        row = self.chosen()
        if row is None:
            return
        text, what = self.copy_of(row)
        if text:
            self.shell.copy(text, what)
        else:
            self.refuse(f"There is no id to copy: {what}.")

    @abstractmethod
    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return the title and (name, value) rows."""

    @abstractmethod
    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the id, and what it is."""
