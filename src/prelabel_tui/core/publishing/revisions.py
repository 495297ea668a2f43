"""Reading published revisions: rows of lists, their content, what leads from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope, scope_in
from prelabel_tui.core.drafts.reviews import ReviewShare
from prelabel_tui.core.model.diff import DiffSummary, diff
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.lineage import of_row
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing.record import record_json
from prelabel_tui.core.publishing.revision_rows import (
    Comparison,
    EligibilityRow,
    Head,
    LoadedRevision,
    Provenance,
    RevisionRow,
)
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


def history(
    store: Store, scope: Scope, before: int | None = None, limit: int = 200
) -> list[RevisionRow]:
    """List the revisions of a scope, newest first; ``before`` (a number) pages on."""
    with store.read() as session:
        return history_in(session, scope, before, limit)


def history_in(
    session: Session, scope: Scope, before: int | None = None, limit: int = 200
) -> list[RevisionRow]:
    """List as :func:`history` does, within a transaction."""
    query = (
        _ROWS.where(_rev.media_id == scope.media_id, _rev.capability == scope.capability.value)
        .order_by(_rev.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_rev.number < before)
    return _read(session, query)


def newest_in(session: Session, media_ids: Sequence[str]) -> list[RevisionRow]:
    """Read the newest revision of every scope of these media."""
    newest = (
        select(_rev.media_id, _rev.capability, func.max(_rev.number))
        .where(_rev.media_id.in_(media_ids))
        .group_by(_rev.media_id, _rev.capability)
    )
    return _read(
        session, _ROWS.where(tuple_(_rev.media_id, _rev.capability, _rev.number).in_(newest))
    )


def head(session: Session, scope: Scope) -> Head | None:
    """Read the newest revision of a scope, in short."""
    here = {"media": scope.media_id, "capa": scope.capability.value}
    row = session.connection().execute(_HEAD, here).first()
    return None if row is None else Head(*row)


@gives_result
def revision(store: Store, revision_id: str) -> Result[RevisionRow]:
    """Find a revision by its id or the beginning of it.  NOT_FOUND."""
    with store.read() as session:
        return Result(Outcome(Code.OK), row_in(session, revision_id))


def row_in(session: Session, revision_id: str) -> RevisionRow:
    """Find as :func:`revision` does, within a transaction.  Refused (NOT_FOUND)."""
    found = session.connection().execute(_ROW, {"id": revision_id}).first()
    if found is None:
        whole = require(session, models.Revision, revision_id).id
        found = session.connection().execute(_ROW, {"id": whole}).one()
    return _row(found)


@gives_result
def record(store: Store, revision_id: str) -> Result[bytes]:
    """Return the record of a revision: what its record hash is over.  NOT_FOUND."""
    with store.read() as session:
        whole = require(session, models.Revision, revision_id).id
        row = session.connection().execute(select(*_rev).where(_rev.id == whole)).one()
    return Result(Outcome(Code.OK), record_json(row._asdict()))


# -- reading rows: one statement for all that a RevisionRow tells ---------------------------------

_tables: Final = models.Base.metadata.tables
_revisions: Final = _tables[models.Revision.__tablename__]
_packs: Final = _tables[models.LabelPack.__tablename__]
_states: Final = _tables[models.Eligibility.__tablename__]
_media: Final = _tables[models.Media.__tablename__]
_workspaces: Final = _tables[models.Workspace.__tablename__]
_versions: Final = _tables[models.DraftVersion.__tablename__]
_log: Final = _tables[models.Audit.__tablename__]
_rev: Final = _revisions.c

_ROWS: Final[Select[Any]] = (
    select(
        *_rev,
        _media.c.name.label("media"), _workspaces.c.name.label("workspace"),
        _packs.c.source.label("pack_source"), _packs.c.lifecycle.label("pack_lifecycle"),
        _packs.c.validation_status, _packs.c.review_status,
        _states.c.status, _states.c.version, _states.c.reason, _states.c.updated_at,
        _states.c.updated_by,
        _log.c.actor, _log.c.role, _log.c.origin,
    )
    .join_from(_revisions, _packs, _packs.c.id == _rev.pack_id)
    .join(_states, _states.c.revision_id == _rev.id)
    .join(_media, _media.c.id == _rev.media_id)
    .join(_workspaces, _workspaces.c.id == _rev.workspace_id)
    .outerjoin(
        _log,
        (_log.c.subject_type == "revision")
        & (_log.c.subject_id == _rev.id)
        & ((_log.c.action == "revision.publish") | (_log.c.action == "revision.import")),
    )
)  # fmt: skip
_ROW: Final[Select[Any]] = _ROWS.where(_rev.id == bindparam("id"))
_HEAD: Final = (
    select(_rev.id, _rev.number, _rev.content_hash, _versions.c.content_hash)
    .join_from(
        _revisions,
        _versions,
        (_versions.c.draft_id == _rev.draft_id) & (_versions.c.version == _rev.draft_version),
        isouter=True,
    )
    .where(_rev.media_id == bindparam("media"), _rev.capability == bindparam("capa"))
    .order_by(_rev.number.desc())
    .limit(1)
)


def _read(
    session: Session, query: Select[Any], values: Mapping[str, str] | None = None
) -> list[RevisionRow]:
    return [_row(row) for row in session.connection().execute(query, values)]


def _row(row: Row[Any]) -> RevisionRow:
    provenance = Provenance(
        published_at=row.published_at,
        published_by=row.published_by,
        actor=f"{row.actor} ({row.role}) {row.origin}" if row.actor else row.published_by,
        pack_id=row.pack_id,
        pack_sha=row.pack_sha,
        pack_source=row.pack_source,
        pack_lifecycle=row.pack_lifecycle,
        pack_validation_status=row.validation_status,
        pack_review_status=row.review_status,
        lineage=of_row(row.lineage, row.lineage_pack_id, row.lineage_revision_id),
        draft_id=row.draft_id,
        draft_version=row.draft_version,
        validation=row.validation,
        artifact_sha=row.content_hash,
        manifest_sha=row.manifest_sha,
        pictures_sha=row.pictures_sha,
        record_hash=row.record_hash,
        override_reason=row.override_reason,
        left_out=row.counts.get("left_out", 0),
        accepted_unseen=row.validation.get("accepted_unseen", 0),
        review=None if row.review is None else ReviewShare.of_json(row.review),
    )
    return RevisionRow(
        id=row.id,
        scope=scope_in(row),
        number=row.number,
        content_hash=row.content_hash,
        previous_hash=row.previous_hash,
        diff=DiffSummary.of_json(row.diff),
        counts=row.counts,
        provenance=provenance,
        eligibility=EligibilityRow(
            row.id, row.status, row.version, row.reason, row.updated_at, row.updated_by
        ),
    )


# -- content ---------------------------------


@gives_result
def load(store: Store, revision_id: str) -> Result[LoadedRevision]:
    """Load a revision with its content, read-only.  NOT_FOUND, storage codes."""
    found = revision(store, revision_id)
    if found.value is None:
        return Result(found.outcome)
    row = found.value
    manifest = decode_manifest(store.artifacts.get(row.provenance.manifest_sha))
    document = Document.from_payload(store.artifacts.get(row.content_hash))
    loaded = LoadedRevision(row, document, manifest)
    return Result(Outcome(Code.OK), loaded)


def compare(store: Store, a_id: str, b_id: str) -> Result[Comparison]:
    """Compare one revision with another of the same scope.

    NOT_FOUND, INPUT_INVALID (two scopes), storage codes.
    """
    first, second = load(store, a_id), load(store, b_id)
    for loaded in (first, second):
        if loaded.value is None:
            return Result(loaded.outcome)
    a, b = first.unwrap(), second.unwrap()
    if a.row.scope != b.row.scope:
        detail = f"{a.row.scope.title} and {b.row.scope.title} are different scopes."
        return Result(Outcome(Code.INPUT_INVALID, detail))
    found = diff(a.document, b.document)
    return Result(
        Outcome(Code.OK, found.summary.text),
        Comparison(a.row, b.row, a.document, b.document, b.manifest, found),
    )
