"""Revision history: immutable publications with diff, provenance and dataset eligibility."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope, scope_in
from prelabel_tui.core.ids import compact
from prelabel_tui.core.model.diff import Diff, DiffSummary, diff
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.lineage import Lineage, of_row
from prelabel_tui.core.model.media import Manifest, decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing.packs import Lifecycle, Validation
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

REVIEWED, APPROVED, REVOKED = "Reviewed", "Approved", "Revoked"
"""Dataset eligibility, as the operator guide writes it."""


@dataclass(frozen=True)
class EligibilityRow:
    """May this revision be used in a data set; ``version`` guards changes."""

    revision_id: str
    status: str
    version: int
    reason: str
    updated_at: dt.datetime
    updated_by: str

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "status": self.status,
            "version": self.version,
            "reason": self.reason,
            "updated_at": self.updated_at.isoformat(),
            "updated_by": self.updated_by,
        }


@dataclass(frozen=True)
class Provenance:
    """Where a revision came from.  ``actor``: name, role and place it was published from."""

    published_at: dt.datetime
    published_by: str
    actor: str
    pack_id: str
    pack_sha: str
    pack_source: str
    pack_lifecycle: str
    pack_validation_status: str
    pack_review_status: str
    lineage: Lineage
    draft_id: str | None
    draft_version: int | None
    validation: Mapping[str, Any]
    artifact_sha: str
    manifest_sha: str
    override_reason: str | None

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(name, whole value) of everything, for people."""
        draft = "none" if self.draft_id is None else f"{self.draft_id} v{self.draft_version}"
        checked = self.validation
        return [
            ("Published", self.published_at.isoformat(timespec="seconds")),
            ("Published by", self.published_by),
            ("Actor", self.actor),
            ("Pack", self.pack_id),
            ("Pack SHA", self.pack_sha),
            ("Pack source", self.pack_source),
            ("Pack lifecycle", self.pack_lifecycle),
            ("Pack validation", self.pack_validation_status),
            ("Pack review", self.pack_review_status),
            ("Source lineage", self.lineage.full),
            ("From revision", self.lineage.revision_id or "none"),
            ("Draft", draft),
            ("Validation", ", ".join(_many(checked, word) for word in ("error", "warning"))),
            ("Override reason", self.override_reason or "none"),
            ("Artifact SHA", self.artifact_sha),
            ("Manifest SHA", self.manifest_sha),
        ]

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "published_at": self.published_at.isoformat(),
            "published_by": self.published_by,
            "actor": self.actor,
            "pack_id": self.pack_id,
            "pack_sha": self.pack_sha,
            "pack_source": self.pack_source,
            "pack_lifecycle": self.pack_lifecycle,
            "pack_validation_status": self.pack_validation_status,
            "pack_review_status": self.pack_review_status,
            "lineage": self.lineage.as_json(),
            "draft_id": self.draft_id,
            "draft_version": self.draft_version,
            "validation": dict(self.validation),
            "artifact_sha": self.artifact_sha,
            "manifest_sha": self.manifest_sha,
            "override_reason": self.override_reason,
        }


def _many(checked: Mapping[str, Any], word: str) -> str:
    count = checked.get(f"{word}s", 0)
    return f"{count} {word}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class RevisionRow:
    """One row of Revision history."""

    id: str
    scope: Scope
    number: int
    content_hash: str
    previous_hash: str | None
    diff: DiffSummary
    counts: Mapping[str, Any]
    provenance: Provenance
    eligibility: EligibilityRow

    @property
    def lineage(self) -> Lineage:
        """Source lineage."""
        return self.provenance.lineage

    @property
    def why_not_approve(self) -> str:
        """Why Approve for dataset is off; empty when it is on."""
        if self.eligibility.status == APPROVED:
            return "it is approved for datasets already"
        if self.provenance.pack_lifecycle != Lifecycle.APPROVED:
            return f"the lifecycle of its label pack is {self.provenance.pack_lifecycle}"
        if self.provenance.pack_validation_status != Validation.PASSED:
            return (
                f"its label pack has validation_status = {self.provenance.pack_validation_status}"
            )
        return ""

    @property
    def why_not_revoke(self) -> str:
        """Why Revoke is off; empty when it is on."""
        if self.eligibility.status != APPROVED:
            return f"it is {self.eligibility.status}, not Approved"
        return ""

    @property
    def can_approve(self) -> bool:
        """Whether Approve for dataset is on."""
        return not self.why_not_approve

    @property
    def can_revoke(self) -> bool:
        """Whether Revoke is on."""
        return not self.why_not_revoke

    @property
    def columns(self) -> tuple[str, str, str, str]:
        """Revision, Diff, Provenance, Dataset eligibility, each in short."""
        told = self.provenance
        return (
            str(self.number),
            self.diff.text,
            f"{told.published_at:%Y-%m-%d %H:%M} {told.published_by} · pack "
            f"{compact(told.pack_sha)} · {told.lineage.label}",
            self.eligibility.status,
        )

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "revision_id": self.id,
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "number": self.number,
            "content_hash": self.content_hash,
            "previous_hash": self.previous_hash,
            "diff": self.diff.as_json(),
            "counts": dict(self.counts),
            "provenance": self.provenance.as_json(),
            "eligibility": self.eligibility.as_json(),
        }


