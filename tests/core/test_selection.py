"""Labels of many frames selected, and edited as one operation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.edits import many_labels, operations
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.matching import settled
from prelabel_tui.core.edits.one_frame import Edge
from prelabel_tui.core.edits.operations import Operation, ShiftChange
from prelabel_tui.core.edits.selection import LabelTable, Selection
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import read_numbers
from prelabel_tui.core.model.labels import (
    Ball,
    Box,
    Capability,
    Flag,
    Frame,
    Label,
    Origin,
    make_frame,
    with_geometry,
)
from prelabel_tui.core.session.bodies import Logged, decode_logged, encode_logged
from prelabel_tui.core.tracks import work_out
from prelabel_tui.core.triage.label_query import LabelFacts, parse_labels
from prelabel_tui.core.triage.query import QueryError

WIDTH, HEIGHT = 192_000, 108_000

ids = st.sampled_from([f"p{n}" for n in range(8)])
sides = st.integers(100, 20_000)
origins = st.sampled_from(Origin)
scores = st.none() | st.integers(0, 10_000)


@st.composite
def labels(draw: st.DrawFn, ball: bool) -> Label:
    x, y = draw(st.integers(0, WIDTH)), draw(st.integers(0, HEIGHT))
    label: Label
    if ball:
        size = draw(st.none() | sides)
        label = Ball(draw(ids), x, y, size, draw(scores), draw(origins))
    else:
        w, h = draw(sides), draw(sides)
        label = Box(draw(ids), min(x, WIDTH - w), min(y, HEIGHT - h), w, h, draw(scores),
                    draw(origins))  # fmt: skip
    if draw(st.booleans()):
        return with_geometry(label, (label.x + 100, *label.geometry[1:]))
    return label


@st.composite
def documents(draw: st.DrawFn) -> Document:
    ball = draw(st.booleans())
    content = draw(
        st.lists(
            st.builds(
                make_frame,
                st.lists(labels(ball), max_size=4, unique_by=lambda label: label.id),
                st.sets(st.sampled_from(Flag)),
                reviewed=st.booleans(),
            ),
            min_size=1,
            max_size=6,
        )
    )
    return Document.from_frames(Capability.BALL if ball else Capability.PLAYER, content)


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    document = draw(documents())
    missing = draw(st.sets(st.integers(0, len(document) - 1)))
    table = LabelTable.read(document, missing)
    return Selection(table, draw(rows_of(table)), draw(st.booleans()))


def rows_of(table: LabelTable) -> st.SearchStrategy[np.ndarray]:
    count = len(table)
    return st.lists(st.booleans(), min_size=count, max_size=count).map(
        lambda chosen: np.array(chosen, dtype=np.bool_)
    )


def sizes_of(selection: Selection) -> np.ndarray:
    return np.full((len(selection.table.document), 2), (WIDTH, HEIGHT))


VERBS: dict[str, Callable[[Selection, int], Operation | Refusal]] = {
    "right": lambda one, step: many_labels.move(one, step, 0, sizes_of(one)),
    "down": lambda one, step: many_labels.move(one, 0, step, sizes_of(one)),
    **{
        edge.value: (
            lambda one, step, edge=edge: many_labels.resize(one, edge, step, sizes_of(one))
        )
        for edge in Edge
    },
    "delete": lambda one, step: many_labels.delete(one),
    "only": lambda one, step: many_labels.keep_only(one),
    "accept": lambda one, step: many_labels.accept(one),
    "flag": lambda one, step: many_labels.flag(one, Flag.BAD_FRAME),
}


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=15)
@given(selections(), st.integers(-30_000, 30_000))
def test_an_edit_and_its_undo_restore_the_bytes(verb: str, selection: Selection, step: int) -> None:
    document = selection.table.document.copy()
    before = document.payload()
    operation = VERBS[verb](selection, step)
    if isinstance(operation, Refusal):
        return
    logged = decode_logged(encode_logged(Logged(7, operation)))
    assert (logged.at, logged.operation) == (7, operation)
    operations.apply(document, logged.operation)
    assert document.payload() != before
    after = document.payload()
    operations.apply(document, operation.inverse())
    assert document.payload() == before
    operations.apply(document, operation.inverse().inverse())
    assert document.payload() == after


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=15)
@given(selections(), st.integers(-30_000, 30_000))
def test_what_a_person_settled_and_frames_without_picture_are_left_alone(
    verb: str, selection: Selection, step: int
) -> None:
    table, document = selection.table, selection.table.document
    operation = VERBS[verb](selection, step)
    if isinstance(operation, Refusal):
        return
    for change in operation.changes:
        frame = document.frame(change.frame)
        assert table.pictured[change.frame]
        if selection.settled_too:
            continue
        assert not frame.reviewed
        assert not any(settled(frame, frame.label(name)) for name in change.label_ids)


@given(selections())
def test_the_census_counts_what_is_there(selection: Selection) -> None:
    census, table = selection.census, selection.table
    frames = {int(table.frame[row]) for row in selection.changeable}
    assert (census.labels, census.frames) == (len(selection.changeable), len(frames))
    members = [table.name(int(row)) for row in selection.members]
    unseen = {index for index, _ in members if not table.pictured[index]}
    assert census.without_picture == len(unseen)
    frame_of = table.document.frame
    seen = [(index, name) for index, name in members if index not in unseen]
    reviewed = {index for index, _ in seen if frame_of(index).reviewed}
    by_hand = [
        name for index, name in seen
        if index not in reviewed and settled(frame_of(index), frame_of(index).label(name))
    ]  # fmt: skip
    expected = (0, 0) if selection.settled_too else (len(reviewed), len(by_hand))
    assert (census.reviewed, census.by_hand) == expected


@given(selections(), st.data())
def test_narrowing_and_widening(selection: Selection, data: st.DataObject) -> None:
    rows = data.draw(rows_of(selection.table))

    def same(one: Selection, other: Selection) -> bool:
        return bool((one.rows == other.rows).all())

    narrow, wide = selection.narrowed(rows), selection.widened(rows)
    assert same(narrow.narrowed(rows), narrow)
    assert same(wide.widened(rows), wide)
    assert same(wide.narrowed(selection.rows), selection)  # absorption, both ways
    assert same(narrow.widened(selection.rows), selection)
    assert same(selection.without(rows).widened(narrow.rows), selection)
    assert not selection.without(rows).narrowed(rows).rows.any()
    assert same(selection.narrowed(selection.table.every()), selection)
    assert same(selection.widened(selection.table.none()), selection)
    for row in range(len(rows)):
        assert same(selection.toggled(row).toggled(row), selection)


@given(documents(), st.integers(0, 5_000), st.integers(0, 5_000))
def test_a_wider_place_has_all_of_a_narrower_one(document: Document, one: int, more: int) -> None:
    table = LabelTable.read(document)
    for row in range(len(table)):
        assert table.near(row, 0)[row]
        assert (table.near(row, one) <= table.near(row, one + more)).all()


@given(documents())
def test_a_track_never_has_two_labels_of_a_frame(document: Document) -> None:
    table, tracks = LabelTable.read(document), work_out(document)
    numbers = tracks.numbers(0, len(document))
    assert len(numbers) == len(table)
    for track in range(len(tracks)):
        frames = table.frame[numbers == track]
        assert len(set(frames.tolist())) == len(frames)
        by_member = table.at((member.frame, member.id) for member in tracks.members(track))
        assert (by_member == (numbers == track)).all()


@given(selections())
def test_the_same_labels_are_found_after_an_edit(selection: Selection) -> None:
    document = selection.table.document.copy()
    operation = many_labels.move(selection, 300, -200, sizes_of(selection))
    if isinstance(operation, Operation):
        operations.apply(document, operation)
    again = selection.on(LabelTable.read(document))
    assert (again.rows == selection.rows).all()
    gone = many_labels.delete(selection)
    if isinstance(gone, Operation):
        document = selection.table.document.copy()
        operations.apply(document, gone)
        left = selection.on(LabelTable.read(document))
        assert len(left.members) == len(selection.members) - len(selection.changeable)


@given(selections())
def test_members_are_walked_in_order_both_ways(selection: Selection) -> None:
    table, walked = selection.table, list[int]()
    index, name = 0, None
    while (row := selection.beside(index, name, 1)) is not None:
        walked.append(row)
        index, name = table.name(row)
    assert walked == selection.members.tolist()
    back = [row] if (row := selection.beside(len(table.document) - 1, None, -1)) is not None else []
    while back and (row := selection.beside(*table.name(back[-1]), -1)) is not None:
        back.append(row)
    assert back == walked[::-1]
    if walked:
        shown, seen = selection.sample(5), selection.changeable.tolist() or walked
        assert shown == sorted(set(shown) & set(seen))
        assert (shown[0], shown[-1]) == (seen[0], seen[-1])
        assert len(seen) < 3 or selection.worst in shown


@given(documents())
def test_numbers_read_from_bytes_are_those_of_the_labels(document: Document) -> None:
    is_ball = document.capability is Capability.BALL
    frames = document.every_encoded() * 4  # enough to be looked through
    numbers = read_numbers(frames, is_ball)
    every = [label for _ in range(4) for frame in document for label in frame.labels]
    derived = (Origin.INTERPOLATED, Origin.PROPAGATED)
    kinds = [
        2 if label.origin in derived else int(label.origin is Origin.MANUAL) for label in every
    ]
    assert numbers.sources.tolist() == kinds
    assert numbers.changed.tolist() == [label.was is not None for label in every]
    spaced = [frame.replace(b",", b", ") for frame in frames]  # not canonical: decoded
    decoded = read_numbers(spaced, is_ball)
    assert decoded.sources.tolist() == kinds
    assert decoded.changed.tolist() == numbers.changed.tolist()


def players(frames: int) -> Document:
    content: list[Frame] = []
    for index in range(frames):
        boxes: list[Label] = [
            Box(f"p{n}", 1_000 * n + 10 * index, 2_000, 1_000, 2_500, 1_000 * n) for n in range(4)
        ]
        content.append(make_frame(boxes))
    return Document.from_frames(Capability.PLAYER, content)


def test_labels_moved_alike_are_one_change_of_a_frame() -> None:
    document = players(300)
    table = LabelTable.read(document)
    selection = Selection(table, table.every())
    operation = many_labels.move(selection, 100, 0, sizes_of(selection))
    assert isinstance(operation, Operation)
    assert operation.text == "Move 1,200 labels on 300 frames by +1,0"
    assert len(operation.changes) == 300
    assert all(isinstance(change, ShiftChange) for change in operation.changes)
    operations.apply(document, operation)
    assert document.frame(299).labels[3] == with_geometry(
        players(300).frame(299).labels[3], (6_090, 2_000, 1_000, 2_500)
    )


def test_an_undo_is_refused_when_one_of_the_labels_was_changed_since() -> None:
    document = players(3)
    table = LabelTable.read(document)
    selection = Selection(table, table.every())
    operation = many_labels.move(selection, 100, 0, sizes_of(selection))
    assert isinstance(operation, Operation)
    operations.apply(document, operation)
    label = document.frame(1).labels[0]
    moved = with_geometry(label, (0, *label.geometry[1:]))
    operations.apply(document, Operation("move", "", (operations.label_change(1, label, moved),)))
    before = document.payload()
    with pytest.raises(operations.OperationConflict, match="frame 2: label p0 is not what it was"):
        operations.apply(document, operation.inverse())
    assert document.payload() == before


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("score<0.15", {"p0", "p1"}),
        ("score>=0.2 and x<30.05", {"p2", "p3"}),
        ("height>24 and not id=p0", {"p1", "p2", "p3"}),
        ("id=p1 or id=p3", {"p1", "p3"}),
        ("width=10..11", {"p0", "p1", "p2", "p3"}),
        ("track=p2", {"p2"}),
        ("track=nobody", set()),
        ("by_hand or reviewed or missing", set()),
        ("origin=model and frame=1", {"p0", "p1", "p2", "p3"}),
        ("origin=derived", set()),
        ("frame in 2..9", set()),
    ],
)
def test_labels_are_asked_for_by_query(text: str, found: set[str]) -> None:
    document = players(9)
    table = LabelTable.read(document)
    rows = parse_labels(text)(LabelFacts(table, work_out(document)))
    assert {name for index, name in map(table.name, np.flatnonzero(rows)) if index == 0} == found


def test_a_query_for_labels_says_what_is_wrong() -> None:
    with pytest.raises(QueryError, match="did you mean “height”"):
        parse_labels("heigth>3")
    with pytest.raises(QueryError, match="one of model, manual, derived"):
        parse_labels("origin=me")


def test_nothing_to_do_is_said() -> None:
    document = players(2)
    document.replace(0, make_frame(document.frame(0).labels, reviewed=True))
    table = LabelTable.read(document, no_picture=[1])
    everything = Selection(table, table.every())
    refused = many_labels.delete(everything)
    assert refused == Refusal("Nothing may be changed: left alone: 1 reviewed, 1 without picture.")
    assert many_labels.accept(Selection(table, table.none())) == Refusal("Nothing is selected.")
    edge = many_labels.move(
        Selection(table, table.every(), settled_too=True), -500, 0, sizes_of(everything)
    )
    assert isinstance(edge, Operation)  # p0 is at the edge, the others are not
    assert {name for change in edge.changes for name in change.label_ids} == {"p1", "p2", "p3"}
