"""The empty ground as one wide picture: grass, lines, goals, boards and a crowd."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from prelabel_tui.demo.camera import HALFWAY, LENGTH, WIDTH, Camera

PENALTY_SPOTS: Final = ((11.0, WIDTH / 2), (LENGTH - 11.0, WIDTH / 2))
CENTRE_SPOT: Final = (HALFWAY, WIDTH / 2)

_BOARD_Y = WIDTH + 5.0
_LINE = 0.12
_SPOT = 0.22

Array = npt.NDArray[np.float64]


def background(camera: Camera, rng: np.random.Generator) -> Image.Image:
    """Draw the ground, RGB, ``camera.wide`` × ``camera.height`` px."""
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.wide].astype(np.float64)
    rows += 0.5
    columns += 0.5
    foot = int(camera.project(HALFWAY, _BOARD_Y)[1])
    pixels = np.zeros((camera.height, camera.wide, 3))
    pixels[foot:] = _grass(camera, rng, columns[foot:], rows[foot:])
    pixels[:foot] = _stands(camera, rng, foot)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    _boards(camera, rng, draw, foot)
    for goal in (0.0, LENGTH):
        _goal(camera, draw, goal)
    return image


def _grass(camera: Camera, rng: np.random.Generator, columns: Array, rows: Array) -> Array:
    x, y = camera.ground(columns, rows)
    metre = camera.scale(y)
    stripe = (np.floor(x / 5.25) % 2)[..., None]
    colour = np.array([52.0, 118.0, 48.0]) * (1 - stripe) + np.array([60.0, 132.0, 54.0]) * stripe
    colour = colour + rng.integers(-7, 8, size=x.shape)[..., None]
    outside = ((x < -4) | (x > LENGTH + 4) | (y > WIDTH + 3))[..., None]
    colour = np.where(outside, colour * 0.8, colour)
    paint = _paint(x, y, metre)[..., None]
    return np.asarray(colour * (1 - paint) + 232.0 * paint)


def _paint(x: Array, y: Array, metre: Array) -> Array:
    """Return 0..1: how much of each pixel is white line.

    Rows are squeezed by the perspective, so a line across the view must be measured with the
    metres that one row covers.
    """
    across = 1.0 / metre
    along = across * (27.0 + y) / 17.0

    def cover(distance: Array, half: float, step: Array) -> Array:
        covered: Array = np.clip((half - np.abs(distance)) / step + 0.5, 0.0, 1.0) * np.minimum(
            1.0, 2 * half / step + 0.35
        )
        return covered

    def bar_x(at: float, low: float, high: float) -> Array:
        return cover(x - at, _LINE / 2, across) * ((y >= low) & (y <= high))

    def bar_y(at: float, low: float, high: float) -> Array:
        return cover(y - at, _LINE / 2, along) * ((x >= low) & (x <= high))

    parts = [
        bar_y(0.0, 0.0, LENGTH),
        bar_y(WIDTH, 0.0, LENGTH),
        bar_x(0.0, 0.0, WIDTH),
        bar_x(LENGTH, 0.0, WIDTH),
        bar_x(HALFWAY, 0.0, WIDTH),
    ]
    middle = WIDTH / 2
    for goal, sign in ((0.0, 1.0), (LENGTH, -1.0)):
        for depth, half in ((16.5, 20.16), (5.5, 9.16)):
            inner = goal + sign * depth
            low, high = min(goal, inner), max(goal, inner)
            parts += [
                bar_x(inner, middle - half, middle + half),
                bar_y(middle - half, low, high),
                bar_y(middle + half, low, high),
            ]
    circles = [(HALFWAY, 0.0), *((spot, 16.5) for spot, _ in PENALTY_SPOTS)]
    for centre, box in circles:
        dx, dy = x - centre, y - middle
        radius = np.sqrt(dx * dx + dy * dy)
        step = (across * np.abs(dx) + along * np.abs(dy)) / np.maximum(radius, 0.1)
        ring = cover(radius - 9.15, _LINE / 2, np.maximum(step, across))
        if box:
            ring = ring * ((x > box) & (x < LENGTH - box))
        spot = np.clip((_SPOT - radius) / np.maximum(step, across) + 0.5, 0.0, 1.0)
        parts += [ring, spot]
    return np.asarray(np.maximum.reduce(parts))


def _stands(camera: Camera, rng: np.random.Generator, height: int) -> Array:
    """Draw rows of seats; two in three are taken."""
    cell = max(3, camera.height // 120)
    rows, columns = height // cell + 1, camera.wide // cell + 1
    seats = np.empty((rows, columns, 3))
    seats[:] = (44.0, 48.0, 58.0)
    shirts = np.array(
        [(150, 40, 44), (180, 176, 168), (60, 70, 120), (90, 84, 80), (196, 160, 60), (40, 42, 46)]
    )
    taken = rng.integers(0, 3, size=(rows, columns)) > 0
    people = shirts[rng.integers(0, len(shirts), size=(rows, columns))] * 0.72
    people = people + rng.integers(-14, 15, size=(rows, columns))[..., None]
    seats = np.where(taken[..., None], people, seats)
    seats[rows // 2] = (70.0, 72.0, 76.0)
    seats[:, :: max(2, columns // 9)] = (70.0, 72.0, 76.0)
    whole = np.repeat(np.repeat(seats, cell, axis=0), cell, axis=1)[:height, : camera.wide]
    shade = 0.55 + 0.45 * (np.arange(height) / height)
    return np.asarray(whole * shade[:, None, None])


def _boards(camera: Camera, rng: np.random.Generator, draw: ImageDraw.ImageDraw, foot: int) -> None:
    top = int(camera.project(HALFWAY, _BOARD_Y, 1.0)[1])
    step = max(8, camera.wide // 14)
    margin = (foot - top) // 4
    colours = ((226, 226, 222), (24, 60, 140), (190, 30, 40), (240, 200, 40), (20, 22, 26))
    for number, left in enumerate(range(0, camera.wide, step)):
        colour = colours[number % len(colours)]
        draw.rectangle((left, top, left + step - 1, foot), fill=colour)
        ink = (20, 20, 20) if sum(colour) > 380 else (235, 235, 235)
        at = left + step // 5
        for _ in range(6):
            letter = int(rng.integers(2, 6)) * step // 60 + 1
            draw.rectangle((at, top + margin, at + letter, foot - margin), fill=ink)
            at += letter + step // 20


def _goal(camera: Camera, draw: ImageDraw.ImageDraw, x: float) -> None:
    near, far, bar = WIDTH / 2 - 3.66, WIDTH / 2 + 3.66, 2.44
    back = x - 2.0 if x == 0 else x + 2.0

    def line(a: tuple[float, ...], b: tuple[float, ...], colour: int, width: int) -> None:
        points = [*camera.project(*a), *camera.project(*b)]
        draw.line([round(point) for point in points], fill=(colour,) * 3, width=width)

    for part in range(9):
        y = near + (far - near) * part / 8
        line((x, y, bar), (back, y, 0.0), 150, 1)
    for part in range(1, 5):
        at, z = x + (back - x) * part / 5, bar * (1 - part / 5)
        line((at, near, z), (at, far, z), 150, 1)
    thick = max(2, camera.width // 420)
    line((x, near, 0.0), (x, near, bar), 245, thick)
    line((x, far, 0.0), (x, far, bar), 245, thick)
    line((x, near, bar), (x, far, bar), 245, thick)
