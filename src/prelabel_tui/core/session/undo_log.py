"""Undo and redo without limit, as offsets of operations in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

Stack: TypeAlias = "tuple[int, Stack] | None"
"""Offsets of operations in the journal, newest first; immutable, so that keeping one is free."""


def _offsets(stack: Stack) -> list[int]:
    offsets = []
    while stack is not None:
        offset, stack = stack
        offsets.append(offset)
    return offsets[::-1]


def _from(stack: Stack, offset: int) -> Stack:
    """Return the part of a stack that begins with an offset; None when it is not there."""
    while stack is not None and stack[0] != offset:
        stack = stack[1]
    return stack


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

    def joined(self, offset: int, first: int) -> UndoLog:
        """Return the log with another record in place of the operations from ``first`` on."""
        undo = self.undo
        while undo is not None and undo[0] >= first:
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

    def undone(self, offset: int) -> UndoLog:
        """Return the log after taking back an operation: the newest one.

        After damage others may be above it, which can no longer be taken back.
        """
        return UndoLog(self.without_undo(offset).undo, (offset, self.redo))

    def redone(self, offset: int) -> UndoLog:
        """Return the log after doing again what was taken back last."""
        return UndoLog((offset, self.undo), self.without_redo(offset).redo)

    def without_undo(self, offset: int) -> UndoLog:
        """Return the log without the newest operation, which can no longer be taken back."""
        found = _from(self.undo, offset)
        return self if found is None else UndoLog(found[1], self.redo)

    def without_redo(self, offset: int) -> UndoLog:
        """Return the log without the operation that can no longer be done again."""
        found = _from(self.redo, offset)
        return self if found is None else UndoLog(self.undo, found[1])

    def offsets(self) -> tuple[list[int], list[int]]:
        """Return what can be undone and what redone, newest last."""
        return _offsets(self.undo), _offsets(self.redo)

    def encode(self) -> bytes:
        """Encode the body of an UNDO_LOG record."""
        return msgspec.json.encode(self.offsets())

    @classmethod
    def decode(cls, body: bytes) -> UndoLog:
        """Decode what :meth:`encode` returned."""
        undo, redo = msgspec.json.decode(body, type=tuple[list[int], list[int]])
        return cls(_stack(undo), _stack(redo))
