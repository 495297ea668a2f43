"""Edits as operations: each a set of label and frame-state changes with an exact inverse."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import BallState, Flag, Frame, Label, make_frame


class LabelChange(msgspec.Struct, frozen=True, omit_defaults=True, tag="label", tag_field="on"):
    """One label of one frame: added (no ``before``), deleted (no ``after``) or changed."""

    frame: int
    id: str
    before: Label | None = None
    after: Label | None = None


class FrameState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a frame holds besides labels."""

    ball: BallState | None = None
    flags: tuple[Flag, ...] = ()
    reviewed: bool = False
    left_out: bool = False
    unseen: bool = False


class StateChange(msgspec.Struct, frozen=True, omit_defaults=True, tag="state", tag_field="on"):
    """Flags, ball state or the marks of one frame."""

    frame: int
    before: FrameState
    after: FrameState


Change = LabelChange | StateChange


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
    return msgspec.structs.replace(change, before=change.after, after=change.before)


def changed_frame(frame: Frame, change: Change) -> Frame:
    """Make one change to a frame.  OperationConflict when ``before`` does not hold."""
    if isinstance(change, StateChange):
        if state_of(frame) != change.before:
            raise OperationConflict(f"frame {change.frame + 1}: its state is not what it was")
        return with_state(frame.labels, change.after)
    if frame.label(change.id) != change.before:
        raise OperationConflict(f"frame {change.frame + 1}: label {change.id} is not what it was")
    labels = [label for label in frame.labels if label.id != change.id]
    if change.after is not None:
        labels.append(change.after)
    return with_state(labels, state_of(frame))


def changed_frames(document: Document, operation: Operation) -> dict[int, Frame]:
    """Return the frames as an operation leaves them, by index.

    OperationConflict when the document is not what it was made for.
    """
    frames: dict[int, Frame] = {}
    for change in operation.changes:
        if not 0 <= change.frame < len(document):
            raise OperationConflict(f"frame {change.frame + 1} is beyond the clip")
        frame = frames.get(change.frame) or document.frame(change.frame)
        frames[change.frame] = changed_frame(frame, change)
    return frames


def apply(document: Document, operation: Operation) -> None:
    """Apply an operation to a document, wholly or (OperationConflict) not at all."""
    for index, frame in changed_frames(document, operation).items():
        document.replace(index, frame)


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
