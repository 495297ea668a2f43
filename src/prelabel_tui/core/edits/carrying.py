"""Corrections of one run's prelabels, carried onto those of a newer run on the same clip.

A correction is what a person changed against the run that the draft came from: a label moved,
deleted or added, and every label of a frame that they reviewed.  Its counterpart among the newer
prelabels is found by track where both runs follow the same thing, else by overlap.  Where a frame
was neither changed nor reviewed, the newer prelabels stand as they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec

from prelabel_tui.core.edits.matching import distance, free_id, overlap
from prelabel_tui.core.model.codec import is_reviewed, published_bytes
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    Box,
    Frame,
    Label,
    Origin,
    make_frame,
    with_geometry,
)
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.tracks import Tracks, work_out

_SAME: Final = 0.5
"""Overlap from which two boxes are taken for the same thing."""
_NEAR: Final = 0.1
"""Overlap from which a track's label is taken for the same thing."""
_BALL: Final = 30 * UNIT
"""How far two balls of a frame may be apart and still be the same one."""
_LOOKED_AT: Final = 40
"""Labels of a track that are compared to find its counterpart."""


@dataclass(frozen=True)
class Carried:
    """What carrying corrections gives: the content, and what became of each correction.

    ``carried``: labels at the places that a person gave them or confirmed; ``not_found``: those
    that the newer run does not have, kept as put by hand; ``conflicts``: those that the newer run
    has elsewhere than the older one and than the person, who is followed; ``added``: labels that
    were added by hand; ``deleted``: labels of the newer run that the person had deleted, or that a
    reviewed frame does not have.  ``look_at``: frames with something not found or in conflict.
    """

    document: Document = field(repr=False)
    carried: int
    not_found: int
    conflicts: int
    added: int
    deleted: int
    look_at: tuple[int, ...]

    @property
    def text(self) -> str:
        """`12 carried, 1 not found, 0 in conflict, 2 added by hand, 3 deleted`."""
        return (
            f"{self.carried:,} carried, {self.not_found:,} not found, {self.conflicts:,} in "
            f"conflict, {self.added:,} added by hand, {self.deleted:,} deleted"
        )

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`; frames are counted from 1."""
        return {
            "carried": self.carried,
            "not_found": self.not_found,
            "conflicts": self.conflicts,
            "added": self.added,
            "deleted": self.deleted,
            "look_at": [index + 1 for index in self.look_at],
        }


def carry(
    source: Document, draft: Document, target: Document, progress: Progress = unwatched
) -> Carried:
    """Carry what ``draft`` corrected of ``source`` onto ``target``; all three of one clip.

    ValueError when their numbers of frames differ, PayloadError for a frame that cannot be read,
    Cancelled.
    """
    if not len(source) == len(draft) == len(target):
        raise ValueError(f"{len(source)}, {len(draft)} and {len(target)} frames")
    corrected = [at for at in range(len(draft)) if _is_corrected(source, draft, at)]
    result = target.copy()
    counts: Counter[str] = Counter()
    look_at: list[int] = []
    if corrected:
        pairs = _Pairs(source, target, progress)
        for done, at in enumerate(corrected):
            progress("frames carried", done, len(corrected))
            frame = _Frame(source.frame(at), draft.frame(at), target.frame(at), pairs, at)
            result.replace(at, frame.carried())
            counts.update(frame.counts)
            if frame.counts["not_found"] or frame.counts["conflicts"]:
                look_at.append(at)
    return Carried(
        result,
        carried=counts["carried"],
        not_found=counts["not_found"],
        conflicts=counts["conflicts"],
        added=counts["added"],
        deleted=counts["deleted"],
        look_at=tuple(look_at),
    )


def _is_corrected(source: Document, draft: Document, index: int) -> bool:
    encoded = draft.encoded(index)
    return is_reviewed(encoded) or published_bytes(encoded) != source.encoded(index)


class _Pairs:
    """Which label of the newer run is what a label of the older run is."""

    def __init__(self, source: Document, target: Document, progress: Progress) -> None:
        self._source, self._target = source, target
        self._of_source = work_out(source, progress)
        self._of_target = work_out(target, progress)
        self._tracks: dict[int, int | None] = {}

    def of(self, index: int, label: Label) -> Label | None:
        """Find a label's counterpart in its frame."""
        frame = self._target.frame(index)
        track = self._of_source.at(index, label.id)
        if track is not None:
            if track not in self._tracks:
                self._tracks[track] = self._counterpart(self._of_source, track)
            other = self._tracks[track]
            found = None if other is None else self._of_target.find(other, index)
            by_track = None if found is None else frame.label(found)
            if by_track is not None and _close(label, by_track, _NEAR):
                return by_track
        return same(label, frame)

    def _counterpart(self, tracks: Tracks, track: int) -> int | None:
        """Find the newer run's track that has most of a track's labels."""
        members = tracks.members(track)
        votes: Counter[int] = Counter()
        step = max(1, len(members) // _LOOKED_AT)
        looked = 0
        for at in range(0, len(members), step):
            member = members[at]
            label = self._source.frame(member.frame).label(member.id)
            found = None if label is None else same(label, self._target.frame(member.frame))
            other = None if found is None else self._of_target.at(member.frame, found.id)
            looked += 1
            if other is not None:
                votes[other] += 1
        best = votes.most_common(1)
        return best[0][0] if best and 2 * best[0][1] > looked else None


def same(label: Label, frame: Frame) -> Label | None:
    """Find the label of another frame, of the same time, that is the same thing by its place."""
    if isinstance(label, Box):
        boxes = [other for other in frame.labels if isinstance(other, Box)]
        best: Label | None = max(boxes, key=lambda other: (overlap(label, other), other.id),
                                 default=None)  # fmt: skip
    else:
        best = min(frame.labels, key=lambda other: (distance(label, other), other.id), default=None)
    return best if best is not None and _close(label, best, _SAME) else None


def _close(one: Label, other: Label, least: float) -> bool:
    if isinstance(one, Box) and isinstance(other, Box):
        return overlap(one, other) >= least
    return isinstance(one, Ball) and isinstance(other, Ball) and distance(one, other) <= _BALL


class _Frame:
    """The corrections of one frame, while they are carried."""

    def __init__(
        self, source: Frame, draft: Frame, target: Frame, pairs: _Pairs, index: int
    ) -> None:
        self._source, self._draft, self._target = source, draft, target
        self._pairs, self._index = pairs, index
        self._labels = {label.id: label for label in target.labels}
        self._used: set[str] = set()
        self.counts: Counter[str] = Counter()

    def carried(self) -> Frame:
        """Return the newer prelabels with the corrections, and the draft's flags and marks."""
        late: list[Label] = []
        for label in self._draft.labels:
            before = self._source.label(label.id)
            if before is None:
                late.append(label)
            elif self._draft.reviewed or label != before:
                self._correct(before, label)
        for label in late:
            self._add(label)
        for label in self._source.labels:
            if self._draft.label(label.id) is None:
                self._delete(self._free(self._pairs.of(self._index, label)))
        if self._draft.reviewed:
            for label in self._target.labels:
                self._delete(self._free(label))
        draft = self._draft
        return make_frame(
            list(self._labels.values()),
            draft.flags,
            draft.ball,
            draft.reviewed,
            left_out=draft.left_out,
            unseen=draft.unseen,
        )

    def _free(self, label: Label | None) -> Label | None:
        """Return a label of the newer run that nothing was carried onto."""
        free = label is not None and label.id not in self._used and label.id in self._labels
        return label if free else None

    def _correct(self, before: Label, label: Label) -> None:
        found = self._free(self._pairs.of(self._index, before))
        if found is None:
            found = self._free(same(label, self._target))
        if found is None:
            self._keep(msgspec.structs.replace(label, origin=Origin.MANUAL))
            self.counts["not_found"] += 1
            return
        apart = not _close(before, found, _SAME) and not _close(label, found, _SAME)
        self.counts["conflicts" if apart else "carried"] += 1
        self._put(found, label)

    def _add(self, label: Label) -> None:
        found = self._free(same(label, self._target))
        if found is None:
            self._keep(label)
        else:
            self._put(found, label)
        self.counts["added"] += 1

    def _put(self, found: Label, label: Label) -> None:
        self._used.add(found.id)
        self._labels[found.id] = with_geometry(found, label.geometry)

    def _keep(self, label: Label) -> None:
        """Keep a label that the newer run does not have: nothing of the older run is left in it."""
        name = free_id(make_frame(list(self._labels.values())), label.id)
        self._used.add(name)
        self._labels[name] = msgspec.structs.replace(
            label, id=name, score=None, was=None, track=None
        )

    def _delete(self, label: Label | None) -> None:
        if label is not None:
            del self._labels[label.id]
            self.counts["deleted"] += 1
