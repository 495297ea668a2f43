"""JSON files as typed records: what is not of the type is refused by its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.repeated_keys import RepeatedKey, TooDeep, refuse_repeated_keys
from prelabel_tui.formats.dialects import wrong_dialect
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes

T = TypeVar("T")

_MARK: Final = b"\xef\xbb\xbf"
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[([0-9]+|\.\.\.)\]")
_SINGULAR: Final = {
    "images": "image",
    "annotations": "annotation",
    "categories": "category",
    "videos": "video",
    "predictions": "prediction",
    "drafts": "draft",
    "revisions": "revision",
}


def read_json(
    path: Path, kind: type[T], mine: str, unit: str = "item", progress: Progress = unwatched
) -> T:
    """Read a JSON file as a ``kind``.  FormatError names the place of what is none.

    ``mine`` names the dialect (its command), so that a file of another one is recognised;
    ``unit`` is what an entry of a list at the top is called.
    """
    return decode_json(path, read_json_bytes(path, progress), kind, mine, unit)


def read_json_bytes(path: Path, progress: Progress = unwatched) -> bytes:
    """Read a file that is to be decoded as JSON.  FormatError where an object has a key twice."""
    data = read_bytes(path, progress).removeprefix(_MARK)
    refuse_repeated(path, data, progress)
    return data


def refuse_repeated(
    path: Path, data: bytes, progress: Progress = unwatched, line: int | None = None
) -> None:
    """Refuse JSON in which an object has a key twice; ``line``: where it is in a file of lines."""
    try:
        refuse_repeated_keys(data, progress)
    except RepeatedKey as error:
        place = f"line {error.line if line is None else line}"
        raise FormatError(path, place, str(error), "Keep the one that is right") from error
    except TooDeep as error:
        raise _too_deep(path) from error


def decode_json(path: Path, data: bytes, kind: type[T], mine: str, unit: str = "item") -> T:
    """Decode the same from bytes that were read."""
    data = data.removeprefix(_MARK)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(path, data, error, mine, unit) from error


def decode_items(
    path: Path, data: bytes, kind: type[T], mine: str, unit: str, bad: BadLabels
) -> Iterable[tuple[int, T]]:
    """Yield the entries of a JSON list with their numbers from 1; wrong ones go to ``bad``."""
    data = data.removeprefix(_MARK)
    try:
        return enumerate(msgspec.json.decode(data, type=list[kind]), start=1)  # type: ignore[valid-type]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        refusal = _refusal(path, data, error, mine, unit)
        if not bad.keep_going or not isinstance(error, msgspec.ValidationError):
            raise refusal from error
        try:
            raw = msgspec.json.decode(data, type=list[msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError):
            raise refusal from error
    return salvage(path, raw, kind, unit, bad)


def salvage(
    path: Path, raw: list[msgspec.Raw], kind: type[T], unit: str, bad: BadLabels
) -> list[tuple[int, T]]:
    """Those entries of a list that are a ``kind``, with their numbers from 1."""
    found = []
    for number, item in enumerate(raw, start=1):
        try:
            found.append((number, decode_item(path, item, kind, f"{unit} {number}")))
        except FormatError as error:
            bad.add(error)
    return found


def decode_item(path: Path, raw: msgspec.Raw, kind: type[T], place: str) -> T:
    """One entry of a file as a ``kind``.  FormatError."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what, _, where = str(error).partition(" - at ")
        whole = ", ".join(filter(None, (place, _place(where, "entry"))))
        raise FormatError(path, whole, _words(what), "Correct or remove it") from error


def _refusal(path: Path, data: bytes, error: Exception, mine: str, unit: str) -> FormatError:
    if isinstance(error, RecursionError):
        return _too_deep(path)
    text = str(error)
    if isinstance(error, msgspec.ValidationError):
        other = wrong_dialect(path, data, mine)
        what, _, where = text.partition(" - at ")
        return other or FormatError(path, _place(where, unit), _words(what), "Correct it")
    if isinstance(error, UnicodeDecodeError):
        return FormatError(path, "", "is not UTF-8 text", "Give a text file")
    if other := wrong_dialect(path, data, mine):
        return other
    at = re.search(r"byte ([0-9]+)", text)
    line = data[: int(at[1])].count(b"\n") + 1 if at else data.count(b"\n") + 1
    reason = text.removeprefix("JSON is malformed: ")
    return FormatError(path, f"line {line}", f"is not valid JSON ({reason})", "Fix that line")


def _too_deep(path: Path) -> FormatError:
    return FormatError(path, "", "is nested too deeply", "Give a label file")


def _place(where: str, unit: str) -> str:
    """`$.images[2].id` as `image 3, id`."""
    parts: list[str] = []
    for name, number in _STEP.findall(where.strip("`").removeprefix("$")):
        if number.isdigit():
            of = _SINGULAR.get(parts.pop(), "") if parts and parts[-1] in _SINGULAR else ""
            parts.append(f"{of or (unit if not parts else 'entry')} {int(number) + 1}")
        elif name:
            parts.append(name)
    return ", ".join(parts)


def _words(what: str) -> str:
    """Msgspec's message as a part of a sentence."""
    return f"{what[:1].lower()}{what[1:]}".replace("`", "")
