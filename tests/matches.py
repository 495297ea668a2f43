"""Small matches entered straight into a store: what tests of publishing start from."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import delete, update

from prelabel_tui.core.catalog.runs import rows_of_run
from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Box, Capability, Frame, Label, Origin, make_frame
from prelabel_tui.core.model.media import Manifest, MediaFrame, encode_manifest
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.lease import lease
from prelabel_tui.core.publishing.locks import LEASE
from prelabel_tui.core.store import Store, models
from prelabel_tui.core.store.database_clock import database_now
from prelabel_tui.core.validation import DEFAULTS

WIDTH, HEIGHT = 1280, 720


def ball(x: int = 50_000, size: int | None = 1_200, **more: object) -> Ball:
    return Ball("b1", x, 30_000, size, 9_000, **more)  # type: ignore[arg-type]


def box(number: int, x: int | None = None, **more: object) -> Box:
    at = 10_000 + number * 9_000 if x is None else x
    return Box(f"p{number}", at, 20_000, 3_000, 7_000, 8_000, **more)  # type: ignore[arg-type]


def manifest(frames: int = 6, missing: tuple[int, ...] = ()) -> Manifest:
    return Manifest(
        tuple(
            MediaFrame(
                f"{index:06d}.jpg",
                WIDTH,
                HEIGHT,
                index * 40_000,
                path=None if index in missing else __file__,
                missing="no file" if index in missing else None,
            )
            for index in range(frames)
        ),
        fps=25_000,
    )


def content(capability: Capability, frames: int = 6, *, players: int = 3) -> Document:
    """A content that breaks no rule but that nobody reviewed it."""
    labels: list[list[Label]] = [
        [ball(50_000 + index * 500)]
        if capability is Capability.BALL
        else [
            box(number, 10_000 + number * 9_000 + index * 100) for number in range(1, players + 1)
        ]
        for index in range(frames)
    ]
    return Document.from_frames(capability, map(make_frame, labels))


@dataclass(frozen=True)
class Match:
    """A clip with one run: a prelabel pack, its scoped label pack, and the active draft."""

    scope: Scope
    run_id: str
    prelabel_pack_id: str
    pack_id: str
    draft: DraftInfo


def enter(
    store: Store,
    actor: Actor,
    capability: Capability = Capability.PLAYER,
    *,
    frames: int = 6,
    media: str = "clip",
    workspace: str = "club",
    prelabels: Document | None = None,
    clip: Manifest | None = None,
) -> Match:
    """Enter a match and open its review."""
    clip = clip or manifest(frames)
    document = prelabels or content(capability, len(clip.frames))
    sha = store.artifacts.put(document.payload())
    manifest_sha = store.artifacts.put(encode_manifest(clip))
    run_id, prelabel_id, now = new_id(), new_id(), store.now()
    with store.write() as session:
        club = session.query(models.Workspace).filter_by(name=workspace).one_or_none()
        if club is None:
            club = models.Workspace(id=new_id(), name=workspace, settings={}, created_at=now)
            session.add(club)
            session.flush()
        known = session.query(models.Media).filter_by(workspace_id=club.id, name=media)
        row = known.one_or_none()
        if row is None:
            row = models.Media(
                id=new_id(),
                workspace_id=club.id,
                name=media,
                manifest_sha=manifest_sha,
                frame_count=len(clip.frames),
                missing_count=0,
                created_at=now,
            )
            session.add(row)
            session.flush()
        session.add(
            models.Run(
                id=run_id,
                workspace_id=club.id,
                media_id=row.id,
                media_name=media,
                status="succeeded",
                ran=capability.value,
                source="test",
                digest=new_id() * 2,
                created_at=now,
                created_by=actor.name,
            )
        )
        session.flush()
        session.add(
            models.PrelabelPack(
                id=prelabel_id,
                run_id=run_id,
                media_id=row.id,
                capability=capability.value,
                artifact_sha=sha,
                frame_count=len(document),
                label_count=sum(len(frame.labels) for frame in document),
                created_at=now,
            )
        )
        session.flush()
        session.add(
            models.RunOutcome(
                run_id=run_id,
                capability=capability.value,
                status="succeeded",
                pack_id=prelabel_id,
                detail="",
            )
        )
        wrote = [
            (models.Workspace, club.id), (models.Media, row.id), *rows_of_run(session, run_id)
        ]  # fmt: skip
        audit.record(session, store, actor, Action.RUN_IMPORT, "run", run_id, wrote=wrote)
    scope = find_scope(store, workspace, media, capability).unwrap()
    with store.write() as session:
        pack_id = packs.add_run_pack(
            session, store, actor, scope, prelabel_id, sha, document, clip, DEFAULTS
        )
    draft = loading.open_review(store, actor, run_id, capability).unwrap()
    return Match(scope, run_id, prelabel_id, pack_id, draft)


def save(store: Store, actor: Actor, draft_id: str, frames: dict[int, Frame]) -> DraftInfo:
    """A new version of a draft with these frames."""
    loaded = loading.load(store, draft_id).unwrap()
    changed = {index: encode_frame(frame) for index, frame in frames.items()}
    loaded.document.apply(changed)
    return loading.save(store, actor, loaded.info, loaded.document, changed, new_id()).unwrap()


def review_all(store: Store, actor: Actor, draft_id: str, nudge: int = 0) -> DraftInfo:
    """A new version in which every frame is reviewed and the first label of each moved."""
    loaded = loading.load(store, draft_id).unwrap()
    frames = {}
    for index, frame in enumerate(loaded.document):
        labels = [
            moved(label, nudge) if at == 0 and nudge else label
            for at, label in enumerate(frame.labels)
        ]
        frames[index] = make_frame(labels, frame.flags, frame.ball, True)
    return save(store, actor, draft_id, frames)


def moved(label: Label, by: int) -> Label:
    if isinstance(label, Ball):
        return Ball(label.id, label.x + by, label.y, label.size, label.score, Origin.MANUAL)
    return Box(label.id, label.x + by, label.y, label.w, label.h, label.score, Origin.MANUAL)


def publishing(store: Store, actor: Actor, scope: Scope) -> AbstractContextManager[object]:
    """For the block, the scope's publish lock is held as by a publish that takes long."""
    return lease(store, actor, lambda _, take: take(scope))


def left_lock(store: Store, scope: Scope, expires_in: dt.timedelta) -> None:
    """The publish lock that a holder who is gone left behind, by the database's clock."""
    with store.write() as session:
        now = database_now(session.connection())
        lock = models.PublishLock
        session.execute(
            delete(lock).where(
                lock.media_id == scope.media_id, lock.capability == scope.capability.value
            )
        )
        session.add(
            lock(
                media_id=scope.media_id, capability=scope.capability.value, token=new_id(),
                holder="ben (ben@far pid 7)", acquired_at=now + expires_in - LEASE,
                expires_at=now + expires_in,
            )
        )  # fmt: skip


def leases_over(store: Store) -> None:
    """Let the time go by that publish locks last."""
    lock = models.PublishLock
    with store.write() as session:
        now = database_now(session.connection())
        session.execute(update(lock).values(expires_at=now - dt.timedelta(seconds=1)))
