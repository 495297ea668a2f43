"""What a content holds, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame, Origin, decode_frame, published_bytes

STATE_KEYS: Final = (b'{"ball":', b'{"flags":')
"""How an encoded frame with a ball state or flags begins: keys are sorted."""

LABEL_KEY: Final = b'"kind":"'
"""What every encoded label has once.  Quotes inside a JSON string are escaped, so these bytes
can only be the key."""

_WAS_KEY: Final = b'"was":'
_ORIGIN_KEY: Final = b'"origin":'
_ORIGINS: Final = {
    origin: b'"origin":"%s"' % origin.value.encode()
    for origin in Origin
    if origin is not Origin.MODEL  # which is what a label without this key has
}


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
    """Count everything, without decoding labels."""
    reviewed = labels = edited = 0
    origins: Counter[str] = Counter()
    for encoded in document.every_encoded():
        reviewed += encoded != published_bytes(encoded)
        labels += encoded.count(LABEL_KEY)
        edited += encoded.count(_WAS_KEY)
        if _ORIGIN_KEY in encoded:
            for origin, text in _ORIGINS.items():
                origins[origin] += encoded.count(text)
    origins[Origin.MODEL] = labels - origins.total()
    flags, ball = _states(document)
    return Counts(len(document), reviewed, labels, edited, _sorted(origins), flags, ball)


def revision_counts(document: Document, labels: int) -> dict[str, object]:
    """What a revision stores: frames, labels (their number is known to the caller), and frames by
    flag and by ball state."""
    flags, ball = _states(document)
    return {"frames": len(document), "labels": labels, "flags": flags, "ball": ball}


def _states(document: Document) -> tuple[dict[str, int], dict[str, int]]:
    """Frames by flag and by ball state: reads only what stands before a frame's labels."""
    flags: Counter[str] = Counter()
    ball: Counter[str] = Counter()
    for encoded in document.every_encoded():
        if not encoded.startswith(STATE_KEYS):
            continue
        frame = _without_labels(encoded)
        flags.update(flag.value for flag in frame.flags)
        if frame.ball is not None:
            ball[frame.ball.value] += 1
    return _sorted(flags), _sorted(ball)


def label_count(document: Document) -> int:
    """Number of labels, without decoding them."""
    return sum(frame.count(LABEL_KEY) for frame in document.every_encoded())


def _without_labels(encoded: bytes) -> Frame:
    """The frame without its labels: `ball` and `flags` come before them in sorted order."""
    head, labels, _ = encoded.partition(b',"labels":')
    return decode_frame(head + b"}" if labels else published_bytes(encoded))


def _sorted(found: Counter[str]) -> dict[str, int]:
    return {str(name): number for name, number in sorted(found.items()) if number}
