"""What a journal's records add up to: what can be undone, and the edits that are not saved yet."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from prelabel_tui.core.edits import operations
from prelabel_tui.core.edits.operations import OperationConflict
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.session.bodies import (
    Base,
    Header,
    Moved,
    Saving,
    decode_head,
    decode_logged,
    decode_moved,
)
from prelabel_tui.core.session.journal import Journal
from prelabel_tui.core.session.records import Gap, Kind, Record, frame
from prelabel_tui.core.session.undo_log import Stack, UndoLog


@dataclass(frozen=True)
class Step:
    """One thing the person did: the record, the operation's record, forth or back.

    ``base``: the version of the draft it was done on, 0 where earlier programs did not note it.
    """

    at: int
    operation: int
    back: bool
    base: int = 0


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
    gaps: list[Gap] = field(default_factory=list)
    """What is damaged."""
    told: set[int] = field(default_factory=set)
    """The offsets of gaps that the person was told of."""

    @property
    def pending(self) -> bool:
        """Whether it holds edits that no acknowledged save covers."""
        return bool(self.steps or (self.base is not None and self.base.changed))

    @property
    def untold(self) -> tuple[Gap, ...]:
        """What is damaged and the person does not know of."""
        return tuple(gap for gap in self.gaps if gap.offset not in self.told)

    def _take(self, record: Record) -> None:
        """Follow one record.  msgspec.MsgspecError."""
        log, at = self.log, record.offset
        match record.kind:
            case Kind.HEADER:
                self.header = msgspec.json.decode(record.body, type=Header)
            case Kind.OPERATION:
                base = decode_head(record.body).base
                self.log = log.done(at)
                self.steps.append(Step(at, at, back=False, base=base))
            case Kind.JOINED:
                joined = decode_head(record.body)
                first = joined.first
                if first is None:  # of an earlier program, which counted them
                    first = min(log.offsets()[0][-joined.joins :], default=at)
                self.log = log.joined(at, first)
            case Kind.UNDO | Kind.REDO:
                self._move(record)
            case Kind.DROP_UNDO:
                if (dropped := _named(record, log.undo)) is not None:
                    self.log = log.without_undo(dropped)
            case Kind.DROP_REDO:
                if (dropped := _named(record, log.redo)) is not None:
                    self.log = log.without_redo(dropped)
            case Kind.SAVING:
                saving = msgspec.json.decode(record.body, type=Saving)
                self.attempts[saving.save_id] = (at, log)
            case Kind.BASE:
                self.base = base_ = msgspec.json.decode(record.body, type=Base)
                self.steps = [step for step in self.steps if step.at >= base_.upto]
                if base_.merged_from is None and not base_.changed:  # else nothing was saved
                    at_snapshot = dict(self.attempts.values())
                    self.saved_log = at_snapshot.get(base_.upto, log)
                self.attempts = {}
            case Kind.UNDO_LOG:
                self.log = UndoLog.decode(record.body)
                self.steps = []
                if self.base is not None:
                    self.base = msgspec.structs.replace(self.base, changed={}, merged_from=None)
            case Kind.TOLD:
                self.told.add(msgspec.json.decode(record.body, type=int))

    def _move(self, record: Record) -> None:
        back, at = record.kind is Kind.UNDO, record.offset
        moved = decode_moved(record.body)
        if isinstance(moved, Moved):
            operation, base = moved.operation, moved.base
        else:  # of an earlier program: it means the newest one
            newest = self.log.undo if back else self.log.redo
            if newest is None:
                return
            operation, base = newest[0], 0
        self.steps.append(Step(at, operation, back, base))
        self.log = self.log.undone(operation) if back else self.log.redone(operation)

    def _skip(self, gap: Gap) -> None:
        """Go on after damage: on the undo log, what was lost is an edit like any other."""
        self.gaps.append(gap)
        self.log = self.log.done(gap.offset)


def _named(record: Record, newest: Stack) -> int | None:
    if record.body:
        return msgspec.json.decode(record.body, type=int)
    return None if newest is None else newest[0]


def replay(records: Iterable[Record | Gap]) -> Replay:
    """Follow a journal's records to the end.  A record that means nothing counts as damaged."""
    state = Replay()
    for record in _whole(records):
        if isinstance(record, Gap):
            state._skip(record)
            continue
        try:
            state._take(record)
        except msgspec.MsgspecError:
            state._skip(Gap(record.offset, frame(record.kind, record.body)))
    return state


def _whole(records: Iterable[Record | Gap]) -> Iterator[Record | Gap]:
    """Yield the records without merges that were cut off."""
    waiting: tuple[Record, int] | None = None
    for record in records:
        if isinstance(record, Gap):
            waiting = None
            yield record
            continue
        if waiting is not None and zlib.crc32(record.body) == waiting[1]:
            yield waiting[0]
        waiting = None
        if record.kind is Kind.BASE:
            with contextlib.suppress(msgspec.MsgspecError):
                then = msgspec.json.decode(record.body, type=Base).then
                if then is not None:
                    waiting = record, then
                    continue
        yield record


@dataclass
class LeftOut:
    """Steps that were not made, because what they need is lost: their operations, their frames."""

    operations: dict[int, bool] = field(default_factory=dict)
    """The offset of each, and whether it was not taken back (else not made)."""
    frames: set[int] = field(default_factory=set)


def redo_steps(
    document: Document,
    steps: Iterable[Step],
    journal: Journal,
    gaps: Sequence[Gap] = (),
    upto: int = 0,
) -> LeftOut:
    """Make a journal's steps on the content that they were made on.

    OperationConflict when it is other content; msgspec.MsgspecError, OSError, ValueError when
    the journal is damaged.  Where it is known to have ``gaps``, a step that no longer fits is left
    out instead, and so is what went back on it; what was before ``upto`` is in the content.
    """
    left_out, lost = LeftOut(), {gap.offset for gap in gaps if gap.offset >= upto}
    for step in steps:
        made = left_out.operations.get(step.operation)
        if made is not None and made is not step.back:  # back to what the content has
            del left_out.operations[step.operation]
            continue
        if step.back and step.operation in lost:
            lost.remove(step.operation)
            continue
        frames: tuple[int, ...] = ()
        try:
            operation = decode_logged(journal.body(step.operation)).operation
            frames = operation.frames
            operations.apply(document, operation.inverse() if step.back else operation)
        except (OperationConflict, msgspec.MsgspecError, OSError, ValueError, IndexError):
            if not gaps:
                raise
            left_out.operations[step.operation] = step.back
            left_out.frames.update(frames)
    return left_out
