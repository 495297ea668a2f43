"""The findings of the validation, under the picture."""

from __future__ import annotations

from rich.text import Text

from prelabel_tui.core.text import printable
from prelabel_tui.core.validation import Findings, Severity
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

_COLUMNS = (
    Column("", 1),
    Column("Frame", 6, right=True),
    Column("Label", 9),
    Column("Finding", 30, share=1),
    Column("Rule", 20, drop=1),
)


class FindingsList(PagedTable):
    """One line each: severity, frame, label, numbers, rule."""

    def __init__(self, *, id: str = "findings") -> None:
        super().__init__(_COLUMNS, empty="No findings.", id=id)

    def show(self, findings: Findings, index: int) -> None:
        """Show the findings in order, the cursor on the first of this frame or a later one."""
        rows = self._rows_of(findings)
        later = [
            (row.value.index, place)
            for place, row in enumerate(rows)
            if row.value.index >= index and not row.value.whole_clip
        ]
        self.cursor = min(later)[1] if later else 0
        self.set_rows(rows)

    def update_findings(self, findings: Findings) -> None:
        """Show other findings; the cursor stays on its own, or where it was."""
        self.set_rows(self._rows_of(findings))

    def _rows_of(self, findings: Findings) -> list[Row]:
        colour = self.app.theme_variables.get
        rows = []
        for finding in findings.items:
            error = finding.severity is Severity.ERROR
            mark = Text("✗" if error else "!", colour("error" if error else "warning", ""))
            where = "clip" if finding.whole_clip else str(finding.index + 1)
            key = (finding.rule, finding.index, finding.label_id)
            cells = (
                mark,
                where,
                printable(finding.label_id or "", 9),
                printable(finding.text),
                Text(finding.rule, "dim"),
            )
            rows.append(Row(key, cells, finding))
        return rows
