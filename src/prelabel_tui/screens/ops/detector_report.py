"""What the review says about a run's detector, alone or beside another run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.text import Text

from prelabel_tui.core.assessment.detection import DetectionReport, Group
from prelabel_tui.core.assessment.reports import RunsReport, assess_run
from prelabel_tui.core.catalog.runs import RunFilters, RunRow, list_runs
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.text import counted
from prelabel_tui.core.times import minute
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import ReportCommands
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog
from prelabel_tui.screens.shared.list_screen import ListScreen
from prelabel_tui.widgets.plots import bar
from prelabel_tui.widgets.tables.paged_table import Cell, Column, Row

_BAR: Final = 6

COLUMNS: Final = (
    Column("Group", 24, share=1),
    Column("Precision", 9, right=True),
    Column("", _BAR),
    Column("Recall", 6, right=True),
    Column("", _BAR, drop=1),
    Column("Hits", 6, right=True),
    Column("False", 6, right=True),
    Column("Missed", 6, right=True),
)

_OTHERS: Final = 50
"""Other runs of the clip that are offered to compare with."""


class ReportScreen(ListScreen):
    """Precision and recall by group; below or beside them the errors of the hits."""

    context = "report"
    noun = "group"
    columns = COLUMNS
    details_title = "Hits"
    DEFAULT_CSS = """
    ReportScreen.-narrow #details { display: block; height: auto; max-height: 45%; }
    """

    def __init__(self, run: RunRow, capability: Capability) -> None:
        super().__init__()
        self.run_row = run
        self.capability = capability
        self.other: str | None = None
        """Id of the run that it is compared with."""
        self.sides: list[RunsReport] = []

    async def load(self, *, more: bool) -> None:
        """Compare the run (or both) with what was published."""
        shell, wanted = self.shell, [self.run_row.id, *([self.other] if self.other else [])]

        def read(job: Job) -> Result[list[RunsReport]]:
            sides: list[RunsReport] = []
            for run_id in wanted:
                found = assess_run(shell.store, run_id, job)
                if found.value is None:
                    return Result(found.outcome)
                sides.append(found.value)
            return Result(found.outcome, sides)

        self.table.empty = "Comparing the prelabels with the review…"
        result = await self.in_thread(read, title="Comparing with the review")
        if result.value is None:
            self.table.empty = f"Nothing can be compared. {result.outcome.entry.next_step}"
            if self.sides and self.other is not None:
                self.other = None  # what is shown is still that of the run alone
            self.show_outcome(result.outcome)
            self.table.set_rows(self.table.rows)
            return
        self.sides = result.value
        self._show()

    def _show(self) -> None:
        reports = [found for side in self.sides if (found := side.reports.get(self.capability))]
        other = self.shell.keymap.display("report.capability")
        why = self._left_out() or "the run has no prelabels of it"
        self.table.empty = f"{self.capability}: {why}. {other} shows the other capability."
        rows = list(self._rows(reports))
        selectable = sum(row.selectable for row in rows)
        self.show_page(rows, selectable, more=False, further=False)
        title = " against ".join(side.name for side in self.sides)
        self.set_title(where=f"Report: {self.capability}", scope=title)

    def _left_out(self) -> str:
        """Return why the capability could not be compared; empty where it has no prelabels."""
        of_it = f" / {self.capability}: "
        lines = (line.partition(of_it)[2] for side in self.sides for line in side.left_out)
        return "; ".join(dict.fromkeys(filter(None, lines)))

    def _rows(self, reports: list[DetectionReport]) -> Iterator[Row]:
        if not reports:
            return
        for kind in ("all", *reports[0].groups):
            sides = [
                {group.name: group for group in self._groups(report, kind)} for report in reports
            ]
            if kind != "all":
                yield Row(("heading", kind), heading=Text(f"By {kind}", "bold"))
            for name in dict.fromkeys(name for side in sides for name in side):
                for number, side in enumerate(sides):
                    if name in side:
                        yield self._row(kind, number, side[name])

    @staticmethod
    def _groups(report: DetectionReport, kind: str) -> tuple[Group, ...]:
        return (report.whole,) if kind == "all" else report.groups[kind]

    def _row(self, kind: str, number: int, group: Group) -> Row:
        colour = self.app.theme_variables.get("success" if number == 0 else "accent", "")
        name = f"  {group.name}" if number == 0 else "    of the other"
        cells: tuple[Cell, ...] = (
            name,
            _share(group.precision),
            Text(bar(group.precision or 0, 1, _BAR), colour),
            _share(group.recall),
            Text(bar(group.recall or 0, 1, _BAR), colour),
            f"{group.hit:,}",
            f"{group.false:,}",
            _missed(group),
        )
        return Row((kind, group.name, number), cells, (number, group))

    def pane_of(self, row: Row) -> list[tuple[str, str]]:
        """Return the errors of the hits of the side that the row is of."""
        number, _ = row.value
        reports = [side for side in self.sides if self.capability in side.reports]
        side = reports[number]
        report = side.reports[self.capability]
        ap = report.average_precision
        rows = [
            ("Run", side.name),
            ("Reviewed", counted(report.frames, "frame")),
            ("A hit", report.threshold),
            ("AP", "–" if ap is None else f"{ap:.3f}"),
            *((f"Error {error.name}", error.text) for error in report.errors),
        ]
        return [*rows, *(("Left out", line) for line in side.left_out)]

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return the group, and what the pane says."""
        _, group = row.value
        rows = [
            ("Precision", _share(group.precision)),
            ("Recall", _share(group.recall)),
            ("Hits", f"{group.hit:,}"),
            ("False", f"{group.false:,}"),
            ("Missed", _missed(group)),
        ]
        return f"Group {group.name}", [*rows, *self.pane_of(row)]

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the id of the run."""
        return self.run_row.id, "Run"

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `report` commands."""
        own: ReportCommands = {
            "report.compare": self.do_compare,
            "report.capability": self.do_capability,
        }
        return (own, *super().handlers())

    def do_capability(self) -> None:
        """Show the other capability."""
        kinds = list(Capability)
        self.capability = kinds[1 - kinds.index(self.capability)]
        self._show()

    def do_compare(self, argument: str = "") -> None:
        """Compare with another run: of the same clip, or the one whose id was typed."""
        self.ask(self._compare(argument))

    async def _compare(self, typed: str) -> None:
        other: str | None = typed
        if not typed:
            shell, run = self.shell, self.run_row

            def read(_: Job) -> list[Choice]:
                filters = RunFilters(run.workspace, run.media)
                page = list_runs(shell.store, filters, limit=_OTHERS)
                return [_choice(row) for row in page.rows if row.id != run.id]

            found = await self.in_thread(read, title="Looking for other runs")
            if found.value is None:
                self.show_outcome(found.outcome)
                return
            if not found.value:
                self.refuse("There is no other run of this clip; `:compare ID` takes any run.")
                return
            choices = [Choice(None, "none: this run alone"), *found.value]
            chosen = await self.app.push_screen_wait(
                ChoiceDialog("Compare with", choices, current=self.other, confirm="Compare")
            )
            if chosen is None:
                return
            other = chosen.value
        self.other = other
        self.clear_banner()
        self.reload()


def _choice(run: RunRow) -> Choice:
    detector = " ".join(part for part in (run.detector, run.model) if part)
    return Choice(run.id, f"{IdKind.RUN.short(run.id)} {detector}".rstrip(), minute(run.created_at))


def _missed(group: Group) -> str:
    return "–" if group.missed is None else f"{group.missed:,}"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
