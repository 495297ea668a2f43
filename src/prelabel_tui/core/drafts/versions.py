"""The versions of a draft: listed, compared, restored; and going back to the source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from prelabel_tui.core.catalog.runs import is_shown
from prelabel_tui.core.catalog.scopes import scope_of
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model import lineage
from prelabel_tui.core.model.diff import Diff, DiffSummary, diff
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.lineage import Lineage, LineageKind
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_result, models

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class VersionInfo:
    """One saved version.  ``stored_bytes``: what its changes take up, without checkpoints."""

    version: int
    parent: int | None
    merged_from: int | None
    kind: Kind
    actor: str
    created_at: dt.datetime
    changed_frames: int
    content_hash: str
    lineage: Lineage
    stored_bytes: int
    checkpoint: bool

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "version": self.version,
            "parent": self.parent,
            "merged_from": self.merged_from,
            "kind": self.kind.value,
            "actor": self.actor,
            "created_at": self.created_at.isoformat(),
            "changed_frames": self.changed_frames,
            "content_hash": self.content_hash,
            "lineage": self.lineage.as_json(),
            "stored_bytes": self.stored_bytes,
            "checkpoint": self.checkpoint,
        }


def versions(
    store: Store, draft_id: str, before: int | None = None, limit: int = 200
) -> list[VersionInfo]:
    """List the newest versions first; ``before`` (a version) pages on.  FAILURES."""
    row = models.DraftVersion
    query = (
        select(
            row.version, row.parent, row.merged_from, row.kind, row.actor, row.created_at,
            row.changed_frames, row.content_hash, row.lineage, row.lineage_pack_id,
            row.lineage_revision_id, func.coalesce(func.length(row.delta), 0),
            row.checkpoint_sha.is_not(None),
        )
        .where(row.draft_id == draft_id)
        .order_by(row.version.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        query = query.where(row.version < before)
    with store.read() as session:
        return [
            VersionInfo(
                version, parent, merged_from, Kind(kind), actor, created_at, changed, content_hash,
                lineage.of_row(source, pack_id, revision_id), size, bool(checkpoint),
            )
            for (
                version, parent, merged_from, kind, actor, created_at, changed, content_hash,
                source, pack_id, revision_id, size, checkpoint,
            ) in session.execute(query)
        ]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What changed from version ``a`` to version ``b``."""

    a: int
    b: int
    diff: Diff

    @property
    def summary(self) -> DiffSummary:
        """Counts of labels added, removed and modified."""
        return self.diff.summary

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"a": self.a, "b": self.b, **self.diff.as_json()}


def compare(store: Store, draft_id: str, a: int, b: int) -> Result[Comparison]:
    """Compare version ``a`` with version ``b``.  NOT_FOUND, storage codes."""
    sides = [loading.load(store, draft_id, version) for version in (a, b)]
    for side in sides:
        if side.value is None:
            return Result(side.outcome)
    before, after = (side.unwrap().document for side in sides)
    return Result(Outcome(Code.OK), Comparison(a, b, diff(before, after)))


# -- going back ----------------------------------------------------------------------------------


def restore(
    store: Store, actor: Actor, draft_id: str, version: int, base_version: int
) -> Result[DraftInfo]:
    """Save a new version with the content and lineage of an earlier one.

    DRAFT_SAVED, DRAFT_VERSION_CONFLICT, DRAFT_NOT_ACTIVE, NOT_FOUND, storage codes.
    """
    earlier = loading.load(store, draft_id, version)
    if earlier.value is None:
        return Result(earlier.outcome)
    content = earlier.value
    return _put(
        store, actor, draft_id, base_version, content.document, Kind.RESTORE, content.info.lineage,
        reason=f"version {version}",
    )  # fmt: skip


@gives_result
def reset(store: Store, actor: Actor, draft_id: str, base_version: int) -> Result[DraftInfo]:
    """Save a new version with the content of the source prelabel pack.

    That is the lineage's pack; without one, the newest of the scope.  DRAFT_RESET,
    SOURCE_PACK_MISSING, DRAFT_VERSION_CONFLICT, DRAFT_NOT_ACTIVE, NOT_FOUND, storage codes.
    """
    found = loading.draft_info(store, draft_id)
    if found.value is None:
        return found
    info = found.value
    with store.read() as session:
        packs = models.PrelabelPack
        query = select(packs).order_by(packs.created_at.desc(), packs.id)
        if info.lineage.pack_id is not None:
            query = query.where(packs.id == info.lineage.pack_id)
        pack = session.scalar(
            query.where(
                packs.media_id == info.scope.media_id,
                packs.capability == info.scope.capability,
                is_shown(packs),
            ).limit(1)
        )
    if pack is None:
        return Result(Outcome(Code.SOURCE_PACK_MISSING, f"{info.scope.title}."))
    document = Document.from_payload(store.artifacts.get(pack.artifact_sha))
    source = Lineage(LineageKind.PACK, pack_id=pack.id)
    return _put(
        store, actor, draft_id, base_version, document, Kind.RESET, source,
        stored_as=store.artifacts.put(document.payload()), reason=f"prelabel pack {pack.id}",
    )  # fmt: skip


@gives_result
def new_from_revision(store: Store, actor: Actor, revision_id: str) -> Result[DraftInfo]:
    """Begin again from a published revision.

    The scope's active draft gets its content as a new version, so that nothing is lost; without
    one there is a new draft.  DRAFT_SAVED, DRAFT_CREATED, NOT_FOUND, storage codes.
    """
    with store.read() as session:
        revision = session.get(models.Revision, revision_id)
        if revision is None:
            return Result(Outcome(Code.NOT_FOUND, f"Revision {revision_id}."))
        media = session.get_one(models.Media, revision.media_id)
        scope = scope_of(session, revision.media_id, revision.capability)
    payload_sha = revision.content_hash
    document = Document.from_payload(store.artifacts.get(payload_sha))
    source = Lineage(
        LineageKind(revision.lineage), revision.lineage_pack_id, revision_id=revision.id
    )
    active = loading.active_draft(store, scope)
    if active is None:
        try:
            return loading.create(
                store, actor, media, scope.capability, document, payload_sha, source
            )
        except IntegrityError:  # somebody else opened the scope first
            active = loading.active_draft(store, scope)
            if active is None:
                raise
    return _put(
        store, actor, active.id, active.version, document, Kind.RESTORE, source,
        stored_as=payload_sha, reason=f"revision {revision.number}",
    )  # fmt: skip


def _put(
    store: Store,
    actor: Actor,
    draft_id: str,
    base_version: int,
    document: Document,
    kind: Kind,
    source: Lineage,
    *,
    stored_as: str | None = None,
    reason: str,
) -> Result[DraftInfo]:
    base = loading.load(store, draft_id, base_version)
    if base.value is None:
        return Result(base.outcome)
    if len(document) != len(base.value.document):
        return Result(Outcome(Code.MEDIA_MISMATCH, f"{reason} has {len(document)} frames."))
    changed = document.changed_from(base.value.document)
    return loading.append_version(
        store, actor, base.value.info, document, changed, new_id(), kind, source,
        stored_as=stored_as, reason=reason,
    )  # fmt: skip
