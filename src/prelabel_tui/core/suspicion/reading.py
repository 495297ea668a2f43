"""Takes the numbers of many encoded frames at once, without making an object of each label.

Canonical frames (sorted keys, no spaces) are read as bytes by numpy: a number stands behind the
key's last letter, quote and colon.  Whatever does not look like that is decoded as JSON instead,
with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_QUOTE, _COLON, _MINUS = b'":-'
_LEAD: Final = b" " * 8
_TAIL: Final = b" " * 16
"""So that looking a few bytes to either side stays inside."""

_WORD: Final = 8
_ONE: Final = np.uint64(1)
_BYTE: Final = np.uint64(0xFF)
_ZEROS: Final = np.uint64(0x3030303030303030)
_BEYOND_NINE: Final = np.uint64(0x7676767676767676)
_HIGH_BITS: Final = np.uint64(0x8080808080808080)
_PAIRS: Final = np.uint64(0x00FF00FF00FF00FF)
_FOURS: Final = np.uint64(0x0000FFFF0000FFFF)
_FIRST_BYTES: Final = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def _key(end: bytes) -> tuple[np.uint32, np.uint32]:
    """Mask and value of the last (up to four) bytes before a key's colon."""
    shift = 8 * (4 - len(end))
    mask = (0xFFFFFFFF >> shift) << shift
    return np.uint32(mask), np.uint32(int.from_bytes(end, "little") << shift)


_BALL_KEYS: Final = {
    "id": _key(b'"id"'), "kind": _key(b'ind"'), "x": _key(b'"x"'), "y": _key(b'"y"'),
    "score": _key(b'ore"'), "size": _key(b'ize"'),
}  # fmt: skip
_BOX_KEYS: Final = {
    "id": _key(b'"id"'), "kind": _key(b'ind"'), "x": _key(b'"x"'), "y": _key(b'"y"'),
    "w": _key(b'"w"'), "h": _key(b'"h"'), "score": _key(b'ore"'),
}  # fmt: skip
_NONE: Final = {"score": -1, "size": 0}


class Numbers(NamedTuple):
    """The labels of some frames: ``rows`` of x, y, w, h, score (units; a ball's square; score
    -1: none), how many each frame has, and a number that stands for each label's id."""

    rows: Ints
    counts: Ints
    names: Ints


class _Label(msgspec.Struct, gc=False):
    id: str
    x: int
    y: int
    w: int = 0
    h: int = 0
    size: int | None = None
    score: int | None = None


class _Frame(msgspec.Struct, gc=False):
    labels: list[_Label] = []


_decoder = msgspec.json.Decoder(_Frame)


def label_ids(encoded: bytes) -> tuple[str, ...]:
    """Ids of a frame's labels, in order."""
    return tuple(label.id for label in _labels(encoded))


def read_numbers(frames: Sequence[bytes], is_ball: bool) -> Numbers:
    """The numbers of encoded frames; a frame that is not JSON has none (the validation tells)."""
    return _scan(frames, is_ball) or _decode(frames, is_ball)


def _scan(frames: Sequence[bytes], is_ball: bool) -> Numbers | None:
    """Read canonical bytes; None for any others."""
    text = b"".join((_LEAD, *frames, _TAIL))
    if b"\\" in text:
        return None
    colon = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _COLON)
    before = _words(text, "<u4")[colon - 4]
    keys = {
        name: np.flatnonzero((before & mask) == wanted)
        for name, (mask, wanted) in (_BALL_KEYS if is_ball else _BOX_KEYS).items()
    }
    if not _in_order(keys):
        return None
    ids = keys["id"]
    many = len(ids)
    place = np.concatenate([colon[keys[name]] for name in keys if name not in ("id", "kind")])
    numbers = _integers(text, place + 1)
    names = _names(text, colon[ids] + 2, colon[keys["kind"]] - len('","kind"'))
    if numbers is None or names is None:
        return None
    part: dict[str, Ints] = {}
    at = 0
    for name, found in keys.items():
        if name in ("id", "kind"):
            continue
        values = numbers[at : at + len(found)]
        at += len(found)
        if len(found) != many:  # score and size may be left out; they stand behind their id
            given, values = values, np.full(many, _NONE[name])
            values[np.searchsorted(ids, found) - 1] = given
        part[name] = values
    ends = np.cumsum([len(_LEAD), *map(len, frames)])
    counts = np.diff(np.searchsorted(colon[ids], ends))
    return Numbers(_rows(part, is_ball), counts, names)


