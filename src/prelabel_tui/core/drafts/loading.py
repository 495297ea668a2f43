"""Drafts: the routing rule, and reading what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import Scope, scope_of
from prelabel_tui.core.catalog.standings import put_content
from prelabel_tui.core.drafts.deltas import Chain, StoredVersion, read_version
from prelabel_tui.core.drafts.info import DraftInfo, Kind, read_info, require_info
from prelabel_tui.core.drafts.pictures_now import as_it_is_now
from prelabel_tui.core.drafts.saving import Content, append_version, insert_version, save
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.lineage import Lineage, LineageKind
from prelabel_tui.core.model.media import Manifest, decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require
from prelabel_tui.core.store.swap import swap

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

__all__ = [
    "DraftInfo",
    "Kind",
    "LoadedDraft",
    "StoredDraft",
    "active_draft",
    "append_version",
    "create",
    "draft_info",
    "load",
    "open_review",
    "read_stored",
    "save",
]

_media: Final = models.Base.metadata.tables[models.Media.__tablename__]
_MANIFEST: Final = select(_media.c.manifest_sha).where(_media.c.id == bindparam("media_id"))


@dataclass(frozen=True)
class LoadedDraft:
    """A draft's version with its content and the clip it belongs to.

    ``manifest``: with the pictures that are there now; ``imported``: with all that were there once
    and may come back.
    """

    info: DraftInfo
    document: Document
    manifest: Manifest
    imported: Manifest | None = None


@gives_result
def find_draft(store: Store, given: str) -> Result[str]:
    """Find the id of a draft by an unambiguous beginning of it.  NOT_FOUND, storage codes."""
    with store.read() as session:
        return Result(Outcome(Code.OK), require(session, models.Draft, given).id)


@gives_result
def draft_info(store: Store, draft_id: str, version: int | None = None) -> Result[DraftInfo]:
    """Read a draft at a version, without its content.  NOT_FOUND, storage codes."""
    with store.read() as session:
        return Result(Outcome(Code.OK), require_info(session, draft_id, version))


def _active_id(session: Session, media_id: str, capability: Capability) -> str | None:
    return session.scalar(
        select(models.Draft.id).where(
            models.Draft.media_id == media_id,
            models.Draft.capability == capability,
            models.Draft.active,
        )
    )


def active_draft(store: Store, scope: Scope) -> DraftInfo | None:
    """Find the active draft of a scope, if there is one."""
    with store.read() as session:
        draft_id = _active_id(session, scope.media_id, scope.capability)
        return None if draft_id is None else read_info(session, draft_id)


@dataclass(frozen=True)
class StoredDraft:
    """What the database holds of a draft's version, before its artifacts are read."""

    info: DraftInfo
    version: StoredVersion
    manifest_sha: str

    def load(self, store: Store) -> LoadedDraft:
        """Read the content.  FAILURES."""
        document = self.version.document(store.artifacts)
        manifest = decode_manifest(store.artifacts.get(self.manifest_sha))
        return LoadedDraft(self.info, document, as_it_is_now(manifest), manifest)


def read_stored(session: Session, info: DraftInfo) -> StoredDraft:
    """Read the rows of a draft's version.  FAILURES."""
    version = read_version(session, info.id, info.version)
    sha = session.connection().execute(_MANIFEST, {"media_id": info.scope.media_id}).scalar_one()
    return StoredDraft(info, version, sha)


@gives_result
def load(store: Store, draft_id: str, version: int | None = None) -> Result[LoadedDraft]:
    """Load a version's content (the newest without one).  NOT_FOUND, storage codes."""
    with store.read() as session:
        stored = read_stored(session, require_info(session, draft_id, version))
    return Result(Outcome(Code.OK), stored.load(store))


# -- the routing rule --------------------------------------------------------------------------


@gives_result
def open_review(
    store: Store, actor: Actor, run_id: str, capability: Capability
) -> Result[DraftInfo]:
    """Open the active draft of the run's scope, or a new one from the run's prelabel pack.

    Two at once get the same draft.  A run without a pack for the capability gives a blank draft
    (lineage Manual).  An active draft of unknown lineage gets the run's.
    DRAFT_OPENED, DRAFT_CREATED, RUN_NOT_READY (a clip of which a pipeline has only reported runs),
    NOT_FOUND, storage codes.
    """
    store.require_writable()
    with store.read() as session:
        media_id, pack = _source_of_run(session, run_id, capability)
        draft_id = _active_id(session, media_id, capability)
        media = session.get_one(models.Media, media_id)
    if draft_id is None:
        if not media.frame_count:
            return Result(Outcome(Code.RUN_NOT_READY, f"{media.name!r} has no frames yet."))
        if pack is None:
            blank = Document.blank(capability, media.frame_count)
            content = (blank, store.artifacts.put(blank.payload()))
        else:
            content = (Document.from_payload(store.artifacts.get(pack.artifact_sha)),
                       pack.artifact_sha)  # fmt: skip
        source = (
            Lineage(LineageKind.MANUAL)
            if pack is None
            else Lineage(LineageKind.PACK, pack_id=pack.id)
        )
        try:
            return create(store, actor, media, capability, *content, source)
        except IntegrityError:  # somebody else was first: theirs is the active draft
            with store.read() as session:
                draft_id = _active_id(session, media_id, capability)
            if draft_id is None:
                raise
    return _opened(store, actor, draft_id, pack)


