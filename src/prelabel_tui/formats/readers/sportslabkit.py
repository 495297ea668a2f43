"""SportsLabKit's CSV: a line for each frame, a block of columns for each object.

Four lines of head: ``TeamID``, ``PlayerID``, ``Attributes`` (``bb_left``, ``bb_top``, ``bb_width``,
``bb_height``, ``conf``), ``frame``.  Pixels count from 0.  A team is the category: which of them is
the ball is said.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.dialects import wrong_dialect
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes
from prelabel_tui.formats.labels_file import LabelFile, Rows, numbered

_HEAD: Final = ("TeamID", "PlayerID", "Attributes")
_BOX: Final = ("bb_left", "bb_top", "bb_width", "bb_height")
_MOST_COLUMNS: Final = 100_000


@dataclass(frozen=True)
class _Block:
    """The columns of one object."""

    team: str
    player: str
    columns: dict[str, int]

    @property
    def track(self) -> str:
        return f"{self.team}_{self.player}"


def read_sportslabkit(
    path: Path, bad: BadLabels | None = None, progress: Progress = unwatched
) -> LabelFile:
    """Read a file.  FormatError names the line."""
    bad = bad or BadLabels()
    data = read_bytes(path, progress)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "", "is not UTF-8 text", "Give a text file") from error
    rows = Rows("line", [path])
    reader = csv.reader(io.StringIO(text))
    try:
        head = [next(reader, []) for _ in _HEAD]
        if [line[:1] for line in head] != [[name] for name in _HEAD]:
            raise wrong_dialect(path, data, "sportslabkit") or FormatError(
                path, "line 1", "does not begin with TeamID, PlayerID, Attributes",
                "Give a table of SportsLabKit",
            )  # fmt: skip
        blocks = _blocks(path, head)
        teams = list(dict.fromkeys(block.team for block in blocks))
        for fields in reader:
            if not fields or fields[0] == "frame":
                continue
            _line(path, reader.line_num, fields, blocks, teams, rows, bad)
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise FormatError(path, place, f"is not CSV ({error})", "Correct it") from error
    frames = numbered(rows, None)
    return LabelFile(
        "sportslabkit", "SportsLabKit CSV, pixels from 0", path, frames, rows, tuple(teams)
    )


def _blocks(path: Path, head: Sequence[Sequence[str]]) -> list[_Block]:
    teams, players, attributes = head
    if not len(teams) == len(players) == len(attributes) or len(teams) > _MOST_COLUMNS:
        raise FormatError(path, "line 3", "the lines of the head differ in length", "Correct them")
    found: dict[tuple[str, str], dict[str, int]] = {}
    for at, (team, player, name) in enumerate(
        zip(teams[1:], players[1:], attributes[1:], strict=True), start=1
    ):
        columns = found.setdefault((team.strip()[:90], player.strip()[:90]), {})
        if columns.setdefault(name, at) != at:
            raise FormatError(
                path, "line 3", f"column {at + 1}: {team}, {player} has {name[:40]} twice",
                "Keep one of them",
            )  # fmt: skip
    blocks = [_Block(team, player, columns) for (team, player), columns in found.items()]
    for block in blocks:
        if missing := [name for name in _BOX if name not in block.columns]:
            raise FormatError(
                path, "line 3", f"{block.team}, {block.player} has no {missing[0]}", "Add it"
            )
    return blocks


def _line(
    path: Path,
    number: int,
    fields: Sequence[str],
    blocks: Sequence[_Block],
    teams: Sequence[str],
    rows: Rows,
    bad: BadLabels,
) -> None:
    """Add the boxes of one frame; an object without numbers is not there."""
    place = f"line {number}"
    frame = _value(fields[0])
    if frame is None or not frame.is_integer() or not 0 <= frame < 1e9:
        what = f"{fields[0].strip()[:40]!r} is not a frame number"
        bad.add(FormatError(path, place, what, "Write whole numbers"))
        return
    for block in blocks:
        cells = {
            name: fields[at].strip() if at < len(fields) else ""
            for name, at in block.columns.items()
        }
        if all(cells[name] in ("", "nan", "NaN") for name in _BOX):
            continue
        values = [_value(cells[name]) for name in _BOX]
        conf = cells.get("conf", "")
        score = None if conf in ("", "nan", "NaN", "-1", "-1.0") else _value(conf)
        if None in values or (score is None and conf not in ("", "nan", "NaN", "-1", "-1.0")):
            what = f"the box of {block.team}, {block.player} is not numbers"
            bad.add(FormatError(path, place, what, "Correct or remove it"))
            continue
        x, y, w, h = (value or 0.0 for value in values)
        rows.add(
            0, number, int(frame), teams.index(block.team), (x, y, w, h), score,
            f"t{block.track}", block.track,
        )  # fmt: skip


def _value(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
