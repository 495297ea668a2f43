"""The lists under the picture: findings, and the Scoped label packs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing.packs import PackRow, approval_required, packs
from prelabel_tui.core.validation import Findings
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.commands import BY_ID
from prelabel_tui.keys.mode_commands import DrawerListCommands, FindingsCommands, PacksCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.pack_decisions import PackDecision, decide_pack
from prelabel_tui.screens.review.modes.base import Mode
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.following import Following
from prelabel_tui.screens.shared.list_dialogs import TextDialog, in_words
from prelabel_tui.widgets.tables.findings_list import FindingsList
from prelabel_tui.widgets.tables.pack_table import PackTable
from prelabel_tui.widgets.tables.paged_table import PagedTable

_PACKS = 200
"""Rows of the packs table: the newest."""


class DrawerMode(Mode):
    """A list under the picture, with the keys that move in it and close it."""

    def __init__(self, context: ReviewContext, table: PagedTable) -> None:
        self.context = context
        self._table = table

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.list` commands."""
        rows: DrawerListCommands = {
            "review.list.down": lambda: self._move(lambda table: table.move(1)),
            "review.list.up": lambda: self._move(lambda table: table.move(-1)),
            "review.list.page_down": lambda: self._move(lambda table: table.page(1)),
            "review.list.page_up": lambda: self._move(lambda table: table.page(-1)),
            "review.list.close": self.close,
        }
        return (rows,)

    async def open(self, title: str) -> None:
        """Show the list, and give it the keys."""
        await self.context.display.open_drawer(self._table, title)
        self.context.enter(self)

    async def close(self) -> None:
        """Close the list."""
        self.context.browse()
        await self.context.display.close_drawer()

    def _move(self, move: Callable[[PagedTable], None]) -> None:
        before = self._table.cursor
        move(self._table)
        if self._table.cursor == before:
            self.context.display.refuse("There are no more rows that way.")
        else:
            self.moved()

    def moved(self) -> None:
        """React to the cursor: another row is under it."""


