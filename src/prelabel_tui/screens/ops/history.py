"""Revision history: the guide's four columns, full provenance, dataset eligibility."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from prelabel_tui.core.assessment.spot_checks import evidence
from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.versions import new_from_revision
from prelabel_tui.core.ids import short_hash
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing.eligibility import approve, outdated, revoke
from prelabel_tui.core.publishing.revision_rows import EligibilityRow, RevisionRow
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import minute, second
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import HistoryCommands
from prelabel_tui.screens.shared.base import Job, OnEscape
from prelabel_tui.screens.shared.dialogs import ConfirmDialog, PromptDialog, ReasonDialog
from prelabel_tui.screens.shared.list_screen import ListScreen
from prelabel_tui.widgets.tables.paged_table import Column, Row

COLUMNS: Final = (
    Column("Revision", 13),
    Column("Diff", 17, share=1),
    Column("Provenance", 22, share=3),
    Column("Dataset eligibility", 19),
)

ELIGIBILITY_STYLE: Final = {"Reviewed": "secondary", "Approved": "success", "Revoked": "error"}


class HistoryScreen(ListScreen):
    """The published revisions of one scope, newest first."""

    context = "history"
    noun = "revision"
    columns = COLUMNS
    details_title = "Provenance"
    DEFAULT_CSS = """
    HistoryScreen.-narrow #body > PagedTable { height: 2fr; }
    HistoryScreen.-narrow #details { display: block; height: 3fr; }
    HistoryScreen.-wide #details { width: 70; }
    """

    def __init__(self, workspace: str, media: str, capability: str) -> None:
        super().__init__()
        self.names = (workspace, media, capability)
        self.marked: RevisionRow | None = None

    def on_mount(self) -> None:
        """Name the scope in the title."""
        self.set_title(scope=" / ".join(self.names))

    async def load(self, *, more: bool) -> None:
        """Load a page of revisions."""
        shell, names, limit = self.shell, self.names, self.limit(more=more)
        last = self.table.rows[-1].value.number if more and self.table.rows else None

        def read(_: Job) -> Result[list[RevisionRow]]:
            scope = find_scope(shell.store, *names)
            if scope.value is None:
                return Result(scope.outcome)
            return Result(
                scope.outcome, history(shell.store, scope.value, before=last, limit=limit)
            )

        result = await self.in_thread(read, title="Loading the history")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        rows = [self._row(revision) for revision in result.value]
        self.table.empty = "Nothing has been published in this scope yet."
        self.show_page(rows, len(rows), more=more, further=len(rows) == limit)

    def _row(self, revision: RevisionRow) -> Row:
        variables = self.app.theme_variables
        provenance, eligibility = revision.provenance, revision.eligibility
        marked = self.marked is not None and self.marked.id == revision.id
        number = Text.assemble(
            ("◆" if marked else " ", variables.get("accent", "")),
            (f"r{revision.number}", "bold"),
            (f" {short_hash(revision.content_hash)}", "dim"),
        )
        source = Text.assemble(
            (provenance.lineage.label, variables.get("secondary", "")),
            f"  {printable(provenance.published_by)}  ",
            (minute(provenance.published_at), "dim"),
        )
        status = Text.assemble(
            (
                eligibility.status,
                variables.get(ELIGIBILITY_STYLE.get(eligibility.status, ""), ""),
            ),
            (f" v{eligibility.version}", "dim"),
        )
        if provenance.review is not None:
            share = provenance.review
            status.append(f" {share.reviewed:,}/{share.frames:,}", "dim")
        return Row(revision.id, (number, revision.diff.text, source, status), revision)

    def pane_of(self, row: Row) -> list[tuple[str, str]]:
        """Return the full provenance of the revision."""
        return self._rows(row.value)

    @staticmethod
    def _rows(revision: RevisionRow) -> list[tuple[str, str]]:
        eligibility = revision.eligibility
        rows = [
            ("Dataset", f"{eligibility.status} v{eligibility.version}{revision.how_much}"),
            ("  since", f"{second(eligibility.updated_at)} by {eligibility.updated_by}"),
        ]
        if eligibility.reason:
            rows.append(("  reason", eligibility.reason))
        rows += [("Content hash", revision.content_hash)]
        if revision.previous_hash:
            rows.append(("Previous hash", revision.previous_hash))
        rows.append(("Diff", revision.diff.text))
        published = revision.provenance.published_at
        return [*rows, ("Published", second(published)), *revision.provenance.rows]

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return everything in full."""
        revision: RevisionRow = row.value
        return f"Revision r{revision.number}", [("Revision", revision.id), *self._rows(revision)]

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the source pack's id, else the content hash."""
        revision: RevisionRow = row.value
        pack = revision.provenance.lineage.pack_id
        return (pack, "Pack-id") if pack else (revision.content_hash, "Content hash")

    # --- dataset eligibility ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `history` commands."""
        own: HistoryCommands = {
            "history.approve": self.do_approve,
            "history.revoke": self.do_revoke,
            "history.mark": self.do_mark,
            "history.compare": self.do_compare,
            "history.open": self.do_open,
            "history.new_draft": self.do_new_draft,
        }
        return (own, *super().handlers())

    def do_approve(self) -> None:
        """Approve for dataset, where the guide allows it."""
        row = self.chosen()
        if row is None:
            return
        revision: RevisionRow = row.value
        if not revision.can_approve:
            self.refuse(f"Approve for dataset is off: {revision.why_not_approve}.")
        else:
            self.ask(self._approve(revision))

    async def _approve(self, revision: RevisionRow) -> None:
        shell, version = self.shell, revision.eligibility.version
        found = await self.in_thread(
            lambda _: evidence(shell.store, revision.scope, revision.content_hash),
            title="Looking for spot checks",
        )
        if found.value is None:
            self.show_outcome(found.outcome)
            return
        reason = await self.app.push_screen_wait(
            PromptDialog(
                "Approve for dataset",
                *self._about(revision),
                f"Spot check: {found.value.line}",
                value=found.value.reason,
                select=False,
                placeholder="Reason (optional)",
                confirm="Approve for dataset",
                outdated=lambda: outdated(shell.store, revision.id, version),
            )
        )
        if reason is None:
            return

        def work(_: Job) -> Result[EligibilityRow]:
            return approve(shell.store, shell.who, revision.id, version, reason)

        title = "Approving for dataset"
        self._answer(await self.in_thread(work, title=title, on_escape=OnEscape.REFUSE))

    def do_revoke(self) -> None:
        """Revoke, with a reason."""
        row = self.chosen()
        if row is None:
            return
        revision: RevisionRow = row.value
        if not revision.can_revoke:
            self.refuse(f"Revoke is off: {revision.why_not_revoke}.")
        else:
            self.ask(self._revoke(revision))

    async def _revoke(self, revision: RevisionRow) -> None:
        shell, version = self.shell, revision.eligibility.version
        reason = await self.app.push_screen_wait(
            ReasonDialog(
                "Revoke dataset approval",
                *self._about(revision),
                confirm="Revoke",
                danger=True,
                outdated=lambda: outdated(shell.store, revision.id, version),
            )
        )
        if reason is None:
            return

        def work(_: Job) -> Result[EligibilityRow]:
            return revoke(shell.store, shell.who, revision.id, version, reason)

        self._answer(await self.in_thread(work, title="Revoking", on_escape=OnEscape.REFUSE))

    @staticmethod
    def _about(revision: RevisionRow) -> list[str]:
        eligibility, provenance = revision.eligibility, revision.provenance
        review, override = provenance.review, provenance.override_reason
        reviewed = "How much was reviewed is not known"
        if review is not None:
            reviewed = f"{review.text}{f': {review.by}' if review.by else ''}"
        return [
            f"Revision r{revision.number} of {revision.scope.title}",
            f"Content hash {revision.content_hash[:16]}…, {provenance.lineage.label}",
            reviewed,
            *([f"Published over warnings: {override}"] if override else []),
            f"Now: {eligibility.status} v{eligibility.version}"
            + (f", {eligibility.reason}" if eligibility.reason else ""),
        ]

    def _answer(self, result: Result[EligibilityRow]) -> None:
        """Show the outcome; the rows show the latest state, also after a conflict."""
        self.show_outcome(result.outcome)
        self.reload()

    # --- looking ---

    def do_mark(self) -> None:
        """Mark the row to compare from; unmark it if it is marked."""
        row = self.chosen()
        if row is None:
            return
        before, revision = self.marked, row.value
        self.marked = None if before is not None and before.id == revision.id else revision
        for changed in (before, revision):
            if changed is not None:
                self.table.replace(self._row(changed))

    def do_compare(self) -> None:
        """Compare the marked revision (else the predecessor) with the one under the cursor."""
        row = self.chosen()
        if row is None:
            return
        to: RevisionRow = row.value
        before = self.marked or self._predecessor(to)
        if before is None and to.previous_hash is not None:
            more = self.shell.keymap.display("list.last")
            self.refuse(f"r{to.number - 1} is not loaded yet: {more} loads more.")
        elif before is None:
            mark = self.shell.keymap.display("history.mark")
            self.refuse(f"r{to.number} has no predecessor: mark another revision with {mark}.")
        elif before.id == to.id:
            self.refuse(f"r{to.number} is the marked one: move to another one to compare.")
        else:
            self._look(before, to)

    def _predecessor(self, revision: RevisionRow) -> RevisionRow | None:
        loaded = {row.value.number: row.value for row in self.table.rows}
        return loaded.get(revision.number - 1)

    def do_open(self) -> None:
        """Open the revision itself, read-only."""
        row = self.chosen()
        if row is not None:
            self._look(None, row.value)

    def _look(self, before: RevisionRow | None, to: RevisionRow) -> None:
        self.clear_banner()
        self.shell.open_comparison(before, to)

    def do_new_draft(self) -> None:
        """Make a new draft with this revision's labels, after asking."""
        row = self.chosen()
        if row is not None:
            self.ask(self._new_draft(row.value))

    async def _new_draft(self, revision: RevisionRow) -> None:
        scope: Scope = revision.scope
        sure = await self.app.push_screen_wait(
            ConfirmDialog(
                "New draft from an old revision",
                f"The labels of r{revision.number} become the newest version of the active draft "
                f"of {scope.title}.",
                "The present content of the draft stays among its versions.",
                confirm="Create the draft",
            )
        )
        if not sure:
            return
        shell = self.shell

        def work(_: Job) -> Result[DraftInfo]:
            return new_from_revision(shell.store, shell.who, revision.id)

        result = await self.in_thread(work, title="Creating the draft", on_escape=OnEscape.REFUSE)
        self.show_outcome(result.outcome)
        if result.value is not None:
            shell.open_review(result.value, result.outcome)
