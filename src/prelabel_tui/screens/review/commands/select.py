"""Selecting labels of many frames: by track, by place, by query."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

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
            self.context.screen.start(self._ask(), group="dialog")
        elif wrong is not None:
            self.context.display.refuse(wrong)
        else:
            self.context.screen.start(self._find(argument), group="dialog")

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
        """Find rows off this thread; begin a selection with them, or combine it with them."""
        context = self.context
        mode = context.mode if isinstance(context.mode, SelectingMode) else None
        table = None if mode is None else mode.selection.table
        known = context.tracks if mode is None else mode.tracks
        read = context.label_table_reader()

        def work(job: Job) -> tuple[LabelTable, Tracks, Rows | Refusal]:
            here = read() if table is None else table
            tracks = work_out(here.document, job) if known is None else known
            return here, tracks, find(here, tracks)

        context.put_off_repeat()
        result = await context.screen.in_thread(work, title="Selecting labels")
        if result.value is None:
            context.display.show_outcome(result.outcome)
            return
        here, tracks, rows = result.value
        if isinstance(rows, Refusal):
            context.display.refuse(rows.text)
        elif not rows.any():
            context.display.refuse("No label is like that.")
        elif mode is not None and context.is_home(mode):
            mode.tracks = tracks
            mode.take(rows)
        else:
            await self._begin(here, tracks, rows)

    async def _begin(self, table: LabelTable, tracks: Tracks, rows: Rows) -> None:
        context = self.context
        if context.range is not None:
            rows = rows & table.between(*context.range)
            context.end_range()
            if not np.any(rows):
                context.display.refuse("No label is like that in the range.")
                return
        mode = SelectingMode(context, Selection(table, rows), self.query, self._blocking.why_not)
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
