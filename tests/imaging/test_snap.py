"""Snapping to the ball and to a player's edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.edits.matching import overlap
from prelabel_tui.core.model.labels import UNIT, Ball, BallState, Box, Capability
from prelabel_tui.demo import DemoMatch, make_match
from prelabel_tui.imaging.snapping import snap_ball, snap_box, snap_player

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def _grass(width: int = 200, height: int = 120) -> Pixels:
    rng = np.random.default_rng(1)
    noise = rng.integers(-4, 5, (height, width, 1))
    return (np.array([52, 128, 50]) + noise).astype(np.uint8)


def _draw_ball(pixels: Pixels, x: float, y: float, diameter: float = 9.0) -> None:
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    away = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    cover = np.clip(diameter / 2 + 0.5 - away, 0, 1)[..., None]
    pixels[:] = (pixels * (1 - cover) + 245 * cover).astype(np.uint8)


def _draw_player(pixels: Pixels, x: int, y: int, w: int = 14, h: int = 40) -> None:
    pixels[y : y + h, x : x + w] = (200, 30, 40)


@settings(max_examples=30)
@given(st.floats(40, 160), st.floats(40, 80), st.floats(0, 22), st.floats(0, 6.28))
def test_a_ball_on_grass_is_found_exactly(x: float, y: float, off: float, angle: float) -> None:
    pixels = _grass()
    _draw_ball(pixels, x, y)
    start = x + off * math.cos(angle), y + off * math.sin(angle)
    spot = snap_ball(pixels, round(start[0] * UNIT), round(start[1] * UNIT), size=9 * UNIT)
    assert math.hypot(spot.x / UNIT - x, spot.y / UNIT - y) <= 0.7
    assert spot.sure
    assert spot.reason.startswith("ball-like spot")
    assert spot == snap_ball(pixels, round(start[0] * UNIT), round(start[1] * UNIT), size=9 * UNIT)


def test_a_line_is_no_ball() -> None:
    pixels = _grass()
    pixels[60:64] = 240
    spot = snap_ball(pixels, 100 * UNIT, 55 * UNIT, size=9 * UNIT)
    assert not spot.sure


def test_nothing_there_is_said() -> None:
    spot = snap_ball(_grass(), 100 * UNIT, 60 * UNIT)
    assert not spot.sure
    assert spot.reason == "nothing ball-like within 25 px"


def test_two_balls_are_not_sure() -> None:
    pixels = _grass()
    _draw_ball(pixels, 90, 60)
    _draw_ball(pixels, 112, 60)
    spot = snap_ball(pixels, 101 * UNIT, 60 * UNIT, size=9 * UNIT)
    assert not spot.sure
    assert spot.reason == "another spot looks as much like a ball"


@pytest.mark.parametrize(("x", "y"), [(0, 0), (199, 119), (199, 0), (3, 117)])
def test_corners_are_safe(x: int, y: int) -> None:
    snap_ball(_grass(), x * UNIT, y * UNIT)
    snap_box(_grass(), (x * UNIT - 500, y * UNIT - 500, 1500, 4000))
    snap_player(_grass(), x * UNIT, y * UNIT, (1500, 4000))


def test_outside_the_picture() -> None:
    spot = snap_ball(_grass(), 500 * UNIT, 60 * UNIT)
    assert (spot.x, spot.sure, spot.reason) == (500 * UNIT, False, "outside the picture")
    box = (500 * UNIT, 0, 1400, 4000)
    assert snap_box(_grass(), box).geometry == box


@settings(max_examples=30)
@given(st.integers(-11, 11), st.integers(-8, 8))
def test_a_shifted_box_goes_to_the_players_edges(dx: int, dy: int) -> None:
    pixels = _grass()
    _draw_player(pixels, 90, 40)
    found = snap_box(pixels, ((90 + dx) * UNIT, (40 + dy) * UNIT, 14 * UNIT, 40 * UNIT))
    assert overlap(Box("", *found.geometry), Box("", 9000, 4000, 1400, 4000)) >= 0.95
    assert found.sure


def test_a_box_that_is_right_stays() -> None:
    pixels = _grass()
    _draw_player(pixels, 90, 40)
    right = (90 * UNIT, 40 * UNIT, 14 * UNIT, 40 * UNIT)
    found = snap_box(pixels, right)
    assert found.geometry == right
    assert found.reason == "edges up to 0 px away"


def test_shadow_and_lines_are_no_player() -> None:
    pixels = _grass()
    pixels[76:80, 70:92] = (pixels[76:80, 70:92] * 0.65).astype(np.uint8)
    pixels[58:60] = 235
    _draw_player(pixels, 90, 40)
    found = snap_box(pixels, (84 * UNIT, 40 * UNIT, 14 * UNIT, 40 * UNIT))
    assert overlap(Box("", *found.geometry), Box("", 9000, 4000, 1400, 4000)) >= 0.9


def test_no_player_is_said_and_the_box_stays() -> None:
    box = (90 * UNIT, 40 * UNIT, 14 * UNIT, 40 * UNIT)
    found = snap_box(_grass(), box)
    assert (found.geometry, found.sure, found.reason) == (box, False, "nothing player-like here")


def test_a_new_box_round_the_player_under_the_cursor() -> None:
    pixels = _grass()
    _draw_player(pixels, 90, 40)
    found = snap_player(pixels, 99 * UNIT, 66 * UNIT, (13 * UNIT, 36 * UNIT))
    assert overlap(Box("", *found.geometry), Box("", 9000, 4000, 1400, 4000)) >= 0.95


@pytest.fixture(scope="module")
def match() -> DemoMatch:
    return make_match(31)


def test_most_balls_of_the_demo_are_found(match: DemoMatch) -> None:
    rng = np.random.default_rng(3)
    right = sure = right_and_sure = tried = 0
    for index in range(0, 150, 5):
        frame = match.truth[Capability.BALL].frame(index)
        if frame.ball is not BallState.VISIBLE:
            continue
        ball = frame.labels[0]
        assert isinstance(ball, Ball)
        off, angle = 25 * UNIT * math.sqrt(rng.random()), 2 * math.pi * rng.random()
        x = min(max(ball.x + round(off * math.cos(angle)), 0), match.width * UNIT - 1)
        y = min(max(ball.y + round(off * math.sin(angle)), 0), match.height * UNIT - 1)
        spot = snap_ball(np.asarray(match.render(index)), x, y, size=ball.size)
        good = math.hypot(spot.x - ball.x, spot.y - ball.y) <= 2 * UNIT
        tried, right, sure = tried + 1, right + good, sure + spot.sure
        right_and_sure += good and spot.sure
    assert right >= 0.85 * tried
    assert right_and_sure >= 0.9 * sure


def test_most_shifted_boxes_of_the_demo_are_put_right(match: DemoMatch) -> None:
    after: list[float] = []
    for fault in match.faults:
        if fault.kind == "shifted" and fault.capability is Capability.PLAYER:
            said = match.prelabels[fault.capability].frame(fault.index).label(fault.label_id or "")
            true = match.truth[fault.capability].frame(fault.index).label(fault.truth_id or "")
            assert isinstance(said, Box)
            assert isinstance(true, Box)
            found = snap_box(np.asarray(match.render(fault.index)), said.geometry)
            after.append(overlap(Box("", *found.geometry), true))
    assert np.median(after) >= 0.88
