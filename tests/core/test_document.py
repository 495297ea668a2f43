"""Payloads: what is joined is split again, whatever the ids of labels say."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.model.codec import PayloadError, stream_payload
from prelabel_tui.core.model.document import Document, TreeHash
from prelabel_tui.core.model.labels import Ball, BallState, Box, Capability, Flag, Frame, make_frame

TRICKY = [
    "p1", ",{}", '},{"labels":[', ',{"labels":', "]}", '"', "\\", '\\"},{"ball":', "{},{}", "é",
]  # fmt: skip
_ids = st.sampled_from(TRICKY) | st.text(max_size=6)
_labels = st.builds(Box, _ids, *[st.integers(-99, 99)] * 4) | st.builds(
    Ball, _ids, *[st.integers(-99, 99)] * 3
)
_frames = st.just(Frame()) | st.builds(
    make_frame,
    st.lists(_labels, max_size=3),
    st.sets(st.sampled_from(list(Flag))),
    st.none() | st.sampled_from(list(BallState)),
    st.booleans(),
)


@given(st.sampled_from(list(Capability)), st.lists(_frames, max_size=8))
@settings(max_examples=300)
def test_a_payload_is_read_as_it_was_written(capability: Capability, frames: list[Frame]) -> None:
    document = Document.from_frames(capability, frames)
    payload = document.payload()
    assert len(json.loads(payload)["frames"]) == len(frames)
    again = Document.from_payload(payload)
    assert again == document
    assert list(again) == frames
    published = Document.from_payload(document.published().payload())
    assert list(published) == [msgspec.structs.replace(f, reviewed=False) for f in frames]


@given(
    st.sampled_from(list(Capability)), st.lists(_frames, max_size=6), st.lists(_frames, max_size=6)
)
@settings(max_examples=200)
def test_a_payload_is_read_alike_beside_a_similar_document(
    capability: Capability, frames: list[Frame], others: list[Frame]
) -> None:
    mixed = [
        a if index % 2 else b for index, (a, b) in enumerate(zip(frames, others, strict=False))
    ]
    payload = Document.from_frames(capability, frames).payload()
    for like in (others, mixed, frames, frames[:-1]):
        beside = Document.from_frames(capability, like)
        assert list(Document.from_payload(payload, beside)) == frames


@given(
    st.sampled_from(list(Capability)), st.lists(_frames, max_size=8), st.integers(1, 80), st.data()
)
@settings(max_examples=300)
def test_a_payload_in_pieces_gives_the_same_frames(
    capability: Capability, frames: list[Frame], size: int, data: st.DataObject
) -> None:
    document = Document.from_frames(capability, frames)
    payload = document.payload()
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)]
    found = list(stream_payload(pieces))
    assert found == document.every_encoded()
    tree = TreeHash(capability)
    for encoded in found:
        tree.add(encoded)
    assert tree.hexdigest() == document.tree_hash()
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(PayloadError):
        list(stream_payload([payload[:cut]]))


def test_a_payload_with_spaces_is_read_too() -> None:
    payload = b'{"capability": "ball_detection", "format": 1, "frames": [{}, {"reviewed": true}]}'
    assert len(Document.from_payload(payload)) == 2


@pytest.mark.parametrize("cut", [1, 2, 3, 20])
def test_a_payload_that_was_cut_off_is_refused(cut: int) -> None:
    payload = Document.from_frames(Capability.BALL, [make_frame([Ball("b", 1, 2, 3)])]).payload()
    with pytest.raises(PayloadError):
        Document.from_payload(payload[:-cut])


_EDGES = st.sampled_from([0, 1, 127, 128, 129, 255, 256, 300])


@given(_EDGES, st.lists(st.tuples(st.integers(0, 2), st.integers(0, 299), _frames), max_size=12))
@settings(max_examples=200)
def test_copies_that_share_frames_change_alone(
    count: int, edits: list[tuple[int, int, Frame]]
) -> None:
    first = Document.blank(Capability.PLAYER, count)
    first.tree_hash()
    documents = [first, first.copy(), Document.blank(Capability.PLAYER, count)]
    models = [[Frame()] * count for _ in documents]
    for which, index, frame in edits:
        if index < count:
            documents[which].replace(index, frame)
            models[which][index] = frame
        else:
            with pytest.raises(IndexError):
                documents[which].replace(index, frame)
    for document, model in zip(documents, models, strict=True):
        fresh = Document.from_frames(Capability.PLAYER, model)
        assert list(document) == model
        assert document.tree_hash() == fresh.tree_hash()
        assert document.payload() == fresh.payload()
        for other, theirs in zip(documents, models, strict=True):
            differing = {
                index: document.encoded(index)
                for index in range(count)
                if model[index] != theirs[index]
            }
            assert document.changed_from(other) == differing
            assert (document == other) == (not differing)


def test_the_hash_of_a_draft_stays_what_databases_hold() -> None:
    document = Document.blank(Capability.BALL, 300)
    document.replace(129, make_frame([Ball("b", 1, 2, 3)]))
    assert (
        document.tree_hash() == "fa4f822b968356ffed3b74a6c2ed96f7db25259ba81d0d49a83f617f31f63d02"
    )
