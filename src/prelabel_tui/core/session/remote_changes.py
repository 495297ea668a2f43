"""What others do to a draft that is open here: who has it open, and what they have saved."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from prelabel_tui.core.drafts import presence
from prelabel_tui.core.drafts.deltas import StoredVersion, read_changes, read_version
from prelabel_tui.core.drafts.info import DraftInfo, require_info
from prelabel_tui.core.drafts.presence import Present
from prelabel_tui.core.edits.merge import Choice, Key, MergePlan, plan
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.stash import Stash, operation_to, write_stash
from prelabel_tui.core.session.working_copy import Snapshot
from prelabel_tui.core.store import FAILURES, gives_result, models
from prelabel_tui.core.times import clock

if TYPE_CHECKING:
    from prelabel_tui.core.edits.operations import Operation
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.session.working_copy import WorkingCopy
    from prelabel_tui.core.store import Store


class RemoteChanges:
    """What one session knows of the others.  ``copy`` is always its own working copy."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self.present: list[Present] = []
        self.conflict: Conflict | None = None
        """What refused the last save, until it is settled."""
        self._newest: Conflict | None = None  # of versions saved since the conflict was shown
        self._newer: Conflict | None = None
        self._store = store
        self._actor = actor
        self._token = new_id()
        self._since = store.now()

    def newer(self, copy: WorkingCopy) -> Conflict | None:
        """Return what somebody saved since the copy's version, if no save here has met it yet."""
        newer = self._newer
        if newer is None or self.conflict is not None:
            return None
        return newer if newer.base_version == copy.info.version else None

    def look(self, copy: WorkingCopy) -> bool:
        """Say that this session is still there, and look for news; say whether there is any.

        Blocks for moments.  FAILURES.
        """
        draft_id = copy.info.id
        presence.beat(self._store, self._actor, self._token, draft_id, self._since)
        there = presence.present(self._store, [draft_id], self._token).get(draft_id, [])
        changed, self.present = there != self.present, there
        return self._look_for_versions(copy) or changed

    def _look_for_versions(self, copy: WorkingCopy) -> bool:
        known = self._newest or self.conflict or self.newer(copy)
        with self._store.read() as session:
            newest = session.scalar(
                select(models.Draft.version).where(models.Draft.id == copy.info.id)
            )
        if newest is None or newest <= (known.their_version if known else copy.info.version):
            return False
        found = find_conflict(self._store, copy).value
        if not isinstance(found, Conflict):
            return False
        with copy.lock:
            if found.base_version != copy.info.version:
                return False
            if self.conflict is not None:
                self._newest = found
            else:
                self._newer = found
        return True

    def leave(self) -> None:
        """Say that this session is gone; if that cannot be said, its presence expires."""
        with contextlib.suppress(*FAILURES):
            presence.leave(self._store, self._token)

    # -- settling ------------------------------------------------------------------------------

    def merge_plan(self, copy: WorkingCopy) -> MergePlan:
        """Plan the merge of what is here now with theirs.  There must be a conflict."""
        assert self.conflict is not None
        capability = copy.info.scope.capability
        return plan(capability, copy.base.encoded, copy.changed(), self.conflict.their_changes)

    def merge(self, copy: WorkingCopy, choices: Mapping[Key, Choice], at: int) -> Operation | None:
        """Merge as EditingSession.merge says."""
        with copy.lock:
            conflict = self.conflict
            assert conflict is not None
            plan = self.merge_plan(copy)
            settled = plan.settle(choices)
            yielding = plan.settle({one.key: Choice.THEIRS for one in plan.conflicts})
            yielded, chosen = conflict.content.copy(), conflict.content.copy()
            yielded.apply(yielding)
            chosen.apply(settled)
            operation = None
            if changed := chosen.changed_from(yielded):
                text = "Keep mine where both had changed it"
                operation = operation_to(yielded, changed, "merge", text)
            copy.rebase(conflict.theirs, conflict.content, yielding, operation, at)
            self.conflict = self._newest = None
        return operation

    def load_latest(self, copy: WorkingCopy, stem: Path, at: int) -> Stash | None:
        """Load as EditingSession.load_latest says."""
        stash = None
        with copy.lock:
            theirs = self._newest or self.conflict or self.newer(copy)
            assert theirs is not None
            mine = copy.changed()
            if mine:
                stash = write_stash(stem, at, copy.unsaved, copy.info.version, copy.base, mine)
            copy.replace(theirs.theirs, theirs.content)
            self.conflict = self._newest = None
        return stash


