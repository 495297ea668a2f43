"""Reading the numbers of many encoded frames at once, without making an object of each label.

Canonical frames (sorted keys, no spaces) are read as bytes by numpy: a number follows the key's
last letter, quote and colon.  Whatever does not look like that is decoded as JSON instead,
with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_TRACK: Final = b'"track":'
_WAS_KEY: Final = b'"was":'
"""Quotes inside a JSON string are escaped: these bytes can only be the keys."""

_QUOTE, _COLON, _MINUS, _COMMA, _BRACE = b'":-,}'
_LEAD: Final = b" " * 8
_TAIL: Final = b" " * 16
"""So that looking a few bytes to either side stays inside."""

_WORD: Final = 8
_ONE: Final = np.uint64(1)
_BYTE: Final = np.uint64(0xFF)
_ZEROS: Final = np.uint64(0x3030303030303030)
_BEYOND_NINE: Final = np.uint64(0x7676767676767676)
_HIGH_BITS: Final = np.uint64(0x8080808080808080)
_JOINS: Final = tuple(
    (np.uint64(10**digits << 8 * digits | 1), np.uint64(8 * digits), np.uint64(mask))
    for digits, mask in ((1, 0x00FF00FF00FF00FF), (2, 0x0000FFFF0000FFFF), (4, 0xFFFFFFFF))
)
"""How digits are joined in twos, fours and eight: times, shifted by, masked."""
_FIRST_BYTES: Final = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def _key(end: bytes) -> np.uint32:
    """Return the last four bytes before a key's colon, as a word."""
    return np.uint32(int.from_bytes(end, "little"))


_BALL_KEYS: Final = {
    "id": _key(b'"id"'), "kind": _key(b'ind"'), "score": _key(b'ore"'), "size": _key(b'ize"'),
    "x": _key(b',"x"'), "y": _key(b',"y"'),
}  # fmt: skip
_BOX_KEYS: Final = {
    "h": _key(b'{"h"'), "id": _key(b'"id"'), "kind": _key(b'ind"'), "score": _key(b'ore"'),
    "w": _key(b',"w"'), "x": _key(b',"x"'), "y": _key(b',"y"'),
}  # fmt: skip
"""In the order in which a label has them."""

_ORIGIN: Final = _key(b'gin"')
_WAS: Final = _key(b'was"')
_MANUAL, _INTERPOLATED, _PROPAGATED = b"anr"
"""The second letters of the origins."""
_NULL: Final = ord("n")

_NONE: Final = {"score": -1, "size": 0}
"""What may be left out, and what is read then."""


_FEW: Final = 4
"""Frames that are decoded sooner than looked through."""


class Source(IntEnum):
    """Whom a label is from, as far as editing many labels asks."""

    MODEL = 0
    MANUAL = 1
    DERIVED = 2
    """Interpolated or propagated."""


class Numbers(NamedTuple):
    """The labels of some frames.

    ``values`` of shape (5, labels): x, y, w, h, score (units; a ball's bounding square; score
    -1: none); how many labels each frame has; a number that stands for each label's id; whom it
    is from (:class:`Source`), and whether it says what it ``was``.
    """

    values: Ints
    counts: Ints
    names: Ints
    sources: Ints
    changed: NDArray[np.bool_]


_LARGEST: Final = 2**40
_Number = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
"""So that what is worked out from it fits into 64 bits."""


class _Label(msgspec.Struct, gc=False):
    id: str
    x: _Number
    y: _Number
    w: _Number = 0
    h: _Number = 0
    size: _Number | None = None
    score: _Number | None = None
    track: str | None = None
    origin: str = "model"
    was: Any = None


class _Frame(msgspec.Struct, gc=False):
    labels: list[_Label] = []


_decoder = msgspec.json.Decoder(_Frame)


def label_ids(encoded: bytes) -> tuple[str, ...]:
    """Read the ids of a frame's labels, in order."""
    return tuple(label.id for label in _labels(encoded))


def has_tracks(encoded: bytes) -> bool:
    """Say whether any label of a frame names its track."""
    return _TRACK in encoded


