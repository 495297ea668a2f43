"""A whole payload in memory: one encoded frame each, decoded only when looked at.

Frames that did not change keep their encoded bytes, so saving, hashing and publishing
10,000 frames never encodes more than what was edited.  Documents share groups of frames, so
copying and comparing touch only what was changed as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from prelabel_tui.core.model.codec import (
    FIRST_FORM,
    decode_frame,
    encode_frame,
    form_of,
    has_flags,
    is_left_out,
    is_reviewed,
    join_payload,
    published_bytes,
    split_payload,
)
from prelabel_tui.core.model.labels import EMPTY_FRAME, Capability, Frame

_CACHED_FRAMES = 256
_GROUP = 128
"""Frames of a group.  Part of what :meth:`Document.tree_hash` is over."""
_FEW = 16
"""Frames of a group that are hashed at once when they change; more wait until a hash is asked."""


class Marks(NamedTuple):
    """How many frames are reviewed, left out, and flagged; what is left out is neither."""

    reviewed: int
    left_out: int
    flagged: int


class TreeHash:
    """The hash of :meth:`Document.tree_hash`, for frames that come one by one."""

    def __init__(self, capability: Capability) -> None:
        self._capability = capability
        self._count = 0
        self._frames: list[bytes] = []
        self._groups: list[bytes] = []

    def add(self, encoded: bytes) -> None:
        """Take in the next frame."""
        self._count += 1
        self._frames.append(hashlib.sha256(encoded).digest())
        if len(self._frames) == _GROUP:
            self._groups.append(hashlib.sha256(b"".join(self._frames)).digest())
            self._frames = []

    def hexdigest(self) -> str:
        """Return the hash of the frames so far."""
        rest = [hashlib.sha256(b"".join(self._frames)).digest()] if self._frames else []
        return _tree_digest(self._capability, self._count, [*self._groups, *rest])


def _tree_digest(capability: Capability, count: int, groups: Iterable[bytes]) -> str:
    whole = hashlib.sha256(f"{capability.value} {count}\0".encode())
    whole.update(b"".join(groups))
    return whole.hexdigest()


class _Group:
    """Some frames in a row.  Its content never changes; digests are worked out when asked for."""

    __slots__ = ("_digest", "_digests", "_form", "_marks", "frames")

    def __init__(self, frames: list[bytes], digests: list[bytes] | None = None) -> None:
        self.frames = frames
        self._digests = digests  # SHA-256 of each frame
        self._digest: bytes | None = None
        self._form: int | None = None
        self._marks: Marks | None = None

    def with_frames(self, changed: Mapping[int, bytes]) -> _Group:
        """Return the group with other frames in some places.  IndexError beyond its end."""
        frames = self.frames.copy()
        for at, encoded in changed.items():
            frames[at] = encoded
        if self._digests is None or len(changed) > _FEW:
            return _Group(frames)
        digests = self._digests.copy()
        for at, encoded in changed.items():
            digests[at] = hashlib.sha256(encoded).digest()
        return _Group(frames, digests)

    def digest(self) -> bytes:
        """Return the SHA-256 over the SHA-256 of each frame."""
        if self._digest is None:
            if self._digests is None:
                self._digests = [hashlib.sha256(frame).digest() for frame in self.frames]
            self._digest = hashlib.sha256(b"".join(self._digests)).digest()
        return self._digest

    def marks(self) -> Marks:
        """Count the marks of the frames."""
        if self._marks is None:
            kept = [frame for frame in self.frames if not is_left_out(frame)]
            self._marks = Marks(
                sum(map(is_reviewed, kept)), len(self.frames) - len(kept), sum(map(has_flags, kept))
            )
        return self._marks

    def form(self) -> int:
        """Return the number of the first canonical form that can hold every frame."""
        if self._form is None:
            self._form = max(map(form_of, self.frames), default=FIRST_FORM)
        return self._form


class Document:
    """The frames of one scope.  Index = position of the frame in the media, from 0."""

    def __init__(self, capability: Capability, frames: Sequence[bytes]) -> None:
        self.capability = capability
        self._length = len(frames)
        # Shared with copies: a group that changes is replaced here.
        self._groups = [
            _Group(list(frames[start : start + _GROUP])) for start in range(0, len(frames), _GROUP)
        ]
        self._decoded: dict[int, Frame] = {}

    @classmethod
    def blank(cls, capability: Capability, frame_count: int) -> Document:
        """Make a document of empty frames."""
        return cls(capability, [encode_frame(EMPTY_FRAME)] * frame_count)

    @classmethod
    def from_frames(cls, capability: Capability, frames: Iterable[Frame]) -> Document:
        """Make a document of these frames, encoding them."""
        return cls(capability, [encode_frame(frame) for frame in frames])

    @classmethod
    def from_payload(cls, payload: bytes, like: Document | None = None) -> Document:
        """Read what :meth:`payload` wrote.  PayloadError when it is not that.

        Frames are looked into when they are decoded, not here.  ``like``: a document with
        mostly the same frames, which makes it quicker.
        """
        return cls(*split_payload(payload, like.every_encoded() if like else ()))

    def copy(self) -> Document:
        """Return an independent document; it shares the groups (cheap)."""
        other = Document(self.capability, ())
        other._length = self._length
        other._groups = self._groups.copy()
        return other

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(index) for index in range(self._length))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return (
            self.capability == other.capability
            and self._length == other._length
            and not self.changed_from(other)
        )

    __hash__ = None  # type: ignore[assignment]

    def encoded(self, index: int) -> bytes:
        """Return the canonical bytes of one frame.  IndexError beyond the clip."""
        return self._groups[index // _GROUP].frames[index % _GROUP]

    def every_encoded(self) -> list[bytes]:
        """Return the canonical bytes of each frame, in a new list."""
        return list(chain.from_iterable(group.frames for group in self._groups))

    def frame(self, index: int) -> Frame:
        """Decode one frame.  IndexError beyond the clip."""
        frame = self._decoded.get(index)
        if frame is None:
            frame = decode_frame(self.encoded(index))
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
        self.apply({index: encoded})

    def changed_from(self, base: Document) -> dict[int, bytes]:
        """Return the encoded frames here that differ from ``base`` (same length), by index."""
        if len(self) != len(base):
            raise ValueError(f"{len(self)} frames against {len(base)}")
        return {
            group * _GROUP + at: frame
            for group, (mine, theirs) in enumerate(zip(self._groups, base._groups, strict=True))
            if mine is not theirs
            for at, (frame, other) in enumerate(zip(mine.frames, theirs.frames, strict=True))
            if frame != other
        }

    def apply(self, changed: Mapping[int, bytes]) -> None:
        """Put many encoded frames at once (what :meth:`changed_from` returned).

        Another thread sees all of them or none.  IndexError beyond the clip: nothing is changed.
        """
        by_group: dict[int, dict[int, bytes]] = {}
        for index, encoded in changed.items():
            if index < 0:
                raise IndexError(index)
            by_group.setdefault(index // _GROUP, {})[index % _GROUP] = encoded
        groups = self._groups.copy()
        for number, frames in by_group.items():
            groups[number] = groups[number].with_frames(frames)
        self._groups = groups
        for index in changed:
            self._decoded.pop(index, None)

    def holds(self, like: Document, indices: Iterable[int]) -> bool:
        """Say whether these frames are those of another document of the same length."""
        return all(
            mine is theirs or self.encoded(index) == like.encoded(index)
            for index in indices
            for mine, theirs in [(self._groups[index // _GROUP], like._groups[index // _GROUP])]
        )

    def marks(self) -> Marks:
        """Count the marks of all frames.  Costs what was changed since the last call."""
        found = [group.marks() for group in self._groups]
        return Marks(*(sum(marks[at] for marks in found) for at in range(len(Marks._fields))))

    def tree_hash(self) -> str:
        """Hash a draft's content, hex: a tree of SHA-256 over frames, groups and the whole.

        Costs what was changed since the last call, not the whole clip.
        """
        return _tree_digest(self.capability, len(self), [group.digest() for group in self._groups])

    def payload(self) -> bytes:
        """Encode the draft as canonical JSON, review marks included."""
        return b"".join(self.payload_parts())

    def payload_parts(self) -> list[bytes]:
        """Encode the draft like :meth:`payload`, in pieces."""
        form = max((group.form() for group in self._groups), default=FIRST_FORM)
        return join_payload(self.capability, form, [group.frames for group in self._groups])

    def published(self) -> Document:
        """Return the content as a revision holds it: without review marks and what is left out."""
        return Document(self.capability, [*map(published_bytes, self.every_encoded())])
