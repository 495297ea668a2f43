"""The demo match: truth, prelabels and pictures, the same for a seed on every machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    SCORE_UNIT,
    UNIT,
    Ball,
    BallState,
    Box,
    Capability,
    Frame,
    Label,
    Origin,
    make_frame,
)
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.demo.camera import HALFWAY, Camera
from prelabel_tui.demo.drawing import draw_ball, draw_player, half_width, spread
from prelabel_tui.demo.pitch import CENTRE_SPOT, PENALTY_SPOTS, background
from prelabel_tui.demo.play import FPS, PLAYERS, Play, simulate
from prelabel_tui.demo.prelabels import BALL_ID, Fault, Model

_RADIUS = 0.18
"""Metres; larger than life, so that the ball can be seen in a terminal at all."""

_LEAST_SEEN = 35
"""Percent of a player's box that must be in the picture for the truth to have it."""

JPEG_QUALITY = 82


@dataclass(frozen=True)
class _Figure:
    """A player in one frame, in px of the window."""

    number: int
    depth: float
    foot: tuple[float, float]
    height: float
    apart: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        half = half_width(self.height, self.apart)
        x, y = self.foot
        return x - half, y - self.height, x + half, y


@dataclass(frozen=True)
class DemoMatch:
    """Frames of ``width`` × ``height`` px, 25 per second.

    ``truth`` and ``prelabels`` hold one document per capability; ``faults`` lists which
    prelabels are wrong and how.  In the truth a ball that cannot be seen has a state
    (``occluded``, ``out_of_frame``) and no point.
    """

    seed: int
    width: int
    height: int
    truth: dict[Capability, Document]
    prelabels: dict[Capability, Document]
    faults: tuple[Fault, ...]
    play: Play
    windows: tuple[int, ...]

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return len(self.windows)

    @property
    def fps(self) -> int:
        """Frames per second."""
        return FPS

    @property
    def camera(self) -> Camera:
        """How metres become pixels."""
        return Camera(self.width, self.height)

    @cached_property
    def background(self) -> Image.Image:
        """The ground without anybody on it, as wide as all windows."""
        return background(self.camera, np.random.default_rng([self.seed, 2]))

    @cached_property
    def _noise(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
        rng = np.random.default_rng([self.seed, 3])
        return rng.integers(-3, 4, size=(self.height, self.width + 64, 1), dtype=np.int16)

    def render(self, index: int) -> Image.Image:
        """Return the picture (RGB) of a frame.  IndexError beyond the clip."""
        left = self.windows[index]
        image = self.background.crop((left, 0, left + self.width, self.height))
        ball = self.play.ball[index]
        drawn = False
        for figure in _figures(self.camera, self.play, index, left):
            if not drawn and ball[1] > figure.depth:
                self._draw_ball(image, index)
                drawn = True
            number = figure.number
            kit = number // 11 + (2 if number % 11 == 0 else 0)
            draw_player(image, figure.foot, figure.height, figure.apart, number, kit)
        if not drawn:
            self._draw_ball(image, index)
        shift = index * 17 % 64
        noise = self._noise[:, shift : shift + self.width]
        pixels = np.asarray(image).astype(np.int16) + noise
        return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

    def _draw_ball(self, image: Image.Image, index: int) -> None:
        left = self.windows[index]
        camera = self.camera
        x, y, size = _ball_place(camera, self.play, index, left)
        ground = self.play.ball[index]
        shadow = camera.project(ground[0], ground[1])
        draw_ball(
            image,
            (x, y),
            size,
            (float(shadow[0]) - left, float(shadow[1])),
            _smear(camera, self.play, index),
        )


def make_match(
    seed: int = 1,
    frames: int = 150,
    width: int = 1280,
    height: int = 720,
    fault_share: float = 0.25,
) -> DemoMatch:
    """Play a match.  Pictures are drawn when asked for (about 12 ms each at 1280×720).

    ``fault_share`` of the frames have a fault, in each capability.
    """
    camera = Camera(width, height)
    play = simulate(np.random.default_rng([seed, 0]), frames)
    windows = _windows(camera, play)
    balls, players, spots = [], [], []
    for index, left in enumerate(windows):
        figures = _figures(camera, play, index, left)
        balls.append(_true_ball(camera, play, index, left, figures))
        players.append(make_frame([box for f in figures if (box := _true_box(camera, f))]))
        spots.append(_spots(camera, left))
    model = Model(np.random.default_rng([seed, 1]), width, height, fault_share)
    said_balls, said_players = model.balls(balls, spots), model.players(players)
    return DemoMatch(
        seed=seed,
        width=width,
        height=height,
        truth={
            Capability.BALL: Document.from_frames(Capability.BALL, balls),
            Capability.PLAYER: Document.from_frames(Capability.PLAYER, players),
        },
        prelabels={
            Capability.BALL: Document.from_frames(Capability.BALL, said_balls),
            Capability.PLAYER: Document.from_frames(Capability.PLAYER, said_players),
        },
        faults=tuple(model.faults),
        play=play,
        windows=windows,
    )


def _windows(camera: Camera, play: Play) -> tuple[int, ...]:
    """Return the window's left edge in the wide picture: follows the ball slowly, in whole px."""
    pan, speed = 0.0, 0.0
    lefts = []
    for index in range(len(play.ball)):
        x = play.ball[index, 0]
        wanted = float((x - HALFWAY) * camera.scale(34.0)) * 0.8
        speed += (wanted - pan) * 0.004 - speed * 0.12
        pan = min(max(pan + speed, -camera.reach), camera.reach)
        lefts.append(camera.reach + round(pan))
    return tuple(lefts)


def _figures(camera: Camera, play: Play, index: int, left: int) -> list[_Figure]:
    """Return the players, farthest first."""
    figures = []
    for number in range(PLAYERS):
        x, y = play.players[index, number]
        column, row = camera.project(x, y)
        tall = 1.70 + (number * 7 % 11) * 0.024
        height = float(camera.scale(y)) * tall
        apart = spread(float(play.stride[index, number]))
        foot = (float(column) - left, float(row))
        figures.append(_Figure(number, float(y), foot, height, apart))
    return sorted(figures, key=lambda figure: -figure.depth)


def _ball_place(camera: Camera, play: Play, index: int, left: int) -> tuple[float, float, float]:
    """Return centre and diameter in px of the window."""
    x, y, z = play.ball[index]
    column, row = camera.project(x, y, z + _RADIUS)
    return float(column) - left, float(row), float(camera.scale(y)) * 2 * _RADIUS


def _smear(camera: Camera, play: Play, index: int) -> tuple[float, float]:
    """Return how far the ball moves in the picture while the shutter is open (half a frame)."""
    before = _ball_place(camera, play, max(0, index - 1), 0)
    now = _ball_place(camera, play, index, 0)
    return (now[0] - before[0]) / 2, (now[1] - before[1]) / 2


def _true_ball(camera: Camera, play: Play, index: int, left: int, figures: list[_Figure]) -> Frame:
    x, y, size = _ball_place(camera, play, index, left)
    if not (0 <= x < camera.width and 0 <= y < camera.height):
        return make_frame(ball=BallState.OUT_OF_FRAME)
    depth = float(play.ball[index, 1])
    for figure in figures:
        box_left, top, right, bottom = figure.box
        inner = (right - box_left) * 0.2
        hidden = box_left + inner < x < right - inner and top < y < bottom - figure.height * 0.05
        if figure.depth < depth and hidden:
            return make_frame(ball=BallState.OCCLUDED)
    smear = _smear(camera, play, index)
    blurred = abs(smear[0]) + abs(smear[1]) > 1.5 * size
    state = BallState.BLURRED if blurred else BallState.VISIBLE
    # An even diameter, so that the box about the point has whole units too.
    label = Ball(
        BALL_ID, round(x * UNIT), round(y * UNIT), 2 * round(size * UNIT / 2), None, Origin.MANUAL
    )
    return make_frame([label], ball=state)


def _true_box(camera: Camera, figure: _Figure) -> Box | None:
    left, top, right, bottom = (round(value * UNIT) for value in figure.box)
    area = (right - left) * (bottom - top)
    left, right = max(0, left), min(camera.width * UNIT, right)
    top, bottom = max(0, top), min(camera.height * UNIT, bottom)
    if right <= left or bottom <= top:
        return None
    if (right - left) * (bottom - top) * 100 < area * _LEAST_SEEN:
        return None
    return Box(f"p{figure.number + 1}", left, top, right - left, bottom - top, None, Origin.MANUAL)


def _spots(camera: Camera, left: int) -> list[tuple[int, int]]:
    """Return white spots in the window, in 1/100 px; a penalty spot first."""
    found = []
    for spot in (*PENALTY_SPOTS, CENTRE_SPOT):
        column, row = camera.project(*spot)
        if 20 <= column - left < camera.width - 20:
            found.append((round((column - left) * UNIT), round(row * UNIT)))
    return found


def write_frames(
    match: DemoMatch,
    folder: Path,
    progress: Progress = unwatched,
) -> None:
    """Write ``NNNNNN.jpg``, whole or not at all; pictures that exist already are kept.

    OSError; Cancelled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(match.frame_count):
        path = folder / f"{index:06d}.jpg"
        if not path.exists():
            part = path.with_suffix(".part")
            match.render(index).save(part, "JPEG", quality=JPEG_QUALITY)
            part.replace(path)
        progress("frames drawn", index + 1, match.frame_count)


def write_match(match: DemoMatch, folder: Path) -> None:
    """Write a match as files.  OSError.

    ``frames/NNNNNN.jpg``, the prelabels as MOTChallenge and COCO files, the truth as MOTChallenge
    files and ``faults.json``.
    """
    write_frames(match, folder / "frames")
    for name, documents in (("det", match.prelabels), ("gt", match.truth)):
        for stem, capability in (("players", Capability.PLAYER), ("ball", Capability.BALL)):
            lines = _mot_lines(documents[capability])
            (folder / f"{stem}_{name}.txt").write_text(lines, encoding="utf-8")
    images, results = _coco(match)
    (folder / "coco_images.json").write_text(json.dumps(images), encoding="utf-8")
    (folder / "coco_results.json").write_text(json.dumps(results), encoding="utf-8")
    faults = [
        {
            "frame": fault.index,
            "capability": fault.capability.value,
            "kind": fault.kind.value,
            "label": fault.label_id,
            "truth": fault.truth_id,
        }
        for fault in match.faults
    ]
    (folder / "faults.json").write_text(json.dumps(faults, indent=1), encoding="utf-8")


def _rect(label: Label) -> tuple[float, float, float, float]:
    """Return left, top, width, height in px."""
    if isinstance(label, Box):
        return label.x / UNIT, label.y / UNIT, label.w / UNIT, label.h / UNIT
    size = label.size or 0
    return (label.x - size / 2) / UNIT, (label.y - size / 2) / UNIT, size / UNIT, size / UNIT


def _mot_lines(document: Document) -> str:
    lines = []
    for index, frame in enumerate(document):
        for label in frame.labels:
            x, y, w, h = _rect(label)
            score = 1.0 if label.score is None else label.score / SCORE_UNIT
            place = f"{x + 1:.2f},{y + 1:.2f},{w:.2f},{h:.2f}"
            lines.append(f"{index + 1},{label.id[1:]},{place},{score:.4f},-1,-1,-1\n")
    return "".join(lines)


def _coco(match: DemoMatch) -> tuple[dict[str, object], list[dict[str, object]]]:
    images = [
        {"id": i + 1, "file_name": f"{i:06d}.jpg", "width": match.width, "height": match.height}
        for i in range(match.frame_count)
    ]
    results: list[dict[str, object]] = []
    for category, capability in ((1, Capability.PLAYER), (2, Capability.BALL)):
        for index, frame in enumerate(match.prelabels[capability]):
            for label in frame.labels:
                results.append(
                    {
                        "image_id": index + 1,
                        "category_id": category,
                        "bbox": [round(value, 2) for value in _rect(label)],
                        "score": (label.score or 0) / SCORE_UNIT,
                    }
                )
    categories = [{"id": 1, "name": "player"}, {"id": 2, "name": "ball"}]
    info = {"description": f"demo match, seed {match.seed}"}
    return {"info": info, "images": images, "annotations": [], "categories": categories}, results
