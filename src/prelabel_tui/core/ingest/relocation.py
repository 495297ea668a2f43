"""Pointing a clip at pictures that moved, after a look at whether they are the same."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.scopes import find_media
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ingest.clips import missing_count
from prelabel_tui.core.model.media import (
    Manifest,
    clip_identity,
    decode_manifest,
    encode_manifest,
)
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.reading import answer_of, pieces
from prelabel_tui.core.store import gives_outcome, gives_result, models
from prelabel_tui.core.text import printable

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


@gives_result
def clip_manifest(store: Store, workspace: str, media: str) -> Result[Manifest]:
    """Read what is known of a clip.  NOT_FOUND, storage codes."""
    with store.read() as session:
        sha256 = find_media(session, workspace, media).manifest_sha
    return Result(Outcome(Code.OK), decode_manifest(store.artifacts.get(sha256)))


@gives_outcome
def relocate_media(
    store: Store,
    actor: Actor,
    workspace: str,
    media: str,
    before: Manifest,
    now: Manifest,
    progress: Progress = unwatched,
) -> Outcome:
    """Read a clip's pictures from where ``now`` has them (leads).

    Refused when that is another clip, when pictures would get lost, and when a picture that is
    still at its old place differs from the new one.  What can no longer be read at the old place
    is known by its name and size only.  MEDIA_RELOCATED, MEDIA_MISMATCH, ROLE_FORBIDDEN,
    NOT_FOUND, IMPORT_CANCELLED, storage codes.
    """
    try:
        if difference := _difference(before, now, progress):
            return Outcome(Code.MEDIA_MISMATCH, difference)
    except Cancelled:
        return Outcome(Code.IMPORT_CANCELLED)
    sha256 = store.artifacts.put(encode_manifest(now))

    def write(session: Session) -> Outcome:
        leading = authorise(session, actor, Action.MEDIA_RELOCATE)
        clip = find_media(session, workspace, media)
        session.execute(select(models.Media.id).where(models.Media.id == clip.id).with_for_update())
        if decode_manifest(store.artifacts.get(clip.manifest_sha)) != before:
            return Outcome(Code.MEDIA_MISMATCH, "Somebody changed the clip meanwhile; try again.")
        details = {"from": clip.manifest_sha, "to": sha256, "missing": missing_count(now)}
        clip.manifest_sha, clip.missing_count = sha256, missing_count(now)
        audit.record(session, store, leading, Action.MEDIA_RELOCATE, "media", clip.id,
                     media_id=clip.id, details=details,
                     wrote=[(models.Media, clip.id)])  # fmt: skip
        detail = f"{workspace} / {media}: {missing_count(now)} thumbnails are missing."
        return Outcome(Code.MEDIA_RELOCATED, detail)

    return store.write_once(write)


def _difference(before: Manifest, now: Manifest, progress: Progress) -> str | None:
    """Say why the pictures cannot be the clip's; None if nothing speaks against it."""
    if clip_identity(before) != clip_identity(now):
        return "The frames have other names or sizes there."
    for old, new in zip(before.frames, now.frames, strict=True):
        if new.missing is not None and old.missing is None:
            return f"{printable(old.name)} {new.missing} there; the clip has its picture."
    pairs = [(old, new) for old, new in ((before.video, now.video),) if old and new]
    pairs += [
        (old.path, new.path)
        for old, new in zip(before.frames, now.frames, strict=True)
        if old.path is not None and new.path is not None and new.missing is None
    ]
    for number, (earlier, later) in enumerate(pairs):
        progress("pictures compared", number, len(pairs))
        if not _same(Path(earlier), Path(later)):
            return f"{printable(later)} differs from {printable(earlier)}, which is still there."
    return None


def _same(earlier: Path, later: Path) -> bool:
    """Say whether two files have the same content; one that can no longer be read says nothing."""
    try:
        if answer_of(lambda: earlier.samefile(later), earlier):
            return True
        known = _sha256(earlier)
    except OSError:
        return True
    return known == _sha256(later)


def _sha256(path: Path) -> str:
    whole = hashlib.sha256()
    for piece in pieces(path):
        whole.update(piece)
    return whole.hexdigest()