def _in_order(keys: dict[str, Ints]) -> bool:
    """Whether each label has its keys, sorted, and none of another label between them."""
    whole = [keys[name] for name in ("h", "id", "kind", "w", "x", "y") if name in keys]
    if len({len(place) for place in whole}) > 1 or any(
        (one > other).any() for one, other in pairwise(whole)
    ):
        return False
    for name in _NONE.keys() & keys.keys():
        owner = np.searchsorted(keys["id"], keys[name]) - 1
        if (owner < 0).any() or (keys[name] > keys["y"][owner]).any():
            return False
    return True


def _rows(part: dict[str, Ints], is_ball: bool) -> Ints:
    if is_ball:
        size = part["size"]
        half = size // 2
        return np.stack((part["x"] - half, part["y"] - half, size, size, part["score"]), axis=1)
    return np.stack([part[name] for name in ("x", "y", "w", "h", "score")], axis=1)


def _words(text: bytes, kind: str) -> NDArray[Any]:
    """The word that begins at each byte but the last ones."""
    size = np.dtype(kind).itemsize
    return np.ndarray((len(text) - size + 1,), kind, text, strides=(1,))


def _integers(text: bytes, at: Ints) -> Ints | None:
    """The integers that begin at these places; None if one is none or has over seven digits.

    Eight bytes at a time: the digits before the first other byte are shifted to the end of the
    word, then joined in pairs, fours and eight.
    """
    words = _words(text, "<u8")
    word = words[at]
    negative = (word & _BYTE) == _MINUS
    if negative.any():
        word = np.where(negative, words[at + negative], word)
    digits = word ^ _ZEROS
    other = ((digits + _BEYOND_NINE) | digits) & _HIGH_BITS
    before_other = (other & -other) - _ONE
    count = np.bitwise_count(before_other) // 8
    if len(count) and (count.min() == 0 or count.max() == 8):
        return None
    value = digits << (64 - 8 * count.astype(np.uint64))
    value = (value * np.uint64(10 * 2**8 + 1)) >> np.uint64(8)
    value = ((value & _PAIRS) * np.uint64(100 * 2**16 + 1)) >> np.uint64(16)
    value = ((value & _FOURS) * np.uint64(10_000 * 2**32 + 1)) >> np.uint64(32)
    number = value.view(np.int64)
    return np.where(negative, -number, number) if negative.any() else number


def _names(text: bytes, start: Ints, stop: Ints) -> Ints | None:
    """Numbers for the strings between these places; None if one is no string."""
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


def _name(text: str) -> int:
    """The same number for one id."""
    name = 0
    coded = text.encode()
    for start in range(0, len(coded), _WORD):
        word = int.from_bytes(coded[start : start + _WORD], "little")
        name = (name * int(_MIX)) % (1 << 64) ^ word
    return name - (1 << 64) if name >> 63 else name


def _decode(frames: Sequence[bytes], is_ball: bool) -> Numbers:
    """The same by way of objects."""
    every = [_labels(frame) for frame in frames]
    labels = [label for frame in every for label in frame]
    part = {
        name: np.array([getattr(label, name) for label in labels], dtype=np.int64)
        for name in ("x", "y", "w", "h")
    }
    part["score"] = np.array([-1 if p.score is None else p.score for p in labels], dtype=np.int64)
    part["size"] = np.array([p.size or 0 for p in labels], dtype=np.int64)
    return Numbers(
        _rows(part, is_ball),
        np.array([len(frame) for frame in every], dtype=np.int64),
        np.array([_name(label.id) for label in labels], dtype=np.int64),
    )


def _labels(encoded: bytes) -> list[_Label]:
    try:
        return _decoder.decode(encoded).labels
    except msgspec.MsgspecError:
        return []
