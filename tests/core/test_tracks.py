"""Tracks: which labels of a document are one thing."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.edits.matching import distance
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    Box,
    Capability,
    Frame,
    Label,
    make_frame,
    with_geometry,
)
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.tracks import Member, Tracks, summaries, work_out
from prelabel_tui.core.tracks.assignment import match


def _box(name: str, x: float, y: float, track: str | None = None) -> Box:
    return Box(
        name, round(x * UNIT), round(y * UNIT), 20 * UNIT, 50 * UNIT, track=track
    )  # fmt: skip


def _document(frames: list[list[Label]]) -> Document:
    return Document.from_frames(Capability.PLAYER, map(make_frame, frames))


def _balls(frames: list[list[tuple[float, float]]]) -> Document:
    return Document.from_frames(
        Capability.BALL,
        [
            make_frame(
                [
                    Ball(f"d{n}", round(x * UNIT), round(y * UNIT), 10 * UNIT)
                    for n, (x, y) in enumerate(frame)
                ]
            )
            for frame in frames
        ],
    )


def _crossing(count: int = 40) -> list[list[Label]]:
    """Two players who run through each other; ids are rows, and change with the order."""
    frames: list[list[Label]] = []
    for n in range(count):
        places = sorted([(100 + 5 * n, 300.0), (300 - 5 * n, 304.0)])
        frames.append([_box(f"{row}", x, y) for row, (x, y) in enumerate(places)])
    return frames


def _of(tracks: Tracks) -> list[list[Member]]:
    return [list(tracks.members(number)) for number in range(len(tracks))]


def test_players_who_run_through_each_other_keep_their_tracks() -> None:
    document = _document(_crossing())
    tracks = work_out(document)
    assert len(tracks) == 2
    for number, way in enumerate((1, -1)):
        places = [document.frame(at).label(name) for at, name in tracks.members(number)]
        steps = [b.x - a.x for a, b in itertools.pairwise(places) if a and b]
        assert steps == [way * 500] * 39


def test_a_player_who_is_missing_for_ten_frames_is_the_same_one_and_for_eleven_is_not() -> None:
    for missing, expected in ((10, 1), (11, 2)):
        frames: list[list[Label]] = [[_box(f"r{n}", 100 + 3 * n, 50)] for n in range(40)]
        for n in range(20, 20 + missing):
            frames[n] = []
        tracks = work_out(_document(frames))
        assert len(tracks) == expected
        assert tracks.frames(0).tolist()[:20] == [*range(20)]
        assert (tracks.at(39, "r39") == 0) is (expected == 1)


def test_a_lamp_and_a_ball_that_rolls_past_it_are_two_tracks() -> None:
    document = _balls([[(400, 200), (250 + 8.0 * n, 206)] for n in range(40)])
    tracks = work_out(document)
    assert [len(tracks.members(number)) for number in range(len(tracks))] == [40, 40]
    lamp = tracks.at(0, "d0")
    assert lamp is not None
    assert all(name == "d0" for _, name in tracks.members(lamp))


def test_a_lamp_without_a_size_is_followed() -> None:
    frames = [
        make_frame([Ball("b1", 5000, 5000), Ball("b2", 9000 + 90 * n, 900)]) for n in range(9)
    ]
    tracks = work_out(Document.from_frames(Capability.BALL, frames))
    assert [len(tracks.members(number)) for number in range(len(tracks))] == [9, 9]


def test_names_of_the_source_decide_and_two_of_a_name_in_a_frame_do_not() -> None:
    frames: list[list[Label]] = [
        [_box("a", 10, 10, "7"), _box("b", 500 - 30 * (n % 2) * 10, 10, "9"), _box("c", 800, 10)]
        for n in range(6)
    ]
    tracks = work_out(_document(frames))
    names = [tracks.name(number) for number in range(len(tracks))]
    assert names == ["7", "9", "c"]
    assert [tracks.is_given(number) for number in range(3)] == [True, True, False]
    assert all(tracks.find(1, n) == "b" for n in range(6))
    frames[3] = [_box("a", 10, 10, "7"), _box("b", 900, 10, "7"), _box("c", 800, 10)]
    tracks = work_out(_document(frames))
    assert tracks.find(0, 3) == "a"
    assert tracks.at(3, "b") not in (None, 0)


def test_a_label_without_a_name_fills_the_gap_of_a_track_that_has_one() -> None:
    frames: list[list[Label]] = [[_box("a", 10 + 4 * n, 10, "7")] for n in range(12)]
    frames[5] = [_box("new", 30, 10), _box("far", 600, 400)]
    tracks = work_out(_document(frames))
    assert tracks.find(0, 5) == "new"
    assert tracks.at(5, "far") == 1


def test_worked_out_names_are_the_usual_id_where_it_says_something() -> None:
    frames: list[list[Label]] = [
        [_box("p7", 10 + n, 10), _box("d001", 300, 10), _box("p7b", 600, 10)] for n in range(8)
    ]
    frames[4] = [_box("p7", 600, 10), _box("d001", 300, 10), _box("x", 14, 10)]
    tracks = work_out(_document(frames))
    assert [tracks.name(number) for number in range(len(tracks))] == [
        "d001"[:0] + "t1",
        "p7",
        "p7b",
    ]
    assert tracks.named("p7") == 1
    assert tracks.named("nobody") is None


def test_what_is_not_there_has_no_track() -> None:
    tracks = work_out(_document([[_box("a", 1, 1)], []]))
    assert tracks.at(0, "b") is None
    assert tracks.at(1, "a") is None
    assert tracks.find(0, 1) is None
    assert tracks.find(0, 2) is None
    assert tracks.find(0, -1) is None
    assert list(tracks.members(9)) == []


def test_members_are_read_by_place_and_in_parts() -> None:
    members = work_out(_document(_crossing())).members(0)
    assert members[0] == Member(0, "0")
    assert list(members[3:5]) == [members[3], members[4]]
    assert members[-1].frame == 39


def test_working_out_can_be_stopped() -> None:
    def stop(step: str, done: int | None = None, total: int | None = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        work_out(_document(_crossing()), stop)


def test_a_label_that_was_moved_far_keeps_its_track_and_a_new_one_joins() -> None:
    frames: list[list[Label]] = [[_box("a", 10 + 4 * n, 10)] for n in range(12)]
    document = _document(frames)
    tracks = work_out(document)
    document.replace(4, make_frame([_box("a", 900, 900)]))
    document.replace(6, make_frame([]))
    followed = tracks.follow(document, [4, 6])
    assert followed.at(4, "a") == 0
    assert followed.find(0, 6) is None
    for at in (6, 7, 8):
        document.replace(at, make_frame([_box("new", 10 + 4 * at, 11), _box("far", 10, 700)]))
    again = followed.follow(document, [8, 6, 7])
    assert [again.find(0, at) for at in (6, 7, 8)] == ["new"] * 3
    assert {again.at(at, "far") for at in (6, 7, 8)} == {1}
    assert tracks.find(0, 6) == "a"  # what it was of has not changed


def test_a_label_put_where_another_track_lacks_one_joins_that() -> None:
    frames = [[(100 + 4.0 * n, 100.0), (600.0, 400.0)] for n in range(12)]
    frames[5], frames[6] = [(900.0, 300.0)], [(902.0, 301.0)]
    document = _balls(frames)
    tracks = work_out(document)
    assert tracks.at(5, "d0") == tracks.at(6, "d0") == 2
    document.replace(5, make_frame([Ball("d0", 121 * UNIT, 101 * UNIT, 10 * UNIT)]))
    document.replace(6, make_frame([Ball("d0", 300 * UNIT, 700 * UNIT, 10 * UNIT)]))
    followed = tracks.follow(document, [5, 6])
    assert followed.at(5, "d0") == 0
    assert followed.at(6, "d0") == 2, "nothing is missing there: it stays what it was"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_correction_changes_a_track(data: st.DataObject) -> None:
    """Neither at once nor when the tracks are worked out anew, however close two players are."""
    frames: list[list[Label]] = [
        [_box("1", 100 + 3 * n, 300), _box("2", 140 - n, 306), _box("3", 260 - 5 * n, 296)]
        for n in range(24)
    ]
    document = _document(frames)
    tracks = work_out(document)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 23))
        name, dx, dy = data.draw(
            st.tuples(st.sampled_from("123"), st.integers(-3400, 3400), st.integers(-3400, 3400))
        )
        frame = document.frame(at)
        box = frame.label(name)
        assert isinstance(box, Box)
        x, y, w, h = box.was or box.geometry
        moved = with_geometry(box, (x + dx, y + dy, w + dx // 2, h))
        document.replace(at, make_frame([moved, *(b for b in frame.labels if b.id != name)]))
        followed = tracks.follow(document, [at])
        assert _of(followed) == _of(tracks)
        tracks = followed
    assert _of(work_out(document)) == _of(tracks)


def test_a_detection_put_on_the_ball_joins_its_track_also_when_all_is_worked_out_anew() -> None:
    frames = [[(100 + 4.0 * n, 100.0), (600.0, 400.0)] for n in range(30)]
    frames[5] = [(600.0, 400.0)]
    document = _balls(frames)
    tracks = work_out(document)
    lamp = document.frame(5).labels[0]
    assert tracks.at(5, "d0") == 1
    document.replace(5, make_frame([with_geometry(lamp, (121 * UNIT, 101 * UNIT, 10 * UNIT))]))
    other = document.frame(20).label("d1")
    assert other is not None
    far = with_geometry(other, (90 * UNIT, 900 * UNIT, 10 * UNIT))
    document.replace(20, make_frame([document.frame(20).labels[0], far]))
    for after in (tracks.follow(document, [5, 20]), work_out(document)):
        assert after.at(5, "d0") == 0
        assert after.at(20, "d1") == 1, "no other track lacks a label there"


def test_a_changed_label_without_a_place_of_the_model_is_where_it_is() -> None:
    """Hostile bytes are not trusted: what it was may be anything."""
    for said in (b'"x"', b"[1]", b"[1,2,3,4,5]", b"{}", b"[null,null]", b"[0,0,0,0]", b"null"):
        frame = b'{"labels":[{"h":9,"id":"a","kind":"box","w":9,"was":' + said + b',"x":1,"y":1}]}'
        assert len(work_out(Document(Capability.PLAYER, [frame] * 3))) == 1
    ball = Ball("a", 500, 500, None, was=(5000, 500, None))
    frames = [make_frame([ball]) for _ in range(3)]
    assert len(work_out(Document.from_frames(Capability.BALL, frames))) == 1


def test_a_new_label_that_names_its_track_goes_there() -> None:
    document = _document([[_box("a", 10 + 4 * n, 10, "7")] for n in range(6)])
    tracks = work_out(document)
    document.replace(
        3, make_frame([_box("a", 22, 10, "7"), _box("b", 22, 10, "7"), _box("c", 300, 10, "8")])
    )
    followed = tracks.follow(document, [3])
    assert followed.find(0, 3) == "a"
    assert followed.at(3, "b") not in (None, 0)
    assert [followed.name(number) for number in range(2)] == ["7", "8"]
    assert followed.is_given(1)


def test_naming_labels_anew_works_everything_out_again() -> None:
    document = _document(_crossing())
    tracks = work_out(document)
    for at, name in tracks.members(1):
        frame = document.frame(at)
        label = frame.label(name)
        assert label is not None
        others = [other for other in frame.labels if other.id != name]
        document.replace(at, make_frame([*others, msgspec.structs.replace(label, track="ten")]))
    assert tracks.renamed(document, range(40))
    followed = tracks.follow(document, range(40))
    assert {followed.name(number) for number in range(2)} == {"ten", "t1"}
    assert _of(followed) == _of(tracks)


_COORDINATE = st.integers(0, 60_000)
_LABEL = st.builds(
    Box,
    id=st.sampled_from([f"n{n}" for n in range(6)]),
    x=_COORDINATE,
    y=_COORDINATE,
    w=st.integers(1, 9_000),
    h=st.integers(1, 9_000),
    track=st.sampled_from([None, None, None, "7", "8"]),
)
_FRAME = st.lists(_LABEL, max_size=6, unique_by=lambda label: label.id).map(make_frame)


def _whole(tracks: Tracks, document: Document) -> None:
    """Each label has one track, and no track two labels of a frame."""
    for index, frame in enumerate(document):
        numbers = [tracks.at(index, label.id) for label in frame.labels]
        assert None not in numbers
        assert len(set(numbers)) == len(numbers)
        for number, label in zip(numbers, frame.labels, strict=True):
            assert number is not None
            assert tracks.find(number, index) == label.id
    members = _of(tracks)
    assert sum(map(len, members)) == sum(len(frame.labels) for frame in document)
    assert all(one.frame < two.frame for some in members for one, two in itertools.pairwise(some))
    names = [tracks.name(number) for number in range(len(tracks))]
    assert len(set(names)) == len(names)


@settings(max_examples=150, deadline=None)
@given(st.lists(_FRAME, min_size=1, max_size=8), st.data())
def test_tracks_are_whole_and_stay_so(frames: list[Frame], data: st.DataObject) -> None:
    document = Document.from_frames(Capability.PLAYER, frames)
    tracks = work_out(document)
    _whole(tracks, document)
    assert _of(work_out(document)) == _of(tracks)
    for _ in range(3):
        edits = data.draw(st.dictionaries(st.integers(0, len(frames) - 1), _FRAME, max_size=3))
        before = document.copy()
        for index, frame in edits.items():
            document.replace(index, frame)
        followed = tracks.follow(document, edits.keys())
        _whole(followed, document)
        if not tracks.renamed(document, edits):
            for index, frame in enumerate(document):
                for label in frame.labels:
                    was = before.frame(index).label(label.id)
                    if was and (label.track or distance(label, was) <= label.geometry[-1]):  # type: ignore[operator]
                        assert followed.at(index, label.id) == tracks.at(index, label.id)
        tracks = followed


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_matching_is_the_best_there_is(rows: int, columns: int, random: object) -> None:
    rng = np.random.default_rng(random.randint(0, 2**31))  # type: ignore[attr-defined]
    cost = rng.uniform(0, 1.6, (rows, columns)).round(2)
    pairs = match(cost, 1.0)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(cost[pair] < 1.0 for pair in pairs)
    saved = sum(1.0 - cost[pair] for pair in pairs)
    turned = cost if rows <= columns else cost.T
    most = max(
        sum(max(0.0, 1.0 - turned[row, column]) for row, column in enumerate(chosen))
        for chosen in itertools.permutations(range(turned.shape[1]), turned.shape[0])
    )
    assert saved == pytest.approx(most)


def test_a_heap_of_many_is_matched_nearest_first() -> None:
    rng = np.random.default_rng(3)
    pairs = match(rng.uniform(0, 0.9, (40, 50)), 1.0)
    assert len(pairs) == 40
    assert len({column for _, column in pairs}) == 40


def test_a_summary_says_where_a_track_is_and_what_was_changed() -> None:
    frames: list[list[Label]] = [
        [msgspec.structs.replace(_box("a", 10 + n, 10), score=1000 * n)] for n in range(8)
    ]
    frames[3], frames[4], frames[6] = [], [], []
    moved = msgspec.structs.replace(_box("a", 12, 10), was=(1100, 1000, 2000, 5000))
    frames[2] = [moved, _box("b", 700, 10, "9")]
    document = _document(frames)
    one, two = summaries(document, work_out(document))
    assert (one.name, one.given, one.first, one.last, one.labels) == ("a", False, 0, 7, 5)
    assert (one.gaps, one.changed) == (2, (2,))
    assert one.score == pytest.approx((0 + 0.1 + 0.5 + 0.7) / 4)
    assert (two.name, two.given, two.score, two.first, two.last) == ("9", True, None, 2, 2)
    empty = _document([[]])
    assert summaries(empty, work_out(empty)) == []


def test_an_id_that_stays_with_one_thing_speaks_for_it() -> None:
    """Two who stand nearly at one place: the nearest box is the other one's in frame 5."""
    frames: list[list[Label]] = [[_box("p1", 100, 10), _box("p2", 112, 10)] for _ in range(10)]
    frames[5] = [_box("p1", 108, 10), _box("p2", 104, 10)]
    tracks = work_out(_document(frames))
    assert [tracks.at(n, "p1") for n in range(10)] == [0] * 10
    rows = [
        [msgspec.structs.replace(label, id=label.id[1:]) for label in frame]  # type: ignore[misc]
        for frame in frames
    ]
    assert work_out(_document(rows)).at(5, "1") == 1, "a number of a row does not"
