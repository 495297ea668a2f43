"""What stands against a save that was refused: 409 DRAFT_VERSION_CONFLICT."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from prelabel_tui.core.drafts.deltas import read_changes, read_version
from prelabel_tui.core.drafts.info import DraftInfo, require_info
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.working_copy import Snapshot, WorkingCopy
from prelabel_tui.core.store import FAILURES, failure, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


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
        """Their version's number."""
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
            f"version {self.their_version} at {self.their_time.astimezone():%H:%M:%S}."
        )
        return Outcome(Code.DRAFT_VERSION_CONFLICT, detail)

    @property
    def headline(self) -> str:
        """The outcome in one line, with the guide's `409 DRAFT_VERSION_CONFLICT`."""
        return self.outcome.headline


def find_conflict(store: Store, copy: WorkingCopy) -> Result[Conflict | tuple[Snapshot, DraftInfo]]:
    """Why a save on the copy's base version was refused.

    Either a conflict, or a save of this very copy that was committed though its answer never
    came: the snapshot and the version it made.  Storage codes.
    """
    base = copy.info
    try:
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
            content = copy.base.copy()
            content.apply(read_changes(session, base.id, base.version, theirs.version))
            if content.tree_hash() != theirs.content_hash:
                content = read_version(session, base.id, theirs.version).document(store.artifacts)
    except FAILURES as error:
        return Result(failure(error))
    changes = content.changed_from(copy.base)
    conflict = Conflict(base.version, theirs, content, changes, tuple(copy.changed()))
    return Result(Outcome(Code.OK), conflict)
