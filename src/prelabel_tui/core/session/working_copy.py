"""A draft as one person edits it: content, journal, undo and redo, and what is not saved yet.

It has no threads of its own and no database.  Everything takes ``lock`` for moments only, so that
it can be called where keys are handled; what is worked out of many frames is worked out before.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Final

import msgspec

from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.edits import operations
from prelabel_tui.core.edits.operations import Operation, OperationConflict
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.session.bodies import (
    Base,
    Logged,
    Moved,
    Saving,
    decode_logged,
    encode_logged,
)
from prelabel_tui.core.session.journal import Journal
from prelabel_tui.core.session.records import MAGIC, Kind
from prelabel_tui.core.session.undo_log import UndoLog

LOST: Final = Operation("lost", "an edit that is no longer known", ())
"""What the undo log has in place of an edit whose record cannot be read."""

_DAMAGED: Final = "its record in the local journal is damaged"


@dataclass(frozen=True)
class Undone:
    """What undo or redo did.  ``operation`` is as it was applied (undo: the inverse)."""

    operation: Operation
    text: str
    refusal: str | None = None
    """Why nothing was changed: the content is no longer what the operation left."""

    @property
    def done(self) -> bool:
        """Whether the content changed."""
        return self.refusal is None

    @property
    def frames(self) -> tuple[int, ...]:
        """Indices of the frames concerned."""
        return self.operation.frames


@dataclass(frozen=True)
class Snapshot:
    """What one save takes to the database."""

    save_id: str
    base: DraftInfo
    content: Document
    changed: Mapping[int, bytes]
    """Encoded frames of ``content`` that differ from the base version."""
    merged_from: int | None
    upto: int
    log: UndoLog


class WorkingCopy:
    """The content on top of the saved version ``info`` (whose content is ``base``)."""

    def __init__(
        self,
        info: DraftInfo,
        base: Document,
        journal: Journal,
        log: UndoLog,
        saved_log: UndoLog | None = None,
        *,
        document: Document | None = None,
        steps: Iterable[int] = (),
        merged_from: int | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.info = info
        self.base = base
        self.document = document if document is not None else base.copy()
        self.merged_from = merged_from
        self._journal = journal
        self._undo_log = log
        self._saved_undo_log = saved_log if saved_log is not None else log
        self._steps = list(steps)
        self._attempts: dict[str, Snapshot] = {}
        self._known = {(info.version, info.content_hash)}
        """The versions that this copy was once."""
        self._filled = 0
        """Where the journal was begun again: of what is before, it no longer has the records."""
        self._read: tuple[int, Operation] | None = None
        """The operation that was read or made last, by its offset: it may be long."""

    def begin(self) -> None:
        """Note in the journal that everything before is settled: the content is the version's."""
        with self.lock:
            self._write_base(self._journal.end, {})

    def forget_the_rest(self) -> None:
        """Note in the journal that it goes on from this undo log; the rest of it is dropped."""
        with self.lock:
            self._journal.append(Kind.UNDO_LOG, self._undo_log.encode())
            self.begin()

    def told(self, gaps: Iterable[int]) -> None:
        """Note in the journal that the person knows of its damage, by the offsets of the gaps."""
        with self.lock:
            for offset in gaps:
                self._journal.append(Kind.TOLD, b"%d" % offset)

    def look_after_journal(self) -> None:
        """See whether the journal's file is still where it was; if it is not, write it again."""
        with self.lock:
            self._journal.look()
            if self._journal.hollow:
                self._fill()

    def _fill(self) -> None:
        """Write down the whole of what is not saved, as earlier records are gone for good."""
        self._journal.hollow = False
        self._undo_log = self._saved_undo_log = UndoLog()
        self._journal.append(Kind.UNDO_LOG, self._undo_log.encode())
        self._filled = self._journal.end
        self._write_base(self._filled, self.changed())
        self.told([len(MAGIC)])

    # -- editing -------------------------------------------------------------------------------

    def apply(self, operation: Operation, at: int) -> None:
        """Make an edit at a time (µs).  OperationConflict: nothing was changed."""
        self.look_after_journal()
        body = encode_logged(Logged(at, operation, base=self.info.version))
        with self._changing(operation):
            self._read = self._log(body), operation

    @contextmanager
    def _changing(self, operation: Operation) -> Iterator[None]:
        """Change the content, holding the lock, once what is done within has gone well.

        The frames are worked out without the lock; when somebody changed them meanwhile, again.
        OperationConflict.
        """
        found = self.document.copy()
        changed = operations.encoded_changes(found, operation)
        with self.lock:
            if not self.document.holds(found, changed):
                changed = operations.encoded_changes(self.document, operation)
            yield
            self.document.apply(changed)

    def _log(self, body: bytes) -> int:
        offset = self._journal.append(Kind.OPERATION, body)
        self._undo_log = self._undo_log.done(offset)
        self._steps.append(offset)
        return offset

    @property
    def undo_log(self) -> UndoLog:
        """What can be undone and redone now."""
        return self._undo_log

    def join(self, earlier: UndoLog, action: str, text: str, at: int) -> Operation | None:
        """Make one undoable step of the edits made since an earlier undo log; None of fewer than 2.

        The content stays as it is.
        """
        with self.lock:
            self.look_after_journal()
            made = self._undo_log.since(earlier)
            if made is None or len(made) < 2:
                return None
            parts = [self._operation(offset) for offset in made]
            if LOST in parts:
                return None
            changes = chain.from_iterable(part.changes for part in parts)
            operation = Operation(action, text, tuple(changes))
            body = encode_logged(Logged(at, operation, first=made[0]))
            offset = self._journal.append(Kind.JOINED, body)
            self._undo_log = self._undo_log.joined(offset, made[0])
        return operation

    def made_since(self, earlier: UndoLog) -> list[Operation]:
        """Return the edits made since an earlier undo log, oldest first."""
        return [self._operation(offset) for offset in self._undo_log.since(earlier) or ()]

    def bytes_of_next(self, *, redo: bool = False) -> int:
        """Return the size of the record of what undo (or redo) would take: how much it is."""
        top = self._undo_log.redo if redo else self._undo_log.undo
        try:
            return 0 if top is None else self._journal.length(top[0])
        except (OSError, ValueError):
            return 0

    def undo_next(self) -> Operation | None:
        """Return the operation that undo would take back."""
        top = self._undo_log.undo
        return None if top is None else self._operation(top[0])

    def redo_next(self) -> Operation | None:
        """Return the operation that redo would do again."""
        top = self._undo_log.redo
        return None if top is None else self._operation(top[0])

    def _operation(self, offset: int) -> Operation:
        if self._read is None or self._read[0] != offset:
            try:
                read = decode_logged(self._journal.body(offset)).operation
            except (OSError, ValueError, msgspec.MsgspecError):
                read = LOST
            self._read = offset, read
        return self._read[1]

    def undo(self, at: int) -> Undone | None:
        """Take back the newest edit; None when there is none.

        When there is other content where the edit was made, or its record is damaged, nothing
        changes, the result says why, and the edit leaves the undo log.
        """
        self.look_after_journal()
        operation = self.undo_next()
        if operation is None:
            return None
        inverse, text = operation.inverse(), f"Cannot undo: {operation.text}"
        if operation is LOST:
            self._drop(Kind.DROP_UNDO)
            return Undone(operation, text, _DAMAGED)
        try:
            with self._changing(inverse):
                self._move(Kind.UNDO, at)
        except OperationConflict as conflict:
            self._drop(Kind.DROP_UNDO)
            return Undone(inverse, text, _why(conflict, operation))
        return Undone(inverse, f"Undo: {operation.text}")

    def redo(self, at: int) -> Undone | None:
        """Do again what was taken back last; otherwise as :meth:`undo`."""
        self.look_after_journal()
        operation = self.redo_next()
        if operation is None:
            return None
        text = f"Cannot redo: {operation.text}"
        if operation is LOST:
            self._drop(Kind.DROP_REDO)
            return Undone(operation, text, _DAMAGED)
        try:
            with self._changing(operation):
                self._move(Kind.REDO, at)
        except OperationConflict as conflict:
            self._drop(Kind.DROP_REDO)
            return Undone(operation, text, _why(conflict, operation))
        return Undone(operation, f"Redo: {operation.text}")

    def _move(self, kind: Kind, at: int) -> None:
        log = self._undo_log
        top = log.undo if kind is Kind.UNDO else log.redo
        assert top is not None
        body = msgspec.json.encode(Moved(at, top[0], self.info.version))
        self._steps.append(self._journal.append(kind, body))
        self._undo_log = log.undone(top[0]) if kind is Kind.UNDO else log.redone(top[0])

    def _drop(self, kind: Kind) -> None:
        with self.lock:
            log = self._undo_log
            top = log.undo if kind is Kind.DROP_UNDO else log.redo
            assert top is not None
            self._journal.append(kind, b"%d" % top[0])
            undo = kind is Kind.DROP_UNDO
            self._undo_log = log.without_undo(top[0]) if undo else log.without_redo(top[0])

    # -- saving --------------------------------------------------------------------------------

    @property
    def unsaved(self) -> int:
        """Edits that no acknowledged save covers."""
        return len(self._steps) + (self.merged_from is not None)

    @property
    def has_unsaved(self) -> bool:
        """Whether the database lacks anything of this copy."""
        return bool(self.unsaved or self.changed())

    @property
    def in_trouble(self) -> bool:
        """Whether the journal's file does not take what is written: edits wait in memory."""
        return self._journal.trouble is not None

    def changed(self) -> dict[int, bytes]:
        """Return the encoded frames that differ from the saved version."""
        with self.lock:
            return self.document.changed_from(self.base)

    def snapshot(self) -> Snapshot | None:
        """Return what to save now; None when the content is the saved version's."""
        with self.lock:
            changed = self.changed()
            if not changed:
                if self.has_unsaved or self._undo_log is not self._saved_undo_log:
                    self._settle(self.info, self.base, self._journal.end, self._undo_log)
                return None
            save_id, log = new_id(), self._undo_log
            body = msgspec.json.encode(Saving(save_id, self.info.version))
            upto = self._journal.append(Kind.SAVING, body)
            snapshot = Snapshot(
                save_id, self.info, self.document.copy(), changed, self.merged_from, upto, log
            )
            self._attempts[save_id] = snapshot
            return snapshot

    def attempt(self, save_id: str) -> Snapshot | None:
        """Find a save tried since the last acknowledged one; its answer may have been lost."""
        return self._attempts.get(save_id)

    def saved(self, snapshot: Snapshot, info: DraftInfo) -> None:
        """Take note that the database has the snapshot as version ``info``."""
        with self.lock:
            self._settle(info, snapshot.content, snapshot.upto, snapshot.log)

    def put_back(self, info: DraftInfo, base: Document) -> bool:
        """Go on from a version before the copy's own, which the database no longer has.

        The content stays, and all of it that differs is to be saved.  Say whether the copy was
        that version once, so that nobody else's work is in it.
        """
        with self.lock:
            self.info, self.base, self.merged_from = info, base, None
            self._attempts.clear()
            self._write_base(self._journal.end, self.changed())
        return (info.version, info.content_hash) in self._known

    def _settle(self, info: DraftInfo, base: Document, upto: int, log: UndoLog) -> None:
        self.info, self.base, self.merged_from = info, base, None
        self._known.add((info.version, info.content_hash))
        self._attempts.clear()
        self._steps = [offset for offset in self._steps if offset >= upto]
        if upto >= self._filled:
            self._saved_undo_log = log
            self._write_base(upto, {})
        else:  # the records from there on are gone
            self._saved_undo_log = UndoLog()
            self._write_base(self._journal.end, self.changed())

    def _write_base(self, upto: int, changed: Mapping[int, bytes], then: int | None = None) -> None:
        raw = {index: msgspec.Raw(data) for index, data in changed.items()}
        base = Base(self.info.version, self.info.content_hash, upto, raw, self.merged_from, then)
        self._journal.append(Kind.BASE, msgspec.json.encode(base))

    # -- other content -------------------------------------------------------------------------

    def rebase(
        self,
        info: DraftInfo,
        base: Document,
        changed: Mapping[int, bytes],
        kept: Operation | None,
        at: int,
    ) -> None:
        """Go on from a merge: ``changed`` differs from the version ``info``, content ``base``.

        ``kept`` is an edit on top of that, made at a time (µs); a kill leaves both or neither.
        """
        with self.lock:
            document = base.copy()
            document.apply(changed)
            body = None
            if kept is not None:
                operations.apply(document, kept)
                body = encode_logged(Logged(at, kept, base=info.version))
            self.merged_from = self.info.version
            self.info, self.base, self.document = info, base, document
            self._steps = []
            self._attempts.clear()
            then = None if body is None else zlib.crc32(body)
            self._write_base(self._journal.end, changed, then)
            if body is not None:
                self._log(body)

    def replace(self, info: DraftInfo, base: Document) -> None:
        """Take another version as it is; edits not saved leave the content and the undo log."""
        with self.lock:
            self._undo_log = self._saved_undo_log
            self.info, self.base, self.merged_from = info, base, None
            self.document = base.copy()
            self._steps = []
            self._attempts.clear()
            self.forget_the_rest()


def _why(conflict: OperationConflict, operation: Operation) -> str:
    where = ", ".join(str(index + 1) for index in operation.frames[:3])
    return f"frame {where} has since been changed in another way ({conflict})"
