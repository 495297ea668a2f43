"""What others do to a draft that is open here: who has it open, and what they saved meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from prelabel_tui.core.conflict import Conflict, find_conflict
from prelabel_tui.core.drafts import presence
from prelabel_tui.core.drafts.presence import Present
from prelabel_tui.core.edits.merge import Choice, Key, MergePlan, plan
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.session.stash import Stash, operation_to, write_stash
from prelabel_tui.core.store import FAILURES, models

if TYPE_CHECKING:
    from prelabel_tui.core.edits.operations import Operation
    from prelabel_tui.core.identity.users import Actor
    from prelabel_tui.core.session.working_copy import WorkingCopy
    from prelabel_tui.core.store import Store


class Others:
    """One session's view of the others.  ``copy`` is always its working copy."""

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
        """What somebody saved since the copy's version, when no save here has met it yet."""
        newer = self._newer
        if newer is None or self.conflict is not None:
            return None
        return newer if newer.base_version == copy.info.version else None

    def look(self, copy: WorkingCopy) -> bool:
        """Say that this session is still there, and see what is new; whether anything is.

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
        """Say that this session is gone; if that cannot be said, it expires."""
        with contextlib.suppress(*FAILURES):
            presence.leave(self._store, self._token)

    # -- settling ------------------------------------------------------------------------------

    def merge_plan(self, copy: WorkingCopy) -> MergePlan:
        """What is here now against theirs.  There must be a conflict."""
        assert self.conflict is not None
        capability = copy.info.scope.capability
        return plan(capability, copy.base.encoded, copy.changed(), self.conflict.their_changes)

    def merge(self, copy: WorkingCopy, choices: Mapping[Key, Choice], at: int) -> Operation | None:
        """As EditingSession.merge."""
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
        """As EditingSession.load_latest."""
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
