"""What a journal's records add up to: undo and redo without limit, and edits not saved yet."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from prelabel_tui.core.edits import operations
from prelabel_tui.core.edits.operations import Change, Operation
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.session.journal import Journal, Kind, Record

Stack: TypeAlias = "tuple[int, Stack] | None"
"""Offsets of operations in the journal, newest first; immutable, so that keeping one is free."""


def _offsets(stack: Stack) -> list[int]:
    offsets = []
    while stack is not None:
        offset, stack = stack
        offsets.append(offset)
    return offsets[::-1]


def _stack(offsets: Iterable[int]) -> Stack:
    stack: Stack = None
    for offset in offsets:
        stack = (offset, stack)
    return stack


@dataclass(frozen=True)
class UndoLog:
    """What can be undone and redone, as offsets of operations in the journal."""

    undo: Stack = None
    redo: Stack = None

    def done(self, offset: int) -> UndoLog:
        """Return the log after another operation."""
        return UndoLog((offset, self.undo), None)

    def joined(self, offset: int, count: int) -> UndoLog:
        """Return the log with another record in place of the newest ``count`` operations."""
        undo = self.undo
        for _ in range(count):
            assert undo is not None
            undo = undo[1]
        return UndoLog((offset, undo), self.redo)

    def since(self, earlier: UndoLog) -> list[int] | None:
        """Return the operations made since an earlier log, oldest first.

        None when some of what could be undone then no longer can.
        """
        made: list[int] = []
        undo = self.undo
        while undo is not earlier.undo:
            if undo is None:
                return None
            offset, undo = undo
            made.append(offset)
        return made[::-1]

    def undone(self) -> UndoLog:
        """Return the log after taking back the newest operation.  There must be one."""
        assert self.undo is not None
        return UndoLog(self.undo[1], (self.undo[0], self.redo))

    def redone(self) -> UndoLog:
        """Return the log after doing again what was taken back last.  There must be one."""
        assert self.redo is not None
        return UndoLog((self.redo[0], self.undo), self.redo[1])

    def without_undo(self) -> UndoLog:
        """Return the log without the newest operation, which can no longer be taken back."""
        assert self.undo is not None
        return UndoLog(self.undo[1], self.redo)

    def without_redo(self) -> UndoLog:
        """Return the log without the operation that can no longer be done again."""
        assert self.redo is not None
        return UndoLog(self.undo, self.redo[1])

    def encode(self) -> bytes:
        """Encode the body of an UNDO_LOG record."""
        return msgspec.json.encode([_offsets(self.undo), _offsets(self.redo)])

    @classmethod
    def decode(cls, body: bytes) -> UndoLog:
        """Decode what :meth:`encode` returned."""
        undo, redo = msgspec.json.decode(body, type=tuple[list[int], list[int]])
        return cls(_stack(undo), _stack(redo))


class Header(msgspec.Struct, frozen=True):
    """Whose edits of which draft a journal holds."""

    draft_id: str
    user: str


class Logged(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation and when it was made (µs since 1970, UTC).

    In a JOINED record it stands for the ``joins`` operations before it: the content has them.
    """

    at: int
    operation: Operation
    joins: int = 0


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


def encode_logged(at: int, operation: Operation, joins: int = 0) -> bytes:
    """Encode the body of an OPERATION record, made at a time (µs).

    A line for the operation, then one for each change: so that other threads (the screen's) run
    between them when there are thousands.
    """
    head = Logged(at, msgspec.structs.replace(operation, changes=()), joins)
    return b"\n".join([msgspec.json.encode(part) for part in (head, *operation.changes)])


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
    return Logged(logged.at, operation, logged.joins)


@dataclass(frozen=True)
class Step:
    """One thing the person did: the record, the operation's record, forth or back."""

    at: int
    operation: int
    back: bool


@dataclass
class Replay:
    """Where a journal ends."""

    header: Header | None = None
    base: Base | None = None
    log: UndoLog = field(default_factory=UndoLog)
    saved_log: UndoLog = field(default_factory=UndoLog)
    steps: list[Step] = field(default_factory=list)
    attempts: dict[str, tuple[int, UndoLog]] = field(default_factory=dict)
    """Saves tried since the base, by save id.

    The offset up to which each of them saved, and the undo log there.
    """

    @property
    def pending(self) -> bool:
        """Whether it holds edits that no acknowledged save covers."""
        return bool(self.steps or (self.base is not None and self.base.changed))


def replay(records: Iterable[Record]) -> Replay:
    """Follow a journal's records to the end."""
    state = Replay()
    for record in _whole(records):
        log, at = state.log, record.offset
        match record.kind:
            case Kind.HEADER:
                state.header = msgspec.json.decode(record.body, type=Header)
            case Kind.OPERATION:
                state.log = log.done(at)
                state.steps.append(Step(at, at, back=False))
            case Kind.JOINED:
                state.log = log.joined(at, decode_logged(record.body).joins)
            case Kind.UNDO if log.undo is not None:
                state.steps.append(Step(at, log.undo[0], back=True))
                state.log = log.undone()
            case Kind.REDO if log.redo is not None:
                state.steps.append(Step(at, log.redo[0], back=False))
                state.log = log.redone()
            case Kind.DROP_UNDO if log.undo is not None:
                state.log = log.without_undo()
            case Kind.DROP_REDO if log.redo is not None:
                state.log = log.without_redo()
            case Kind.SAVING:
                saving = msgspec.json.decode(record.body, type=Saving)
                state.attempts[saving.save_id] = (at, log)
            case Kind.BASE:
                state.base = msgspec.json.decode(record.body, type=Base)
                upto = state.base.upto
                state.steps = [step for step in state.steps if step.at >= upto]
                if state.base.merged_from is None:  # else it is a merge, which saved nothing
                    at_snapshot = dict(state.attempts.values())
                    state.saved_log = at_snapshot.get(upto, log)
                state.attempts = {}
            case Kind.UNDO_LOG:
                state.log = UndoLog.decode(record.body)
    return state


def _whole(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records without merges that were cut off."""
    waiting: tuple[Record, int] | None = None
    for record in records:
        if waiting is not None and zlib.crc32(record.body) == waiting[1]:
            yield waiting[0]
        waiting = None
        if record.kind is Kind.BASE:
            then = msgspec.json.decode(record.body, type=Base).then
            if then is not None:
                waiting = record, then
                continue
        yield record


def redo_steps(document: Document, steps: Iterable[Step], journal: Journal) -> None:
    """Make a journal's steps on the content that they were made on.

    OperationConflict when it is other content; msgspec.MsgspecError, OSError, ValueError when
    the journal is damaged.
    """
    for step in steps:
        operation = decode_logged(journal.body(step.operation)).operation
        operations.apply(document, operation.inverse() if step.back else operation)


def microseconds(at: dt.datetime) -> int:
    """Return a time as journals hold it."""
    return int(at.timestamp() * 1_000_000)


def as_time(at: int) -> dt.datetime:
    """Return the time that a journal holds."""
    return dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC)
