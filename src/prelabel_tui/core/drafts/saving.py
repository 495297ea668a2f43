"""Making a draft's next version: one compare-and-swap, with its audit entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from prelabel_tui.core.catalog.standings import put_content
from prelabel_tui.core.drafts.deltas import Chain, encode_delta
from prelabel_tui.core.drafts.info import DraftInfo, Kind, read_info
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.lineage import Lineage
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.artifacts import ArtifactMissingError, ArtifactReadError
from prelabel_tui.core.store.chain import given_row
from prelabel_tui.core.store.swap import swap

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class Content:
    """What a version's row says of its content."""

    content_hash: str
    lineage: Lineage
    chain: Chain
    at: dt.datetime
    delta: bytes | None = None
    changed_frames: int = 0
    checkpoint_sha: str | None = None


def insert_version(
    connection: Connection,
    actor: Actor,
    draft_id: str,
    version: int,
    content: Content,
    kind: Kind,
    save_id: str,
    merged_from: int | None = None,
) -> dict[str, str]:
    """Write a version's row (the draft's row must be there); return its digest for the audit."""
    row = {
        "draft_id": draft_id,
        "version": version,
        "parent": version - 1 if version > 1 else None,
        "merged_from": merged_from,
        "kind": kind.value,
        "content_hash": content.content_hash,
        "checkpoint_sha": content.checkpoint_sha,
        "delta": content.delta,
        "changed_frames": content.changed_frames,
        "checkpoint": content.chain.checkpoint,
        "checkpoint_size": content.chain.checkpoint_size,
        "chain_size": content.chain.size,
        "lineage": content.lineage.kind.value,
        "lineage_pack_id": content.lineage.pack_id,
        "lineage_revision_id": content.lineage.revision_id,
        "save_id": save_id,
        "actor": actor.name,
        "created_at": content.at,
    }
    connection.execute(insert(models.DraftVersion), row)
    return given_row(models.DraftVersion, row)


def save(
    store: Store,
    actor: Actor,
    base: DraftInfo,
    document: Document,
    changed: Mapping[int, bytes],
    save_id: str,
    kind: Kind = Kind.SAVE,
    merged_from: int | None = None,
) -> Result[DraftInfo]:
    """Make the version after ``base``: ``document``, of which ``changed`` differs from it.

    A second call with the same ``save_id`` gives the version that the first one made.
    DRAFT_SAVED, DRAFT_VERSION_CONFLICT, DRAFT_NOT_ACTIVE, NOT_FOUND, storage codes.
    """
    return append_version(
        store, actor, base, document, changed, save_id, kind, base.lineage, merged_from=merged_from
    )


@gives_result
def append_version(
    store: Store,
    actor: Actor,
    base: DraftInfo,
    document: Document,
    changed: Mapping[int, bytes],
    save_id: str,
    kind: Kind,
    source: Lineage,
    *,
    merged_from: int | None = None,
    stored_as: str | None = None,
    reason: str = "",
) -> Result[DraftInfo]:
    """Save as :func:`save` does, for every kind of version.

    ``source`` is the new content's lineage; ``stored_as`` the artifact that already holds
    exactly this content as a payload, if there is one.  Where what ``base`` is read from is gone,
    the version stores its whole content, so that it can be read without.
    """
    version = base.version + 1
    delta = encode_delta(changed)
    chain = base.chain.longer_by(delta)
    if stored_as is None and (chain.wants_checkpoint or not _is_there(store, base)):
        stored_as = store.artifacts.put(*document.payload_parts())
    if stored_as is not None:
        chain = Chain(version, store.artifacts.size(stored_as))
    content = Content(
        document.tree_hash(), source, chain, store.now(), delta, len(changed), stored_as
    )
    with store.write_rows() as rows:
        swapped = _swap(rows, actor, base, content)
        if swapped:
            inserted = insert_version(
                rows, actor, base.id, version, content, kind, save_id, merged_from
            )
            put_content(rows, base.scope, content.content_hash, document)
            details: dict[str, object] = {"frames": len(changed)}
            if merged_from is not None:
                details["merged_from"] = merged_from
            audit.record(
                rows, store, actor, Action(f"draft.{kind}"), "draft", base.id,
                media_id=base.scope.media_id, capability=base.scope.capability.value,
                version=version, reason=reason, details=details, inserted=inserted,
            )  # fmt: skip
    if not swapped:
        return _refused(store, base, save_id)
    info = DraftInfo(
        base.id, base.scope, version, content.content_hash, source, base.frame_count, True,
        base.created_at, base.created_by, content.at, actor.name, chain,
    )  # fmt: skip
    code = Code.DRAFT_RESET if kind is Kind.RESET else Code.DRAFT_SAVED
    return Result(Outcome(code, f"Version {version}.", {"version": version}), info)


def _is_there(store: Store, base: DraftInfo) -> bool:
    """Say whether all is there that a version is read from.  FAILURES."""
    row, first = models.DraftVersion, base.chain.checkpoint
    with store.read() as session:
        versions = session.execute(
            select(row.version, row.checkpoint_sha)
            .where(row.draft_id == base.id, row.version.between(first, base.version))
            .order_by(row.version)
        ).all()
    if len(versions) != base.version - first + 1 or versions[0].checkpoint_sha is None:
        return False
    try:
        store.artifacts.size(versions[0].checkpoint_sha)
    except ArtifactMissingError:
        return False
    except ArtifactReadError:  # the next one may find it
        return True
    return True


def _swap(connection: Connection, actor: Actor, base: DraftInfo, content: Content) -> bool:
    values: dict[str, object] = {
        "version": base.version + 1,
        "content_hash": content.content_hash,
        "updated_at": content.at,
        "updated_by": actor.name,
    }
    # Only when it changes: it may have been re-seeded since the base was read.
    if content.lineage != base.lineage:
        values["lineage"] = content.lineage.kind.value
        values["lineage_pack_id"] = content.lineage.pack_id
        values["lineage_revision_id"] = content.lineage.revision_id
    seen = {"id": base.id, "version": base.version, "active": True}
    return swap(connection, models.Draft, seen, values)


def _refused(store: Store, base: DraftInfo, save_id: str) -> Result[DraftInfo]:
    """Say why no row was swapped: this save was made before, or somebody else's was."""
    with store.read() as session:
        made = session.scalar(
            select(models.DraftVersion.version).where(
                models.DraftVersion.draft_id == base.id, models.DraftVersion.save_id == save_id
            )
        )
        if made is not None:
            info = read_info(session, base.id, made)
            return Result(Outcome(Code.DRAFT_SAVED, f"Version {made}.", {"version": made}), info)
        latest = read_info(session, base.id)
    if latest is None:
        return Result(Outcome(Code.NOT_FOUND, f"Draft {base.id}."))
    if not latest.active:
        return Result(Outcome(Code.DRAFT_NOT_ACTIVE, f"{IdKind.DRAFT.short(base.id)}."))
    return Result(
        Outcome(
            Code.DRAFT_VERSION_CONFLICT,
            f"Based on version {base.version}; {latest.updated_by} saved version {latest.version}.",
            {
                "base_version": base.version,
                "version": latest.version,
                "updated_by": latest.updated_by,
                "updated_at": latest.updated_at.isoformat(),
            },
        )
    )
