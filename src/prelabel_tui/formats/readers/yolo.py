"""YOLO text files: one for each picture, ``class cx cy width height [confidence] [track]``.

Places are shares of the picture.  Whether a sixth column is a confidence or a track depends on how
the file was made and is said.  There may be no file for a picture without boxes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from prelabel_tui.core.ingest.pairing import LabelFrames, Listed, ListedFrame, Named
from prelabel_tui.core.model.media import natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.dialects import wrong_dialect
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes, read_text
from prelabel_tui.formats.labels_file import LabelFile, Rect, Rows

CLASSES: Final = "classes.txt"
"""The names of the classes, as labelImg writes them beside its label files."""

_LONGEST_YAML: Final = 100_000
"""Characters: a thousand classes need half of it, and YAML is slow to read."""
_LARGEST_CLASS: Final = 100_000


@dataclass(frozen=True)
class YoloDialect:
    """What the columns after the box are.

    A confidence, a track, first one and then the other, or (neither) none.
    """

    confidence: bool = False
    tracks: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a line by name."""
        more = [("confidence", self.confidence), ("track", self.tracks)]
        return ("class", "cx", "cy", "width", "height", *(name for name, there in more if there))


@dataclass(frozen=True)
class YoloFiles:
    """Label files to read.

    ``of_frame``: for each file the index of its frame; ``pictures``: the folder that the frames'
    pictures are relative to, if the data set says so.
    """

    path: Path
    frames: LabelFrames
    files: tuple[Path, ...]
    of_frame: tuple[int, ...]
    names: Mapping[int, str]
    pictures: Path | None = None


def find_labels(folder: Path, classes: Path | None = None) -> YoloFiles:
    """Read the label files of a folder.  ``classes``: their names, else a ``classes.txt`` there."""
    try:
        names = sorted(
            (
                path.name
                for path in folder.iterdir()
                if path.suffix == ".txt" and path.name != CLASSES and path.name[0] != "."
            ),
            key=natural_key,
        )
    except NotADirectoryError as error:
        is_data = folder.suffix.lower() in (".yaml", ".yml")
        raise FormatError(
            folder, "", "is a file, not a folder of label files",
            "Give it with --data" if is_data else "Give the folder that it is in",
        ) from error  # fmt: skip
    except OSError as error:
        raise FormatError(
            folder, "", f"cannot be read ({error.strerror})", "Give the folder of label files"
        ) from error
    if not names:
        raise FormatError(folder, "", "has no .txt files", "Give the folder of label files")
    beside = folder / CLASSES
    if classes is None and beside.is_file():
        classes = beside
    return YoloFiles(
        folder,
        Named(tuple(names), 1),
        tuple(folder / name for name in names),
        tuple(range(len(names))),
        {} if classes is None else _class_list(classes),
    )


def find_data_set(data: Path, part: str, folder: str | None = None) -> YoloFiles:
    """Read the label files of a part (``train``, ``val``, ``test``) of a data set.

    Its pictures are a folder, or a list in a text file, of which ``folder`` chooses one.
    FormatError.
    """
    said = _yaml(data)
    names = _class_names(data, said.get("names"))
    place = said.get(part)
    if isinstance(place, list) and len(place) == 1:
        place = place[0]
    if not isinstance(place, str) or not place:
        raise FormatError(data, part, "names no one folder or list", "Say another --split")
    root = data.absolute().parent
    if isinstance(said.get("path"), str):
        root = root / said["path"]
    found = root / place
    if found.suffix == ".txt":
        return _listed(found, root, names, folder)
    labels = _labels_beside(found)
    files = find_labels(labels)
    return YoloFiles(labels, files.frames, files.files, files.of_frame, names, found)


