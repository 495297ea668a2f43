"""One person's editing of one draft: what the review screen drives.

Methods are for the thread that handles keys and touch no database, unless they say that they
block.  What is long (many labels) may be made in another thread, one edit at a time.
``on_change`` is called from background threads.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.bounds import LABELS_PER_FRAME
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.carrying import CarryPlan, save_carried
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.presence import Present
from prelabel_tui.core.edits.editable import EditableFrames, EditRefused, Permitted
from prelabel_tui.core.edits.interpolation import with_redone
from prelabel_tui.core.edits.merge import Choice, Key, MergePlan
from prelabel_tui.core.edits.operations import Operation, crowded_frame
from prelabel_tui.core.model.codec import is_left_out
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.autosave import AutosaveStatus
from prelabel_tui.core.session.bodies import microseconds
from prelabel_tui.core.session.changed_frames import ChangedFrames
from prelabel_tui.core.session.claiming import journal_stem
from prelabel_tui.core.session.recovery import Begun, Recovery, begin
from prelabel_tui.core.session.remote_changes import Conflict, RemoteChanges
from prelabel_tui.core.session.saving import Saver
from prelabel_tui.core.session.seen_frames import SeenFrames
from prelabel_tui.core.session.stash import Stash, operation_to, read_stashes, stash_plan
from prelabel_tui.core.session.undo_log import UndoLog
from prelabel_tui.core.session.working_copy import Undone, WorkingCopy

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.loading import LoadedDraft
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.tracks import Tracks

_LONG: Final = 100_000
"""Bytes of an operation's record from which on it is made in a thread."""


@dataclass(frozen=True)
class JournalState:
    """Why the local journal cannot be written now, if so; how often its file was made again."""

    trouble: str | None = None
    remade: int = 0


_open_sessions: weakref.WeakSet[EditingSession] = weakref.WeakSet()


def flush_all(timeout: float = 3.0) -> int:
    """Save every open session's edits now; return how many could not be saved.

    Blocks up to ``timeout`` seconds in all.
    """
    deadline = time.monotonic() + timeout
    for session in list(_open_sessions):
        session.flush(max(0.0, deadline - time.monotonic()))
    return sum(session.status.count for session in _open_sessions)


