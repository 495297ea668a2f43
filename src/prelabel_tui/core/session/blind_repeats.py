"""Blind repeats: some reviewed frames come back, unmarked, as they were before.

They measure how well a reviewer agrees with themselves.  The second answer is compared with the
first one and never enters the draft.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable

from prelabel_tui.core.edits import operations
from prelabel_tui.core.edits.editable import EditableFrames, Permitted
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.metrics.agreement import Agreement, agreement
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.session.working_copy import Undone

USUAL_SHARE = 0.05
"""The share of the frames, when a workspace only says that it wants repeats."""

APART = 10
"""Frames that are accepted between the two answers, unless the queue ends earlier."""


def blind_repeats(candidates: Iterable[int], seed: str, share: float) -> frozenset[int]:
    """Choose the frames that come back: the same for a seed; at least one, if there is any."""
    frames = sorted(candidates)
    if not frames or share <= 0:
        return frozenset()
    wanted = min(len(frames), max(1, math.floor(len(frames) * share + 0.5)))
    return frozenset(random.Random(f"blind {seed}").sample(frames, wanted))


class Repeat:
    """A frame that came back: the draft with this frame as it was, and the edits made to that."""

    def __init__(
        self, index: int, draft: Document, before: bytes, editable: EditableFrames
    ) -> None:
        self.index = index
        self.document = draft.copy()
        self.document.replace_encoded(index, before)
        self._editable = editable
        self._done: list[Operation] = []
        self._undone: list[Operation] = []

    def apply(self, operation: Operation) -> Permitted:
        """Edit the frame, here only; return what was made.  EditRefused, OperationConflict."""
        permitted = self._editable.permit(operation)
        operations.apply(self.document, permitted.operation)
        self._done.append(permitted.operation)
        self._undone.clear()
        return permitted

    def follow(self, draft: Document, frames: Iterable[int]) -> None:
        """Take over what changed in the draft's other frames."""
        for frame in frames:
            if frame != self.index:
                self.document.replace_encoded(frame, draft.encoded(frame))

    def undo(self) -> Undone | None:
        """Take the newest edit of this frame back; None when there is none."""
        if not self._done:
            return None
        operation = self._done.pop()
        inverse = operation.inverse()
        operations.apply(self.document, inverse)
        self._undone.append(operation)
        return Undone(inverse, f"Undo: {operation.text}")

    def redo(self) -> Undone | None:
        """Make it again."""
        if not self._undone:
            return None
        operation = self._undone.pop()
        operations.apply(self.document, operation)
        self._done.append(operation)
        return Undone(operation, f"Redo: {operation.text}")


class BlindRepeats:
    """Which frames of one session come back, and when.

    ``found``: the draft as the reviewer found it; chosen are frames not reviewed then.
    """

    def __init__(self, found: Document, editable: EditableFrames, share: float, seed: str) -> None:
        self._found = found.copy()
        self._editable = editable
        unreviewed = (
            at for at, frame in enumerate(found) if not frame.reviewed and not frame.left_out
        )
        self._left = set(blind_repeats(unreviewed, seed, share))
        self._waiting: dict[int, int] = {}
        self._accepted = 0
        self._answers: dict[int, Agreement] = {}

    @property
    def left(self) -> int:
        """Frames that are still to come back."""
        return len(self._left)

    @property
    def again(self) -> Agreement:
        """How all second answers compare with the first ones."""
        return sum(self._answers.values(), Agreement())

    def accepted(self, index: int) -> None:
        """Take note that a frame was looked at and accepted: from now on it may come back."""
        self._accepted += 1
        if index in self._left:
            self._waiting[index] = self._accepted

    def changed(self, draft: Document, frames: Iterable[int]) -> None:
        """Take note that frames of the draft were edited.

        One that is no longer reviewed does not come back before it is accepted again.
        """
        for index in frames:
            if index in self._waiting and not draft.frame(index).reviewed:
                del self._waiting[index]

    def skip(self, frames: Iterable[int]) -> None:
        """Leave out frames that were marked without a look at each: they do not come back."""
        self._left.difference_update(frame for frame in frames if frame not in self._waiting)

    def due(self, here: int, *, at_end: bool = False) -> int | None:
        """Return the frame that comes back now, if one does; ``here``: the frame being left.

        ``at_end``: nothing else is ahead, so that it need not be long ago.
        """
        for index, at in self._waiting.items():
            if index != here and (at_end or self._accepted - at >= APART):
                return index
        return None

    def begin(self, index: int, draft: Document) -> Repeat:
        """Show a frame again as it was before."""
        del self._waiting[index]
        self._left.discard(index)
        return Repeat(index, draft, self._found.encoded(index), self._editable)

    def put_off(self, repeat: Repeat) -> None:
        """Let a frame that was left without an answer come back later."""
        self._left.add(repeat.index)
        self._waiting[repeat.index] = self._accepted

    def answer(self, repeat: Repeat, draft: Document) -> None:
        """Compare the second answer with what the draft has."""
        self._accepted += 1
        self._answers[repeat.index] = agreement(
            draft.frame(repeat.index), repeat.document.frame(repeat.index)
        )

    def reopen(self, repeat: Repeat) -> None:
        """Take back the second answer."""
        del self._answers[repeat.index]
