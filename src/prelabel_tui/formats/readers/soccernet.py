"""SoccerNet tracking: a sequence's ``gt/gt.txt`` or ``det/det.txt``, roles in ``gameinfo.ini``.

Rows are MOTChallenge's with ten columns and no class: ``gameinfo.ini`` says of each track what it
is.  Pixels count from 0 and frames from 1.
"""

from __future__ import annotations

import configparser
import dataclasses
from pathlib import Path
from typing import Final

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_text
from prelabel_tui.formats.labels_file import LabelFile, Rows
from prelabel_tui.formats.readers.mot import MotDialect, read_mot, read_seqinfo

UNKNOWN: Final = "detection"
"""The category of boxes without a role: all of a ``det.txt``."""

_PREFIX: Final = "trackletid_"


def pictures_of(sequence: Path) -> Path:
    """Find the folder of a sequence's pictures.  FormatError."""
    if not sequence.is_dir():
        what = "is not a folder" if sequence.exists() else "does not exist"
        raise FormatError(sequence, "", what, "Give the folder of a sequence")
    info = sequence / "seqinfo.ini"
    name = "img1"
    if info.is_file():
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(read_text(info))
        except configparser.Error as error:
            reason = str(error).splitlines()[0]
            raise FormatError(info, "", f"is not an INI file ({reason})", "Correct it") from error
        name = parser.get("Sequence", "imDir", fallback=name)
    return sequence / name


def read_soccernet(
    sequence: Path,
    kind: str = "gt",
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read a sequence; ``kind`` is ``gt`` or ``det``.  FormatError names file and line."""
    bad = bad or BadLabels()
    path = sequence / kind / f"{kind}.txt"
    if not path.exists():
        raise FormatError(
            sequence, "", f"has no {kind}/{kind}.txt",
            "Give the folder of a sequence, or say with --kind which of gt and det it has",
        )  # fmt: skip
    columns = ("flag",) if kind == "gt" else ("conf",)
    file = read_mot({Capability.PLAYER: path}, MotDialect(0, columns), bad, progress)
    roles = _roles(sequence / "gameinfo.ini") if kind == "gt" else {}
    info = sequence / "seqinfo.ini"
    return dataclasses.replace(
        file,
        format="soccernet",
        dialect=f"SoccerNet {kind}, pixels from 0, roles from gameinfo.ini",
        rows=_with_roles(file.rows, roles, bad),
        categories=(*dict.fromkeys(roles.values()), UNKNOWN),
        declared=frozenset(),
        info=read_seqinfo(info) if info.is_file() else None,
    )


def _roles(path: Path) -> dict[str, str]:
    """Read what each track is: ``player``, ``goalkeeper``, ``referee``, ``ball`` or ``other``."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(path))
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise FormatError(path, "", f"is not an INI file ({reason})", "Correct it") from error
    section = parser["Sequence"] if parser.has_section("Sequence") else {}
    roles = {}
    for key, value in section.items():
        if key.startswith(_PREFIX):
            words = value.partition(";")[0].split()
            role = words[0].lower() if words else UNKNOWN
            roles[key.removeprefix(_PREFIX)] = role.removesuffix("s") if len(role) > 5 else role
    return roles


def _with_roles(rows: Rows, roles: dict[str, str], bad: BadLabels) -> Rows:
    """Give rows the role of their track as category; those of unknown tracks are bad."""
    names = list(dict.fromkeys(roles.values()))
    found = Rows(rows.unit, rows.paths)
    for row in range(len(rows)):
        track = rows.tracks[row]
        category = len(names)
        if roles:
            role = roles.get(track or "")
            if role is None:
                path, place = rows.where(row)
                bad.add(
                    FormatError(
                        path, place, f"the track {track} is not in gameinfo.ini",
                        "Add what it is there",
                    )
                )  # fmt: skip
                continue
            category = names.index(role)
        x, y, w, h = rows.rects[4 * row : 4 * row + 4]
        found.add(
            rows.file[row], rows.place[row], rows.frame[row], category, (x, y, w, h),
            rows.scores[row], None if track is None else f"t{track}", track,
        )  # fmt: skip
    return found
