"""Small published matches to export, and the parts of an export by short words."""

from __future__ import annotations

from pathlib import Path

from prelabel_tui.core import publishing
from prelabel_tui.core.datasets.export import Exported, export
from prelabel_tui.core.datasets.images import Options
from prelabel_tui.core.datasets.selection import Selection, select_eligible
from prelabel_tui.core.identity.actor import Actor, Role
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
)
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.store import Store
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.stills import VideoStills
from tests import matches

LENA = Actor("lena", Role.LEAD, "test@host pid 1")
BALL, PLAYER = Capability.BALL, Capability.PLAYER


def pictures(folder: Path, count: int, size: tuple[int, int] = (64, 48)) -> Manifest:
    """A clip of drawn pictures in a folder."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for index in range(count):
        name = f"{index + 1:06d}.jpg"
        Image.new("RGB", size, (40 * index % 255, 120, 60)).save(folder / name)
        frames.append(MediaFrame(name, *size, index * 40_000, path=str(folder / name)))
    return Manifest(tuple(frames), 25_000)


def players(count: int) -> list[Frame]:
    """Frames with a player that moved, one that somebody corrected, and a flag on the third."""
    return [
        make_frame(
            [
                Box("p7", 101 + index, 203, 1_507, 2_011, 8_001, track="7"),
                Box("n1", 3_001, 1_001, 999, 1_999, None, Origin.MANUAL),
                Box("p9", 3_333, 2_222, 444, 555, 9_999, Origin.MODEL, (3_300, 2_222, 444, 555)),
            ][: 3 - index % 2],
            [Flag.BAD_FRAME] if index == 2 else (),
            reviewed=index != 1,
        )
        for index in range(count)
    ]


def balls(count: int) -> list[Frame]:
    """Frames with a ball at half units, none in the second, its state said in the first."""
    return [
        make_frame(
            [] if index == 1 else [Ball("b1", 1_001 + 2 * index, 999, 301, 6_543)],
            [Flag.NEEDS_HUMAN_REVIEW] if index == 3 else (),
            BallState.OCCLUDED if index == 0 else None,
            reviewed=True,
        )
        for index in range(count)
    ]


def published(
    store: Store,
    capability: Capability,
    frames: list[Frame],
    clip: Manifest,
    *,
    workspace: str = "arena",
    media: str = "m1",
    approved: bool = True,
) -> str:
    """Publish these labels of a clip; the revision's id."""
    document = Document.from_frames(capability, frames)
    match = matches.enter(
        store, LENA, capability, workspace=workspace, media=media, prelabels=document, clip=clip
    )
    done = publishing.publish(
        store, LENA, match.draft.id, match.draft.version, override_reason="a test"
    )
    assert done.value is not None, done.outcome.headline
    assert done.value.revision is not None
    revision = done.value.revision.id
    if approved:
        assert eligibility.approve(store, LENA, revision, 1).ok
    return revision


def both(store: Store, clip: Manifest, **more: str) -> None:
    """Publish ball and players of a clip."""
    count = len(clip.frames)
    published(store, BALL, balls(count), clip, **more)  # type: ignore[arg-type]
    published(store, PLAYER, players(count), clip, **more)  # type: ignore[arg-type]


def exported(
    store: Store,
    name: str,
    folder: Path,
    selection: Selection | None = None,
    **options: object,
) -> Result[Exported]:
    """Export what is approved, or a selection, in a format."""
    chosen = selection or select_eligible(store)
    options.setdefault("wanted", chosen.capabilities)
    how = Options(**options)  # type: ignore[arg-type]
    return export(store, chosen, how, FORMATS[name], folder, VideoStills())
