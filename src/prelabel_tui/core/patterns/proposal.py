"""What a rule would change, to be shown first and then applied as one operation.

Labels that a person has settled are left alone and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from prelabel_tui.core.edits.corrections import Floats, at_edges
from prelabel_tui.core.edits.many_frames import Refusal, span
from prelabel_tui.core.edits.one_frame import Bounds
from prelabel_tui.core.edits.operations import LabelChange, Operation, label_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame, Origin, make_frame
from prelabel_tui.core.patterns.rows import Bools, Ints, Rows
from prelabel_tui.core.patterns.rules import Between, Rule
from prelabel_tui.core.progress import Progress, unwatched

_SAME: Final = 0.5
"""In 1/100 px: edges nearer than this are where they should be."""
_FRAMES_AT_ONCE: Final = 256


@dataclass(frozen=True)
class Reach:
    """Which labels a rule is for: of some tracks (None: all), in frames ``first`` to ``last``."""

    tracks: frozenset[int] | None = None
    first: int = 0
    last: int | None = None

    def within(self, rows: Rows) -> Bools:
        """Return which rows those are."""
        inside = rows.frame >= self.first
        if self.last is not None:
            inside &= rows.frame <= self.last
        if self.tracks is not None:
            inside &= np.isin(rows.track, sorted(self.tracks))
        return np.asarray(inside)


@dataclass(frozen=True)
class Proposal:
    """A rule applied to the labels in its reach, not made yet.

    ``bounds``: width and height of each frame in 1/100 px.
    """

    rows: Rows
    rule: Rule
    reach: Reach
    bounds: Sequence[Bounds]

    @cached_property
    def _inside(self) -> Bools:
        return self.reach.within(self.rows)

    @cached_property
    def _wanted(self) -> Floats:
        return self.rule.place(self.rows)

    @cached_property
    def changed(self) -> Ints:
        """The rows that would change."""
        rows = self.rows
        free = self._inside & ~rows.settled & rows.by_model
        off = np.abs(self._wanted - rows.now).max(axis=1, initial=0) > _SAME
        return np.flatnonzero(free & off)

    @cached_property
    def left_alone(self) -> int:
        """Labels in reach that stay because a person has settled them."""
        return int((self._inside & self.rows.settled).sum())

    @property
    def frames(self) -> Ints:
        """The frames that would change, in order."""
        return np.unique(self.rows.frame[self.changed])

    @property
    def text(self) -> str:
        """What would be done, and to how many labels of how many tracks on which frames."""
        changed = self.changed
        tracks = len(np.unique(self.rows.track[changed]))
        frames = self.frames
        where = span(int(frames[0]), int(frames[-1])) if len(frames) else ""
        parts = [
            f"{_VERBS.get(type(self.rule), 'Correct')} {self.rule.text}: {len(changed)} "
            f"label{'s'[: len(changed) != 1]} of {tracks} track{'s'[: tracks != 1]} in {where}"
        ]
        if self.left_alone:
            parts.append(f"left alone: {self.left_alone} reviewed or by hand")
        return " · ".join(parts)

    def ghost(self, document: Document, index: int) -> Frame:
        """Return the labels of a frame that would change, as they would be."""
        rows = self.rows
        here = np.intersect1d(self.changed, np.array(rows.of_frame(index), dtype=np.int64))
        changes = self._changes(document, here)
        return make_frame([change.after for change in changes if change.after is not None])

    def operation(self, document: Document, progress: Progress = unwatched) -> Operation | Refusal:
        """Return it as one operation.  Cancelled."""
        changed = self.changed
        if not len(changed):
            if self.left_alone:
                return Refusal("Those labels stay: they are reviewed or put by hand.")
            return Refusal("There is nothing to change: those labels are there already.")
        changes: list[LabelChange] = []
        parts = np.array_split(changed, max(1, len(changed) // (_FRAMES_AT_ONCE * 16)))
        for part in parts:
            progress("labels corrected", len(changes), len(changed))
            changes += self._changes(document, part)
        action = "interpolate" if isinstance(self.rule, Between) else "propagate"
        return Operation(action, self.text, tuple(changes))

    def _changes(self, document: Document, chosen: Ints) -> list[LabelChange]:
        origin = Origin.INTERPOLATED if isinstance(self.rule, Between) else Origin.PROPAGATED
        changes = []
        for row in chosen.tolist():
            index = int(self.rows.frame[row])
            label = document.frame(index).label(self.rows.ids[row])
            if label is not None:
                after = at_edges(label, self._wanted[row], self.bounds[index], origin)
                if after.geometry != label.geometry:
                    changes.append(label_change(index, label, after))
        return changes


_VERBS: Final = {Between: "Interpolate corrections"}