def read_yolo(
    found: YoloFiles,
    dialect: YoloDialect,
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read label files.  FormatError names file and line."""
    bad = bad or BadLabels()
    rows = Rows("line", found.files)
    categories: dict[str, int] = {
        name: at for at, name in enumerate(dict.fromkeys(found.names.values()))
    }
    for file, (path, frame) in enumerate(zip(found.files, found.of_frame, strict=True)):
        progress("label files read", file, len(found.files))
        data = read_bytes(path)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FormatError(path, "", "is not UTF-8 text", "Give a text file") from error
        seen: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                kind, rect, score, track = _line(path, f"line {number}", line, dialect)
                if (earlier := seen.setdefault(line.strip(), number)) != number:
                    raise FormatError(
                        path, f"line {number}", f"repeats line {earlier}: a second run appends",
                        "Remove what occurs twice",
                    )  # fmt: skip
            except FormatError as error:
                if number == 1 and (other := wrong_dialect(path, data, "yolo")):
                    raise other from error
                bad.add(error)
                continue
            name = found.names.get(kind, str(kind))
            category = categories.setdefault(name, len(categories))
            rows.add(file, number, frame, category, rect, score, None, track)
    return LabelFile(
        "yolo",
        f"YOLO text, columns {' '.join(dialect.columns)}",
        found.path,
        found.frames,
        rows,
        tuple(categories),
        shares=True,
    )


def _line(
    path: Path, place: str, line: str, dialect: YoloDialect
) -> tuple[int, Rect, float | None, str | None]:
    """Class, box as shares, confidence and track of a line."""
    columns = dialect.columns
    fields = line.split()
    if len(fields) != len(columns):
        remedy = f"Write {' '.join(columns)}"
        if len(fields) in (6, 7):
            remedy = "Say what they are: --confidence, --tracks or both"
        elif len(fields) > 7:
            remedy = "Polygons and key points cannot be taken"
        raise FormatError(path, place, f"{len(fields)} columns instead of {len(columns)}", remedy)
    try:
        numbers = [float(field) for field in fields]
    except ValueError as error:
        raise FormatError(
            path, place, f"{line.strip()[:60]!r} are not numbers", f"Write {' '.join(columns)}"
        ) from error
    if not all(math.isfinite(number) and abs(number) < 1e9 for number in numbers):
        raise FormatError(path, place, "a number is infinite or too large", "Correct it")
    kind, cx, cy, width, height = numbers[:5]
    if not kind.is_integer() or not 0 <= kind < _LARGEST_CLASS:
        raise FormatError(path, place, f"{fields[0][:40]} is not a class", "Classes count from 0")
    if max(abs(cx), abs(cy), width, height) > 2:
        raise FormatError(
            path, place, "the places are not shares of the picture", "Divide them by its size"
        )
    more = dict(zip(columns[5:], numbers[5:], strict=True))
    track = more.get("track")
    if track is not None and not track.is_integer():
        raise FormatError(
            path, place, f"the track {fields[-1][:40]} is not a whole number",
            "Say --confidence if it is one",
        )  # fmt: skip
    rect = (cx - width / 2, cy - height / 2, width, height)
    return int(kind), rect, more.get("confidence"), None if track is None else str(int(track))


# -- data sets


def _yaml(path: Path) -> dict[Any, Any]:
    if path.is_dir():
        raise FormatError(
            path, "", "is a folder, not a data.yaml",
            "Give the data.yaml of a data set, or with --labels a folder of label files",
        )  # fmt: skip
    text = read_text(path)
    if len(text) > _LONGEST_YAML:
        raise FormatError(path, "", "is too long for a data.yaml", "Give one with train and names")
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise FormatError(path, "", f"is not YAML ({reason})", "Give a data.yaml") from error
    if not isinstance(said, dict):
        raise FormatError(path, "", "is not a data.yaml", "Give one with train, val and names")
    return said


def _class_names(path: Path, names: Any) -> dict[int, str]:
    """Read the ``names`` of a data set: a list, or names by number."""
    found = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(found, dict) or not all(
        isinstance(key, int) and isinstance(name, str) for key, name in found.items()
    ):
        raise FormatError(path, "names", "are not names by number", "Write a list of names")
    return found


def _class_list(path: Path) -> dict[int, str]:
    """Read the names in a ``classes.txt`` or ``obj.names``: one per line, counted from 0."""
    lines = (line.strip() for line in read_text(path).splitlines())
    return {number: name for number, name in enumerate(lines) if name}


def _labels_beside(pictures: Path) -> Path:
    """Where the labels of a folder of pictures are: ``images`` becomes ``labels``."""
    parts = list(pictures.parts)
    if "images" not in parts:
        return pictures
    at = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:at], "labels", *parts[at + 1 :])


def _listed(listing: Path, root: Path, names: Mapping[int, str], folder: str | None) -> YoloFiles:
    """Find the label files of the pictures that a text file lists."""
    lines = [line.strip() for line in read_text(listing).splitlines()]
    pictures = [PurePosixPath(line.removeprefix("./")) for line in lines if line]
    for picture in pictures:
        if picture.is_absolute() or ".." in picture.parts:
            raise FormatError(
                listing, "", f"{str(picture)!r} leads out of the data set", "Write relative names"
            )
    folders = list(dict.fromkeys(str(picture.parent) for picture in pictures))
    if folder is not None:
        pictures = [picture for picture in pictures if f"/{picture.parent}".endswith(f"/{folder}")]
    if not pictures or (folder is None and len(folders) > 1):
        shown = ", ".join(folders[:5]) + (", …" if len(folders) > 5 else "")
        raise FormatError(
            listing, "", f"lists pictures of these folders: {shown}", "Say one with --clip"
        )
    pictures.sort(key=lambda picture: natural_key(picture.name))
    labels = [root / _labels_beside(Path(picture)).with_suffix(".txt") for picture in pictures]
    there = [at for at, path in enumerate(labels) if path.is_file()]
    first = pictures[0].parent
    return YoloFiles(
        labels[0].parent,
        Listed(tuple(ListedFrame(picture.name) for picture in pictures)),
        tuple(labels[at] for at in there),
        tuple(there),
        names,
        root / first,
    )
