"""Canonical JSON: RFC 8785 bytes, one form for one content, and what older programs wrote."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.drafts.deltas import decode_delta, encode_delta
from prelabel_tui.core.model.codec import (
    PayloadError,
    decode_frame,
    encode_frame,
    form_of,
    is_left_out,
    is_reviewed,
    published_bytes,
)
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
    content_of,
    make_frame,
)

# Content that a program without tracks wrote, with the hashes that it gave.
BALLS = Document.from_frames(
    Capability.BALL,
    [
        make_frame(
            [Ball("b1", 10_050, 20_075, 1_200, 9_100)], {Flag.BAD_FRAME}, BallState.VISIBLE, True
        ),
        make_frame(),
        make_frame(
            [Ball("b1", 1, 2, origin=Origin.MANUAL), Ball("b2", -5, 2, 3, was=(1, 2, None))]
        ),
    ],
)
PLAYERS = Document.from_frames(
    Capability.PLAYER,
    [
        make_frame(
            [
                Box("p1", 100, 200, 300, 400, 9_000, Origin.MODEL, (1, 2, 3, 4)),
                Box("p2", 100, 200, 300, 400, None, Origin.INTERPOLATED),
            ],
            {Flag.NEEDS_HUMAN_REVIEW},
            None,
            True,
        ),
        make_frame(),
    ],
)
BALLS_PAYLOAD = (
    b'{"capability":"ball_detection","format":1,"frames":[{"ball":"visible","flags":["bad_frame"],'
    b'"labels":[{"id":"b1","kind":"ball","score":9100,"size":1200,"x":10050,"y":20075}],'
    b'"reviewed":true},{},{"labels":[{"id":"b1","kind":"ball","origin":"manual","x":1,"y":2},'
    b'{"id":"b2","kind":"ball","size":3,"was":[1,2,null],"x":-5,"y":2}]}]}'
)
DELTA = bytes.fromhex(
    "28b52ffd6022006d0500b24b231f60699b3168e83c4c67c606baf95f6c5018445194d1d98bc4190b1000c07101ad35"
    "f9395f536619e48a2e5429747d48330210d1403c88e8201e815c5782801db222d2320c2829f9c8d921ade15b37514c"
    "29ce262f7c0d3100905d663974e7c8595a7c855c131443d7508ef09dfce07b13b324c4f9a20e6a25be77d3a20abe4f"
    "72aea89b2367ab49da9b1cdd040a007e8cdee39284113e69465e1c9813919821b4034cc1addefb427102"
)


def sha256(document: Document) -> str:
    return hashlib.sha256(document.payload()).hexdigest()


def test_content_without_tracks_keeps_the_bytes_and_hashes_it_had() -> None:
    assert BALLS.payload() == BALLS_PAYLOAD
    assert Document.from_payload(BALLS_PAYLOAD) == BALLS
    assert sha256(BALLS.published()) == (
        "da502e2364b8f84db69c99735a4e230c10fcf75f51ed91a036945e77231d88e4"
    )
    assert BALLS.tree_hash() == "e610a7445d362bf203214df181f99bd418f7c32254d3603e083dff6a6eda3f40"
    assert sha256(PLAYERS.published()) == (
        "9489c5d6bcae977886df27bfb3c3df7c9a220f51049cdec2cdea647cbc4f2965"
    )
    assert PLAYERS.tree_hash() == "ce6f74afb3dc905d377fa2705c27b50232b6b6e3ebf6eaa74c1e25282fd68337"


def test_changes_that_were_stored_are_read() -> None:
    changed = {3: BALLS.encoded(0), 11: BALLS.encoded(1), 2: BALLS.encoded(2)}
    assert decode_delta(DELTA) == changed
    assert decode_delta(encode_delta(changed)) == changed


text = st.text(max_size=6)
names = text | st.sampled_from(['"track":', '\\"', "é", "\u2028", "\x7f", "\x00", "😀"])
units = st.integers(-1_000, 700_000)
tracks = st.none() | names
labels: st.SearchStrategy[Label] = st.builds(
    Ball, names, units, units, st.none() | units, track=tracks
) | st.builds(Box, names, units, units, units, units, track=tracks)
frames = st.builds(
    make_frame,
    st.lists(labels, max_size=4),
    st.sets(st.sampled_from(Flag)),
    st.none() | st.sampled_from(BallState),
    st.booleans(),
    left_out=st.booleans(),
    unseen=st.booleans(),
)


@given(st.lists(frames, max_size=5))
def test_any_content_is_rfc_8785_in_the_first_form_that_holds_it(content: list[Frame]) -> None:
    document = Document.from_frames(Capability.PLAYER, content)
    payload = document.payload()
    plain = json.loads(payload)
    assert payload == rfc8785.dumps(plain)
    tracked = any(label.track is not None for frame in content for label in frame.labels)
    marked = any(frame.left_out or frame.unseen for frame in content)
    assert plain["format"] == (3 if marked else 2 if tracked else 1)
    assert list(Document.from_payload(payload)) == content
    spaced = json.dumps(plain, indent=1).encode()
    assert [decode_frame(one) for one in Document.from_payload(spaced).every_encoded()] == content
    again = Document.from_payload(payload)
    assert again.payload() == payload


@given(frames, frames)
def test_the_form_follows_the_content_of_edits(one: Frame, other: Frame) -> None:
    document = Document.from_frames(Capability.PLAYER, [one])
    document.payload()
    document.replace(0, other)
    assert document.payload() == Document.from_frames(Capability.PLAYER, [other]).payload()


def test_a_payload_of_a_form_that_cannot_hold_it_is_refused() -> None:
    tracked = Document.from_frames(
        Capability.BALL, [make_frame(), make_frame([Ball("b", 1, 2, 3, track="7")])]
    ).payload()
    assert json.loads(tracked)["format"] == 2
    claims = tracked.replace(b'"format":2', b'"format":1')
    for payload in (claims, json.dumps(json.loads(claims)).encode()):
        with pytest.raises(PayloadError, match="frame 2 has tracks, which format 1 cannot hold"):
            Document.from_payload(payload)
    for number in (0, 4):
        with pytest.raises(PayloadError, match=f"payload format {number}, expected 1 to 3"):
            Document.from_payload(tracked.replace(b'"format":2', b'"format":%d' % number))


# Marked content, with the hashes that the program which brought the marks gave.
MARKED = Document.from_frames(
    Capability.BALL,
    [
        make_frame([Ball("b1", 1, 2, 3)], left_out=True, reviewed=True),
        make_frame([Ball("b1", 1, 2, 3)], reviewed=True, unseen=True),
        make_frame(),
    ],
)
MARKED_PAYLOAD = (
    b'{"capability":"ball_detection","format":3,"frames":['
    b'{"labels":[{"id":"b1","kind":"ball","size":3,"x":1,"y":2}],"left_out":true,"reviewed":true},'
    b'{"labels":[{"id":"b1","kind":"ball","size":3,"x":1,"y":2}],"reviewed":true,"unseen":true},{}]}'
)
MARKED_PUBLISHED = (
    b'{"capability":"ball_detection","format":3,"frames":[{"left_out":true},'
    b'{"labels":[{"id":"b1","kind":"ball","size":3,"x":1,"y":2}]},{}]}'
)


def test_marked_content_keeps_the_bytes_and_hashes_that_it_has() -> None:
    assert MARKED.payload() == MARKED_PAYLOAD
    assert Document.from_payload(MARKED_PAYLOAD) == MARKED
    assert MARKED.published().payload() == MARKED_PUBLISHED
    assert sha256(MARKED.published()) == (
        "dc58264920aea963aa1df2919249380a156716eace4488f00c51fe3578f8eed4"
    )
    assert MARKED.tree_hash() == "2b95a330d240ba9a915db3405fa84e70022de47506f0aa9e0b6301ac44b7b671"
    claims = MARKED_PAYLOAD.replace(b'"format":3', b'"format":2')
    with pytest.raises(PayloadError, match="frame 1 has marks, which format 2 cannot hold"):
        Document.from_payload(claims)


@given(frames)
def test_published_is_the_content_without_marks_of_reviewing(frame: Frame) -> None:
    encoded = encode_frame(frame)
    assert is_reviewed(encoded) is frame.reviewed
    assert is_left_out(encoded) is frame.left_out
    published = decode_frame(published_bytes(encoded))
    assert published == content_of(frame)
    assert form_of(published_bytes(encoded)) <= form_of(encoded)
    if frame.left_out:
        assert published_bytes(encoded) == b'{"left_out":true}'
    else:
        assert published.labels == frame.labels
        assert not published.reviewed


@given(frames, frames)
def test_unseen_is_never_part_of_what_is_published(frame: Frame, other: Frame) -> None:
    seen = msgspec.structs.replace(frame, unseen=False)
    one, two = (Document.from_frames(Capability.PLAYER, [f, other]) for f in (frame, seen))
    assert one.published().payload() == two.published().payload()


def test_a_newer_form_that_was_not_needed_is_read_and_written_in_the_first() -> None:
    newer = BALLS_PAYLOAD.replace(b'"format":1', b'"format":2')
    assert Document.from_payload(newer).payload() == BALLS_PAYLOAD


@pytest.mark.parametrize("track", ["", "7", '"track":'])
def test_a_track_makes_the_form(track: str) -> None:
    label = Box(track, 1, 2, 3, 4)
    assert form_of(encode_frame(make_frame([label]))) == 1
    assert form_of(encode_frame(make_frame([msgspec.structs.replace(label, track=track)]))) == 2


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b'{"labels":7}', b'{"labels":[{"id":"\xff"}]}', b"\xff"]
)
def test_a_frame_that_cannot_be_read_is_one_error(bad: bytes) -> None:
    with pytest.raises(PayloadError):
        decode_frame(bad)
