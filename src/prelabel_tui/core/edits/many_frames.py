"""Edits that reach over several frames, each one undoable step: follow, copy, propagate, ranges.

What a person has settled (:func:`settled`) is changed in its own frame only, or in a range that
was asked for; what goes through the frames around one (propagate, core.interpolation) leaves it
alone and says so.

Frames are 0-based indices; the texts count from 1, as the screens do.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Container, Iterable
from typing import NamedTuple

import msgspec

from prelabel_tui.core.edits.matching import NO_BALL, distance, free_id, overlap, settled
from prelabel_tui.core.edits.operations import Change, Operation, label_change, state_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    Ball,
    BallState,
    Box,
    Flag,
    Frame,
    Label,
    Origin,
    with_geometry,
)
from prelabel_tui.core.tracks import Tracks

_LEFT_ALONE = " · left alone: "
_SIZE_REACH = 60


class Refusal(NamedTuple):
    """The reason why an operation cannot be made: one sentence to show."""

    text: str


def ball_size_near(document: Document, index: int) -> int | None:
    """Return the ball's diameter in the nearest frame that has one with a size; of two, the first.

    None when no frame has one.
    """
    for away in range(_SIZE_REACH):
        for at in (index - away, index + away):
            if 0 <= at < len(document):
                for label in document.frame(at).labels:
                    if isinstance(label, Ball) and label.size:
                        return label.size
    return None


def with_left_alone(text: str, frames: Collection[int]) -> str:
    """Add to an operation's text, once, that ``frames`` were left alone as settled."""
    if not frames or _LEFT_ALONE in text:
        return text
    return f"{text}{_LEFT_ALONE}{len(frames)} reviewed or by hand"


def standing(
    document: Document, tracks: Tracks, at: int, wanted: Label, source: int
) -> Label | None:
    """Find the label of frame ``at`` that is moved to put ``wanted``, of frame ``source``, there.

    That of the same track; else the ball nearest, or a box with half its area in common, if
    it is not another one of ``source`` as well.
    """
    frame = document.frame(at)
    track = tracks.at(source, wanted.id)
    own = None if track is None else tracks.find(track, at)
    if own is not None:
        return frame.label(own)
    others = set(tracks.numbers(source, source + 1).tolist())
    strays = [label for label in frame.labels if tracks.at(at, label.id) not in others]
    if isinstance(wanted, Ball):
        balls = [label for label in strays if isinstance(label, Ball)]
        return min(balls, key=lambda ball: (distance(wanted, ball), ball.id), default=None)
    boxes = [label for label in strays if isinstance(label, Box) and overlap(wanted, label) >= 0.5]
    return max(boxes, key=lambda box: (overlap(wanted, box), box.id), default=None)


def placed(
    index: int, frame: Frame, wanted: Label, there: Label | None, origin: Origin
) -> Change | None:
    """Make the change that moves ``there`` to where ``wanted`` is, or else adds a label like it.

    None if it is there already.
    """
    if there is None:
        added = msgspec.structs.replace(
            wanted, id=free_id(frame, wanted.id), origin=origin, score=None, was=None
        )
        return label_change(index, None, added)
    if there.geometry == wanted.geometry:
        return None
    moved = with_geometry(there, wanted.geometry)
    return label_change(index, there, msgspec.structs.replace(moved, origin=origin))


def _name(label: Label) -> str:
    return "ball" if isinstance(label, Ball) else label.id


def span(first: int, last: int) -> str:
    """Write frames as people count them: ``12`` or ``12–19``."""
    return f"{first + 1}" if first == last else f"{first + 1}–{last + 1}"


