"""Clips with a run and a prelabel pack, put straight into a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Container

from prelabel_tui.core.catalog.runs import rows_of_run
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation, apply, label_change, state_change
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    Origin,
    make_frame,
    with_geometry,
)
from prelabel_tui.core.model.media import Manifest, MediaFrame, encode_manifest
from prelabel_tui.core.store import Store, models

IMPORTER = Actor("test", Role.REVIEWER, "test@host pid 1")


def player_document(frames: int, players: int = 22) -> Document:
    """Boxes that differ by frame."""
    return Document.from_frames(
        Capability.PLAYER,
        [
            make_frame(
                [
                    Box(
                        f"p{player}",
                        900 * player + 7 * index,
                        400 * player + 3 * index,
                        3200 + player,
                        7800 + index % 50,
                        score=4000 + (index * player) % 6000,
                    )
                    for player in range(players)
                ]
            )
            for index in range(frames)
        ],
    )


def ball_document(frames: int) -> Document:
    """One ball in each frame."""
    return Document.from_frames(
        Capability.BALL,
        [make_frame([Ball("b1", 1000 * index, 5000, 1200, 9000)]) for index in range(frames)],
    )


def clip(frames: int, missing: Container[int] = ()) -> Manifest:
    """A clip in full HD; the frames in ``missing`` have no picture."""
    return Manifest(
        tuple(
            MediaFrame(
                f"{index:06d}.jpg",
                1920,
                1080,
                time=index * 40_000,
                path=__file__,
                missing="no file" if index in missing else None,
            )
            for index in range(frames)
        ),
        fps=25_000,
    )


def add_run(
    store: Store,
    document: Document,
    workspace: str = "arena",
    media: str = "m1",
    missing: Collection[int] = (),
) -> str:
    """A run of one capability with a pack of this content, on a clip of its own; the run's id."""
    now = store.now()
    manifest_sha = store.artifacts.put(encode_manifest(clip(len(document), missing)))
    pack_sha = store.artifacts.put(document.payload())
    workspace_id, media_id, run_id, pack_id = (new_id() for _ in range(4))
    with store.write() as session:
        session.add(models.Workspace(id=workspace_id, name=workspace, settings={}, created_at=now))
        session.flush()
        session.add(
            models.Media(
                id=media_id, workspace_id=workspace_id, name=media, manifest_sha=manifest_sha,
                frame_count=len(document), missing_count=len(missing), created_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            models.Run(
                id=run_id, workspace_id=workspace_id, media_id=media_id, media_name=media,
                status="succeeded", ran=document.capability.value,
                source="test", digest=pack_sha, created_at=now, created_by="test",
            )
        )  # fmt: skip
        session.flush()
        session.add(
            models.PrelabelPack(
                id=pack_id, run_id=run_id, media_id=media_id,
                capability=document.capability.value, artifact_sha=pack_sha,
                frame_count=len(document), label_count=sum(len(f.labels) for f in document),
                created_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            models.RunOutcome(
                run_id=run_id, capability=document.capability.value, status="succeeded",
                pack_id=pack_id, detail="",
            )
        )  # fmt: skip
        session.flush()
        wrote = [
            (models.Workspace, workspace_id), (models.Media, media_id),
            *rows_of_run(session, run_id),
        ]  # fmt: skip
        audit.record(session, store, IMPORTER, Action.RUN_IMPORT, "run", run_id, wrote=wrote)
    return run_id


def add_newer(store: Store, draft: DraftInfo, document: Document) -> str:
    """Another run of the same clip, its prelabels newer; the pack's id."""
    sha = store.artifacts.put(document.payload())
    run_id, pack_id = new_id(), new_id()
    capability = draft.scope.capability.value
    later = store.now() + dt.timedelta(seconds=5)
    with store.write() as session:
        media = session.get_one(models.Media, draft.scope.media_id)
        session.add(
            models.Run(
                id=run_id, workspace_id=media.workspace_id, media_id=media.id,
                media_name=media.name, status="succeeded", ran=capability, source="test",
                digest=run_id, created_at=later, created_by="test", detector="nano-4",
            )
        )  # fmt: skip
        session.flush()
        session.add(
            models.PrelabelPack(
                id=pack_id, run_id=run_id, media_id=media.id, capability=capability,
                artifact_sha=sha, frame_count=len(document),
                label_count=sum(len(frame.labels) for frame in document), created_at=later,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            models.RunOutcome(
                run_id=run_id, capability=capability, status="succeeded", pack_id=pack_id,
                detail="",
            )
        )  # fmt: skip
    return pack_id


def shifted(document: Document) -> Document:
    """The same boxes under other names, two pixels lower."""
    return Document.from_frames(
        Capability.PLAYER,
        [
            make_frame(
                [
                    Box(f"new{label.id}", label.x, label.y + 200, label.w, label.h, label.score)
                    for label in frame.labels
                    if isinstance(label, Box)
                ]
            )
            for frame in document
        ],
    )


def nudge(document: Document, index: int, label_id: str, dx: int = 100) -> Operation:
    """Move a label to the right, by 1/100 px."""
    label = document.frame(index).label(label_id)
    assert label is not None
    moved = with_geometry(label, (label.x + dx, *label.geometry[1:]))
    return Operation(
        "move", f"Move {label_id} by +{dx / 100:g},0", (label_change(index, label, moved),)
    )


def delete(document: Document, index: int, label_id: str) -> Operation:
    """Delete a label."""
    label = document.frame(index).label(label_id)
    assert label is not None
    return Operation("delete", f"Delete {label_id}", (label_change(index, label, None),))


def add_box(index: int, label_id: str, x: int = 5000) -> Operation:
    """Add a player's box."""
    box = Box(label_id, x, 6000, 3000, 8000, origin=Origin.MANUAL)
    return Operation("add", f"Add {label_id}", (label_change(index, None, box),))


def flag(document: Document, index: int, which: Flag) -> Operation:
    """Set or clear a flag."""
    frame = document.frame(index)
    flags = set(frame.flags) ^ {which}
    return Operation("flag", f"Flag {which}", (state_change(index, frame, flags=flags),))


def ball_state(document: Document, index: int, state: BallState | None) -> Operation:
    """Say what is known of the ball."""
    change = state_change(index, document.frame(index), ball=state)
    return Operation("ball_state", f"Ball {state}", (change,))


def ids(frame: Frame) -> list[str]:
    """The labels' ids."""
    return [label.id for label in frame.labels]


def made(document: Document, operation: Operation | Refusal | None) -> Document:
    """The changed content after an operation, whose inverse leads back exactly."""
    assert isinstance(operation, Operation), operation
    after = document.copy()
    apply(after, operation)
    back = after.copy()
    apply(back, operation.inverse())
    assert back == document
    assert after != document
    return after
