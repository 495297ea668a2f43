"""Importing a run: its clip, and a prelabel pack for each capability, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import (
    NOT_RUN,
    RunRow,
    RunStatus,
    find_run,
    ran,
    rows_of_run,
)
from prelabel_tui.core.catalog.scopes import scope_of
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.ingest.clips import check_names, settings_by_name, take_media
from prelabel_tui.core.ingest.reported import UNKNOWN, Detector, end_as_repeat, waiting_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, clip_identity, encode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing.packs import PackValidation, add_run_pack, pack_validation
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.text import counted
from prelabel_tui.core.validation import Settings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class _Pack:
    """What will be a prelabel pack: already stored and validated."""

    document: Document
    sha256: str
    judged: PackValidation


@dataclass(frozen=True)
class _Ready:
    """Everything about a run that can be worked out before its transaction."""

    packs: Mapping[Capability, _Pack]
    manifest: Manifest
    settings: Settings
    source: str
    detector: Detector

    def digest(self) -> str:
        """Return what identifies the same labels of the same clip."""
        content = {capability.value: pack.sha256 for capability, pack in self.packs.items()}
        whole = json.dumps([clip_identity(self.manifest), content], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()


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
    detector: Detector = UNKNOWN,
    progress: Progress = unwatched,
) -> Result[RunRow]:
    """Import a run.  Its documents must have as many frames as the manifest (ValueError).

    It completes the run that a pipeline has reported of this clip by this detector, if one waits.
    IMPORT_SUCCESS; IMPORT_ALREADY_PRESENT with the earlier run when the clip has one with the
    same labels (nothing is added; pictures that were missing and are there now are taken up, and
    the detector where it was not known); IMPORT_CANCELLED (nothing of the run is there),
    MEDIA_MISMATCH, IMPORT_INPUT_INVALID, storage codes.
    """
    refused = check_names(workspace, media) or detector.refused()
    if refused:
        return Result(refused)
    if any(len(document) != len(manifest.frames) for document in documents.values()):
        raise ValueError("documents and manifest differ in their number of frames")
    try:
        manifest_sha = store.artifacts.put(encode_manifest(manifest))
        settings = settings_by_name(store, workspace)
        packs = {}
        for capability, document in documents.items():
            progress(f"storing {capability}")
            sha256 = store.artifacts.put(document.payload())
            progress(f"validating {capability}")
            packs[capability] = _Pack(
                document, sha256, pack_validation(document, manifest, settings)
            )
        ready = _Ready(packs, manifest, settings, source, detector)

        def write(session: Session) -> tuple[str, bool]:
            progress("entering the run")
            media_id = take_media(session, store, actor, workspace, media, manifest, manifest_sha)
            return _take_run(session, store, actor, media_id, ready)

        run_id, is_new = store.write_once(write)
    except Cancelled:
        return Result(Outcome(Code.IMPORT_CANCELLED))
    code = Code.IMPORT_SUCCESS if is_new else Code.IMPORT_ALREADY_PRESENT
    row = find_run(store, run_id).value
    return Result(Outcome(code, f"{IdKind.RUN.short(run_id)} of {workspace} / {media}."), row)


def _take_run(
    session: Session, store: Store, actor: Actor, media_id: str, ready: _Ready
) -> tuple[str, bool]:
    """Return the run's id, and whether it is new."""
    digest = ready.digest()
    waiting = waiting_run(session, media_id, ready.detector)
    known = session.scalar(
        select(models.Run).where(models.Run.media_id == media_id, models.Run.digest == digest)
    )
    if known is not None:
        _take_detector(session, store, actor, known, ready.detector)
        if waiting is not None:
            end_as_repeat(session, store, actor, waiting, known.id)
        return known.id, False
    scope = scope_of(session, media_id, Capability.BALL)
    run = waiting
    if run is None:
        run = models.Run(
            id=new_id(),
            workspace_id=scope.workspace_id,
            media_id=media_id,
            media_name=scope.media,
            created_at=store.now(),
            created_by=actor.name,
            detector=ready.detector.name,
            model=ready.detector.model,
        )
        session.add(run)
    else:
        session.execute(delete(models.RunOutcome).where(models.RunOutcome.run_id == run.id))
    whole = set(ready.packs) == set(Capability) and run.status != RunStatus.PARTIAL
    run.status = (RunStatus.SUCCEEDED if whole else RunStatus.PARTIAL).value
    run.ran, run.source, run.digest = ran(ready.packs), ready.source, digest
    session.flush()
    for capability in Capability:
        session.add(_outcome(session, store, actor, run, capability, ready))
    counts = {name.value: pack.judged.label_count for name, pack in ready.packs.items()}
    details = {"source": ready.source, "labels": counts, **ready.detector.as_json()}
    audit.record(session, store, actor, Action.RUN_IMPORT, "run", run.id,
                 media_id=media_id, details=details,
                 wrote=rows_of_run(session, run.id))  # fmt: skip
    return run.id, True


def _outcome(
    session: Session,
    store: Store,
    actor: Actor,
    run: models.Run,
    capability: Capability,
    ready: _Ready,
) -> models.RunOutcome:
    """Return what the run gave for a capability, entering its prelabel pack."""
    outcome = models.RunOutcome(
        run_id=run.id,
        capability=capability.value,
        status=NOT_RUN,
        pack_id=None,
        detail="no labels were given",
    )
    pack = ready.packs.get(capability)
    if pack is None:
        return outcome
    outcome.status, outcome.detail = "succeeded", counted(pack.judged.label_count, "label")
    outcome.pack_id = new_id()
    session.add(
        models.PrelabelPack(
            id=outcome.pack_id,
            run_id=run.id,
            media_id=run.media_id,
            capability=capability.value,
            artifact_sha=pack.sha256,
            frame_count=len(pack.document),
            label_count=pack.judged.label_count,
            created_at=store.now(),
        )
    )
    session.flush()
    add_run_pack(
        session,
        store,
        actor,
        scope_of(session, run.media_id, capability),
        outcome.pack_id,
        pack.sha256,
        pack.document,
        ready.manifest,
        ready.settings,
        validation=pack.judged,
    )
    return outcome


def _take_detector(
    session: Session, store: Store, actor: Actor, known: models.Run, detector: Detector
) -> None:
    """Record who made labels that are already here.  Refused when that is somebody else."""
    before = Detector(known.detector, known.model)
    if detector in (UNKNOWN, before):
        return
    if before != UNKNOWN:
        detail = (
            f"{IdKind.RUN.short(known.id)} has the same labels by {before.title}; here they are "
            f"said to be by {detector.title}."
        )
        raise Refused(Outcome(Code.IMPORT_INPUT_INVALID, detail))
    known.detector, known.model = detector.name, detector.model
    audit.record(session, store, actor, Action.RUN_REFRESH, "run", known.id,
                 media_id=known.media_id, details=detector.as_json(),
                 wrote=[(models.Run, known.id)])  # fmt: skip
