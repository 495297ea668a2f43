"""Selecting labels of many frames: by track, by place, by query."""

from __future__ import annotations

from collections.abc import Callable

from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.selection import LabelTable, Rows, Selection
from prelabel_tui.core.model.labels import UNIT, Box, Label
from prelabel_tui.core.tracks import Tracks, work_out
from prelabel_tui.core.triage.label_query import LABEL_HELP, LabelFacts, parse_labels
from prelabel_tui.core.triage.query import QueryError
from prelabel_tui.screens.review.commands.blocking import BlockingFindings
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.selecting import SelectingMode
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.dialogs import PromptDialog

_BALL_REACH = 10 * UNIT
"""How far from a ball's middle what lies "here" is, unless a count says it."""


class SelectCommands:
    """The keys that select labels of many frames; in a selection they replace or combine."""

    def __init__(self, context: ReviewContext, blocking: BlockingFindings) -> None:
        self.context = context
        self._blocking = blocking
        self._query_text = ""

    async def track(self) -> None:
        """Select the label's track: the whole of it, or what a range has of it."""
        label = self.context.chosen()
        if label is None:
            return
        index = self.context.index

        def find(table: LabelTable, tracks: Tracks) -> Rows | Refusal:
            number = tracks.at(index, label.id)
            if number is None:
                return Refusal(f"{label.id} is no longer there.")
            of_track: Rows = tracks.numbers(0, len(table.reviewed)) == number
            return of_track

        await self._select(find)

    async def place(self) -> None:
        """Select what lies where this label is, on every frame; a count says within how many px."""
        context = self.context
        label = context.chosen()
        if label is None:
            return
        index, count = context.index, context.count
        reach = count * UNIT if count is not None else _usual_reach(label)

        def find(table: LabelTable, tracks: Tracks) -> Rows | Refusal:
            row = table.row(index, label.id)
            if row is None:
                return Refusal(f"{label.id} is no longer there.")
            return table.near(row, reach)

        await self._select(find)

    def query(self, argument: str = "") -> None:
        """Select the labels that answer a query."""
        wrong = label_query_fault(argument) if argument else None
        if not argument:
            self.context.screen.ask(self._ask())
        elif wrong is not None:
            self.context.display.refuse(wrong)
        else:
            self.context.screen.ask(self._find(argument))

    async def _ask(self) -> None:
        text = await self.context.screen.app.push_screen_wait(
            PromptDialog(
                "Select labels by query",
                *LABEL_HELP.splitlines(),
                value=self._query_text,
                confirm="Select",
                check=label_query_fault,
            )
        )
        if text:
            await self._find(text)

    async def _find(self, text: str) -> None:
        self._query_text = text
        test = parse_labels(text)
        await self._select(lambda table, tracks: test(LabelFacts(table, tracks)))

    async def _select(self, find: Callable[[LabelTable, Tracks], Rows | Refusal]) -> None:
        """Find labels off this thread; begin a selection with them, or combine it with them."""
        context = self.context
        mode = context.mode if isinstance(context.mode, SelectingMode) else None
        base = None if mode is None else mode.selection
        known = context.tracks if mode is None else mode.tracks
        combined = None if mode is None else mode.combining()
        read, within = context.label_table_reader(), context.range if mode is None else None

        def work(job: Job) -> tuple[Tracks, Selection] | Refusal:
            table = read() if base is None else base.table
            tracks = work_out(table.document, job) if known is None else known
            rows = find(table, tracks)
            if isinstance(rows, Refusal):
                return rows
            if not rows.any():
                return Refusal("No label is like that.")
            if within is not None:
                rows = rows & table.between(*within)
                if not rows.any():
                    return Refusal("No label is like that in the range.")
            chosen = Selection(table, rows) if combined is None else combined(rows)
            return tracks, chosen.prepare()

        context.put_off_repeat()
        result = await context.screen.in_thread(work, title="Selecting labels")
        found = result.value
        if found is None:
            context.display.show_outcome(result.outcome)
            return
        if within is not None:
            context.end_range()
        if isinstance(found, Refusal):
            context.display.refuse(found.text)
        elif mode is None or not context.is_home(mode):
            await self._begin(*found)
        elif mode.selection is not base:
            context.display.refuse("The labels changed in the meantime: select again.")
        else:
            mode.tracks, chosen = found
            mode.take(chosen)

    async def _begin(self, tracks: Tracks, selection: Selection) -> None:
        context = self.context
        mode = SelectingMode(context, selection, self.query, self._blocking.why_not)
        mode.tracks = tracks
        context.make_home(mode)
        await mode.open()


def _usual_reach(label: Label) -> int:
    """Return how far from a label's middle what lies "here" is, in units."""
    return label.h // 4 if isinstance(label, Box) else max(_BALL_REACH, (label.size or 0) // 2)


def label_query_fault(text: str) -> str | None:
    """Return what is wrong with a query for labels, or None."""
    try:
        parse_labels(text)
    except QueryError as error:
        return str(error)
    return None
