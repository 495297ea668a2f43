"""Every frame of a video that a forward decode gives is shown, by its number, in any order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.frames.video import VideoError, VideoReader, video_info
from tests.imaging.films import SIZE, film, number_in, picture, turned

COUNT = 30
CONTAINERS = ("mp4", "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "nut",
              "ogg", "mxf", "3gp", "ivf", "obu", "h264", "hevc", "m4v", "mpeg2video",
              "mpeg1video", "mjpeg")  # fmt: skip
B_FRAMES = {"libx264": 2, "libx265": 2, "mpeg4": 2, "mpeg2video": 2, "mpeg1video": 2}
PLAIN = ("mjpeg", "libvpx", "libvpx-vp9", "libsvtav1", "ffv1", "msmpeg4v3", "prores", "png")
QUIET = {"libx265": {"x265-params": "log-level=none"}}


def wrong(path: Path, packets: Sequence[int] | None, numbers: Sequence[int]) -> list[Any]:
    """What does not come out right, read in jumps, forward and backward."""
    found: list[Any] = []
    jumps = random.Random(len(numbers)).choices(range(len(numbers)), k=20)
    reader = VideoReader(str(path), packets)

    def keep(at: int, pixels: Pixels) -> None:
        if number_in(pixels) != numbers[at]:
            found.append(("passed", at, number_in(pixels)))

    for at in (len(numbers) - 1, 0, *jumps, *range(len(numbers)), *range(len(numbers))[::-1]):
        try:
            shown = number_in(reader.read(at, keep, SIZE[0]))
        except VideoError as error:
            found.append((at, str(error)))
            continue
        if shown != numbers[at]:
            found.append((at, shown))
    reader.close()
    return found


@pytest.mark.parametrize("codec", [*B_FRAMES, *PLAIN])
def test_every_container_and_codec_gives_its_frames_in_any_order(
    codec: str, tmp_path: Path
) -> None:
    shown = 0
    for container in CONTAINERS:
        for b_frames in {0, B_FRAMES.get(codec, 0)}:
            path = tmp_path / f"{b_frames}.{container}"
            try:
                film(path, codec, container, b_frames=b_frames, options=QUIET.get(codec))
                info = video_info(str(path))
            except (ValueError, OSError, av.FFmpegError, VideoError):
                continue  # that container does not take that codec
            assert len(info.packets) == COUNT, path.name
            assert set(info.sizes) == {SIZE}
            assert wrong(path, info.packets, range(COUNT)) == [], path.name
            shown += 1
    assert shown >= {"libx264": 20, "libx265": 12, "mpeg4": 18}.get(codec, 3)


OPEN_264 = {"x264-params": "open-gop=1:keyint=8:bframes=3:scenecut=0", "b-pyramid": "normal"}
OPEN_265 = {"x265-params": "open-gop=1:keyint=8:bframes=3:log-level=none"}
REFRESH = {"x264-params": "intra-refresh=1:keyint=12:bframes=0"}
FIELDS = {"x264-params": "interlaced=1:keyint=8:bframes=2"}


@pytest.mark.parametrize(
    ("codec", "container", "options"),
    [
        *(("libx264", container, OPEN_264) for container in ("mp4", "mpegts", "avi", "h264")),
        *(("libx265", container, OPEN_265) for container in ("mp4", "mpegts", "hevc")),
        *(("libx264", container, REFRESH) for container in ("mp4", "mpegts", "h264")),
        *(("libx264", container, FIELDS) for container in ("mp4", "mpegts")),
    ],
)
def test_open_groups_refreshed_pictures_and_fields(
    codec: str, container: str, options: dict[str, str], tmp_path: Path
) -> None:
    path = film(tmp_path / "film", codec, container, b_frames=3, options=options)
    info = video_info(str(path))
    assert len(info.packets) == COUNT
    assert wrong(path, info.packets, range(COUNT)) == []


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_a_rate_that_varies_keeps_its_times(container: str, tmp_path: Path) -> None:
    steps = random.Random(5).choices((20, 33, 120, 400), k=COUNT - 1)
    times = [sum(steps[:n]) for n in range(COUNT)]
    path = film(tmp_path / "film", container=container, b_frames=2, times=times)
    info = video_info(str(path))
    assert np.allclose(info.times, np.array(times) * 1000, atol=30)
    assert wrong(path, info.packets, range(COUNT)) == []


def test_times_that_a_container_does_not_have_come_from_its_rate(tmp_path: Path) -> None:
    path = film(tmp_path / "film", container="avi", b_frames=2)
    info = video_info(str(path))
    assert (info.fps, info.times[:3], info.times[-1]) == (25_000, (0, 40_000, 80_000), 1_160_000)


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 3), (180, 2), (270, 1)])
def test_a_video_is_turned_as_it_says(degrees: int, quarters: int, tmp_path: Path) -> None:
    path = turned(film(tmp_path / "film.mp4", b_frames=2), degrees)
    info = video_info(str(path))
    upright = np.rot90(picture(5), quarters)
    assert set(info.sizes) == {(upright.shape[1], upright.shape[0])}
    reader = VideoReader(str(path), info.packets)
    for width in (upright.shape[1], upright.shape[1] // 2):
        shown = reader.read(5, lambda at, pixels: None, width)
        wanted = upright[:: upright.shape[1] // width, :: upright.shape[1] // width]
        assert shown.shape == wanted.shape
        assert np.abs(shown.astype(int) - wanted).mean() < 10
    reader.close()


@pytest.mark.parametrize("container", ["mpegts", "matroska", "avi", "h264", "mpeg"])
def test_of_a_damaged_video_what_is_counted_is_shown(container: str, tmp_path: Path) -> None:
    whole = film(tmp_path / "film", container=container, b_frames=2).read_bytes()
    draw = random.Random(7)
    readable = 0
    for number in range(6):
        damaged = bytearray(whole[: len(whole) * 2 // 3] if number == 0 else whole)
        for _ in range(5 if number else 0):
            damaged[draw.randrange(len(damaged) // 6, len(damaged))] ^= 1 << draw.randrange(8)
        path = tmp_path / f"{number}.video"
        path.write_bytes(damaged)
        try:
            info = video_info(str(path))
        except VideoError:
            continue
        readable += 1
        reader = VideoReader(str(path), info.packets)
        for at in (*range(len(info.packets))[::-3], *draw.choices(range(len(info.packets)), k=9)):
            reader.read(at, lambda at, pixels: None, SIZE[0])
        reader.close()
    assert readable


def test_a_clip_imported_before_packets_were_kept_goes_by_time(tmp_path: Path) -> None:
    for container in ("mp4", "matroska", "mpegts"):
        path = film(tmp_path / container, container=container, b_frames=2)
        assert wrong(path, None, range(COUNT)) == [], container


def test_what_became_of_another_file_is_not_shown(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")
    packets = video_info(str(path)).packets
    film(path, numbers=range(5))
    reader = VideoReader(str(path), packets)
    with pytest.raises(VideoError, match="frame 21 cannot be decoded"):
        reader.read(20, lambda at, pixels: None, SIZE[0])
    with pytest.raises(VideoError, match="beyond"):
        reader.read(COUNT, lambda at, pixels: None, SIZE[0])
    reader.close()
