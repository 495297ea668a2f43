"""Hostile pictures, and every kind of video, through import and review.

Each frame shows what belongs to it or counts as missing, within bounds on memory and time.
"""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.faults.hostile import hostile_pictures
from tests.imaging.films import film

ROOT = Path(__file__).parents[2]
ENOUGH_S = 1800
"""A battery that takes longer hangs."""

IMPORT_BYTES = 400 << 20
REVIEW_BYTES = 400 << 20


def looked(home: Path, what: str, lines: list[str]) -> tuple[list[object], int]:
    """What came of each line, and the most memory that it took."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.looking_program", str(home), what],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=ENOUGH_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *found, peak = map(json.loads, done.stdout.splitlines())
    return found, peak


def import_words(media: str, players: Path, *source: str) -> str:
    words = ["import", "mot", "--workspace", "arena", "--media", media, "--pixels-from", "0"]
    return json.dumps([*words, "--players", str(players), *source])


def players_of(path: Path, count: int) -> Path:
    """A box in every frame."""
    rows = (f"{number},1,0,0,1,1,0.9,-1,-1,-1\n" for number in range(1, count + 1))
    path.write_text("".join(rows))
    return path


@pytest.mark.soak
@pytest.mark.slow
def test_hostile_pictures_show_the_right_frame_or_none(tmp_path: Path, soak: bool) -> None:
    count, seed = (500, 1) if soak else (34, random.randrange(10**6))
    folder = tmp_path / "frames"
    folder.mkdir()
    verdicts = hostile_pictures(folder, count, seed)
    players = players_of(tmp_path / "players.txt", count)
    words = import_words("hostile", players, "--frames", str(folder))
    ((status, said),), most = looked(tmp_path / "home", "import", [words])  # type: ignore[misc]
    assert status == 0, said
    (found,), shown_most = looked(tmp_path / "home", "review", ["hostile"])
    wrong = []
    for index, (verdict, (missing, number)) in enumerate(
        zip(verdicts, found, strict=True)  # type: ignore[arg-type]
    ):
        right = missing is None and number == index % 256
        fine = {
            "right": right,
            "missing": missing is not None,
            "either": right or missing is not None,
            "any": True,
        }[verdict]
        if not fine:
            wrong.append((index + 1, verdict, missing, number))
    assert not wrong, f"seed {seed}: {wrong}"
    print(
        f"\n{count} hostile pictures: {dict(Counter(verdicts))}, import {most >> 20} MB, "
        f"review {shown_most >> 20} MB at most"
    )
    assert most < IMPORT_BYTES
    assert shown_most < REVIEW_BYTES


CONTAINERS = ("mp4", "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "nut",
              "ogg", "mxf", "3gp", "ivf", "obu", "h264", "hevc", "m4v", "mpeg2video",
              "mpeg1video", "mjpeg")  # fmt: skip
CODECS = {"libx264": 2, "libx265": 2, "mpeg4": 2, "mpeg2video": 2, "mpeg1video": 2, "mjpeg": 0,
          "libvpx": 0, "libvpx-vp9": 0, "libsvtav1": 0, "ffv1": 0, "msmpeg4v3": 0, "prores": 0,
          "png": 0}  # fmt: skip
QUIET = {"libx265": {"x265-params": "log-level=none"}}
FRAMES = 12


def videos(folder: Path, chance: random.Random) -> Iterator[Path]:
    """Each container with each codec, with and without B-frames, as far as PyAV writes it."""
    kinds = [
        (codec, container, number)
        for codec, b_frames in CODECS.items()
        for container in CONTAINERS
        for number in sorted({0, b_frames})
    ]
    chance.shuffle(kinds)
    for codec, container, number in kinds:
        path = folder / f"{codec}-{number}.{container}"
        try:
            film(path, codec, container, numbers=range(FRAMES), b_frames=number, group=5,
                 options=QUIET.get(codec))  # fmt: skip
        except (ValueError, OSError, av.FFmpegError):
            path.unlink(missing_ok=True)
        else:
            yield path


@pytest.mark.soak
@pytest.mark.slow
def test_every_kind_of_video_shows_the_right_frame(tmp_path: Path, soak: bool) -> None:
    seed = 1 if soak else random.randrange(10**6)
    folder = tmp_path / "videos"
    folder.mkdir()
    written = list(itertools.islice(videos(folder, random.Random(seed)), None if soak else 4))
    players = players_of(tmp_path / "players.txt", FRAMES)
    named = {f"v{number}": path for number, path in enumerate(written)}
    words = [import_words(name, players, "--video", str(path)) for name, path in named.items()]
    imported, most = looked(tmp_path / "home", "import", words)
    readable = []
    for (name, path), (status, said) in zip(named.items(), imported, strict=True):  # type: ignore[misc]
        if status:
            assert "cannot be" in said or "contains no video" in said, (path.name, said)
        else:
            readable.append(name)
    found, shown_most = looked(tmp_path / "home", "review", readable)
    for name, frames in zip(readable, found, strict=True):
        assert frames == [[None, number] for number in range(FRAMES)], named[name].name
    print(
        f"\n{len(readable)} of {len(written)} videos: every frame right, import {most >> 20} MB, "
        f"review {shown_most >> 20} MB at most"
    )
    assert not soak or len(readable) >= 40
    assert most < IMPORT_BYTES
    assert shown_most < REVIEW_BYTES
