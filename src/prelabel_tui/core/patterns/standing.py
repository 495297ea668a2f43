"""Detections that stand still in most frames: a lamp, a logo, a spot on the lens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from prelabel_tui.core.edits.corrections import Floats
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Change, Operation, label_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import read_numbers
from prelabel_tui.core.model.labels import UNIT, Capability, Frame, Label, make_frame
from prelabel_tui.core.patterns.proposal import ClipFrames
from prelabel_tui.core.patterns.rows import Bools, Ints, Rows
from prelabel_tui.core.progress import Progress, unwatched

_SHARE: Final = 0.5
"""Of the frames, in which something stands.  A real ball may rest in a sixth of a clip."""
_REACH: Final = {Capability.BALL: 2 * UNIT, Capability.PLAYER: UNIT / 2}
_LEAST_FRAMES: Final = {Capability.BALL: 20, Capability.PLAYER: 100}
"""People stand still as well: what is no person stands longer, and closer to the pixel."""
_FRAMES_AT_ONCE: Final = 256


@dataclass(frozen=True)
class Standing:
    """The labels at some places that nothing of a match would stay at.

    ``members``: rows, at most one of a place in a frame; ``seen``: frames that the place with the
    fewest has.
    """

    rows: Rows
    places: tuple[tuple[int, int], ...]
    members: Ints
    seen: int
    clip: ClipFrames

    @cached_property
    def _free(self) -> Ints:
        return self.members[~self.rows.settled[self.members]]

    @cached_property
    def changed(self) -> Ints:
        """The rows that would be deleted: those that nobody has settled."""
        return self._free[self.clip.seen(self.rows)[self._free]]

    @cached_property
    def skipped(self) -> int:
        """Frames that are left out for want of a picture."""
        return len(np.unique(self.rows.frame[self._free[~self.clip.seen(self.rows)[self._free]]]))

    @property
    def left_alone(self) -> int:
        """Labels that stay because a person has settled them."""
        return len(self.members) - len(self._free)

    @property
    def frames(self) -> Ints:
        """The frames that would change, in order."""
        return np.unique(self.rows.frame[self.changed])

    @property
    def text(self) -> str:
        """What would be done, and to how many labels on how many frames."""
        many = len(self.changed)
        text = (
            f"Delete what stands still at {_places(len(self.places))}: {many} "
            f"label{'s'[: many != 1]} on {len(self.frames)} frames"
        )
        if self.left_alone:
            text += f" · left alone: {self.left_alone} reviewed or by hand"
        return self.clip.with_skipped(text, self.skipped)

    @property
    def said(self) -> str:
        """What is wrong, in a few words."""
        where, frames = _places(len(self.places)), len(self.clip.bounds)
        return f"stand still at {where} in {self.seen} of {frames} frames"

    def ghost(self, document: Document, index: int) -> Frame:
        """Return the labels of a frame that would be deleted."""
        return make_frame(self._labels(document, index))

    def operation(self, document: Document, progress: Progress = unwatched) -> Operation | Refusal:
        """Return the deletion as one operation.  Cancelled."""
        changes: list[Change] = []
        frames = self.frames.tolist()
        for number, index in enumerate(frames):
            if number % _FRAMES_AT_ONCE == 0:
                progress("labels found", number, len(frames))
            changes += [label_change(index, label, None) for label in self._labels(document, index)]
        if not changes:
            return Refusal("Nothing that stands still is left to delete.")
        return Operation("delete", self.text, tuple(changes))

    def _labels(self, document: Document, index: int) -> list[Label]:
        frame, rows = document.frame(index), self.rows
        here = self.changed[rows.frame[self.changed] == index]
        found = (frame.label(rows.ids[row]) for row in here.tolist())
        return [label for label in found if label is not None]


def stands_anything(document: Document) -> bool:
    """Say whether :func:`find_standing` would find anything; quick."""
    numbers = read_numbers(document.every_encoded(), document.capability is Capability.BALL)
    middles = (numbers.values[:2] + numbers.values[2:4] / 2).T
    frame = np.repeat(np.arange(len(document)), numbers.counts)
    return bool(_find(middles, frame, document.capability, len(document)))


def find_standing(rows: Rows, clip: ClipFrames) -> Standing | None:
    """Find the places at which a label is in half of the frames or more; None without any."""
    capability = Capability.BALL if rows.is_ball else Capability.PLAYER
    middles = (rows.now[:, :2] + rows.now[:, 2:]) / 2
    members = _find(middles, rows.frame, capability, len(clip.bounds))
    if not members:
        return None
    places = tuple(np.median(middles[some], axis=0) for some in members)
    return Standing(
        rows,
        tuple((round(x), round(y)) for x, y in places),
        np.sort(np.concatenate(members)),
        min(map(len, members)),
        clip,
    )


def _find(middles: Floats, frame: Ints, capability: Capability, frames: int) -> list[Ints]:
    """Return the rows at each place that has enough of them."""
    least = max(_LEAST_FRAMES[capability], _SHARE * frames)
    reach = _REACH[capability]
    members: list[Ints] = []
    taken = np.zeros(len(middles), dtype=np.bool_)
    for start in _crowded(middles, reach, least):
        near = _nearest(middles, frame, taken, start, 2 * reach)
        if len(near) >= least:
            near = _nearest(middles, frame, taken, np.median(middles[near], axis=0), reach)
        if len(near) >= least:
            taken[near] = True
            members.append(near)
    return members


def _crowded(middles: Floats, reach: float, least: float) -> list[Floats]:
    """Return starting points: cells of the picture that, with those around, hold enough labels."""
    cells = np.floor(middles / (2 * reach)).astype(np.int64)
    found, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    many = {(int(x), int(y)): int(n) for (x, y), n in zip(found, counts, strict=True)}
    starts = []
    # In a cell of a crowded place there is at least a quarter of its labels.
    for at in np.flatnonzero(counts >= least / 4).tolist():
        x, y = (int(value) for value in found[at])
        around = sum(many.get((x + i, y + j), 0) for i in (-1, 0, 1) for j in (-1, 0, 1))
        if around >= least:
            starts.append((-counts[at], x, y, np.median(middles[which.ravel() == at], axis=0)))
    return [start for *_, start in sorted(starts, key=lambda one: one[:3])]


def _nearest(middles: Floats, frame: Ints, taken: Bools, point: Floats, reach: float) -> Ints:
    """Return the row of each frame that is nearest to a point, within reach."""
    away = np.hypot(*(middles - point).T)
    rows = np.flatnonzero((away <= reach) & ~taken)
    order = rows[np.lexsort((away[rows], frame[rows]))]
    _, first = np.unique(frame[order], return_index=True)
    return order[first]


def _places(many: int) -> str:
    return "1 place" if many == 1 else f"{many} places"
