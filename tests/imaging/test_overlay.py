"""What is drawn over the picture, and that it is told apart by form."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.labels import Ball, Box, Origin, make_frame, with_geometry
from prelabel_tui.imaging.overlay.dots import DRAWN, draw
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style, label_at, scene_of
from prelabel_tui.imaging.overlay.viewport import ZOOMS, Viewport

VIEW = Viewport((400, 300), (100, 40), zoom=1)


def drawn(scene: Scene, viewport: Viewport = VIEW) -> np.ndarray:
    """Which dots the overlay covers."""
    dots = np.zeros((viewport.size[1], viewport.size[0]), dtype=np.uint32)
    draw(dots, viewport, scene)
    return (dots & DRAWN) != 0


def colours(scene: Scene) -> np.ndarray:
    dots = np.zeros((VIEW.size[1], VIEW.size[0]), dtype=np.uint32)
    draw(dots, VIEW, scene)
    return dots


STYLES = [frozenset(), *(frozenset({style}) for style in Style)]


@pytest.mark.parametrize(
    ("kind", "geometry"), [("box", (18_000, 13_500, 2400, 4200)), ("ball", (20_000, 15_000, 1400))]
)
def test_each_state_has_a_form_of_its_own(kind: str, geometry: tuple[int, ...]) -> None:
    forms = {}
    for styles in STYLES:
        mark = Mark("a", geometry, kind, styles)  # type: ignore[arg-type]
        # The selected mark's pattern is part of its form: alternating bright and dark.
        forms[styles] = colours(Scene((mark,))) & 0x808080
    for one, other in itertools.combinations(STYLES, 2):
        same = np.array_equal(forms[one] != 0, forms[other] != 0)
        assert not same or not np.array_equal(forms[one], forms[other]), f"{one} looks like {other}"


@given(
    st.sampled_from(ZOOMS),
    st.integers(0, 40_000),
    st.integers(0, 30_000),
    st.integers(200, 3000),
    st.sampled_from(STYLES),
)
def test_the_ball_is_never_hidden_by_its_own_mark(
    zoom: object, x: int, y: int, size: int, styles: frozenset[Style]
) -> None:
    view = Viewport((400, 300), (100, 40), zoom=zoom).centred(x, y)  # type: ignore[arg-type]
    column, row = (int(value) for value in view.to_dot(x, y))
    if 0 <= row < view.size[1] and 0 <= column < view.size[0]:
        assert not drawn(Scene((Mark("b", (x, y, size), "ball", styles),)), view)[row, column]


@given(
    st.integers(1000, 39_000),
    st.integers(1000, 29_000),
    st.integers(1, 1500),
    st.integers(1, 3000),
    st.sampled_from(STYLES),
)
def test_a_box_is_an_outline_however_small(
    x: int, y: int, w: int, h: int, styles: frozenset[Style]
) -> None:
    view = Viewport((400, 300), (40, 12))
    shown = drawn(Scene((Mark("a", (x, y, w, h), "box", styles),)), view)
    left, top, right, bottom = view.span((x, y, w, h))
    inside = shown[max(top, 0) : bottom + 1, max(left, 0) : right + 1]
    assert not inside.all()


@given(st.integers(-50_000, 90_000), st.integers(-50_000, 90_000), st.sampled_from(STYLES))
def test_what_lies_outside_is_cut_off(x: int, y: int, styles: frozenset[Style]) -> None:
    marks = (Mark("a", (x, y, 3000, 3000), "box", styles), Mark("b", (x, y, 900), "ball", styles))
    scene = Scene(marks, cursor=(x, y), grid=(x, y, 9000, 9000), trail=((x, y),))
    assert drawn(scene).shape == (VIEW.size[1], VIEW.size[0])


def test_hidden_labels_leave_the_cursor() -> None:
    mark = Mark("a", (18_000, 13_500, 2400, 4200), "box")
    assert drawn(Scene((mark,))).any()
    assert not drawn(Scene((mark,), show_labels=False)).any()
    assert drawn(Scene((mark,), cursor=(20_000, 15_000), show_labels=False)).any()


def test_a_scene_says_what_it_knows_of_each_label() -> None:
    model = Box("model", 0, 0, 1000, 2000, score=9000)
    frame = make_frame(
        [
            model,
            Box("low", 5000, 0, 1000, 2000, score=1000),
            with_geometry(Box("edited", 9000, 0, 1000, 2000, score=9000), (9100, 0, 1000, 2000)),
            Box("added", 20_000, 0, 1000, 2000, origin=Origin.MANUAL),
            Ball("between", 30_000, 0, origin=Origin.INTERPOLATED),
        ]
    )
    scene = scene_of(frame, selected="model", low_score=5000, cursor=(5500, 500))
    styles = {mark.label_id: mark.styles for mark in scene.marks}
    assert styles == {
        "model": {Style.SELECTED},
        "low": {Style.LOW_SCORE, Style.HOVERED},
        "edited": {Style.EDITED},
        "added": {Style.ADDED},
        "between": {Style.INTERPOLATED},
    }
    assert scene.marks[-1].label_id == "model", "the selected one lies on top"


def test_ghosts_are_only_those_that_changed() -> None:
    box = Box("a", 0, 0, 1000, 2000)
    other = Box("b", 5000, 0, 1000, 2000)
    before = make_frame([box, other])
    now = make_frame([with_geometry(box, (100, 0, 1000, 2000)), other])
    scene = scene_of(now, selected=None, low_score=0, ghosts=before)
    assert [mark.label_id for mark in scene.marks if Style.GHOST in mark.styles] == ["a"]


def test_the_smallest_box_is_under_the_cursor_and_a_ball_before_it() -> None:
    frame = make_frame(
        [
            Box("big", 0, 0, 9000, 9000),
            Box("small", 1000, 1000, 2000, 2000),
            Ball("ball", 1500, 1500, 800),
        ]
    )
    assert label_at(frame, 2900, 2900).id == "small"  # type: ignore[union-attr]
    assert label_at(frame, 1500, 1500).id == "ball"  # type: ignore[union-attr]
    assert label_at(frame, 8000, 8000).id == "big"  # type: ignore[union-attr]
    assert label_at(frame, 9900, 9900) is None
