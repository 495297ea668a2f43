"""Dataset eligibility: whether a revision may be used in a data set, as a versioned record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.standings import put_eligibility
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing.revision_rows import APPROVED, REVIEWED, REVOKED, EligibilityRow
from prelabel_tui.core.publishing.revisions import row_in
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.swap import swap

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


def add(session: Session, store: Store, actor: Actor, revision_id: str) -> None:
    """Add the record of a new revision (Reviewed), within the caller's transaction."""
    session.connection().execute(
        insert(models.Eligibility),
        {
            "revision_id": revision_id,
            "status": REVIEWED,
            "version": 1,
            "reason": "",
            "updated_at": store.now(),
            "updated_by": actor.name,
        },
    )


def approve(
    store: Store, actor: Actor, revision_id: str, base_version: int, reason: str = ""
) -> Result[EligibilityRow]:
    """Approve for dataset, as of the version that was looked at.

    Only when the revision's label pack is lifecycle-approved and validation-passed.
    ELIGIBILITY_APPROVED, ROLE_FORBIDDEN, NOT_FOUND, ELIGIBILITY_VERSION_CONFLICT (with the
    record as it is now), ELIGIBILITY_NOT_ALLOWED, AUDIT_PERSIST_FAILED, storage codes.
    """
    return _change(store, actor, revision_id, base_version, reason, APPROVED)


def revoke(
    store: Store, actor: Actor, revision_id: str, base_version: int, reason: str
) -> Result[EligibilityRow]:
    """Revoke a dataset-approved revision; needs a reason.

    ELIGIBILITY_REVOKED, REASON_REQUIRED, else as :func:`approve`.
    """
    return _change(store, actor, revision_id, base_version, reason, REVOKED)


@gives_result
def _change(
    store: Store, actor: Actor, revision_id: str, base_version: int, reason: str, status: str
) -> Result[EligibilityRow]:
    reason = reason.strip()
    action = Action.ELIGIBILITY_APPROVE if status == APPROVED else Action.ELIGIBILITY_REVOKE
    with store.write() as session:
        actor = authorise(session, actor, action)
        if refused := refuse_reason(reason, NEEDS[action].what, needed=status == REVOKED):
            return Result(refused)
        row = row_in(session, revision_id)
        if row.eligibility.version == base_version:
            # Nobody may retire the pack between this look and the commit.
            session.scalar(
                select(models.LabelPack.version)
                .where(models.LabelPack.id == row.provenance.pack_id)
                .with_for_update(read=True)
            )
            row = row_in(session, row.id)
            why = row.why_not_approve if status == APPROVED else row.why_not_revoke
            if why and row.eligibility.version == base_version:
                detail = f"Revision {row.number} of {row.scope.title}: {why}."
                return Result(Outcome(Code.ELIGIBILITY_NOT_ALLOWED, detail), row.eligibility)
        if not _swap(session, store, actor, row.id, base_version, reason, status):
            return _conflict(session, row.id, base_version)
        put_eligibility(session.connection(), row.scope, row.number, status)
        audit.record(
            session, store, actor, action, "revision", row.id,
            media_id=row.scope.media_id, capability=row.scope.capability.value,
            version=base_version + 1, reason=reason,
            details={"from": row.eligibility.status, "to": status, "number": row.number},
            wrote=[(models.Eligibility, row.id)],
        )  # fmt: skip
        changed = row_in(session, row.id)
    code = Code.ELIGIBILITY_APPROVED if status == APPROVED else Code.ELIGIBILITY_REVOKED
    detail = f"Revision {row.number} of {row.scope.title}."
    data = {"revision_id": row.id, "number": row.number, "version": base_version + 1}
    return Result(Outcome(code, detail, data), changed.eligibility)


def _swap(
    session: Session,
    store: Store,
    actor: Actor,
    revision_id: str,
    base_version: int,
    reason: str,
    status: str,
) -> bool:
    return swap(
        session.connection(),
        models.Eligibility,
        {"revision_id": revision_id, "version": base_version},
        {
            "status": status,
            "version": base_version + 1,
            "reason": reason,
            "updated_at": store.now(),
            "updated_by": actor.name,
        },
    )


def outdated(store: Store, revision_id: str, base_version: int) -> Outcome | None:
    """Say who changed the eligibility since that version; None if nobody did.  FAILURES."""
    with store.read() as session:
        now = row_in(session, revision_id).eligibility
    return None if now.version == base_version else _changed(now, base_version)


def _conflict(session: Session, revision_id: str, base_version: int) -> Result[EligibilityRow]:
    now = row_in(session, revision_id).eligibility
    return Result(_changed(now, base_version), now)


def _changed(now: EligibilityRow, base_version: int) -> Outcome:
    detail = (
        f"Based on version {base_version}; {now.updated_by} made it {now.status}, "
        f"version {now.version}."
    )
    data = {"version": now.version, "eligibility": now.status}
    return Outcome(Code.ELIGIBILITY_VERSION_CONFLICT, detail, data)


def eligible_revisions(
    store: Store,
    workspace: str | None = None,
    media: str | None = None,
    capability: Capability | None = None,
) -> list[str]:
    """List the ids of each scope's newest revision that is approved for data sets now.

    Ordered by workspace, media and capability.  The filters are names; None means all.
    """
    with store.read() as session:
        return eligible_in(session, workspace, media, capability)


def eligible_in(
    session: Session,
    workspace: str | None = None,
    media: str | None = None,
    capability: Capability | None = None,
    *,
    hold: bool = False,
) -> list[str]:
    """List as :func:`eligible_revisions` does, within a transaction.

    ``hold``: nobody may decide about any of them until it ends.
    """
    revision = models.Revision
    query = (
        select(revision.id, revision.media_id, revision.capability)
        .join(models.Eligibility, models.Eligibility.revision_id == revision.id)
        .join(models.Media, models.Media.id == revision.media_id)
        .join(models.Workspace, models.Workspace.id == revision.workspace_id)
        .where(models.Eligibility.status == APPROVED)
        .order_by(models.Workspace.name, models.Media.name, revision.capability)
        .order_by(revision.number.desc())
    )
    if hold:
        query = query.with_for_update(read=True, of=models.Eligibility)
    if workspace is not None:
        query = query.where(models.Workspace.name == workspace)
    if media is not None:
        query = query.where(models.Media.name == media)
    if capability is not None:
        query = query.where(revision.capability == capability.value)
    newest: dict[tuple[str, str], str] = {}
    for revision_id, media_id, named in session.execute(query):
        newest.setdefault((media_id, named), revision_id)
    return list(newest.values())
