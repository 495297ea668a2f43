"""MOTChallenge text files: ``frame,id,left,top,width,height[,…]``, one box a line.

Nothing in a file says whether pixels count from 0 or from 1, nor what its further columns mean:
both are said.  An id is a track: ``p12`` is player 12 through the clip, ``-1`` means none, and such
boxes are named by their order in the frame.
"""

from __future__ import annotations

import configparser
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.dialects import wrong_dialect
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes, read_text
from prelabel_tui.formats.labels_file import LabelFile, Rows, SequenceInfo, numbered

PREFIXES: Final = {Capability.PLAYER: "p", Capability.BALL: "b"}
"""What a track number is prefixed with to make a label id."""

COLUMNS: Final = ("conf", "flag", "class", "visibility", "skip")
"""What the seventh column and those after it may be said to be."""

DIALECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "det": ("conf",),
    "gt": ("flag", "class", "visibility"),
}
"""Columns from the seventh on, by the name of the dialect."""

_PLACES: Final = 6
_NAMES: Final = {Capability.PLAYER: "player", Capability.BALL: "ball"}
_HIGHEST: Final = 10**9
_TOLD_EVERY: Final = 20_000


@dataclass(frozen=True)
class MotDialect:
    """What is said about MOTChallenge files.

    The number of the first pixel, 0 or 1, and what the columns from the seventh on are.
    """

    pixels_from: int
    columns: tuple[str, ...] = DIALECTS["det"]

    @property
    def shape(self) -> str:
        """A line in words."""
        return ",".join(("frame,id,left,top,width,height", *self.columns))


@dataclass(frozen=True)
class _Line:
    frame: int
    track: int
    rect: tuple[float, float, float, float]
    score: float | None
    kind: int | None
    ignored: bool


