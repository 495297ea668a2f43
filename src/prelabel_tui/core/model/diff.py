"""What differs between two contents of one scope, frame by frame and in sum."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prelabel_tui.core.model.codec import encode_frame, published_bytes
from prelabel_tui.core.model.counts import counted_frames
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    EMPTY_FRAME,
    BallState,
    Flag,
    Frame,
    Label,
    content_of,
)

_EMPTY = encode_frame(EMPTY_FRAME)


@dataclass(frozen=True)
class DiffSummary:
    """Sums over a clip.

    ``flags``: frames whose flags or ball state differ.  ``left_out``, ``brought_back``: frames
    that are left out after and were not before, and the other way round; their labels are among
    those removed or added.
    """

    added: int = 0
    removed: int = 0
    modified: int = 0
    flags: int = 0
    frames: int = 0
    left_out: int = 0
    brought_back: int = 0

    @property
    def text(self) -> str:
        """`+12 −3 ~40, flags 2, left out 60`; `no difference`."""
        if not self.frames:
            return "no difference"
        marks = (
            ("flags", self.flags),
            ("left out", self.left_out),
            ("brought back", self.brought_back),
        )
        more = "".join(f", {what} {count}" for what, count in marks if count)
        return f"+{self.added} −{self.removed} ~{self.modified}{more}"

    def as_json(self) -> dict[str, int]:
        """Return the sums as revisions store them."""
        return {
            "added": self.added,
            "removed": self.removed,
            "modified": self.modified,
            "flags": self.flags,
            "frames": self.frames,
            "left_out": self.left_out,
            "brought_back": self.brought_back,
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> DiffSummary:
        """Read what :meth:`as_json` returned."""
        return cls(**{name: int(stored.get(name, 0)) for name in cls().as_json()})


@dataclass(frozen=True)
class FrameDiff:
    """One frame that differs.

    ``modified``: (from, to); ``flags``, ``ball``, ``left_out``: (from, to), or None when equal.
    """

    index: int
    added: tuple[Label, ...] = ()
    removed: tuple[Label, ...] = ()
    modified: tuple[tuple[Label, Label], ...] = ()
    flags: tuple[tuple[Flag, ...], tuple[Flag, ...]] | None = None
    ball: tuple[BallState | None, BallState | None] | None = None
    left_out: tuple[bool, bool] | None = None

    @property
    def label_ids(self) -> tuple[str, ...]:
        """Ids of every label that differs."""
        changed = (*self.added, *self.removed, *(after for _, after in self.modified))
        return tuple(sorted({label.id for label in changed}))


@dataclass(frozen=True)
class Diff:
    """All frames that differ, in order."""

    frames: tuple[FrameDiff, ...] = ()

    @property
    def summary(self) -> DiffSummary:
        """The sums."""
        return DiffSummary(
            sum(len(frame.added) for frame in self.frames),
            sum(len(frame.removed) for frame in self.frames),
            sum(len(frame.modified) for frame in self.frames),
            sum(frame.flags is not None or frame.ball is not None for frame in self.frames),
            len(self.frames),
            sum(frame.left_out == (False, True) for frame in self.frames),
            sum(frame.left_out == (True, False) for frame in self.frames),
        )

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`: frames count from 1, labels by id."""
        return {
            "summary": self.summary.as_json(),
            "frames": [
                {
                    "frame": frame.index + 1,
                    "added": [label.id for label in frame.added],
                    "removed": [label.id for label in frame.removed],
                    "modified": [label.id for _, label in frame.modified],
                    "flags": frame.flags,
                    "ball": frame.ball,
                    "left_out": frame.left_out,
                }
                for frame in self.frames
            ],
        }

    def at(self, index: int) -> FrameDiff | None:
        """Return the difference of one frame, if there is one."""
        place = bisect_left(self.frames, index, key=lambda frame: frame.index)
        found = self.frames[place : place + 1]
        return found[0] if found and found[0].index == index else None

    def next_after(self, index: int) -> FrameDiff | None:
        """Find the first later frame that differs."""
        place = bisect_right(self.frames, index, key=lambda frame: frame.index)
        return self.frames[place] if place < len(self.frames) else None

    def previous_before(self, index: int) -> FrameDiff | None:
        """Find the last earlier frame that differs."""
        place = bisect_left(self.frames, index, key=lambda frame: frame.index)
        return self.frames[place - 1] if place else None


def diff(before: Document | None, after: Document) -> Diff:
    """Compare ``before`` (None: nothing) with ``after``, as both would be published."""
    return Diff(tuple(_frames(before, after)))


def summarise(before: Document | None, after: Document) -> DiffSummary:
    """Sum up what :func:`diff` finds; quick also when everything is new.  PayloadError."""
    if before is not None:
        return diff(before, after).summary
    labels = flags = frames = left_out = 0
    for frame in counted_frames(after):
        has_state = frame.ball is not None or bool(frame.flags)
        labels += len(frame.labels)
        flags += has_state
        left_out += frame.left_out
        frames += has_state or bool(frame.labels) or frame.left_out
    return DiffSummary(added=labels, flags=flags, frames=frames, left_out=left_out)


def _frames(before: Document | None, after: Document) -> Iterator[FrameDiff]:
    known = 0 if before is None else len(before)
    for index in range(max(known, len(after))):
        old = before.encoded(index) if before is not None and index < known else _EMPTY
        new = after.encoded(index) if index < len(after) else _EMPTY
        if old == new or published_bytes(old) == published_bytes(new):
            continue
        yield frame_diff(
            index,
            before.frame(index) if before is not None and index < known else EMPTY_FRAME,
            after.frame(index) if index < len(after) else EMPTY_FRAME,
        )


def frame_diff(index: int, before: Frame, after: Frame) -> FrameDiff:
    """Compare one frame; labels are the same when their ids are, left out there are none."""
    before, after = content_of(before), content_of(after)
    old = {label.id: label for label in before.labels}
    new = {label.id: label for label in after.labels}
    return FrameDiff(
        index,
        added=tuple(label for label in after.labels if label.id not in old),
        removed=tuple(label for label in before.labels if label.id not in new),
        modified=tuple(
            (old[label.id], label)
            for label in after.labels
            if label.id in old and old[label.id] != label
        ),
        flags=None if before.flags == after.flags else (before.flags, after.flags),
        ball=None if before.ball == after.ball else (before.ball, after.ball),
        left_out=(None if before.left_out == after.left_out else (before.left_out, after.left_out)),
    )
