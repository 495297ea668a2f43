"""Where labels are, and which edits clearly leave them in their tracks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.labels import Ball, Box, Label, Origin, make_frame, with_geometry
from prelabel_tui.core.tracks.places import far_off, model_places, only_nudged, read_places

_AT = st.integers(-300, 300)
_SIDE = st.integers(0, 300)
_BOXES = st.tuples(_AT, _AT, _SIDE, _SIDE)
_BALLS = st.tuples(_AT, _AT, st.one_of(st.none(), _SIDE))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.tuples(_BOXES, _BOXES, _BOXES), st.tuples(_BALLS, _BALLS, _BALLS)))
def test_what_was_only_nudged_is_not_far_off(places: tuple[tuple[int, ...], ...]) -> None:
    model, before, now = places
    is_ball = len(model) == 3
    label: Label = Ball("a", *model) if is_ball else Box("a", *model)  # type: ignore[arg-type]
    one = with_geometry(label, before)
    old, new = (encode_frame(make_frame([x])) for x in (one, with_geometry(one, now)))
    if only_nudged(old, new):
        there, here = read_places([old], is_ball), read_places([new], is_ball)
        assert not far_off(here, there).any()
        was_off = far_off(there, model_places(there, [old], is_ball))
        assert not (far_off(here, model_places(here, [new], is_ball)) & ~was_off).any()


@pytest.mark.parametrize(
    "labels",
    [
        [],
        [Box("a", 1000, 1000, 2000, 5000), Box("b", 0, 0, 100, 100)],
        [Box("b", 1000, 1000, 2000, 5000)],
        [Box("a", 1000, 1000, 2000, 5000, track="9")],
        [Box("a", 9000, 1000, 2000, 5000)],
        [Ball("a", 1000, 1000, 5000)],
    ],
)
def test_more_than_a_nudge(labels: list[Label]) -> None:
    old = encode_frame(make_frame([Box("a", 1000, 1000, 2000, 5000)]))
    assert not only_nudged(old, encode_frame(make_frame(labels)))


def test_a_nudge() -> None:
    label = Box("a", 1000, 1000, 2000, 5000)
    frames = [make_frame([one]) for one in (label, with_geometry(label, (1100, 1000, 2000, 5000)))]
    old, new = map(encode_frame, frames)
    assert only_nudged(old, new)
    assert only_nudged(old, encode_frame(make_frame([label], reviewed=True)))
    assert not only_nudged(old, b"{")
    by_hand = Box("a", 1000, 1000, 2000, 5000, origin=Origin.MANUAL)
    assert only_nudged(encode_frame(make_frame([by_hand])), old)