def read_mot(
    files: Mapping[Capability | None, Path],
    dialect: MotDialect,
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read MOTChallenge files: of players, of the ball, or (None) of both, told apart by class.

    FormatError names file and line.
    """
    reading = _Reading(dialect, bad or BadLabels(), progress)
    for capability, path in files.items():
        reading.read(capability, path)
    return reading.labels(next(iter(files.values())))


class _Reading:
    def __init__(self, dialect: MotDialect, bad: BadLabels, progress: Progress) -> None:
        self.dialect, self.bad, self.progress = dialect, bad, progress
        self.rows = Rows("line")
        self.categories: dict[str, int] = {}
        self.declared: set[Capability] = set()
        self.ignored = 0

    def read(self, capability: Capability | None, path: Path) -> None:
        """Add the lines of a file."""
        if capability is None and "class" not in self.dialect.columns:
            raise FormatError(
                path, "", "is for players and ball, and no column is the class",
                "Name it with --columns, or give the file as --players or --ball",
            )  # fmt: skip
        self.rows.paths.append(path)
        found = list(self._lines(path))
        kinds = {line.kind for _, line in found if not line.ignored}
        single = _NAMES[capability] if capability and len(kinds) <= 1 else None
        names = _class_names(path) if single is None else {}
        if capability is not None:
            self.declared.add(capability)
        for number, line in found:
            if line.ignored:
                self.ignored += 1
                continue
            name = single or names.get(line.kind or 0, str(line.kind))
            prefix = PREFIXES.get(capability, "t") if capability else "t"
            self.rows.add(
                len(self.rows.paths) - 1,
                number,
                line.frame,
                self.categories.setdefault(name, len(self.categories)),
                line.rect,
                line.score,
                f"{prefix}{line.track}" if line.track >= 0 else None,
                str(line.track) if line.track >= 0 else None,
            )

    def labels(self, path: Path) -> LabelFile:
        """All that was read."""
        return LabelFile(
            "mot",
            f"MOTChallenge, pixels from {self.dialect.pixels_from}, columns {self.dialect.shape}",
            path,
            numbered(self.rows, 1),
            self.rows,
            tuple(self.categories),
            declared=frozenset(self.declared),
            left_out={"flag 0 (ignored)": self.ignored} if self.ignored else {},
        )

    def _lines(self, path: Path) -> list[tuple[int, _Line]]:
        data = read_bytes(path, self.progress)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FormatError(path, "", "is not UTF-8 text", "Give a text file") from error
        found = []
        for number, line in enumerate(text.splitlines(), start=1):
            if number % _TOLD_EVERY == 0:
                self.progress("lines read", number)
            if not line.strip():
                continue
            try:
                found.append((number, self._line(path, f"line {number}", line)))
            except FormatError as error:
                if not found and (other := wrong_dialect(path, data, "mot")):
                    raise other from error
                self.bad.add(error)
        return found

    def _line(self, path: Path, place: str, line: str) -> _Line:
        shape = f"Write {self.dialect.shape}"
        fields = line.split(",")
        if not _PLACES <= len(fields) <= 10:
            what = f"{len(fields)} fields instead of 6 to 10"
            raise FormatError(path, place, what, shape)
        numbers = []
        for text in fields:
            number = _number(text)
            if number is None:
                raise FormatError(path, place, f"{text.strip()[:40]!r} is not a number", shape)
            numbers.append(number)
        frame, track = numbers[:2]
        if not frame.is_integer() or not 0 <= frame <= _HIGHEST:
            what = f"{fields[0].strip()[:40]} is not a frame number"
            raise FormatError(path, place, what, "Frames are whole numbers from 0 or 1 on")
        if not track.is_integer() or abs(track) > _HIGHEST:
            what = f"the id {fields[1].strip()[:40]} is not a whole number"
            raise FormatError(path, place, what, "Use whole numbers, or -1 for none")
        more = self._columns(path, place, numbers[_PLACES:])
        left, top, width, height = numbers[2:_PLACES]
        start = self.dialect.pixels_from
        score = more.get("conf", -1)
        kind = more.get("class")
        return _Line(
            int(frame),
            int(track),
            (left - start, top - start, width, height),
            None if score == -1 else score,
            None if kind is None else int(kind),
            more.get("flag", 1) == 0,
        )

    def _columns(self, path: Path, place: str, values: Sequence[float]) -> dict[str, float]:
        """Read the values from the seventh column on, by what they are."""
        said = self.dialect.columns
        for at, value in enumerate(values[len(said) :], start=_PLACES + len(said) + 1):
            if value != -1:
                raise FormatError(
                    path, place, f"column {at} is {value:g}, and no option says what it means",
                    "Say it with --columns (gt is flag,class,visibility)",
                )  # fmt: skip
        found = dict(zip(said, values, strict=False))
        if "class" in said and not float(found.get("class", 0.5)).is_integer():
            raise FormatError(path, place, "has no class", f"Write {self.dialect.shape}")
        return found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _class_names(path: Path) -> dict[int, str]:
    """Names of classes by number from 1, from a ``labels.txt`` beside the file."""
    listed = path.with_name("labels.txt")
    if not listed.is_file():
        return {}
    lines = [line.strip() for line in read_text(listed).splitlines()]
    names = {number: name for number, name in enumerate(lines, start=1) if name}
    if twice := [name for name, count in Counter(names.values()).items() if count > 1]:
        raise FormatError(listed, "", f"{twice[0]!r} occurs twice", "Name each class once")
    return names


def read_seqinfo(path: Path) -> SequenceInfo:
    """Read a ``seqinfo.ini``: size, number of frames, frames a second.  FormatError."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(path))
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise FormatError(path, "", f"is not an INI file ({reason})", "Correct it") from error

    def number(key: str, least: float, most: float) -> float | None:
        text = parser.get("Sequence", key, fallback=None)
        if text is None:
            return None
        value = _number(text)
        if value is None or not least <= value <= most:
            raise FormatError(path, key, f"{text[:40]!r} is not allowed", "Correct or remove it")
        return value

    width, height = number("imWidth", 1, 1e6), number("imHeight", 1, 1e6)
    length = number("seqLength", 1, 1e9)
    return SequenceInfo(
        path,
        None if width is None or height is None else (int(width), int(height)),
        None if length is None else int(length),
        number("frameRate", 0.01, 10_000),
    )


def find_seqinfo(folder: Path) -> SequenceInfo | None:
    """Read the ``seqinfo.ini`` in a folder of frames or beside it, if there is one."""
    for place in (folder, folder.absolute().parent):
        if (file := place / "seqinfo.ini").is_file():  # a pipe would be waited for
            return read_seqinfo(file)
    return None
