"""Folders and videos become manifests; what is missing or broken is said, not fatal."""

from __future__ import annotations

import os
import re
from pathlib import Path

import av
import pytest
from PIL import Image

from prelabel_tui.core.progress import Cancelled
from prelabel_tui.imaging.frames.probe import FolderPictures, ProbeError, probe_video
from prelabel_tui.imaging.frames.video_file import decoder_memory
from tests.imaging.folders import probe_folder


def picture(path: Path, size: tuple[int, int] = (64, 48)) -> Path:
    Image.effect_noise(size, 60).convert("RGB").save(path)
    return path


def test_pictures_come_in_natural_order_with_their_sizes(tmp_path: Path) -> None:
    for name in ("f10.jpg", "f9.png", "f11.JPG"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    manifest = probe_folder(tmp_path, fps=25)
    assert [frame.name for frame in manifest.frames] == ["f9.png", "f10.jpg", "f11.JPG"]
    assert all((f.width, f.height, f.missing) == (64, 48, None) for f in manifest.frames)
    assert [frame.time for frame in manifest.frames] == [0, 40_000, 80_000]
    assert manifest.fps == 25_000
    assert all(Path(frame.path or "").is_absolute() for frame in manifest.frames)


def test_broken_and_missing_pictures_say_why_and_keep_the_usual_size(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    cut = picture(tmp_path / "b.jpg")
    cut.write_bytes(cut.read_bytes()[:-200])
    half = picture(tmp_path / "c.png")
    half.write_bytes(half.read_bytes()[:100])
    (tmp_path / "d.jpg").write_bytes(b"")
    (tmp_path / "e.jpg").write_text("not a picture")
    manifest = probe_folder(tmp_path, ["a.jpg", "b.jpg", "c.png", "d.jpg", "e.jpg", "gone.jpg"])
    reasons = [frame.missing for frame in manifest.frames]
    assert reasons[0] is None
    assert reasons[1] == "is cut off"
    assert all(reasons[1:])
    assert reasons[5] == "does not exist"
    assert all((frame.width, frame.height) == (64, 48) for frame in manifest.frames)


def test_a_picture_of_another_size_than_the_labels_is_not_shown(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.jpg", (128, 96))
    manifest = probe_folder(tmp_path, ["a.jpg", "b.jpg"], (128, 96))
    assert manifest.frames[0].missing == "is 64×48 px, labelled as 128×96"
    assert (manifest.frames[0].width, manifest.frames[0].height) == (128, 96)
    assert manifest.frames[1].missing is None


def test_pictures_that_all_have_another_size_are_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    with pytest.raises(ProbeError, match=r"a\.jpg is 64×48 px, labelled as 128×96"):
        probe_folder(tmp_path, ["a.jpg", "gone.jpg"], (128, 96))


def test_names_that_begin_with_a_dot_are_no_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "._a.jpg").write_bytes(b"resource fork")
    (tmp_path / ".hidden.png").write_bytes(b"")
    assert FolderPictures(tmp_path).pictures().names == ("a.jpg",)


def test_a_picture_that_would_fill_the_memory_is_not_opened(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "b.png")
    assert probe_folder(tmp_path).frames[1].missing == "is too large to be a frame"


def test_a_folder_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="has no pictures"):
        probe_folder(tmp_path)
    with pytest.raises(ProbeError, match="cannot be read"):
        probe_folder(tmp_path / "none")
    (tmp_path / "a.jpg").write_text("x")
    with pytest.raises(ProbeError, match="no picture can be read"):
        probe_folder(tmp_path)


def test_a_list_of_frames_of_which_none_is_there_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ProbeError, match=r"no picture can be read \(does not exist\)"):
            probe_folder(folder, ["a.jpg", "b.jpg"], (64, 48))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    os.mkfifo(tmp_path / "b.jpg")
    (tmp_path / "c.jpg").mkdir()
    reasons = [frame.missing for frame in probe_folder(tmp_path).frames]
    assert reasons == [None, *2 * ["cannot be read (it is not a regular file)"]]


