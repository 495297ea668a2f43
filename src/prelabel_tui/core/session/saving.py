"""Saving a working copy: one save at a time, by a background worker when due, or at once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import Kind
from prelabel_tui.core.drafts.presence import BEAT_SECONDS
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.session.autosave import AutosaveStatus, StatusKind, Worker
from prelabel_tui.core.session.remote_changes import Conflict, PutBack, RemoteChanges, find_conflict
from prelabel_tui.core.session.working_copy import Snapshot, WorkingCopy

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_FINAL: Final = (Code.DRAFT_NOT_ACTIVE, Code.NOT_FOUND)
"""Failures that no further try can cure: the draft can no longer be edited."""

_NOTICEABLE: Final = 0.3
"""Seconds from which on a save under way is told of.  Most take 0.03 s: until then the edits are
unsaved, which is as true, and two changes of the line on each save would cost their bytes."""


class Saver:
    """Brings ``copy`` to the database.

    ``on_change`` is called when its state has changed, from whichever thread saves; ``look``
    every few seconds from the worker's.
    """

    def __init__(
        self,
        store: Store,
        actor: Actor,
        copy: WorkingCopy,
        remote: RemoteChanges,
        look: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        self.copy = copy
        self.paused = False
        """While it is not known which copy to go on from, nothing is saved."""
        self.failure: Outcome | None = None
        """Why the last save failed; None when it went well or met a conflict."""
        self._store = store
        self._actor = actor
        self._remote = remote
        self._on_change = on_change
        self._saving_since: float | None = None
        self._saved_at = time.monotonic()
        self._one_at_a_time = threading.Lock()
        self._worker = Worker(self._save_once, look, BEAT_SECONDS)

    def start(self) -> None:
        """Begin to save in the background."""
        self._worker.start()

    def stop(self, timeout: float) -> None:
        """End the background worker once it has finished what it is doing."""
        self._worker.stop(timeout)

    def edited(self) -> None:
        """Take note that something waits to be saved."""
        self._worker.edited()

    def settled(self) -> None:
        """Take note that the copy goes on from a version just taken: no failure counts any more."""
        self.failure = None
        self._saved_at = time.monotonic()
        self._worker.edited()

    @property
    def gone(self) -> Outcome | None:
        """The failure that says that the draft can no longer be saved; None while it can."""
        failure = self.failure
        return failure if failure is not None and failure.code in _FINAL else None

    @property
    def status(self) -> AutosaveStatus:
        """The state of the autosave.  Its age and times move on: ask again each second."""
        copy, failure, now = self.copy, self.failure, time.monotonic()
        kind, retry_in, code, detail = StatusKind.SAVED, None, "", ""
        if self._remote.conflict is not None:
            kind = StatusKind.CONFLICT
        elif failure is not None:
            kind, code, detail = StatusKind.FAILED, failure.code.value, failure.detail
            retry_in = self._worker.schedule.retry_in(now)
        elif (since := self._saving_since) is not None and now - since >= _NOTICEABLE:
            kind = StatusKind.SAVING
        elif copy.has_unsaved:
            kind = StatusKind.UNSAVED
        return AutosaveStatus(
            kind, copy.info.version, now - self._saved_at, copy.unsaved, code, detail, retry_in,
            memory_only=copy.has_unsaved and copy.in_trouble,
        )  # fmt: skip

    def save_now(self) -> AutosaveStatus:
        """Save on the calling thread, whatever is due.  Blocks."""
        while self._save_once():
            pass
        return self.status

    def flush(self, timeout: float) -> AutosaveStatus:
        """Have the worker save now.  Blocks until that was tried, at most ``timeout`` seconds."""
        self._worker.flush(timeout)
        return self.status

    def _save_once(self) -> bool:
        """Save what is here; say whether to go on at once."""
        with self._one_at_a_time:
            self._worker.schedule.started()
            if self._remote.conflict is not None or self.paused:
                return False
            try:
                again = self._save(self.copy)
            except Exception as error:  # the worker must live: nothing is saved without it
                self._failed(Outcome(Code.STORAGE_WRITE_FAILED, f"unexpected: {error!r}"))
                again = False
            self._saving_since = None
        self._changed()
        return again

    def _save(self, copy: WorkingCopy) -> bool:
        snapshot = copy.snapshot()
        if snapshot is not None:
            self._saving_since = time.monotonic()
            outcome = self._try(copy, snapshot)
            if outcome.code is Code.DRAFT_VERSION_CONFLICT:
                return self._find_conflict(copy)
            if not outcome.ok:
                self._failed(outcome)
                return False
            self._saved_at = time.monotonic()
        self._worker.schedule.succeeded()
        self.failure = None
        return False

    def _changed(self) -> None:
        with contextlib.suppress(Exception):  # who listens may be gone already
            self._on_change()

    def _try(self, copy: WorkingCopy, snapshot: Snapshot) -> Outcome:
        kind = Kind.SAVE if snapshot.merged_from is None else Kind.MERGE
        result = loading.save(
            self._store, self._actor, snapshot.base, snapshot.content, snapshot.changed,
            snapshot.save_id, kind, snapshot.merged_from,
        )  # fmt: skip
        if result.value is not None:
            copy.saved(snapshot, result.value)
        return result.outcome

    def _find_conflict(self, copy: WorkingCopy) -> bool:
        """Find out who saved; say whether it was this session, and its answer was lost."""
        result = find_conflict(self._store, copy)
        if result.value is None:
            self._failed(result.outcome)
            return False
        found = result.value
        if isinstance(found, Conflict):
            self._remote.conflict = found
            self.failure = None
            self._worker.schedule.succeeded()
            return False
        if not isinstance(found, PutBack):
            own, info = found
            copy.saved(own, info)
        return True

    def _failed(self, outcome: Outcome) -> None:
        self.failure = outcome
        if outcome.code not in _FINAL:
            self._worker.schedule.failed(time.monotonic())
