"""What all actions of the review screen share: going to a frame, editing it, keeping up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from textual.timer import Timer

from prelabel_tui.core.edits.editable import EditRefused, Permitted
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.matching import follow
from prelabel_tui.core.edits.operations import Operation, OperationConflict
from prelabel_tui.core.metrics.session_counters import Tally
from prelabel_tui.core.model.labels import Label
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.session.blind_repeats import BlindRepeats, Repeat
from prelabel_tui.screens.review.display import ReviewDisplay
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from prelabel_tui.core.model.document import Document
    from prelabel_tui.core.triage.scope_queue import ScopePlace

_SETTLE_S: Final = 0.12
"""Quiet time after an edit before findings, ranking and timeline are brought up to date."""


class ReviewBase(ReviewDisplay):
    """What every group of keys builds on."""

    def __init__(
        self, draft_id: str, routed: Outcome | None = None, place: ScopePlace | None = None
    ) -> None:
        super().__init__(draft_id, routed, place)
        self.tally = Tally(time.monotonic)
        self.repeats: BlindRepeats | None = None
        """None where the workspace wants none."""
        self.answered: Repeat | None = None
        """The repeat answered last, as long as undo means it."""
        self._dirty: set[int] = set()
        self._settling: Timer | None = None
        self._tracking: Timer | None = None

    # --- going

    def go(self, index: int, select: str | None = None) -> None:
        """Show another frame; the selection follows its label there, unless one is given."""
        index = max(0, min(index, len(self.document) - 1))
        if select is None and self.selected is not None and index != self.index:
            near = abs(index - self.index) <= 30
            select = follow(self.document, self.index, self.selected, index) if near else None
        elif index == self.index and select is None:
            select = self.selected
        self.index = index
        labels = self.document.frame(index).labels
        if select is None and self.is_ball and labels:
            select = labels[0].id
        self.selected = select
        self.repaint()

    def select(self, label_id: str | None) -> None:
        """Select a label of the frame, or nothing."""
        self.selected = label_id
        self.redraw()

    # --- editing

    def editable(self) -> bool:
        """Whether labels of this frame may be edited; says why not."""
        why = self.open_session.editing_off(self.index)
        if why is not None:
            self.refuse(why)
        return why is None

    def chosen(self) -> Label | None:
        """The selected label, or the only one; says how to select when there is none."""
        labels = self.frame.labels
        if self.selected is None and len(labels) == 1:
            self.selected = labels[0].id
        label = self.frame.label(self.selected) if self.selected else None
        if label is None:
            name = self.shell.keymap.display
            self.refuse(
                f"Select a label first: {name('review.next_label')}, or letters with "
                f"{name('review.by_letter')}."
                if labels
                else f"There is no label here: {name('review.new')} adds one."
            )
        return label

    def end_range(self) -> None:
        """Forget the range."""
        self.range_start = None
        self.enter_mode(None)
        self.repaint()

    def edit(self, operation: Operation | Refusal | None, nothing: str = "") -> bool:
        """Make an operation, as far as the session permits it, and show it.

        ``nothing``: what to say when there is nothing to do.
        """
        if not self.here:
            return False
        if self.leaving:  # a key that looked at the picture first may come here after `q`
            self.refuse("Saving before leaving.")
            return False
        if operation is None:
            self.refuse(nothing or "Nothing to change.")
            return False
        if isinstance(operation, Refusal):
            self.refuse(operation.text)
            return False
        try:
            made, left_out = self._apply(operation)
        except EditRefused as refused:
            self.refuse(str(refused))
            return False
        except OperationConflict:
            self.refuse("The frame has changed meanwhile: look at it, then try again.")
            return False
        self.after_change(made.frames)
        left = f" · {len(left_out)} frames without picture left as they are" if left_out else ""
        self.tell(made.text + left)
        return True

    def _apply(self, operation: Operation) -> Permitted:
        """Make it: of a frame that came back there alone, else in the draft."""
        repeat = self.repeat
        if repeat is not None and repeat.index in operation.frames:
            permitted = repeat.apply(operation)
            self.tally.made(permitted.operation, repeat.document, again=True)
            return permitted
        permitted = self.open_session.apply(operation)
        self.tally.made(permitted.operation, self.open_session.document)
        self.answered = None
        return permitted

    # --- what the model said

    async def load_source(self) -> bool:
        """Read what the model said; whether there is any."""
        if self.source is None:
            shell, info = self.shell, self.open_session.info

            def read(_: Job) -> Document | None:
                from prelabel_tui.core.metrics.activity import source_document

                return source_document(shell.store, info)

            result = await self.in_thread(read, title="Reading the prelabels")
            if not result.ok:
                self.announce(result.outcome)
            if result.value is not None and len(result.value) == len(self.document):
                self.source, self.source_pack = result.value, info.lineage.pack_id
        return self.source is not None

    # --- keeping up

    def after_change(self, frames: tuple[int, ...]) -> None:
        """Show what changed: this frame at once, the rest when the keys rest."""
        if self.selected is not None and self.frame.label(self.selected) is None:
            self.selected = None
        if self.repeat is not None:
            self.repeat.follow(self.open_session.document, frames)
        if self.repeats is not None:
            self.repeats.changed(self.open_session.document, frames)
        self.redraw()
        self.show_autosave()
        self._dirty.update(frames)
        if self._settling is None:
            self._settling = self.set_timer(_SETTLE_S, self.settle)
        else:
            self._settling.reset()

    def settle(self) -> None:
        """Bring findings, ranking, queue and timeline up to date with the edits."""
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        if self.analysis is None or self.session is None or not self._dirty:
            return
        dirty, self._dirty = self._dirty, set()
        self.analysis.update(self.document, dirty)
        self.show_queue()
        if self._tracking is None:
            self._tracking = self.set_timer(_SETTLE_S, self.show_track)

    def show_track(self) -> None:
        """The timeline's values; a few ms for a long clip, so not with each accepted frame."""
        if self._tracking is not None:
            self._tracking.stop()
            self._tracking = None
        if self.analysis is not None:
            changed = self.open_session.changed.indices - {self.repeat.index if self.repeat else -1}
            self.query_one(Timeline).set_track(self.analysis.track(self.capability, changed))
