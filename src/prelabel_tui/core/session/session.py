"""One person's editing of one draft: what the review screen drives.

Methods are for the thread that handles keys and touch no database, unless they say that they
block.  ``on_change`` is called from background threads.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.drafts.presence import BEAT_SECONDS, Present
from prelabel_tui.core.edits.editable import EditableFrames, EditRefused, Permitted
from prelabel_tui.core.edits.interpolation import with_redone
from prelabel_tui.core.edits.merge import Choice, Key, MergePlan
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.autosave import AutosaveStatus, StatusKind, Worker
from prelabel_tui.core.session.changed_frames import ChangedFrames
from prelabel_tui.core.session.recovery import Begun, Recovery, begin, journal_stem
from prelabel_tui.core.session.remote_changes import Conflict, Others, find_conflict
from prelabel_tui.core.session.stash import Stash, operation_to, read_stashes, stash_plan
from prelabel_tui.core.session.undo_log import microseconds
from prelabel_tui.core.session.working_copy import Snapshot, Undone, WorkingCopy

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_FINAL: Final = (Code.DRAFT_NOT_ACTIVE, Code.NOT_FOUND)
"""Why a save failed that no other try can mend: the draft is not there to be edited any more."""

_open_sessions: weakref.WeakSet[EditingSession] = weakref.WeakSet()


def flush_all(timeout: float = 3.0) -> int:
    """Save every open session's edits now; how many could not be.

    Blocks up to ``timeout`` seconds in all.
    """
    deadline = time.monotonic() + timeout
    for session in list(_open_sessions):
        session.flush(max(0.0, deadline - time.monotonic()))
    return sum(session.status.count for session in _open_sessions)


class EditingSession:
    """Made by :meth:`open`; end it with :meth:`close`."""

    def __init__(
        self,
        store: Store,
        actor: Actor,
        manifest: Manifest,
        begun: Begun,
        on_change: Callable[[], None],
    ) -> None:
        self.store = store
        self.actor = actor
        self.manifest = manifest
        self.editable = EditableFrames(manifest)
        """Which frames may be edited: those whose picture is there."""
        self.changed = ChangedFrames()
        """What this person changed in the draft, in this session and the earlier ones."""
        self._copy = begun.copy
        self._journal = begun.journal
        self._offer = begun.offer
        self._on_change = on_change
        self._failure: Outcome | None = None
        self._saving = False
        self._saved_at = time.monotonic()
        self._others = Others(store, actor)
        self._closed = threading.Event()
        self._worker = Worker(self._save_once, self.look_around, BEAT_SECONDS)

    @classmethod
    def open(
        cls,
        store: Store,
        actor: Actor,
        draft_id: str,
        on_change: Callable[[], None] = lambda: None,
    ) -> Result[EditingSession]:
        """Load the draft and begin.  Blocks.  NOT_FOUND, DRAFT_NOT_ACTIVE, storage codes."""
        loaded = loading.load(store, draft_id)
        if loaded.value is None:
            return Result(loaded.outcome)
        latest = loaded.value
        if not latest.info.active:
            return Result(Outcome(Code.DRAFT_NOT_ACTIVE))
        begun = begin(store, actor, latest)
        if begun.value is None:
            return Result(begun.outcome)
        session = cls(store, actor, latest.manifest, begun.value, on_change)
        session._worker.start()
        _open_sessions.add(session)
        return Result(Outcome(Code.DRAFT_OPENED), session)

    @property
    def closed(self) -> bool:
        """Whether it has ended: nothing can be edited in it any more."""
        return self._closed.is_set()

    # -- what is here --------------------------------------------------------------------------

    @property
    def info(self) -> DraftInfo:
        """The saved version that the edits are based on."""
        return self._copy.info

    @property
    def document(self) -> Document:
        """The content.  Read only; may be another object after anything but an edit."""
        return self._copy.document

    @property
    def status(self) -> AutosaveStatus:
        """The state of the autosave.  Its age and times move on: ask again each second."""
        copy, failure, now = self._copy, self._failure, time.monotonic()
        kind, retry_in, code, detail = StatusKind.SAVED, None, "", ""
        if self.conflict is not None:
            kind = StatusKind.CONFLICT
        elif failure is not None:
            kind, code, detail = StatusKind.FAILED, failure.code.value, failure.detail
            retry_in = self._worker.schedule.retry_in(now)
        elif self._saving:
            kind = StatusKind.SAVING
        elif copy.has_unsaved:
            kind = StatusKind.UNSAVED
        return AutosaveStatus(
            kind, copy.info.version, now - self._saved_at, copy.unsaved, code, detail, retry_in,
            memory_only=copy.has_unsaved and self._journal.trouble is not None,
        )  # fmt: skip

    @property
    def others(self) -> list[Present]:
        """Who else has the draft open."""
        return self._others.present

    @property
    def conflict(self) -> Conflict | None:
        """Whose newer version refused the last save, until that is settled."""
        return self._others.conflict

    @property
    def newer(self) -> Conflict | None:
        """Whose newer version is there, when no save here has met it yet."""
        return self._others.newer(self._copy)

    # -- editing -------------------------------------------------------------------------------

    @property
    def read_only(self) -> str | None:
        """Why nothing of the draft may be edited any more; None while it may."""
        failure = self._failure
        if failure is None or failure.code not in _FINAL:
            return None
        return f"{failure.entry.sentence} {failure.entry.next_step}"

    def editing_off(self, index: int) -> str | None:
        """Why the labels of a frame may not be edited; None when they may."""
        if self.read_only is not None:
            return self.read_only
        why = self.editable.no_picture(index)
        return why and f"No picture: editing is off here, flags still work ({why})."

    def apply(self, operation: Operation) -> Permitted:
        """Make an edit; it is in the journal when this returns.

        With it, in the same step, interpolations beside what it moves are done again.  What may
        not be edited (:meth:`editing_off`) is left out; the result says what was made.

        EditRefused when nothing of it may be made, OperationConflict when the content is not what
        the operation was made for: nothing is changed then.  RuntimeError while a recovery waits
        to be decided.
        """
        if not operation.changes:
            return Permitted(operation)
        self._require_editable()
        asked = self.editable.permit(operation)
        made = self.editable.permit(with_redone(self.document, asked.operation))
        self._make(made.operation)
        return Permitted(made.operation, tuple(sorted({*asked.left_out, *made.left_out})))

    def _make(self, operation: Operation) -> None:
        self.changed.find(self.document, operation.frames)
        self._copy.apply(operation, self._now())
        self._edited(operation)

    def undo(self) -> Undone | None:
        """Take back the newest edit, of this session or an earlier one.

        It was permitted when it was made: it is taken back (and done again) also when the frame
        has lost its picture since.
        """
        return self._moved(self.undo_next, self._copy.undo)

    def redo(self) -> Undone | None:
        """Do again what was taken back last."""
        return self._moved(self.redo_next, self._copy.redo)

    @property
    def undo_next(self) -> Operation | None:
        """What undo would take back."""
        return self._copy.undo_next()

    @property
    def redo_next(self) -> Operation | None:
        """What redo would do again."""
        return self._copy.redo_next()

    def _moved(
        self, operation: Operation | None, move: Callable[[int], Undone | None]
    ) -> Undone | None:
        self._require_decided()
        if operation is not None:
            if self.read_only is not None:
                return Undone(operation, f"Cannot change: {operation.text}", self.read_only)
            self.changed.find(self.document, operation.frames)
        undone = move(self._now())
        if undone is not None and undone.done:
            self._edited(undone.operation)
        return undone

    def _edited(self, operation: Operation) -> None:
        self.changed.look(self.document, operation.frames)
        self._worker.edited()

    def _now(self) -> int:
        return microseconds(self.store.now())

    def _require_editable(self) -> None:
        self._require_decided()
        if self.read_only is not None:
            raise EditRefused(self.read_only)

    def _require_decided(self) -> None:
        if self._undecided:
            raise RuntimeError("apply or discard the recovery first")

    # -- recovery ------------------------------------------------------------------------------

    @property
    def recovery(self) -> Recovery | None:
        """Edits of an earlier session that never reached the database, to be decided on."""
        return None if self._offer is None else self._offer.recovery

    @property
    def _undecided(self) -> bool:
        return self._offer is not None and self._offer.copy is not None

    def apply_recovery(self) -> None:
        """Go on from those edits.  When the draft has newer versions a conflict follows."""
        offer, self._offer = self._offer, None
        if offer is not None and offer.copy is not None:
            self._copy = offer.copy
            self.changed.find(offer.copy.base, offer.recovery.frames)
            self.changed.look(self.document)
            self._worker.edited()

    def discard_recovery(self) -> None:
        """Go on without them (or, when they cannot be applied, take note)."""
        if self._undecided:
            self._copy.forget_the_rest()
        self._offer = None

    # -- conflicts -----------------------------------------------------------------------------

    def merge_plan(self) -> MergePlan:
        """What is here now against theirs.  There must be a conflict."""
        return self._others.merge_plan(self._copy)

    def merge(self, choices: Mapping[Key, Choice]) -> Operation | None:
        """Go on from both sides' content.  ValueError when a conflict has no choice.

        Choosing mine or both over theirs is an edit of its own, which can be undone: it is
        returned.
        """
        base = self._copy.base
        operation = self._others.merge(self._copy, choices, self._now())
        self._resolved(base)
        return operation

    def load_latest(self) -> Stash | None:
        """Take their version, of a conflict or merely newer; what was not saved here is set
        aside and can be brought back.

        OSError when it cannot be set aside; nothing is changed then.
        """
        base = self._copy.base
        stem = self._journal.path.with_suffix("")
        stash = self._others.load_latest(self._copy, stem, self._now())
        self._resolved(base)
        return stash

    def _resolved(self, base: Document) -> None:
        self.changed.give_way(base, self._copy.base, self.document)
        self._failure = None
        self._saved_at = time.monotonic()
        self._worker.edited()

    @property
    def stashes(self) -> list[Stash]:
        """What this person set aside on this draft, in whichever session, newest first."""
        stem = journal_stem(self.info.id, self.actor.name)
        return read_stashes(self._journal.path.with_name(stem))

    def stash_plan(self, stash: Stash) -> MergePlan:
        """What was set aside ("mine") against what is here now ("theirs")."""
        return stash_plan(self.info.scope.capability, stash, self.document)

    def take_stash(self, stash: Stash, choices: Mapping[Key, Choice]) -> Operation:
        """Bring it back as one edit.  ValueError when a conflict has no choice; EditRefused."""
        changed = self.stash_plan(stash).settle(choices)
        text = f"Bring back {stash.edits} set aside"
        operation = operation_to(self.document, changed, "recover", text)
        if operation.changes:
            self._require_editable()
            self._make(operation)  # permitted when it was made first
        if self._journal.sync():
            stash.path.unlink(missing_ok=True)
        return operation

    # -- the background ------------------------------------------------------------------------

    def _save_once(self) -> bool:
        """Save what is here; whether to go on at once.  On the worker's thread."""
        self._worker.schedule.started()
        if self.conflict is not None or self._undecided:
            return False
        try:
            again = self._save(self._copy)
        except Exception as error:  # this thread must live: nothing is saved without it
            self._failed(Outcome(Code.STORAGE_WRITE_FAILED, f"unexpected: {error!r}"))
            again = False
        self._saving = False
        self._changed()
        return again

    def _save(self, copy: WorkingCopy) -> bool:
        snapshot = copy.snapshot()
        if snapshot is not None:
            self._saving = True
            self._changed()
            outcome = self._try(copy, snapshot)
            if outcome.code is Code.DRAFT_VERSION_CONFLICT:
                return self._find_conflict(copy)
            if not outcome.ok:
                self._failed(outcome)
                return False
            self._saved_at = time.monotonic()
        self._worker.schedule.succeeded()
        self._failure = None
        return False

    def _changed(self) -> None:
        with contextlib.suppress(Exception):  # who listens may be gone already
            self._on_change()

    def _try(self, copy: WorkingCopy, snapshot: Snapshot) -> Outcome:
        kind = Kind.SAVE if snapshot.merged_from is None else Kind.MERGE
        result = loading.save(
            self.store, self.actor, snapshot.base, snapshot.content, snapshot.changed,
            snapshot.save_id, kind, snapshot.merged_from,
        )  # fmt: skip
        if result.value is not None:
            copy.saved(snapshot, result.value)
        return result.outcome

    def _find_conflict(self, copy: WorkingCopy) -> bool:
        """Somebody saved.  Whether it was this session, and its answer got lost."""
        result = find_conflict(self.store, copy)
        if result.value is None:
            self._failed(result.outcome)
            return False
        found = result.value
        if isinstance(found, Conflict):
            self._others.conflict = found
            self._failure = None
            self._worker.schedule.succeeded()
            return False
        own, info = found
        copy.saved(own, info)
        return True

    def _failed(self, outcome: Outcome) -> None:
        self._failure = outcome
        if outcome.code not in _FINAL:
            self._worker.schedule.failed(time.monotonic())

    # -- blocking ------------------------------------------------------------------------------

    def look_around(self) -> None:
        """Say that this session is here, and see who else is and what they saved.  Blocks.

        It is done by itself every few seconds.
        """
        with contextlib.suppress(Exception):  # a hint; the thread that calls it must live
            if self._others.look(self._copy):
                self._changed()

    def flush(self, timeout: float = 5.0) -> AutosaveStatus:
        """Save now.  Blocks until that was tried, at most ``timeout`` seconds."""
        self._journal.sync()
        self._worker.flush(timeout)
        return self.status

    def close(self, timeout: float = 5.0) -> AutosaveStatus:
        """Save, and leave.  Blocks.  What could not be saved is offered on the next open."""
        if self._closed.is_set():
            return self.status
        status = self.flush(timeout)
        self._end(timeout)
        self._journal.close()
        if status.answered:  # else it would only be waited for; presence expires
            self._others.leave()
        return status

    def abandon(self) -> None:
        """End as a kill would: nothing more is saved, said or synced.  Blocks for a save under way.

        What is not in the database is offered on the next open.
        """
        self._end(timeout=10)
        self._journal.abandon()

    def _end(self, timeout: float) -> None:
        self._closed.set()
        _open_sessions.discard(self)
        self._worker.stop(timeout)

    def reset(self) -> Result[DraftInfo]:
        """Go back to the source prelabel pack, as a new version.  Blocks."""
        return self._switch(
            lambda base: versions.reset(self.store, self.actor, base.id, base.version)
        )

    def restore(self, version: int) -> Result[DraftInfo]:
        """Go back to the content of an earlier version, as a new version.  Blocks."""
        return self._switch(
            lambda base: versions.restore(self.store, self.actor, base.id, version, base.version)
        )

    def _switch(self, make: Callable[[DraftInfo], Result[DraftInfo]]) -> Result[DraftInfo]:
        status = self.flush()
        if self.conflict is not None:
            return Result(self.conflict.outcome)
        if not status.healthy:
            return Result(self._failure or Outcome(Code.DATABASE_UNAVAILABLE, status.line))
        copy = self._copy
        result = make(copy.info)
        if result.value is None:
            return result
        loaded = loading.load(self.store, copy.info.id, result.value.version)
        if loaded.value is None:
            return Result(loaded.outcome)
        with copy.lock:
            if not copy.has_unsaved:  # an edit made meanwhile meets a conflict instead
                copy.replace(result.value, loaded.value.document)
                self.changed.look(copy.document)
        self._saved_at = time.monotonic()
        return result
