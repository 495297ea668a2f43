"""MOTChallenge lines become labels; what is broken is refused with file and line."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from prelabel_tui.core.ingest.pairing import Choice
from prelabel_tui.core.model.labels import Ball, Box, Capability, Label
from prelabel_tui.demo import make_match, write_match
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Loaded
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.formats.readers.mot import (
    DIALECTS,
    MotDialect,
    find_seqinfo,
    read_mot,
    read_seqinfo,
)
from prelabel_tui.imaging.frames.probe import FolderPictures
from tests.formats.clips import NoPictures, labels, load, numbered

ONE = MotDialect(1)
GT = MotDialect(1, DIALECTS["gt"])
PLAYER, BALL = Capability.PLAYER, Capability.BALL


def text(
    tmp_path: Path,
    lines: str,
    capability: Capability | None = PLAYER,
    dialect: MotDialect = ONE,
    bad: BadLabels | None = None,
    **wanted: object,
) -> Loaded:
    path = tmp_path / "det.txt"
    path.write_text(lines)
    return load(read_mot({capability: path}, dialect, bad), numbered(3), bad=bad, **wanted)


def only(loaded: Loaded) -> list[Label]:
    return [label for _, label in labels(loaded)]


@pytest.mark.parametrize(("start", "left"), [(0, 1125), (1, 1025)])
def test_pixels_count_from_what_is_said(tmp_path: Path, start: int, left: int) -> None:
    loaded = text(tmp_path, "2,7,11.25,6.50,10,20,0.87,-1,-1,-1\n\n", dialect=MotDialect(start))
    ((index, box),) = labels(loaded)
    assert index == 1
    assert box == Box("p7", left, left - 475, 1000, 2000, 8700, track="7")


def test_a_ball_box_becomes_a_point_with_the_mean_side_as_size(tmp_path: Path) -> None:
    assert only(text(tmp_path, "1,1,11,6,6,8,1,-1,-1,-1\n", BALL)) == [
        Ball("b1", 1300, 900, 700, 10_000, track="1")
    ]


def test_boxes_without_a_track_are_named_by_their_order(tmp_path: Path) -> None:
    found = only(text(tmp_path, "1,-1,1,1,5,5,-1\n1,-1,10,10,5,5,-1\n2,-1,1,1,5,5,-1\n"))
    assert [label.id for label in found] == ["d001", "d002", "d001"]
    assert all(label.score is None for label in found)


def test_tracks_are_counted(tmp_path: Path) -> None:
    loaded = text(tmp_path, "1,7,1,1,5,5,1\n2,7,1,1,5,5,1\n2,8,9,1,5,5,1\n3,-1,9,1,5,5,1\n")
    assert loaded.tallies[PLAYER].tracks == 2


def test_a_box_partly_outside_is_clipped_and_counted(tmp_path: Path) -> None:
    loaded = text(tmp_path, "1,1,-4,41,10,20,1\n1,2,20,20,5,5,1\n")
    assert loaded.tallies[PLAYER].clipped == 1
    assert only(loaded)[0].geometry == (0, 4000, 500, 1000)


def test_scores_below_the_least_are_left_out_and_counted(tmp_path: Path) -> None:
    loaded = text(tmp_path, "1,1,1,1,5,5,0.3\n1,2,1,1,5,5,0.31\n", min_score={PLAYER: 0.31})
    assert loaded.tallies[PLAYER].below_score == 1
    assert [label.id for label in only(loaded)] == ["p2"]


BROKEN = [
    ("1,1,1,1,5", "5 fields"),
    ("1,1,1,1,5,5,1,-1,-1,-1,-1", "11 fields"),
    ("1,1,x,1,5,5,1", "'x' is not a number"),
    ("1,1,nan,1,5,5,1", "'nan' is not a number"),
    ("1,1,1,1,inf,5,1", "'inf' is not a number"),
    ("1,1,1e300,1,5,5,1", "is not a number of pixels"),
    ("-1,1,1,1,5,5,1", "not a frame number"),
    ("1.5,1,1,1,5,5,1", "not a frame number"),
    ("4,1,1,1,5,5,1", "frame 4 is not in the clip"),
    ("1,1.5,1,1,5,5,1", "whole number"),
    ("1,1,1,1,0,5,1", "no area"),
    ("1,1,1,1,-5,5,1", "no area"),
    ("1,1,101,1,5,5,1", "outside the frame of 100×50 px"),
    ("1,1,1,-9,5,5,1", "outside the frame"),
    ("1,1,1,1,5,5,1.5", "not between 0 and 1"),
    ("1,1,1,1,5,5,1,3", "column 8 is 3, and no option says what it means"),
    ("1,2,30,30,5,5,1", "the id p2 twice (also line 1)"),
]


@pytest.mark.parametrize(("line", "says"), BROKEN)
def test_a_broken_line_is_refused_with_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        text(tmp_path, f"1,2,1,1,5,5,1\n\n{line}\n")
    assert says in caught.value.what
    assert caught.value.place == "line 3"
    assert f"{tmp_path / 'det.txt'}, line 3: " in str(caught.value)


@pytest.mark.parametrize(("line", "says"), BROKEN)
def test_a_broken_line_can_be_dropped_counted_and_listed(
    tmp_path: Path, line: str, says: str
) -> None:
    bad = BadLabels(keep_going=True)
    found = only(text(tmp_path, f"1,2,1,1,5,5,1\n\n{line}\n2,2,1,1,5,5,1\n", bad=bad))
    assert [label.id for label in found] == ["p2", "p2"]
    assert bad.count == 1
    assert "line 3: " in bad.listed[0]


def test_ground_truth_has_a_flag_a_class_and_a_visibility(tmp_path: Path) -> None:
    lines = "1,1,1,1,5,5,1,1,0.5\n1,2,9,9,5,5,0,1,1\n2,3,9,9,5,5,1,1,0\n"
    loaded = text(tmp_path, lines, dialect=GT)
    assert [label.id for label in only(loaded)] == ["p1", "p3"]
    assert all(label.score is None for label in only(loaded))
    assert loaded.left_out == {"flag 0 (ignored)": 1}


def test_classes_of_a_file_of_both_are_mapped_or_left_out(tmp_path: Path) -> None:
    lines = "1,1,1,1,5,5,1,1,1\n1,2,9,9,5,5,1,2,1\n1,3,20,9,5,5,1,7,1\n"
    with pytest.raises(FormatError, match="the category '1' is neither player nor ball"):
        text(tmp_path, lines, None, GT)
    loaded = text(tmp_path, lines, None, GT, categories={"1": PLAYER, "2": BALL}, leave_out=("7",))
    assert {c: t.kept for c, t in loaded.tallies.items()} == {PLAYER: 1, BALL: 1}
    assert loaded.left_out == {"7": 1}
    with pytest.raises(FormatError, match="is neither player nor ball"):
        text(tmp_path, lines, PLAYER, GT)
    (tmp_path / "labels.txt").write_text("player\nball\n\n\n\n\nreferee\n")
    named = text(tmp_path, lines, None, GT, leave_out=("referee",))
    assert {c: t.kept for c, t in named.tallies.items()} == {PLAYER: 1, BALL: 1}


def test_a_file_of_both_needs_a_class(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no column is the class"):
        text(tmp_path, "1,1,1,1,5,5,1\n", None)


def test_columns_can_be_named(tmp_path: Path) -> None:
    dialect = MotDialect(0, ("conf", "class", "skip"))
    loaded = text(tmp_path, "1,1,1,1,5,5,0.5,0,99\n", None, dialect, categories={"0": PLAYER})
    assert only(loaded)[0].score == 5000


def test_a_file_that_counts_frames_from_0_says_so_by_frame_0(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("0,1,1,1,5,5,1\n2,1,1,1,5,5,1\n")
    file = read_mot({PLAYER: path}, ONE)
    assert [index for index, _ in labels(load(file, numbered(3, first=0)))] == [0, 2]
    with pytest.raises(FormatError, match=r"numbered 1…3, the frames of the labels count from 0"):
        load(file, numbered(3))
    by_position = load(file, numbered(3), Choice(by_position=True))
    assert [index for index, _ in labels(by_position)] == [0, 2]


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        read_mot({BALL: tmp_path / "none.txt"}, ONE)
    (tmp_path / "x.txt").write_bytes(b"\xff\xfe1,1")
    with pytest.raises(FormatError, match="UTF-8"):
        read_mot({BALL: tmp_path / "x.txt"}, ONE)


numbers = st.one_of(
    st.sampled_from(["1", "2", "-1", "0.5", "nan", "1e308", "-1e400", "", " ", "1_0", "٣", "x"]),
    st.floats().map(str),
)


@given(
    st.lists(st.lists(numbers, max_size=11).map(",".join), max_size=5).map("\n".join),
    st.booleans(),
)
def test_any_text_gives_labels_in_the_frame_or_a_format_error(lines: str, drop: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            loaded = text(Path(folder), lines, bad=BadLabels(drop))
        except FormatError:
            return
    for box in only(loaded):
        assert isinstance(box, Box)
        assert 0 <= box.x < box.x + box.w <= 10_000
        assert 0 <= box.y < box.y + box.h <= 5_000


# -- seqinfo.ini


def test_the_rate_comes_from_seqinfo(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    assert find_seqinfo(frames) is None
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nframeRate=29.97\n")
    info = find_seqinfo(frames)
    assert info is not None
    assert (info.rate, info.size, info.length) == (29.97, None, None)


@pytest.mark.parametrize(
    "content", ["frameRate\n", "[Sequence]\nframeRate=fast\n", "[Sequence]\nseqLength=0\n"]
)
def test_a_seqinfo_that_cannot_be_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "seqinfo.ini").write_text(content)
    with pytest.raises(FormatError, match=r"seqinfo\.ini"):
        read_seqinfo(tmp_path / "seqinfo.ini")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("seqLength=4", "says 4 frames, but the pictures make 3"),
        ("imWidth=1920\nimHeight=1080", "says 1920×1080 px, but 000001.jpg is 100×50 px"),
    ],
)
def test_a_seqinfo_that_disagrees_with_the_pictures_is_refused(
    tmp_path: Path, content: str, says: str
) -> None:
    import dataclasses

    (tmp_path / "seqinfo.ini").write_text(f"[Sequence]\n{content}\n")
    (tmp_path / "det.txt").write_text("1,1,1,1,5,5,1\n")
    file = read_mot({PLAYER: tmp_path / "det.txt"}, ONE)
    file = dataclasses.replace(file, info=find_seqinfo(tmp_path))
    with pytest.raises(FormatError) as caught:
        load(file, numbered(3))
    assert says in caught.value.what


# -- files of others


def test_the_demo_match_comes_back_as_it_was_written(tmp_path: Path) -> None:
    match = make_match(frames=12)
    write_match(match, tmp_path)
    files = {PLAYER: tmp_path / "players_det.txt", BALL: tmp_path / "ball_det.txt"}
    source = FolderPictures(tmp_path / "frames")
    prepared = prepare(read_mot(files, ONE), source, Choice(by_position=True))
    for capability, document in prepared.labels.documents.items():
        for found, drawn in zip(document, match.prelabels[capability], strict=True):
            with_tracks = [replace(label, track=label.id[1:]) for label in drawn.labels]
            assert list(found.labels) == with_tracks


def test_the_real_wide_match(real_data: Path) -> None:
    folder = real_data / "soccertrack-wide"
    files = {PLAYER: folder / "players_det.txt", BALL: folder / "ball_det.txt"}
    file, source = read_mot(files, ONE), FolderPictures(folder / "frames")
    with pytest.raises(FormatError, match=r"numbered 0…39, .* count from 1 \(1…40"):
        prepare(file, source)
    prepared = prepare(file, source, Choice(by_position=True), rate=25)
    assert prepared.manifest.fps == 25_000
    assert [prepared.labels.tallies[c].kept for c in files] == [880, 40]
    first = prepared.labels.documents[BALL].frame(0).labels[0]
    assert first == Ball("b1", 354_597, 55_297, 670, 10_000, track="1")


def test_a_sequence_of_another_project(real_data: Path) -> None:
    """Written from pixel 0; without a track, named by order."""
    path = real_data / "formats/mot_seq/gt/gt.txt"
    file = read_mot({PLAYER: path}, MotDialect(0, DIALECTS["gt"]))
    ((_, box),) = labels(load(file, NoPictures(["1.jpg"], (16, 16))))
    assert (box.id, box.geometry) == ("d001", (0, 400, 400, 800))
    both = read_mot({None: path}, MotDialect(0, DIALECTS["gt"]))
    assert both.categories == ("label_2",)