def copy_from_previous(
    document: Document, tracks: Tracks, index: int, label_id: str | None = None
) -> Operation | Refusal:
    """Put a label where its track was in the previous frame; without an id, add all missing ones.

    A ball whose track was not there goes where the only ball was that is missing here.
    """
    if index == 0:
        return Refusal("The first frame has no previous one.")
    frame, previous = document.frame(index), document.frame(index - 1)
    here = set(tracks.numbers(index, index + 1).tolist())
    missing = [label for label in previous.labels if tracks.at(index - 1, label.id) not in here]
    if label_id is not None:
        selected = frame.label(label_id)
        track = tracks.at(index, label_id)
        before = None if track is None else tracks.find(track, index - 1)
        source = None if before is None else previous.label(before)
        if source is None and isinstance(selected, Ball) and len(missing) == 1:
            source = missing[0]
        if selected is None or source is None:
            return Refusal(f"{label_id} is not in frame {index}: its track is not there.")
        if source.geometry == selected.geometry:
            return Refusal(f"{_name(selected)} is where it was.")
        moved = msgspec.structs.replace(
            with_geometry(selected, source.geometry), origin=Origin.PROPAGATED
        )
        text = f"Copy {_name(selected)} from frame {index}"
        return Operation("propagate", text, (label_change(index, selected, moved),))
    changes: list[Change] = []
    taken = frame
    for label in missing:
        added = msgspec.structs.replace(
            label, id=free_id(taken, label.id), origin=Origin.PROPAGATED, score=None, was=None
        )
        taken = msgspec.structs.replace(taken, labels=(*taken.labels, added))
        changes.append(label_change(index, None, added))
    if not changes:
        return Refusal(f"Nothing to copy: all labels of frame {index} are here.")
    what = _name(missing[0]) if len(missing) == 1 else f"{len(missing)} labels"
    return Operation("propagate", f"Copy {what} from frame {index}", tuple(changes))


def propagate(
    document: Document, tracks: Tracks, index: int, count: int, label_id: str | None = None
) -> Operation | Refusal:
    """Put a label (the frame's only one, without an id) on the next ``count`` frames as it is.

    Where its track has a label that is moved.

    Where a person has settled it already it stays.
    """
    frame = document.frame(index)
    if label_id is None and len(frame.labels) != 1:
        return Refusal("Select the label to propagate.")
    label = frame.labels[0] if label_id is None else frame.label(label_id)
    if label is None:
        return Refusal(f"There is no {label_id} in frame {index + 1}.")
    last = min(index + count, len(document) - 1)
    if count < 1 or last == index:
        return Refusal("There is no later frame.")
    changes: list[Change] = []
    left: list[int] = []
    for at in range(index + 1, last + 1):
        there = standing(document, tracks, at, label, index)
        if settled(document.frame(at), there):
            left.append(at)
        elif change := placed(at, document.frame(at), label, there, Origin.PROPAGATED):
            changes.append(change)
    if not changes:
        why = "stays: these frames are reviewed or edited by hand" if left else "is there already"
        return Refusal(f"{_name(label)} {why}.")
    text = with_left_alone(f"Propagate {_name(label)} to {span(index + 1, last)}", left)
    return Operation("propagate", text, tuple(changes))


def to_accept(document: Document, frames: Iterable[int], unseen: Container[int] = ()) -> list[int]:
    """Return those of the frames that accepting them would mark.

    They are in the content, and not reviewed, or were accepted unseen and are not ``unseen`` now.
    """
    marked = []
    for at in frames:
        frame = document.frame(at)
        if not frame.left_out and (not frame.reviewed or (frame.unseen and at not in unseen)):
            marked.append(at)
    return marked


def _accept(
    document: Document, frames: Iterable[int], unseen: Container[int], text: str
) -> Operation | None:
    changes = tuple(
        state_change(at, document.frame(at), reviewed=True, unseen=at in unseen)
        for at in to_accept(document, frames, unseen)
    )
    return Operation("review", text, changes) if changes else None


def accept_frame(document: Document, index: int, *, unseen: bool = False) -> Operation | None:
    """Mark a frame as reviewed; None when it already is, or is left out.

    ``unseen``: its picture was not shown, and the mark says so.
    """
    return _accept(document, (index,), {index} if unseen else (), f"Accept frame {index + 1}")


def unaccept_frame(document: Document, index: int) -> Operation | None:
    """Take the reviewed mark off a frame; None when it has none."""
    frame = document.frame(index)
    if not frame.reviewed:
        return None
    change = state_change(index, frame, reviewed=False)
    return Operation("review", f"Frame {index + 1} not reviewed", (change,))


def accept_range(
    document: Document,
    first: int,
    last: int,
    unseen: Container[int] = (),
    without: Container[int] = (),
) -> Operation | Refusal:
    """Mark frames ``first`` to ``last`` (both included) as reviewed.

    The mark of those ``unseen`` says that their picture was not shown.  ``without``: frames that
    stay as they are.
    """
    frames = [at for at in range(first, last + 1) if at not in without]
    made = _accept(document, frames, unseen, f"Accept {span(first, last)}")
    return made or Refusal("No frame there is left to accept.")


