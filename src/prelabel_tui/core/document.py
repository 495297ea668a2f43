"""A whole payload in memory: one encoded frame each, decoded only when looked at.

Frames that did not change keep their encoded bytes, so saving, hashing and publishing
10,000 frames never encodes more than what was edited.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from prelabel_tui.core.labels import (
    EMPTY_FRAME,
    Capability,
    Frame,
    decode_frame,
    encode_frame,
    published_bytes,
)

FORMAT = 1
"""Version of the payload's layout; written into every payload."""

_CACHED_FRAMES = 256
_GROUP = 128


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    capability: Capability
    format: int
    frames: list[msgspec.Raw]


_decoder = msgspec.json.Decoder(_Payload)


class PayloadError(ValueError):
    """Bytes that are no payload of this format; the text says why."""


def join_payload(capability: Capability, frames: Iterable[bytes]) -> bytes:
    """Canonical JSON of a whole payload from encoded frames."""
    parts = list(frames) or [b""]
    # At the ends of the list, not around the joined whole: megabytes are copied once.
    parts[0] = _head(capability) + parts[0]
    parts[-1] += _TAIL
    return b",".join(parts)


_TAIL = b"]}"


def _head(capability: Capability) -> bytes:
    return b'{"capability":"%s","format":%d,"frames":[' % (capability.value.encode(), FORMAT)


# Quotes inside a JSON string are escaped, and labels have none of these keys: so these bytes can
# only be where a frame with content begins.
_NEXT_FRAME = re.compile(rb'\},\{"(?:ball|flags|labels|reviewed)":')
_EMPTY = b",{}"
_BOUNDARY = (b',{"', _EMPTY)


def _split_payload(
    capability: Capability, payload: bytes, like: Sequence[bytes]
) -> list[bytes] | None:
    """The encoded frames of what :func:`join_payload` wrote; None for any other text.

    Frames that are those of ``like`` are recognised instead of looked for, and shared.

    Takes as long as a JSON decoder would, but in small steps between which other threads (the
    screen's) run.
    """
    at, end = len(_head(capability)), len(payload) - len(_TAIL)
    if not payload.startswith(_head(capability) + b"{") or not payload.endswith(b"}" + _TAIL):
        return None
    frames: list[bytes] = []
    known = iter(like)
    while at <= end:
        same = next(known, None)
        if same is not None and payload.startswith(same, at):
            after = at + len(same)
            if after == end or payload.startswith(_BOUNDARY, after):
                frames.append(same)
                at = after + 1
                continue
        found = _NEXT_FRAME.search(payload, at + 1, end)
        stop = found.start() + 1 if found else end
        after = stop + 1
        while payload.endswith(_EMPTY, at, stop):
            stop -= len(_EMPTY)
        frames.append(payload[at:stop])
        empty = (after - 1 - stop) // len(_EMPTY)
        frames += [_EMPTY[1:]] * empty
        for _ in range(empty):
            next(known, None)
        at = after
    try:
        msgspec.json.decode(frames[-1], type=msgspec.Raw)
    except msgspec.MsgspecError:
        return None  # cut off
    return frames


