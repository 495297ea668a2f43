"""The notes of the scope under review, under the picture."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

if TYPE_CHECKING:
    from prelabel_tui.core.notes.reading import Note

_COLUMNS = (
    Column("", 1),
    Column("Frame", 6, right=True),
    Column("Label", 12),
    Column("Note", 24, share=1),
    Column("Opened by", 10, drop=2),
    Column("Answers", 7, drop=3, right=True),
    Column("Last by", 10, drop=1),
)


class NotesList(PagedTable):
    """One line each: open or resolved, where, what was remarked, who wrote last."""

    def __init__(self, *, id: str = "notes") -> None:
        super().__init__(_COLUMNS, empty="No notes in this scope yet.", id=id)

    def show(self, notes: Sequence[Note], gone: Collection[str]) -> None:
        """Show notes in this order; ``gone``: ids of notes whose label is there no more."""
        colour = self.app.theme_variables.get
        rows = []
        for note in notes:
            label = printable(note.label_id or "", 12)
            if note.id in gone:
                label = f"{printable(note.label_id or '', 6)} gone"
            style = "" if note.is_open else "dim"
            sign = ("✎", colour("accent", "")) if note.is_open else ("✓", colour("success", ""))
            cells = (
                Text(*sign),
                Text(f"{note.frame + 1}", style),
                Text(label, "dim" if note.id in gone else style),
                Text(printable(note.messages[0].text), style),
                Text(printable(note.opened_by, 10), style),
                Text(f"{len(note.messages) - 1}", style),
                Text(printable(note.messages[-1].by, 10), style),
            )
            rows.append(Row(note.id, cells, note))
        self.set_rows(rows)