class EditingSession:
    """One person's editing of one draft: made by :meth:`open`, ended with :meth:`close`."""

    def __init__(
        self,
        store: Store,
        actor: Actor,
        loaded: LoadedDraft,
        begun: Begun,
        on_change: Callable[[], None],
    ) -> None:
        self.store = store
        self.actor = actor
        self.manifest = loaded.manifest
        """The clip, with the pictures that are there now."""
        self.imported = loaded.imported or loaded.manifest
        """The clip, with all pictures that were there once: some may come back."""
        self.editable = EditableFrames(self.manifest)
        """Which frames may be edited: those whose picture is there."""
        self.changed = ChangedFrames()
        """What this person changed in the draft, in this session and the earlier ones."""
        self.seen = SeenFrames()
        """The frames whose picture this person has had on the screen."""
        self.frame_sizes = tuple((f.width * UNIT, f.height * UNIT) for f in self.manifest.frames)
        """Width and height of each frame in 1/100 px."""
        self._journal = begun.journal
        self._offer = begun.offer
        self._on_change = on_change
        self._remote = RemoteChanges(store, actor)
        self.answered_at = time.monotonic()
        """When the database was last asked what others do, and answered: the monotonic clock."""
        self._closed = threading.Event()
        self._saver = Saver(store, actor, begun.copy, self._remote, self.look_around, on_change)
        self._saver.paused = self._offer is not None and self._offer.copy is not None

    @classmethod
    def open(
        cls,
        store: Store,
        actor: Actor,
        draft_id: str,
        on_change: Callable[[], None] = lambda: None,
    ) -> Result[EditingSession]:
        """Load the draft and begin.  Blocks.

        NOT_FOUND, DRAFT_NOT_ACTIVE, FOLDER_READ_ONLY (it would be a journal in another account's
        folder), storage codes.
        """
        if store.read_only is not None:
            return Result(Outcome(Code.FOLDER_READ_ONLY, store.read_only))
        loaded = loading.load(store, draft_id)
        if loaded.value is None:
            return Result(loaded.outcome)
        latest = loaded.value
        if not latest.info.active:
            return Result(Outcome(Code.DRAFT_NOT_ACTIVE))
        begun = begin(store, actor, latest)
        if begun.value is None:
            return Result(begun.outcome)
        session = cls(store, actor, latest, begun.value, on_change)
        session._saver.start()
        _open_sessions.add(session)
        return Result(Outcome(Code.DRAFT_OPENED), session)

    @property
    def closed(self) -> bool:
        """Whether it has ended: nothing can be edited in it any more."""
        return self._closed.is_set()

    # -- what is here --------------------------------------------------------------------------

    @property
    def _copy(self) -> WorkingCopy:
        return self._saver.copy

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
        return self._saver.status

    @property
    def journal(self) -> JournalState:
        """Whether the local journal takes what is edited."""
        trouble, why = self._journal.trouble, None
        if trouble is not None:
            where = trouble.filename or self._journal.path
            why = f"{where}: {trouble.strerror or trouble}"
        return JournalState(why, self._journal.remade)

    @property
    def others(self) -> list[Present]:
        """Who else has the draft open."""
        return self._remote.present

    @property
    def conflict(self) -> Conflict | None:
        """Whose newer version refused the last save, until that is settled."""
        return self._remote.conflict

    @property
    def newer(self) -> Conflict | None:
        """Whose newer version is there, when no save here has met it yet."""
        return self._remote.newer(self._copy)

    # -- editing -------------------------------------------------------------------------------

    @property
    def read_only(self) -> str | None:
        """Why nothing of the draft may be edited any more; None while it may."""
        gone = self._saver.gone
        return None if gone is None else f"{gone.entry.sentence} {gone.entry.next_step}"

    def editing_off(self, index: int) -> str | None:
        """Say why the labels of a frame may not be edited; None when they may."""
        if self.read_only is not None:
            return self.read_only
        if is_left_out(self.document.encoded(index)):
            return "This frame is left out of the content: bring it back to edit it."
        why = self.editable.no_picture(index)
        return why and f"No picture: editing is off here, flags still work ({why})."

    def apply(self, operation: Operation, tracks: Tracks | None = None) -> Permitted:
        """Make an edit; it is in the journal when this returns.

        In the same step, interpolations beside what it moves are done again (by ``tracks``, if
        those of the content are known).  What may not be edited (:meth:`editing_off`) is skipped;
        the result says what was made.

        EditRefused when nothing of it may be made, OperationConflict when the content is not what
        the operation was made for: nothing is changed then.  RuntimeError while a recovery waits
        to be decided.
        """
        if not operation.changes:
            return Permitted(operation)
        self._require_editable()
        asked = self.editable.permit(operation)
        made = self.editable.permit(
            with_redone(self.document, asked.operation, tracks, self.frame_sizes)
        )
        crowded = crowded_frame(self.document, made.operation)
        if crowded is not None:
            raise EditRefused(
                f"Frame {crowded + 1} would have more than {LABELS_PER_FRAME:,} labels."
            )
        self._make(made.operation)
        return Permitted(made.operation, tuple(sorted({*asked.skipped, *made.skipped})))

    def _make(self, operation: Operation) -> None:
        self.changed.before_edit(self.document, operation.frames)
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

    @property
    def undo_log(self) -> UndoLog:
        """What can be undone now: :meth:`join` makes one step of what is made after it."""
        return self._copy.undo_log

    def made_since(self, earlier: UndoLog) -> list[Operation]:
        """Return the edits made since an earlier undo log, oldest first."""
        return self._copy.made_since(earlier)

    def join(self, earlier: UndoLog, action: str, text: str) -> None:
        """Make one undoable step of what was edited since an earlier undo log."""
        if self._copy.join(earlier, action, text, self._now()) is not None:
            self._saver.edited()

    def is_long(self, *, redo: bool = False) -> bool:
        """Say whether undo (or redo) takes longer than a key may: it is for a thread then."""
        return self._copy.bytes_of_next(redo=redo) > _LONG

    def _moved(
        self, operation: Operation | None, move: Callable[[int], Undone | None]
    ) -> Undone | None:
        self._require_decided()
        if operation is not None:
            if self.read_only is not None:
                return Undone(operation, f"Cannot change: {operation.text}", self.read_only)
            self.changed.before_edit(self.document, operation.frames)
        undone = move(self._now())
        if undone is not None and undone.done:
            self._edited(undone.operation)
        return undone

    def _edited(self, operation: Operation) -> None:
        self.changed.after_edit(self.document, operation.frames)
        self._saver.edited()

    def _now(self) -> int:
        return microseconds(self.store.now())

    def _require_editable(self) -> None:
        self._require_decided()
        if self.read_only is not None:
            raise EditRefused(self.read_only)

    def _require_decided(self) -> None:
        if self._saver.paused:
            raise RuntimeError("apply or discard the recovery first")

    # -- recovery ------------------------------------------------------------------------------

    @property
    def recovery(self) -> Recovery | None:
        """Edits of an earlier session that never reached the database, to be decided on."""
        return None if self._offer is None else self._offer.recovery

    def apply_recovery(self) -> None:
        """Go on from those edits.  When the draft has newer versions a conflict follows."""
        offer = self._offer
        if offer is not None and offer.copy is not None:
            self._saver.copy = offer.copy
            self._saver.paused = False
            self.changed.before_edit(offer.copy.base, offer.recovery.frames)
            self.changed.after_edit(self.document)
            self._saver.edited()
        self._decided()

    def discard_recovery(self) -> None:
        """Go on without them (or, when they cannot be applied, take note)."""
        if self._saver.paused:
            self._copy.forget_the_rest()
            self._saver.paused = False
        self._decided()

    def _decided(self) -> None:
        """Note that the person knows of what the journal lost."""
        offer, self._offer = self._offer, None
        if offer is not None and offer.recovery.problem is None:
            self._copy.told(gap.offset for gap in offer.recovery.damage.gaps)

    # -- conflicts -----------------------------------------------------------------------------

    def merge_plan(self) -> MergePlan:
        """Plan the merge of what is here now with theirs.  There must be a conflict."""
        return self._remote.merge_plan(self._copy)

    def merge(self, choices: Mapping[Key, Choice]) -> Operation | None:
        """Go on from both sides' content.  ValueError when a conflict has no choice.

        Choosing mine or both over theirs is an edit of its own, which can be undone: it is
        returned.
        """
        base = self._copy.base
        operation = self._remote.merge(self._copy, choices, self._now())
        self._resolved(base)
        return operation

    def load_latest(self) -> Stash | None:
        """Take their version, of a conflict or merely newer.

        What was not saved here is set aside and can be brought back.  OSError when it cannot be
        set aside; nothing is changed then.
        """
        base = self._copy.base
        stem = self._journal.path.with_suffix("")
        stash = self._remote.load_latest(self._copy, stem, self._now())
        self._resolved(base)
        return stash

    def _resolved(self, base: Document) -> None:
        self.changed.after_merge(base, self._copy.base, self.document)
        self._saver.settled()

    @property
    def stashes(self) -> list[Stash]:
        """What this person set aside on this draft, in whichever session, newest first."""
        stem = journal_stem(self.info.id, self.actor.name)
        return read_stashes(self._journal.path.with_name(stem))

    def stash_plan(self, stash: Stash) -> MergePlan:
        """Plan the merge of what was set aside ("mine") with what is here now ("theirs")."""
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

    # -- blocking ------------------------------------------------------------------------------

    def look_around(self) -> None:
        """Say that this session is here, and see who else is and what they saved.  Blocks.

        It is done by itself every few seconds.
        """
        with contextlib.suppress(Exception):  # a hint; the thread that calls it must live
            if not self._saver.paused:
                self._copy.look_after_journal()
            asked_at = time.monotonic()
            news = self._remote.look(self._copy)
            self.answered_at = asked_at
            if news:
                self._on_change()

    def flush(self, timeout: float = 5.0) -> AutosaveStatus:
        """Have everything saved now.  Blocks until that was tried, at most ``timeout`` seconds."""
        self._journal.sync()
        return self._saver.flush(timeout)

    def save_now(self) -> AutosaveStatus:
        """Save on the calling thread, however long the database takes.  Blocks."""
        return self._saver.save_now()

    def close(self, timeout: float = 5.0) -> AutosaveStatus:
        """Save, and leave.  Blocks.  What could not be saved is offered on the next open."""
        if self._closed.is_set():
            return self.status
        status = self.flush(timeout)
        self._end(timeout)
        self._journal.close()
        if status.answered:  # else it would only be waited for; presence expires
            self._remote.leave()
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
        self._saver.stop(timeout)

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

    def carry(self, plan: CarryPlan) -> Result[DraftInfo]:
        """Go on from a plan of carrying the corrections, as a new version.  Blocks."""
        return self._switch(lambda _: save_carried(self.store, self.actor, plan))

    def _switch(self, make: Callable[[DraftInfo], Result[DraftInfo]]) -> Result[DraftInfo]:
        status = self.flush()
        if self.conflict is not None:
            return Result(self.conflict.outcome)
        if not status.healthy:
            return Result(self._saver.failure or Outcome(Code.DATABASE_UNAVAILABLE, status.line))
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
                self.changed.after_edit(copy.document)
        self._saver.settled()
        return result
