"""Reading every picture again, and comparing it with what each revision was published with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from prelabel_tui.core.catalog.pictures import Pictures, decode_pictures, read_pictures
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.media import Manifest, decode_manifest
from prelabel_tui.core.progress import Progress
from prelabel_tui.core.store import models
from prelabel_tui.core.store.artifacts import ArtifactError
from prelabel_tui.core.text import printable

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


def picture_damages(store: Store, progress: Progress) -> list[Damage]:
    """Find pictures that are not those of a revision, each once with the revisions it affects.

    Pictures are read where the clip has them now.  Cancelled.
    """
    revision, media = models.Revision, models.Media
    with store.read() as session:
        rows = session.execute(
            select(
                media.id, media.name, media.manifest_sha,
                revision.id.label("revision_id"), revision.number, revision.capability,
                revision.pictures_sha,
            )
            .join(media, media.id == revision.media_id)
            .where(revision.pictures_sha.is_not(None))
            .order_by(media.id, revision.capability, revision.number)
        ).all()  # fmt: skip
    now: dict[str, tuple[Manifest, Pictures]] = {}
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        try:
            if row.id not in now:
                manifest = decode_manifest(store.artifacts.get(row.manifest_sha))
                now[row.id] = manifest, read_pictures(manifest, progress)
            published = decode_pictures(store.artifacts.get(row.pictures_sha))
        except (ArtifactError, msgspec.MsgspecError):
            continue  # the artifacts are checked by themselves
        name = (
            f"revision {row.number} of {row.capability} ({IdKind.REVISION.short(row.revision_id)})"
        )
        for picture, what in _differences(row.name, *now[row.id], published):
            found.setdefault((picture, what), []).append(name)
    return [Damage(*difference, tuple(affected)) for difference, affected in found.items()]


def _differences(
    clip: str, manifest: Manifest, now: Pictures, published: Pictures
) -> list[tuple[str, str]]:
    pairs = [(manifest.video, now.video, published.video)]
    pairs += [
        (frame.path or frame.name, have, had)
        for frame, have, had in zip(manifest.frames, now.frames, published.frames, strict=True)
    ]
    return [
        (
            f"picture {printable(str(name))} of {clip}",
            "cannot be read" if have is None else "is another one than when it was published",
        )
        for name, have, had in pairs
        if had is not None and have != had
    ]
