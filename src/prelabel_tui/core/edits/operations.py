"""Edits as operations: each a set of label and frame-state changes with an exact inverse.

An operation may have thousands of changes: they are no garbage collector's business, and loops over
them are loops of Python, between whose steps other threads run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from operator import add

import msgspec

from prelabel_tui.core.bounds import LABELS_PER_FRAME
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    BallState,
    Flag,
    Frame,
    Label,
    Origin,
    make_frame,
    with_geometry,
)


class LabelChange(
    msgspec.Struct, frozen=True, omit_defaults=True, tag="label", tag_field="on", gc=False
):
    """One label of one frame: added (no ``before``), deleted (no ``after``) or changed."""

    frame: int
    id: str
    before: Label | None = None
    after: Label | None = None

    @property
    def label_ids(self) -> tuple[str, ...]:
        """The labels that it concerns."""
        return (self.id,)


class ShiftChange(msgspec.Struct, frozen=True, tag="shift", tag_field="on", gc=False):
    """Labels of one frame, each moved or resized by the same difference ``by``.

    ``at`` holds what their geometry was, one after the other; ``by`` has as many numbers as the
    geometry of one.  Only for labels that the opposite difference brings back exactly
    (:func:`shifts_back`); a few bytes each, so that many labels can be moved many times.
    """

    frame: int
    ids: tuple[str, ...]
    at: tuple[int, ...]
    by: tuple[int, ...]

    @property
    def label_ids(self) -> tuple[str, ...]:
        """The labels that it concerns."""
        return self.ids


class FrameState(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a frame holds besides labels."""

    ball: BallState | None = None
    flags: tuple[Flag, ...] = ()
    reviewed: bool = False
    left_out: bool = False
    unseen: bool = False


class StateChange(
    msgspec.Struct, frozen=True, omit_defaults=True, tag="state", tag_field="on", gc=False
):
    """Flags, ball state or the marks of one frame."""

    frame: int
    before: FrameState
    after: FrameState

    @property
    def label_ids(self) -> tuple[str, ...]:
        """The labels that it concerns: none."""
        return ()


Change = LabelChange | ShiftChange | StateChange


class Operation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One undoable step.

    ``action`` is a stable word (move, resize, add, delete, flag, ball_state, review,
    interpolate, propagate, …); ``text`` says it to people ("Move p12 by +1,0").
    """

    action: str
    text: str
    changes: tuple[Change, ...]

    @property
    def frames(self) -> tuple[int, ...]:
        """Indices of the frames it touches, in order, each once."""
        return tuple(dict.fromkeys(change.frame for change in self.changes))

    def inverse(self) -> Operation:
        """Return the operation that takes this one back exactly."""
        return Operation(self.action, self.text, tuple(map(_invert, reversed(self.changes))))


class OperationConflict(Exception):
    """An operation found other content than the one it was made for; nothing was applied."""


def state_of(frame: Frame) -> FrameState:
    """Return the part of a frame that a :class:`StateChange` covers."""
    return FrameState(frame.ball, frame.flags, frame.reviewed, frame.left_out, frame.unseen)


def with_state(labels: Sequence[Label], state: FrameState) -> Frame:
    """Make a frame of these labels in that state."""
    return make_frame(
        tuple(labels),
        state.flags,
        state.ball,
        state.reviewed,
        left_out=state.left_out,
        unseen=state.unseen,
    )


def _invert(change: Change) -> Change:
    if isinstance(change, ShiftChange):
        at = tuple(map(add, change.at, cycle(change.by)))
        return ShiftChange(change.frame, change.ids, at, tuple(-step for step in change.by))
    return msgspec.structs.replace(change, before=change.after, after=change.before)


def shifts_back(label: Label) -> bool:
    """Say whether moving a label away and back by :func:`with_geometry` leaves it as it was."""
    if label.origin is Origin.MODEL:
        return label.was != label.geometry
    return label.origin is Origin.MANUAL and label.was is None


def changed_frame(frame: Frame, *changes: Change) -> Frame:
    """Make changes to one frame, in order.  OperationConflict when ``before`` does not hold."""
    labels = {label.id: label for label in frame.labels}
    state = state_of(frame)
    for change in changes:
        if isinstance(change, StateChange):
            if state != change.before:
                raise OperationConflict(f"frame {change.frame + 1}: its state is not what it was")
            state = change.after
        elif isinstance(change, ShiftChange):
            _shift(labels, change)
        elif labels.get(change.id) != change.before:
            raise _not_what_it_was(change.frame, change.id)
        else:
            labels.pop(change.id, None)
            if change.after is not None:
                labels[change.after.id] = change.after
    return with_state(tuple(labels.values()), state)


def _shift(labels: dict[str, Label], change: ShiftChange) -> None:
    by, numbers = change.by, iter(change.at)
    for name, at in zip(change.ids, zip(*[numbers] * len(by), strict=True), strict=True):
        label = labels.get(name)
        if label is None or label.geometry != at:
            raise _not_what_it_was(change.frame, name)
        labels[name] = with_geometry(label, tuple(map(add, at, by)))


def _not_what_it_was(index: int, name: str) -> OperationConflict:
    return OperationConflict(f"frame {index + 1}: label {name} is not what it was")


def changed_frames(document: Document, operation: Operation) -> dict[int, Frame]:
    """Return the frames as an operation leaves them, by index.

    OperationConflict when the document is not what it was made for.
    """
    by_frame: dict[int, list[Change]] = {}
    for change in operation.changes:
        by_frame.setdefault(change.frame, []).append(change)
    frames: dict[int, Frame] = {}
    for index, changes in by_frame.items():
        if not 0 <= index < len(document):
            raise OperationConflict(f"frame {index + 1} is beyond the clip")
        frames[index] = changed_frame(document.frame(index), *changes)
    return frames


def encoded_changes(document: Document, operation: Operation) -> dict[int, bytes]:
    """Return the frames as :func:`changed_frames` does, encoded."""
    changed = changed_frames(document, operation)
    return {index: encode_frame(frame) for index, frame in changed.items()}


def crowded_frame(document: Document, operation: Operation) -> int | None:
    """Find a frame that would have more labels than a frame may; its index, else None."""
    more: Counter[int] = Counter()
    for change in operation.changes:
        if isinstance(change, LabelChange):
            more[change.frame] += (change.after is not None) - (change.before is not None)
    for index, count in more.items():
        if (
            count > 0
            and 0 <= index < len(document)
            and len(document.frame(index).labels) + count > LABELS_PER_FRAME
        ):
            return index
    return None


def apply(document: Document, operation: Operation) -> None:
    """Apply an operation to a document, wholly or (OperationConflict) not at all."""
    document.apply(encoded_changes(document, operation))


def label_change(index: int, before: Label | None, after: Label | None) -> LabelChange:
    """Make a change of one label; at least one side must be given."""
    label = before if after is None else after
    if label is None:
        raise ValueError("a label change needs a label before or after")
    return LabelChange(index, label.id, before, after)


def state_change(index: int, frame: Frame, **fields: object) -> StateChange:
    """Make a change of a frame's flags, ball state or marks (fields of FrameState)."""
    before = state_of(frame)
    if "flags" in fields:
        fields["flags"] = tuple(sorted(fields["flags"]))  # type: ignore[call-overload]
    after = msgspec.structs.replace(before, **fields)
    if not after.reviewed:
        after = msgspec.structs.replace(after, unseen=False)
    return StateChange(index, before, after)
