"""The lists under the picture: findings, and the Scoped label packs; publishing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.containers import Vertical

from prelabel_tui.core.outcomes import Code, Severity
from prelabel_tui.screens.review.context import ReviewBase
from prelabel_tui.screens.review.dialogs.pack_decisions import PackDecision, decide_pack
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.dialogs import TextDialog, in_words
from prelabel_tui.widgets.tables.findings_list import FindingsList
from prelabel_tui.widgets.tables.pack_table import PackTable
from prelabel_tui.widgets.tables.paged_table import PagedTable

if TYPE_CHECKING:
    from prelabel_tui.core.publishing.packs import PackRow

_PACKS = 200
"""Rows of the packs table: the newest."""


class DrawerActions(ReviewBase):
    """What opens below the picture, and what is done there."""

    publish_pack: str | None = None

    # --- both lists

    @property
    def _list(self) -> PagedTable:
        return self.query_one("#drawer PagedTable", PagedTable)

    async def _open_drawer(self, table: PagedTable, title: str, mode: str) -> None:
        drawer = self.query_one("#drawer", Vertical)
        await drawer.remove_children()
        drawer.border_title = title
        await drawer.mount(table)
        drawer.add_class("-shown")
        self._fit_drawer(0)
        self.enter_mode(mode)

    def _fit_drawer(self, rows: int) -> None:
        """No higher than its rows need, and at most a third of the screen."""
        most = max(6, self.size.height // 3)
        self.query_one("#drawer", Vertical).styles.height = min(most, max(4, rows + 2))

    async def close_drawer(self) -> None:
        """The picture has the room again."""
        drawer = self.query_one("#drawer", Vertical)
        drawer.remove_class("-shown")
        await drawer.remove_children()
        self.enter_mode(None)

    async def do_list_close(self) -> None:
        """Close the list."""
        await self.close_drawer()

    def do_list_down(self) -> None:
        """The next row."""
        self._move_list(lambda table: table.move(1))

    def do_list_up(self) -> None:
        """The row before."""
        self._move_list(lambda table: table.move(-1))

    def do_list_page_down(self) -> None:
        """A page down."""
        self._move_list(lambda table: table.page(1))

    def do_list_page_up(self) -> None:
        """A page up."""
        self._move_list(lambda table: table.page(-1))

    def _move_list(self, move: Callable[[PagedTable], None]) -> None:
        before = self._list.cursor
        move(self._list)
        if self._list.cursor == before:
            self.refuse("There is no further row.")
        elif self.mode == "findings":
            self._show_finding()

    # --- findings

    async def do_findings(self) -> None:
        """Every finding; moving through them shows their frames."""
        if self.analysis is None:
            self.refuse("Still looking through the clip.")
            return
        self.settle()
        table = FindingsList()
        findings = self.analysis.findings
        await self._open_drawer(table, f"Findings: {findings.summary}", "findings")
        self._fit_drawer(len(findings.items))
        table.show(findings, self.index)

    def _show_finding(self) -> None:
        """The frame and label of the finding under the cursor."""
        row = self._list.row
        if row is not None:
            finding = row.value
            labels = self.document.frame(finding.index)
            self.go(
                finding.index, finding.label_id if labels.label(finding.label_id or "") else None
            )

    async def do_findings_jump(self) -> None:
        """To the picture, at the finding's label."""
        self._show_finding()
        await self.close_drawer()

    # --- packs

    async def do_packs(self) -> None:
        """The packs of this (workspace, media, capability)."""
        await self._open_drawer(PackTable(), "Scoped label packs", "packs")
        self.start(self._load_packs(), group="packs")

    async def _load_packs(self) -> None:
        shell, scope = self.shell, self.open_session.info.scope

        def read(_: Job) -> list[PackRow]:
            from prelabel_tui.core.publishing.packs import packs

            return packs(shell.store, scope, limit=_PACKS)

        result = await self.in_thread(read, title="Reading the packs")
        tables = self.query(PackTable)
        if result.value is None:
            self.announce(result.outcome)
        elif tables:
            rows = result.value
            selectable = {row.id for row in rows if row.selectable}
            if self.publish_pack not in selectable:
                self.publish_pack = None
            key = self.shell.keymap.display("review.packs.approve")
            self._fit_drawer(len(rows))
            tables.first().show(rows, self.publish_pack, key)
            self._name_candidates(len(selectable))

    def _name_candidates(self, count: int) -> None:
        said = (
            "first publish will create the initial label pack"
            if count == 0
            else f"Publish pack: {count} approved candidate{'' if count == 1 else 's'}"
        )
        drawer = self.query_one("#drawer", Vertical)
        drawer.border_title = f"Scoped label packs · {said}"

    @property
    def _pack(self) -> PackRow | None:
        row = self._list.row
        if row is None:
            self.refuse("There is no pack here.")
        return None if row is None else row.value

    def do_packs_approve(self) -> None:
        """Approve the pack under the cursor, with a reason."""
        self._decide(PackDecision.APPROVE)

    def do_packs_reject(self) -> None:
        """Reject the pack under the cursor, with a reason."""
        self._decide(PackDecision.REJECT)

    def do_packs_retire(self) -> None:
        """Retire the pack under the cursor, with a reason."""
        self._decide(PackDecision.RETIRE)

    def _decide(self, decision: PackDecision) -> None:
        pack = self._pack
        if pack is not None:
            self.start(self._decide_about(pack, decision), group="dialog")

    async def _decide_about(self, pack: PackRow, decision: PackDecision) -> None:
        self.tell("")
        outcome = await decide_pack(self, pack, decision)
        if outcome is None:
            return
        if outcome.code is Code.PACK_APPROVED:
            self.publish_pack = pack.id
        await self._load_packs()

    def do_packs_select(self) -> None:
        """Publish with the pack under the cursor."""
        pack = self._pack
        if pack is None:
            return
        if not pack.selectable:
            self.refuse(f"{Code.PACK_NOT_SELECTABLE}: {pack.why_not_select}.")
            return
        self.publish_pack = pack.id
        self.start(self._load_packs(), group="packs")
        self.tell(f"Publish pack: {pack.id}")

    def do_packs_details(self) -> None:
        """Everything about the pack under the cursor, in full."""
        pack = self._pack
        if pack is not None:
            rows = [(name, in_words(value)) for name, value in pack.as_json().items()]
            self.app.push_screen(TextDialog("Label pack", rows))

    # --- publishing

    def do_publish(self) -> None:
        """Show what would be published, ask, publish."""
        self.start(self._publish(), group="dialog")

    async def _publish(self) -> None:
        from prelabel_tui.screens.review.dialogs.publishing import publish_draft

        session = self.open_session
        if session.conflict is not None:
            self.announce(session.conflict.outcome)
            return
        result = await self.in_thread(lambda _: session.flush(), title="Saving before publishing")
        status = session.status
        if result.value is None or not status.healthy:
            self.show_autosave()
            if session.conflict is not None:
                self.announce(session.conflict.outcome)
            else:
                self.show_message(
                    f"{status.line}. Resolve that before publishing; nothing was published.",
                    Severity.ERROR,
                )
            return
        self.show_autosave()
        name = self.shell.keymap.display
        outcome = await publish_draft(
            self,
            session.info.id,
            session.info.version,
            self.publish_pack,
            hints=[
                (Code.RESET_DRAFT_REQUIRED, (name("review.reset"), "Reset draft")),
                (Code.STALE_DRAFT_VERSION, (name("review.settle"), "Settle it")),
                (Code.VALIDATION_HARD_FAIL, (name("review.findings"), "Findings")),
                (Code.WARNINGS_REQUIRE_OVERRIDE, (name("review.findings"), "Findings")),
                (Code.OVERRIDE_FORBIDDEN, (name("review.findings"), "Findings")),
                (Code.PUBLISH_LOCK_CONFLICT, (name("review.publish"), "Publish again")),
            ],
        )
        if outcome is not None and self.query(PackTable):
            await self._load_packs()