class FindingsMode(DrawerMode):
    """Every finding; moving through them shows their frames.

    The list stays open, and up to date, while its frames are edited; entering again gives it the
    keys back.
    """

    name = "review.findings"

    def __init__(self, context: ReviewContext, findings: Findings) -> None:
        self._open = context.display.findings
        self._list = self._open or FindingsList()
        super().__init__(context, self._list)
        self._findings = findings

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.findings` commands."""
        own: FindingsCommands = {"review.findings.jump": self.jump}
        return (own, *super().handlers())

    async def show(self) -> None:
        """Open the list at the frame that is shown; return to its row where it is open."""
        if self._open is not None:
            self.context.enter(self)
            self.moved()
            return
        await self.open("")
        self._list.show(self._findings, self.context.index)
        self.context.display.show_findings()

    def moved(self) -> None:
        """Show the frame and label of the finding under the cursor."""
        row = self._list.row
        if row is not None:
            finding, name = row.value, row.value.label_id
            there = self.context.document.frame(finding.index).label(name or "")
            self.context.go(finding.index, name if there else None)

    def jump(self) -> None:
        """Go to the picture, at the finding's label; the list stays."""
        self.moved()
        context, name = self.context, self.context.shell.keymap.display
        context.browse()
        back = f"{name('review.findings')} goes back to the list"
        context.display.set_status(f"{back}, where {name('review.list.close')} closes it.")


class PacksMode(DrawerMode):
    """The packs of this (workspace, media, capability): decide about them, choose one."""

    name = "review.packs"

    def __init__(
        self, context: ReviewContext, submit: Callable[[], None], spot_check: Callable[[], None]
    ) -> None:
        self._packs = PackTable()
        self._submit = submit
        self._spot_check = spot_check
        self._following: Following | None = None
        super().__init__(context, self._packs)

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.packs` commands."""
        own: PacksCommands = {
            "review.packs.approve": lambda: self._decide(PackDecision.APPROVE),
            "review.packs.reject": lambda: self._decide(PackDecision.REJECT),
            "review.packs.retire": lambda: self._decide(PackDecision.RETIRE),
            "review.packs.select": self.select,
            "review.packs.submit": self.submit,
            "review.packs.spot_check": self.spot_check,
            "review.packs.details": self.details,
        }
        return (own, *super().handlers())

    async def show(self) -> None:
        """Open the list; its rows follow."""
        await self.open("Scoped label packs")
        self._following = Following(self.context.screen, self.load)
        self._load_soon()

    def end(self) -> None:
        """Follow no more what others decide."""
        if self._following is not None:
            self._following.stop()

    def _load_soon(self) -> None:
        self.context.screen.start(self.load(), group="packs")

    async def load(self) -> None:
        """Read the packs, newest first, and show them."""
        context = self.context
        shell, scope = context.shell, context.open_session.info.scope

        def read(_: Job) -> tuple[list[PackRow], bool]:
            required = approval_required(shell.store, scope)
            return packs(shell.store, scope, limit=_PACKS), required

        result = await context.screen.in_thread(read, title="Reading the packs")
        if result.value is None:
            self._packs.show_unknown()
            context.display.show_outcome(result.outcome)
        elif context.mode is self:
            self._show_rows(*result.value)

    def _show_rows(self, rows: list[PackRow], required: bool) -> None:
        context, display = self.context, self.context.display
        selectable = {row.id for row in rows if row.selectable}
        if context.publish_pack not in selectable:
            context.publish_pack = None
        display.fit_drawer(len(rows))
        approve = BY_ID["review.packs.approve"]
        way = f"{context.shell.keymap.display(approve.id)} Approve"
        if not context.screen.may(approve):
            way = "a lead approves"
        self._packs.show(rows, context.publish_pack, way)
        count = len(selectable)
        if required:
            candidates = "none is approved: submit the draft for approval"
        elif count == 0:
            candidates = "first publish will create the initial label pack"
        else:
            candidates = f"Publish pack: {count} approved candidate{'' if count == 1 else 's'}"
        display.drawer.border_title = f"Scoped label packs · {candidates}"

    @property
    def _pack(self) -> PackRow | None:
        """The pack under the cursor; says so when there is none."""
        row = self._packs.row
        if row is None:
            self.context.display.refuse("There is no pack in this list yet.")
        return None if row is None else row.value

    def _decide(self, decision: PackDecision) -> None:
        pack = self._pack
        if pack is not None:
            self.context.screen.ask(self._decide_about(pack, decision))

    async def _decide_about(self, pack: PackRow, decision: PackDecision) -> None:
        self.context.display.set_status("")
        outcome = await decide_pack(self.context.screen, pack, decision)
        if outcome is None:
            return
        if outcome.code is Code.PACK_APPROVED:
            self.context.publish_pack = pack.id
        await self.load()

    def select(self) -> None:
        """Choose the pack under the cursor for publishing."""
        pack = self._pack
        if pack is None:
            return
        if not pack.selectable:
            self.context.display.refuse(f"{Code.PACK_NOT_SELECTABLE}: {pack.why_not_select}.")
            return
        self.context.publish_pack = pack.id
        self._load_soon()
        self.context.display.set_status(f"Publish pack: {pack.id}")

    def submit(self) -> None:
        """Make a pending pack of the draft, for a lead to decide about."""
        self._submit()

    def spot_check(self) -> None:
        """Judge a random sample of the draft's reviewed frames."""
        self._spot_check()

    def details(self) -> None:
        """Show everything about the pack under the cursor, in full."""
        pack = self._pack
        if pack is not None:
            rows = [(name, in_words(value)) for name, value in pack.as_json().items()]
            self.context.screen.app.push_screen(TextDialog("Label pack", rows))
