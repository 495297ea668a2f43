"""Mending many labels at once: carrying corrections on, moving in time, what was noticed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prelabel_tui.core.edits.selection import LabelTable, Selection
from prelabel_tui.core.patterns.proposal import ClipFrames, Reach
from prelabel_tui.core.patterns.rows import Ints, Rows, read_rows
from prelabel_tui.core.patterns.rules import correction_of
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.offer import CarryingMode, NoticeMode, TimingMode
from prelabel_tui.screens.review.modes.selecting import SelectingMode
from prelabel_tui.screens.shared.base import Job


class _Here(NamedTuple):
    """The labels of the draft, with the one that a key is about.

    ``selected``: what of them is selected over frames, if anything.
    """

    rows: Rows
    clip: ClipFrames
    row: int | None
    selected: Ints | None

    @property
    def chosen(self) -> Reach:
        """What is selected; without a selection over frames the label's track."""
        which = self.row if self.selected is None else self.selected
        tracks = frozenset(np.unique(self.rows.track[which]).tolist())
        return Reach(tracks, labels=self.selected)


class PatternCommands:
    """The keys that mend by the hundred; each shows first what it would do."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    # --- carrying on, moving in time

    def carry(self) -> None:
        """Show the selected label's correction on the next frames; the same key carries farther."""
        count = self.context.count
        self.context.screen.start(self._carry(count), group="patterns")

    async def _carry(self, count: int | None) -> None:
        here = await self._here()
        if here is None or here.row is None:
            return
        rows, row = here.rows, here.row
        name = rows.ids[row]
        if not rows.by_model[row]:
            self.context.display.refuse(f"{name} was put by hand: it corrects nothing.")
            return
        if not rows.correction[row].any():
            self.context.display.refuse(f"{name} is where the model had it: correct it first.")
            return
        index, mine = self.context.index, frozenset({int(rows.track[row])})
        reaches = [
            ("to the end", Reach(mine, index + 1)),
            ("the whole track", Reach(mine)),
            ("all tracks", Reach()),
            ("back to the start", Reach(mine, 0, index - 1)),
        ]
        if count is not None:
            plural = "" if count == 1 else "s"
            reaches.insert(0, (f"{count} frame{plural}", Reach(mine, index + 1, index + count)))
        elif here.selected is not None:
            reaches.insert(0, ("the selected labels", here.chosen))
        CarryingMode(self.context, rows, here.clip, correction_of(rows, row), reaches).begin()

    def time(self) -> None:
        """Show a track, or what is selected, moved in time, as corrections say at first."""
        self.context.screen.start(self._time(), group="patterns")

    async def _time(self) -> None:
        here = await self._here(selection_will_do=True)
        if here is not None and self.context.watch is not None:
            chosen = here.chosen
            late = self.context.watch.lag(chosen.tracks)
            TimingMode(self.context, here.rows, here.clip, chosen, late).begin()

    async def _here(self, *, selection_will_do: bool = False) -> _Here | None:
        """Read the labels, with the one that is selected here; say what is missing.

        ``selection_will_do``: no label is needed here where some are selected over frames.
        """
        context = self.context
        mode, label = context.mode, None
        selection = await mode.at_rest() if isinstance(mode, SelectingMode) else None
        needs_label = selection is None or not selection_will_do
        if needs_label and (not context.editable() or (label := context.chosen()) is None):
            return None
        context.put_off_repeat()
        tracks = self._tracks()
        if tracks is None:
            return None
        index, clip = context.index, context.clip_frames
        found = await self._rows(tracks, selection)
        if found is None or context.index != index:
            return None
        rows, selected = found
        return _Here(rows, clip, None if label is None else rows.row(index, label.id), selected)

    def _tracks(self) -> Tracks | None:
        self.context.upkeep.settle()
        return self.context.needed_tracks()

    async def _rows(
        self, tracks: Tracks, selection: Selection | None = None
    ) -> tuple[Rows, Ints | None] | None:
        """Read the labels, and which of them are selected over frames."""
        document = self.context.document.copy()

        def work(job: Job) -> tuple[Rows, Ints | None]:
            rows = read_rows(document, tracks, job)
            if selection is None:
                return rows, None
            return rows, selection.on(LabelTable.read(document)).members

        result = await self.context.screen.in_thread(work, title="Reading the labels")
        if not result.ok:
            self.context.display.show_outcome(result.outcome)
        return result.value

    # --- what was noticed

    def show(self) -> None:
        """Show what was noticed on this frame and those around, also when it was answered."""
        self.context.screen.start(self._show(), group="patterns")

    async def _show(self) -> None:
        context = self.context
        context.put_off_repeat()
        tracks = self._tracks()
        watch = context.watch
        if tracks is None or watch is None:
            return
        if not watch.may_notice(()):
            context.display.refuse(watch.why_nothing())
            return
        clip, found = context.clip_frames, await self._rows(tracks)
        if found is None:
            return
        rows, _ = found
        notice = watch.notice(rows, clip, frozenset(context.answered)) or watch.notice(rows, clip)
        if notice is None:
            context.display.refuse("Every label is where the pattern has it already.")
            return
        NoticeMode(context, notice).begin()