def label_tracks(encoded: bytes) -> tuple[str | None, ...]:
    """Read what the tracks of a frame's labels are called, in order; None for those not named."""
    return tuple(label.track for label in _labels(encoded))


def has_changes(encoded: bytes) -> bool:
    """Say whether a person changed any label of a frame that a model placed."""
    return _WAS_KEY in encoded


def label_origins(encoded: bytes) -> tuple[tuple[int, int, int, int] | None, ...]:
    """Read where the model had the labels of a frame, in order: the geometry of those changed.

    None for those that were not changed.  A ball's is x, y, size (0: none) and 0.
    """
    return tuple(map(_was, _labels(encoded)))


def _was(label: _Label) -> tuple[int, int, int, int] | None:
    match label.was:
        case [int(x), int(y), int() | None as w]:
            numbers = (x, y, w or 0, 0)
        case [int(x), int(y), int(w), int(h)]:
            numbers = (x, y, w, h)
        case _:
            return None
    return numbers if max(map(abs, numbers)) <= _LARGEST else None


def read_numbers(frames: Sequence[bytes], is_ball: bool) -> Numbers:
    """Read the numbers of encoded frames.

    A frame that cannot be read counts as empty; the validation names it.
    """
    if len(frames) < _FEW:
        return _decode(frames, is_ball)
    return _scan(frames, is_ball) or _decode(frames, is_ball)


def _scan(frames: Sequence[bytes], is_ball: bool) -> Numbers | None:
    """Read canonical bytes; None for any others."""
    text = b"".join((_LEAD, *frames, _TAIL))
    if b"\\" in text:
        return None
    colon = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _COLON)
    before = _words(text, "<u4")[colon - 4]
    wanted = _BALL_KEYS if is_ball else _BOX_KEYS
    places = {name: colon[before == key] for name, key in wanted.items()}
    owners = _owners(places)
    if owners is None:
        return None
    numeric = [name for name in places if name not in ("id", "kind")]
    numbers = _integers(text, np.concatenate([places[name] for name in numeric]) + 1)
    ids = places["id"]
    names = _names(text, ids + 2, places["kind"] - len('","kind"'))
    if numbers is None or names is None:
        return None
    part: dict[str, Ints] = {}
    at = 0
    for name in numeric:
        values = numbers[at : at + len(places[name])]
        at += len(values)
        if name in owners:
            given, values = values, np.full(len(ids), _NONE[name])
            values[owners[name]] = given
        part[name] = values
    ends = np.cumsum([len(_LEAD), *map(len, frames)])
    sources = np.zeros(len(ids), dtype=np.int64)
    data = np.frombuffer(text, dtype=np.uint8)
    origins = colon[before == _ORIGIN]
    second = data[origins + len(':"m')]
    manual, derived = second == _MANUAL, (second == _INTERPOLATED) | (second == _PROPAGATED)
    sources[np.searchsorted(ids, origins) - 1] = np.where(
        manual, Source.MANUAL, np.where(derived, Source.DERIVED, Source.MODEL)
    )
    changed = np.zeros(len(ids), dtype=np.bool_)
    given = colon[before == _WAS]
    changed[np.searchsorted(ids, given) - 1] = data[given + 1] != _NULL
    return Numbers(
        _values(part, is_ball), np.diff(np.searchsorted(ids, ends)), names, sources, changed
    )


def _owners(places: dict[str, Ints]) -> dict[str, Ints] | None:
    """Find which labels have the keys that not every label has.

    None unless each label has its keys in order, with none of another label between them.
    """
    whole = [place for name, place in places.items() if name not in _NONE]
    if len({len(place) for place in whole}) > 1:
        return None
    if any((one > other).any() for one, other in pairwise(whole)):
        return None
    if (whole[-1][:-1] > whole[0][1:]).any():
        return None
    owners: dict[str, Ints] = {}
    for name in _NONE.keys() & places.keys():
        place = places[name]
        if len(place) == len(whole[0]):
            owner: Ints | slice = slice(None)
        else:
            owner = owners[name] = np.searchsorted(places["id"], place) - 1
        if (place < places["id"][owner]).any() or (place > places["y"][owner]).any():
            return None
    return owners


