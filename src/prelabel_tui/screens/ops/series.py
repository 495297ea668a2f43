"""Label Review Series: every scope with its draft, latest revision, eligibility, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.text import Text

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.ids import compact
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.text import printable
from prelabel_tui.core.triage.scope_queue import QueuedScope, suspicion_of
from prelabel_tui.core.triage.series import SeriesPage, SeriesRow, open_findings, series
from prelabel_tui.core.validation import Findings
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import SeriesCommands
from prelabel_tui.screens.ops.history import ELIGIBILITY_STYLE
from prelabel_tui.screens.review.scope_walk import next_scope, open_queued, rank_scopes
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.list_screen import FilteredScreen, since
from prelabel_tui.widgets.tables.paged_table import Column, Row
from prelabel_tui.widgets.when import ago, whole

COLUMNS: Final = (
    Column("  Scope", 18),
    Column("Draft", 9, share=2),
    Column("Lineage", 17),
    Column("Latest", 6, share=1),
    Column("Dataset", 8),
    Column("Findings", 8, share=2),
    Column("Doubtful", 9, drop=1, right=True),
)

BY_DOUBT: Final = (
    Column("  Scope", 34, share=3),
    Column("Draft", 9, share=2),
    Column("Lineage", 17, drop=3),
    Column("Latest", 6, share=1, drop=1),
    Column("Dataset", 8, drop=2),
    Column("Findings", 8),
    Column("Doubtful", 9, right=True),
)


class SeriesScreen(FilteredScreen):
    """All scopes that have prelabels, a draft or a revision."""

    context = "series"
    noun = "scope"
    columns = COLUMNS
    auto_refresh_s = 15.0
    memory = "series.filters"
    filter_names = ("workspace", "capability")

    def __init__(self) -> None:
        super().__init__()
        self._after: tuple[str, str] | None = None
        self._last_scope = ""
        self._findings: dict[str, Findings | str] = {}
        self._queued: dict[Scope, QueuedScope] = {}
        self._by_doubt = False

    async def load(self, *, more: bool) -> None:
        """Load a page of scopes (open findings follow); or by doubt, all with frames left."""
        await self.recall()
        if self._by_doubt:
            await self._load_by_doubt()
            return
        shell, workspace = self.shell, self.filters["workspace"]
        after, limit = self._after if more else None, self.limit(more=more)

        def read(_: Job) -> SeriesPage:
            return series(shell.store, workspace=workspace, after=after, limit=limit)

        result = await self.in_thread(read, title="Loading the series")
        if result.value is None:
            self.show_outcome(result.outcome)
            return
        page = result.value
        self._after = page.next
        if not more:
            self._last_scope = ""
        rows = self._grouped(page.rows)
        self.table.empty = (
            "No scope matches the filters."
            if any(self.filters.values())
            else "Nothing is under review yet; open a run's review in Ops › Prelabels."
        )
        count = sum(row.selectable for row in rows)
        self.show_page(rows, count, more=more, further=page.next is not None)
        self.start(self._check(list(page.rows)), group="findings")

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
                result.append(Row(("heading", row.scope.media_id), heading=Text(name, "bold")))
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
            state = self.in_there(row.there) + state
            lineage = Text(draft.lineage.label, variables.get("secondary", ""))
        if latest is not None:
            revision = Text(f"r{latest.number} ", "bold")
            revision.append(ago(latest.provenance.published_at, now), "dim")
        eligibility = Text(
            row.eligibility or "–",
            variables.get(ELIGIBILITY_STYLE.get(row.eligibility or "", ""), "dim"),
        )
        return Row(
            (row.scope.media_id, row.scope.capability),
            (
                self._called(row),
                state,
                lineage,
                revision,
                eligibility,
                self._open(row),
                self._doubtful(row),
            ),
            row,
        )

    def _called(self, row: SeriesRow) -> str:
        """Return the capability alone where the scope is under its clip's heading."""
        return f"  {row.scope.title if self._by_doubt else row.scope.capability}"

    def _doubtful(self, row: SeriesRow) -> Text:
        """Return how many of the remaining frames are doubtful."""
        queued = self._queued.get(row.scope)
        if queued is None:
            return Text("–", "dim")
        return Text(f"{queued.suspicion.doubtful:,}/{queued.suspicion.unreviewed:,}")

    def _open(self, row: SeriesRow) -> Text:
        if row.draft is None:
            return Text("–", "dim")
        found = self._findings.get(row.draft.content_hash)
        if found is None:
            return Text("…", "dim")
        if isinstance(found, str):
            return Text(found, self.app.theme_variables.get("error", ""))
        variables = self.app.theme_variables
        if not found.items:
            return Text("none", variables.get("success", ""))
        text = Text()
        if found.errors:
            text.append(f"✗{found.errors} ", variables.get("error", ""))
        if found.warnings:
            text.append(f"!{found.warnings}", variables.get("warning", ""))
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

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return the scope with its full ids."""
        series: SeriesRow = row.value
        draft, latest = series.draft, series.latest
        rows = [("Scope", series.scope.title)]
        queued = self._queued.get(series.scope)
        if queued is not None:
            rows.append(("Doubt", queued.suspicion.text))
        if draft is None:
            rows.append(("Active draft", "none"))
        else:
            rows += [
                ("Lineage", draft.lineage.full),
                ("Active draft", draft.id),
                ("Draft version", f"{draft.version}, {draft.updated_by} {whole(draft.updated_at)}"),
                ("Draft content", draft.content_hash),
            ]
            if series.there:
                rows.append(("Open now", since(series.there)))
            found = self._findings.get(draft.content_hash)
            if found is not None:
                text = found if isinstance(found, str) else found.summary
                rows.append(("Open findings", text))
        if latest is None:
            rows.append(("Latest revision", "none"))
        else:
            rows += [
                ("Latest revision", f"r{latest.number}, {latest.diff.text}"),
                ("Content hash", latest.content_hash),
                ("Revision lineage", latest.lineage.full),
                ("Published", f"{whole(latest.provenance.published_at)} by "
                 f"{latest.provenance.published_by}"),
                ("Eligibility", f"{latest.eligibility.status} v{latest.eligibility.version}"),
            ]  # fmt: skip
        return f"Series {series.scope.title}", rows

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the id of the pack that the active draft came from."""
        draft = row.value.draft
        if draft is None:
            return "", "there is no active draft"
        return draft.lineage.pack_id or "", (
            f"Pack-id ({compact(draft.lineage.pack_id)})"
            if draft.lineage.pack_id
            else draft.lineage.label
        )

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `series` commands."""
        own: SeriesCommands = {
            "series.review": self.do_review,
            "series.next_scope": self.do_next_scope,
            "series.doubt": self.do_doubt,
            "series.history": self.do_history,
            "series.workspace": self.do_workspace,
            "series.capability": self.do_capability,
            "series.clear": self.do_clear,
        }
        return (own, *super().handlers())

    def do_doubt(self) -> None:
        """Show all scopes with frames left, the most doubtful first; pressed again, by name."""
        self._by_doubt = not self._by_doubt
        self.table.columns = BY_DOUBT if self._by_doubt else COLUMNS
        self.clear_banner()
        self.reload()

    def do_next_scope(self) -> None:
        """Open the draft of the most doubtful scope that the filters leave."""
        self.start(self._next_scope(), group="choices")

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
            self.start(self._open_queued(queued), group="choices")
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

    def do_workspace(self, argument: str = "") -> None:
        """Filter by workspace."""
        self.start(self.ask_name("workspace", argument), group="choices")

    def do_capability(self, argument: str = "") -> None:
        """Filter by capability."""
        self.ask_filter("capability", argument, [str(value) for value in Capability])
