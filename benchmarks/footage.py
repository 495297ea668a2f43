"""Frames to measure on: those of a folder, or generated ones as uneven as photographs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

_COUNT = 12
_SIZE = (1920, 1080)


@contextmanager
def footage(frames: str | None) -> Iterator[tuple[Path, str]]:
    """Give a folder of frames and what to call it."""
    if frames is not None:
        folder = Path(frames)
        if (folder / "frames").is_dir():
            folder = folder / "frames"
        yield folder, folder.parent.name if folder.name == "frames" else folder.name
        return
    with tempfile.TemporaryDirectory() as made:
        make_frames(Path(made))
        yield Path(made), "made frames 1920×1080"


def make_frames(folder: Path) -> None:
    """Draw a fixed camera: a lit pitch with lines, stands with a crowd, players who move, noise."""
    width, height = _SIZE
    fixed = np.random.default_rng(3)
    y = np.linspace(0, 1, height)[:, None, None]
    pitch = np.array([70, 118, 58]) * (0.75 + 0.4 * y)
    stripes = (np.arange(width) // 120 % 2)[None, :, None] * 9
    scene = np.broadcast_to(pitch, (height, width, 3)) + stripes
    crowd = Image.fromarray(fixed.integers(30, 200, (70, 480, 3), dtype=np.uint8))
    stands = np.asarray(crowd.resize((width, height // 4), Image.Resampling.BICUBIC))
    scene = scene.copy()
    scene[: height // 4] = stands
    scene[height // 4 :: 190, :] = 215
    scene[height // 4 :, 300::420] = 215
    for number in range(_COUNT):
        shot = scene.copy()
        for player in range(22):
            x = int(80 + player * 83 + number * (player % 5 - 2) * 3) % (width - 40)
            top = height // 4 + 60 + (player * 137) % (height * 3 // 4 - 160)
            shot[top : top + 70, x : x + 24] = (210, 30, 40) if player % 2 else (30, 40, 190)
        noise = np.random.default_rng(100 + number).normal(0, 3, shot.shape)
        picture = Image.fromarray(np.clip(shot + noise, 0, 255).astype(np.uint8))
        picture.save(folder / f"{number:06}.jpg", quality=88)