def flag_range(
    document: Document, first: int, last: int, flag: Flag, on: bool = True
) -> Operation | Refusal:
    """Set (or clear) a flag on frames ``first`` to ``last``, both included."""
    changes: list[Change] = []
    for at in range(first, last + 1):
        frame = document.frame(at)
        if (flag in frame.flags) is not on:
            flags = {*frame.flags, flag} if on else set(frame.flags) - {flag}
            changes.append(state_change(at, frame, flags=flags))
    if not changes:
        state = "set" if on else "clear"
        return Refusal(f"{flag} is {state} there already.")
    verb = "Flag" if on else "Unflag"
    return Operation("flag", f"{verb} {span(first, last)} {flag}", tuple(changes))


def delete_through(
    document: Document, tracks: Tracks, first: int, last: int, seen_at: int, label_id: str
) -> Operation | Refusal:
    """Delete the track of a label of frame ``seen_at`` from frames ``first`` to ``last``."""
    label, track = document.frame(seen_at).label(label_id), tracks.at(seen_at, label_id)
    if label is None or track is None:
        return Refusal(f"There is no {label_id} in frame {seen_at + 1}.")
    changes = tuple(
        label_change(member.frame, document.frame(member.frame).label(member.id), None)
        for member in tracks.members_within(track, first, last)
    )
    if not changes:
        return Refusal(f"Track {tracks.name(track)} has no label in {span(first, last)}.")
    return Operation("delete", f"Delete track {tracks.name(track)} in {span(first, last)}", changes)


def reject_label(document: Document, index: int, label_id: str) -> Operation | Refusal:
    """Delete one label of one frame."""
    label = document.frame(index).label(label_id)
    if label is None:
        return Refusal(f"There is no {label_id} in frame {index + 1}.")
    return Operation("delete", f"Delete {_name(label)}", (label_change(index, label, None),))


def set_ball_state(document: Document, index: int, state: BallState | None) -> Operation | None:
    """Set the ball state; out of the frame and absent take ball labels away.

    None when nothing changes.
    """
    frame = document.frame(index)
    changes: list[Change] = []
    if state in NO_BALL:
        changes += [label_change(index, ball, None) for ball in frame.labels]
    if frame.ball is not state:
        changes.append(state_change(index, frame, ball=state))
    text = "Ball state cleared" if state is None else f"Ball {state.replace('_', ' ')}"
    return Operation("ball_state", text, tuple(changes)) if changes else None


class Decisions:
    """Labels accepted one by one; the frame is accepted with its last one.

    Held for a session: a label that changed since, or was not there, is undecided again.
    """

    def __init__(self) -> None:
        self._accepted: dict[int, dict[str, Label]] = {}

    def accepted(self, document: Document, index: int) -> frozenset[str]:
        """Return the ids of the labels accepted as they are."""
        decided = self._accepted.get(index, {})
        labels = document.frame(index).labels
        return frozenset(label.id for label in labels if decided.get(label.id) == label)

    def accept(self, document: Document, index: int, label_id: str) -> Operation | None:
        """Accept a label; return the operation that marks the frame once none is undecided."""
        label = document.frame(index).label(label_id)
        if label is not None:
            self._accepted.setdefault(index, {})[label_id] = label
        undecided = len(document.frame(index).labels) - len(self.accepted(document, index))
        return None if undecided else accept_frame(document, index)

    def forget(self, index: int) -> None:
        """Take back every decision in this frame."""
        self._accepted.pop(index, None)

    def next_label(self, document: Document, index: int, after: str | None = None) -> str | None:
        """Find the next undecided label behind ``after`` in the frame's order, then from its start.

        None when every label is decided.
        """
        done = self.accepted(document, index)
        ids = [label.id for label in document.frame(index).labels]
        turn = ids.index(after) + 1 if after in ids else 0
        return next((name for name in ids[turn:] + ids[:turn] if name not in done), None)


def ball_size(document: Document) -> int:
    """Return the diameter (1/100 px) for an added ball.

    It is the lower median of the draft's stored sizes, else the default.  Reads every frame.
    """
    sizes = [
        label.size
        for frame in document
        for label in frame.labels
        if isinstance(label, Ball) and label.size
    ]
    return statistics.median_low(sizes) if sizes else DEFAULT_BALL_SIZE
