"""Recognising what a label file is, so that an error can say which command reads it.

Only for the text of an error: no reader is ever chosen by a guess.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from prelabel_tui.formats.errors import FormatError

_HEAD: Final = 65_536
_NUMBER: Final = re.compile(r"^[+-]?[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?$", re.IGNORECASE)
_DATA_YAML: Final = re.compile(r"^(?:train|val|names|nc)\s*:", re.MULTILINE)


class Dialect(NamedTuple):
    """What can be recognised.

    ``command`` of `import` reads it; ``instead`` is how, where that command reads several forms.
    """

    command: str
    words: str
    instead: str = ""


DIALECTS: Final = {
    "mot": Dialect("mot", "MOTChallenge text"),
    "soccernet": Dialect("soccernet", "a SoccerNet sequence"),
    "game-state": Dialect("game-state", "SoccerNet game state JSON"),
    "coco": Dialect("coco", "COCO JSON", "Give it with --images"),
    "coco-results": Dialect(
        "coco", "a COCO results file", "Give it with --results, and its images with --images"
    ),
    "yolo": Dialect("yolo", "YOLO text"),
    "yolo-data": Dialect("yolo", "a data.yaml of YOLO", "Give it with --data"),
    "ultralytics": Dialect("ultralytics", "Ultralytics JSON"),
    "supervision": Dialect("supervision", "what a sink of supervision writes"),
    "cvat": Dialect("cvat", "CVAT XML"),
    "label-studio": Dialect("label-studio", "Label Studio JSON"),
    "label-studio-min": Dialect(
        "label-studio", "Label Studio's JSON-MIN, which drops what tells results apart",
        "Export it as JSON",
    ),
    "sportslabkit": Dialect("sportslabkit", "a CSV of SportsLabKit"),
    "legacy": Dialect("legacy", "the legacy layout"),
}  # fmt: skip
"""What the commands of `import` read, and forms of it that are mistaken for one another."""


def wrong_dialect(path: Path, data: bytes, mine: str) -> FormatError | None:
    """Make the error for a file of another dialect than ``mine``; None if it is not recognised."""
    seen = recognise(data)
    # The predictions.json of Ultralytics is a list of COCO results.
    if seen in (None, mine) or (mine, seen) == ("ultralytics", "coco-results"):
        return None
    found, wanted = DIALECTS[seen], DIALECTS[mine]
    remedy = found.instead if found.command == wanted.command else f"Use `import {found.command}`"
    return FormatError(path, "", f"this is {found.words}, not {wanted.words}", remedy)


def folder_given(path: Path) -> FormatError:
    """Make the error for a folder where a file is read, saying what in it can be given."""
    remedy = "Give a file"
    if (path / "data.yaml").is_file():
        remedy = "Give the data.yaml in it to `import yolo --data`"
    elif any((path / kind / f"{kind}.txt").is_file() for kind in ("gt", "det")):
        remedy = "Give the gt.txt or det.txt in it, or use `import soccernet`"
    elif any(path.glob("*.txt")):
        remedy = "Give a file in it; `import yolo` reads a folder of label files"
    elif any(path.glob("*.json")):
        remedy = "Give a file in it; `import ultralytics` reads a folder of JSON files"
    return FormatError(path, "", "is a folder, not a file", remedy)


def recognise(data: bytes) -> str | None:
    """Find which of :data:`DIALECTS` a file is, or None."""
    head = data[:_HEAD].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        return "cvat" if "<annotations" in head else None
    if head.startswith(("{", "[")):
        return _json(data)
    line = head.splitlines()[0].strip() if head else ""
    if line.startswith("x_min,y_min,x_max,y_max"):
        return "supervision"
    if line.startswith("TeamID,"):
        return "sportslabkit"
    if 6 <= len(fields := line.split(",")) <= 10 and all(_is_number(field) for field in fields):
        return "mot"
    fields = line.split()
    if 5 <= len(fields) <= 7 and all(_is_number(field) for field in fields):
        return "yolo"
    return "yolo-data" if len(set(_DATA_YAML.findall(head))) > 1 else None


def _is_number(text: str) -> bool:
    return _NUMBER.match(text.strip()) is not None


def _json(data: bytes) -> str | None:
    found = _shallow(data)
    if isinstance(found, dict):
        return _json_object(found, data)
    if not found:
        return None
    first = _shallow(bytes(found[0]))
    if isinstance(first, list):
        return "ultralytics"
    keys = set(first or ())
    if {"x_min", "y_min"} <= keys:
        return "supervision"
    if "box" in keys and "class" in keys:
        return "ultralytics"
    if {"image_id", "bbox"} <= keys:
        return "coco-results"
    if "data" in keys:
        return "label-studio"
    return "label-studio-min" if {"annotator", "annotation_id"} <= keys else None


def _json_object(found: dict[str, msgspec.Raw], data: bytes) -> str | None:
    if bytes(found.get("format", b"")) == b'"prelabel-legacy"':
        return "legacy"
    if b'"bbox_image"' in data[: 8 * _HEAD]:
        return "game-state"
    if "images" in found:
        return "coco"
    return "label-studio" if {"data", "annotations"} <= set(found) else None


def _shallow(data: bytes) -> dict[str, msgspec.Raw] | list[msgspec.Raw] | None:
    """Read the keys of an object, or a list; anything else as nothing."""
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
