"""Entering scoped label packs, judged once by the thresholds of their workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.counts import Counts
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.publishing.packs.rows import Lifecycle, Review, Source, Validation
from prelabel_tui.core.store import models
from prelabel_tui.core.validation import Findings, Settings, validate

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class PackValidation:
    """How a pack's content was judged."""

    status: Validation
    label_count: int
    summary: dict[str, Any]


def summary_of(findings: Findings, settings: Settings) -> dict[str, Any]:
    """Return what packs and revisions store of a validation."""
    return {
        "errors": findings.errors,
        "warnings": findings.warnings,
        "rules": findings.by_rule,
        "thresholds": dict(settings.overrides),
    }


def draft_validation(findings: Findings, settings: Settings, counts: Counts) -> PackValidation:
    """Return how the content of a draft without errors was judged."""
    summary = {**summary_of(findings, settings), "accepted_unseen": counts.unseen}
    return PackValidation(Validation.PASSED, findings.labels, summary)


def pack_validation(document: Document, manifest: Manifest, settings: Settings) -> PackValidation:
    """Judge the content of a pack; errors fail it."""
    findings = validate(document, manifest, settings, pack=True)
    status = Validation.FAILED if findings.errors else Validation.PASSED
    return PackValidation(status, findings.labels, summary_of(findings, settings))


def add_run_pack(
    session: Session,
    store: Store,
    actor: Actor,
    scope: Scope,
    prelabel_pack_id: str,
    artifact_sha: str,
    document: Document,
    manifest: Manifest,
    settings: Settings,
    validation: PackValidation | None = None,
) -> str:
    """Enter the scoped label pack of a run's prelabel pack; return its id.

    Within the caller's transaction, after the PrelabelPack row.
    """
    judged = validation or pack_validation(document, manifest, settings)
    return add_pack(
        session, store, actor, scope, artifact_sha, judged, Source.RUN, prelabel_pack_id,
        Review.PENDING, Lifecycle.CANDIDATE, "",
    )  # fmt: skip


def add_pack(
    session: Session,
    store: Store,
    actor: Actor,
    scope: Scope,
    artifact_sha: str,
    judged: PackValidation,
    source: Source,
    prelabel_pack_id: str | None,
    review: Review,
    lifecycle: Lifecycle,
    reason: str,
) -> str:
    """Enter a pack and its audit entry, within the caller's transaction; return its id."""
    pack_id, now = new_id(), store.now()
    session.flush()  # what the pack refers to
    session.connection().execute(
        insert(models.LabelPack),
        {
            "id": pack_id,
            "workspace_id": scope.workspace_id,
            "media_id": scope.media_id,
            "capability": scope.capability.value,
            "artifact_sha": artifact_sha,
            "label_count": judged.label_count,
            "source": source.value,
            "prelabel_pack_id": prelabel_pack_id,
            "validation_status": judged.status.value,
            "validation": judged.summary,
            "review_status": review.value,
            "lifecycle": lifecycle.value,
            "version": 1,
            "created_at": now,
            "created_by": actor.name,
            "updated_at": now,
            "updated_by": actor.name,
            "reason": reason,
        },
    )
    audit.record(
        session, store, actor, Action.PACK_CREATE, "label_pack", pack_id,
        media_id=scope.media_id, capability=scope.capability.value, version=1, reason=reason,
        details={
            "source": source.value,
            "validation_status": judged.status.value,
            "review_status": review.value,
            "lifecycle": lifecycle.value,
        },
        wrote=[(models.LabelPack, pack_id)],
    )  # fmt: skip
    return pack_id
