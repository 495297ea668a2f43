"""What a rule would change, to be shown first and then applied as one operation.

Labels that a person has settled are left alone and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from prelabel_tui.core.edits.corrections import Floats, at_edges, model_geometry
from prelabel_tui.core.edits.many_frames import Refusal, span
from prelabel_tui.core.edits.matching import settled
from prelabel_tui.core.edits.one_frame import MIN_SIDE, Bounds
from prelabel_tui.core.edits.operations import LabelChange, Operation, label_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame, Origin, make_frame
from prelabel_tui.core.patterns.rows import Bools, Ints, Rows, read_rows
from prelabel_tui.core.patterns.rules import Between, Rule
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.tracks import Tracks

_SAME: Final = 0.5
"""In 1/100 px: edges nearer than this are where they should be."""
_FRAMES_AT_ONCE: Final = 256
_LONGEST: Final = 300


@dataclass(frozen=True)
class Reach:
    """Which labels a rule is for: of some tracks (None: all), in frames ``first`` to ``last``.

    ``labels``: only these rows of all of a document.
    """

    tracks: frozenset[int] | None = None
    first: int = 0
    last: int | None = None
    labels: Ints | None = field(default=None, compare=False)

    def within(self, rows: Rows) -> Bools:
        """Return which rows those are."""
        inside = rows.frame >= self.first
        if self.last is not None:
            inside &= rows.frame <= self.last
        if self.tracks is not None:
            inside &= np.isin(rows.track, sorted(self.tracks))
        if self.labels is not None:
            chosen = np.zeros(len(inside), dtype=np.bool_)
            chosen[self.labels] = True
            inside &= chosen
        return np.asarray(inside)


@dataclass(frozen=True)
class ClipFrames:
    """The frames of a clip: width and height of each in 1/100 px, and those without a picture."""

    bounds: Sequence[Bounds]
    without_picture: frozenset[int] = frozenset()

    def seen(self, rows: Rows) -> Bools:
        """Say of which labels the picture is there."""
        return ~np.isin(rows.frame, sorted(self.without_picture))

    def with_skipped(self, text: str, frames: int) -> str:
        """Add to what would be done how many frames are left out for want of a picture."""
        if not frames:
            return text
        plural = "" if frames == 1 else "s"
        return f"{text} · {frames} frame{plural} without a picture left out"


@dataclass(frozen=True)
class Proposal:
    """A rule applied to the labels in its reach, not made yet."""

    rows: Rows
    rule: Rule
    reach: Reach
    clip: ClipFrames

    @cached_property
    def _inside(self) -> Bools:
        return self.reach.within(self.rows)

    def _wanted(self, which: Ints) -> Floats:
        """Return where edges would be, to 1/100 px and inside of the frame."""
        wanted, rows = np.rint(self.rule.place(self.rows, which)), self.rows
        most = np.array([self.clip.bounds[at] for at in rows.frame[which].tolist()])
        most = most.reshape(-1, 2).astype(np.float64)
        if rows.is_ball:
            middle = (wanted[:, :2] + wanted[:, 2:]) / 2
            step = np.clip(middle, 0, most) - middle
            return np.asarray(wanted + np.tile(step, 2))
        near = np.clip(wanted[:, :2], 0, most - MIN_SIDE)
        far = np.clip(wanted[:, 2:], near + MIN_SIDE, most)
        return np.concatenate([near, far], axis=1)

    def _off(self, which: Ints) -> Ints:
        """Return those of some rows that are free to change, and would."""
        rows = self.rows
        free = which[self._inside[which] & ~rows.settled[which] & rows.by_model[which]]
        far = np.abs(self._wanted(free) - rows.now[free]).max(axis=1, initial=0)
        return np.asarray(free[far > _SAME])

    @cached_property
    def _all_off(self) -> Ints:
        return self._off(np.arange(len(self.rows.ids)))

    @cached_property
    def changed(self) -> Ints:
        """The rows that would change."""
        return self._all_off[self.clip.seen(self.rows)[self._all_off]]

    @cached_property
    def skipped(self) -> int:
        """Frames that are left out for want of a picture."""
        return len(np.unique(self.rows.frame[self._all_off])) - len(self.frames)

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
        """What would be done, and to how many labels of how many tracks in which frames."""
        changed = self.changed
        labels, tracks = len(changed), len(np.unique(self.rows.track[changed]))
        text = (
            f"{self.rule.text}: {labels} label{'s'[: labels != 1]} "
            f"of {tracks} track{'s'[: tracks != 1]}"
        )
        if labels:
            frames = self.rows.frame[changed]
            text += f" in {span(int(frames[0]), int(frames[-1]))}"
        if self.left_alone:
            text += f" · left alone: {self.left_alone} reviewed or by hand"
        return self.clip.with_skipped(text, self.skipped)

    def ghost(self, document: Document, index: int) -> Frame:
        """Return the labels of a frame that would change, as they would be."""
        if index in self.clip.without_picture:
            return make_frame()
        changes = self._changes(document, self._off(self.rows.of_frame(index)))
        return make_frame([change.after for change in changes if change.after is not None])

    def operation(self, document: Document, progress: Progress = unwatched) -> Operation | Refusal:
        """Return it as one operation.  Cancelled."""
        changed = self.changed
        if not len(changed):
            if self.left_alone:
                return Refusal("Those labels stay: they are reviewed or put by hand.")
            if self.skipped:
                return Refusal("Those frames have no picture: their labels stay as they are.")
            return Refusal("There is nothing to change: those labels are there already.")
        changes: list[LabelChange] = []
        parts = np.array_split(changed, max(1, len(changed) // (_FRAMES_AT_ONCE * 16)))
        for part in parts:
            progress("labels corrected", len(changes), len(changed))
            changes += self._changes(document, part)
        action = "interpolate" if isinstance(self.rule, Between) else "correct"
        return Operation(action, self.text, tuple(changes))

    def _changes(self, document: Document, chosen: Ints) -> list[LabelChange]:
        origin = Origin.INTERPOLATED if isinstance(self.rule, Between) else Origin.PROPAGATED
        changes = []
        for row, wanted in zip(chosen.tolist(), self._wanted(chosen), strict=True):
            index = int(self.rows.frame[row])
            label = document.frame(index).label(self.rows.ids[row])
            if label is not None:
                after = at_edges(label, wanted, self.clip.bounds[index], origin)
                if after.geometry != label.geometry:
                    changes.append(label_change(index, label, after))
        return changes


def between_corrections(
    document: Document, tracks: Tracks, index: int, label_id: str, clip: ClipFrames
) -> Proposal | None:
    """Propose the corrections of a label between the frames around ``index`` that are settled.

    From a settled frame: to the settled ones on both sides.  None unless there are two, one of them
    corrected, with labels between; those further than _LONGEST frames away are not looked for.
    """
    track = tracks.at(index, label_id)
    if track is None:
        return None
    frames = [index]
    for way in (-1, 1):
        for at in range(index + way, index + way * _LONGEST, way):
            if not 0 <= at < len(document):
                break
            name = tracks.find(track, at)
            if name is None:
                continue
            frames.append(at)
            label = document.frame(at).label(name)
            if settled(document.frame(at), label) and label and model_geometry(label) is not None:
                break
    rows = read_rows(document, tracks, frames=sorted(frames))
    proposal = Proposal(rows, Between(), Reach(frozenset({track})), clip)
    knots = (rows.track == track) & rows.settled & rows.by_model
    between = bool((~rows.settled & rows.by_model & (rows.track == track)).any())
    corrected = knots.sum() > 1 and bool(rows.correction[knots].any())
    return proposal if corrected and between else None
