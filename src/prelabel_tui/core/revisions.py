"""Revision history: immutable publications with diff, provenance and dataset eligibility."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.diff import Diff, DiffSummary, diff
from prelabel_tui.core.document import Document
from prelabel_tui.core.ids import compact
from prelabel_tui.core.lineage import Lineage, of_row
from prelabel_tui.core.lookup import NotFound, require
from prelabel_tui.core.media import Manifest, decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.packs import Lifecycle, Validation
from prelabel_tui.core.scopes import Scope, scope_of
from prelabel_tui.core.store import FAILURES, failure, models

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
            (
                "Validation",
                f"{checked.get('errors', 0)} errors, {checked.get('warnings', 0)} warnings",
            ),
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
    columns = models.Revision
    query = (
        select(columns)
        .where(columns.media_id == scope.media_id, columns.capability == scope.capability.value)
        .order_by(columns.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(columns.number < before)
    return rows_of(session, session.scalars(query).all())


@dataclass(frozen=True)
class Head:
    """The end of a scope's chain of revisions."""

    id: str
    number: int
    content_hash: str


def head(session: Session, scope: Scope) -> Head | None:
    """The newest revision of a scope, in short."""
    columns = models.Revision
    row = session.execute(
        select(columns.id, columns.number, columns.content_hash)
        .where(columns.media_id == scope.media_id, columns.capability == scope.capability.value)
        .order_by(columns.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Head(row.id, row.number, row.content_hash)


def revision(store: Store, revision_id: str) -> Result[RevisionRow]:
    """One revision by its id or the beginning of it.  NOT_FOUND."""
    try:
        with store.read() as session:
            return Result(Outcome(Code.OK), row_in(session, revision_id))
    except NotFound as error:
        return Result(error.outcome)
    except FAILURES as error:
        return Result(failure(error))


def row_in(session: Session, revision_id: str) -> RevisionRow:
    """As :func:`revision`, within a transaction.  NotFound."""
    return rows_of(session, [require(session, models.Revision, revision_id, "Revision")])[0]


def rows_of(session: Session, revisions: Iterable[models.Revision]) -> list[RevisionRow]:
    """The dataclasses of rows of one or more scopes."""
    found = list(revisions)
    if not found:
        return []
    ids = [row.id for row in found]
    packs = _by_id(session, models.LabelPack, [row.pack_id for row in found])
    states = {
        row.revision_id: row
        for row in session.scalars(
            select(models.Eligibility).where(models.Eligibility.revision_id.in_(ids))
        )
    }
    actors = {
        entry.subject_id: f"{entry.actor} ({entry.role}) {entry.origin}"
        for entry in session.scalars(
            select(models.Audit).where(
                models.Audit.subject_type == "revision",
                models.Audit.subject_id.in_(ids),
                models.Audit.action.in_(("revision.publish", "revision.import")),
            )
        )
    }
    scopes = {
        key: scope_of(session, *key) for key in {(row.media_id, row.capability) for row in found}
    }
    return [
        _row(
            row, scopes[row.media_id, row.capability], packs[row.pack_id], states[row.id],
            actors.get(row.id, row.published_by),
        )
        for row in found
    ]  # fmt: skip


def _by_id(
    session: Session, model: type[models.LabelPack], ids: list[str]
) -> dict[str, models.LabelPack]:
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(ids)))}


def _row(
    row: models.Revision,
    scope: Scope,
    pack: models.LabelPack,
    state: models.Eligibility,
    actor: str,
) -> RevisionRow:
    provenance = Provenance(
        row.published_at, row.published_by, actor, row.pack_id, row.pack_sha, pack.source,
        pack.lifecycle, pack.validation_status, pack.review_status,
        of_row(row.lineage, row.lineage_pack_id, row.lineage_revision_id),
        row.draft_id, row.draft_version, row.validation, row.content_hash, row.manifest_sha,
        row.override_reason,
    )  # fmt: skip
    return RevisionRow(
        row.id, scope, row.number, row.content_hash, row.previous_hash,
        DiffSummary.of_json(row.diff), row.counts, provenance, eligibility_of(state),
    )  # fmt: skip


def eligibility_of(state: models.Eligibility) -> EligibilityRow:
    """The dataclass of a row."""
    return EligibilityRow(
        state.revision_id, state.status, state.version, state.reason, state.updated_at,
        state.updated_by,
    )  # fmt: skip


def content(store: Store, content_hash: str, like: Document | None = None) -> Document:
    """The content of a revision.  ArtifactReadError, PayloadError."""
    return Document.from_payload(store.artifacts.get(content_hash), like)


def load(store: Store, revision_id: str) -> Result[LoadedRevision]:
    """A revision with its content, read-only.  NOT_FOUND, storage codes."""
    found = revision(store, revision_id)
    if found.value is None:
        return Result(found.outcome)
    row = found.value
    try:
        manifest = decode_manifest(store.artifacts.get(row.provenance.manifest_sha))
        loaded = LoadedRevision(row, content(store, row.content_hash), manifest)
    except FAILURES as error:
        return Result(failure(error))
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
