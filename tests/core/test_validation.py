"""Validation: every rule by what breaks it, thresholds, and edits judged like whole clips."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, BallState, Box, Capability, Flag, Frame, make_frame
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.validation import (
    BY_ID,
    DEFAULTS,
    RULES,
    Finding,
    SettingError,
    Settings,
    Severity,
    Validator,
    checked_threshold,
    validate,
)
from prelabel_tui.core.validation.frame_checks import FrameRules
from tests.matches import HEIGHT, WIDTH, ball, box, content, manifest

BALL, PLAYER = Capability.BALL, Capability.PLAYER


def found(
    document: Document, clip: Manifest | None = None, source: int | None = None
) -> list[Finding]:
    clip = clip or manifest(len(document))
    return list(validate(document, clip, source_labels=source).items)


def with_frame(capability: Capability, frame: Frame, at: int = 2) -> Document:
    document = reviewed(content(capability))
    document.replace(at, msgspec.structs.replace(frame, reviewed=True))
    return document


def reviewed(document: Document) -> Document:
    frames = (msgspec.structs.replace(frame, reviewed=True) for frame in document)
    return Document.from_frames(document.capability, frames)


def three(first: Box) -> Frame:
    return make_frame([first, box(2), box(3)])


BREACHES = {
    "label.duplicate_id": (PLAYER, make_frame([box(1), box(1, 60_000), box(3)]), "p1"),
    "label.wrong_kind": (PLAYER, make_frame([ball(), box(2), box(3)]), "b1"),
    "label.outside": (PLAYER, three(box(1, WIDTH * 100)), "p1"),
    "box.no_area": (PLAYER, three(msgspec.structs.replace(box(1), w=0)), "p1"),
    "ball.no_size": (BALL, make_frame([ball(51_000, size=None)]), "b1"),
    "ball.too_many": (
        BALL,
        make_frame([ball(51_000), msgspec.structs.replace(ball(), id="b2")]),
        "b2",
    ),
    "label.beyond_edge": (PLAYER, three(box(1, -201)), "p1"),
    "box.near_identical": (
        PLAYER,
        make_frame([box(1), msgspec.structs.replace(box(1, 19_100), id="p2"), box(3)]),
        "p2",
    ),
    "ball.contradiction": (BALL, make_frame([ball(51_000)], ball=BallState.ABSENT), "b1"),
    "ball.speed": (BALL, make_frame([ball(51_000 + 8_000)]), "b1"),
    "player.count_jump": (PLAYER, make_frame([box(n, 5_000 * n) for n in range(1, 10)]), None),
    "frame.needs_human_review": (
        PLAYER,
        make_frame([box(1), box(2), box(3)], [Flag.NEEDS_HUMAN_REVIEW]),
        None,
    ),
}


def test_a_sound_reviewed_content_has_no_findings() -> None:
    for capability in Capability:
        assert found(reviewed(content(capability))) == []


@pytest.mark.parametrize("rule", BREACHES)
def test_each_frame_rule_names_frame_label_and_numbers(rule: str) -> None:
    capability, frame, label = BREACHES[rule]
    findings = [f for f in found(with_frame(capability, frame)) if f.rule == rule]
    assert findings, found(with_frame(capability, frame))
    assert findings[0].index == 2
    assert findings[0].label_id == label
    assert findings[0].severity is BY_ID[rule].severity
    assert findings[0].text
    if BY_ID[rule].adjustable:
        assert findings[0].numbers


def test_speed_is_not_judged_without_times() -> None:
    """A frame rate that is not known is not assumed."""
    fast = with_frame(*BREACHES["ball.speed"][:2])
    clip = manifest(len(fast))
    untimed = msgspec.structs.replace(
        clip, fps=None, frames=tuple(msgspec.structs.replace(f, time=0) for f in clip.frames)
    )
    assert clip.timed
    assert not untimed.timed
    assert "ball.speed" not in {finding.rule for finding in found(fast, untimed)}
    rated = msgspec.structs.replace(untimed, fps=25_000)
    assert "ball.speed" in {finding.rule for finding in found(fast, rated)}


_UNREADABLE = [
    b'{"labels":7}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","w":1,"x":null,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","w":1,"x":0.5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","w":01,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","score":0.5,"w":1,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","origin":"nobody","w":1,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","w":1,"was":[1,2,3],"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","track":7,"w":1,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"cone","w":1,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"\xff","kind":"box","w":1,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":1,"kind":"box","w":1,"x":5,"y":0}]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","w":1,"x":5,"y":0}],"reviewed":1}',
    b'{"flags":["nice"]}',
    b'{"labels":[{"h":1,"id":"p1","kind":"box","w":1,"x":5,"y":0}',
]


@pytest.mark.parametrize("encoded", _UNREADABLE)
def test_a_coordinate_that_is_no_number_is_an_error_of_its_frame(encoded: bytes) -> None:
    document = reviewed(content(PLAYER))
    document.replace_encoded(4, encoded)
    unreadable = [f for f in found(document) if f.rule == "frame.unreadable"]
    assert [finding.index for finding in unreadable] == [4]


def test_a_coordinate_beyond_all_bounds_is_outside_the_frame() -> None:
    document = reviewed(content(PLAYER))
    document.replace(4, msgspec.structs.replace(three(box(1, 2**62)), reviewed=True))
    assert {(f.rule, f.index) for f in found(document)} == {("label.outside", 4)}


def test_a_label_on_a_frame_that_the_media_lacks_is_an_error() -> None:
    findings = found(reviewed(content(PLAYER, 6)), manifest(4))
    assert [(f.rule, f.index, f.numbers) for f in findings] == [
        ("clip.beyond_media", 4, {"draft": 6, "media": 4})
    ]


def test_a_media_frame_that_the_draft_lacks_is_an_error() -> None:
    assert [f.rule for f in found(reviewed(content(PLAYER, 4)), manifest(6))] == [
        "clip.frames_lacking"
    ]


def test_unreviewed_frames_are_one_warning_that_points_at_the_first() -> None:
    document = content(PLAYER)
    document.replace(0, msgspec.structs.replace(document.frame(0), reviewed=True))
    (finding,) = found(document)
    assert (finding.rule, finding.index, finding.whole_clip) == ("frame.unreviewed", 1, True)
    assert finding.numbers == {"frames": 5, "of": 6}


def test_labels_without_a_thumbnail_warn_instead_of_counting_as_unreviewed() -> None:
    document = reviewed(content(PLAYER))
    document.replace(3, msgspec.structs.replace(document.frame(3), reviewed=False))
    (finding,) = found(document, manifest(6, missing=(3,)))
    assert (finding.rule, finding.index) == ("frame.unseen", 3)


def test_a_clip_with_most_labels_deleted_warns() -> None:
    document = reviewed(content(PLAYER, players=3))
    assert found(document, source=36) == []
    (finding,) = found(document, source=37)
    assert finding.rule == "clip.mostly_deleted"
    assert finding.numbers == {"labels": 18, "source": 37, "limit": 0.5}


def test_frames_accepted_unseen_are_one_warning_with_a_threshold() -> None:
    document = reviewed(content(PLAYER))
    for index in (2, 4):
        document.replace(index, msgspec.structs.replace(document.frame(index), unseen=True))
    (finding,) = found(document)
    assert (finding.rule, finding.index) == ("frame.accepted_unseen", 2)
    assert finding.numbers == {"frames": 2, "of": 6}
    allowed = Settings({"frame.accepted_unseen": 0.5})
    assert validate(document, manifest(), allowed).items == ()


def test_what_is_left_out_breaks_no_rule() -> None:
    """Two balls, a box of no area, a jump, an unreviewed and an unseen frame: all left out."""
    balls = reviewed(content(BALL))
    other = msgspec.structs.replace(ball(90_000), id="b2")
    twice = make_frame([ball(), other], [Flag.NEEDS_HUMAN_REVIEW])
    balls.replace(2, twice)
    assert "ball.too_many" in {finding.rule for finding in found(balls)}
    balls.replace(2, msgspec.structs.replace(twice, left_out=True))
    assert found(balls, manifest(6, missing=(2,))) == []
    players = reviewed(content(PLAYER, players=8))
    for index in (1, 3):
        players.replace(index, make_frame([msgspec.structs.replace(box(1), w=0)], left_out=True))
    assert found(players, manifest(6, missing=(1, 3))) == []


def test_left_out_frames_are_no_neighbours_of_a_count() -> None:
    players = reviewed(content(PLAYER, frames=9, players=8))
    for index in (0, 1, 2, 4, 5):
        players.replace(index, make_frame([], left_out=True))
    players.replace(3, make_frame([box(1)], reviewed=True))
    (finding,) = found(players, manifest(9, missing=(0, 1, 2, 4, 5)))
    assert (finding.rule, finding.index) == ("player.count_jump", 3)
    assert finding.numbers["neighbours"] == 8


def test_labels_of_left_out_frames_were_not_deleted() -> None:
    document = reviewed(content(PLAYER, players=3))
    for index in range(5):
        document.replace(index, msgspec.structs.replace(document.frame(index), left_out=True))
    clip = manifest(6, missing=tuple(range(5)))
    assert found(document, clip, source=18) == []
    assert validate(document, clip).labels == 3


def test_a_picture_that_is_lost_is_looked_at_as_it_is_now() -> None:
    validator = Validator(reviewed(content(PLAYER)), manifest())
    assert validator.findings.items == ()
    assert validator.picture_shown(3, "the file is gone")
    assert not validator.picture_shown(3, "still gone")
    (finding,) = validator.findings.items
    assert (finding.rule, finding.index) == ("frame.unseen", 3)
    assert validator.picture_shown(3, None)
    assert validator.findings.items == ()


def test_every_rule_is_broken_by_a_test_here() -> None:
    elsewhere = {
        "frame.unreadable", "clip.beyond_media", "clip.frames_lacking", "frame.unreviewed",
        "frame.unseen", "frame.accepted_unseen", "clip.mostly_deleted",
    }  # fmt: skip
    assert {rule.id for rule in RULES} == set(BREACHES) | elsewhere


def test_a_pack_is_not_judged_by_rules_about_reviewing() -> None:
    document = with_frame(PLAYER, make_frame([], [Flag.NEEDS_HUMAN_REVIEW]))
    assert not validate(document, manifest(6, (1,)), source_labels=10_000, pack=True).items


def test_errors_come_first_then_by_frame() -> None:
    document = content(PLAYER)
    document.replace(1, make_frame([box(1), box(2), box(3)], [Flag.NEEDS_HUMAN_REVIEW]))
    document.replace(5, three(msgspec.structs.replace(box(1), h=-5)))
    findings = validate(document, manifest(6))
    assert [f.severity for f in findings.items] == [Severity.ERROR, *[Severity.WARNING] * 2]
    assert findings.summary == "1 error, 2 warnings"
    following = findings.next_after(1)
    assert following is not None
    assert following.rule == "box.no_area"
    assert findings.by_frame == {1: ("frame.needs_human_review",), 5: ("box.no_area",)}


# -- thresholds --------------------------------------------------------------------------------


def test_a_workspace_sets_thresholds_and_turns_warnings_off() -> None:
    frame = make_frame([ball(51_000), msgspec.structs.replace(ball(), id="b2")])
    document = with_frame(BALL, frame)
    two = Settings.of({"ball.too_many": 2, "no.such_rule": 1, "ball.speed": None})
    assert not validate(document, manifest(6), two).items
    assert not two.on("ball.speed")


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("no.such_rule", 1),
        ("ball.too_many", None),
        ("ball.too_many", 0),
        ("box.no_area", 3),
        ("ball.speed", float("nan")),
        ("box.near_identical", 1.5),
    ],
)
def test_thresholds_that_cannot_be_are_refused(rule: str, value: float | None) -> None:
    with pytest.raises(SettingError):
        checked_threshold(rule, value)


# -- whole clips and edits are judged alike ----------------------------------------------------

_ids = st.sampled_from(["p1", "p2", "p3"])
_coordinate = st.integers(-3_000, max(WIDTH, HEIGHT) * 100 + 3_000)
_extent = st.integers(-10, 9_000)
_boxes = st.builds(Box, id=_ids, x=_coordinate, y=_coordinate, w=_extent, h=_extent)
_balls = st.builds(
    Ball, id=_ids, x=_coordinate, y=_coordinate, size=st.none() | st.integers(-5, 3_000)
)
_frames = st.builds(
    make_frame,
    st.lists(st.one_of(_boxes, _balls), max_size=5),
    st.sets(st.sampled_from(list(Flag))),
    st.none() | st.sampled_from(list(BallState)),
    st.booleans(),
    left_out=st.booleans(),
    unseen=st.booleans(),
)


@given(st.sampled_from(list(Capability)), st.lists(_frames, min_size=1, max_size=9), st.data())
@settings(max_examples=60)
def test_an_edited_clip_has_the_findings_of_a_fresh_validation(
    capability: Capability, frames: list[Frame], data: st.DataObject
) -> None:
    document = Document.from_frames(capability, frames)
    clip = manifest(len(frames))
    validator = Validator(document, clip, source_labels=4)
    for _ in range(3):
        index = data.draw(st.integers(0, len(frames) - 1))
        document.replace(index, data.draw(_frames))
        assert validator.update(document, [index]) == validate(document, clip, source_labels=4)


@given(st.sampled_from(list(Capability)), st.lists(_frames, min_size=1, max_size=6))
@settings(max_examples=100)
def test_the_screen_of_a_whole_clip_misses_nothing(
    capability: Capability, frames: list[Frame]
) -> None:
    document = Document.from_frames(capability, frames)
    clip = manifest(len(frames))
    rules = FrameRules(capability, DEFAULTS)
    one_by_one = {
        finding
        for index, frame in enumerate(document)
        for finding in rules.check(index, frame, clip.frames[index])
    }
    whole = set(validate(document, clip).items)
    assert one_by_one <= whole
    assert {f.rule for f in whole - one_by_one} <= {
        "ball.speed", "player.count_jump", "frame.unreviewed", "frame.accepted_unseen",
    }  # fmt: skip


@given(st.lists(st.tuples(_coordinate, st.integers(1, 9_000)), min_size=2, max_size=5))
@settings(max_examples=60)
def test_near_identical_boxes_are_found_wherever_they_lie(places: list[tuple[int, int]]) -> None:
    boxes = [Box(f"p{n}", x, 100, w, 500) for n, (x, w) in enumerate(places)]
    document = Document(PLAYER, [encode_frame(make_frame(boxes))])
    settings_ = Settings.of({"box.near_identical": 0.6})
    got = {f.rule for f in validate(document, manifest(1), settings_).items}
    expected = any(_iou(a, b) >= 0.6 for at, a in enumerate(boxes) for b in boxes[at + 1 :])
    assert ("box.near_identical" in got) == expected


def _iou(a: Box, b: Box) -> float:
    shared = max(0, min(a.x + a.w, b.x + b.w) - max(a.x, b.x)) * 500
    return shared / (a.w * 500 + b.w * 500 - shared)
