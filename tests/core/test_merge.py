"""Three-way merge: what settles itself, what does not, and that the order never matters."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prelabel_tui.core.edits.merge import Choice, MergePlan, plan
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, BallState, Box, Capability, Flag, Frame, make_frame

BOX = Box("p1", 100, 100, 300, 800)
MOVED = Box("p1", 200, 100, 300, 800)
ELSEWHERE = Box("p1", 900, 100, 300, 800)


def merge(base: Frame, mine: Frame, theirs: Frame, ball: bool = False) -> MergePlan:
    capability = Capability.BALL if ball else Capability.PLAYER
    frames = [encode_frame(frame) for frame in (base, mine, theirs)]
    return plan(capability, lambda _: frames[0], {0: frames[1]}, {0: frames[2]})


def result(merged: MergePlan, theirs: Frame, *choices: Choice) -> Frame:
    keys = [conflict.key for conflict in merged.conflicts]
    changed = merged.settle(dict(zip(keys, choices, strict=True)))
    document = Document.from_frames(Capability.PLAYER, [theirs])
    document.apply(changed)
    return document.frame(0)


def test_labels_that_one_side_changed_merge_by_themselves() -> None:
    other = Box("p2", 1, 1, 1, 1)
    base = make_frame([BOX, other])
    mine = make_frame([MOVED, other])
    theirs = make_frame([BOX, Box("p3", 5, 5, 5, 5)])
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    assert merged.merged_frames == (0,)
    assert result(merged, theirs) == make_frame([MOVED, Box("p3", 5, 5, 5, 5)])


def test_a_track_that_one_side_gave_is_kept_beside_what_the_other_moved() -> None:
    named, other = Box("p1", 100, 100, 300, 800, track="7"), Box("p2", 1, 1, 1, 1)
    base, theirs = make_frame([BOX, other]), make_frame([BOX, Box("p2", 5, 1, 1, 1, track="8")])
    merged = merge(base, make_frame([named, other]), theirs)
    assert merged.conflicts == ()
    assert result(merged, theirs) == make_frame([named, Box("p2", 5, 1, 1, 1, track="8")])


def test_flags_merge_one_by_one_and_reviewed_marks_too() -> None:
    base = make_frame(flags=[Flag.BAD_FRAME])
    mine = make_frame(flags=[Flag.BAD_FRAME, Flag.NEEDS_HUMAN_REVIEW], reviewed=True)
    theirs = make_frame(flags=[Flag.FALSE_POSITIVE_HEAVY])
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    both = [Flag.FALSE_POSITIVE_HEAVY, Flag.NEEDS_HUMAN_REVIEW]
    assert result(merged, theirs) == make_frame(flags=both, reviewed=True)


SEEN, UNSEEN, NOT = {"reviewed": True}, {"reviewed": True, "unseen": True}, {}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        (NOT, UNSEEN, NOT, UNSEEN),
        (NOT, UNSEEN, SEEN, SEEN),
        (NOT, SEEN, UNSEEN, SEEN),
        (UNSEEN, SEEN, UNSEEN, SEEN),
        (UNSEEN, NOT, SEEN, SEEN),
        (SEEN, UNSEEN, SEEN, UNSEEN),
        (SEEN, NOT, SEEN, NOT),
        (SEEN, NOT, UNSEEN, NOT),
        (SEEN, UNSEEN, NOT, NOT),
    ],
)
def test_a_frame_that_one_side_has_seen_was_seen(
    base: dict[str, bool], mine: dict[str, bool], theirs: dict[str, bool], merged: dict[str, bool]
) -> None:
    sides = [
        make_frame([box], flags, **marks)
        for box, flags, marks in (
            (BOX, [], base), (MOVED, [], mine), (BOX, [Flag.BAD_FRAME], theirs),
        )
    ]  # fmt: skip
    assert result(merge(*sides), sides[2]) == make_frame([MOVED], [Flag.BAD_FRAME], **merged)


@pytest.mark.parametrize("mine", [False, True])
def test_a_frame_that_one_side_left_out_or_brought_back_follows_that_side(mine: bool) -> None:
    sides = [
        make_frame([BOX], left_out=not mine),
        make_frame([BOX], left_out=mine),
        make_frame([BOX], [Flag.BAD_FRAME], left_out=not mine),
    ]
    for one, other in ((1, 2), (2, 1)):
        merged = merge(sides[0], sides[one], sides[other])
        assert result(merged, sides[other]) == make_frame([BOX], [Flag.BAD_FRAME], left_out=mine)


def test_one_label_changed_by_both_is_shown_and_chosen() -> None:
    base, mine, theirs = (make_frame([box]) for box in (BOX, MOVED, ELSEWHERE))
    merged = merge(base, mine, theirs)
    (conflict,) = merged.conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == (BOX, MOVED, ELSEWHERE)
    assert conflict.text == "p1: you changed it, they changed it"
    assert result(merged, theirs, Choice.MINE) == mine
    assert result(merged, theirs, Choice.THEIRS) == theirs
    kept = result(merged, theirs, Choice.BOTH)
    assert {label.id: label.geometry for label in kept.labels} == {
        "p1": ELSEWHERE.geometry,
        "p1-2": MOVED.geometry,
    }


def test_both_ids_stay_free_of_those_in_the_frame() -> None:
    taken = Box("p1-2", 1, 1, 1, 1)
    base, mine, theirs = (make_frame([box, taken]) for box in (BOX, MOVED, ELSEWHERE))
    kept = result(merge(base, mine, theirs), theirs, Choice.BOTH)
    assert [label.id for label in kept.labels] == ["p1", "p1-2", "p1-3"]
    assert kept.label("p1-2") == taken


def test_a_deleted_label_that_the_other_moved_offers_no_both() -> None:
    base, mine, theirs = make_frame([BOX]), make_frame(), make_frame([MOVED])
    merged = merge(base, mine, theirs)
    (conflict,) = merged.conflicts
    assert conflict.choices == (Choice.MINE, Choice.THEIRS)
    assert conflict.text == "p1: you deleted it, they changed it"
    assert result(merged, theirs, Choice.MINE) == make_frame()
    with pytest.raises(ValueError, match="no choice made"):
        merged.settle({conflict.key: Choice.BOTH})
    with pytest.raises(ValueError, match="no choice made"):
        merged.settle({})


def test_two_ball_states_are_a_conflict() -> None:
    base = make_frame()
    mine, theirs = make_frame(ball=BallState.ABSENT), make_frame(ball=BallState.OCCLUDED)
    merged = merge(base, mine, theirs, ball=True)
    (conflict,) = merged.conflicts
    assert conflict.is_state
    assert conflict.text == "ball state: you set absent, they set occluded"
    assert result(merged, theirs, Choice.MINE) == mine
    assert result(merged, theirs, Choice.THEIRS) == theirs


def test_each_side_adding_its_own_ball_is_one_conflict_not_two_balls() -> None:
    ours, others = Ball("m1", 100, 100, 1200), Ball("m2", 900, 100, 1200)
    mine, theirs = make_frame([ours]), make_frame([others])
    merged = merge(make_frame(), mine, theirs, ball=True)
    (conflict,) = merged.conflicts
    assert (conflict.mine, conflict.theirs) == (ours, others)
    assert result(merged, theirs, Choice.MINE) == mine
    assert result(merged, theirs, Choice.THEIRS) == theirs
    assert result(merged, theirs, Choice.BOTH) == make_frame([ours, others])
    assert merge(make_frame(), mine, theirs).conflicts == ()


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    base, changed = make_frame([BOX]), make_frame([MOVED], [Flag.BAD_FRAME])
    merged = merge(base, changed, changed)
    assert merged.conflicts == ()
    assert merged.settle({}) == {}


# -- properties ---------------------------------------------------------------------------------

boxes = st.builds(
    Box, id=st.sampled_from(["a", "b", "c"]), x=st.integers(0, 2), y=st.just(0), w=st.just(1),
    h=st.just(1),
)  # fmt: skip
contents = st.builds(
    make_frame,
    st.lists(boxes, max_size=3, unique_by=lambda box: box.id),
    st.sets(st.sampled_from(Flag), max_size=2),
    st.none() | st.sampled_from(list(BallState)[:2]),
    st.booleans(),
    left_out=st.booleans(),
    unseen=st.booleans(),
)
clips = st.lists(contents, min_size=3, max_size=3)


@st.composite
def edited(draw: st.DrawFn, base: list[Frame]) -> list[Frame]:
    """The clip as a side leaves it: some frames as they were, some other ones."""
    return [frame if draw(st.booleans()) else draw(contents) for frame in base]


def documents(*clips: list[Frame]) -> list[Document]:
    return [Document.from_frames(Capability.PLAYER, clip) for clip in clips]


def planned(base: Document, mine: Document, theirs: Document) -> MergePlan:
    return plan(Capability.PLAYER, base.encoded, mine.changed_from(base), theirs.changed_from(base))


def settled(base: Document, mine: Document, theirs: Document) -> Document:
    merged = theirs.copy()
    merged.apply(planned(base, mine, theirs).settle({}))
    return merged


@given(st.data(), clips)
def test_merge_commutes_where_nothing_conflicts(data: st.DataObject, start: list[Frame]) -> None:
    base, a, b = documents(start, data.draw(edited(start)), data.draw(edited(start)))
    there, back = planned(base, a, b), planned(base, b, a)
    assert {conflict.key for conflict in there.conflicts} == {c.key for c in back.conflicts}
    if not there.conflicts:
        assert settled(base, a, b) == settled(base, b, a)


@given(st.data(), clips)
def test_merge_is_associative_in_effect(data: st.DataObject, start: list[Frame]) -> None:
    base, a, b, c = documents(start, *(data.draw(edited(start)) for _ in range(3)))
    pairs = ((a, b), (a, c), (b, c))
    assume(not any(planned(base, one, two).conflicts for one, two in pairs))
    left = settled(base, settled(base, a, b), c)
    right = settled(base, a, settled(base, b, c))
    assert left == right


@given(st.data(), clips)
def test_nothing_that_one_side_alone_changed_is_lost(
    data: st.DataObject, start: list[Frame]
) -> None:
    base, a, b = documents(start, data.draw(edited(start)), data.draw(edited(start)))
    merged = planned(base, a, b)
    choices = {
        conflict.key: data.draw(st.sampled_from(conflict.choices)) for conflict in merged.conflicts
    }
    document = b.copy()
    document.apply(merged.settle(choices))
    for index in range(len(base)):
        was, mine, theirs, now = (side.frame(index) for side in (base, a, b, document))
        for name in ("a", "b", "c"):
            before, ours, others = (side.label(name) for side in (was, mine, theirs))
            if ours != before and others == before:
                assert now.label(name) == ours
            if others != before and ours == before:
                assert now.label(name) == others
        for flag in Flag:
            changed = {flag in side.flags for side in (mine, theirs)} - {flag in was.flags}
            if changed:
                assert (flag in now.flags) in changed


@given(st.data(), clips)
def test_merging_with_an_untouched_side_gives_the_other(
    data: st.DataObject, start: list[Frame]
) -> None:
    base, a = documents(start, data.draw(edited(start)))
    assert settled(base, a, base) == a
    assert settled(base, base, a) == a
    assert settled(base, a, a) == a
