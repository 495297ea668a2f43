"""Approving, rejecting, retiring and re-validating packs, each against the row's version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.workspaces import settings_of
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing.packs.making import pack_validation
from prelabel_tui.core.publishing.packs.rows import Lifecycle, PackRow, Review, row_of
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require
from prelabel_tui.core.store.swap import swap

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class _Decision:
    """One kind of change of a pack's row."""

    action: Action
    code: Code
    values: Mapping[str, object]
    refuse: Callable[[PackRow], Outcome | None]


def _not_approvable(row: PackRow) -> Outcome | None:
    if row.approvable:
        return None
    return Outcome(
        Code.PACK_NOT_APPROVABLE, f"{IdKind.LABEL_PACK.short(row.id)} has {row.why_not}."
    )


def _done_already(why_not: Callable[[PackRow], str]) -> Callable[[PackRow], Outcome | None]:
    def refuse(row: PackRow) -> Outcome | None:
        if not (why := why_not(row)):
            return None
        return Outcome(Code.INPUT_INVALID, f"{IdKind.LABEL_PACK.short(row.id)} has {why}.")

    return refuse


_APPROVE = _Decision(
    Action.PACK_APPROVE,
    Code.PACK_APPROVED,
    {"review_status": Review.APPROVED.value, "lifecycle": Lifecycle.APPROVED.value},
    _not_approvable,
)
_REJECT = _Decision(
    Action.PACK_REJECT,
    Code.PACK_REJECTED,
    {"review_status": Review.REJECTED.value, "lifecycle": Lifecycle.CANDIDATE.value},
    _done_already(lambda row: row.why_not_reject),
)
_RETIRE = _Decision(
    Action.PACK_RETIRE,
    Code.PACK_RETIRED,
    {"lifecycle": Lifecycle.RETIRED.value},
    _done_already(lambda row: row.why_not_retire),
)


def approve(
    store: Store, actor: Actor, pack_id: str, base_version: int, reason: str
) -> Result[PackRow]:
    """Approve a pack as of the version that was looked at.

    PACK_APPROVED, ROLE_FORBIDDEN, REASON_REQUIRED, NOT_FOUND, PACK_VERSION_CONFLICT (with the
    row as it is now), PACK_NOT_APPROVABLE, AUDIT_PERSIST_FAILED, storage codes.
    """
    return _decide(store, actor, pack_id, base_version, reason, _APPROVE)


def reject(
    store: Store, actor: Actor, pack_id: str, base_version: int, reason: str
) -> Result[PackRow]:
    """Reject a pack; it is no longer a candidate.  Outcomes as for :func:`approve`."""
    return _decide(store, actor, pack_id, base_version, reason, _REJECT)


def retire(
    store: Store, actor: Actor, pack_id: str, base_version: int, reason: str
) -> Result[PackRow]:
    """Retire a pack: its revisions can no longer be approved for a dataset."""
    return _decide(store, actor, pack_id, base_version, reason, _RETIRE)


@gives_result
def _decide(
    store: Store, actor: Actor, pack_id: str, base_version: int, reason: str, decision: _Decision
) -> Result[PackRow]:
    with store.write() as session:
        actor = authorise(session, actor, decision.action)
        if refused := refuse_reason(reason, NEEDS[decision.action].what):
            return Result(refused)
        row = row_of(session, require(session, models.LabelPack, pack_id))
        if row.version == base_version and (outcome := decision.refuse(row)):
            return Result(outcome, row)
        values = {**decision.values, "reason": reason.strip()}
        if not _swap(session, store, actor, row, base_version, values):
            return _conflict(session, row.id, base_version)
        _record(session, store, actor, decision.action, row, reason.strip(), decision.values)
        return Result(
            Outcome(
                decision.code,
                f"{IdKind.LABEL_PACK.short(row.id)} of {row.scope.title}.",
                {"pack_id": row.id},
            ),
            _refreshed(session, row.id),
        )


def retire_in(
    session: Session, store: Store, actor: Actor, pack: models.LabelPack, reason: str
) -> None:
    """Retire a pack because what it came from goes, within the caller's transaction."""
    row = row_of(session, pack)
    if row.lifecycle != Lifecycle.RETIRED:
        _swap(session, store, actor, row, row.version, {**_RETIRE.values, "reason": reason})
        _record(session, store, actor, _RETIRE.action, row, reason, _RETIRE.values)


@gives_result
def revalidate(store: Store, actor: Actor, pack_id: str, base_version: int) -> Result[PackRow]:
    """Judge a pack again by the thresholds that the workspace has now.

    OK, ROLE_FORBIDDEN, NOT_FOUND, PACK_VERSION_CONFLICT, storage codes.
    """
    with store.read() as session:
        stored = require(session, models.LabelPack, pack_id)
        row = row_of(session, stored)
        media = session.get_one(models.Media, stored.media_id)
        settings = settings_of(session, stored.workspace_id)
    judged = pack_validation(
        Document.from_payload(store.artifacts.get(row.artifact_sha)),
        decode_manifest(store.artifacts.get(media.manifest_sha)),
        settings,
    )
    values = {"validation_status": judged.status.value, "validation": judged.summary}
    with store.write() as session:
        actor = authorise(session, actor, Action.PACK_VALIDATE)
        if not _swap(session, store, actor, row, base_version, values):
            return _conflict(session, row.id, base_version)
        changed = {"validation_status": judged.status.value}
        _record(session, store, actor, Action.PACK_VALIDATE, row, "", changed)
        detail = f"{IdKind.LABEL_PACK.short(row.id)}: validation_status = {judged.status}."
        return Result(Outcome(Code.OK, detail), _refreshed(session, row.id))


def _swap(
    session: Session,
    store: Store,
    actor: Actor,
    row: PackRow,
    base_version: int,
    values: Mapping[str, object],
) -> bool:
    return swap(
        session.connection(),
        models.LabelPack,
        {"id": row.id, "version": base_version},
        {
            **values,
            "version": base_version + 1,
            "updated_at": store.now(),
            "updated_by": actor.name,
        },
    )


def _refreshed(session: Session, pack_id: str) -> PackRow:
    session.expire_all()
    return row_of(session, session.get_one(models.LabelPack, pack_id))


def outdated(store: Store, seen: PackRow) -> Outcome | None:
    """Say who changed a pack since it was seen, and to what; None if nobody did.  FAILURES."""
    with store.read() as session:
        row = row_of(session, session.get_one(models.LabelPack, seen.id))
    return None if row.version == seen.version else _changed(row, seen.version)


def _conflict(session: Session, pack_id: str, base_version: int) -> Result[PackRow]:
    row = _refreshed(session, pack_id)
    return Result(_changed(row, base_version), row)


def _changed(row: PackRow, base_version: int) -> Outcome:
    detail = (
        f"Based on version {base_version}; {row.updated_by} made version {row.version}: "
        f"validation_status = {row.validation_status}, review_status = {row.review_status}, "
        f"lifecycle = {row.lifecycle}."
    )
    return Outcome(Code.PACK_VERSION_CONFLICT, detail, {"version": row.version})


def _record(
    session: Session,
    store: Store,
    actor: Actor,
    action: Action,
    row: PackRow,
    reason: str,
    values: Mapping[str, object],
) -> None:
    audit.record(
        session, store, actor, action, "label_pack", row.id,
        media_id=row.scope.media_id, capability=row.scope.capability.value,
        version=row.version + 1, reason=reason,
        details={
            "from": {name: getattr(row, name) for name in values},
            "to": dict(values),
        },
        wrote=[(models.LabelPack, row.id)],
    )  # fmt: skip
