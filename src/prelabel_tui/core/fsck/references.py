"""Which rows name which artifacts, and what is affected when one is damaged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import is_shown
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.store import models
from prelabel_tui.core.store.artifacts import ArtifactError, ArtifactStore


@dataclass(frozen=True)
class Expected:
    """What a payload must hold according to the row that names it; None: the row does not say."""

    subject: str
    capability: str
    frames: int | None = None
    labels: int | None = None


@dataclass
class References:
    """What rows say.

    ``payloads``: of each artifact; ``hashes``: artifacts with the SHA-256 of a clip's pictures;
    ``affected``: by artifact, in words.
    """

    payloads: dict[str, list[Expected]] = field(default_factory=lambda: defaultdict(list))
    manifests: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)
    affected: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    titles: dict[str, str] = field(default_factory=dict)

    @property
    def named(self) -> set[str]:
        """Every artifact that something needs."""
        return self.payloads.keys() | self.manifests | self.pictures | self.hashes

    def title(self, media_id: str, capability: str) -> str:
        """Return a scope's title: `workspace / media / capability`."""
        return f"{self.titles.get(media_id, media_id)} / {capability}"

    def payload(self, sha256: str, expected: Expected) -> None:
        """Enter a row that names a payload."""
        self.payloads[sha256].append(expected)
        self.affected[sha256].append(expected.subject)


def gather(session: Session, artifacts: ArtifactStore) -> References:
    """Read every row that names an artifact; manifests are opened for the pictures they name."""
    found = References()
    frames: dict[str, int] = {}
    for media, workspace in session.execute(
        select(models.Media, models.Workspace.name).join(
            models.Workspace, models.Workspace.id == models.Media.workspace_id
        )
    ):
        found.titles[media.id] = f"{workspace} / {media.name}"
        frames[media.id] = media.frame_count
        if media.removed_at is None:
            _manifest(found, media.manifest_sha, f"media {found.titles[media.id]}")
    # What was removed needs its artifacts no more; others may still need the same ones.
    shown = is_shown(models.PrelabelPack)
    removed = set(session.scalars(select(models.PrelabelPack.id).where(~shown)))
    for pack in session.scalars(select(models.PrelabelPack).where(shown)):
        where = found.title(pack.media_id, pack.capability)
        name = f"{IdKind.PRELABEL_PACK.short(pack.id)} of {where}"
        found.payload(
            pack.artifact_sha,
            Expected(name, pack.capability, pack.frame_count, pack.label_count),
        )
    for label_pack in session.scalars(select(models.LabelPack)):
        if label_pack.prelabel_pack_id in removed:
            continue
        where = found.title(label_pack.media_id, label_pack.capability)
        found.payload(
            label_pack.artifact_sha,
            Expected(
                f"{IdKind.LABEL_PACK.short(label_pack.id)} of {where}",
                label_pack.capability,
                labels=label_pack.label_count,
            ),
        )
    for revision in session.scalars(select(models.Revision)):
        name = (
            f"revision {revision.number} of {found.title(revision.media_id, revision.capability)}"
        )
        found.payload(
            revision.content_hash,
            Expected(name, revision.capability, labels=revision.counts.get("labels")),
        )
        _manifest(found, revision.manifest_sha, name)
        if revision.pictures_sha is not None:
            found.hashes.add(revision.pictures_sha)
            found.affected[revision.pictures_sha].append(name)
    version, draft = models.DraftVersion, models.Draft
    for row in session.execute(
        select(version.draft_id, version.version, version.checkpoint_sha, draft.media_id,
               draft.capability)
        .join(draft, draft.id == version.draft_id)
        .where(version.checkpoint_sha.is_not(None))
    ):  # fmt: skip
        where = found.title(row.media_id, row.capability)
        name = f"{IdKind.DRAFT.short(row.draft_id)} of {where} from version {row.version} on"
        found.payload(row.checkpoint_sha, Expected(name, row.capability, frames.get(row.media_id)))
    _pictures(found, artifacts)
    return found


def _manifest(found: References, sha256: str, name: str) -> None:
    found.manifests.add(sha256)
    found.affected[sha256].append(name)


def _pictures(found: References, artifacts: ArtifactStore) -> None:
    for sha256 in found.manifests:
        try:
            manifest = decode_manifest(artifacts.get(sha256))
        except (ArtifactError, msgspec.MsgspecError):
            continue  # reported when every artifact is read
        for index, frame in enumerate(manifest.frames):
            if frame.sha256 is not None:
                found.pictures.add(frame.sha256)
                first = found.affected[sha256][0]
                found.affected[frame.sha256].append(f"the picture of frame {index + 1}, {first}")


def affects(found: Mapping[str, list[str]], sha256: str) -> tuple[str, ...]:
    """List what a damaged artifact affects, each once."""
    return tuple(dict.fromkeys(found.get(sha256, ()))) or ("nothing: no row names it",)
