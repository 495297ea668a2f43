"""A clip's pictures are found again where they moved, and only if they are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.relocation import clip_manifest, relocate_media
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import Store
from prelabel_tui.imaging.frames.moved import moved
from prelabel_tui.imaging.frames.probe import ProbeError, probe_video
from tests.imaging.films import film

LENA = Actor("lena", Role.LEAD, "test")


def pictures(folder: Path, count: int = 3, shade: int = 40) -> Manifest:
    """Pictures in two folders, as a label file may list them."""
    frames = []
    for number in range(count):
        path = folder / f"half-{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 48), (shade + number, 0, 0)).save(path)
        frames.append(MediaFrame(f"f{number}", 64, 48, path=str(path)))
    return Manifest(tuple(frames))


def enter(store: Store, manifest: Manifest) -> None:
    blank = Document.blank(Capability.BALL, len(manifest.frames))
    brought = import_run(
        store, LENA, workspace="arena", media="m1", manifest=manifest,
        documents={Capability.BALL: blank}, source="mot",
    )  # fmt: skip
    assert brought.outcome.code is Code.IMPORT_SUCCESS


def relocate(store: Store, place: Path, who: Actor = LENA) -> Outcome:
    before = clip_manifest(store, "arena", "m1").unwrap()
    return relocate_media(store, who, "arena", "m1", before, moved(before, place))


def test_pictures_that_moved_are_read_from_their_new_place(store: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    enter(store, pictures(old))
    shutil.move(old, new)
    who = Actor("rui", Role.REVIEWER, "test")
    assert relocate(store, new, who).code is Code.ROLE_FORBIDDEN
    assert relocate(store, new).code is Code.MEDIA_RELOCATED
    now = clip_manifest(store, "arena", "m1").unwrap()
    assert [Path(frame.path or "").read_bytes()[:4] for frame in now.frames] == [b"\x89PNG"] * 3
    assert [frame.name for frame in now.frames] == ["f0", "f1", "f2"]
    assert audit.entries(store, action="media.relocate")[0].actor == "lena"


def test_pictures_that_differ_from_those_that_are_still_there_are_refused(
    store: Store, tmp_path: Path
) -> None:
    enter(store, pictures(tmp_path / "old"))
    pictures(tmp_path / "copy")
    assert relocate(store, tmp_path / "copy").code is Code.MEDIA_RELOCATED
    pictures(tmp_path / "other", shade=90)
    refused = relocate(store, tmp_path / "other")
    assert refused.code is Code.MEDIA_MISMATCH
    assert "half-0/0.png" in refused.detail


def test_no_picture_gets_lost(store: Store, tmp_path: Path) -> None:
    enter(store, pictures(tmp_path / "old"))
    pictures(tmp_path / "part", count=2)
    refused = relocate(store, tmp_path / "part")
    assert refused.code is Code.MEDIA_MISMATCH
    assert "f2 does not exist there" in refused.detail
    with pytest.raises(ProbeError, match="no picture can be read"):
        relocate(store, tmp_path / "nowhere")


def test_copied_pictures_cannot_move(store: Store) -> None:
    enter(store, Manifest((MediaFrame("f0", 64, 48, sha256="0" * 64),)))
    with pytest.raises(ProbeError, match="copies"):
        relocate(store, Path())


def test_a_video_that_moved_is_known_by_its_frames(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the extra `video` is not installed")
    old = film(tmp_path / "old.mp4", b_frames=2)
    enter(store, probe_video(old))
    new = old.rename(tmp_path / "new.mp4")
    with pytest.raises(ProbeError, match=r"another video \(12 frames"):
        relocate(store, film(tmp_path / "other.mp4", numbers=range(12)))
    assert relocate(store, new).code is Code.MEDIA_RELOCATED
    assert clip_manifest(store, "arena", "m1").unwrap().video == str(new)
