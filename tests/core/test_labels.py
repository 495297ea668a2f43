"""Labels, documents, operations: canonical bytes, exact inverses, hashes."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits import operations
from prelabel_tui.core.model.codec import PayloadError, decode_frame, encode_frame, published_bytes
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    Label,
    Origin,
    make_frame,
    to_score,
    to_units,
    with_geometry,
)

ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=6)
units = st.integers(-1_000, 700_000)
sizes = st.integers(1, 100_000)
scores = st.none() | st.integers(0, 10_000)
balls = st.builds(Ball, ids, units, units, st.none() | sizes, scores, st.sampled_from(Origin))
boxes = st.builds(Box, ids, units, units, sizes, sizes, scores, st.sampled_from(Origin))
frames = st.builds(
    make_frame,
    st.lists(balls | boxes, max_size=5, unique_by=lambda label: label.id),
    st.sets(st.sampled_from(Flag)),
    st.none() | st.sampled_from(BallState),
    st.booleans(),
)


@given(st.lists(frames, max_size=5))
def test_payload_bytes_are_rfc_8785_and_read_back(content: list[Frame]) -> None:
    document = Document.from_frames(Capability.PLAYER, content)
    payload = document.payload()
    assert payload == rfc8785.dumps(json.loads(payload))
    again = Document.from_payload(payload)
    assert again == document
    assert list(again) == content


@given(frames)
def test_a_published_frame_is_the_frame_without_its_reviewed_mark(frame: Frame) -> None:
    bare = msgspec.structs.replace(frame, reviewed=False)
    assert published_bytes(encode_frame(frame)) == encode_frame(bare)
    assert decode_frame(encode_frame(frame)) == frame


@given(st.lists(frames, min_size=1, max_size=4), frames, st.data())
def test_the_tree_hash_tells_contents_apart_and_only_contents(
    content: list[Frame], other: Frame, data: st.DataObject
) -> None:
    document = Document.from_frames(Capability.BALL, content)
    before = document.tree_hash()
    at = data.draw(st.integers(0, len(content) - 1))
    document.replace(at, other)
    assert (document.tree_hash() == before) == (other == content[at])
    document.replace(at, content[at])
    assert document.tree_hash() == before
    assert document.copy().tree_hash() == before
    digests = [hashlib.sha256(encode_frame(frame)).digest() for frame in content]
    groups = hashlib.sha256(b"".join(digests)).digest()  # one group: fewer than 128 frames
    whole = hashlib.sha256(f"ball_detection {len(content)}\0".encode() + groups)
    assert before == whole.hexdigest()


@st.composite
def edits(draw: st.DrawFn) -> tuple[Document, operations.Operation]:
    content = draw(st.lists(frames, min_size=1, max_size=4))
    changes: list[operations.Change] = []
    current = list(content)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(content) - 1))
        change: operations.Change
        if draw(st.booleans()):
            flags = draw(st.sets(st.sampled_from(Flag)))
            change = operations.state_change(at, current[at], flags=flags, reviewed=True)
        else:
            label: Label = draw(balls | boxes)
            after = draw(st.none() | st.just(label))
            before = current[at].label(label.id)
            if before is None and after is None:
                continue
            change = operations.label_change(at, before, after)
        current[at] = operations.changed_frame(current[at], change)
        changes.append(change)
    document = Document.from_frames(Capability.PLAYER, content)
    return document, operations.Operation("edit", "Edit", tuple(changes))


@given(edits())
def test_an_operation_is_taken_back_exactly(edit: tuple[Document, operations.Operation]) -> None:
    document, operation = edit
    before = document.payload()
    operations.apply(document, operation)
    operations.apply(document, operation.inverse())
    assert document.payload() == before
    again = msgspec.json.decode(msgspec.json.encode(operation), type=operations.Operation)
    assert again == operation


def test_an_operation_made_for_other_content_changes_nothing() -> None:
    document = Document.blank(Capability.BALL, 2)
    ball = Ball("b", 1, 2, 3)
    add = operations.label_change(0, None, ball)
    wrong = operations.label_change(1, ball, None)
    before = document.payload()
    with pytest.raises(operations.OperationConflict, match="frame 2"):
        operations.apply(document, operations.Operation("x", "X", (add, wrong)))
    assert document.payload() == before


def test_moving_a_label_keeps_what_the_model_gave_until_it_is_back() -> None:
    box = Box("p1", 100, 200, 300, 400, score=9_000)
    moved = with_geometry(box, (200, 200, 300, 400))
    assert moved.was == (100, 200, 300, 400)
    assert with_geometry(moved, (300, 200, 300, 400)).was == (100, 200, 300, 400)
    assert with_geometry(moved, box.geometry) == box


@pytest.mark.parametrize(
    ("pixels", "stored"), [(1.0, 100), (0.005, 1), (-0.005, -1), (3543.77, 354_377)]
)
def test_pixels_are_kept_to_a_hundredth(pixels: float, stored: int) -> None:
    assert to_units(pixels) == stored


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not a finite"):
        to_units(bad)
    with pytest.raises(ValueError, match="score"):
        to_score(bad)


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b"{}", b'{"capability":"x","format":1,"frames":[]}', b"\xff"]
)
def test_bytes_that_are_no_payload_are_refused(bad: bytes) -> None:
    with pytest.raises(PayloadError):
        Document.from_payload(bad)


@given(balls | boxes, units, st.none() | st.text(max_size=4))
def test_a_label_keeps_its_track_wherever_it_is_put(
    label: Label, step: int, track: str | None
) -> None:
    tracked = msgspec.structs.replace(label, track=track)
    x, y, *size = tracked.geometry
    moved = with_geometry(tracked, (x + step, y - step, *size))  # type: ignore[arg-type]
    assert moved.track == track
    frame = make_frame([tracked])
    change = operations.label_change(0, tracked, moved)
    assert operations.changed_frame(frame, change) == make_frame([moved])
    logged = msgspec.json.encode(change)
    assert msgspec.json.decode(logged, type=operations.LabelChange) == change


def named(names: list[str]) -> Frame:
    return make_frame([Box(name, 0, 0, 1, 1, None, Origin.MODEL) for name in names])


@given(st.lists(st.text("p019-x²", min_size=1, max_size=6), unique=True))
def test_every_label_is_listed_once(names: list[str]) -> None:
    listed = [label.id for label in named(names).listed()]
    assert sorted(listed) == sorted(names)


def test_labels_are_listed_as_people_count() -> None:
    listed = named(["p10", "a", "p2", "9" * 5000, "p02x", "p20"]).listed()
    assert [label.id for label in listed] == ["9" * 5000, "a", "p2", "p02x", "p10", "p20"]
