"""Mending many labels at once: carrying corrections on, moving in time, what was noticed."""

from __future__ import annotations

from typing import NamedTuple

from prelabel_tui.core.patterns.proposal import ClipFrames, Reach
from prelabel_tui.core.patterns.rows import Rows, read_rows
from prelabel_tui.core.patterns.rules import correction_of
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.offer import CarryingMode, NoticeMode, TimingMode
from prelabel_tui.screens.shared.base import Job


class _Here(NamedTuple):
    """The labels of the draft, with the one that a key is about."""

    rows: Rows
    clip: ClipFrames
    row: int
    track: int


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
        if here is None:
            return
        rows, row = here.rows, here.row
        name = rows.ids[row]
        if not rows.by_model[row]:
            self.context.display.refuse(f"{name} was put by hand: it corrects nothing.")
            return
        if not rows.correction[row].any():
            self.context.display.refuse(f"{name} is where the model had it: correct it first.")
            return
        index, mine = self.context.index, frozenset({here.track})
        reaches = [
            ("to the end", Reach(mine, index + 1)),
            ("the whole track", Reach(mine)),
            ("all tracks", Reach()),
            ("back to the start", Reach(mine, 0, index - 1)),
        ]
        if count is not None:
            plural = "" if count == 1 else "s"
            reaches.insert(0, (f"{count} frame{plural}", Reach(mine, index + 1, index + count)))
        CarryingMode(self.context, rows, here.clip, correction_of(rows, row), reaches).begin()

    def time(self) -> None:
        """Show the selected label's track moved in time, as its corrections say at first."""
        self.context.screen.start(self._time(), group="patterns")

    async def _time(self) -> None:
        here = await self._here()
        if here is not None and self.context.watch is not None:
            late = self.context.watch.lag({here.track})
            TimingMode(self.context, here.rows, here.clip, here.track, late).begin()

    async def _here(self) -> _Here | None:
        """Read the labels; say what is missing."""
        context = self.context
        if not context.editable() or (label := context.chosen()) is None:
            return None
        context.put_off_repeat()
        tracks = self._tracks()
        if tracks is None:
            return None
        index, clip = context.index, context.clip_frames
        rows = await self._rows(tracks)
        row = None if rows is None else rows.row(index, label.id)
        if rows is None or row is None or context.index != index:
            return None
        return _Here(rows, clip, row, int(rows.track[row]))

    def _tracks(self) -> Tracks | None:
        self.context.upkeep.settle()
        return self.context.needed_tracks()

    async def _rows(self, tracks: Tracks) -> Rows | None:
        document = self.context.document.copy()

        def work(job: Job) -> Rows:
            return read_rows(document, tracks, job)

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
        clip, rows = context.clip_frames, await self._rows(tracks)
        if rows is None:
            return
        notice = watch.notice(rows, clip, frozenset(context.answered)) or watch.notice(rows, clip)
        if notice is None:
            context.display.refuse("Every label is where the pattern has it already.")
            return
        NoticeMode(context, notice).begin()
