"""Labels of many frames, selected: which they are, and what of them an edit leaves alone.

A :class:`LabelTable` has the numbers of every label of a document; a :class:`Selection` is which
of its rows are in.  Both are values, quick with 100,000 labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.codec import is_reviewed
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import Numbers, Source, label_ids, read_numbers
from prelabel_tui.core.model.labels import SCORE_UNIT, Capability

Rows: TypeAlias = NDArray[np.bool_]
"""For each label of a table whether it is meant."""
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_PART: Final = 256
"""Frames read at a time."""
_MIX = np.int64(0x1E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class LabelTable:
    """The labels of a document, a row each: by frame, and within it in its order."""

    document: Document
    """Never changed."""
    frame: Ints
    """The index of the frame that each label is in."""
    values: Ints
    """Of shape (5, labels): x, y, w, h (a ball's bounding square), score; -1: none.  Units."""
    names: Ints
    """Numbers that stand for the labels' ids."""
    sources: Ints
    by_hand: Rows
    """Whether a person has put a label where it is."""
    starts: Ints
    """The row at which each frame begins; one more at the end."""
    reviewed: Rows
    """For each frame."""
    pictured: Rows
    """For each frame whether it has a picture, without which it is left alone."""

    @classmethod
    def read(cls, document: Document, no_picture: Iterable[int] = ()) -> LabelTable:
        """Read a document; ``no_picture``: frames without one."""
        held = document.copy()
        encoded = held.every_encoded()
        numbers = _read(encoded, is_ball=document.capability is Capability.BALL)
        manual, derived = (numbers.sources == kind for kind in (Source.MANUAL, Source.DERIVED))
        pictured = np.ones(len(encoded), dtype=np.bool_)
        pictured[list(no_picture)] = False
        return cls(
            held,
            np.repeat(np.arange(len(encoded)), numbers.counts),
            numbers.values,
            numbers.names,
            numbers.sources,
            manual | (numbers.changed & ~derived),
            np.concatenate(([0], np.cumsum(numbers.counts))),
            np.fromiter(map(is_reviewed, encoded), dtype=np.bool_, count=len(encoded)),
            pictured,
        )

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def is_ball(self) -> bool:
        """Whether the labels are ball points."""
        return self.document.capability is Capability.BALL

    @cached_property
    def middles(self) -> Floats:
        """The middle of each label, shape (2, labels), in units."""
        return self.values[:2] + self.values[2:4] / 2

    def row(self, index: int, label_id: str) -> int | None:
        """Return the row of a label; None when the frame does not have it."""
        ids = label_ids(self.document.encoded(index))
        return int(self.starts[index]) + ids.index(label_id) if label_id in ids else None

    def name(self, row: int) -> tuple[int, str]:
        """Return the frame and the id of a row's label."""
        index = int(self.frame[row])
        return index, label_ids(self.document.encoded(index))[row - int(self.starts[index])]

    # -- which rows

    def none(self) -> Rows:
        """Return no row."""
        return np.zeros(len(self), dtype=np.bool_)

    def every(self) -> Rows:
        """Return every row."""
        return np.ones(len(self), dtype=np.bool_)

    def at(self, labels: Iterable[tuple[int, str]]) -> Rows:
        """Return the rows of labels given by frame and id; those that are not there are no row."""
        rows = self.none()
        places: dict[int, dict[str, int]] = {}
        for index, label_id in labels:
            if index not in places:
                ids, start = label_ids(self.document.encoded(index)), int(self.starts[index])
                places[index] = {name: start + place for place, name in enumerate(ids)}
            row = places[index].get(label_id)
            if row is not None:
                rows[row] = True
        return rows

    def near(self, row: int, reach: int) -> Rows:
        """Return what lies within ``reach`` (units) of a label's middle, in every frame."""
        away = self.distance_from(row)
        near: Rows = away <= reach
        return near

    def distance_from(self, row: int) -> Floats:
        """Return how far each label's middle is from that of one, in units."""
        dx, dy = self.middles - self.middles[:, row : row + 1]
        away: Floats = np.hypot(dx, dy)
        return away

    def between(self, first: int, last: int) -> Rows:
        """Return what is on the frames from ``first`` to ``last``, both included."""
        rows = self.none()
        rows[self.starts[max(0, first)] : self.starts[min(last, len(self.reviewed) - 1) + 1]] = True
        return rows

    def same(self, other: LabelTable, rows: Rows) -> Rows:
        """Return the rows here of the labels that are ``rows`` of another state of the document."""
        found: Rows = np.isin(self._keys, other._keys[rows])
        return found

    @cached_property
    def _keys(self) -> Ints:
        keys: Ints = self.names ^ ((self.frame + 1) * _MIX)
        return keys


@dataclass(frozen=True)
class Census:
    """How much a selection is.

    ``labels`` on ``frames`` are what an edit changes.  What it leaves alone: frames that are
    ``reviewed``, other labels put ``by_hand``, frames ``without_picture``.
    """

    labels: int
    frames: int
    reviewed: int
    by_hand: int
    without_picture: int

    @property
    def left_alone(self) -> str:
        """What is left alone, in words; empty when nothing is."""
        parts = [
            f"{count} {what}"
            for count, what in (
                (self.reviewed, "reviewed"),
                (self.by_hand, "by hand"),
                (self.without_picture, "without picture"),
            )
            if count
        ]
        return f"left alone: {', '.join(parts)}" if parts else ""

    @property
    def much(self) -> str:
        """How many labels on how many frames."""
        return f"{counted(self.labels, 'label')} on {counted(self.frames, 'frame')}"


def _read(encoded: Sequence[bytes], *, is_ball: bool) -> Numbers:
    """Read the numbers part by part: other threads run between them."""
    parts = [
        read_numbers(encoded[start : start + _PART], is_ball)
        for start in range(0, max(1, len(encoded)), _PART)
    ]
    return Numbers(
        np.concatenate([part.values for part in parts], axis=1),
        *(np.concatenate([part[at] for part in parts]) for at in range(1, len(Numbers._fields))),
    )


def counted(count: int, what: str) -> str:
    """Write a count with its word: `1 label`, `1,200 labels`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@dataclass(frozen=True, eq=False)
class Selection:
    """Labels of a table, to be edited together.

    What a person has settled (reviewed frames, labels put by hand) is left alone unless
    ``settled_too``; frames without a picture always are.
    """

    table: LabelTable
    rows: Rows
    settled_too: bool = False
    changed_here: Rows | None = None
    """What edits of this very selection changed: it is not left alone as put by hand."""

    def narrowed(self, rows: Rows) -> Selection:
        """Return what is in both."""
        return replace(self, rows=self.rows & rows)

    def widened(self, rows: Rows) -> Selection:
        """Return what is in either."""
        return replace(self, rows=self.rows | rows)

    def without(self, rows: Rows) -> Selection:
        """Return what is not in ``rows``."""
        return replace(self, rows=self.rows & ~rows)

    def toggled(self, row: int) -> Selection:
        """Return it with one label taken in, or out."""
        rows = self.rows.copy()
        rows[row] = not rows[row]
        return replace(self, rows=rows)

    def on(self, table: LabelTable) -> Selection:
        """Return the same labels in another state of the document."""
        changed = table.same(self.table, self.free & self.rows)
        rows = table.same(self.table, self.rows)
        return replace(self, table=table, rows=rows, changed_here=changed)

    # -- what is in it

    @cached_property
    def members(self) -> Ints:
        """The rows that are in, in frame order."""
        return np.flatnonzero(self.rows)

    @cached_property
    def changeable(self) -> Ints:
        """The members that an edit changes."""
        return np.flatnonzero(self.rows & self.free)

    @cached_property
    def free(self) -> Rows:
        """What an edit may change, selected or not."""
        table = self.table
        free = table.pictured[table.frame]
        if not self.settled_too:
            free = free & ~table.reviewed[table.frame] & ~self._by_hand
        return free

    @property
    def _by_hand(self) -> Rows:
        by_hand = self.table.by_hand
        return by_hand if self.changed_here is None else by_hand & ~self.changed_here

    @cached_property
    def census(self) -> Census:
        """How much it is."""
        table = self.table
        frames = table.frame[self.members]
        pictured = table.pictured[frames]
        reviewed, by_hand = table.reviewed[frames], self._by_hand[self.members]
        if self.settled_too:
            reviewed = by_hand = np.zeros(len(frames), dtype=np.bool_)
        return Census(
            labels=len(self.changeable),
            frames=_different(table.frame[self.changeable]),
            reviewed=_different(frames[pictured & reviewed]),
            by_hand=int((pictured & ~reviewed & by_hand).sum()),
            without_picture=_different(frames[~pictured]),
        )

    def prepare(self) -> Selection:
        """Work out what is shown of it, so that asking takes no time afterwards; return it."""
        _ = self.census, self.per_frame
        return self

    def others(self) -> Ints:
        """Return the labels beside the changeable ones in their frames that may be changed too."""
        table = self.table
        here = np.zeros(len(table.reviewed), dtype=np.bool_)
        here[table.frame[self.changeable]] = True
        return np.flatnonzero(here[table.frame] & ~self.rows & self.free)

    @cached_property
    def per_frame(self) -> tuple[Ints, Ints]:
        """Return for every frame how many members it has, and how many of them can be changed."""
        frame, count = self.table.frame, len(self.table.reviewed)
        return (
            np.bincount(frame[self.members], minlength=count),
            np.bincount(frame[self.changeable], minlength=count),
        )

    # -- members, one by one

    def beside(self, index: int, label_id: str | None, step: int) -> int | None:
        """Return the row of the next (``step`` 1) or previous (-1) member from a label on.

        None when there is none that way.
        """
        start = self.table.row(index, label_id) if label_id is not None else None
        if start is None:
            start = int(self.table.starts[index + (step < 0)])
            place = int(np.searchsorted(self.members, start)) - (step < 0)
        else:
            place = int(np.searchsorted(self.members, start, "left" if step < 0 else "right"))
            place -= step < 0
        return int(self.members[place]) if 0 <= place < len(self.members) else None

    @property
    def _seen(self) -> Ints:
        """What is worth looking at: what an edit changes, if anything."""
        return self.changeable if len(self.changeable) else self.members

    @cached_property
    def worst(self) -> int:
        """The row of the member that fits the others least; there must be one.

        By how far its size, score and place are from the median, in medians of that distance.
        """
        rows = self._seen
        values = self.table.values[:, rows].astype(np.float64)
        frames = self.table.frame[rows]
        middles = self.table.middles[:, rows]
        drawn = [np.log(np.maximum(values[2:4], 1)), values[4:5] / SCORE_UNIT]
        if _different(frames) == len(frames) > 2:  # one in each frame: where it should be
            beside = (middles[:, :-2] + middles[:, 2:]) / 2
            off = np.pad(np.hypot(*(middles[:, 1:-1] - beside)), 1)
            drawn.append(off[None])
        odd = np.zeros(len(frames))
        for row in np.concatenate(drawn):
            away = np.abs(row - np.median(row))
            odd += away / max(float(np.median(away)), float(away.mean()), 1e-9)
        return int(rows[int(np.argmax(odd))])

    def sample(self, count: int) -> list[int]:
        """Return up to ``count`` members to look at: first, last, the worst fit, others between."""
        rows = self._seen
        spread = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))
        shown = [int(rows[place]) for place in spread]
        if len(shown) > 2 and self.worst not in shown:
            nearest = min(range(1, len(shown) - 1), key=lambda at: abs(shown[at] - self.worst))
            shown[nearest] = self.worst
        return sorted(shown)


def _different(frames: Ints) -> int:
    """Count the different numbers of a sorted array."""
    return int(len(frames) > 0) + int((np.diff(frames) != 0).sum())
