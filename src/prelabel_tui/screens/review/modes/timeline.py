"""The cursor of the timeline, moved by key: along the clip, or to something that was found."""

from __future__ import annotations

from collections.abc import Iterable

from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.mode_commands import TimelineCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.base import Mode


class TimelineMode(Mode):
    """The keys of the timeline; the picture goes with its cursor."""

    name = "review.timeline"

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._timeline = context.display.timeline
        self._came_from = context.index

    @property
    def text(self) -> str:
        """Where in the clip the cursor is."""
        context = self.context
        percent = 100 * context.index // max(1, len(context.document) - 1)
        return f"Timeline: frame {context.index + 1}, {percent} %"

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.timeline` commands."""
        to = self._to_stretch
        table: TimelineCommands = {
            "review.timeline.left": lambda: self._move_by_column(-1),
            "review.timeline.right": lambda: self._move_by_column(1),
            "review.timeline.tenth_back": lambda: self._move_by_tenth(-1),
            "review.timeline.tenth_on": lambda: self._move_by_tenth(1),
            "review.timeline.start": lambda: self._move_to(0),
            "review.timeline.end": lambda: self._move_to(len(self.context.document) - 1),
            "review.timeline.next_flag": lambda: to("flag", 1),
            "review.timeline.previous_flag": lambda: to("flag", -1),
            "review.timeline.next_finding": lambda: to("finding", 1),
            "review.timeline.previous_finding": lambda: to("finding", -1),
            "review.timeline.next_gap": lambda: to("gap", 1),
            "review.timeline.previous_gap": lambda: to("gap", -1),
            "review.timeline.next_note": lambda: to("open note", 1),
            "review.timeline.previous_note": lambda: to("open note", -1),
            "review.timeline.next_edit": lambda: to("edit", 1),
            "review.timeline.previous_edit": lambda: to("edit", -1),
            "review.timeline.next_unreviewed": lambda: to("frame to review", 1),
            "review.timeline.previous_unreviewed": lambda: to("frame to review", -1),
            "review.timeline.stay": self.stay,
            "review.timeline.back": self.back,
        }
        return (table,)

    def _move_to(self, index: int) -> None:
        context = self.context
        target = max(0, min(index, len(context.document) - 1))
        if target == context.index:
            context.display.refuse("The timeline ends here.")
            return
        context.go(target)
        context.display.show_mode(self.text)
        context.display.set_status("")

    def _move_by_column(self, columns: int) -> None:
        self._move_to(self._timeline.beside(self.context.index, columns))

    def _move_by_tenth(self, tenths: int) -> None:
        step = max(1, len(self.context.document) // 10)
        self._move_to(self.context.index + tenths * step)

    def _to_stretch(self, kind: str, step: int) -> None:
        """Go to where the next stretch of this kind begins, or the previous one."""
        target = self._timeline.track.stretch(kind, self.context.index, step)
        if target is None:
            way = "after" if step > 0 else "before"
            self.context.display.refuse(f"No {kind} {way} this frame.")
        else:
            self._move_to(target)

    def stay(self) -> None:
        """Stay on the frame that is shown."""
        self.context.browse()

    def back(self) -> None:
        """Return to the frame that was shown before."""
        self.context.browse()
        if self.context.index != self._came_from:
            self.context.go(self._came_from)
