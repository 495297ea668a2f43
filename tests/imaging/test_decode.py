"""Pictures: decoded ahead, within a bound on memory, and placeholders for what is not there."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from prelabel_tui.core.ingest.pairing import Listed, ListedFrame, pair
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.frames.decode import PictureLoader, PictureRequest
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.picture import Picture
from prelabel_tui.imaging.frames.placeholder import placeholder
from prelabel_tui.imaging.frames.probe import VideoPictures, probe_video
from prelabel_tui.imaging.frames.source import Source
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.frames.video import VideoError, VideoReader, video_info
from prelabel_tui.imaging.overlay.viewport import Viewport
from tests.imaging.films import SIZE as FILM_SIZE
from tests.imaging.films import film, number_in
from tests.imaging.folders import probe_folder

SIZE = (320, 180)
VIEW = Viewport(SIZE, (40, 12), zoom="fit")


def frame(name: str, **where: object) -> MediaFrame:
    return MediaFrame(name=name, width=SIZE[0], height=SIZE[1], **where)  # type: ignore[arg-type]


def picture(level: int) -> Image.Image:
    return Image.new("RGB", SIZE, (level, 255 - level, 40))


@pytest.fixture
def folder(tmp_path: Path) -> Manifest:
    """Twelve good frames, a broken one, a cut one, one that is gone, one without a place."""
    frames = []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        picture(number * 20).save(path)
        frames.append(frame(path.name, path=str(path)))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")
    whole = io.BytesIO()
    Image.effect_noise(SIZE, 90).convert("RGB").save(whole, "JPEG")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.getvalue()[:2000])
    frames += [
        frame("broken.jpg", path=str(broken)),
        frame("cut.jpg", path=str(cut)),
        frame("gone.jpg", path=str(tmp_path / "gone.jpg")),
        frame("nowhere.jpg"),
        frame("lost.jpg", missing="the thumbnail was never made"),
    ]
    return Manifest(frames=tuple(frames))


class Collector:
    """What a loader reports."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self._changed = threading.Condition()

    def __call__(self, ready: Picture) -> None:
        with self._changed:
            self.pictures.append(ready)
            self._changed.notify_all()

    def wait(self, index: int) -> Picture:
        """The picture of a frame."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: any(ready.index == index for ready in self.pictures), 10
            )
            return next(ready for ready in self.pictures if ready.index == index)


def request(index: int, view: Viewport = VIEW, tone: Tone = Tone()) -> PictureRequest:
    return PictureRequest(index, view, tone)


def test_a_wish_is_met_and_its_neighbours_are_ready(folder: Manifest) -> None:
    ready = Collector()
    loader = PictureLoader("clip", folder, None, ready)
    loader.want(request(5))
    shown = ready.wait(5)
    assert shown.missing is None
    assert shown.dots.shape == (24, 40, 3)
    assert abs(int(shown.dots[12, 20, 0]) - 100) <= 1
    end = time.monotonic() + 10
    while not all(loader.ready(request(index)) for index in (4, 6, 7)):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert [picture.index for picture in ready.pictures] == [5], "neighbours come silently"
    loader.close()


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (12, "is not a picture that can be read"),
        (13, "is cut off"),
        (14, "does not exist"),
        (15, "no picture"),
        (16, "the thumbnail was never made"),
    ],
)
def test_what_cannot_be_read_is_the_placeholder_and_says_why(
    folder: Manifest, index: int, words: str
) -> None:
    ready = Collector()
    loader = PictureLoader("clip", folder, None, ready)
    loader.want(request(index))
    shown = ready.wait(index)
    assert shown.missing is not None
    assert words in shown.missing
    assert loader.pixels(index) is None
    assert loader.missing(index) == shown.missing
    loader.close()


def test_the_placeholder_is_the_same_every_time_and_of_each_frame_its_own() -> None:
    one = placeholder("match", 12, (1920, 1080))
    assert np.array_equal(one, placeholder("match", 12, (1920, 1080)))
    others = [("match", 13, (1920, 1080)), ("final", 12, (1920, 1080)), ("match", 12, (1280, 720))]
    for other in others:
        made = placeholder(*other)
        assert made.shape != one.shape or not np.array_equal(made, one), other
    assert placeholder("x", 1, (3, 2)).shape == (2, 3, 3)
    assert placeholder("x", 1, (300, 60_000)).shape == (960, 5, 3)
    assert placeholder("x", 1, (60_000, 300)).shape == (2, 480, 3)


def test_memory_stays_within_its_bound(folder: Manifest) -> None:
    one = SIZE[0] * SIZE[1] * 3
    budget = 3 * one
    loader = PictureLoader("clip", folder, None, None, memory=PictureMemory(budget))
    for index in list(range(12)) * 2:
        assert loader.pixels(index) is not None
        loader.want(request(index))
        assert loader.held_bytes <= budget + one
    loader.close()
    assert loader.held_bytes == 0


def test_the_latest_wish_is_met_though_many_were_made(folder: Manifest) -> None:
    ready = Collector()
    loader = PictureLoader("clip", folder, None, ready)
    for index in range(12):
        loader.want(request(index))
    assert ready.wait(11).index == 11
    loader.close()


def test_pictures_come_from_artifacts_too(folder: Manifest) -> None:
    stored = io.BytesIO()
    picture(200).save(stored, "PNG")
    manifest = Manifest(frames=(frame("a.png", sha256="ab" * 32), frame("b.png", sha256="cd" * 32)))
    content = {"ab" * 32: stored.getvalue()}
    loader = PictureLoader("clip", manifest, content.__getitem__)
    pixels = loader.pixels(0)
    assert pixels is not None
    assert tuple(pixels[0, 0]) == (200, 55, 40)
    assert loader.pixels(1) is None
    loader.close()


def test_a_dot_shows_the_mean_below_one_to_one_and_true_pixels_above(tmp_path: Path) -> None:
    board = np.zeros((180, 320, 3), dtype=np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    path = tmp_path / "board.png"
    Image.fromarray(board).save(path)
    loader = PictureLoader("clip", Manifest(frames=(frame("board.png", path=str(path)),)))
    pixels = loader.pixels(0)
    assert pixels is not None
    fine = Viewport(SIZE, (40, 12), zoom=1).centred(16_000, 9_000)
    shown = loader.at_once(request(0, fine))
    assert shown is not None
    left, top = fine.origin
    assert np.array_equal(shown.dots, board[top : top + 24, left : left + 40])
    coarse = loader.at_once(request(0))
    if coarse is not None:
        inner = coarse.dots[4:-4, 2:-2]
        assert abs(inner.astype(int) - 127).max() <= 2
    loader.close()


def test_panning_shows_the_same_colours_elsewhere(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (180, 320, 3), dtype=np.uint8)
    path = tmp_path / "noise.png"
    Image.fromarray(noise).save(path)
    loader = PictureLoader("clip", Manifest(frames=(frame("noise.png", path=str(path)),)))
    assert loader.pixels(0) is not None
    view = Viewport(SIZE, (20, 6), zoom=8).centred(16_000, 9_000)
    here = loader.at_once(request(0, view))
    there = loader.at_once(request(0, view.panned(3, 1)))
    assert here is not None
    assert there is not None
    assert np.array_equal(here.dots[2:, 3:], there.dots[:-2, :-3])
    loader.close()


def test_tones_change_what_is_shown_and_nothing_changes_nothing() -> None:
    pixels = np.random.default_rng(2).integers(0, 60, (40, 60, 3), dtype=np.uint8)
    assert Tone().apply(pixels) is pixels
    assert Tone(brightness=40).apply(pixels).mean() > pixels.mean()
    assert Tone(contrast=40).apply(pixels + 100).std() > pixels.std()
    assert Tone(local=True).apply(pixels).std() > pixels.std(), "dark stands are lifted"
    flat = np.full((40, 60, 3), 90, dtype=np.uint8)
    assert Tone(local=True).apply(flat).std() < 1, "nothing is made of nothing"


# --- turned pictures


def test_a_picture_is_turned_as_its_exif_data_says(tmp_path: Path) -> None:
    corners = np.zeros((48, 64, 3), dtype=np.uint8)
    corners[:16, :16], corners[:16, -16:], corners[-16:, :16] = 250, 160, 80
    upright = {
        1: corners,
        2: corners[:, ::-1],
        3: np.rot90(corners, 2),
        4: corners[::-1],
        5: corners.transpose(1, 0, 2),
        6: np.rot90(corners, -1),
        7: np.rot90(corners, 2).transpose(1, 0, 2),
        8: np.rot90(corners),
    }
    for kind in ("jpg", "png", "webp", "tif"):
        for orientation in upright:
            exif = Image.Exif()
            exif[ExifTags.Base.Orientation] = orientation
            path = tmp_path / f"{kind}-{orientation}.{kind}"
            Image.fromarray(corners).save(path, exif=exif)
    manifest = probe_folder(tmp_path)
    assert len(manifest.frames) == 32
    loader = PictureLoader("turned", manifest)
    for index, found in enumerate(manifest.frames):
        wanted = upright[int(Path(found.name).stem[-1])]
        assert (found.height, found.width) == wanted.shape[:2], found.name
        pixels = loader.pixels(index)
        assert pixels is not None
        assert np.abs(pixels.astype(int) - wanted).mean() < 8, found.name
        small = Source("turned", manifest, None).read(index, 4, lambda at, decoded: None).pixels
        assert (small.shape[0] > small.shape[1]) == (wanted.shape[0] > wanted.shape[1])
    loader.close()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_exif_data_that_is_broken_turns_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    for exif in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 40):
        Image.new("RGB", (64, 48)).save(path, exif=exif)
        found = probe_folder(tmp_path).frames[0]
        assert (found.width, found.height, found.missing) == (64, 48, None)


def test_a_picture_that_became_another_size_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    manifest = probe_folder(tmp_path)
    Image.new("RGB", (48, 64)).save(path)
    loader = PictureLoader("changed", manifest)
    assert loader.pixels(0) is None
    assert loader.missing(0) == "is 48×64 px, imported as 64×48"
    loader.close()


# --- video


def test_the_frames_of_a_video_are_loaded_by_number(tmp_path: Path) -> None:
    manifest = probe_video(film(tmp_path / "film.ts", container="mpegts", b_frames=2))
    assert len(manifest.frames) == 30
    loader = PictureLoader("film", manifest)
    for index in (0, 1, 2, 13, 12, 11, 29, 4):
        pixels = loader.pixels(index)
        assert pixels is not None, loader.missing(index)
        assert number_in(pixels) == index
    loader.close()


def test_some_frames_of_a_video_are_those_of_its_own_numbers(tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi", container="avi", b_frames=2)
    listed = Listed(tuple(ListedFrame(f"f_{number}.jpg", FILM_SIZE) for number in (3, 9, 27, 31)))
    source = VideoPictures(path)
    manifest = source.clip(pair(listed, source.pictures()).frames)
    loader = PictureLoader("film", manifest)
    shown = [None if (found := loader.pixels(n)) is None else number_in(found) for n in range(4)]
    assert shown == [2, 8, 26, None]
    loader.close()


def test_a_header_that_lies_is_not_believed(real_data: Path) -> None:
    path = str(real_data / "dome-1080p" / "source_clip.mp4")
    packets = video_info(path).packets
    assert len(packets) == 300
    reader = VideoReader(path, packets)
    assert reader.read(299, lambda at, pixels: None, 480).shape == (270, 480, 3)
    with pytest.raises(VideoError, match="beyond"):
        reader.read(300, lambda at, pixels: None, 480)
    reader.close()


def test_no_video_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a film")
    with pytest.raises(VideoError, match=r"notes\.mp4"):
        video_info(str(path))
