"""The records of a journal's file, and what is damaged between them.

A record is framed (length, CRC-32 of kind and body, kind) and named by its offset in the file.  A
damaged stretch costs what was in it and no more: reading goes on at the next record whose checksum
holds.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAGIC: Final = b"prelabel journal 1\n"
FRAME: Final = struct.Struct("<IIB")


class Kind(IntEnum):
    """What a record is; its body is JSON, an operation's one of lines."""

    HEADER = 1
    OPERATION = 2
    UNDO = 3
    REDO = 4
    DROP_UNDO = 5
    DROP_REDO = 6
    SAVING = 7
    BASE = 8
    UNDO_LOG = 9
    JOINED = 10
    TOLD = 11


_LAST: Final = max(Kind)
_A_KIND: Final = re.compile(b"[\x01-" + bytes((_LAST,)) + b"]")
_HINT: Final = re.compile(rb'"frame":(\d{1,7})')


class Record:
    """One record of a file: its kind, body and offset (its name within the file)."""

    __slots__ = ("body", "end", "kind", "offset")

    def __init__(self, kind: Kind, body: bytes, offset: int, end: int) -> None:
        self.kind = kind
        self.body = body
        self.offset = offset
        self.end = end


@dataclass(frozen=True)
class Gap:
    """Bytes of a file that are no whole record: torn, overwritten, a bit flipped."""

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        """The offset of what follows it."""
        return self.offset + len(self.data)

    @property
    def frames(self) -> frozenset[int]:
        """Indices of frames that can still be read in it: a hint where to look again."""
        return frozenset(int(found) for found in _HINT.findall(self.data))


def frame(kind: Kind, body: bytes) -> bytes:
    """Return a record's bytes."""
    return FRAME.pack(len(body), zlib.crc32(body, kind), kind) + body


def scan(data: bytes) -> Iterator[Record | Gap]:
    """Yield a file's whole records and the damaged stretches between them, in order."""
    at = damaged_from = 0
    if MAGIC.startswith(data[: len(MAGIC)]):  # else the very beginning is damaged
        at = damaged_from = min(len(MAGIC), len(data))
    while at < len(data):
        record = _record_at(data, at)
        if record is None:
            kind = _A_KIND.search(data, at + FRAME.size)  # that of the next place to look at
            at = len(data) if kind is None else kind.end() - FRAME.size
            continue
        if damaged_from < at:
            yield Gap(damaged_from, data[damaged_from:at])
        yield record
        at = damaged_from = record.end
    if damaged_from < len(data):
        yield Gap(damaged_from, data[damaged_from:])


def _record_at(data: bytes, at: int) -> Record | None:
    """Read the record at an offset; None when there is none whose checksum holds."""
    start = at + FRAME.size
    if start > len(data) or not 0 < data[start - 1] <= _LAST:
        return None
    length, checksum, kind = FRAME.unpack_from(data, at)
    end = start + length
    if end > len(data):
        return None
    body = data[start:end]
    if zlib.crc32(body, kind) != checksum:
        return None
    return Record(Kind(kind), body, at, end)
