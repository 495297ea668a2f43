"""What a content holds, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import Frame, decode_frame, published_bytes

STATE_KEYS: Final = (b'{"ball":', b'{"flags":')
"""How an encoded frame with a ball state or flags begins: keys are sorted."""

LABEL_KEY: Final = b'"kind":"'
"""What every encoded label has once.  Quotes inside a JSON string are escaped, so these bytes
can only be the key."""


@dataclass(frozen=True)
class Counts:
    """Sums over a clip.  ``edited``: labels that a person changed; ``by_origin``: labels by who
    placed them; ``flags``, ``ball``: frames by flag and by ball state."""

    frames: int
    reviewed: int
    labels: int
    edited: int
    by_origin: dict[str, int]
    flags: dict[str, int]
    ball: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "frames": self.frames,
            "reviewed": self.reviewed,
            "labels": self.labels,
            "edited": self.edited,
            "by_origin": self.by_origin,
            "flags": self.flags,
            "ball": self.ball,
        }


def count(document: Document) -> Counts:
    """Count everything; decodes every frame.  msgspec.MsgspecError when one is unreadable."""
    reviewed = labels = edited = 0
    origins: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    ball: Counter[str] = Counter()
    for index in range(len(document)):
        frame = decode_frame(document.encoded(index))
        reviewed += frame.reviewed
        labels += len(frame.labels)
        flags.update(flag.value for flag in frame.flags)
        if frame.ball is not None:
            ball[frame.ball.value] += 1
        for label in frame.labels:
            edited += label.was is not None
            origins[label.origin] += 1
    by_origin = {origin.value: origins[origin] for origin in sorted(origins)}  # type: ignore[attr-defined]
    return Counts(len(document), reviewed, labels, edited, by_origin, _sorted(flags), _sorted(ball))


def revision_counts(document: Document, labels: int) -> dict[str, object]:
    """What a revision stores: frames, labels, and frames by flag and by ball state.

    Reads only what stands before a frame's labels; their number is known to the caller.
    """
    flags: Counter[str] = Counter()
    ball: Counter[str] = Counter()
    for index in range(len(document)):
        encoded = document.encoded(index)
        if not encoded.startswith(STATE_KEYS):
            continue
        frame = _without_labels(encoded)
        flags.update(flag.value for flag in frame.flags)
        if frame.ball is not None:
            ball[frame.ball.value] += 1
    return {
        "frames": len(document),
        "labels": labels,
        "flags": _sorted(flags),
        "ball": _sorted(ball),
    }


def label_count(document: Document) -> int:
    """Number of labels, without decoding them."""
    return sum(frame.count(LABEL_KEY) for frame in document.every_encoded())


def _without_labels(encoded: bytes) -> Frame:
    """The frame without its labels: `ball` and `flags` come before them in sorted order."""
    head, labels, _ = encoded.partition(b',"labels":')
    return decode_frame(head + b"}" if labels else published_bytes(encoded))


def _sorted(found: Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items()))
