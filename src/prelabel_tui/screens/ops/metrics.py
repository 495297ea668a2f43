"""Metrics: how fast reviewing goes, for each reviewer, run or session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from rich.text import Text
from textual.app import ComposeResult

from prelabel_tui.core.catalog.runs import find_run
from prelabel_tui.core.ids import short_hash
from prelabel_tui.core.metrics.activity import activities
from prelabel_tui.core.metrics.throughput import (
    Activity,
    Throughput,
    by_run,
    by_session,
    by_user,
    throughput,
)
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import MetricsCommands
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.list_screen import ListScreen
from prelabel_tui.widgets.plots import Plot, bar, hourly, retention_line
from prelabel_tui.widgets.tables.paged_table import Column, PagedTable, Row

COLUMNS: Final = (
    Column("Who", 16, share=1),
    Column("Frames", 7, right=True),
    Column("Labels", 7, right=True),
    Column("Hours", 6, right=True),
    Column("Frames/h", 8, right=True),
    Column("", 12, drop=2),
    Column("Keys/frame", 10, right=True),
)

_BAR: Final = 12


class Grouping(StrEnum):
    """What a row adds up."""

    REVIEWER = "reviewer"
    RUN = "run"
    SESSION = "session"

    def throughputs(self, activities: Sequence[Activity]) -> dict[str, Throughput]:
        """Return the sums, by key."""
        return {"reviewer": by_user, "run": by_run, "session": by_session}[self](activities)

    def key(self, activity: Activity) -> str:
        """Return the row that an activity counts towards."""
        return {
            "reviewer": activity.user,
            "run": activity.run or "",
            "session": activity.session,
        }[self]


class MetricsScreen(ListScreen):
    """What was recorded of every review session."""

    context = "metrics"
    columns = COLUMNS
    noun = Grouping.REVIEWER.value
    details_title = "Pace"
    DEFAULT_CSS = """
    MetricsScreen.-narrow #details { display: block; height: 9; }
    """

    def compose_body(self) -> ComposeResult:
        """Make the plot below the table and its details."""
        yield from super().compose_body()
        yield Plot()

    def __init__(self) -> None:
        super().__init__()
        self.grouping = Grouping.REVIEWER
        self._activities: list[Activity] = []
        self._read = False
        self._names: dict[str, str] = {}

    async def load(self, *, more: bool) -> None:
        """Load everything that was recorded."""
        shell = self.shell

        def read(_: Job) -> tuple[list[Activity], dict[str, str]]:
            found = activities(shell.store)
            names = {}
            for run_id in {activity.run for activity in found if activity.run}:
                run = find_run(shell.store, run_id).value
                if run is not None:
                    names[run_id] = f"{run.workspace} / {run.media}"
            return found, names

        result = await self.in_thread(read, title="Reading the metrics")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        self._activities, self._names = result.value
        self._read = True
        self._show()

    def _show(self) -> None:
        throughputs = self.grouping.throughputs(self._activities)
        order = sorted(throughputs, key=lambda key: -throughputs[key].frames)
        most = max((throughputs[key].frames_per_hour or 0.0 for key in order), default=0.0)
        self.table.empty = "Nobody has reviewed anything yet."
        rows = [self._row(key, throughputs[key], most) for key in order]
        self.show_page(rows, len(rows), more=False, further=False)
        self.set_title(scope=f"by {self.grouping}")

    def _called(self, key: str) -> str:
        if self.grouping is Grouping.RUN:
            return self._names.get(key, "no prelabels")
        if self.grouping is Grouping.SESSION:
            found = next(a for a in self._activities if a.session == key)
            return f"{found.user} {short_hash(key)}"
        return key

    def _row(self, key: str, total: Throughput, most: float) -> Row:
        pace = total.frames_per_hour
        green = self.app.theme_variables.get("success", "")
        return Row(
            (self.grouping, key),
            (
                self._called(key),
                f"{total.frames:,}",
                f"{total.labels:,}",
                f"{total.seconds / 3600:.1f}",
                _rate(pace, 0),
                Text(bar(pace or 0.0, most, _BAR), green),
                _rate(total.keys_per_frame, 1),
            ),
            key,
        )

    def on_paged_table_moved(self, event: PagedTable.Moved) -> None:
        """Show the numbers and the plot of the row under the cursor."""
        super().on_paged_table_moved(event)
        if event.row is None:
            self.query_one(Plot).show("Frames per hour", (), ("", ""), "Nothing to plot yet.")
            return
        own = self._of(event.row)
        name = self._called(event.row.value)
        if self.grouping is Grouping.SESSION:
            minutes = own[0].minutes
            self.query_one(Plot).show(
                f"Frames per hour over the session {name}",
                hourly(minutes),
                ("start", f"minute {len(minutes)}"),
                "No minutes were recorded in this session.",
            )
        else:
            paces = [throughput([a]).frames_per_hour or 0.0 for a in own]
            self.query_one(Plot).show(
                f"Frames per hour of {name}, by session", paces, ("the first", "the latest")
            )

    def _of(self, row: Row) -> list[Activity]:
        return [a for a in self._activities if self.grouping.key(a) == row.value]

    def pane_of(self, row: Row) -> list[tuple[str, str]]:
        """Return the same in words, and what became of the prelabels."""
        own = self._of(row)
        total = throughput(own)
        rows = [
            (self.grouping.value.capitalize(), self._called(row.value)),
            ("Sessions", f"{len(own):,}"),
            ("Frames", f"{total.frames:,}, {_rate(total.seconds_per_frame, 1)} s each"),
            ("Labels", f"{total.labels:,} changed, {_rate(total.labels_per_hour, 0)} per hour"),
            ("Keys", f"{total.keys:,}, {_rate(total.keys_per_frame, 1)} per frame"),
        ]
        if total.retention is not None:
            rows.append(("Prelabels", retention_line(total.retention)))
        if total.again.frames:
            rows.append(("Repeats", total.again.text))
        return rows

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return the rows of the pane, with the id."""
        return f"Pace of {self._called(row.value)}", [("Id", row.value), *self.pane_of(row)]

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the name or id of the row."""
        return row.value, self.grouping.value.capitalize()

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `metrics` commands."""
        own: MetricsCommands = {
            "metrics.by_reviewer": self.do_by_reviewer,
            "metrics.by_run": self.do_by_run,
            "metrics.by_session": self.do_by_session,
        }
        return (own, *super().handlers())

    def do_by_reviewer(self) -> None:
        """Show one row per reviewer."""
        self._group(Grouping.REVIEWER)

    def do_by_run(self) -> None:
        """Show one row per run."""
        self._group(Grouping.RUN)

    def do_by_session(self) -> None:
        """Show one row per session."""
        self._group(Grouping.SESSION)

    def _group(self, grouping: Grouping) -> None:
        self.grouping = grouping
        self.noun = grouping.value
        self.table.columns = (Column(grouping.value.capitalize(), 16, share=1), *COLUMNS[1:])
        if self._read:
            self._show()
        else:
            self.reload()


def _rate(rate: float | None, digits: int) -> str:
    return "–" if rate is None else f"{rate:,.{digits}f}"
