"""Counts of a content: the same as of its labels one by one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.counts import count, label_count
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    Origin,
    make_frame,
)

_TRICKY = ('"kind":"', '"was":[1]', '"origin":"manual"', "p\\", '"reviewed":true}', ',"labels":')
_ids = st.sampled_from(_TRICKY) | st.text(min_size=1, max_size=8)
_units = st.integers(-100, 100_000)
_boxes = st.builds(
    Box, _ids, _units, _units, _units, _units, st.none() | st.integers(0, 10_000),
    st.sampled_from(Origin), st.none() | st.tuples(_units, _units, _units, _units),
)  # fmt: skip
_frames = st.builds(
    make_frame,
    st.lists(_boxes, max_size=4),
    st.sets(st.sampled_from(Flag)),
    st.none() | st.sampled_from(BallState),
    st.booleans(),
    left_out=st.booleans(),
    unseen=st.booleans(),
)


@given(st.lists(_frames, max_size=5))
def test_counts_are_those_of_the_labels(content: list[Frame]) -> None:
    document = Document.from_frames(Capability.PLAYER, content)
    kept = [frame for frame in content if not frame.left_out]
    labels = [label for frame in kept for label in frame.labels]
    flags = Counter(flag.value for frame in kept for flag in frame.flags)
    ball = Counter(frame.ball.value for frame in kept if frame.ball is not None)
    counts = count(document)
    assert counts.frames == len(content)
    assert counts.left_out == len(content) - len(kept)
    assert counts.reviewed == sum(frame.reviewed for frame in kept)
    assert counts.unseen == sum(frame.unseen for frame in kept)
    assert counts.labels == label_count(document) == len(labels)
    assert counts.by_origin == Counter(label.origin.value for label in labels)
    assert (counts.flags, counts.ball) == (flags, ball)
    assert counts.of_revision() == {
        "frames": len(content), "left_out": counts.left_out, "labels": len(labels),
        "flags": flags, "ball": ball,
    }  # fmt: skip
