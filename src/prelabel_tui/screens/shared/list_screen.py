"""What the screens with a table share: the cursor's keys, paging, details, copying."""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Key

from prelabel_tui.core.outcomes import Outcome, Result, Severity, Status
from prelabel_tui.core.text import printable
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.ops_commands import ListCommands
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog, TextDialog
from prelabel_tui.screens.shared.search_dialog import SearchDialog
from prelabel_tui.widgets.status.filter_bar import FilterBar
from prelabel_tui.widgets.tables.detail_pane import DetailPane
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row
from prelabel_tui.widgets.when import whole

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.changes import Mark
    from prelabel_tui.core.catalog.names import NamesPage
    from prelabel_tui.core.drafts.presence import Present
    from prelabel_tui.core.store import Store

_ALL: Final = Choice(None, "all")
_MOST_AT_ONCE: Final = 2_000
"""Rows that are loaded again at once; beyond that, scrolling loads them."""


_RESTS: Final = 10
"""How many times as long as a list took to load it rests before it follows others again."""


def _mark_of(store: Store) -> Result[Mark]:
    from prelabel_tui.core.catalog.changes import mark  # the database, after first paint
    from prelabel_tui.core.store import attempt

    return attempt(mark, store)


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
    follow_s: ClassVar[float] = 1.0
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
        try:
            found = await asyncio.to_thread(_mark_of, self.shell.store)
        finally:
            self._following = False
        if not self.here or self._loading:
            return
        if found.value is None:
            self.could_not_load(found.outcome)
        elif self._away or found.value != self._mark:
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
            self.table.refresh()

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

    def in_there(self, there: Sequence[Present]) -> Text:
        """Return who else has a draft open, for its cell; empty when nobody has."""
        present = [who.user for who in there if who.user != self.shell.who.name]
        names = ", ".join(dict.fromkeys(printable(name, 16) for name in present))
        colour = self.app.theme_variables.get("accent", "")
        return Text(f"● {names} ", colour) if names else Text()

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


class FilteredScreen(ListScreen):
    """A list with filters that are remembered for the user."""

    def compose_body(self) -> ComposeResult:
        """Make the filters over the table."""
        yield FilterBar()
        yield from super().compose_body()

    filter_names: tuple[str, ...] = ()
    memory = ""
    """The preference in which the filters are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.filters: dict[str, str | None] = dict.fromkeys(self.filter_names)
        self._recalled = False

    async def recall(self) -> None:
        """Restore the remembered filters, once."""
        if self._recalled:
            return
        shell, key = self.shell, self.memory

        def read(_: object) -> dict[str, str | None]:
            from prelabel_tui.core.identity.preferences import recall

            return recall(shell.store, shell.who, key)

        found = await self.in_thread(read, title="Reading your filters")
        self._recalled = True
        for name, value in (found.value or {}).items():
            if name in self.filters and (value is None or isinstance(value, str)):
                self.filters[name] = value
        self.show_filters()

    def show_filters(self) -> None:
        """Bring the filter bar up to date."""
        keymap, scope = self.shell.keymap, self.context
        with contextlib.suppress(LookupError):
            self.query_one(FilterBar).set(
                [
                    (keymap.display(f"{scope}.{name}"), name, value)
                    for name, value in self.filters.items()
                ]
            )

    def on_mount(self) -> None:
        """Show the filter bar from the first paint."""
        self.show_filters()

    def filter_by(self, name: str, value: str | None) -> None:
        """Set one filter, remember all, load again."""
        self.filters[name] = value
        self.show_filters()
        self.clear_banner()
        self.start(self._keep(), group="remember")
        self.reload()

    async def _keep(self) -> None:
        shell, key, value = self.shell, self.memory, dict(self.filters)

        def write(_: object) -> None:
            from prelabel_tui.core.identity.preferences import remember

            remember(shell.store, shell.who, key, value)

        await self.in_thread(write, title="Remembering your filters")

    def do_clear(self) -> None:
        """Clear all filters."""
        if not any(self.filters.values()):
            self.show_message("No filter is set.")
            return
        for name in self.filters:
            self.filters[name] = None
        self.filter_by(self.filter_names[0], None)

    def ask_filter(self, name: str, typed: str, values: Sequence[str]) -> None:
        """Filter by what was typed after `:name`, else let the person choose."""
        if typed:
            known = next((v for v in values if v.lower() == typed.lower()), None)
            self._filter_by_typed(name, typed, known)
            return
        choices = [_ALL, *(Choice(value, value) for value in values)]
        self._ask(
            name,
            ChoiceDialog(
                f"Filter by {name}", choices, current=self.filters[name], confirm="Filter"
            ),
        )

    async def ask_person(self, typed: str) -> None:
        """Filter by whose work it is; without a name typed, let the person choose: mine first."""
        await self.shell.ready.wait()
        choices = await self.people(lambda me: [Choice(me, "mine", me), _ALL])
        if choices is None:
            return
        if typed:
            wanted = self.shell.who.name if typed.lower() == "mine" else typed
            known = next((c.value for c in choices if c.value == wanted), None)
            self._filter_by_typed("for", typed, known)
            return
        current = self.filters["for"] or self.shell.who.name
        dialog = ChoiceDialog("Whose work", choices, current=current, confirm="Filter")
        self._ask("for", dialog)

    async def people(self, first: Callable[[str], list[Choice]]) -> list[Choice] | None:
        """Return a choice for each user, after the first ones; None when that cannot be read."""
        shell = self.shell

        def read(_: object) -> list[str]:
            from prelabel_tui.core.catalog.standings import people

            return people(shell.store)

        found = await self.in_thread(read, title="Reading the users")
        if found.value is None:
            self.show_outcome(found.outcome)
            return None
        me = shell.who.name
        others = (Choice(name, name) for name in found.value if name != me)
        return [*first(me), *others]

    async def ask_name(self, name: str, typed: str, workspace: str | None = None) -> None:
        """Filter by the workspace or the clip typed after `:name`, else let the person search.

        ``workspace``: only its clips.
        """
        await self.shell.ready.wait()
        store = self.shell.store

        def known(_: object) -> str | None:
            from prelabel_tui.core.catalog.names import Kind, known_name

            return known_name(store, Kind(name), typed, workspace)

        async def find(wanted: str, after: str | None) -> Result[NamesPage]:
            def read(_: object) -> NamesPage:
                from prelabel_tui.core.catalog.names import Kind, names

                return names(store, Kind(name), workspace, wanted=wanted, after=after)

            return await self.in_thread(read, title="Reading the names")

        if typed:
            result = await self.in_thread(known, title="Looking for the name")
            if result.ok:
                self._filter_by_typed(name, typed, result.value)
            else:
                self.show_outcome(result.outcome)
            return
        self._ask(
            name,
            SearchDialog(
                f"Filter by {name}", find, first=_ALL, current=self.filters[name], confirm="Filter"
            ),
        )

    def _ask(self, name: str, dialog: ChoiceDialog) -> None:
        def chosen(choice: Choice | None) -> None:
            if choice is not None:
                self.filter_by(name, choice.value)

        self.app.push_screen(dialog, chosen)

    def _filter_by_typed(self, name: str, typed: str, known: str | None) -> None:
        if typed.lower() == "all" or known is not None:
            self.filter_by(name, known)
        else:
            self.show_message(f"There is no {name} {typed!r} in this list.", Severity.WARNING)


def since(there: Sequence[Present]) -> str:
    """Return everybody who has a draft open, and since when."""
    return ", ".join(f"{printable(who.user)} {whole(who.since)}" for who in there)
