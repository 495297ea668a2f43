"""Which labels go out: revisions by id, drafts by id, or what is approved for data sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.names import require_names
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.datasets.output import refuse
from prelabel_tui.core.drafts.deltas import StoredVersion, read_version
from prelabel_tui.core.drafts.info import DraftInfo, require_info
from prelabel_tui.core.model.codec import stream_payload
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.publishing.eligibility import eligible_revisions
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.publishing.revisions import row_in
from prelabel_tui.core.store import models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Content(Protocol):
    """The labels of one scope that go out."""

    @property
    def scope(self) -> Scope:
        """Whose labels they are."""

    @property
    def manifest_sha(self) -> str | None:
        """The clip as it was labelled; None: as it is now."""

    def frames(self, store: Store) -> Iterator[bytes]:
        """Read the encoded frames in order.  FAILURES, perhaps only at the end."""

    def reviewed(self, store: Store) -> Iterator[bytes]:
        """Read the frames as somebody reviewed them, with their marks; none if nobody did.

        FAILURES.
        """

    def as_json(self) -> dict[str, object]:
        """Return what a manifest says of it."""


@dataclass(frozen=True)
class RevisionContent:
    """A published revision."""

    row: RevisionRow

    @property
    def scope(self) -> Scope:
        """Whose labels they are."""
        return self.row.scope

    @property
    def manifest_sha(self) -> str | None:
        """The clip as it was labelled; None: as it is now."""
        return self.row.provenance.manifest_sha

    def frames(self, store: Store) -> Iterator[bytes]:
        """Read as Content.frames says."""
        return stream_payload(store.artifacts.pieces(self.row.content_hash))

    def reviewed(self, store: Store) -> Iterator[bytes]:
        """Read as Content.reviewed says."""
        told = self.row.provenance
        if told.draft_id is None or told.draft_version is None:
            return iter(())
        with store.read() as session:
            version = read_version(session, told.draft_id, told.draft_version)
        return version.frames(self.scope.capability, store.artifacts)

    def as_json(self) -> dict[str, object]:
        """Return what Content.as_json says."""
        row = self.row
        return {
            **_named(row.scope),
            "revision": row.number,
            "revision_id": row.id,
            "content_hash": row.content_hash,
            "previous_hash": row.previous_hash,
            "manifest_sha": row.provenance.manifest_sha,
            "pack_sha": row.provenance.pack_sha,
            "lineage": row.lineage.full,
            "published_at": row.provenance.published_at.isoformat(),
            "published_by": row.provenance.published_by,
            "eligibility": {"status": row.eligibility.status, "version": row.eligibility.version},
        }


@dataclass(frozen=True)
class DraftContent:
    """A draft at its newest version."""

    info: DraftInfo
    version: StoredVersion

    @property
    def scope(self) -> Scope:
        """Whose labels they are."""
        return self.info.scope

    @property
    def manifest_sha(self) -> str | None:
        """The clip as it was labelled; None: as it is now."""
        return None

    def frames(self, store: Store) -> Iterator[bytes]:
        """Read as Content.frames says."""
        return self.version.frames(self.scope.capability, store.artifacts)

    def reviewed(self, store: Store) -> Iterator[bytes]:
        """Read as Content.reviewed says."""
        return self.frames(store)

    def as_json(self) -> dict[str, object]:
        """Return what Content.as_json says."""
        return {
            **_named(self.scope),
            "draft_id": self.info.id,
            "draft_version": self.info.version,
            "content_hash": self.version.content_hash,
            "lineage": self.info.lineage.full,
        }


def _named(scope: Scope) -> dict[str, object]:
    return {
        "workspace": scope.workspace,
        "media": scope.media,
        "capability": scope.capability.value,
    }


@dataclass(frozen=True)
class Clip:
    """A clip with what goes out of it, by capability; ``manifest_sha``: the clip as it is now."""

    media_id: str
    workspace: str
    media: str
    manifest_sha: str
    frame_count: int
    contents: tuple[Content, ...]

    @property
    def title(self) -> str:
        """`workspace / media`."""
        return f"{self.workspace} / {self.media}"


@dataclass(frozen=True)
class FrozenAs:
    """The data set that froze a selection.  ``revoked``: revisions that are not approved now."""

    name: str
    digest: str
    created_at: dt.datetime
    created_by: str
    revoked: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return what a manifest says of it."""
        return {
            "name": self.name,
            "digest": self.digest,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "revoked": list(self.revoked),
        }


@dataclass(frozen=True)
class Selection:
    """What goes out: clips ordered by workspace and media."""

    clips: tuple[Clip, ...]
    dataset: FrozenAs | None = None

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """All that anything in it is about."""
        found = {content.scope.capability for clip in self.clips for content in clip.contents}
        return tuple(capability for capability in Capability if capability in found)


def select_eligible(
    store: Store,
    workspaces: Sequence[str] = (),
    media: str | None = None,
    capability: Capability | None = None,
) -> Selection:
    """Select each scope's newest revision that is approved for data sets now.

    Refused (NOT_FOUND) when a name is not there; FAILURES.
    """
    with store.read() as session:
        require_names(session, workspaces, media)
    ids = [
        revision_id
        for workspace in dict.fromkeys(workspaces) or (None,)
        for revision_id in eligible_revisions(store, workspace, media, capability)
    ]
    return select_these(store, ids)


def select_these(
    store: Store,
    revisions: Iterable[str] = (),
    drafts: Iterable[str] = (),
    dataset: FrozenAs | None = None,
) -> Selection:
    """Select these revisions and the newest versions of these drafts, by id or a beginning of it.

    Refused when one is not there or two are of one scope; FAILURES.
    """
    with store.read() as session:
        contents: list[Content] = [
            RevisionContent(row_in(session, revision_id)) for revision_id in revisions
        ]
        for draft_id in drafts:
            whole_id = require(session, models.Draft, draft_id).id
            info = require_info(session, whole_id)
            contents.append(DraftContent(info, read_version(session, info.id, info.version)))
        return Selection(_clips(session, contents), dataset)


def _clips(session: Session, contents: Sequence[Content]) -> tuple[Clip, ...]:
    by_scope: dict[tuple[str, Capability], Content] = {}
    for content in contents:
        scope = content.scope
        if by_scope.setdefault((scope.media_id, scope.capability), content) is not content:
            raise refuse(f"{scope.title} was named twice; name one draft or revision of it.")
    by_media: dict[str, list[Content]] = {}
    for content in contents:
        by_media.setdefault(content.scope.media_id, []).append(content)
    clips = []
    for media_id, found in by_media.items():
        media = session.get_one(models.Media, media_id)
        scope = found[0].scope
        found.sort(key=lambda content: list(Capability).index(content.scope.capability))
        clips.append(
            Clip(
                media_id,
                scope.workspace,
                scope.media,
                media.manifest_sha,
                media.frame_count,
                tuple(found),
            )
        )
    return tuple(sorted(clips, key=lambda clip: (clip.workspace, clip.media)))
