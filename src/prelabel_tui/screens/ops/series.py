"""Label Review Series: every scope with its draft, latest revision, eligibility, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.text import Text

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.catalog.standings import Order, State, Wanted
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.text import printable
from prelabel_tui.core.triage.scope_queue import QueuedScope, suspicion_of
from prelabel_tui.core.triage.series import (
    SeriesPage,
    SeriesRow,
    open_findings,
    rows_of,
    series,
    wanted_scopes,
)
from prelabel_tui.core.validation import Findings
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import SeriesCommands
from prelabel_tui.screens.ops.history import ELIGIBILITY_STYLE
from prelabel_tui.screens.ops.series_details import details_rows
from prelabel_tui.screens.ops.series_work import WorkCommands
from prelabel_tui.screens.ops.standing_text import in_there, whose
from prelabel_tui.screens.review.scope_walk import next_scope, open_queued, rank_scopes
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.filtered_screen import FilteredScreen
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog
from prelabel_tui.screens.shared.list_screen import ScopeNames
from prelabel_tui.widgets.tables.paged_table import Column, Row
from prelabel_tui.widgets.when import ago

COLUMNS: Final = (
    Column(" Scope", 17),
    Column("Done", 7, right=True),
    Column("For", 4, share=1),
    Column("Draft", 9, share=2, drop=1),
    Column("Lineage", 21),
    Column("Latest", 11, share=1),
    Column("Findings", 8, share=1),
    Column("Doubtful", 9, drop=2, right=True),
)

SORTED: Final = (
    Column(" Scope", 36, share=3),
    Column("Done", 7, right=True),
    Column("For", 6, share=1),
    Column("Draft", 9, share=2, drop=2),
    Column("Lineage", 21, drop=1),
    Column("Latest", 11),
    Column("Findings", 8),
    Column("Doubtful", 9, drop=3, right=True),
)
"""Scopes with their whole names: sorted, or filtered by where they stand."""

BY_DOUBT: Final = (
    Column(" Scope", 37, share=3),
    Column("Done", 7, right=True),
    Column("For", 6, share=1),
    Column("Draft", 9, share=2, drop=3),
    Column("Lineage", 21, drop=2),
    Column("Latest", 11, drop=1),
    Column("Findings", 8),
    Column("Doubtful", 9, right=True),
)

_MOST: Final = 2_000
"""Scopes that a sorted list shows; filters narrow it further."""


class SeriesScreen(FilteredScreen):
    """All scopes that have prelabels, a draft or a revision."""

    context = "series"
    noun = "scope"
    columns = COLUMNS
    auto_refresh_s = 15.0
    memory = "series.filters"
    filter_names = ("workspace", "capability", "for", "state", "dataset")

    def __init__(self) -> None:
        super().__init__()
        self._after: tuple[str, str] | None = None
        self._last_scope = ""
        self._findings: dict[str, Findings | str] = {}
        self._queued: dict[Scope, QueuedScope] = {}
        self._by_doubt = False
        self._flat = False
        """Whether each row has the whole name of its scope."""
        self._order = Order.NAME
        self._scopes: list[Scope] = []
        """Those that are listed, sorted or filtered, also beyond the pages that are loaded."""

    async def load(self, *, more: bool) -> None:
        """Load a page of scopes (open findings follow); or by doubt, all with frames left."""
        await self.recall()
        if self._by_doubt:
            await self._load_by_doubt()
            return
        wanted = self._wanted()
        self._flat = not wanted.by_name
        self.table.columns = SORTED if self._flat else COLUMNS
        if self._flat:
            await self._load_standing(wanted, more=more)
            return
        shell, workspace = self.shell, self.filters["workspace"]
        after, limit = self._after if more else None, self.limit(more=more)

        def read(_: Job) -> SeriesPage:
            return series(shell.store, workspace=workspace, after=after, limit=limit)

        result = await self.in_thread(read, title="Loading the series")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        page = result.value
        self._after = page.next
        if not more:
            self._last_scope = ""
        rows = self._grouped(page.rows)
        self.table.empty = (
            self.no_match("scope")
            if any(self.filters.values())
            else "Nothing is under review yet; open a run's review in Ops › Prelabels."
        )
        count = sum(row.selectable for row in rows)
        self.show_page(rows, count, more=more, further=page.next is not None)
        self.start(self._check(list(page.rows)), group="findings")

    def _wanted(self) -> Wanted:
        """Return which scopes the filters leave, and in which order."""
        capability, state = self.filters["capability"], self.filters["state"]
        return Wanted(
            self.filters["workspace"],
            Capability(capability) if capability else None,
            self.filters["for"],
            State(state) if state else None,
            self.filters["dataset"],
            self._order,
        )

    async def _load_standing(self, wanted: Wanted, *, more: bool) -> None:
        """Choose the scopes once, then load their rows page by page."""
        shell, known, limit = self.shell, self._scopes if more else None, self.limit(more=more)
        shown = len(self.table.rows) if more else 0

        def read(_: Job) -> tuple[list[Scope], tuple[SeriesRow, ...]]:
            scopes = known
            if scopes is None:
                scopes = wanted_scopes(shell.store, wanted, _MOST + 1)
            return scopes, rows_of(shell.store, scopes[:_MOST][shown : shown + limit])

        result = await self.in_thread(read, title="Loading the series")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        self._scopes, rows = result.value
        self.table.empty = "No scope that was opened, assigned or published matches."
        further = shown + len(rows) < min(_MOST, len(self._scopes))
        self.show_page([self._line(row) for row in rows], len(rows), more=more, further=further)
        if len(self._scopes) > _MOST and not further:
            self.set_title(right=f"the first {_MOST:,} scopes: filter further")
        self.start(self._check(rows), group="findings")

    async def _load_by_doubt(self) -> None:
        scopes = await rank_scopes(self, self.filters["workspace"], self.filters["capability"])
        if scopes is None:
            self._by_doubt = False
            return
        self._queued |= {queued.scope: queued for queued in scopes}
        rows = [queued.row for queued in scopes]
        self.table.empty = "No scope has frames left to review."
        self.show_page([self._line(row) for row in rows], len(rows), more=False, further=False)
        self.table.move_to(0)
        self.start(self._check(rows), group="findings")

    def _grouped(self, rows: Sequence[SeriesRow]) -> list[Row]:
        """Add a heading for each clip."""
        result = []
        wanted = self.filters["capability"]
        for row in rows:
            if wanted not in (None, row.scope.capability):
                continue
            name = printable(f"{row.scope.workspace} / {row.scope.media}")
            if name != self._last_scope:
                self._last_scope = name
                result.append(
                    Row(("heading", row.scope.media_id), heading=Text(name, "bold"), name=name)
                )
            result.append(self._line(row))
        return result

    def _line(self, row: SeriesRow) -> Row:
        variables = self.app.theme_variables
        draft, latest = row.draft, row.latest
        now = self.shell.clock()
        state = lineage = revision = Text("–", "dim")
        if draft is not None:
            state = Text(f"v{draft.version} ")
            state.append(f"{ago(draft.updated_at, now)} {printable(draft.updated_by)}", "dim")
            state = in_there(row.there, self.shell.who.name, variables) + state
            lineage = Text(draft.lineage.label, variables.get("secondary", ""))
        if latest is not None:
            revision = Text(f"r{latest.number} ", "bold")
            eligibility = row.eligibility or ""
            revision.append(eligibility, variables.get(ELIGIBILITY_STYLE.get(eligibility, ""), ""))
        return Row(
            (row.scope.media_id, row.scope.capability),
            (
                self._called(row),
                row.standing.progress or Text("–", "dim"),
                whose(row.standing, variables) or Text("–", "dim"),
                state,
                lineage,
                revision,
                self._open(row),
                self._doubtful(row),
            ),
            row,
        )

    def _called(self, row: SeriesRow) -> str:
        """Return the capability alone where the scope is under its clip's heading."""
        whole = self._by_doubt or self._flat
        return f" {row.scope.title if whole else row.scope.capability}"

    def _doubtful(self, row: SeriesRow) -> Text:
        """Return how many of the remaining frames are doubtful."""
        queued = self._queued.get(row.scope)
        if queued is None:
            return Text("–", "dim")
        return Text(f"{queued.suspicion.doubtful:,}/{queued.suspicion.unreviewed:,}")

    def _open(self, row: SeriesRow) -> Text:
        if row.draft is None:
            return Text("–", "dim")
        found, known = self._findings.get(row.draft.content_hash), row.standing
        if isinstance(found, str):
            return Text(found, self.app.theme_variables.get("error", ""))
        if found is not None:
            errors, warnings = found.errors, found.warnings
        elif known.judged == row.draft.content_hash:
            errors, warnings = known.errors, known.warnings
        else:
            return Text("…", "dim")
        variables = self.app.theme_variables
        text = Text()
        if errors:
            text.append(f"✗{errors} ", variables.get("error", ""))
        if warnings:
            text.append(f"!{warnings} ", variables.get("warning", ""))
        if not errors and not warnings:
            text.append("none ", variables.get("success", ""))
        if known.flagged:
            text.append(f"⚑{known.flagged}", variables.get("warning", ""))
        return text

    async def _check(self, rows: Sequence[SeriesRow]) -> None:
        """Count the open findings of one draft after another, from the top."""
        shell = self.shell
        for row in rows:
            draft = row.draft
            if draft is None or draft.content_hash in self._findings:
                continue

            def read(_: Job, row: SeriesRow = row) -> tuple[Findings | str, QueuedScope | None]:
                assert row.draft is not None
                found = open_findings(shell.store, row.draft.id)
                if found.value is None:
                    return found.outcome.code.value, None
                return found.value, suspicion_of(shell.store, row)

            result = await self.in_thread(read, title="Looking for open findings")
            found, queued = result.value or (result.outcome.code.value, None)
            self._findings[draft.content_hash] = found
            if queued is not None:
                self._queued[row.scope] = queued
            else:
                self._queued.pop(row.scope, None)
            self.table.replace(self._line(row))

    def scope_of(self, row: Row) -> ScopeNames | None:
        """Return the scope that the row is."""
        if row.value is None:  # a heading
            return None
        scope = row.value.scope
        return scope.workspace, scope.media, scope.capability

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return the scope with its full ids."""
        series: SeriesRow = row.value
        found = None if series.draft is None else self._findings.get(series.draft.content_hash)
        rows = details_rows(series, self._queued.get(series.scope), found)
        return f"Series {series.scope.title}", rows

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the id of the pack that the active draft came from."""
        draft = row.value.draft
        if draft is None:
            return "", "there is no active draft"
        return draft.lineage.pack_id or "", (
            f"Pack-id ({IdKind.PRELABEL_PACK.short(draft.lineage.pack_id)})"
            if draft.lineage.pack_id
            else draft.lineage.label
        )

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `series` commands."""
        work = WorkCommands(self)
        own: SeriesCommands = {
            "series.review": self.do_review,
            "series.next_scope": self.do_next_scope,
            "series.doubt": self.do_doubt,
            "series.history": self.do_history,
            "series.assign": work.assign,
            "series.ready": work.ready,
            "series.spot_check": self.do_spot_check,
            "series.sort": self.do_sort,
            "series.workspace": self.do_workspace,
            "series.capability": self.do_capability,
            "series.for": self.do_for,
            "series.state": self.do_state,
            "series.dataset": self.do_dataset,
            "series.clear": self.do_clear,
        }
        return (own, *super().handlers())

    def do_doubt(self) -> None:
        """Show all scopes with frames left, the most doubtful first; pressed again, by name."""
        self._by_doubt = not self._by_doubt
        if self._by_doubt:
            self.table.columns = BY_DOUBT
        self.clear_banner()
        self.reload()

    def do_sort(self, argument: str = "") -> None:
        """Sort by name, or by what is most."""
        self.ask(self._sort(argument))

    async def _sort(self, typed: str) -> None:
        order = next((order for order in Order if order == typed.lower()), None)
        if order is None:
            if typed:
                self.refuse(f"Sort by one of: {', '.join(Order)}.")
                return
            choices = [Choice(order, order) for order in Order]
            dialog = ChoiceDialog("Sort by", choices, current=self._order, confirm="Sort")
            chosen = await self.app.push_screen_wait(dialog)
            if chosen is None:
                return
            order = Order(chosen.value)
        self._order, self._by_doubt = order, False
        self.clear_banner()
        self.reload()

    def do_next_scope(self) -> None:
        """Open the draft of the most doubtful scope that the filters leave."""
        self.ask(self._next_scope())

    async def _next_scope(self) -> None:
        await self.shell.ready.wait()
        found = await next_scope(
            self, None, (), self.filters["workspace"], self.filters["capability"]
        )
        if found is not None:
            self.clear_banner()
            self.shell.open_review(found.draft, found.outcome, found.place)

    def do_review(self) -> None:
        """Open the active draft, or a new one where scopes are listed by doubt."""
        row = self.chosen()
        if row is None:
            return
        queued = self._queued.get(row.value.scope)
        if row.value.draft is not None:
            self.clear_banner()
            self.shell.open_review(row.value.draft)
        elif queued is not None:
            self.ask(self._open_queued(queued))
        else:
            key = self.shell.keymap.display("ops.prelabels")
            self.refuse(f"No active draft here; open a run's review in Ops › Prelabels ({key}).")

    async def _open_queued(self, queued: QueuedScope) -> None:
        draft, outcome = await open_queued(self, queued)
        if draft is None:
            self.show_outcome(outcome)
        else:
            self.clear_banner()
            self.shell.open_review(draft, outcome)

    def do_history(self) -> None:
        """Show the revision history of the scope."""
        row = self.chosen()
        if row is not None:
            scope = row.value.scope
            self.shell.open_history(scope.workspace, scope.media, scope.capability)

    def do_spot_check(self, argument: str = "") -> None:
        """Draw a sample of the scope's reviewed frames, or go on judging one."""
        row = self.chosen()
        if row is not None:
            self.shell.open_spot_check(row.value.scope, argument)

    def do_workspace(self, argument: str = "") -> None:
        """Filter by workspace."""
        self.ask(self.ask_name("workspace", argument))

    def do_for(self, argument: str = "") -> None:
        """Filter by whose work it is."""
        self.ask(self.ask_person(argument))

    def do_state(self, argument: str = "") -> None:
        """Filter by what is left to do."""
        self.ask_filter("state", argument, [str(value) for value in State])

    def do_dataset(self, argument: str = "") -> None:
        """Filter by the dataset eligibility of the latest revision."""
        self.ask_filter("dataset", argument, list(ELIGIBILITY_STYLE))

    def do_capability(self, argument: str = "") -> None:
        """Filter by capability."""
        self.ask_filter("capability", argument, [str(value) for value in Capability])
