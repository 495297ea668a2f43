"""Whether ids are tracks or numbers of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.readers.mot import DIALECTS, MotDialect, read_mot
from prelabel_tui.formats.track_ids import Ids, decide


def _mot(folder: Path, frames: list[list[tuple[int, float, float]]]) -> LabelFile:
    """A MOT file of boxes of 20×50 px: (id, left, top) frame by frame."""
    lines = [
        f"{at},{number},{x},{y},20,50,0.9,-1,-1,-1"
        for at, frame in enumerate(frames, 1)
        for number, x, y in frame
    ]
    path = folder / "det.txt"
    path.write_text("\n".join(lines) + "\n")
    return read_mot({Capability.PLAYER: path}, MotDialect(0, DIALECTS["det"]), BadLabels())


def _walking(count: int, frames: int = 20) -> list[list[tuple[int, float, float]]]:
    return [[(n + 1, 100.0 * n + 3 * at, 40) for n in range(count)] for at in range(frames)]


def test_ids_that_are_not_numbers_of_rows_are_tracks(tmp_path: Path) -> None:
    file = _mot(tmp_path, [[(7, 10, 10), (3, 90, 10)], [(3, 92, 10)]])
    decision = decide(file, None)
    assert decision.ids is Ids.TRACKS
    assert decision.text == "ids: tracks (not numbers of rows)"
    assert file.rows.tracks == ["7", "3", "3"]


def test_numbers_under_which_things_go_on_are_tracks(tmp_path: Path) -> None:
    file = _mot(tmp_path, _walking(5))
    assert decide(file, None).ids is Ids.TRACKS
    assert file.rows.names[0] == "p1"


@pytest.mark.parametrize("base", [0, 1])
def test_numbers_under_which_things_jump_are_rows_and_name_nothing(
    tmp_path: Path, base: int
) -> None:
    frames = [
        [(row + base, 150.0 * ((row * 3 + at) % 7), 40) for row in range(6 - at % 2)]
        for at in range(20)
    ]
    file = _mot(tmp_path, frames)
    decision = decide(file, None)
    assert decision.ids is Ids.ROWS
    assert decision.text.startswith("ids: row numbers, not followed (")
    assert set(file.rows.tracks) == set(file.rows.names) == {None}


def test_rows_from_left_to_right_shift_where_one_is_missing(tmp_path: Path) -> None:
    """Nearly always the same one under a number, but not where the number of rows changes."""
    frames = _walking(8, 60)
    for at in (10, 25, 40):
        places = [(x, y) for n, (_, x, y) in enumerate(frames[at]) if n != 1]
        frames[at] = [(n, x, y) for n, (x, y) in enumerate(places, 1)]
    assert decide(_mot(tmp_path, frames), None).ids is Ids.ROWS


def test_in_doubt_it_is_refused_until_it_is_said(tmp_path: Path) -> None:
    frames = [
        [(n + 1, 100.0 * n + (60 if n < 2 and at % 2 else 0), 40) for n in range(6)]
        for at in range(20)
    ]
    with pytest.raises(FormatError, match=r"cannot be told.*--ids rows"):
        decide(_mot(tmp_path, frames), None)
    file = _mot(tmp_path, frames)
    assert decide(file, Ids.TRACKS).text == "ids: tracks (as --ids says)"
    assert file.rows.tracks[0] == "1"
    assert decide(file, Ids.ROWS).ids is Ids.ROWS
    assert set(file.rows.tracks) == {None}


def test_without_ids_there_is_nothing_to_decide(tmp_path: Path) -> None:
    frames = [[(-1, 10.0, 10.0)], [(-1, 12.0, 10.0)]]
    assert decide(_mot(tmp_path, frames), None).text == ""
    assert decide(_mot(tmp_path, frames), Ids.ROWS).ids is None
    with pytest.raises(FormatError, match="no track ids"):
        decide(_mot(tmp_path, frames), Ids.TRACKS)


def test_ids_that_are_words_are_tracks(tmp_path: Path) -> None:
    file = _mot(tmp_path, _walking(2))
    file.rows.tracks[:] = [f"player {n}" for n in range(len(file.rows))]
    assert decide(file, None).text == "ids: tracks (names)"
