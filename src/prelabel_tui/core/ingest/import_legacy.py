"""Importing drafts and revisions from before lineage and ball geometry were captured.

They remain recognisable as old: their lineage is Legacy/Unknown, and ball points without a size
stay so, which publishing answers with RESET_DRAFT_REQUIRED.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import (
    LEGACY,
    NOT_RUN,
    RunRow,
    RunStatus,
    find_run,
    ran,
    rows_of_run,
)
from prelabel_tui.core.catalog.scopes import scope_of
from prelabel_tui.core.catalog.standings import put_published
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.ingest.clips import (
    check_names,
    settings_by_name,
    take_media,
)
from prelabel_tui.core.model.counts import count
from prelabel_tui.core.model.diff import summarise
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.lineage import Lineage, LineageKind
from prelabel_tui.core.model.media import Manifest, clip_identity, encode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.publishing import eligibility, packs
from prelabel_tui.core.publishing.record import insert_revision
from prelabel_tui.core.publishing.revision_rows import REVIEWED
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.text import printable

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_UNKNOWN = Lineage(LineageKind.UNKNOWN)


@dataclass(frozen=True)
class LegacyRevision:
    """An old publication; numbers count from 1 in each scope, without gaps."""

    capability: Capability
    number: int
    document: Document
    published_at: dt.datetime
    published_by: str


@dataclass(frozen=True)
class _Stored:
    """A revision whose content is already in the artifacts."""

    record: LegacyRevision
    content_hash: str
    judged: packs.PackValidation
    diff: Mapping[str, object]
    previous_hash: str | None


@gives_result
def import_legacy(
    store: Store,
    actor: Actor,
    *,
    workspace: str,
    media: str,
    manifest: Manifest,
    drafts_of: Mapping[Capability, Document],
    revisions: Sequence[LegacyRevision],
) -> Result[RunRow]:
    """Import old records, under a run that stands for them; leads only.

    ``revisions`` are in order of their numbers; documents must have as many frames as the
    manifest (ValueError).  Scopes must be new: without revisions and, for a draft, without an
    active one.  IMPORT_SUCCESS, IMPORT_ALREADY_PRESENT, IMPORT_INPUT_INVALID, MEDIA_MISMATCH,
    ROLE_FORBIDDEN, storage codes.
    """
    if refused := check_names(workspace, media):
        return Result(refused)
    everything = [*drafts_of.values(), *(record.document for record in revisions)]
    if any(len(document) != len(manifest.frames) for document in everything):
        raise ValueError("documents and manifest differ in their number of frames")
    manifest_sha = store.artifacts.put(encode_manifest(manifest))
    shas = {c: store.artifacts.put(document.payload()) for c, document in drafts_of.items()}
    stored = _stored(store, workspace, manifest, revisions)
    digest = _digest(manifest, shas, stored)

    def write(session: Session) -> tuple[str, bool]:
        leading = authorise(session, actor, Action.REVISION_IMPORT)
        media_id = take_media(session, store, leading, workspace, media, manifest, manifest_sha)
        known = session.scalar(
            select(models.Run.id).where(
                models.Run.media_id == media_id, models.Run.digest == digest
            )
        )
        if known is not None:
            return known, False
        clip = session.get_one(models.Media, media_id)
        run_id = _add_run(session, store, leading, clip, digest, drafts_of, revisions)
        for item in stored:
            _add_revision(session, store, leading, clip, manifest_sha, item)
        for capability, document in drafts_of.items():
            _refuse_second_draft(session, clip, capability)
            loading.create_in(
                session, store, leading, clip, capability, document, shas[capability], _UNKNOWN
            )
        return run_id, True

    run_id, is_new = store.write_once(write)
    code = Code.IMPORT_SUCCESS if is_new else Code.IMPORT_ALREADY_PRESENT
    row = find_run(store, run_id).value
    return Result(Outcome(code, f"{IdKind.RUN.short(run_id)} of {workspace} / {media}."), row)


def _stored(
    store: Store, workspace: str, manifest: Manifest, revisions: Sequence[LegacyRevision]
) -> list[_Stored]:
    settings = settings_by_name(store, workspace)
    latest: dict[Capability, tuple[Document, str]] = {}
    stored = []
    for record in revisions:
        before, previous_hash = latest.get(record.capability, (None, None))
        content_hash = store.artifacts.put(*record.document.published().payload_parts())
        judged = packs.pack_validation(record.document, manifest, settings)
        change = summarise(before, record.document).as_json()
        stored.append(_Stored(record, content_hash, judged, change, previous_hash))
        latest[record.capability] = (record.document, content_hash)
    return stored


def _digest(manifest: Manifest, shas: Mapping[Capability, str], stored: Sequence[_Stored]) -> str:
    published = [[s.record.capability, s.record.number, s.content_hash] for s in stored]
    content = [LEGACY, clip_identity(manifest), sorted(shas.items()), published]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _add_run(
    session: Session,
    store: Store,
    actor: Actor,
    clip: models.Media,
    digest: str,
    drafts_of: Mapping[Capability, Document],
    revisions: Sequence[LegacyRevision],
) -> str:
    """Add the run that stands for the records, so that the runs list leads to them."""
    run_id = new_id()
    session.add(
        models.Run(
            id=run_id,
            workspace_id=clip.workspace_id,
            media_id=clip.id,
            media_name=clip.name,
            status=RunStatus.SUCCEEDED.value,
            ran=ran({*drafts_of, *(record.capability for record in revisions)}),
            source=LEGACY,
            digest=digest,
            created_at=store.now(),
            created_by=actor.name,
        )
    )
    session.flush()
    for capability in Capability:
        published = sum(record.capability is capability for record in revisions)
        has_draft = capability in drafts_of
        detail = f"legacy records: {_count(has_draft, 'draft')}, {_count(published, 'revision')}"
        session.add(
            models.RunOutcome(
                run_id=run_id,
                capability=capability.value,
                status="succeeded" if has_draft or published else NOT_RUN,
                pack_id=None,
                detail=detail,
            )
        )
    audit.record(session, store, actor, Action.RUN_IMPORT, "run", run_id, media_id=clip.id,
                 details={"source": LEGACY, "drafts": len(drafts_of),
                          "revisions": len(revisions)},
                 wrote=rows_of_run(session, run_id))  # fmt: skip
    return run_id


def _count(number: int, noun: str) -> str:
    return f"{number:d} {noun}{'' if number == 1 else 's'}"


def _refuse_second_draft(session: Session, clip: models.Media, capability: Capability) -> None:
    active = session.scalar(
        select(models.Draft.id).where(
            models.Draft.media_id == clip.id,
            models.Draft.capability == capability.value,
            models.Draft.active,
        )
    )
    if active is not None:
        detail = f"{clip.name!r} has an active {capability} draft, {IdKind.DRAFT.short(active)}."
        raise Refused(Outcome(Code.IMPORT_INPUT_INVALID, detail))


def _add_revision(
    session: Session,
    store: Store,
    actor: Actor,
    clip: models.Media,
    manifest_sha: str,
    item: _Stored,
) -> None:
    record = item.record
    scope = scope_of(session, clip.id, record.capability)
    if record.number == 1 and session.scalar(
        select(models.Revision.id).where(
            models.Revision.media_id == clip.id,
            models.Revision.capability == record.capability.value,
        )
    ):
        detail = f"{scope.title} has revisions already; legacy ones must come first."
        raise Refused(Outcome(Code.IMPORT_INPUT_INVALID, detail))
    passed = item.judged.status is packs.Validation.PASSED
    pack_id = packs.add_pack(
        session, store, actor, scope, item.content_hash, item.judged, packs.Source.LEGACY, None,
        packs.Review.APPROVED if passed else packs.Review.PENDING,
        packs.Lifecycle.APPROVED if passed else packs.Lifecycle.CANDIDATE,
        f"Legacy revision {record.number}.",
    )  # fmt: skip
    session.flush()
    revision_id = new_id()
    insert_revision(
        session,
        {
            "id": revision_id,
            "workspace_id": clip.workspace_id,
            "media_id": clip.id,
            "capability": record.capability.value,
            "number": record.number,
            "content_hash": item.content_hash,
            "previous_hash": item.previous_hash,
            "manifest_sha": manifest_sha,
            "pack_id": pack_id,
            "pack_sha": item.content_hash,
            "draft_id": None,
            "draft_version": None,
            "lineage": _UNKNOWN.kind.value,
            "lineage_pack_id": None,
            "lineage_revision_id": None,
            "diff": dict(item.diff),
            "validation": item.judged.summary,
            "counts": count(record.document).of_revision(),
            "review": None,
            "override_reason": None,
            "published_at": record.published_at,
            "published_by": printable(record.published_by),
            "publisher_role": None,
            "pictures_sha": None,
        },
    )
    eligibility.add(session, store, actor, revision_id)
    put_published(session.connection(), scope, record.number, REVIEWED)
    audit.record(
        session, store, actor, Action.REVISION_IMPORT, "revision", revision_id,
        media_id=clip.id, capability=record.capability.value, version=record.number,
        details={
            "number": record.number,
            "content_hash": item.content_hash,
            "previous_hash": item.previous_hash,
            "pack_id": pack_id,
            "published_by": record.published_by,
            "lineage": _UNKNOWN.full,
        },
        wrote=[(models.Revision, revision_id), (models.Eligibility, revision_id)],
    )  # fmt: skip