@dataclass(frozen=True)
class Conflict:
    """Somebody saved ``theirs`` since ``base_version``, which the edits here are based on."""

    base_version: int
    theirs: DraftInfo
    content: Document = field(repr=False)
    """Their content; never changed."""
    their_changes: Mapping[int, bytes] = field(repr=False)
    """Encoded frames that differ from the base version."""
    my_frames: tuple[int, ...]

    @property
    def their_version(self) -> int:
        """The number of their version."""
        return self.theirs.version

    @property
    def their_name(self) -> str:
        """Who saved it."""
        return self.theirs.updated_by

    @property
    def their_time(self) -> dt.datetime:
        """When they saved it."""
        return self.theirs.updated_at

    @property
    def their_frames(self) -> tuple[int, ...]:
        """Indices of the frames they changed."""
        return tuple(self.their_changes)

    @property
    def outcome(self) -> Outcome:
        """For the banner."""
        detail = (
            f"Your edits are based on version {self.base_version}; {self.their_name} saved "
            f"version {self.their_version} at {clock(self.their_time)}."
        )
        if self.their_version < self.base_version:
            detail += " The database was put back to an older state: merging keeps all of yours."
        return Outcome(Code.DRAFT_VERSION_CONFLICT, detail)

    @property
    def headline(self) -> str:
        """The outcome in one line, with the guide's `409 DRAFT_VERSION_CONFLICT`."""
        return self.outcome.headline


@dataclass(frozen=True)
class PutBack:
    """The database has nothing newer than ``info``, an older version than the copy's base."""

    info: DraftInfo


@gives_result
def find_conflict(
    store: Store, copy: WorkingCopy
) -> Result[Conflict | tuple[Snapshot, DraftInfo] | PutBack]:
    """Find out why a save on the copy's base version was refused.

    A conflict; or a save of this very copy that was committed though its answer never came: the
    snapshot and the version it made; or the database was put back to a version that the copy once
    was, and the copy goes on from that.  Storage codes.
    """
    base = copy.info
    with store.read() as session:
        save_id = session.scalar(
            select(models.DraftVersion.save_id).where(
                models.DraftVersion.draft_id == base.id,
                models.DraftVersion.version == base.version + 1,
            )
        )
        own = None if save_id is None else copy.attempt(save_id)
        if own is not None:
            info = require_info(session, base.id, base.version + 1)
            return Result(Outcome(Code.OK), (own, info))
        theirs = require_info(session, base.id)
        if theirs.version < base.version:
            older = read_version(session, base.id, theirs.version)
            return Result(Outcome(Code.OK), _put_back(store, copy, theirs, older))
        content = copy.base.copy()
        content.apply(read_changes(session, base.id, base.version, theirs.version))
        if content.tree_hash() != theirs.content_hash:
            content = read_version(session, base.id, theirs.version).document(store.artifacts)
    changes = content.changed_from(copy.base)
    conflict = Conflict(base.version, theirs, content, changes, tuple(copy.changed()))
    return Result(Outcome(Code.OK), conflict)


def _put_back(
    store: Store, copy: WorkingCopy, theirs: DraftInfo, older: StoredVersion
) -> Conflict | PutBack:
    version, content = copy.info.version, older.document(store.artifacts)
    if copy.put_back(theirs, content):
        return PutBack(theirs)
    return Conflict(version, theirs, content, {}, tuple(copy.changed()))