@dataclass(frozen=True)
class LoadedRevision:
    """A revision with its content, to be looked at."""

    row: RevisionRow
    document: Document
    manifest: Manifest


@dataclass(frozen=True)
class Comparison:
    """Two revisions of one scope, and what leads from ``a`` to ``b``."""

    a: RevisionRow
    b: RevisionRow
    before: Document
    after: Document
    manifest: Manifest
    diff: Diff


def history(
    store: Store, scope: Scope, before: int | None = None, limit: int = 200
) -> list[RevisionRow]:
    """Revisions of a scope, newest first; ``before`` (a number) pages on."""
    with store.read() as session:
        return history_in(session, scope, before, limit)


def history_in(
    session: Session, scope: Scope, before: int | None = None, limit: int = 200
) -> list[RevisionRow]:
    """As :func:`history`, within a transaction."""
    query = (
        _ROWS.where(_rev.media_id == scope.media_id, _rev.capability == scope.capability.value)
        .order_by(_rev.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_rev.number < before)
    return _read(session, query)


def newest_in(session: Session, media_ids: Sequence[str]) -> list[RevisionRow]:
    """The newest revision of every scope of these media."""
    newest = (
        select(_rev.media_id, _rev.capability, func.max(_rev.number))
        .where(_rev.media_id.in_(media_ids))
        .group_by(_rev.media_id, _rev.capability)
    )
    return _read(
        session, _ROWS.where(tuple_(_rev.media_id, _rev.capability, _rev.number).in_(newest))
    )


@dataclass(frozen=True)
class Head:
    """The end of a scope's chain of revisions.  ``draft_hash``: the content hash of the draft's
    version that it was published from; None when it was imported."""

    id: str
    number: int
    content_hash: str
    draft_hash: str | None


def head(session: Session, scope: Scope) -> Head | None:
    """The newest revision of a scope, in short."""
    here = {"media": scope.media_id, "capa": scope.capability.value}
    row = session.connection().execute(_HEAD, here).first()
    return None if row is None else Head(*row)


@gives_result
def revision(store: Store, revision_id: str) -> Result[RevisionRow]:
    """One revision by its id or the beginning of it.  NOT_FOUND."""
    with store.read() as session:
        return Result(Outcome(Code.OK), row_in(session, revision_id))


def row_in(session: Session, revision_id: str) -> RevisionRow:
    """As :func:`revision`, within a transaction.  Refused (NOT_FOUND)."""
    found = session.connection().execute(_ROW, {"id": revision_id}).first()
    if found is None:
        whole = require(session, models.Revision, revision_id, "Revision").id
        found = session.connection().execute(_ROW, {"id": whole}).one()
    return _row(found)


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
        override_reason=row.override_reason,
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
    """A revision with its content, read-only.  NOT_FOUND, storage codes."""
    found = revision(store, revision_id)
    if found.value is None:
        return Result(found.outcome)
    row = found.value
    manifest = decode_manifest(store.artifacts.get(row.provenance.manifest_sha))
    document = Document.from_payload(store.artifacts.get(row.content_hash))
    loaded = LoadedRevision(row, document, manifest)
    return Result(Outcome(Code.OK), loaded)


def compare(store: Store, a_id: str, b_id: str) -> Result[Comparison]:
    """What leads from one revision to another of the same scope.

    NOT_FOUND, INPUT_INVALID (two scopes), storage codes.
    """
    first, second = load(store, a_id), load(store, b_id)
    for loaded in (first, second):
        if loaded.value is None:
            return Result(loaded.outcome)
    a, b = first.unwrap(), second.unwrap()
    if a.row.scope != b.row.scope:
        detail = f"Revisions of {a.row.scope.title} and {b.row.scope.title} have nothing in common."
        return Result(Outcome(Code.INPUT_INVALID, detail))
    found = diff(a.document, b.document)
    return Result(
        Outcome(Code.OK, found.summary.text),
        Comparison(a.row, b.row, a.document, b.document, b.manifest, found),
    )