def _values(part: dict[str, Ints], is_ball: bool) -> Ints:
    if is_ball:
        size = part["size"]
        half = size // 2
        return np.stack((part["x"] - half, part["y"] - half, size, size, part["score"]))
    return np.stack([part[name] for name in ("x", "y", "w", "h", "score")])


def _words(text: bytes, kind: str) -> NDArray[Any]:
    """Return the word that begins at each byte except the last ones."""
    size = np.dtype(kind).itemsize
    return np.ndarray((len(text) - size + 1,), kind, text, strides=(1,))


def _integers(text: bytes, at: Ints) -> Ints | None:
    """Read the integers that begin at these places.

    None if one of them is not an integer, has more than seven digits or is not the whole value.

    Eight bytes at a time: the digits before the first other byte are shifted to the end of the
    word, then joined in pairs, fours and eight.
    """
    words = _words(text, "<u8")
    digits = words[at]
    negative = (digits & _BYTE) == _MINUS
    if negative.any():
        digits = words[at + negative]
    digits ^= _ZEROS
    # In place where it can be: memory costs more than sums here.
    other = digits + _BEYOND_NINE
    other |= digits
    other &= _HIGH_BITS
    other &= -other
    other -= _ONE
    count = np.bitwise_count(other) & 0xF8  # bits of the digits
    if len(count) and (count.min() == 0 or count.max() == 64):
        return None
    end = np.frombuffer(text, dtype=np.uint8)[at + negative + (count >> 3)]
    if ((end != _COMMA) & (end != _BRACE)).any():
        return None
    digits <<= 64 - count.astype(np.uint64)
    for pairs, shift, mask in _JOINS:
        digits *= pairs
        digits >>= shift
        digits &= mask
    number = digits.view(np.int64)
    return np.where(negative, -number, number) if negative.any() else number


def _names(text: bytes, start: Ints, stop: Ints) -> Ints | None:
    """Give each string between these places a number; None if one is not a string."""
    length = stop - start
    if not len(length):
        return length
    data = np.frombuffer(text, dtype=np.uint8)
    if length.min() < 0 or (data[start - 1] != _QUOTE).any() or (data[stop] != _QUOTE).any():
        return None
    words = _words(text, "<u8")
    name = np.zeros(len(start), dtype=np.uint64)
    for done in range(0, int(length.max()), _WORD):
        left = np.clip(length - done, 0, _WORD)
        word = words[np.minimum(start + done, stop)] & _FIRST_BYTES[left]
        name = np.where(left > 0, (name * _MIX) ^ word, name)
    return name.view(np.int64)


def name_number(text: str) -> int:
    """Return the number that stands for an id in :class:`Numbers`."""
    name = 0
    coded = text.encode()
    for start in range(0, len(coded), _WORD):
        word = int.from_bytes(coded[start : start + _WORD], "little")
        name = (name * int(_MIX)) % (1 << 64) ^ word
    return name - (1 << 64) if name >> 63 else name


def _decode(frames: Sequence[bytes], is_ball: bool) -> Numbers:
    """Read the same numbers from decoded labels."""
    every = [_labels(frame) for frame in frames]
    labels = [label for frame in every for label in frame]
    part = {
        name: np.array([getattr(label, name) for label in labels], dtype=np.int64)
        for name in ("x", "y", "w", "h")
    }
    part["score"] = np.array([-1 if p.score is None else p.score for p in labels], dtype=np.int64)
    part["size"] = np.array([p.size or 0 for p in labels], dtype=np.int64)
    sources = [_SOURCES.get(label.origin, Source.DERIVED) for label in labels]
    return Numbers(
        _values(part, is_ball),
        np.array([len(frame) for frame in every], dtype=np.int64),
        np.array([name_number(label.id) for label in labels], dtype=np.int64),
        np.array(sources, dtype=np.int64),
        np.array([label.was is not None for label in labels], dtype=np.bool_),
    )


_SOURCES: Final = {"model": Source.MODEL, "manual": Source.MANUAL}


def _labels(encoded: bytes) -> list[_Label]:
    try:
        return _decoder.decode(encoded).labels
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
