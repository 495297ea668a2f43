"""The side file of an export: what is read back, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel_tui.core.model.labels import Ball, BallState, Box, Capability, Flag, Origin
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.side_file import (
    SIDE_FILE,
    SideHeader,
    SideImage,
    encode_line,
    read_side_file,
    rect_of,
    side_file_of,
)

HEADER = SideHeader(1, "mot", "arena", "m1", 0, 2, 25_000)
BOX = Box("p1", 1_001, 2_000, 3_003, 4_004, 9_000, Origin.MODEL, (1_000, 2_000, 3_003, 4_004))
BALL = Ball("b1", 5_001, 6_000, 1_201, None, Origin.MANUAL)
IMAGE = SideImage(
    "1", 0, "000001.jpg", 1920, 1080, tuple(Capability), 40_000, None,
    {Capability.BALL: (Flag.BAD_FRAME,)}, BallState.BLURRED, (BALL, BOX),
)  # fmt: skip
FOUND = [(Capability.BALL, rect_of(BALL)), (Capability.PLAYER, rect_of(BOX))]


def written(folder: Path, *lines: bytes) -> Path:
    path = folder / SIDE_FILE
    path.write_bytes(b"".join(lines))
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, encode_line(HEADER), encode_line(IMAGE))
    side = read_side_file(path)
    assert side.header == HEADER
    assert side.images == {"1": IMAGE}
    assert side.labels(tmp_path / "gt.txt", "1", FOUND) == (BALL, BOX)
    assert side_file_of(tmp_path / "gt.txt") == path == side_file_of(tmp_path)


@pytest.mark.parametrize(
    ("image", "found", "said"),
    [
        ("2", FOUND, "2: is not in prelabel.jsonl"),
        ("1", FOUND[:1], "1: 1 labels, 2 in prelabel.jsonl"),
        ("1", FOUND[::-1], "1: label 1 is not where"),
        ("1", [FOUND[0], (Capability.PLAYER, (10.2, 20.0, 30.03, 40.04))], "1: label 2 is not"),
    ],
)
def test_what_the_two_files_say_differently_is_refused(
    tmp_path: Path, image: str, found: list[tuple[Capability, tuple[float, ...]]], said: str
) -> None:
    side = read_side_file(written(tmp_path, encode_line(HEADER), encode_line(IMAGE)))
    with pytest.raises(FormatError, match=said):
        side.labels(tmp_path / "gt.txt", image, found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1: is not a line of a side file"),
        ([b"{}\n"], "line 1: is not a line of a side file"),
        ([encode_line(HEADER).replace(b'"version":1', b'"version":2')], "line 1: has version 2"),
        ([encode_line(HEADER), b'{"image": 7}\n'], "line 2: is not a line"),
        ([encode_line(HEADER), encode_line(IMAGE)[:-9]], "line 2: is not a line"),
        ([encode_line(HEADER), encode_line(IMAGE), encode_line(IMAGE)], "line 3: 1 occurs twice"),
        ([encode_line(HEADER), b"\xff\n"], "line 2: is not a line"),
    ],
)
def test_what_is_no_side_file_is_refused(tmp_path: Path, lines: list[bytes], said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_side_file(written(tmp_path, *lines))
