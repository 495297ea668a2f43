"""Scoped label packs: the packs of the scope under review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import MINUTE_WIDTH, minute
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

if TYPE_CHECKING:
    from prelabel_tui.core.publishing.packs import PackRow

_COLUMNS = (
    Column("Pack", 15),
    Column("validation_status", 17),
    Column("review_status", 13),
    Column("lifecycle", 10, drop=3),
    Column("Labels", 7, drop=2, right=True),
    Column("Source", 6, drop=4),
    Column("Created", MINUTE_WIDTH, drop=5),
    Column("Updated by", 10, drop=6),
    Column("Approve", 26, share=1),
)
_NONE = "No packs in this scope yet."
_GOOD = {"passed", "approved"}
_BAD = {"failed", "rejected", "retired"}


class PackTable(PagedTable):
    """Scoped label packs; each row says whether Approve is on, and why not."""

    def __init__(self, *, id: str = "packs") -> None:
        super().__init__(_COLUMNS, empty=_NONE, id=id)

    def show(self, packs: Sequence[PackRow], publish: str | None, way: str) -> None:
        """Show packs; ``publish``: the one selected as Publish pack; ``way``: what approves one."""
        self.empty = _NONE
        self.set_rows(self._row(pack, publish, way) for pack in packs)

    def show_unknown(self) -> None:
        """Say, where no packs are shown, that they could not be loaded."""
        self.empty = "The packs could not be loaded."
        self.refresh()

    def _row(self, pack: PackRow, publish: str | None, way: str) -> Row:
        chosen = "◉" if pack.id == publish else "○" if pack.selectable else " "
        if pack.approvable:
            action = Text(way, self._colour("accent"))
        elif pack.selectable:
            action = Text("selectable" if pack.id != publish else "publishes", "dim")
        else:
            action = Text(f"off: {pack.why_not}", "dim")
        cells = (
            Text(f"{chosen} {IdKind.LABEL_PACK.short(pack.id)}"),
            self._status(pack.validation_status),
            self._status(pack.review_status),
            self._status(pack.lifecycle),
            f"{pack.label_count:,}",
            pack.source,
            minute(pack.created_at),
            printable(pack.updated_by, 12),
            action,
        )
        return Row(pack.id, cells, pack)

    def _status(self, status: str) -> Text:
        name = "success" if status in _GOOD else "error" if status in _BAD else "warning"
        return Text(status, self._colour(name))

    def _colour(self, name: str) -> str:
        return self.app.theme_variables.get(name, "")
