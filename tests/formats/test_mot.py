"""MOTChallenge lines become labels; what is broken is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.demo import make_match, write_match
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.mot import read_mot, sequence_rate
from prelabel_tui.imaging.frames.probe import probe_folder

CLIP = Manifest(tuple(MediaFrame(f"{i:06d}.jpg", 100, 50) for i in range(3)))


def read(tmp_path: Path, text: str, capability: Capability = Capability.PLAYER) -> list[object]:
    path = tmp_path / "det.txt"
    path.write_text(text)
    document = read_mot({capability: path}, CLIP).documents[capability]
    return [label for frame in document for label in frame.labels]


def test_frames_and_coordinates_count_from_one(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("2,7,11.25,6.50,10,20,0.87,-1,-1,-1\n\n")
    frame = read_mot({Capability.PLAYER: path}, CLIP).documents[Capability.PLAYER].frame(1)
    assert frame.labels == (Box("p7", 1025, 550, 1000, 2000, 8700),)


def test_a_ball_box_becomes_a_point_with_the_mean_side_as_size(tmp_path: Path) -> None:
    labels = read(tmp_path, "1,1,11,6,6,8,1,-1,-1,-1\n", Capability.BALL)
    assert labels == [Ball("b1", 1300, 900, 700, 10_000)]


def test_boxes_without_a_track_are_named_by_their_order(tmp_path: Path) -> None:
    labels = read(tmp_path, "1,-1,1,1,5,5,-1\n1,-1,10,10,5,5,-1\n2,-1,1,1,5,5,-1\n")
    assert [label.id for label in labels] == ["d001", "d002", "d001"]  # type: ignore[attr-defined]
    assert all(label.score is None for label in labels)  # type: ignore[attr-defined]


def test_a_box_partly_outside_is_clipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,1,-4,41,10,20,1\n1,2,20,20,5,5,1\n")
    loaded = read_mot({Capability.PLAYER: path}, CLIP)
    assert loaded.tallies[Capability.PLAYER].clipped == 1
    assert loaded.documents[Capability.PLAYER].frame(0).labels[0].geometry == (0, 4000, 500, 1000)


def test_scores_below_the_least_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    path.write_text("1,1,1,1,5,5,0.3\n1,2,1,1,5,5,0.31\n")
    loaded = read_mot({Capability.PLAYER: path}, CLIP, {Capability.PLAYER: 0.31})
    assert loaded.tallies[Capability.PLAYER].below_score == 1
    assert [label.id for label in loaded.documents[Capability.PLAYER].frame(0).labels] == ["p2"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1,1,1,1,5", "5 fields"),
        ("1,1,1,1,5,5,1,1,1,1,1", "11 fields"),
        ("1,1,x,1,5,5,1", "'x' is no number"),
        ("1,1,nan,1,5,5,1", "no number of pixels"),
        ("1,1,1,1,inf,5,1", "no number of pixels"),
        ("nan,1,1,1,5,5,1", "frame number"),
        ("0,1,1,1,5,5,1", "frame number"),
        ("1.5,1,1,1,5,5,1", "frame number"),
        ("4,1,1,1,5,5,1", "beyond the clip of 3 frames"),
        ("1,1.5,1,1,5,5,1", "whole number"),
        ("1,1,1,1,0,5,1", "no area"),
        ("1,1,1,1,-5,5,1", "no area"),
        ("1,1,101,1,5,5,1", "outside the frame of 100×50 px"),
        ("1,1,1,-9,5,5,1", "outside the frame"),
        ("1,1,1,1,5,5,1.5", "not between 0 and 1"),
        ("1,1,1,1,5,5,nan", "not between 0 and 1"),
        ("1,2,30,30,5,5,1", "the id p2 twice (also line 1)"),
    ],
)
def test_a_broken_line_is_refused_with_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f"1,2,1,1,5,5,1\n\n{line}\n")
    assert says in caught.value.what
    assert caught.value.place == "line 3"
    assert f"{tmp_path / 'det.txt'}, line 3: " in str(caught.value)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        read_mot({Capability.BALL: tmp_path / "none.txt"}, CLIP)
    (tmp_path / "x.txt").write_bytes(b"\xff\xfe1,1")
    with pytest.raises(FormatError, match="UTF-8"):
        read_mot({Capability.BALL: tmp_path / "x.txt"}, CLIP)


numbers = st.one_of(
    st.sampled_from(["1", "2", "-1", "0.5", "nan", "1e308", "-1e400", "", " ", "1_0", "٣", "x"]),
    st.floats().map(str),
)


@given(st.lists(st.lists(numbers, max_size=11).map(",".join), max_size=5).map("\n".join))
def test_any_text_gives_labels_in_the_frame_or_a_format_error(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "det.txt"
        path.write_text(text)
        try:
            loaded = read_mot({Capability.PLAYER: path}, CLIP)
        except FormatError:
            return
    for frame in loaded.documents[Capability.PLAYER]:
        for box in frame.labels:
            assert isinstance(box, Box)
            assert 0 <= box.x < box.x + box.w <= 10_000
            assert 0 <= box.y < box.y + box.h <= 5_000


def test_the_rate_comes_from_seqinfo(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    assert sequence_rate(frames) is None
    (tmp_path / "seqinfo.ini").write_text("[Sequence]\nframeRate=29.97\n")
    assert sequence_rate(frames) == 29.97
    (frames / "seqinfo.ini").write_text("frameRate\n")
    assert sequence_rate(frames) == 29.97


def test_the_demo_match_comes_back_as_it_was_written(tmp_path: Path) -> None:
    match = make_match(frames=12)
    write_match(match, tmp_path)
    manifest = probe_folder(tmp_path / "frames")
    files = {
        Capability.PLAYER: tmp_path / "players_det.txt",
        Capability.BALL: tmp_path / "ball_det.txt",
    }
    assert read_mot(files, manifest).documents == match.prelabels


def test_the_real_wide_match(real_data: Path) -> None:
    folder = real_data / "soccertrack-wide"
    manifest = probe_folder(folder / "frames", fps=sequence_rate(folder / "frames"))
    files = {
        Capability.PLAYER: folder / "players_det.txt",
        Capability.BALL: folder / "ball_det.txt",
    }
    loaded = read_mot(files, manifest)
    assert manifest.fps == 25_000
    assert [loaded.tallies[c].kept for c in files] == [880, 40]
    first = loaded.documents[Capability.BALL].frame(0).labels[0]
    assert first == Ball("b1", 354_597, 55_297, 670, 10_000)


def test_a_sequence_of_another_project(real_data: Path) -> None:
    """Its only box has neither track nor place inside by one pixel: clipped, named by order."""
    clip = Manifest((MediaFrame("1.jpg", 16, 16),))
    loaded = read_mot({Capability.PLAYER: real_data / "formats/mot_seq/gt/gt.txt"}, clip)
    (box,) = loaded.documents[Capability.PLAYER].frame(0).labels
    assert (box.id, box.geometry) == ("d001", (0, 300, 300, 800))
    assert loaded.tallies[Capability.PLAYER].clipped == 1
