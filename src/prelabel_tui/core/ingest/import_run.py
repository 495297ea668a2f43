"""Bringing a run in: its clip, and a prelabel pack for each capability, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import NOT_RUN, RunRow, RunStatus, find_run, ran
from prelabel_tui.core.catalog.scopes import scope_of
from prelabel_tui.core.catalog.workspaces import settings_of
from prelabel_tui.core.identity import audit
from prelabel_tui.core.ids import compact, new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import (
    Manifest,
    clip_identity,
    decode_manifest,
    encode_manifest,
)
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing.packs import PackValidation, add_run_pack, pack_validation
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.text import NAME_RULE, printable, usable_name
from prelabel_tui.core.validation import DEFAULTS, Settings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class _Pack:
    """What will be a prelabel pack: stored already, validated already."""

    document: Document
    sha256: str
    judged: PackValidation


def check_names(workspace: str, media: str) -> Outcome | None:
    """IMPORT_INPUT_INVALID when a name cannot be used, else None."""
    for what, name in (("workspace", workspace), ("media", media)):
        if not usable_name(name):
            detail = f"The {what} {NAME_RULE}: {printable(name, 120)!r}."
            return Outcome(Code.IMPORT_INPUT_INVALID, detail)
    return None


def missing_count(manifest: Manifest) -> int:
    """How many frames have no thumbnail."""
    return sum(frame.missing is not None for frame in manifest.frames)


@gives_result
def import_run(
    store: Store,
    actor: Actor,
    *,
    workspace: str,
    media: str,
    manifest: Manifest,
    documents: Mapping[Capability, Document],
    source: str,
    progress: Progress = unwatched,
) -> Result[RunRow]:
    """Bring a run in.  Its documents must have as many frames as the manifest (ValueError).

    IMPORT_SUCCESS; IMPORT_ALREADY_PRESENT with the earlier run when the clip has one with the
    same labels (nothing is added; pictures that were missing and are there now are taken up);
    IMPORT_CANCELLED (nothing of the run is there), MEDIA_MISMATCH, IMPORT_INPUT_INVALID, storage
    codes.
    """
    if refused := check_names(workspace, media):
        return Result(refused)
    if any(len(document) != len(manifest.frames) for document in documents.values()):
        raise ValueError("documents and manifest differ in their number of frames")
    try:
        manifest_sha = store.artifacts.put(encode_manifest(manifest))
        settings = settings_by_name(store, workspace)
        ready = {}
        for capability, document in documents.items():
            progress(f"storing {capability}")
            sha256 = store.artifacts.put(document.payload())
            progress(f"validating {capability}")
            judged = pack_validation(document, manifest, settings)
            ready[capability] = _Pack(document, sha256, judged)

        def write(session: Session) -> tuple[str, bool]:
            progress("entering the run")
            media_id = take_media(session, store, actor, workspace, media, manifest, manifest_sha)
            return _take_run(session, store, actor, media_id, manifest, settings, ready, source)

        run_id, is_new = store.write_once(write)
    except Cancelled:
        return Result(Outcome(Code.IMPORT_CANCELLED))
    code = Code.IMPORT_SUCCESS if is_new else Code.IMPORT_ALREADY_PRESENT
    row = find_run(store, run_id).value
    return Result(Outcome(code, f"Run {compact(run_id)} of {workspace} / {media}."), row)


def copy_pictures(store: Store, manifest: Manifest, progress: Progress = unwatched) -> Manifest:
    """Put the pictures of a clip into the artifacts.  ArtifactError, OSError, Cancelled."""
    frames = []
    for number, frame in enumerate(manifest.frames, start=1):
        if frame.path and not frame.missing:
            sha256 = store.artifacts.put(Path(frame.path).read_bytes())
            frame = replace(frame, path=None, sha256=sha256)
        frames.append(frame)
        progress("pictures copied", number, len(manifest.frames))
    return replace(manifest, frames=tuple(frames))


def settings_by_name(store: Store, workspace: str) -> Settings:
    """The thresholds of a workspace, which may be about to be made."""
    with store.read() as session:
        workspace_id = session.scalar(
            select(models.Workspace.id).where(models.Workspace.name == workspace)
        )
        return DEFAULTS if workspace_id is None else settings_of(session, workspace_id)


def take_media(
    session: Session,
    store: Store,
    actor: Actor,
    workspace: str,
    media: str,
    manifest: Manifest,
    manifest_sha: str,
) -> str:
    """The id of the clip under this name, made if it is new.

    Refused with MEDIA_MISMATCH when the name belongs to another clip.  When the same clip comes
    with no more missing pictures than before, where its pictures lie is brought up to date.
    """
    workspace_id = session.scalar(
        select(models.Workspace.id).where(models.Workspace.name == workspace)
    )
    if workspace_id is None:
        workspace_id = new_id()
        session.add(
            models.Workspace(id=workspace_id, name=workspace, settings={}, created_at=store.now())
        )
        audit.record(session, store, actor, "workspace.create", "workspace", workspace_id)
    known = session.scalar(
        select(models.Media).where(
            models.Media.workspace_id == workspace_id, models.Media.name == media
        )
    )
    missing = missing_count(manifest)
    details = {"frames": len(manifest.frames), "missing": missing, "manifest_sha": manifest_sha}
    if known is None:
        media_id = new_id()
        session.add(
            models.Media(
                id=media_id,
                workspace_id=workspace_id,
                name=media,
                manifest_sha=manifest_sha,
                frame_count=len(manifest.frames),
                missing_count=missing,
                created_at=store.now(),
            )
        )
        audit.record(session, store, actor, "media.create", "media", media_id,
                     media_id=media_id, details=details)  # fmt: skip
        return media_id
    if known.manifest_sha == manifest_sha:
        return known.id
    earlier = decode_manifest(store.artifacts.get(known.manifest_sha))
    if clip_identity(earlier) != clip_identity(manifest):
        raise Refused(Outcome(Code.MEDIA_MISMATCH, _difference(media, earlier, manifest)))
    if missing <= known.missing_count:
        known.manifest_sha, known.missing_count = manifest_sha, missing
        audit.record(session, store, actor, "media.refresh", "media", known.id,
                     media_id=known.id, details=details)  # fmt: skip
    return known.id


def _difference(media: str, earlier: Manifest, now: Manifest) -> str:
    if len(earlier.frames) != len(now.frames):
        return f"{media!r} has {len(earlier.frames)} frames, these are {len(now.frames)}."
    for index, (one, two) in enumerate(zip(earlier.frames, now.frames, strict=True), start=1):
        if (one.name, one.width, one.height) != (two.name, two.width, two.height):
            return (
                f"Frame {index} of {media!r} is {printable(one.name)} ({one.width}×{one.height} "
                f"px), here it is {printable(two.name)} ({two.width}×{two.height} px)."
            )
    return ""


def _take_run(
    session: Session,
    store: Store,
    actor: Actor,
    media_id: str,
    manifest: Manifest,
    settings: Settings,
    ready: Mapping[Capability, _Pack],
    source: str,
) -> tuple[str, bool]:
    """The run's id, and whether it is new."""
    content = {capability.value: pack.sha256 for capability, pack in ready.items()}
    whole = json.dumps([clip_identity(manifest), content], sort_keys=True)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    known = session.scalar(
        select(models.Run.id).where(models.Run.media_id == media_id, models.Run.digest == digest)
    )
    if known is not None:
        return known, False
    run_id, now = new_id(), store.now()
    scope = scope_of(session, media_id, Capability.BALL)
    status = RunStatus.SUCCEEDED if set(ready) == set(Capability) else RunStatus.PARTIAL
    session.add(
        models.Run(
            id=run_id,
            workspace_id=scope.workspace_id,
            media_id=media_id,
            media_name=scope.media,
            status=status.value,
            ran=ran(ready),
            source=source,
            digest=digest,
            created_at=now,
            created_by=actor.name,
        )
    )
    session.flush()
    for capability in Capability:
        outcome = models.RunOutcome(
            run_id=run_id,
            capability=capability.value,
            status=NOT_RUN,
            pack_id=None,
            detail="no labels were given",
        )
        if capability in ready:
            pack = ready[capability]
            outcome.status, outcome.detail = "succeeded", f"{pack.judged.label_count} labels"
            outcome.pack_id = new_id()
            session.add(
                models.PrelabelPack(
                    id=outcome.pack_id,
                    run_id=run_id,
                    media_id=media_id,
                    capability=capability.value,
                    artifact_sha=pack.sha256,
                    frame_count=len(pack.document),
                    label_count=pack.judged.label_count,
                    created_at=now,
                )
            )
            session.flush()
            add_run_pack(
                session,
                store,
                actor,
                scope_of(session, media_id, capability),
                outcome.pack_id,
                pack.sha256,
                pack.document,
                manifest,
                settings,
                validation=pack.judged,
            )
        session.add(outcome)
    counts = {capability.value: pack.judged.label_count for capability, pack in ready.items()}
    audit.record(session, store, actor, "run.import", "run", run_id,
                 media_id=media_id, details={"source": source, "labels": counts})  # fmt: skip
    return run_id, True
