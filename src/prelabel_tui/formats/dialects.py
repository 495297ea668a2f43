"""Recognising what a label file is, so that an error can say which command reads it.

Only for the text of an error: no reader is ever chosen by a guess.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from prelabel_tui.formats.errors import FormatError

_HEAD: Final = 65_536
_NUMBER: Final = re.compile(r"^[+-]?[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?$", re.IGNORECASE)

DIALECTS: Final = {
    "mot": "MOTChallenge text",
    "soccernet": "a SoccerNet sequence",
    "game-state": "SoccerNet game state JSON",
    "coco": "COCO JSON",
    "yolo": "YOLO text",
    "ultralytics": "Ultralytics JSON",
    "supervision": "what a sink of supervision writes",
    "cvat": "CVAT XML",
    "label-studio": "Label Studio JSON",
    "sportslabkit": "a CSV of SportsLabKit",
    "legacy": "the legacy layout",
}
"""What each command of `import` reads, in words."""


def wrong_dialect(path: Path, data: bytes, mine: str) -> FormatError | None:
    """Make the error for a file of another dialect than ``mine``; None if it is not recognised."""
    seen = recognise(data)
    same_form = mine == "ultralytics" and seen == "coco" and data.lstrip()[:1] == b"["
    if seen is None or seen == mine or same_form:
        return None
    return FormatError(
        path, "", f"this is {DIALECTS[seen]}, not {DIALECTS[mine]}", f"Use `import {seen}`"
    )


def recognise(data: bytes) -> str | None:
    """Find the command of `import` that reads such a file, or None."""
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
    return None


def _is_number(text: str) -> bool:
    return _NUMBER.match(text.strip()) is not None


def _json(data: bytes) -> str | None:
    try:
        found = msgspec.json.decode(data, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    first: object = found
    if isinstance(found, list):
        if not found:
            return None
        first = _shallow(bytes(found[0]))
    keys = set(first) if isinstance(first, dict) else set[str]()
    if isinstance(found, dict):
        if bytes(found.get("format", b"")) == b'"prelabel-legacy"':
            return "legacy"
        if b'"bbox_image"' in data[: 8 * _HEAD]:
            return "game-state"
        if "images" in keys:
            return "coco"
        return "label-studio" if {"data", "annotations"} <= keys else None
    if isinstance(first, list):
        return "ultralytics"
    if {"x_min", "y_min"} <= keys:
        return "supervision"
    if "box" in keys and "class" in keys:
        return "ultralytics"
    if {"image_id", "bbox"} <= keys:
        return "coco"
    return "label-studio" if "data" in keys else None


def _shallow(data: bytes) -> object:
    """Read the keys of an object, or a list; anything else as nothing."""
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
