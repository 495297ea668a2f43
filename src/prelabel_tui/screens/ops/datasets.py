"""Data sets: what was frozen under a name, and what became of its revisions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.text import Text

from prelabel_tui.core.ids import short_hash
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.text import NAME_RULE, counted, printable, usable_name
from prelabel_tui.core.times import minute, second
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import DatasetsCommands
from prelabel_tui.screens.shared.base import Job, OnEscape
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.screens.shared.list_screen import ListScreen
from prelabel_tui.widgets.tables.paged_table import Column, Row

if TYPE_CHECKING:
    from prelabel_tui.core.datasets.snapshots import DatasetRow, DatasetStatus, ScopeChange

COLUMNS: Final = (
    Column("Data set", 16, share=3),
    Column("Revisions", 9, right=True),
    Column("Clips", 6, right=True, drop=2),
    Column("Revoked", 7, right=True),
    Column("Frozen", 21, share=1),
    Column("Hash", 9, drop=3),
)


class DatasetsScreen(ListScreen):
    """Every data set, the newest first."""

    context = "datasets"
    noun = "data set"
    columns = COLUMNS
    details_title = "Data set"
    DEFAULT_CSS = """
    DatasetsScreen.-narrow #details { display: block; height: 8; }
    """

    async def load(self, *, more: bool) -> None:
        """Load a page of data sets."""
        shell, limit = self.shell, self.limit(more=more)
        last = self.table.rows[-1].value if more and self.table.rows else None

        def read(_: Job) -> list[DatasetRow]:
            from prelabel_tui.core.datasets.snapshots import datasets

            return datasets(shell.store, last, limit)

        result = await self.in_thread(read, title="Loading the data sets")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        rows = [self._row(row) for row in result.value]
        key = self.shell.keymap.display("datasets.create")
        self.table.empty = f"No data set has been frozen yet; {key} freezes what is approved now."
        self.show_page(rows, len(rows), more=more, further=len(rows) == limit)

    def _row(self, row: DatasetRow) -> Row:
        error = self.app.theme_variables.get("error", "")
        frozen = Text.assemble(f"{printable(row.created_by)}  ", (minute(row.created_at), "dim"))
        cells = (
            row.name,
            f"{row.revisions:,}",
            f"{row.clips:,}",
            Text(f"{row.revoked:,}", error) if row.revoked else Text("0", "dim"),
            frozen,
            Text(short_hash(row.digest), "dim"),
        )
        return Row(row.id, cells, row)

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return everything about what was frozen."""
        found: DatasetRow = row.value
        asked = [
            ", ".join(value) if isinstance(value, list) else value
            for value in found.filters.values()
            if value
        ]
        rows = [
            ("Hash", found.digest),
            ("Frozen", f"{second(found.created_at)} by {found.created_by}"),
            ("Revisions", f"{found.revisions:,} of {counted(found.clips, 'clip')}"),
            ("Revoked since", f"{found.revoked:,}"),
            ("Only", ", ".join(asked) or "everything that was approved"),
        ]
        return f"Data set {found.name}", rows

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the hash."""
        return row.value.digest, "Hash of the data set"

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `datasets` commands."""
        own: DatasetsCommands = {
            "datasets.open": self.do_open,
            "datasets.create": self.do_create,
            "datasets.diff": self.do_diff,
        }
        return (own, *super().handlers())

    def do_open(self) -> None:
        """Show its revisions, and what became of them."""
        row = self.chosen()
        if row is not None:
            self.clear_banner()
            self.ask(self._open(row.value.name))

    async def _open(self, name: str) -> None:
        shell = self.shell

        def read(_: Job) -> Result[DatasetStatus]:
            from prelabel_tui.core.datasets.snapshots import status

            return status(shell.store, name)

        result = await self.in_thread(read, title="Reading its revisions")
        if result.value is None or result.value.row.revoked:
            self.show_outcome(result.outcome)
        if result.value is not None:
            rows = [
                (
                    member.revision.eligibility.status,
                    f"{member.revision.scope.title} r{member.revision.number}: {member.now}",
                )
                for member in result.value.members
            ]
            self.app.push_screen(TextDialog(f"Data set {name}", rows))

    def do_create(self) -> None:
        """Freeze what is approved now, under a name."""
        self.ask(self._create())

    async def _create(self) -> None:
        name = await self.app.push_screen_wait(
            PromptDialog(
                "Freeze a data set",
                "It holds each scope's newest revision that is approved for datasets now, and "
                "never changes.",
                placeholder="Name",
                confirm="Freeze",
                check=lambda text: None if usable_name(text) else f"A data set's {NAME_RULE}.",
            )
        )
        if name is None:
            return
        shell = self.shell

        def work(_: Job) -> Result[DatasetRow]:
            from prelabel_tui.core.datasets.snapshots import create

            return create(shell.store, shell.who, name)

        result = await self.in_thread(
            work, title="Freezing the data set", on_escape=OnEscape.REFUSE
        )
        self.show_outcome(result.outcome)
        self.reload()

    def do_diff(self) -> None:
        """Show what changed from the next older data set to the one under the cursor."""
        row = self.chosen()
        if row is None:
            return
        rows = self.table.rows
        below = rows.index(row) + 1
        if below >= len(rows):
            self.refuse(f"{row.value.name} is the oldest one loaded: compare a newer one.")
        else:
            self.ask(self._diff(rows[below].value.name, row.value.name))

    async def _diff(self, before: str, after: str) -> None:
        shell = self.shell

        def read(_: Job) -> Result[list[ScopeChange]]:
            from prelabel_tui.core.datasets.snapshots import difference

            return difference(shell.store, before, after)

        result = await self.in_thread(read, title="Comparing the data sets")
        if not result.value:
            self.show_outcome(result.outcome)
            return
        rows = [
            (what, f"{change.scope}:{numbers}")
            for change in result.value
            for what, _, numbers in [change.text.partition(":")]
        ]
        self.app.push_screen(TextDialog(f"From {before} to {after}", rows))
