"""Hiding runs and clips that came in by mistake.

Rows stay, and the audit log says who hid them; artifacts that only they needed are freed.  Nothing
that a revision or an active draft depends on is removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import LEGACY, is_shown
from prelabel_tui.core.catalog.scopes import find_media
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import NEEDS, Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.publishing.packs.decisions import retire_in
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store import gives_outcome, models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_UNUSED_S: Final = 3600.0
"""How long nobody may have put an artifact that is freed: an import puts first and commits then."""


@gives_outcome
def remove_run(store: Store, actor: Actor, run_id: str, reason: str) -> Outcome:
    """Hide a run (admins).

    RUN_REMOVED, REMOVE_REFUSED, ROLE_FORBIDDEN, REASON_REQUIRED, NOT_FOUND, storage codes.
    """
    with store.write() as session:
        actor = _authorise(session, actor, reason, Action.RUN_REMOVE)
        run = require(session, models.Run, run_id)
        if run.removed_at is not None:
            raise Refused(
                Outcome(Code.NOT_FOUND, f"{IdKind.RUN.short(run.id)} was removed already.")
            )
        title = f"{IdKind.RUN.short(run.id)} of {run.media_name}"
        _refuse_needed(session, [run])
        _hide(session, store, actor, [run], reason.strip())
        unneeded = _unneeded(session, _payloads(session, [run.id]))
        audit.record(session, store, actor, Action.RUN_REMOVE, "run", run.id,
                     media_id=run.media_id, reason=reason.strip(),
                     wrote=[(models.Run, run.id)])  # fmt: skip
    return Outcome(Code.RUN_REMOVED, f"{title}; {_freed(store, unneeded)}.")


@gives_outcome
def removable(store: Store, run_id: str) -> Outcome:
    """Say whether anything needs a run.  OK, REMOVE_REFUSED (by what), NOT_FOUND, storage codes."""
    with store.read() as session:
        _refuse(_needed_by(session, [require(session, models.Run, run_id)]))
    return Outcome(Code.OK)


@gives_outcome
def remove_media(store: Store, actor: Actor, workspace: str, media: str, reason: str) -> Outcome:
    """Hide a clip and its runs (admins); its name is then free.

    MEDIA_REMOVED, REMOVE_REFUSED, ROLE_FORBIDDEN, REASON_REQUIRED, NOT_FOUND, storage codes.
    """
    with store.write() as session:
        actor = _authorise(session, actor, reason, Action.MEDIA_REMOVE)
        clip = find_media(session, workspace, media)
        _refuse_used(session, clip)
        run = models.Run
        runs = list(
            session.scalars(select(run).where(run.media_id == clip.id, run.removed_at.is_(None)))
        )
        _refuse_needed(session, runs)
        hidden = f"{clip.name} (removed, {IdKind.MEDIA.short(clip.id)})"
        clip.name, clip.removed_at = hidden, store.now()
        every = list(session.scalars(select(run).where(run.media_id == clip.id)))
        for one in every:
            one.media_name = hidden
        _hide(session, store, actor, runs, reason.strip())
        payloads = _payloads(session, [one.id for one in runs])
        unneeded = _unneeded(session, payloads | {clip.manifest_sha})
        unneeded |= _pictures(session, store, clip)
        audit.record(session, store, actor, Action.MEDIA_REMOVE, "media", clip.id,
                     media_id=clip.id, reason=reason.strip(),
                     details={"name": media, "runs": len(runs)},
                     wrote=[(models.Media, clip.id),
                            *((run, one.id) for one in every)])  # fmt: skip
    return Outcome(Code.MEDIA_REMOVED, f"{workspace} / {media}; {_freed(store, unneeded)}.")


def _authorise(session: Session, actor: Actor, reason: str, action: Action) -> Actor:
    actor = authorise(session, actor, action)
    if refused := refuse_reason(reason, NEEDS[action].what):
        raise Refused(refused)
    return actor


def _refuse_used(session: Session, clip: models.Media) -> None:
    """Refuse when the clip has revisions or an active draft."""
    revision, draft = models.Revision, models.Draft
    found = [
        f"revision {row.number} of {row.capability}"
        for row in session.scalars(select(revision).where(revision.media_id == clip.id))
    ] + [
        f"{IdKind.DRAFT.short(row.id)}, the active draft of {row.capability}"
        for row in session.scalars(select(draft).where(draft.media_id == clip.id, draft.active))
    ]
    _refuse(found)


def _refuse_needed(session: Session, runs: Sequence[models.Run]) -> None:
    """Refuse when a revision or an active draft came from these runs.

    Nobody can make one before the transaction ends.
    """
    ids = [run.id for run in runs]
    session.execute(select(models.Run.id).where(models.Run.id.in_(ids)).with_for_update())
    _refuse(_needed_by(session, runs))


def _needed_by(session: Session, runs: Sequence[models.Run]) -> list[str]:
    """Name the revisions and active drafts that came from these runs."""
    ids = [run.id for run in runs]
    packs = select(models.PrelabelPack.id).where(models.PrelabelPack.run_id.in_(ids))
    scoped = select(models.LabelPack.id).where(models.LabelPack.prelabel_pack_id.in_(packs))
    revision, draft = models.Revision, models.Draft
    legacy = [run.media_id for run in runs if run.source == LEGACY]
    return [
        f"revision {row.number} of {row.capability}"
        for row in session.scalars(
            select(revision).where(
                or_(
                    revision.lineage_pack_id.in_(packs),
                    revision.pack_id.in_(scoped),
                    revision.media_id.in_(legacy),
                )
            )
        )
    ] + [
        f"{IdKind.DRAFT.short(row.id)}, the active draft of {row.capability}"
        for row in session.scalars(
            select(draft).where(
                draft.active, or_(draft.lineage_pack_id.in_(packs), draft.media_id.in_(legacy))
            )
        )
    ]


def _refuse(needed_by: Sequence[str]) -> None:
    if needed_by:
        more = f" and {len(needed_by) - 3} more" if len(needed_by) > 3 else ""
        raise Refused(Outcome(Code.REMOVE_REFUSED, f"{', '.join(needed_by[:3])}{more}."))


def _hide(
    session: Session, store: Store, actor: Actor, runs: Iterable[models.Run], reason: str
) -> None:
    """Hide the rows; the same labels can be imported again."""
    for run in runs:
        run.removed_at = store.now()
        run.digest = hashlib.sha256(f"removed {run.id}".encode()).hexdigest()
        session.flush()
        packs = select(models.PrelabelPack.id).where(models.PrelabelPack.run_id == run.id)
        for pack in session.scalars(
            select(models.LabelPack).where(models.LabelPack.prelabel_pack_id.in_(packs))
        ):
            retire_in(session, store, actor, pack, f"Its run was removed: {reason}")


def _payloads(session: Session, run_ids: Sequence[str]) -> set[str]:
    pack = models.PrelabelPack
    return set(session.scalars(select(pack.artifact_sha).where(pack.run_id.in_(run_ids))))


def _pictures(session: Session, store: Store, clip: models.Media) -> set[str]:
    """Find the clip's copied pictures, without those that other clips' manifests name."""
    media, revision = models.Media, models.Revision
    found = _copied(store, clip.manifest_sha)
    if found:
        others = set(session.scalars(select(media.manifest_sha).where(media.removed_at.is_(None))))
        others |= set(session.scalars(select(revision.manifest_sha)))
        for sha256 in others - {clip.manifest_sha}:
            found -= _copied(store, sha256)
    return found


def _copied(store: Store, manifest_sha: str) -> set[str]:
    frames = decode_manifest(store.artifacts.get(manifest_sha)).frames
    return {frame.sha256 for frame in frames if frame.sha256 is not None}


def _unneeded(session: Session, artifacts: set[str]) -> set[str]:
    """Find those artifacts that no visible row and no version of a draft names."""
    session.flush()
    pack, label_pack = models.PrelabelPack, models.LabelPack
    media, revision, version = models.Media, models.Revision, models.DraftVersion
    of_shown = select(pack.id).where(pack.id == label_pack.prelabel_pack_id, is_shown(pack))
    named = (
        select(pack.artifact_sha).where(pack.artifact_sha.in_(artifacts), is_shown(pack)),
        select(label_pack.artifact_sha).where(
            label_pack.artifact_sha.in_(artifacts),
            or_(label_pack.prelabel_pack_id.is_(None), of_shown.exists()),
        ),
        select(media.manifest_sha).where(
            media.manifest_sha.in_(artifacts), media.removed_at.is_(None)
        ),
        select(revision.content_hash).where(revision.content_hash.in_(artifacts)),
        select(revision.manifest_sha).where(revision.manifest_sha.in_(artifacts)),
        select(version.checkpoint_sha).where(version.checkpoint_sha.in_(artifacts)),
    )
    for query in named:
        artifacts = artifacts - set(session.scalars(query))
    return artifacts


def _freed(store: Store, unneeded: set[str]) -> str:
    """Free the artifacts, after the rows that named them are hidden for good."""
    freed = sum(store.artifacts.free(sha256, _UNUSED_S) for sha256 in sorted(unneeded))
    return f"{freed} artifact{'' if freed == 1 else 's'} freed"