def stop(step: str, done: int | None = None, total: int | None = None) -> None:
    raise Cancelled


def test_it_tells_its_progress_and_can_be_stopped(tmp_path: Path) -> None:
    for number in range(5):
        picture(tmp_path / f"{number}.jpg")
    seen: list[tuple[int | None, int | None]] = []
    probe_folder(tmp_path, progress=lambda step, done=None, total=None: seen.append((done, total)))
    assert seen == [(number, 5) for number in range(1, 6)]
    with pytest.raises(Cancelled):
        probe_folder(tmp_path, progress=stop)


def make_video(path: Path, frames: int = 7) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            shade = Image.new("RGB", (64, 48), (number * 30,) * 3)
            container.mux(stream.encode(av.VideoFrame.from_image(shade)))
        container.mux(stream.encode())
    return path


def test_a_video_is_counted_by_decoding(tmp_path: Path) -> None:
    path = make_video(tmp_path / "clip.mp4")
    manifest = probe_video(path)
    assert [frame.at for frame in manifest.frames] == list(range(7))
    assert manifest.frames[6].time == 600_000
    assert (manifest.video, manifest.fps) == (str(path), 10_000)


def test_a_video_whose_decoder_takes_more_than_is_allowed_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "clip.mp4")
    need = decoder_memory(64 * 48)
    assert probe_video(path, memory=need).frames
    with pytest.raises(ProbeError, match=r"clip\.mp4 takes 1 MB to decode; 0 MB are allowed"):
        probe_video(path, memory=need - 1)


def test_looking_at_a_video_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        probe_video(make_video(tmp_path / "clip.mp4"), stop)


def test_the_real_clip_holds_less_than_its_header_says(real_data: Path) -> None:
    declared: set[int | None] = set()
    manifest = probe_video(
        real_data / "dome-1080p" / "source_clip.mp4",
        progress=lambda step, done=None, total=None: declared.add(total),
    )
    assert declared == {416}
    assert len(manifest.frames) == 300


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.mp4", "missing.mp4 does not exist"),
        ("folder", "folder is a folder. Give a video file, or a folder with --frames"),
        ("pipe", "pipe is not a regular file"),
        ("text.mp4", "text.mp4 cannot be read"),
        (b"caf\xe9.mp4".decode("utf-8", "surrogateescape"), "caf�.mp4: this name is not UTF-8"),
    ],
)
def test_what_is_no_video_is_refused_for_what_it_is(tmp_path: Path, name: str, says: str) -> None:
    if name == "folder":
        (tmp_path / name).mkdir()
    elif name == "pipe":
        os.mkfifo(tmp_path / name)
    elif name != "missing.mp4":
        (tmp_path / name).write_text("no film")
    with pytest.raises(ProbeError, match=re.escape(says)):
        probe_video(tmp_path / name)


def test_a_file_in_place_of_the_folder_is_refused_for_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"is a file\. Give a folder of pictures, or a video with"):
        FolderPictures(picture(tmp_path / "a.jpg")).pictures()


def test_names_that_are_not_utf8_are_refused_unless_nobody_asks_for_them(tmp_path: Path) -> None:
    picture(tmp_path / "000001.jpg")
    latin = os.fsencode(tmp_path) + b"/caf\xe9_000002.jpg"
    os.rename(picture(tmp_path / "x.jpg"), latin)  # noqa: PTH104 — a name of bytes
    with pytest.raises(ProbeError, match=r"caf�_000002\.jpg: this name is not UTF-8"):
        FolderPictures(tmp_path).pictures()
    listed = FolderPictures(tmp_path).pictures(["000001.jpg"])
    assert "000001.jpg" in listed.names
    assert probe_folder(tmp_path, ["000001.jpg"]).frames[0].missing is None
