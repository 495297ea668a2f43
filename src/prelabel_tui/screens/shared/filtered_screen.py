"""Lists with filters: set by key or by `:name VALUE`, remembered for the user."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult

from prelabel_tui.core.outcomes import Result, Severity
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog
from prelabel_tui.screens.shared.list_screen import ListScreen
from prelabel_tui.screens.shared.search_dialog import SearchDialog
from prelabel_tui.widgets.status.filter_bar import FilterBar

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.names import NamesPage

_ALL: Final = Choice(None, "all")


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
                ],
                keymap.display(f"{scope}.clear"),
            )

    def no_match(self, what: str) -> str:
        """Say that nothing is left by the filters, and which key clears them."""
        key = self.shell.keymap.display(f"{self.context}.clear")
        return f"No {what} matches the filters; {key} clears them."

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
