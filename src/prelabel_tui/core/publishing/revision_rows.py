"""Published revisions as values: diff, provenance and dataset eligibility of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.reviews import ReviewShare
from prelabel_tui.core.ids import short_hash
from prelabel_tui.core.model.diff import Diff, DiffSummary
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.lineage import Lineage
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.publishing.packs import Lifecycle, Validation
from prelabel_tui.core.text import counted
from prelabel_tui.core.times import iso

REVIEWED, APPROVED, REVOKED = "Reviewed", "Approved", "Revoked"
"""Dataset eligibility, as the operator guide writes it."""


@dataclass(frozen=True)
class EligibilityRow:
    """Whether a revision may be used in a data set; ``version`` guards changes."""

    revision_id: str
    status: str
    version: int
    reason: str
    updated_at: dt.datetime
    updated_by: str

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "status": self.status,
            "version": self.version,
            "reason": self.reason,
            "updated_at": self.updated_at.isoformat(),
            "updated_by": self.updated_by,
        }


@dataclass(frozen=True)
class Provenance:
    """Where a revision came from.

    ``actor``: name, role and place it was published from.  ``left_out``: frames that are no part of
    it; ``accepted_unseen``: frames that were reviewed while their picture was not shown (0 also
    where that was not recorded yet).  ``review``: how much was reviewed, and by whom; None where
    that is not known.
    """

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
    pictures_sha: str | None
    record_hash: str | None
    override_reason: str | None
    left_out: int = 0
    accepted_unseen: int = 0
    review: ReviewShare | None = None

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(name, whole value) of everything but when it was published, for people."""
        draft = "none" if self.draft_id is None else f"{self.draft_id} v{self.draft_version}"
        checked = self.validation
        return [
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
            ("Left out", counted(self.left_out, "frame")),
            ("Accepted unseen", counted(self.accepted_unseen, "frame")),
            *self._reviewed,
            ("Artifact SHA", self.artifact_sha),
            ("Manifest SHA", self.manifest_sha),
            ("Pictures SHA", self.pictures_sha or "none (from before pictures were hashed)"),
            ("Record hash", self.record_hash or "none (from before the chain)"),
        ]

    @property
    def _reviewed(self) -> list[tuple[str, str]]:
        if self.review is None:
            return [("Review", "not known")]
        return [("Review", self.review.text), ("Reviewed by", self.review.by or "nobody")]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
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
            "pictures_sha": self.pictures_sha,
            "record_hash": self.record_hash,
            "override_reason": self.override_reason,
            "left_out": self.left_out,
            "accepted_unseen": self.accepted_unseen,
            "review": None if self.review is None else self.review.as_json(),
        }


def _many(checked: Mapping[str, Any], word: str) -> str:
    return counted(checked.get(f"{word}s", 0), word)


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
    def how_much(self) -> str:
        """What stands beside its eligibility: `, 10 of 150 frames reviewed`; empty if not known."""
        review = self.provenance.review
        return "" if review is None else f", {review.text}"

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
            f"r{self.number}",
            self.diff.text,
            f"{iso(told.published_at)} {told.published_by} · pack SHA "
            f"{short_hash(told.pack_sha)} · {told.lineage.label}",
            self.eligibility.status,
        )

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
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


@dataclass(frozen=True)
class Head:
    """The end of a scope's chain of revisions.

    ``draft_hash``: the content hash of the draft's version that it was published from; None when
    it was imported.
    """

    id: str
    number: int
    content_hash: str
    draft_hash: str | None