class Document:
    """The frames of one scope.  Index = position of the frame in the media, from 0."""

    def __init__(self, capability: Capability, frames: list[bytes]) -> None:
        self.capability = capability
        self._frames = frames
        self._decoded: dict[int, Frame] = {}
        groups = -(-len(frames) // _GROUP)
        # Of each group: its frames' digests, shared with copies until a frame is replaced, and
        # its own.
        self._digests: list[list[bytes | None] | None] = [None] * groups
        self._groups: list[bytes | None] = [None] * groups

    @classmethod
    def blank(cls, capability: Capability, frame_count: int) -> Document:
        """A document of empty frames."""
        return cls(capability, [encode_frame(EMPTY_FRAME)] * frame_count)

    @classmethod
    def from_frames(cls, capability: Capability, frames: Iterable[Frame]) -> Document:
        """A document of these frames, encoded."""
        return cls(capability, [encode_frame(frame) for frame in frames])

    @classmethod
    def from_payload(cls, payload: bytes, like: Document | None = None) -> Document:
        """Read what :meth:`payload` wrote.  PayloadError when it is not that.

        Frames are looked into when they are decoded, not here.  ``like``: a document with
        mostly the same frames, which makes it quicker.
        """
        for capability in Capability:
            frames = _split_payload(capability, payload, like._frames if like else ())
            if frames is not None:
                return cls(capability, frames)
        try:
            decoded = _decoder.decode(payload)
        except msgspec.MsgspecError as error:
            raise PayloadError(str(error)) from error
        if decoded.format != FORMAT:
            raise PayloadError(f"payload format {decoded.format}, expected {FORMAT}")
        return cls(decoded.capability, [bytes(raw) for raw in decoded.frames])

    def copy(self) -> Document:
        """An independent document; shares the immutable frame bytes (cheap)."""
        other = Document(self.capability, self._frames.copy())
        other._digests = self._digests.copy()
        other._groups = self._groups.copy()
        return other

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(index) for index in range(len(self._frames)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return self.capability == other.capability and self._frames == other._frames

    __hash__ = None  # type: ignore[assignment]

    def encoded(self, index: int) -> bytes:
        """Canonical bytes of one frame."""
        return self._frames[index]

    def every_encoded(self) -> list[bytes]:
        """Canonical bytes of each frame, in a list of its own."""
        return self._frames.copy()

    def frame(self, index: int) -> Frame:
        """One frame, decoded.  IndexError beyond the clip."""
        frame = self._decoded.get(index)
        if frame is None:
            frame = decode_frame(self._frames[index])
            if len(self._decoded) >= _CACHED_FRAMES:
                self._decoded.pop(next(iter(self._decoded)), None)
            self._decoded[index] = frame
        return frame

    def replace(self, index: int, frame: Frame) -> None:
        """Put another frame in one place."""
        self.replace_encoded(index, encode_frame(frame))
        self._decoded[index] = frame

    def replace_encoded(self, index: int, encoded: bytes) -> None:
        """Put another frame, given as canonical bytes, in one place."""
        if index < 0:
            raise IndexError(index)
        self._frames[index] = encoded
        group, at = divmod(index, _GROUP)
        digests = self._digests[group]
        if digests is not None:
            self._digests[group] = [*digests[:at], None, *digests[at + 1 :]]
        self._groups[group] = None
        self._decoded.pop(index, None)

    def changed_from(self, base: Document) -> dict[int, bytes]:
        """Encoded frames here that differ from ``base`` (same length), by index."""
        pairs = zip(self._frames, base._frames, strict=True)
        return {i: mine for i, (mine, theirs) in enumerate(pairs) if mine != theirs}

    def apply(self, changed: Mapping[int, bytes]) -> None:
        """Put many encoded frames at once (what :meth:`changed_from` gave)."""
        for index, encoded in changed.items():
            self.replace_encoded(index, encoded)

    def tree_hash(self) -> str:
        """Identity of a draft's content, hex: a tree of SHA-256 over frames, groups, the whole.

        Costs what was changed since the last call, not the whole clip.
        """
        for group, known in enumerate(self._groups):
            if known is None:
                self._groups[group] = self._group_digest(group)
        whole = hashlib.sha256(f"{self.capability.value} {len(self)}\0".encode())
        whole.update(b"".join(self._groups))  # type: ignore[arg-type]
        return whole.hexdigest()

    def _group_digest(self, group: int) -> bytes:
        frames = self._frames[group * _GROUP : (group + 1) * _GROUP]
        known = self._digests[group]
        if known is None:
            known = self._digests[group] = [None] * len(frames)
        for at, digest in enumerate(known):
            if digest is None:
                known[at] = hashlib.sha256(frames[at]).digest()
        joined = b"".join(known)  # type: ignore[arg-type]
        return hashlib.sha256(joined).digest()

    def payload(self) -> bytes:
        """Canonical JSON of the draft, reviewed marks included."""
        return join_payload(self.capability, self._frames)

    def published_payload(self) -> bytes:
        """Canonical JSON as a revision holds it: labels and flags, no reviewed marks."""
        return join_payload(self.capability, map(published_bytes, self._frames))
