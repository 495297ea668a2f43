"""What an export of ours wrote comes back as it was: ids, places, origins, flags, tracks."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel_tui.core.datasets.images import Pictures
from prelabel_tui.core.ingest.pairing import Numbered, pair
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.store import Store
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.prepare import Prepared, prepare
from prelabel_tui.imaging.frames.probe import FolderPictures, VideoPictures
from tests.exporting import balls, both, exported, pictures, players
from tests.imaging.films import film
from tests.round_trips import PICTURES, READERS


@pytest.fixture
def clip(tmp_path: Path) -> Manifest:
    return pictures(tmp_path / "frames", 6)


def as_published(count: int = 6) -> dict[Capability, Document]:
    """Reviewed marks do not go out."""
    return {
        Capability.BALL: Document.from_frames(Capability.BALL, balls(count)).published(),
        Capability.PLAYER: Document.from_frames(Capability.PLAYER, players(count)).published(),
    }


def again(name: str, out: Path, folder: Path) -> Prepared:
    return prepare(READERS[name](out, "m1"), FolderPictures(folder))


@pytest.mark.parametrize("name", READERS)
def test_an_export_comes_back_as_it_was(
    store: Store, clip: Manifest, tmp_path: Path, name: str
) -> None:
    both(store, clip)
    out = tmp_path / "out"
    assert exported(store, name, out, pictures=Pictures.COPY).outcome.ok
    for folder in (tmp_path / "frames", out / PICTURES[name]):
        assert folder.is_dir()
        prepared = again(name, out, folder)
        assert prepared.labels.documents == as_published()
        frames = prepared.manifest.frames
        assert [frame.name for frame in frames] == [frame.name for frame in clip.frames]
        assert [frame.time for frame in frames] == [frame.time for frame in clip.frames]
        assert not prepared.missing


@pytest.mark.parametrize("name", READERS)
def test_labels_of_a_video_come_back_on_the_same_frames(
    store: Store, tmp_path: Path, name: str
) -> None:
    """With the video, no option is needed; its exported pictures will do as well."""
    source = VideoPictures(film(tmp_path / "clip.mp4", numbers=range(12)))
    clip = source.clip(pair(Numbered((), 1), source.pictures()).frames)
    both(store, clip)
    out = tmp_path / "out"
    assert exported(store, name, out, pictures=Pictures.COPY).outcome.ok
    prepared = prepare(READERS[name](out, "m1"), source)
    assert prepared.labels.documents == as_published(12)
    assert prepared.manifest == clip
    assert again(name, out, out / PICTURES[name]).labels.documents == as_published(12)


@pytest.mark.parametrize("name", sorted(set(READERS) - {"coco"}))
def test_labels_that_were_changed_since_are_refused(
    store: Store, clip: Manifest, tmp_path: Path, name: str
) -> None:
    both(store, clip)
    out = tmp_path / "out"
    assert exported(store, name, out).outcome.ok
    (side,) = out.rglob("prelabel.jsonl")
    lines = side.read_text().splitlines()
    side.write_text("\n".join([*lines[:-1], lines[-1].replace('"x":106', '"x":606')]))
    with pytest.raises(FormatError, match=r"is not where prelabel\.jsonl has it"):
        again(name, out, tmp_path / "frames")
    side.write_text("\n".join(lines[:-1]))
    with pytest.raises(FormatError, match=r"is not in prelabel\.jsonl"):
        again(name, out, tmp_path / "frames")
