"""Edits of a selection: what is done to one label by key, done to many on many frames.

Each is one operation, so one undo.  What the selection leaves alone is counted in its text.
Geometry in units of 1/100 px.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.edits.many_frames import Refusal, to_accept
from prelabel_tui.core.edits.one_frame import MIN_SIDE, Edge, put_by_hand, signed
from prelabel_tui.core.edits.operations import (
    Change,
    LabelChange,
    Operation,
    ShiftChange,
    changed_frame,
    label_change,
    shifts_back,
    state_change,
)
from prelabel_tui.core.edits.selection import Ints, LabelTable, Selection, counted
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    Ball,
    Box,
    Capability,
    Flag,
    Frame,
    Label,
)

Sizes: TypeAlias = NDArray[np.int64]
"""Width and height of each frame, shape (frames, 2)."""


def move(selection: Selection, dx: int, dy: int, sizes: Sizes) -> Operation | Refusal:
    """Move all labels by the same; each stops at the edges of its frame."""
    table, rows = selection.table, selection.changeable
    x, y, w, h = table.values[:4, rows]
    width, height = sizes[table.frame[rows]].T
    if table.is_ball:  # its middle stays inside
        x, y, w, h = x + w // 2, y + h // 2, 0 * w, 0 * h
    by = np.zeros((len(rows), 3 if table.is_ball else 4), dtype=np.int64)
    by[:, 0] = _towards(x, dx, 0, width - w) - x
    by[:, 1] = _towards(y, dy, 0, height - h) - y
    text = f"Move {selection.census.much} by {signed(dx)},{signed(dy)}"
    return _shifted(selection, "move", text, by, "The labels are at the edge of the frame.")


def resize(selection: Selection, edge: Edge, step: int, sizes: Sizes) -> Operation | Refusal:
    """Move one edge of all boxes; of balls the diameter, as for a single label."""
    table, rows = selection.table, selection.changeable
    x, y, w, h = table.values[:4, rows]
    width, height = sizes[table.frame[rows]].T
    if table.is_ball:
        size = np.where(w > 0, w, DEFAULT_BALL_SIZE)
        outwards = step if edge in (Edge.RIGHT, Edge.BOTTOM) else -step
        by = np.zeros((len(rows), 3), dtype=np.int64)
        by[:, 2] = _towards(size, outwards, MIN_SIDE, np.minimum(width, height)) - size
        what = f"Size of {selection.census.much} {signed(outwards)}"
    else:
        by = np.zeros((len(rows), 4), dtype=np.int64)
        right, bottom = x + w, y + h
        if edge is Edge.LEFT:
            by[:, 0] = _towards(x, step, 0, right - MIN_SIDE) - x
            by[:, 2] = -by[:, 0]
        elif edge is Edge.TOP:
            by[:, 1] = _towards(y, step, 0, bottom - MIN_SIDE) - y
            by[:, 3] = -by[:, 1]
        elif edge is Edge.RIGHT:
            by[:, 2] = _towards(right, step, x + MIN_SIDE, width) - right
        else:
            by[:, 3] = _towards(bottom, step, y + MIN_SIDE, height) - bottom
        what = f"Resize {selection.census.much}: {edge} {signed(step)}"
    nothing = "The labels cannot get any smaller or larger that way."
    return _shifted(selection, "resize", what, by, nothing)


def _towards(start: Ints, step: int, low: Ints | int, high: Ints | int) -> Ints:
    """Return ``start + step`` stopped at the limits, never further out than it was."""
    if step >= 0:
        return np.maximum(start, np.minimum(start + step, high))
    return np.minimum(start, np.maximum(start + step, low))


def _shifted(
    selection: Selection, action: str, text: str, by: Ints, nothing: str
) -> Operation | Refusal:
    """Make the operation that changes each geometry by its row of ``by``."""
    if not len(selection.changeable):
        return _all_left_alone(selection)
    changes: list[Change] = []
    done = 0
    alike = tuple(by[0].tolist()) if (by == by[0]).all() and by[0].any() else None
    for index, labels in _labels_of(selection, selection.changeable):
        if alike is not None and all(map(_goes_along, labels)):
            changes.append(_together(index, labels, alike))
            done += len(labels)
            continue
        steps = by[done : done + len(labels)].tolist()  # frame by frame: other threads run between
        done += len(labels)
        together: dict[tuple[int, ...], list[Label]] = {}
        for label, step in zip(labels, map(tuple, steps), strict=True):
            if not any(step):
                continue
            if _goes_along(label):
                together.setdefault(step, []).append(label)
            else:
                changes.append(label_change(index, label, put_by_hand(label, _moved(label, step))))
        changes += [_together(index, labels, step) for step, labels in together.items()]
    if not changes:
        return Refusal(nothing)
    return Operation(action, _with_left_alone(selection, text), tuple(changes))


def _goes_along(label: Label) -> bool:
    """Say whether a label can be moved by a :class:`ShiftChange`."""
    return shifts_back(label) and (isinstance(label, Box) or label.size is not None)


def _together(index: int, labels: Sequence[Label], step: tuple[int, ...]) -> ShiftChange:
    at = tuple(chain.from_iterable(label.geometry for label in labels))
    return ShiftChange(index, tuple(label.id for label in labels), at, step)  # type: ignore[arg-type]


def _moved(label: Label, step: tuple[int, ...]) -> tuple[int, ...]:
    geometry = label.geometry
    if isinstance(label, Ball) and label.size is None:
        if not step[2]:
            return (label.x + step[0], label.y + step[1], None)  # type: ignore[return-value]
        geometry = (label.x, label.y, DEFAULT_BALL_SIZE)
    return tuple(was + by for was, by in zip(geometry, step, strict=True))  # type: ignore[operator]


def delete(selection: Selection) -> Operation | Refusal:
    """Delete all labels."""
    if not len(selection.changeable):
        return _all_left_alone(selection)
    text = f"Delete {selection.census.much}"
    return _deleted(selection, selection.changeable, _with_left_alone(selection, text))


def keep_only(selection: Selection) -> Operation | Refusal:
    """Delete the other labels of the frames on which the selection has any."""
    if not len(selection.changeable):
        return _all_left_alone(selection)
    others = selection.others()
    if not len(others):
        return Refusal("There are no other labels on these frames that may be deleted.")
    text = f"Keep only {selection.census.much}: delete {len(others):,} other"
    text += "" if len(others) == 1 else "s"
    return _deleted(selection, others, _with_left_alone(selection, text))


def _deleted(selection: Selection, rows: Ints, text: str) -> Operation:
    changes = tuple(
        LabelChange(index, label.id, label, None)
        for index, labels in _labels_of(selection, rows)
        for label in labels
    )
    return Operation("delete", text, changes)


def accept(selection: Selection, seen: Container[int] = ()) -> Operation | Refusal:
    """Mark the frames as reviewed; those that were not ``seen`` as accepted unseen."""
    document = selection.table.document
    unseen = {index for index in _frames(selection) if index not in seen}
    frames = to_accept(document, _frames(selection), unseen)
    if not frames:
        return _all_left_alone(selection)
    changes = [
        state_change(index, document.frame(index), reviewed=True, unseen=index in unseen)
        for index in frames
    ]
    text = f"Accept {counted(len(changes), 'frame')}"
    if never := len(unseen.intersection(frames)):
        text += f", {never:,} of them unseen"
    return Operation("review", _with_left_alone(selection, text), tuple(changes))


def flag(selection: Selection, which: Flag) -> Operation | Refusal:
    """Set a flag on the frames; clear it where all of them have it."""
    document, indices = selection.table.document, _frames(selection)
    if not indices:
        return _all_left_alone(selection)
    on = not all(which in document.frame(index).flags for index in indices)
    changes: list[Change] = []
    for index in indices:
        frame = document.frame(index)
        if (which in frame.flags) is not on:
            flags = {*frame.flags, which} if on else set(frame.flags) - {which}
            changes.append(state_change(index, frame, flags=flags))
    text = f"{'Flag' if on else 'Unflag'} {counted(len(changes), 'frame')} {which}"
    return Operation("flag", _with_left_alone(selection, text), tuple(changes))


def seen_on(
    frame: Frame,
    capability: Capability,
    ids: Iterable[str],
    make: Callable[[Selection], Operation | Refusal],
) -> Frame:
    """Return one frame as an edit of these labels of it will leave it: to show it at once."""
    table = LabelTable.read(Document.from_frames(capability, [frame]))
    operation = make(Selection(table, table.at((0, name) for name in ids), settled_too=True))
    return changed_frame(frame, *operation.changes) if isinstance(operation, Operation) else frame


def _frames(selection: Selection) -> list[int]:
    frames: list[int] = np.unique(selection.table.frame[selection.changeable]).tolist()
    return frames


def _labels_of(selection: Selection, rows: Ints) -> Iterator[tuple[int, list[Label]]]:
    """Yield each frame of these rows with their labels, in order."""
    table = selection.table
    starts, document = table.starts, table.document
    frames = table.frame[rows]
    begins = np.flatnonzero(np.diff(frames, prepend=-1))
    for begin, end in pairwise([*begins.tolist(), len(rows)]):
        index = int(frames[begin])
        labels, start = document.frame(index).labels, int(starts[index])
        yield index, [labels[place] for place in (rows[begin:end] - start).tolist()]


def _with_left_alone(selection: Selection, text: str) -> str:
    left = selection.census.left_alone
    return f"{text} · {left}" if left else text


def _all_left_alone(selection: Selection) -> Refusal:
    left = selection.census.left_alone
    return Refusal(f"Nothing may be changed: {left}." if left else "Nothing is selected.")
