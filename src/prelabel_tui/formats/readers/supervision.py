"""What supervision's JSONSink and CSVSink write: a row for each box, with fields of the caller.

Boxes have corners.  Which field of the caller is the frame is said: a number, or a picture's name.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from prelabel_tui.core.ingest.pairing import LabelFrames, Named
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.dialects import wrong_dialect
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes
from prelabel_tui.formats.labels_file import LabelFile, Rows, numbered
from prelabel_tui.formats.records import decode_items, refuse_repeated

FRAME_FIELD: Final = "frame_number"
NO_CLASS: Final = "no class"
"""The category of boxes that have neither a class name nor a class id."""

_CORNERS: Final = ("x_min", "y_min", "x_max", "y_max")
_TOLD_EVERY: Final = 20_000


def read_supervision(
    path: Path,
    frame_field: str = FRAME_FIELD,
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read a sink's file, JSON or CSV.  FormatError names the item or line."""
    bad = bad or BadLabels()
    data = read_bytes(path, progress)
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
    unit = "item" if is_json else "line"
    found = _json(path, data, bad) if is_json else _csv(path, data, bad)
    rows = Rows(unit, [path])
    categories: dict[str, int] = {}
    names: dict[str, int] = {}
    by_name: bool | None = None
    for number, row in found:
        if number % _TOLD_EVERY == 0:
            progress("rows read", number)
        place = f"{unit} {number}"
        try:
            frame = _frame(path, place, row, frame_field)
            if by_name is None:
                by_name = isinstance(frame, str)
            if isinstance(frame, str) is not by_name:
                raise FormatError(
                    path, place, f"{frame_field} is {frame!r}, others are of another kind",
                    "Write numbers or names",
                )  # fmt: skip
            left, top, right, bottom = (_number(path, place, row, key) for key in _CORNERS)
            score = _optional(path, place, row, "confidence")
            track = _optional(path, place, row, "tracker_id")
        except FormatError as error:
            bad.add(error)
            continue
        if isinstance(frame, str):
            frame = names.setdefault(frame, len(names))
        category = str(row.get("class_name") or _plain(row.get("class_id")) or NO_CLASS)
        rows.add(
            0, number, frame, categories.setdefault(category, len(categories)),
            (left, top, right - left, bottom - top), score, None,
            None if track is None else f"{track:g}",
        )  # fmt: skip
    frames: LabelFrames = Named(tuple(names)) if by_name else numbered(rows, None)
    return LabelFile(
        "supervision",
        f"supervision {'JSON' if is_json else 'CSV'}, frames by {frame_field}",
        path,
        frames,
        rows,
        tuple(categories),
    )


def _json(path: Path, data: bytes, bad: BadLabels) -> Iterator[tuple[int, Mapping[str, Any]]]:
    _refuse_other(path, data)
    refuse_repeated(path, data.removeprefix(codecs.BOM_UTF8))
    yield from decode_items(path, data, dict[str, Any], "supervision", "item", bad)


def _csv(path: Path, data: bytes, bad: BadLabels) -> Iterator[tuple[int, Mapping[str, Any]]]:
    _refuse_other(path, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "", "is not UTF-8 text", "Give a text file") from error
    reader = csv.reader(io.StringIO(text))
    try:
        header = next(reader, [])
        if missing := [key for key in _CORNERS if key not in header]:
            raise FormatError(path, "line 1", f"has no column {missing[0]}", "Give a sink's file")
        for fields in reader:
            if not fields:
                continue
            if len(fields) != len(header):
                what = f"{len(fields)} fields instead of {len(header)}"
                place = f"line {reader.line_num}"
                bad.add(FormatError(path, place, what, "Correct or remove it"))
                continue
            yield reader.line_num, dict(zip(header, fields, strict=True))
    except csv.Error as error:
        raise FormatError(path, f"line {reader.line_num}", f"is not CSV ({error})",
                          "Correct it") from error  # fmt: skip


def _refuse_other(path: Path, data: bytes) -> None:
    if other := wrong_dialect(path, data, "supervision"):
        raise other


def _frame(path: Path, place: str, row: Mapping[str, Any], field: str) -> int | str:
    """Return the frame's number, or the name of its picture."""
    value = row.get(field)
    if value is None or value == "":
        known = ", ".join(sorted(map(str, row))[:20])
        raise FormatError(
            path, place, f"has no field {field!r} (there are {known})",
            "Say with --frame-field which field is the frame",
        )  # fmt: skip
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return str(value)[:1_000]
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    if not whole or not math.isfinite(value) or value != int(value) or not 0 <= value < 1e15:
        raise FormatError(path, place, f"{field} is {str(value)[:40]}", "Write a frame number")
    return int(value)


def _number(path: Path, place: str, row: Mapping[str, Any], key: str) -> float:
    value = _optional(path, place, row, key)
    if value is None:
        raise FormatError(path, place, f"has no {key}", "Correct or remove it")
    return value


def _optional(path: Path, place: str, row: Mapping[str, Any], key: str) -> float | None:
    value = row.get(key)
    if value is None or value in ("", "None"):
        return None
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FormatError(path, place, f"{key} is not a number", "Correct or remove it")
    return number


def _plain(value: Any) -> str | None:
    """Return a class id as text, or None for none."""
    if value is None or value in ("", "None"):
        return None
    return str(value)[:200]
