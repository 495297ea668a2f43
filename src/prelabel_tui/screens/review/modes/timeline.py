"""The cursor of the timeline moved by key: along the clip, or to where something was found."""

from __future__ import annotations

from prelabel_tui.screens.review.context import ReviewBase
from prelabel_tui.widgets.timeline import Timeline


class TimelineActions(ReviewBase):
    """The keys of the timeline; the picture goes with its cursor."""

    _came_from = 0

    def do_timeline(self) -> None:
        """Let the keys move along the timeline."""
        if self.analysis is None:
            self.refuse("Still looking through the clip.")
            return
        self.settle()
        self.show_track()  # what was edited a moment ago stands in it, too
        self._came_from = self.index
        self._say_place()

    def _say_place(self) -> None:
        percent = 100 * self.index // max(1, len(self.document) - 1)
        self.enter_mode("timeline", f"Timeline: frame {self.index + 1}, {percent} %")
        self.tell("")

    def _move_to(self, index: int) -> None:
        target = max(0, min(index, len(self.document) - 1))
        if target == self.index:
            self.refuse("The timeline ends here.")
            return
        self.go(target)
        self._say_place()

    def do_timeline_left(self) -> None:
        """A column back."""
        self._move_to(self.query_one(Timeline).beside(self.index, -1))

    def do_timeline_right(self) -> None:
        """A column on."""
        self._move_to(self.query_one(Timeline).beside(self.index, 1))

    def do_timeline_tenth_back(self) -> None:
        """A tenth of the clip back."""
        self._move_to(self.index - max(1, len(self.document) // 10))

    def do_timeline_tenth_on(self) -> None:
        """A tenth of the clip on."""
        self._move_to(self.index + max(1, len(self.document) // 10))

    def do_timeline_start(self) -> None:
        """The first frame."""
        self._move_to(0)

    def do_timeline_end(self) -> None:
        """The last frame."""
        self._move_to(len(self.document) - 1)

    def _to_stretch(self, kind: str, step: int) -> None:
        target = self.query_one(Timeline).track.stretch(kind, self.index, step)
        if target is None:
            way = "after" if step > 0 else "before"
            self.refuse(f"No {kind} {way} this frame.")
        else:
            self._move_to(target)

    def do_timeline_next_flag(self) -> None:
        """Where the next flagged frames begin."""
        self._to_stretch("flag", 1)

    def do_timeline_previous_flag(self) -> None:
        """Where the flagged frames before begin."""
        self._to_stretch("flag", -1)

    def do_timeline_next_finding(self) -> None:
        """Where the next findings begin."""
        self._to_stretch("finding", 1)

    def do_timeline_previous_finding(self) -> None:
        """Where the findings before begin."""
        self._to_stretch("finding", -1)

    def do_timeline_next_gap(self) -> None:
        """Where the next gap begins."""
        self._to_stretch("gap", 1)

    def do_timeline_previous_gap(self) -> None:
        """Where the gap before begins."""
        self._to_stretch("gap", -1)

    def do_timeline_next_edit(self) -> None:
        """Where the next edited frames begin."""
        self._to_stretch("edit", 1)

    def do_timeline_previous_edit(self) -> None:
        """Where the edited frames before begin."""
        self._to_stretch("edit", -1)

    def do_timeline_next_unreviewed(self) -> None:
        """Where the next frames begin that are not reviewed."""
        self._to_stretch("frame to review", 1)

    def do_timeline_previous_unreviewed(self) -> None:
        """Where the frames before begin that are not reviewed."""
        self._to_stretch("frame to review", -1)

    def do_timeline_stay(self) -> None:
        """Go on with the frame that is shown."""
        self.enter_mode(None)

    def do_timeline_back(self) -> None:
        """Back to the frame that was shown before."""
        self.enter_mode(None)
        if self.index != self._came_from:
            self.go(self._came_from)
