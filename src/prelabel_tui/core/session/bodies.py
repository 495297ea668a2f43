"""What the records of a journal say: their bodies, as JSON."""

from __future__ import annotations

import datetime as dt

import msgspec

from prelabel_tui.core.edits.operations import Change, Operation


class Header(msgspec.Struct, frozen=True):
    """Whose edits of which draft a journal holds."""

    draft_id: str
    user: str


class Logged(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation, when it was made (µs since 1970, UTC) and on which version of the draft.

    In a JOINED record it stands for the operations before it from the offset ``first`` on (the
    last ``joins`` in records of earlier programs): the content has them.
    """

    at: int
    operation: Operation
    joins: int = 0
    first: int | None = None
    base: int = 0


class Moved(msgspec.Struct, frozen=True):
    """An UNDO or REDO: when, of which operation (its offset), on which version of the draft.

    It names the operation, so that it means the same when records before it are damaged; so do
    DROP_UNDO and DROP_REDO, with its offset alone.
    """

    at: int
    operation: int
    base: int


class Saving(msgspec.Struct, frozen=True):
    """A save is about to be tried, of everything before this record."""

    save_id: str
    base: int


class Base(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything before ``upto`` is in the database as ``version`` with ``hash``.

    Except ``changed``: frames (canonical JSON by index) that differ from it, after a merge that
    is not saved yet; they are of the version ``merged_from`` on.
    """

    version: int
    hash: str
    upto: int
    changed: dict[int, msgspec.Raw] = {}
    merged_from: int | None = None
    then: int | None = None
    """CRC-32 of the body of the operation that belongs to the merge and is in the next record.

    Where it is not, the merge was cut off: it is as if it had not been made.
    """


_logged = msgspec.json.Decoder(Logged)
_change = msgspec.json.Decoder(Change)
_moved = msgspec.json.Decoder(int | Moved)


def encode_logged(logged: Logged) -> bytes:
    """Encode the body of an OPERATION record.

    A line for the operation, then one for each change: so that other threads (the screen's) run
    between them when there are thousands.
    """
    operation = msgspec.structs.replace(logged.operation, changes=())
    head = msgspec.structs.replace(logged, operation=operation)
    return b"\n".join([msgspec.json.encode(part) for part in (head, *logged.operation.changes)])


def decode_head(body: bytes) -> Logged:
    """Decode an OPERATION record's body without its changes.  msgspec.MsgspecError."""
    return _logged.decode(body.partition(b"\n")[0])


def decode_moved(body: bytes) -> int | Moved:
    """Decode an UNDO or REDO record's body; earlier programs wrote the time alone.

    msgspec.MsgspecError.
    """
    moved: int | Moved = _moved.decode(body)
    return moved


def decode_logged(body: bytes) -> Logged:
    """Decode the body of an OPERATION record.  msgspec.MsgspecError on anything else.

    In records of earlier versions the changes are in the first line.
    """
    head, *lines = body.split(b"\n")
    logged = _logged.decode(head)
    if not lines:
        return logged
    changes = (*logged.operation.changes, *[_change.decode(line) for line in lines])
    operation = msgspec.structs.replace(logged.operation, changes=changes)
    return msgspec.structs.replace(logged, operation=operation)


def microseconds(at: dt.datetime) -> int:
    """Return a time as journals hold it."""
    return int(at.timestamp() * 1_000_000)


def as_time(at: int) -> dt.datetime:
    """Return the time that a journal holds."""
    return dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC)
