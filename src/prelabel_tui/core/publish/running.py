"""The steps of a publish, in the order of the operator guide.

Each ends in one deterministic code.  A kill at any point leaves nothing visible or the whole
revision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core import audit, drafts, eligibility, packs, revisions
from prelabel_tui.core.artifacts import pack
from prelabel_tui.core.counts import revision_counts
from prelabel_tui.core.diff import DiffSummary, summarise
from prelabel_tui.core.ids import compact, new_id
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.packs import PackRow
from prelabel_tui.core.publish.lock import Lease, LockLost, lease
from prelabel_tui.core.publish.target import (
    Published,
    Refused,
    Target,
    previous_content,
    read_target,
    refuse_findings,
    refuse_published,
    refuse_sizeless,
    revision_data,
    stale,
)
from prelabel_tui.core.revisions import RevisionRow
from prelabel_tui.core.store import FAILURES, failure, models
from prelabel_tui.core.users import Role, refused_now

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.users import Actor

Progress = Callable[[str, int, int], None]
"""Told (step in words, steps done, steps in all) from the publishing thread."""

_STEPS = (
    "Taking the publish lock",
    "Reading the draft",
    "Hashing the content",
    "Validating",
    "Comparing with the last revision",
    "Storing the content",
    "Recording the revision",
)


class _Steps:
    """Tells progress and asks whether to stop, before each step."""

    def __init__(self, progress: Progress | None, cancel: Callable[[], bool] | None) -> None:
        self._progress, self._cancel, self._at = progress, cancel, 0

    def next(self) -> None:
        """Begin the next step.  Refused when the publish was cancelled."""
        if self._cancel is not None and self._cancel():
            raise Refused(Outcome(Code.PUBLISH_CANCELLED))
        if self._progress is not None:
            self._progress(_STEPS[self._at], self._at, len(_STEPS))
        self._at += 1


def _chosen(target: Target, pack_id: str | None) -> PackRow | None:
    """The approved pack to use; None when the first publish is to make one."""
    if pack_id is None:
        return target.candidates[0] if target.candidates else None
    found = [row for row in target.candidates if row.id.startswith(pack_id)]
    if len(found) != 1 or not pack_id:
        offered = ", ".join(compact(row.id) for row in target.candidates) or "none yet"
        raise Refused(
            Outcome(Code.PACK_NOT_SELECTABLE, f"Pack {pack_id!r}; candidates: {offered}.")
        )
    return found[0]


def publish(
    store: Store,
    actor: Actor,
    draft_id: str,
    version: int,
    *,
    pack_id: str | None = None,
    override_reason: str | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Result[Published]:
    """Publish the version of a draft that was reviewed.

    ``pack_id``: an approved pack (None: the newest one, or the first publish makes it).
    ``override_reason``: overrides warnings.  ``cancel`` is asked before each step.

    PUBLISH_SUCCESS, NO_OP_ALREADY_PUBLISHED (both with the revision), STALE_DRAFT_VERSION,
    DRAFT_NOT_ACTIVE, NOT_FOUND, PACK_NOT_SELECTABLE, RESET_DRAFT_REQUIRED,
    VALIDATION_HARD_FAIL, WARNINGS_REQUIRE_OVERRIDE, OVERRIDE_FORBIDDEN (with the findings),
    REASON_REQUIRED, PUBLISH_LOCK_CONFLICT, PUBLISH_CANCELLED, AUDIT_PERSIST_FAILED,
    STORAGE_READ_FAILED, STORAGE_WRITE_FAILED, DATABASE_UNAVAILABLE.
    """
    steps = _Steps(progress, cancel)
    try:
        steps.next()
        info = drafts.draft_info(store, draft_id)
        if info.value is None:
            return Result(info.outcome)
        with lease(store, actor, info.value.scope) as held:
            return _publish(store, actor, draft_id, version, pack_id, override_reason, steps, held)
    except Refused as refused:
        return refused.result
    except LockLost as lost:
        return Result(lost.outcome)
    except IntegrityError as error:  # the number was taken between looking and writing
        return Result(Outcome(Code.PUBLISH_LOCK_CONFLICT, f"It was recorded first ({error.orig})."))
    except FAILURES as error:
        return Result(failure(error))


def _publish(
    store: Store,
    actor: Actor,
    draft_id: str,
    version: int,
    pack_id: str | None,
    override_reason: str | None,
    steps: _Steps,
    held: Lease,
) -> Result[Published]:
    steps.next()
    target = read_target(store, draft_id, version)
    chosen = _chosen(target, pack_id)
    refuse_sizeless(target)
    steps.next()
    payload = target.published.payload()
    refuse_published(store, target, hashlib.sha256(payload).hexdigest())
    # While every frame is validated, another core compresses the content and reads the last one.
    helper = ThreadPoolExecutor(1, thread_name_prefix="publish")
    try:
        packed = helper.submit(pack, payload)
        before = helper.submit(previous_content, store, target)
        steps.next()
        findings = target.findings()
        refuse_findings(actor, findings, override_reason)
        steps.next()
        summary = packs.summary_of(findings, target.settings)
        change = _Change(
            target,
            chosen,
            packs.PackValidation(packs.Validation.PASSED, findings.labels, summary),
            summarise(before.result(), target.published),
            revision_counts(target.published, findings.labels),
            override_reason.strip() if findings.warnings and override_reason else None,
        )
        steps.next()
        content_hash = store.artifacts.put(payload, packed.result())
    finally:
        helper.shutdown(wait=False, cancel_futures=True)
    steps.next()
    with store.write() as session:
        row = _commit(session, store, actor, change, content_hash, held)
    held.held = False
    detail = f"Revision {row.number} of {target.title}."
    return Result(Outcome(Code.PUBLISH_SUCCESS, detail, revision_data(row)), Published(row))


@dataclass(frozen=True)
class _Change:
    """Everything that the last transaction writes."""

    target: Target
    pack: PackRow | None
    judged: packs.PackValidation
    diff: DiffSummary
    counts: dict[str, object]
    override_reason: str | None


def _commit(
    session: Session,
    store: Store,
    actor: Actor,
    change: _Change,
    content_hash: str,
    held: Lease,
) -> RevisionRow:
    """Give the lock back and write revision, eligibility and audit, all or nothing."""
    held.give_back(session)
    if change.override_reason is not None:
        refused = refused_now(session, actor, Role.LEAD, "Overriding warnings")
        if refused is not None:  # the role was taken away since signing in
            raise Refused(Outcome(Code.OVERRIDE_FORBIDDEN, refused.detail))
    info, latest = change.target.loaded.info, change.target.latest
    draft = session.execute(
        select(models.Draft).where(models.Draft.id == info.id).with_for_update(read=True)
    ).scalar_one()
    if not draft.active:
        raise Refused(Outcome(Code.DRAFT_NOT_ACTIVE, f"Draft {compact(info.id)}."))
    if draft.version != info.version:
        raise Refused(stale(info.version, draft.version, draft.updated_by))
    now_latest = revisions.head(session, info.scope)
    if (now_latest and now_latest.id) != (latest and latest.id):
        raise LockLost("A revision was published meanwhile.")
    pack = _pack_to_use(session, store, actor, change, content_hash)
    media = session.get_one(models.Media, info.scope.media_id)
    number = 1 if latest is None else latest.number + 1
    revision = models.Revision(
        id=new_id(),
        workspace_id=info.scope.workspace_id,
        media_id=info.scope.media_id,
        capability=info.scope.capability.value,
        number=number,
        content_hash=content_hash,
        previous_hash=None if latest is None else latest.content_hash,
        manifest_sha=media.manifest_sha,
        pack_id=pack.id,
        pack_sha=pack.artifact_sha,
        draft_id=info.id,
        draft_version=info.version,
        lineage=info.lineage.kind.value,
        lineage_pack_id=info.lineage.pack_id,
        lineage_revision_id=info.lineage.revision_id,
        diff=change.diff.as_json(),
        validation=change.judged.summary,
        counts=change.counts,
        override_reason=change.override_reason,
        published_at=store.now(),
        published_by=actor.name,
    )
    session.add(revision)
    session.flush()
    eligibility.add(session, store, actor, revision.id)
    audit.record(
        session, store, actor, "revision.publish", "revision", revision.id,
        media_id=info.scope.media_id, capability=info.scope.capability.value, version=number,
        reason=change.override_reason or "",
        details={
            "number": number,
            "content_hash": content_hash,
            "previous_hash": revision.previous_hash,
            "pack_id": pack.id,
            "draft_id": info.id,
            "draft_version": info.version,
            "lineage": info.lineage.full,
            "warnings": change.judged.summary["warnings"],
        },
    )  # fmt: skip
    return revisions.row_in(session, revision.id)


def _pack_to_use(
    session: Session, store: Store, actor: Actor, change: _Change, content_hash: str
) -> models.LabelPack:
    """The chosen pack, if it is a candidate still; or the first one, made from the draft."""
    if change.pack is None:
        info = change.target.loaded.info
        if packs.candidates_in(session, info.scope):
            raise Refused(
                Outcome(Code.PACK_NOT_SELECTABLE, "A pack was approved meanwhile: select one.")
            )
        pack_id = packs.add_pack(
            session, store, actor, info.scope, content_hash, change.judged, packs.Source.DRAFT,
            info.lineage.pack_id, packs.Review.APPROVED, packs.Lifecycle.APPROVED,
            "First publish.",
        )  # fmt: skip
        return session.get_one(models.LabelPack, pack_id)
    pack = session.execute(
        select(models.LabelPack)
        .where(models.LabelPack.id == change.pack.id)
        .with_for_update(read=True)
    ).scalar_one()
    if not packs.row_of(session, pack).selectable:
        detail = f"Pack {compact(pack.id)} is no longer approved."
        raise Refused(Outcome(Code.PACK_NOT_SELECTABLE, detail))
    return pack