def _source_of_run(
    session: Session, run_id: str, capability: Capability
) -> tuple[str, models.PrelabelPack | None]:
    run = session.get(models.Run, run_id)
    outcome = session.get(models.RunOutcome, (run_id, capability.value))
    if run is None or run.removed_at is not None:
        raise Refused(Outcome(Code.NOT_FOUND, f"Run {run_id}."))
    if outcome is None:
        raise Refused(Outcome(Code.NOT_FOUND, f"Run {run_id} has no outcome for {capability}."))
    pack = None if outcome.pack_id is None else session.get(models.PrelabelPack, outcome.pack_id)
    return run.media_id, pack


def _hold_run(session: Session, pack_id: str) -> None:
    """Refuse a pack whose run was removed, and let nobody remove it before the transaction ends."""
    run, pack = models.Run, models.PrelabelPack
    removed = session.execute(
        select(run.removed_at)
        .join(pack, pack.run_id == run.id)
        .where(pack.id == pack_id)
        .with_for_update(read=True, of=run)
    ).scalar()
    if removed is not None:
        raise Refused(
            Outcome(
                Code.NOT_FOUND, f"The run of {IdKind.PRELABEL_PACK.short(pack_id)} was removed."
            )
        )


def create(
    store: Store,
    actor: Actor,
    media: models.Media,
    capability: Capability,
    document: Document,
    artifact_sha: str,
    source: Lineage,
) -> Result[DraftInfo]:
    """Create an active draft whose first version is the artifact.

    IntegrityError when the scope has an active draft already; FAILURES.
    """
    with store.write() as session:
        info = create_in(session, store, actor, media, capability, document, artifact_sha, source)
    detail = f"{IdKind.DRAFT.short(info.id)} of {info.scope.title}."
    return Result(Outcome(Code.DRAFT_CREATED, detail, {"draft_id": info.id}), info)


def create_in(
    session: Session,
    store: Store,
    actor: Actor,
    media: models.Media,
    capability: Capability,
    document: Document,
    artifact_sha: str,
    source: Lineage,
) -> DraftInfo:
    """Create as :func:`create` does, within a transaction."""
    if source.pack_id is not None:
        _hold_run(session, source.pack_id)
    draft_id, now = new_id(), store.now()
    content = Content(
        document.tree_hash(),
        source,
        Chain(1, store.artifacts.size(artifact_sha)),
        now,
        changed_frames=len(document),
        checkpoint_sha=artifact_sha,
    )
    session.add(
        models.Draft(
            id=draft_id,
            workspace_id=media.workspace_id,
            media_id=media.id,
            capability=capability.value,
            active=True,
            version=1,
            content_hash=content.content_hash,
            lineage=source.kind.value,
            lineage_pack_id=source.pack_id,
            lineage_revision_id=source.revision_id,
            created_at=now,
            created_by=actor.name,
            updated_at=now,
            updated_by=actor.name,
        )
    )
    session.flush()
    inserted = insert_version(
        session.connection(), actor, draft_id, 1, content, Kind.CREATE, new_id()
    )
    scope = scope_of(session, media.id, capability)
    put_content(session.connection(), scope, content.content_hash, document)
    audit.record(
        session, store, actor, Action.DRAFT_CREATE, "draft", draft_id,
        media_id=media.id, capability=capability.value, version=1,
        details={"lineage": source.full}, inserted=inserted,
    )  # fmt: skip
    return require_info(session, draft_id)


def _opened(
    store: Store, actor: Actor, draft_id: str, pack: models.PrelabelPack | None
) -> Result[DraftInfo]:
    with store.read() as session:
        info = require_info(session, draft_id)
    if info.lineage.kind is LineageKind.UNKNOWN and pack is not None:
        with store.write() as session:
            if swap(
                session.connection(),
                models.Draft,
                {"id": draft_id, "lineage": LineageKind.UNKNOWN.value},
                {"lineage": LineageKind.PACK.value, "lineage_pack_id": pack.id},
            ):
                audit.record(
                    session, store, actor, Action.DRAFT_SEED, "draft", draft_id,
                    media_id=info.scope.media_id, capability=info.scope.capability.value,
                    version=info.version, details={"pack_id": pack.id, "run_id": pack.run_id},
                )  # fmt: skip
            info = require_info(session, draft_id)
    detail = f"{IdKind.DRAFT.short(draft_id)} of {info.scope.title}, version {info.version}."
    if pack is not None and info.lineage.pack_id not in (None, pack.id):
        detail += " It came from another run: its corrections can be carried onto a newer one's."
    return Result(Outcome(Code.DRAFT_OPENED, detail, {"draft_id": draft_id}), info)
