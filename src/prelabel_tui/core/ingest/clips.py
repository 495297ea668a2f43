"""The clip that labels are imported for: found under its name, made, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.workspaces import settings_of
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.media import (
    Manifest,
    clip_identity,
    decode_manifest,
    encode_manifest,
)
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.reading import pieces
from prelabel_tui.core.store import models
from prelabel_tui.core.text import NAME_RULE, printable, usable_name
from prelabel_tui.core.validation import DEFAULTS, Settings

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


def check_names(workspace: str, media: str) -> Outcome | None:
    """Return IMPORT_INPUT_INVALID when a name cannot be used, else None."""
    for what, name in (("workspace", workspace), ("media", media)):
        if not usable_name(name):
            detail = f"The {what} {NAME_RULE}: {printable(name, 120)!r}."
            return Outcome(Code.IMPORT_INPUT_INVALID, detail)
    return None


def missing_count(manifest: Manifest) -> int:
    """Count the frames that have no thumbnail."""
    return sum(frame.missing is not None for frame in manifest.frames)


def copy_pictures(store: Store, manifest: Manifest, progress: Progress = unwatched) -> Manifest:
    """Put the pictures of a clip into the artifacts.  ArtifactError, OSError, Cancelled."""
    frames = []
    for number, frame in enumerate(manifest.frames, start=1):
        if frame.path and not frame.missing:
            sha256 = store.artifacts.put(b"".join(pieces(Path(frame.path))))
            frame = replace(frame, path=None, sha256=sha256)
        frames.append(frame)
        progress("pictures copied", number, len(manifest.frames))
    return replace(manifest, frames=tuple(frames))


def settings_by_name(store: Store, workspace: str) -> Settings:
    """Read the thresholds of a workspace, which may be about to be made."""
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
    """Return the id of the clip under this name, making it if it is new.

    Refused with MEDIA_MISMATCH when the name belongs to another clip.  When the same clip comes
    with no more missing pictures than before, where its pictures lie is brought up to date.  A
    clip without frames, of which a pipeline has only reported runs, gets these.
    """
    workspace_id = take_workspace(session, store, actor, workspace)
    known = session.scalar(
        select(models.Media).where(
            models.Media.workspace_id == workspace_id, models.Media.name == media
        )
    )
    if known is None:
        _stay_inside(media, manifest)
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
        audit.record(session, store, actor, Action.MEDIA_CREATE, "media", media_id,
                     media_id=media_id, details=details,
                     wrote=[(models.Media, media_id)])  # fmt: skip
        return media_id
    if known.manifest_sha == manifest_sha or not manifest.frames:
        return known.id
    if known.frame_count:
        earlier = decode_manifest(store.artifacts.get(known.manifest_sha))
        if clip_identity(earlier) != clip_identity(manifest):
            raise Refused(Outcome(Code.MEDIA_MISMATCH, _difference(media, earlier, manifest)))
    if not known.frame_count or missing <= known.missing_count:
        known.manifest_sha, known.missing_count = manifest_sha, missing
        known.frame_count = len(manifest.frames)
        audit.record(session, store, actor, Action.MEDIA_REFRESH, "media", known.id,
                     media_id=known.id, details=details,
                     wrote=[(models.Media, known.id)])  # fmt: skip
    return known.id


def _stay_inside(media: str, manifest: Manifest) -> None:
    """Refuse names that could lead out of a folder, for a clip that is about to be made."""
    _one_folder("media", media)
    for index, frame in enumerate(manifest.frames, start=1):
        if frame.name.startswith("/") or ".." in frame.name.split("/") or "\0" in frame.name:
            detail = f"Frame {index} is called {printable(frame.name, 120)!r}: that leads out of "
            raise Refused(Outcome(Code.IMPORT_INPUT_INVALID, f"{detail}the folder of frames."))


def _one_folder(what: str, name: str) -> None:
    if "/" in name or "\\" in name or name.startswith("."):
        detail = (
            f"The {what} {printable(name, 120)!r} cannot be the name of a folder: leave out / and "
            "\\, and begin with another character than a dot."
        )
        raise Refused(Outcome(Code.IMPORT_INPUT_INVALID, detail))


def take_workspace(session: Session, store: Store, actor: Actor, name: str) -> str:
    """Return the id of the workspace of this name, making it if it is new."""
    found = session.scalar(select(models.Workspace.id).where(models.Workspace.name == name))
    if found is not None:
        return found
    _one_folder("workspace", name)
    workspace_id = new_id()
    session.add(models.Workspace(id=workspace_id, name=name, settings={}, created_at=store.now()))
    audit.record(session, store, actor, Action.WORKSPACE_CREATE, "workspace", workspace_id,
                 wrote=[(models.Workspace, workspace_id)])  # fmt: skip
    return workspace_id


def take_empty_media(
    session: Session, store: Store, actor: Actor, workspace: str, media: str, *, new: bool
) -> str:
    """Return the id of the clip under this name; with ``new`` one is made, without frames.

    Refused with NOT_FOUND when there is none and none may be made.
    """
    known = session.scalar(
        select(models.Media.id)
        .join(models.Workspace, models.Workspace.id == models.Media.workspace_id)
        .where(models.Workspace.name == workspace, models.Media.name == media)
    )
    if known is not None:
        return known
    if not new:
        detail = f"No clip is called {workspace} / {media}; if it is still to come, say --new-clip."
        raise Refused(Outcome(Code.NOT_FOUND, detail))
    empty = Manifest(())
    sha256 = store.artifacts.put(encode_manifest(empty))
    return take_media(session, store, actor, workspace, media, empty, sha256)


def _difference(media: str, earlier: Manifest, now: Manifest) -> str:
    """Say why these are two clips, naming both sides."""
    kinds = ["a video" if manifest.video else "pictures" for manifest in (earlier, now)]
    counts = [f"{len(manifest.frames):,} frames" for manifest in (earlier, now)]
    if kinds[0] != kinds[1]:
        return (
            f"{media!r} was imported as {kinds[0]} ({counts[0]}), and these are {kinds[1]} "
            f"({counts[1]}): import it as before."
        )
    if len(earlier.frames) != len(now.frames):
        known = {(frame.name, frame.width, frame.height) for frame in earlier.frames}
        part = all((frame.name, frame.width, frame.height) in known for frame in now.frames)
        if part:
            return (
                f"{media!r} has {counts[0]}, these are {len(now.frames):,} of them: a run "
                "covers the whole clip, so give all of its frames (they may have no labels)."
            )
        return f"{media!r} has {counts[0]}, these are {len(now.frames):,}."
    for index, (one, two) in enumerate(zip(earlier.frames, now.frames, strict=True), start=1):
        if (one.name, one.width, one.height) != (two.name, two.width, two.height):
            return (
                f"Frame {index} of {media!r} is {printable(one.name)} ({one.width}×{one.height} "
                f"px), but here it is {printable(two.name)} ({two.width}×{two.height} px)."
            )
    return ""
