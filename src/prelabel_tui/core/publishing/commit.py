"""The last step of a publish: everything it makes visible, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.standings import put_published
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action, refused
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.model.diff import DiffSummary
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.publishing import eligibility, packs, revisions
from prelabel_tui.core.publishing.checks import stale
from prelabel_tui.core.publishing.lease import Lease
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.publishing.record import insert_revision
from prelabel_tui.core.publishing.revision_rows import REVIEWED, Head, RevisionRow
from prelabel_tui.core.store import models
from prelabel_tui.core.store.chain import given_row

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_drafts: Final = models.Base.metadata.tables[models.Draft.__tablename__].c
_media: Final = models.Base.metadata.tables[models.Media.__tablename__].c
_NOW: Final = (
    select(_drafts.active, _drafts.version, _drafts.updated_by, _media.manifest_sha)
    .join_from(_drafts.id.table, _media.id.table, _media.id == _drafts.media_id)
    .where(_drafts.id == bindparam("draft_id"))
    .with_for_update(read=True, of=_drafts.id.table)
)


@dataclass(frozen=True)
class Change:
    """What is to be recorded.  ``pack``: None when the first publish makes it."""

    info: DraftInfo
    latest: Head | None
    pack: PackRow | None
    content_hash: str
    judged: packs.PackValidation
    diff: DiffSummary
    counts: dict[str, object]
    review: dict[str, object]
    override_reason: str | None
    pictures_sha: str | None


def commit_revision(
    session: Session, store: Store, actor: Actor, change: Change, held: Lease
) -> RevisionRow:
    """Give the lock back and write revision, eligibility and audit, all or nothing.

    The content must be durable.  Refused (PUBLISH_LOCK_CONFLICT, OVERRIDE_FORBIDDEN,
    DRAFT_NOT_ACTIVE, STALE_DRAFT_VERSION, PACK_NOT_SELECTABLE, PACK_APPROVAL_REQUIRED),
    IntegrityError when an import took the number, FAILURES.
    """
    held.give_back(session)  # nobody published since the lease was taken, or this fails
    actor = authorise(session, actor, Action.REVISION_PUBLISH)
    if change.override_reason is not None and (no := refused(actor, Action.REVISION_OVERRIDE)):
        raise Refused(Outcome(Code.OVERRIDE_FORBIDDEN, no.detail))  # taken away since signing in
    info, latest = change.info, change.latest
    manifest_sha = hold_draft(session, info)
    pack = _pack_to_use(session, store, actor, change)
    revision_id = new_id()
    number = 1 if latest is None else latest.number + 1
    previous_hash = None if latest is None else latest.content_hash
    row = insert_revision(
        session,
        {
            "id": revision_id,
            "workspace_id": info.scope.workspace_id,
            "media_id": info.scope.media_id,
            "capability": info.scope.capability.value,
            "number": number,
            "content_hash": change.content_hash,
            "previous_hash": previous_hash,
            "manifest_sha": manifest_sha,
            "pack_id": pack.id,
            "pack_sha": pack.artifact_sha,
            "draft_id": info.id,
            "draft_version": info.version,
            "lineage": info.lineage.kind.value,
            "lineage_pack_id": info.lineage.pack_id,
            "lineage_revision_id": info.lineage.revision_id,
            "diff": change.diff.as_json(),
            "validation": change.judged.summary,
            "counts": change.counts,
            "review": change.review,
            "override_reason": change.override_reason,
            "published_at": store.now(),
            "published_by": actor.name,
            "publisher_role": actor.role.value,
            "pictures_sha": change.pictures_sha,
        },
    )
    eligibility.add(session, store, actor, revision_id)
    put_published(session.connection(), info.scope, number, REVIEWED)
    audit.record(
        session, store, actor, Action.REVISION_PUBLISH, "revision", revision_id,
        media_id=info.scope.media_id, capability=info.scope.capability.value, version=number,
        reason=change.override_reason or "",
        details={
            "number": number,
            "content_hash": change.content_hash,
            "previous_hash": previous_hash,
            "record_hash": row["record_hash"],
            "pack_id": pack.id,
            "draft_id": info.id,
            "draft_version": info.version,
            "lineage": info.lineage.full,
            "warnings": change.judged.summary["warnings"],
        },
        wrote=[(models.Eligibility, revision_id)],
        inserted=given_row(models.Revision, row),
    )  # fmt: skip
    return revisions.row_in(session, revision_id)


def hold_draft(session: Session, info: DraftInfo) -> str:
    """Make sure that a draft is at its version, and stays there until the transaction ends.

    Return the hash of its clip's manifest.  Refused (DRAFT_NOT_ACTIVE, STALE_DRAFT_VERSION).
    """
    draft = session.connection().execute(_NOW, {"draft_id": info.id}).one()
    if not draft.active:
        raise Refused(Outcome(Code.DRAFT_NOT_ACTIVE, f"{IdKind.DRAFT.short(info.id)}."))
    if draft.version != info.version:
        raise Refused(stale(info.version, draft.version, draft.updated_by))
    manifest_sha: str = draft.manifest_sha
    return manifest_sha


def _pack_to_use(session: Session, store: Store, actor: Actor, change: Change) -> PackRow:
    """Return the chosen pack, if it is still a candidate; or make the first from the draft."""
    scope = change.info.scope
    if change.pack is None:
        if packs.candidates_in(session, scope):
            raise Refused(
                Outcome(Code.PACK_NOT_SELECTABLE, "A pack has been approved since: select one.")
            )
        if packs.decided_in(session, scope):
            raise Refused(Outcome(Code.PACK_APPROVAL_REQUIRED, "One has been decided about since."))
        pack_id = packs.add_pack(
            session, store, actor, scope, change.content_hash, change.judged, packs.Source.DRAFT,
            change.info.lineage.pack_id, packs.Review.APPROVED, packs.Lifecycle.APPROVED,
            "First publish.",
        )  # fmt: skip
        return packs.held_in(session, pack_id, scope)
    pack = packs.held_in(session, change.pack.id, scope)
    if not pack.selectable:
        detail = f"{IdKind.LABEL_PACK.short(pack.id)} is no longer approved."
        raise Refused(Outcome(Code.PACK_NOT_SELECTABLE, detail))
    return pack
