"""A draft at one of its versions, as the database has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope, scope_in
from prelabel_tui.core.drafts.deltas import Chain
from prelabel_tui.core.model import lineage
from prelabel_tui.core.model.lineage import Lineage
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.store import models


class Kind(StrEnum):
    """What made a version."""

    CREATE = "create"
    SAVE = "save"
    MERGE = "merge"
    RESET = "reset"
    RESTORE = "restore"
    CARRY = "carry"


@dataclass(frozen=True)
class DraftInfo:
    """A draft at one version; ``updated_…`` and ``lineage`` are that version's."""

    id: str
    scope: Scope
    version: int
    content_hash: str
    lineage: Lineage
    frame_count: int
    active: bool
    created_at: dt.datetime
    created_by: str
    updated_at: dt.datetime
    updated_by: str
    chain: Chain = field(repr=False, compare=False)

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "draft_id": self.id,
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "version": self.version,
            "content_hash": self.content_hash,
            "lineage": self.lineage.as_json(),
            "frame_count": self.frame_count,
            "active": self.active,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "updated_at": self.updated_at.isoformat(),
            "updated_by": self.updated_by,
        }


_TABLES: Final = models.Base.metadata.tables
_DRAFT: Final = _TABLES[models.Draft.__tablename__].c
_VERSION: Final = _TABLES[models.DraftVersion.__tablename__].c
_MEDIA: Final = _TABLES[models.Media.__tablename__].c
_WORKSPACE: Final = _TABLES[models.Workspace.__tablename__].c


def _reading(version: ColumnElement[int], draft: ColumnElement[bool]) -> Select[Any]:
    """Make one statement for all of a DraftInfo; its columns have the names of the fields."""
    lineage_of_draft = _VERSION.version == _DRAFT.version
    return (
        select(
            _DRAFT.id, _DRAFT.capability, _DRAFT.active, _DRAFT.created_at, _DRAFT.created_by,
            _DRAFT.media_id, _MEDIA.name.label("media"), _MEDIA.frame_count,
            _DRAFT.workspace_id, _WORKSPACE.name.label("workspace"),
            _VERSION.version, _VERSION.content_hash, _VERSION.actor,
            _VERSION.created_at.label("saved_at"),
            _VERSION.checkpoint, _VERSION.checkpoint_size, _VERSION.chain_size,
            # The newest version's lineage may have been re-seeded since; that stands in the draft.
            *(
                case((lineage_of_draft, _DRAFT[name]), else_=_VERSION[name]).label(name)
                for name in ("lineage", "lineage_pack_id", "lineage_revision_id")
            ),
        )
        .join_from(_DRAFT.id.table, _VERSION.draft_id.table, _VERSION.draft_id == _DRAFT.id)
        .join(_MEDIA.id.table, _MEDIA.id == _DRAFT.media_id)
        .join(_WORKSPACE.id.table, _WORKSPACE.id == _DRAFT.workspace_id)
        .where(draft, _VERSION.version == version)
    )  # fmt: skip


_ONE: Final = _DRAFT.id == bindparam("draft_id")
_NEWEST: Final = _reading(_DRAFT.version, _ONE)
_AT_VERSION: Final = _reading(bindparam("version"), _ONE)


def read_info(session: Session, draft_id: str, version: int | None = None) -> DraftInfo | None:
    """Read a draft at a version (the newest without one); None when there is no such row."""
    query, wanted = (_NEWEST, {}) if version is None else (_AT_VERSION, {"version": version})
    row = session.connection().execute(query, {"draft_id": draft_id, **wanted}).first()
    return None if row is None else _info(row)


def active_infos(session: Session, media_ids: Sequence[str]) -> list[DraftInfo]:
    """Read the active drafts of these clips, at their newest versions."""
    here = and_(_DRAFT.active, _DRAFT.media_id.in_(media_ids))
    return [_info(row) for row in session.connection().execute(_reading(_DRAFT.version, here))]


def _info(row: Row[Any]) -> DraftInfo:
    return DraftInfo(
        id=row.id,
        scope=scope_in(row),
        version=row.version,
        content_hash=row.content_hash,
        lineage=lineage.of_row(row.lineage, row.lineage_pack_id, row.lineage_revision_id),
        frame_count=row.frame_count,
        active=row.active,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.saved_at,
        updated_by=row.actor,
        chain=Chain(row.checkpoint, row.checkpoint_size, row.chain_size),
    )


def require_info(session: Session, draft_id: str, version: int | None = None) -> DraftInfo:
    """Read as :func:`read_info` does; Refused (NOT_FOUND) when there is no such row."""
    info = read_info(session, draft_id, version)
    if info is None:
        at = "" if version is None else f" version {version}"
        raise Refused(Outcome(Code.NOT_FOUND, f"Draft {draft_id}{at}."))
    return info
