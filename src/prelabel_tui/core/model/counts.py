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
    was: list[int | None] | None = None


class CountedFrame(msgspec.Struct, gc=False):
    """What is counted of a frame."""

    labels: list[CountedLabel] = []
    flags: list[Flag] = []
    ball: BallState | None = None
    reviewed: bool = False


_decoder: Final = msgspec.json.Decoder(CountedFrame)


@dataclass(frozen=True)
class Counts:
    """Sums over a clip.

    ``edited``: labels that a person changed; ``by_origin``: labels by who placed them; ``flags``,
    ``ball``: frames by flag and by ball state.
    """

    frames: int
    reviewed: int
    labels: int
    edited: int
    by_origin: dict[str, int]
    flags: dict[str, int]
    ball: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "frames": self.frames,
            "reviewed": self.reviewed,
            "labels": self.labels,
            "edited": self.edited,
            "by_origin": self.by_origin,
            "flags": self.flags,
            "ball": self.ball,
        }

    def of_revision(self) -> dict[str, object]:
        """Return what a revision stores of them: what changes only with its content."""
        return {
            "frames": self.frames,
            "labels": self.labels,
            "flags": self.flags,
            "ball": self.ball,
        }


def count(document: Document) -> Counts:
    """Count everything."""
    reviewed = labels = edited = 0
    origins: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    ball: Counter[str] = Counter()
    for frame in counted_frames(document):
        reviewed += frame.reviewed
        labels += len(frame.labels)
        for label in frame.labels:
            edited += label.was is not None
            if label.origin is not Origin.MODEL:
                origins[label.origin] += 1
        flags.update(frame.flags)
        if frame.ball is not None:
            ball[frame.ball] += 1
    origins[Origin.MODEL] = labels - origins.total()
    return Counts(
        len(document), reviewed, labels, edited, _sorted(origins), _sorted(flags), _sorted(ball)
    )


def label_count(document: Document) -> int:
    """Count the labels."""
    return sum(len(frame.labels) for frame in counted_frames(document))


def counted_frames(document: Document) -> Iterator[CountedFrame]:
    """Decode of each frame what is counted.

    A frame that cannot be read counts as empty; the validation names it.
    """
    for encoded in document.every_encoded():
        try:
            yield _decoder.decode(encoded)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            yield CountedFrame()


def _sorted(found: Counter[str]) -> dict[str, int]:
    return {str(name): number for name, number in sorted(found.items()) if number}
