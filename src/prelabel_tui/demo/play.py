"""How 22 players and a ball move: two teams in formation, passes, flights, a ball out of play."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from prelabel_tui.demo.camera import HALFWAY, LENGTH, WIDTH

FPS: Final = 25
PLAYERS: Final = 22
_TEAM = 11

Floats = npt.NDArray[np.float64]

# A team's shape, from its own goal: metres from the middle of the block, metres from touchline.
_SHAPE = (
    (-17.0, 10.0),
    (-19.0, 26.0),
    (-19.0, 42.0),
    (-17.0, 58.0),
    (-3.0, 9.0),
    (-5.0, 27.0),
    (-4.0, 41.0),
    (-3.0, 59.0),
    (9.0, 27.0),
    (11.0, 42.0),
)
_OUT_EVERY = 150
_OUT_AT = 70
_OUT_FOR = 16


@dataclass(frozen=True)
class Play:
    """A match as it was played, in metres.

    ``players`` is frames × 22 × (x, y), ``ball`` frames × (x, y, z), ``stride`` the distance each
    player has run, ``carrier`` who has the ball (-1: nobody).
    """

    players: Floats
    ball: Floats
    stride: Floats
    carrier: npt.NDArray[np.int64]


@dataclass
class _Ball:
    """Either carried, or on its way to a receiver, or going out of play."""

    place: Floats
    carrier: int
    since: int = 0
    keep: int = 20
    start: Floats = field(default_factory=lambda: np.zeros(2))
    receiver: int = -1
    left: int = 0
    flight: int = 0
    height: float = 0.0
    outs: int = 0
    out: Floats | None = None


def simulate(rng: np.random.Generator, frames: int) -> Play:
    """Play ``frames`` frames at 25 per second."""
    wander = _wander(rng, frames)
    place = _formation(np.array([HALFWAY + 4.0, 30.0])) + wander[0]
    speed = np.zeros((PLAYERS, 2))
    stride = np.zeros(PLAYERS)
    ball = _Ball(place=np.array([*place[9], 0.0]), carrier=9)
    players = np.empty((frames, PLAYERS, 2))
    strides = np.empty((frames, PLAYERS))
    balls = np.empty((frames, 3))
    carriers = np.empty(frames, dtype=np.int64)
    for frame in range(frames):
        target = _formation(ball.place[:2]) + wander[frame]
        _attract(target, place, ball)
        push = np.clip((target - place) * 2.2 - speed * 2.4, -9.0, 9.0)
        speed = speed + push / FPS
        pace = np.sqrt((speed * speed).sum(axis=1))
        speed = speed * np.minimum(1.0, 7.8 / np.maximum(pace, 0.01))[:, None]
        place = place + speed / FPS
        place[:, 1] = np.clip(place[:, 1], -0.5, WIDTH + 0.5)
        stride = stride + np.minimum(pace, 7.8) / FPS
        _move_ball(rng, ball, place, speed, frame)
        players[frame], strides[frame] = place, stride
        balls[frame], carriers[frame] = ball.place, ball.carrier
    return Play(players, balls, strides, carriers)


def _wander(rng: np.random.Generator, frames: int) -> Floats:
    """Return a slow drift of each player about its post: smooth steps between one-second knots."""
    knots = frames // FPS + 2
    values = rng.integers(-350, 351, size=(knots, PLAYERS, 2)) / 100.0
    at = np.arange(frames)
    low, part = at // FPS, (at % FPS) / FPS
    ease = (part * part * (3.0 - 2.0 * part))[:, None, None]
    return np.asarray(values[low] * (1.0 - ease) + values[low + 1] * ease)


def _formation(ball: Floats) -> Floats:
    """Return where each player belongs when the ball is there."""
    posts = np.empty((PLAYERS, 2))
    shape = np.array(_SHAPE)
    block = HALFWAY + 0.55 * (ball[0] - HALFWAY)
    slide = 0.22 * (ball[1] - WIDTH / 2)
    posts[1:_TEAM, 0] = block - 4.0 + shape[:, 0]
    posts[1:_TEAM, 1] = shape[:, 1] + slide
    posts[_TEAM + 1 :, 0] = block + 4.0 - shape[:, 0]
    posts[_TEAM + 1 :, 1] = WIDTH - shape[:, 1] + slide
    posts[0] = (6.0, WIDTH / 2 + 0.5 * slide)
    posts[_TEAM] = (LENGTH - 6.0, WIDTH / 2 + 0.5 * slide)
    return posts


def _attract(target: Floats, place: Floats, ball: _Ball) -> None:
    """Let the carrier run on, two opponents press, the receiver meet the ball."""
    if ball.carrier >= 0:
        forward = 1.0 if ball.carrier < _TEAM else -1.0
        target[ball.carrier] = place[ball.carrier] + np.array([5.0 * forward, 0.8])
    meets = ball.receiver if ball.carrier < 0 else -1
    if meets >= 0:
        target[meets] = 0.6 * place[meets] + 0.4 * ball.place[:2]
    owner = ball.carrier if ball.carrier >= 0 else meets
    if owner < 0:
        return
    rivals = np.arange(_TEAM, PLAYERS) if owner < _TEAM else np.arange(_TEAM)
    away = ((place[rivals] - ball.place[:2]) ** 2).sum(axis=1)
    for rank, rival in enumerate(rivals[np.argsort(away, kind="stable")[:2]]):
        target[rival] = ball.place[:2] + np.array([0.0, 1.1 if rank else -1.2])


def _move_ball(
    rng: np.random.Generator, ball: _Ball, place: Floats, speed: Floats, frame: int
) -> None:
    if ball.carrier >= 0:
        _carry(ball, place, speed)
        if frame % _OUT_EVERY >= _OUT_AT and ball.outs <= frame // _OUT_EVERY:
            _kick_out(ball)
        elif ball.since >= ball.keep:
            _pass(rng, ball, place)
        ball.since += 1
    elif ball.out is not None:
        ball.place = ball.place + ball.out / FPS
        ball.left -= 1
        if ball.left <= 0:
            thrower = int(np.argmin(((place - ball.place[:2]) ** 2).sum(axis=1)))
            ball.place = np.array([place[thrower, 0], max(place[thrower, 1], 0.3), 0.0])
            _receive(ball, thrower, keep=12)
            ball.out = None
    else:
        ball.left -= 1
        part = 1.0 - ball.left / ball.flight
        reach = part * (1.35 - 0.35 * part)
        ground = ball.start * (1.0 - reach) + place[ball.receiver] * reach
        ball.place = np.array([*ground, ball.height * 4.0 * part * (1.0 - part)])
        if ball.left <= 0:
            _receive(ball, ball.receiver, keep=int(rng.integers(9, 26)))


def _carry(ball: _Ball, place: Floats, speed: Floats) -> None:
    """Roll the ball a little ahead of the carrier, further between two touches."""
    heading = speed[ball.carrier]
    pace = float(np.sqrt((heading * heading).sum()))
    touch = (ball.since % 9) / 9.0
    ahead = 0.45 + 0.16 * pace * touch * (1.0 - touch) * 4.0 / 2.0
    wanted = place[ball.carrier] + heading / max(pace, 0.5) * ahead
    ground = ball.place[:2] + (wanted - ball.place[:2]) * 0.6
    ball.place = np.array([*ground, 0.0])


def _kick_out(ball: _Ball) -> None:
    """Miskick the ball over the near touchline and out of the picture."""
    frames = max(10, int(ball.place[1] / 1.2))
    ball.out = np.array([2.0, -(ball.place[1] + 3.0) / frames * FPS, 0.0])
    ball.left = frames + _OUT_FOR
    ball.carrier, ball.receiver = -1, -1
    ball.outs += 1


def _pass(rng: np.random.Generator, ball: _Ball, place: Floats) -> None:
    """Pass to a team mate 8 to 38 m away; long ones fly; one in six ends with an opponent."""
    own = np.arange(_TEAM) if ball.carrier < _TEAM else np.arange(_TEAM, PLAYERS)
    if rng.integers(6) == 0:
        own = (own + _TEAM) % PLAYERS
    away = np.sqrt(((place[own] - ball.place[:2]) ** 2).sum(axis=1))
    inside = np.abs(place[own, 0] - HALFWAY) < 44.0
    near = own[(away > 8.0) & (away < 38.0) & inside & (own != ball.carrier)]
    if len(near) == 0:
        ball.keep += 5
        return
    ball.receiver = int(near[rng.integers(len(near))])
    distance = float(np.sqrt(((place[ball.receiver] - ball.place[:2]) ** 2).sum()))
    lofted = distance > 20.0 or rng.integers(4) == 0
    ball.flight = ball.left = max(8, int(distance / (17.0 if lofted else 15.0) * FPS))
    ball.height = distance * 0.22 if lofted else 0.0
    ball.start = ball.place[:2].copy()
    ball.carrier = -1


def _receive(ball: _Ball, player: int, keep: int) -> None:
    ball.carrier, ball.receiver = player, -1
    ball.since, ball.keep = 0, keep
