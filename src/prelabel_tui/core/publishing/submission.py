"""Submitting a draft for approval: its content becomes a pending scoped label pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.loading import read_stored
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.counts import count
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.checks import (
    Blocked,
    Content,
    read_target,
    refuse_errors,
    refuse_sizeless,
    refuse_stale,
)
from prelabel_tui.core.publishing.commit import hold_draft
from prelabel_tui.core.publishing.packs import Lifecycle, PackRow, Review
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.validation import Findings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class Submitted:
    """What submitting returns: the pack that has the content, or the findings in the way."""

    pack: PackRow | None = None
    findings: Findings | None = None


@gives_result
def submit(
    store: Store, actor: Actor, draft_id: str, version: int, progress: Progress = unwatched
) -> Result[Submitted]:
    """Make a pending pack of the version of a draft that was reviewed.

    Warnings do not stand in the way: the lead who decides sees them, and publishing asks for an
    override as ever.  Content that an undecided or approved pack of a draft has already is not
    entered twice.

    PACK_SUBMITTED, PACK_ALREADY_SUBMITTED (both with the pack), NOT_FOUND, DRAFT_NOT_ACTIVE,
    STALE_DRAFT_VERSION, RESET_DRAFT_REQUIRED, VALIDATION_HARD_FAIL (with the findings),
    ROLE_FORBIDDEN, PUBLISH_CANCELLED, AUDIT_PERSIST_FAILED, storage codes.
    """
    try:
        return _submit(store, actor, draft_id, version, progress)
    except Blocked as blocked:
        return Result(blocked.outcome, Submitted(findings=blocked.published.findings))
    except Cancelled:
        return Result(Outcome(Code.PUBLISH_CANCELLED))


def _submit(
    store: Store, actor: Actor, draft_id: str, version: int, progress: Progress
) -> Result[Submitted]:
    progress("Reading the draft", 0, 3)
    with store.read() as session:
        target = read_target(session, draft_id)
        refuse_stale(target.info, version)
        stored = read_stored(session, target.info)
    content = Content(stored.load(store))
    refuse_sizeless(content.loaded.document)
    progress("Validating", 1, 3)
    findings = content.findings(target.standard)
    refuse_errors(findings)
    counts = count(content.loaded.document)
    progress("Storing the content", 2, 3)
    sha256 = store.artifacts.put(*content.payload)
    info = target.info
    with store.write() as session:
        actor = authorise(session, actor, Action.PACK_CREATE)
        hold_draft(session, info)
        if known := _with_content(session, info.scope, sha256):
            detail = f"{IdKind.LABEL_PACK.short(known.id)}: review_status = {known.review_status}."
            outcome = Outcome(Code.PACK_ALREADY_SUBMITTED, detail, {"pack_id": known.id})
            return Result(outcome, Submitted(known))
        judged = packs.draft_validation(findings, target.standard.settings, counts)
        pack_id = packs.add_pack(
            session, store, actor, info.scope, sha256, judged, packs.Source.DRAFT,
            info.lineage.pack_id, Review.PENDING, Lifecycle.CANDIDATE, "",
        )  # fmt: skip
        pack = packs.held_in(session, pack_id, info.scope)
    detail = f"{IdKind.LABEL_PACK.short(pack.id)} of {info.scope.title}, version {info.version}."
    return Result(Outcome(Code.PACK_SUBMITTED, detail, {"pack_id": pack.id}), Submitted(pack))


def _with_content(session: Session, scope: Scope, sha256: str) -> PackRow | None:
    """Find the newest pack of a draft with this content that can be approved or is."""
    pack = models.LabelPack
    query = (
        select(pack)
        .where(
            pack.media_id == scope.media_id,
            pack.capability == scope.capability.value,
            pack.artifact_sha == sha256,
            pack.source == packs.Source.DRAFT.value,
        )
        .order_by(pack.created_at.desc(), pack.id.desc())
    )
    rows = [packs.row_in_scope(found, scope) for found in session.scalars(query)]
    open_rows = [row for row in rows if row.selectable or row.undecided]
    return open_rows[0] if open_rows else None
