"""How fast review goes, how much of the prelabels it keeps, and how well it agrees with itself.

Pure: from activity records, and from pairs of documents.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import UNIT, Ball, Frame, Label
from prelabel_tui.core.through_time import overlap


@dataclass(frozen=True)
class Activity:
    """A stretch of work of one person on one draft.  Times in seconds since the epoch."""

    user: str
    run: str | None
    session: str
    started_at: float
    ended_at: float
    keys: int
    frames: int
    """Frames marked as reviewed."""
    labels: int
    """Labels changed, added or deleted."""


@dataclass(frozen=True)
class Meter:
    """Sums of activities; rates are None while there is nothing to divide by."""

    seconds: float
    keys: int
    frames: int
    labels: int

    @property
    def frames_per_hour(self) -> float | None:
        """Reviewed frames an hour."""
        return self.frames * 3600 / self.seconds if self.seconds > 0 else None

    @property
    def labels_per_hour(self) -> float | None:
        """Labels changed, added or deleted an hour."""
        return self.labels * 3600 / self.seconds if self.seconds > 0 else None

    @property
    def keys_per_frame(self) -> float | None:
        """Keys for each reviewed frame."""
        return self.keys / self.frames if self.frames else None

    @property
    def seconds_per_frame(self) -> float | None:
        """Time for each reviewed frame."""
        return self.seconds / self.frames if self.frames else None

    def as_json(self) -> dict[str, float | int | None]:
        """The object that `stats --json` prints; rates to two decimals."""
        rates = {
            "frames_per_hour": self.frames_per_hour,
            "labels_per_hour": self.labels_per_hour,
            "keys_per_frame": self.keys_per_frame,
            "seconds_per_frame": self.seconds_per_frame,
        }
        rounded = {name: None if rate is None else round(rate, 2) for name, rate in rates.items()}
        return {
            "seconds": round(self.seconds, 1),
            "keys": self.keys,
            "frames": self.frames,
            "labels": self.labels,
            **rounded,
        }


def meter(activities: Iterable[Activity]) -> Meter:
    """All activities together.  A clock that went back counts as no time."""
    seconds, keys, frames, labels = 0.0, 0, 0, 0
    for activity in activities:
        seconds += max(0.0, activity.ended_at - activity.started_at)
        keys += activity.keys
        frames += activity.frames
        labels += activity.labels
    return Meter(seconds, keys, frames, labels)


def by_user(activities: Iterable[Activity]) -> dict[str, Meter]:
    """A meter for each reviewer."""
    return _grouped(activities, lambda activity: activity.user)


def by_run(activities: Iterable[Activity]) -> dict[str, Meter]:
    """A meter for each run; work on drafts without one under ``""``."""
    return _grouped(activities, lambda activity: activity.run or "")


def by_session(activities: Iterable[Activity]) -> dict[str, Meter]:
    """A meter for each session."""
    return _grouped(activities, lambda activity: activity.session)


def _grouped(activities: Iterable[Activity], key: Callable[[Activity], str]) -> dict[str, Meter]:
    groups: dict[str, list[Activity]] = {}
    for activity in activities:
        groups.setdefault(key(activity), []).append(activity)
    return {name: meter(group) for name, group in sorted(groups.items())}


@dataclass(frozen=True)
class Kept:
    """What became of prelabels: ``kept`` as they were, ``moved`` (or resized), ``deleted``; and
    what was ``added``.  Counts of labels; shares are of the prelabels, None without any."""

    kept: int
    moved: int
    deleted: int
    added: int

    @property
    def prelabels(self) -> int:
        """Labels that there were at first."""
        return self.kept + self.moved + self.deleted

    def share(self, count: int) -> float | None:
        """A count as a share of the prelabels."""
        return count / self.prelabels if self.prelabels else None

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            self.kept + other.kept,
            self.moved + other.moved,
            self.deleted + other.deleted,
            self.added + other.added,
        )

    def as_json(self) -> dict[str, float | int | None]:
        """Counts, and the shares to four decimals."""
        document: dict[str, float | int | None] = {}
        for name in ("kept", "moved", "deleted", "added"):
            count = getattr(self, name)
            share = self.share(count)
            document[name] = count
            document[f"{name}_share"] = None if share is None else round(share, 4)
        return document


def outcome(base: Document, current: Document, only_reviewed: bool = False) -> Kept:
    """What review made of the labels of ``base``; frames that did not change count as kept.

    ``only_reviewed``: frames marked as reviewed in ``current`` alone.  ValueError when the
    documents differ in length.
    """
    if len(base) != len(current):
        raise ValueError(f"{len(base)} frames against {len(current)}")
    whole = Kept(0, 0, 0, 0)
    for index in range(len(base)):
        before, after = base.frame(index), current.frame(index)
        if not only_reviewed or after.reviewed:
            whole += _frame_outcome(before, after)
    return whole


def _frame_outcome(before: Frame, after: Frame) -> Kept:
    now = {label.id: label for label in after.labels}
    kept = moved = deleted = 0
    for label in before.labels:
        found = now.pop(label.id, None)
        if found is None:
            deleted += 1
        elif found.geometry == label.geometry:
            kept += 1
        else:
            moved += 1
    return Kept(kept, moved, deleted, len(now))


def blind_repeats(frame_count: int, seed: int, share: float = 0.05) -> tuple[int, ...]:
    """Frames that are to come back unmarked, in order: the same for a seed; at least one."""
    if frame_count <= 0:
        return ()
    wanted = min(frame_count, max(1, math.floor(frame_count * share + 0.5)))
    return tuple(sorted(random.Random(f"blind {seed}").sample(range(frame_count), wanted)))


@dataclass(frozen=True)
class Agreement:
    """How two reviews of the same frames compare."""

    frames: int
    same_frames: int
    """Frames with equal flags, ball state and labels (within the tolerance)."""
    labels: int
    """Labels of both reviews, pairs once."""
    same_labels: int
    distance: float | None
    """Median distance of paired balls in px, None without pairs."""
    overlap: float | None
    """Median IoU of paired boxes, None without pairs."""

    @property
    def share(self) -> float | None:
        """Share of labels on which both agree."""
        return self.same_labels / self.labels if self.labels else None


_SAME_PLACE = 2 * UNIT
_SAME_BOX = 0.9


def agreement(first: Document, again: Document, indices: Sequence[int]) -> Agreement:
    """Compare two reviews of the same frames: balls agree within 2 px, boxes from IoU 0.9.

    Labels are paired by nearness, not by id (ids of added labels differ).
    """
    same_frames = labels = same_labels = 0
    distances: list[float] = []
    overlaps: list[float] = []
    for index in indices:
        one, two = first.frame(index), again.frame(index)
        pairs, single = _paired(one, two)
        agreed = 0
        for a, b in pairs:
            if isinstance(a, Ball) and isinstance(b, Ball):
                far = math.hypot(a.x - b.x, a.y - b.y)
                distances.append(far / UNIT)
                agreed += far <= _SAME_PLACE
            elif not isinstance(a, Ball) and not isinstance(b, Ball):
                overlaps.append(overlap(a, b))
                agreed += overlaps[-1] >= _SAME_BOX
        labels += len(pairs) + single
        same_labels += agreed
        alike = (one.flags, one.ball) == (two.flags, two.ball)
        same_frames += alike and single == 0 and agreed == len(pairs)
    return Agreement(
        len(indices),
        same_frames,
        labels,
        same_labels,
        _median(distances),
        _median(overlaps),
    )


def _paired(one: Frame, two: Frame) -> tuple[list[tuple[Label, Label]], int]:
    """Labels that mean the same thing, best first; and how many are left over."""
    chances: list[tuple[float, str, str, Label, Label]] = []
    for a in one.labels:
        for b in two.labels:
            if isinstance(a, Ball) and isinstance(b, Ball):
                chances.append((math.hypot(a.x - b.x, a.y - b.y), a.id, b.id, a, b))
            elif not isinstance(a, Ball) and not isinstance(b, Ball) and overlap(a, b) > 0.3:
                chances.append((-overlap(a, b), a.id, b.id, a, b))
    pairs: list[tuple[Label, Label]] = []
    used_one: set[str] = set()
    used_two: set[str] = set()
    for _, id_one, id_two, a, b in sorted(chances, key=lambda chance: chance[:3]):
        if id_one not in used_one and id_two not in used_two:
            used_one.add(id_one)
            used_two.add(id_two)
            pairs.append((a, b))
    return pairs, len(one.labels) + len(two.labels) - 2 * len(pairs)


def _median(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else None
