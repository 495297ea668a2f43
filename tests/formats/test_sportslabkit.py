"""SportsLabKit's CSV: a block of columns for each object."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel_tui.core.ingest.pairing import Choice
from prelabel_tui.core.model.labels import Ball, Box, Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.gathering import Wanted
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.formats.readers.mot import MotDialect, read_mot
from prelabel_tui.formats.readers.sportslabkit import read_sportslabkit
from prelabel_tui.imaging.frames.probe import FolderPictures
from tests.formats.clips import labels, load, numbered

PLAYER, BALL = Capability.PLAYER, Capability.BALL
TEAMS = {"0": PLAYER, "3": BALL}

TABLE = """TeamID,0,0,0,0,0,3,3,3,3,3
PlayerID,10,10,10,10,10,0,0,0,0,0
Attributes,bb_left,bb_top,bb_width,bb_height,conf,bb_left,bb_top,bb_width,bb_height,conf
frame,,,,,,,,,,
0,10.0,2.0,20.0,30.0,1.0,40.0,20.0,4.0,4.0,0.5
1,11.0,2.0,20.0,30.0,1.0,,,,,
2,nan,nan,nan,nan,nan,41.0,20.0,4.0,4.0,0.5
"""


def written(tmp_path: Path, text: str = TABLE) -> Path:
    path = tmp_path / "bbdf.csv"
    path.write_text(text)
    return path


def test_blocks_are_tracks_and_teams_are_categories(tmp_path: Path) -> None:
    file = read_sportslabkit(written(tmp_path))
    with pytest.raises(FormatError, match="the category '0' is neither player nor ball"):
        load(file, numbered(3, first=0))
    loaded = load(file, numbered(3, first=0), categories=TEAMS)
    assert labels(loaded) == [
        (0, Ball("t3_0", 4200, 2200, 400, 5000, track="3_0")),
        (2, Ball("t3_0", 4300, 2200, 400, 5000, track="3_0")),
        (0, Box("t0_10", 1000, 200, 2000, 3000, 10_000, track="0_10")),
        (1, Box("t0_10", 1100, 200, 2000, 3000, 10_000, track="0_10")),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("10.0,2.0,20.0", "10.0,x,20.0", "line 5: the box of 0, 10 is not numbers"),
        ("10.0,2.0,20.0", "10.0,,20.0", "line 5: the box of 0, 10 is not numbers"),
        ("\n0,", "\nx,", "line 5: 'x' is not a frame number"),
        ("TeamID,", "Team,", "does not begin with TeamID"),
        ("bb_top", "top", "0, 10 has no bb_top"),
        ("bb_top", "bb_left", "has bb_left twice"),
        ("PlayerID,10,", "PlayerID,", "differ in length"),
    ],
)
def test_broken_tables_are_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_sportslabkit(written(tmp_path, TABLE.replace(old, new, 1)))
    assert says in str(caught.value)


def test_broken_boxes_can_be_dropped(tmp_path: Path) -> None:
    bad = BadLabels(keep_going=True)
    file = read_sportslabkit(written(tmp_path, TABLE.replace("10.0,2.0", "10.0,x", 1)), bad)
    assert (len(file.rows), bad.count) == (3, 1)


def test_a_file_of_another_dialect_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="this is MOTChallenge text"):
        read_sportslabkit(written(tmp_path, "1,1,5,5,9,9,0.5,-1,-1,-1\n"))


def test_the_real_table_says_what_the_mot_files_say(real_data: Path) -> None:
    """The MOT files count pixels and frames from 1, the table from 0: the same labels."""
    folder = real_data / "soccertrack-wide"
    wanted = Wanted({"0": PLAYER, "1": PLAYER, "3": BALL})
    source = FolderPictures(folder / "frames")
    table = prepare(read_sportslabkit(folder / "bbdf_first40.csv"), source, wanted=wanted)
    files = {PLAYER: folder / "players_det.txt", BALL: folder / "ball_det.txt"}
    lines = prepare(read_mot(files, MotDialect(1)), source, Choice(by_position=True))
    for capability in Capability:
        one, two = (p.labels.documents[capability] for p in (table, lines))
        for frame, other in zip(one, two, strict=True):
            mine, theirs = (sorted(label.geometry for label in f.labels) for f in (frame, other))
            assert len(mine) == len(theirs)
            for a, b in zip(mine, theirs, strict=True):
                assert all(abs(x - y) <= 1 for x, y in zip(a, b, strict=True))  # type: ignore[operator]
