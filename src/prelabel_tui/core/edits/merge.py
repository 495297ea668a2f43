"""Three-way merge of two people's edits, per frame and per label against their common base.

What one side changed, and the other did not, merges by itself, and so do frame flags (each on its
own), left-out and review marks.  It is a conflict when both sides change one label, or one ball
state, differently, or when each side adds its own ball to one frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

import msgspec

from prelabel_tui.core.model.codec import decode_frame, encode_frame
from prelabel_tui.core.model.labels import BallState, Capability, Flag, Frame, Label, make_frame

_SEEN = (True, False)
"""Reviewed, and not unseen."""


class Choice(StrEnum):
    """How a conflict is settled."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


Key: TypeAlias = tuple[int, str]
"""Names a conflict: frame index and label id, or "" for the ball state."""


@dataclass(frozen=True)
class MergeConflict:
    """Both sides changed one label, or one frame's ball state (``is_state``), differently."""

    frame: int
    id: str | None
    base: Label | BallState | None
    mine: Label | BallState | None
    theirs: Label | BallState | None

    @property
    def is_state(self) -> bool:
        """Whether it is about the frame's ball state."""
        return self.id is None

    @property
    def key(self) -> Key:
        """Its name among the conflicts of a merge."""
        return (self.frame, self.id or "")

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices it offers; both sides can be kept when both are labels."""
        if self.is_state or self.mine is None or self.theirs is None:
            return (Choice.MINE, Choice.THEIRS)
        return tuple(Choice)

    @property
    def text(self) -> str:
        """What happened, in words: `p12: you moved it, they deleted it`."""
        if self.is_state:
            return f"ball state: you set {_state(self.mine)}, they set {_state(self.theirs)}"
        mine, theirs = _verb(self.base, self.mine), _verb(self.base, self.theirs)
        return f"{self.id}: you {mine} it, they {theirs} it"


def _state(state: object) -> str:
    return state.value if isinstance(state, BallState) else "none"


def _verb(base: object, side: object) -> str:
    if side is None:
        return "deleted"
    return "added" if base is None else "changed"


@dataclass(frozen=True)
class MergePlan:
    """A merge: what settles itself, and the conflicts to choose on."""

    conflicts: tuple[MergeConflict, ...]
    merged_frames: tuple[int, ...]
    """Indices that both sides changed and that merged without a conflict."""
    _mine_only: Mapping[int, bytes] = field(repr=False)
    _both: Mapping[int, _FrameMerge] = field(repr=False)
    _theirs: Mapping[int, bytes] = field(repr=False)

    def settle(self, choices: Mapping[Key, Choice]) -> dict[int, bytes]:
        """Return the result as encoded frames that differ from theirs.

        ValueError when a conflict has no choice, or one that it does not offer.
        """
        for conflict in self.conflicts:
            if choices.get(conflict.key) not in conflict.choices:
                raise ValueError(f"frame {conflict.frame}: {conflict.text}: no choice made")
        changed = dict(self._mine_only)
        for index, merge in self._both.items():
            encoded = encode_frame(merge.settle(choices))
            if encoded != self._theirs[index]:
                changed[index] = encoded
        return changed


def plan(
    capability: Capability,
    base: Callable[[int], bytes],
    mine: Mapping[int, bytes],
    theirs: Mapping[int, bytes],
) -> MergePlan:
    """Merge encoded frames by index: ``mine`` and ``theirs`` as each side has changed them.

    ``base`` gives a frame of the common base.
    """
    alone: dict[int, bytes] = {}
    both: dict[int, _FrameMerge] = {}
    merged: list[int] = []
    conflicts: list[MergeConflict] = []
    for index in sorted(mine):
        before = base(index)
        other = theirs.get(index, before)
        if mine[index] in (before, other):
            continue
        if other == before:
            alone[index] = mine[index]
            continue
        frames = (decode_frame(data) for data in (before, mine[index], other))
        both[index] = merge = _FrameMerge(index, capability, *frames)
        conflicts += merge.conflicts
        if not merge.conflicts:
            merged.append(index)
    return MergePlan(tuple(conflicts), tuple(merged), alone, both, theirs)


class _FrameMerge:
    """The merge of one frame."""

    def __init__(
        self, index: int, capability: Capability, base: Frame, mine: Frame, theirs: Frame
    ) -> None:
        self._sides = (base, mine, theirs)
        self._mine, self._theirs = mine, theirs
        self._labels: dict[str, Label | None] = {}
        self.conflicts: list[MergeConflict] = []
        self._replaced: dict[str, Label] = {}  # conflict id → their label, where ids differ
        sides = [{label.id: label for label in frame.labels} for frame in (base, mine, theirs)]
        for label_id in sorted(set().union(*sides)):
            before, ours, others = (side.get(label_id) for side in sides)
            settled, label = _three_way(before, ours, others)
            self._labels[label_id] = label
            if not settled:
                self.conflicts.append(MergeConflict(index, label_id, before, ours, others))
        if capability is Capability.BALL:
            self._pair_added_balls(index, *sides)
        settled, self._ball = _three_way(base.ball, mine.ball, theirs.ball)
        if not settled:
            self.conflicts.append(MergeConflict(index, None, base.ball, mine.ball, theirs.ball))

    def _pair_added_balls(
        self, index: int, base: dict[str, Label], mine: dict[str, Label], theirs: dict[str, Label]
    ) -> None:
        """Make one conflict, not two balls, of each side adding its own ball to the frame."""
        ours = [label_id for label_id in mine if label_id not in base and label_id not in theirs]
        others = [label_id for label_id in theirs if label_id not in base and label_id not in mine]
        for our_id, their_id in zip(sorted(ours), sorted(others), strict=False):
            conflict = MergeConflict(index, our_id, None, mine[our_id], theirs[their_id])
            self.conflicts.append(conflict)
            self._replaced[our_id] = theirs[their_id]

    def settle(self, choices: Mapping[Key, Choice]) -> Frame:
        labels = dict(self._labels)
        ball = self._ball
        for conflict in self.conflicts:
            choice = choices[conflict.key]
            if conflict.id is None:
                ball = self._mine.ball if choice is Choice.MINE else self._theirs.ball
                continue
            mine, theirs = self._mine.label(conflict.id), self._theirs.label(conflict.id)
            replaced = self._replaced.get(conflict.id)
            if replaced is not None:
                labels[conflict.id] = None if choice is Choice.THEIRS else mine
                labels[replaced.id] = None if choice is Choice.MINE else replaced
                continue
            labels[conflict.id] = mine if choice is Choice.MINE else theirs
            if choice is Choice.BOTH and mine is not None:
                free = next(name for name in _names(conflict.id) if name not in labels)
                labels[free] = msgspec.structs.replace(mine, id=free)
        return make_frame(
            [label for label in labels.values() if label is not None],
            [flag for flag in Flag if self._flag(flag)],
            ball,
            left_out=_three_way(*(frame.left_out for frame in self._sides))[1],
            **self._review(),
        )

    def _review(self) -> dict[str, bool]:
        """Merge the review marks as one value.

        Where both sides changed it differently, it was seen if one of them has seen it now, else it
        is not reviewed.
        """
        base, mine, theirs = ((frame.reviewed, frame.unseen) for frame in self._sides)
        settled, (reviewed, unseen) = _three_way(base, mine, theirs)
        if not settled:
            reviewed, unseen = _SEEN if _SEEN in (mine, theirs) else (False, False)
        return {"reviewed": reviewed, "unseen": unseen}

    def _flag(self, flag: Flag) -> bool:
        sides = (flag in frame.flags for frame in self._sides)
        return _three_way(*sides)[1]


def _names(label_id: str) -> Iterator[str]:
    number = 2
    while True:
        yield f"{label_id}-{number}"
        number += 1


T = TypeVar("T")


def _three_way(base: T, mine: T, theirs: T) -> tuple[bool, T]:
    """Say whether it settles itself, and return the value (theirs until settled)."""
    if mine in (base, theirs):
        return True, theirs
    return theirs == base, mine if theirs == base else theirs
