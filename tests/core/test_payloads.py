"""Payloads from outside give what the same edits on the screen give, whatever they claim."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import LoadedDraft
from prelabel_tui.core.drafts.payloads import merge_payload, read_payload, save_payload
from prelabel_tui.core.edits import one_frame
from prelabel_tui.core.edits.merge import Choice
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
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
)
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store
from tests import matches
from tests.core.clips import add_box, add_run, clip, delete, nudge, player_document

BOUNDS = (192_000, 108_000)
MISSING = 2


def with_label(document: Document, index: int, label: Label) -> Document:
    """The document with one label in place of that of the same id, or added."""
    copy, frame = document.copy(), document.frame(index)
    others = [other for other in frame.labels if other.id != label.id]
    copy.replace(index, make_frame([*others, label], frame.flags, frame.ball, frame.reviewed))
    return copy


def moved_by_program(document: Document, index: int, label_id: str, **claims: Any) -> Document:
    """The place of a label changed and nothing else, as a program does; or with claims."""
    label = document.frame(index).label(label_id)
    assert label is not None
    return with_label(document, index, msgspec.structs.replace(label, x=label.x + 700, **claims))


@pytest.fixture
def start(store: Store, draft: DraftInfo) -> Document:
    return loading.load(store, draft.id).unwrap().document


def test_a_label_moved_by_payload_keeps_what_the_model_gave(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document
) -> None:
    given = moved_by_program(start, 1, "p1")
    saved = save_payload(store, reviewer, draft.id, 1, given.payload())
    assert saved.outcome.detail == "Version 2."
    expected = start.copy()
    apply(expected, nudge(start, 1, "p1", 700))
    after = loading.load(store, draft.id).unwrap().document
    assert after == expected
    before, label = start.frame(1).label("p1"), after.frame(1).label("p1")
    assert before is not None
    assert label is not None
    assert (label.was, label.origin, label.score) == (before.geometry, Origin.MODEL, before.score)


def test_a_label_keeps_its_track_through_payloads(store: Store, reviewer: Actor) -> None:
    tracked = matches.content(Capability.PLAYER)
    for index, frame in enumerate(tracked):
        labels = [msgspec.structs.replace(label, track=label.id) for label in frame.labels]
        tracked.replace(index, make_frame(labels))
    draft = matches.enter(store, reviewer, prelabels=tracked).draft
    mine, theirs = (moved_by_program(tracked, 1, name) for name in ("p1", "p2"))
    assert b'"format":2' in mine.payload()
    assert save_payload(store, reviewer, draft.id, 1, theirs.payload()).outcome.detail == (
        "Version 2."
    )
    assert merge_payload(store, reviewer, draft.id, 1, mine.payload()).ok
    after = loading.load(store, draft.id).unwrap().document
    assert {label.track for label in after.frame(1).labels} == {"p1", "p2", "p3"}
    assert len(after.changed_from(tracked)) == 1


def test_the_same_holds_for_a_merge(
    store: Store, reviewer: Actor, lead: Actor, draft: DraftInfo, start: Document
) -> None:
    theirs = moved_by_program(start, 0, "p0")
    save_payload(store, lead, draft.id, 1, theirs.payload()).unwrap()
    mine = with_label(moved_by_program(start, 1, "p1"), 3, Box("new", 1, 2, 300, 400, 9_900))
    merged = merge_payload(store, reviewer, draft.id, 1, mine.payload())
    assert merged.ok
    assert "1 label of the payload claims" in merged.outcome.detail
    expected = start.copy()
    for operation in (nudge(start, 0, "p0", 700), nudge(start, 1, "p1", 700)):
        apply(expected, operation)
    expected = with_label(expected, 3, Box("new", 1, 2, 300, 400, origin=Origin.MANUAL))
    assert loading.load(store, draft.id).unwrap().document == expected


@pytest.mark.parametrize(
    "claims",
    [
        {"score": 10_000},
        {"origin": Origin.MANUAL},
        {"was": (1, 2, 3, 4)},
        {"track": "7"},
        {"score": None, "origin": Origin.INTERPOLATED},
    ],
)
def test_claims_are_overruled_and_that_is_said(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document, claims: dict[str, Any]
) -> None:
    """With another place or without, for a label that was there and for one that is added."""
    there = start.frame(0).label("p0")
    assert there is not None
    given = with_label(start, 0, msgspec.structs.replace(there, **claims))
    given = moved_by_program(given, 1, "p1", **claims)
    saved = save_payload(store, reviewer, draft.id, 1, given.payload())
    assert saved.ok
    assert saved.outcome.detail == (
        "Version 2. 2 labels of the payload claim a score, an origin, a track or an earlier place "
        "that the version it was made from does not have; the claims were left out."
    )
    expected = start.copy()
    apply(expected, nudge(start, 1, "p1", 700))
    assert loading.load(store, draft.id).unwrap().document == expected


def test_nothing_but_claims_makes_no_version(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document
) -> None:
    there = start.frame(0).label("p0")
    assert there is not None
    given = with_label(start, 0, msgspec.structs.replace(there, score=1))
    saved = save_payload(store, reviewer, draft.id, 1, given.payload())
    assert saved.unwrap().version == 1
    assert saved.outcome.detail.startswith("Version 1 has this content already. 1 label of")


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ({}, False),
        ({"origin": Origin.MANUAL}, False),
        ({"origin": Origin.PROPAGATED}, True),
        ({"score": 9_000}, True),
        ({"was": (0, 0, 100, 100)}, True),
        ({"track": "7"}, True),
    ],
)
def test_an_added_label_is_a_persons(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document, added: Any, said: bool
) -> None:
    given = with_label(start, 4, Box("new", 100, 200, 300, 400, **added))
    saved = save_payload(store, reviewer, draft.id, 1, given.payload())
    assert ("of the payload claim" in saved.outcome.detail) is said
    label = loading.load(store, draft.id).unwrap().document.frame(4).label("new")
    assert label == Box("new", 100, 200, 300, 400, origin=Origin.MANUAL)


def with_missing(store: Store, reviewer: Actor) -> LoadedDraft:
    run = add_run(store, player_document(4, 3), missing=(MISSING,))
    info = loading.open_review(store, reviewer, run, Capability.PLAYER).unwrap()
    return loading.load(store, info.id).unwrap()


@pytest.mark.parametrize("operation", ["move", "delete", "add"])
def test_labels_of_a_frame_without_a_picture_stay(
    store: Store, reviewer: Actor, operation: str
) -> None:
    base = with_missing(store, reviewer)
    given, made = base.document.copy(), base.document.copy()
    apply(given, {
        "move": nudge(given, MISSING, "p1"),
        "delete": delete(given, MISSING, "p1"),
        "add": add_box(MISSING, "p9"),
    }[operation])  # fmt: skip
    apply(made, nudge(made, 0, "p0"))
    apply(given, nudge(given, 0, "p0"))
    for result in (
        save_payload(store, reviewer, base.info.id, 1, given.payload()),
        merge_payload(store, reviewer, base.info.id, 1, given.payload(), Choice.MINE),
    ):
        assert result.outcome.code is Code.INPUT_INVALID
        assert "Frame 3: it has no picture (no file)" in result.outcome.detail
    assert loading.load(store, base.info.id).unwrap().info.version == 1
    save_payload(store, reviewer, base.info.id, 1, made.payload()).unwrap()


def test_a_ball_state_needs_a_picture_and_flags_do_not(store: Store, reviewer: Actor) -> None:
    frames = [make_frame([Ball("b1", 10, 20, 1_200)])] * 3
    run = add_run(store, Document.from_frames(Capability.BALL, frames), missing=(MISSING,))
    info = loading.open_review(store, reviewer, run, Capability.BALL).unwrap()
    document = loading.load(store, info.id).unwrap().document
    said, flagged = document.copy(), document.copy()
    said.replace(MISSING, make_frame(frames[0].labels, ball=BallState.BLURRED))
    flagged.replace(MISSING, make_frame(frames[0].labels, [Flag.BAD_FRAME], reviewed=True))
    refused = save_payload(store, reviewer, info.id, 1, said.payload())
    assert refused.outcome.code is Code.INPUT_INVALID
    save_payload(store, reviewer, info.id, 1, flagged.payload()).unwrap()
    saved = loading.load(store, info.id).unwrap().document.frame(MISSING)
    assert saved == msgspec.structs.replace(flagged.frame(MISSING), unseen=True)


def test_what_a_payload_marks_as_reviewed_was_accepted_unseen(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document
) -> None:
    given = start.copy()
    for index in (0, 1):
        given.replace(index, msgspec.structs.replace(start.frame(index), reviewed=True))
    save_payload(store, reviewer, draft.id, 1, given.payload()).unwrap()
    saved = loading.load(store, draft.id).unwrap()
    assert [saved.document.frame(index).unseen for index in range(3)] == [True, True, False]
    seen = saved.document.copy()
    seen.replace(0, msgspec.structs.replace(seen.frame(0), unseen=False))
    loading.save(
        store, reviewer, saved.info, seen, seen.changed_from(saved.document), new_id()
    ).unwrap()
    claims = seen.copy()
    claims.replace(0, msgspec.structs.replace(seen.frame(0), flags=(Flag.BAD_FRAME,)))
    claims.replace(1, msgspec.structs.replace(seen.frame(1), unseen=False))
    save_payload(store, reviewer, draft.id, 3, claims.payload()).unwrap()
    marks = loading.load(store, draft.id).unwrap().document
    assert [marks.frame(index).unseen for index in range(3)] == [False, True, False]


def test_a_payload_leaves_out_frames_without_a_picture_only(store: Store, reviewer: Actor) -> None:
    frames = [make_frame([Ball("b1", 10, 20, 1_200)])] * 3
    run = add_run(store, Document.from_frames(Capability.BALL, frames), missing=(MISSING,))
    info = loading.open_review(store, reviewer, run, Capability.BALL).unwrap()
    document = loading.load(store, info.id).unwrap().document
    shown, without = document.copy(), document.copy()
    out = make_frame(frames[0].labels, left_out=True)
    shown.replace(0, out)
    without.replace(MISSING, out)
    refused = save_payload(store, reviewer, info.id, 1, shown.payload()).outcome
    assert refused.code is Code.INPUT_INVALID
    assert "Frame 1: it has a picture; only frames without one can be left out" in refused.detail
    save_payload(store, reviewer, info.id, 1, without.payload()).unwrap()
    assert loading.load(store, info.id).unwrap().document == without
    save_payload(store, reviewer, info.id, 2, document.payload()).unwrap()
    assert loading.load(store, info.id).unwrap().document == document


def test_a_payload_for_a_draft_or_version_that_is_not_there(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document
) -> None:
    for draft_id, version in (("f" * 32, 1), (draft.id, 7)):
        for result in (
            save_payload(store, reviewer, draft_id, version, start.payload()),
            merge_payload(store, reviewer, draft_id, version, start.payload()),
        ):
            assert result.outcome.code is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"rubbish", "It is not a payload"),
        (player_document(5, 4).payload(), "with 5 frames; the draft is player_detection with 6"),
        (
            player_document(6, 4).payload().replace(b'"x":900', b'"x":9.5', 1),
            "Frame 1: Expected `int`, got `float`",
        ),
        (
            player_document(6, 4).payload().replace(b'"id":"p1"', b'"id":"p0"', 1),
            "Frame 1: two labels have the same id",
        ),
    ],
)
def test_a_payload_that_does_not_fit_changes_nothing(
    store: Store, reviewer: Actor, draft: DraftInfo, payload: bytes, reason: str
) -> None:
    for result in (
        save_payload(store, reviewer, draft.id, 1, payload),
        merge_payload(store, reviewer, draft.id, 1, payload, Choice.MINE),
    ):
        assert result.outcome.code is Code.INPUT_INVALID
        assert reason in result.outcome.detail
    assert loading.draft_info(store, draft.id).unwrap().version == 1


def test_a_label_of_another_kind_does_not_fit(
    store: Store, reviewer: Actor, draft: DraftInfo, start: Document
) -> None:
    given = with_label(start, 3, Ball("p0", 1, 2, 300))
    refused = save_payload(store, reviewer, draft.id, 1, given.payload())
    assert "Frame 4: a label of the wrong kind" in refused.outcome.detail


def test_what_both_sides_changed_is_decided_not_guessed(
    store: Store, reviewer: Actor, lead: Actor, draft: DraftInfo, start: Document
) -> None:
    theirs, mine = start.copy(), start.copy()
    apply(theirs, nudge(start, 0, "p0"))
    apply(theirs, delete(start, 1, "p1"))
    apply(mine, nudge(start, 0, "p0", 900))
    apply(mine, nudge(start, 1, "p1", 900))
    save_payload(store, lead, draft.id, 1, theirs.payload()).unwrap()
    asked = merge_payload(store, reviewer, draft.id, 1, mine.payload())
    assert asked.outcome.code is Code.DRAFT_VERSION_CONFLICT
    assert "2 labels were changed on both sides, the first: frame 1" in asked.outcome.detail
    assert asked.outcome.data["conflicts"] == [
        {"frame": 1, "label": "p0", "text": "p0: you changed it, they changed it"},
        {"frame": 2, "label": "p1", "text": "p1: you changed it, they deleted it"},
    ]
    taken = merge_payload(store, reviewer, draft.id, 1, mine.payload(), Choice.BOTH)
    assert taken.unwrap().version == 3
    merged = loading.load(store, draft.id).unwrap().document
    assert merged.frame(0).label("p0") == theirs.frame(0).label("p0")
    assert merged.frame(0).label("p0-2") is not None
    assert merged.frame(1).label("p1") == mine.frame(1).label("p1"), "of one that is gone, mine"


# -- properties ------------------------------------------------------------------------------------


@st.composite
def _labels(draw: st.DrawFn, capability: Capability, label_id: str) -> Label:
    x, y = draw(st.integers(0, 90_000)), draw(st.integers(0, 90_000))
    origin = draw(st.sampled_from(Origin))
    from_model = origin is Origin.MODEL or draw(st.booleans())
    score = draw(st.integers(0, 10_000)) if from_model else None
    other = draw(st.integers(0, 90_000))
    was = draw(st.booleans()) and from_model and other != x
    if capability is Capability.BALL:
        size = draw(st.none() | st.integers(100, 3_000))
        return Ball(label_id, x, y, size, score, origin, (other, y, size) if was else None)
    w, h = draw(st.integers(100, 9_000)), draw(st.integers(100, 9_000))
    return Box(label_id, x, y, w, h, score, origin, (other, y, w, h) if was else None)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    capability = draw(st.sampled_from(Capability))
    frames = []
    for _ in range(draw(st.integers(1, 3))):
        names = draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3))
        frames.append(make_frame([draw(_labels(capability, name)) for name in names]))
    return Document.from_frames(capability, frames)


@st.composite
def edited(draw: st.DrawFn, document: Document, index: int) -> Operation | None:
    """One edit of a frame, by the functions that the keys call."""
    x, y = draw(st.integers(-3_000, 99_000)), draw(st.integers(-3_000, 99_000))
    names = [label.id for label in document.frame(index).labels]
    if not names or draw(st.booleans()):
        if document.capability is Capability.BALL:
            return one_frame.add_ball(document, index, x, y, 1_200, BOUNDS)
        return one_frame.add_box(document, index, (x, y, 900, 900), BOUNDS, "q")
    name = draw(st.sampled_from(names))
    match draw(st.sampled_from(["move", "resize", "place", "delete"])):
        case "move":
            return one_frame.move(document, index, name, x - 40_000, y - 40_000, BOUNDS)
        case "resize":
            edge = draw(st.sampled_from(one_frame.Edge))
            return one_frame.resize(document, index, name, edge, x - 40_000, BOUNDS)
        case "place":
            return one_frame.place(document, index, name, (x, y, 700, 800), BOUNDS)
        case _:
            return delete(document, index, name)


def _lie(draw: st.DrawFn, label: Label) -> Label:
    """The label where it is, with claims of its own."""
    was = draw(st.none() | st.just(label.geometry))
    return msgspec.structs.replace(
        label,
        score=draw(st.none() | st.integers(0, 10_000)),
        origin=draw(st.sampled_from(Origin)),
        was=was,  # type: ignore[arg-type]
    )


@st.composite
def lying(draw: st.DrawFn, frame: Frame) -> Frame:
    return make_frame(
        [_lie(draw, label) for label in frame.labels], frame.flags, frame.ball, frame.reviewed
    )


def base_of(document: Document) -> LoadedDraft:
    return LoadedDraft(None, document, clip(len(document)))  # type: ignore[arg-type]


@given(st.data(), documents())
def test_any_edit_by_payload_is_the_edit_on_the_screen(
    data: st.DataObject, document: Document
) -> None:
    """Whatever the payload claims of score, origin and earlier place."""
    expected = document.copy()
    for index in range(len(document)):
        operation = data.draw(edited(document, index))
        if operation is not None:
            event(operation.action)
            apply(expected, operation)
    claims = expected.copy()
    for index in range(len(document)):
        claims.replace(index, data.draw(lying(expected.frame(index))))
    result = read_payload(claims.payload(), base_of(document))
    assert result.unwrap() == expected
    again = read_payload(result.unwrap().payload(), base_of(document))
    assert again.unwrap() == expected
    assert again.outcome.detail == ""


@given(documents())
def test_the_drafts_own_payload_changes_nothing(document: Document) -> None:
    spaced = json.dumps(json.loads(document.payload()), indent=2).encode()
    for payload in (document.payload(), spaced):
        result = read_payload(payload, base_of(document))
        assert result.unwrap() == document
        assert result.outcome.detail == ""
