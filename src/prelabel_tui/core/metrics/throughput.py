"""How fast review goes, how much of the prelabels it keeps, and how well it agrees with itself.

Pure: from activity records, and from pairs of documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prelabel_tui.core.metrics.agreement import Agreement
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame


@dataclass(frozen=True)
class Retention:
    """What became of prelabels: ``kept`` as they were, ``moved`` (or resized) or ``deleted``.

    ``added``: labels that were not among them.  Counts of labels; shares are of the prelabels,
    None without any.
    """

    kept: int = 0
    moved: int = 0
    deleted: int = 0
    added: int = 0

    @property
    def prelabels(self) -> int:
        """Labels that there were in the beginning."""
        return self.kept + self.moved + self.deleted

    def share(self, count: int) -> float | None:
        """Return a count as a share of the prelabels."""
        return count / self.prelabels if self.prelabels else None

    def __add__(self, other: Retention) -> Retention:
        return Retention(
            self.kept + other.kept,
            self.moved + other.moved,
            self.deleted + other.deleted,
            self.added + other.added,
        )

    def __sub__(self, other: Retention) -> Retention:
        return Retention(
            self.kept - other.kept,
            self.moved - other.moved,
            self.deleted - other.deleted,
            self.added - other.added,
        )

    def as_json(self) -> dict[str, float | int | None]:
        """Return the counts, and the shares to four decimals."""
        document: dict[str, float | int | None] = {}
        for name in ("kept", "moved", "deleted", "added"):
            count = getattr(self, name)
            share = self.share(count)
            document[name] = count
            document[f"{name}_share"] = None if share is None else round(share, 4)
        return document


@dataclass(frozen=True)
class Activity:
    """A stretch of work of one person on one draft.  Times in seconds since the epoch.

    Counts are below zero where undo took back more of earlier stretches than was done.
    """

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
    minutes: tuple[int, ...] = ()
    """Frames marked in each minute from the start; empty when that was not noted."""
    again: Agreement = field(default_factory=Agreement)
    """Blind repeats: second answers beside the first ones."""
    retention: Retention | None = None
    """Of the prelabels on the frames marked; None for a draft from no pack, or not noted."""


@dataclass(frozen=True)
class Throughput:
    """Sums of activities; rates are None without work, or with less than was taken back."""

    seconds: float
    keys: int
    frames: int
    labels: int
    again: Agreement = field(default_factory=Agreement)
    retention: Retention | None = None

    @property
    def frames_per_hour(self) -> float | None:
        """Reviewed frames per hour."""
        return self._hourly(self.frames)

    @property
    def labels_per_hour(self) -> float | None:
        """Labels changed, added or deleted per hour."""
        return self._hourly(self.labels)

    def _hourly(self, count: int) -> float | None:
        return count * 3600 / self.seconds if self.seconds > 0 and count >= 0 else None

    @property
    def keys_per_frame(self) -> float | None:
        """Keys for each reviewed frame."""
        return self.keys / self.frames if self.frames > 0 else None

    @property
    def seconds_per_frame(self) -> float | None:
        """Time for each reviewed frame."""
        return self.seconds / self.frames if self.frames > 0 else None

    def as_json(self) -> dict[str, object]:
        """Return the object that `stats --json` prints; rates to two decimals."""
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
            "prelabels": None if self.retention is None else self.retention.as_json(),
            "blind_repeats": self.again.as_json() if self.again.frames else None,
        }


def throughput(activities: Iterable[Activity]) -> Throughput:
    """Sum up all activities.  A clock that went back counts as no time."""
    seconds, keys, frames, labels, again = 0.0, 0, 0, 0, Agreement()
    retention: Retention | None = None
    for activity in activities:
        seconds += max(0.0, activity.ended_at - activity.started_at)
        keys += activity.keys
        frames += activity.frames
        labels += activity.labels
        again += activity.again
        if activity.retention is not None:
            retention = activity.retention if retention is None else retention + activity.retention
    return Throughput(seconds, keys, frames, labels, again, retention)


def by_user(activities: Iterable[Activity]) -> dict[str, Throughput]:
    """Sum up the activities of each reviewer."""
    return _grouped(activities, lambda activity: activity.user)


def by_run(activities: Iterable[Activity]) -> dict[str, Throughput]:
    """Sum up the activities of each run; work on drafts without a run is under ``""``."""
    return _grouped(activities, lambda activity: activity.run or "")


def by_session(activities: Iterable[Activity]) -> dict[str, Throughput]:
    """Sum up the activities of each session."""
    return _grouped(activities, lambda activity: activity.session)


def _grouped(
    activities: Iterable[Activity], key: Callable[[Activity], str]
) -> dict[str, Throughput]:
    groups: dict[str, list[Activity]] = {}
    for activity in activities:
        groups.setdefault(key(activity), []).append(activity)
    return {name: throughput(group) for name, group in sorted(groups.items())}


def retention_of(
    base: Document, current: Document, frames: Iterable[int] | None = None
) -> Retention:
    """Measure what became of the labels of ``base``; frames that did not change count as kept.

    ``frames``: those frames alone, else all.  ValueError when the documents differ in length.
    """
    if len(base) != len(current):
        raise ValueError(f"{len(base)} frames against {len(current)}")
    whole = Retention()
    for index in range(len(base)) if frames is None else frames:
        whole += frame_retention(base.frame(index), current.frame(index))
    return whole


def frame_retention(before: Frame, after: Frame) -> Retention:
    """Measure what became of the labels of one frame."""
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
    return Retention(kept, moved, deleted, len(now))
