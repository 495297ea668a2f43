"""What a content holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import BallState, Flag, Origin


class CountedLabel(msgspec.Struct, gc=False):
    """What is counted of a label."""

    origin: Origin = Origin.MODEL


class CountedFrame(msgspec.Struct, gc=False):
    """What is counted of a frame."""

    labels: list[CountedLabel] = []
    flags: list[Flag] = []
    ball: BallState | None = None
    left_out: bool = False
    reviewed: bool = False
    unseen: bool = False


_decoder: Final = msgspec.json.Decoder(CountedFrame)
_LEFT_OUT: Final = CountedFrame(left_out=True)


@dataclass(frozen=True)
class Counts:
    """Sums over a clip.

    ``left_out``: frames that are not part of the content; nothing of them is in the other sums but
    ``frames``.  ``unseen``: those of the ``reviewed`` frames that were accepted without their
    picture.  ``by_origin``: labels by who placed them; ``flags``, ``ball``: frames by flag and by
    ball state.
    """

    frames: int
    left_out: int
    reviewed: int
    unseen: int
    labels: int
    by_origin: dict[str, int]
    flags: dict[str, int]
    ball: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "frames": self.frames,
            "left_out": self.left_out,
            "reviewed": self.reviewed,
            "unseen": self.unseen,
            "labels": self.labels,
            "by_origin": self.by_origin,
            "flags": self.flags,
            "ball": self.ball,
        }

    def of_revision(self) -> dict[str, object]:
        """Return what a revision stores of them: what changes only with its content."""
        return {
            "frames": self.frames,
            "left_out": self.left_out,
            "labels": self.labels,
            "flags": self.flags,
            "ball": self.ball,
        }


def count(document: Document) -> Counts:
    """Count everything."""
    left_out = reviewed = unseen = labels = 0
    origins: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    ball: Counter[str] = Counter()
    for frame in counted_frames(document):
        left_out += frame.left_out
        reviewed += frame.reviewed
        unseen += frame.unseen
        labels += len(frame.labels)
        for label in frame.labels:
            if label.origin is not Origin.MODEL:
                origins[label.origin] += 1
        flags.update(frame.flags)
        if frame.ball is not None:
            ball[frame.ball] += 1
    origins[Origin.MODEL] = labels - origins.total()
    return Counts(
        len(document),
        left_out,
        reviewed,
        unseen,
        labels,
        _sorted(origins),
        _sorted(flags),
        _sorted(ball),
    )


def label_count(document: Document) -> int:
    """Count the labels."""
    return sum(len(frame.labels) for frame in counted_frames(document))


def counted_frames(document: Document) -> Iterator[CountedFrame]:
    """Decode of each frame what is counted: of one that is left out only that.

    A frame that cannot be read counts as empty; the validation names it.
    """
    for encoded in document.every_encoded():
        try:
            frame = _decoder.decode(encoded)
            yield _LEFT_OUT if frame.left_out else frame
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield CountedFrame()


def _sorted(found: Counter[str]) -> dict[str, int]:
    return {str(name): number for name, number in sorted(found.items()) if number}
