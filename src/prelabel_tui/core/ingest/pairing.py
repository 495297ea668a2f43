"""Which picture belongs to which label: one rule, and a value that says how it came out.

- Where the label file lists its images, that list is the clip.  An image that is listed without a
  picture is a frame with a missing thumbnail.
- Else the pictures are the clip, and a frame's number is the last group of digits that varies
  from name to name.  A constant step is a stride; a number that is left out is a frame with a
  missing thumbnail; a number that is there twice is refused.  Frames of a video are numbered by
  their order.
- By position only where names have no number, or where somebody says so.

Two sources that disagree are refused by both their names, never reconciled by a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePath
from typing import Final, Protocol

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress

Size = tuple[int, int]
"""Width and height in px."""

_MOST_DIGITS: Final = 15
_SPARSEST: Final = 10
"""Frames for each picture, at most: numbers that lie further apart count something else."""
_ALWAYS_ALLOWED: Final = 1_000

_DIGITS: Final = re.compile(r"([0-9]+)")
_ROBOFLOW: Final = re.compile(r"[._](?:jpe?g|png|webp|bmp)\.rf\.[0-9A-Za-z]+$", re.IGNORECASE)
_OF_VIDEO: Final = re.compile(r"#([0-9]{1,15})$")

_BY_POSITION: Final = "--match position pairs them by their order"


class PairingError(Exception):
    """Labels and pictures that disagree: ``what`` names the two things, ``remedy`` the way on."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}. {remedy}.")


@dataclass(frozen=True)
class ListedFrame:
    """An image that a label file lists.  ``at``: which frame of the video it is (from 0), where
    the file says so.  ``other_names``: what its picture may be called besides ``name``."""

    name: str
    size: Size | None = None
    at: int | None = None
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """The frames of a label file that lists its images, in the order of the clip."""

    frames: tuple[ListedFrame, ...]

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True)
class Numbered:
    """The frames of a label file that numbers them: those that have labels, ascending.

    ``first``: the number that the format gives a clip's first frame; None when it gives none.
    """

    numbers: tuple[int, ...]
    first: int | None

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True)
class Named:
    """The frames of a label file that names them without listing all: those that have labels.

    ``names``: those of the label files, with their endings.  ``first`` as in :class:`Numbered`,
    for names that number the frames of a video.
    """

    names: tuple[str, ...]
    first: int | None = None

    def __len__(self) -> int:
        return len(self.names)


LabelFrames = Listed | Numbered | Named


@dataclass(frozen=True)
class Pictures:
    """The pictures there are: names in a folder, in natural order, or the frames of a video."""

    where: str
    names: tuple[str, ...] = ()
    video_frames: int | None = None


@dataclass(frozen=True)
class ClipFrame:
    """A frame of the clip.  ``picture``: its name in the folder, its place in the video (from
    0), or None when there is none; ``size``: what the labels are for; ``number``: its place in
    time, in steps of the frame rate."""

    name: str
    picture: str | int | None
    number: int
    size: Size | None = None


class PictureSource(Protocol):
    """Where pictures come from: a folder, or a video."""

    def pictures(self, listed: Sequence[str], progress: Progress) -> Pictures:
        """Say which pictures there are; ``listed``: names that a label file looks for."""

    def clip(self, frames: Sequence[ClipFrame], rate: float | None, progress: Progress) -> Manifest:
        """Look at the pictures of these frames.  ``rate``: frame numbers a second, if known."""


@dataclass(frozen=True)
class Choice:
    """What somebody said about the pairing: ``by_position``, and which number the label file
    gives the first frame (None: what the format says)."""

    by_position: bool = False
    number_from: int | None = None


@dataclass(frozen=True)
class Pairing:
    """Which picture belongs to which frame of the label file.

    ``index_of``: for each frame of the label file its index in ``frames``, or -1 when the clip
    has no such frame.  ``pairs``: the first and the last pair in words.  ``stride``: the step
    between the numbers in the names, if names have numbers.  ``unused``: pictures that belong to
    no frame.  ``notes``: what else somebody should know.
    """

    rule: str
    frames: tuple[ClipFrame, ...]
    index_of: tuple[int, ...]
    pairs: tuple[tuple[str, str], ...]
    stride: int | None = None
    unused: int = 0
    notes: tuple[str, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Names of the frames that have no picture."""
        return tuple(frame.name for frame in self.frames if frame.picture is None)

    @property
    def extent(self) -> str:
        """The first and the last frame of the clip, by name."""
        return f"{self.frames[0].name} … {self.frames[-1].name}"

    def lines(self) -> list[str]:
        """The pairing in words, a line each."""
        found = [f"matching: {self.rule}"]
        found += [f"  {label} is {picture}" for label, picture in self.pairs]
        gaps = self.gaps
        if self.stride is not None and self.stride > 1:
            found.append(f"  the numbers in the names go up by {self.stride} (stride)")
        if gaps:
            shown = ", ".join(gaps[:3]) + (", …" if len(gaps) > 3 else "")
            found.append(f"  {len(gaps)} of {len(self.frames)} frames have no picture: {shown}")
        if self.unused:
            found.append(f"  {self.unused} pictures belong to no frame")
        return found + [f"  {note}" for note in self.notes]

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        gaps = self.gaps
        return {
            "rule": self.rule,
            "pairs": [{"label": label, "picture": picture} for label, picture in self.pairs],
            "frames": len(self.frames),
            "stride": self.stride,
            "without_picture": len(gaps),
            "first_without_picture": list(gaps[:20]),
            "unused_pictures": self.unused,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class NameNumbers:
    """The numbers in some names: one each, all different.  ``step``: their common step."""

    numbers: tuple[int, ...]
    step: int
    _parts: tuple[str, ...] = field(repr=False)
    _group: int = field(repr=False)
    _width: int = field(repr=False)

    def name(self, number: int) -> str:
        """What a name with this number would be."""
        parts = list(self._parts)
        parts[self._group] = f"{number:0{self._width}d}"
        return "".join(parts)


def number_names(names: Sequence[str]) -> NameNumbers | None:
    """The last group of digits that varies from name to name, as numbers; None without digits.

    PairingError when names are of different forms, or a number is there twice.
    """
    split = [_DIGITS.split(_plain(name)) for name in names]
    if not split or all(len(parts) == 1 for parts in split):
        return None
    form = split[0][::2]
    for name, parts in zip(names, split, strict=True):
        if parts[::2] != form:
            raise PairingError(
                f"{names[0]!r} and {name!r} are names of different forms, so that their numbers "
                "cannot be compared",
                _BY_POSITION,
            )
    groups = list(range(1, len(split[0]), 2))
    varying = [group for group in groups if len({_value(parts[group]) for parts in split}) > 1]
    group = (varying or groups)[-1]
    numbers = tuple(_value(parts[group]) for parts in split)
    seen: dict[int, str] = {}
    for name, number in zip(names, numbers, strict=True):
        if (earlier := seen.setdefault(number, name)) is not name:
            raise PairingError(
                f"the number {number} is there twice: {earlier!r} and {name!r}",
                f"Remove or rename one of the two; {_BY_POSITION}",
            )
    ordered = sorted(numbers)
    step = math.gcd(*(after - before for before, after in pairwise(ordered)))
    widths = {len(parts[group]) for parts in split}
    width = widths.pop() if len(widths) == 1 else 0
    ending = names[0].removeprefix(_plain(names[0]))
    return NameNumbers(numbers, step or 1, (*split[0], ending), group, width)


def pair(labels: LabelFrames, pictures: Pictures, choice: Choice | None = None) -> Pairing:
    """Pair the frames of a label file with pictures.  PairingError when the two disagree.

    Labels of frames that are not there are no error here: their ``index_of`` is -1.
    """
    said = choice or Choice()
    if isinstance(labels, Listed):
        if pictures.video_frames is not None:
            return _listed_of_video(labels, pictures, said)
        return _listed_of_folder(labels, pictures, said)
    if pictures.video_frames is not None:
        return _of_video(labels, pictures, said)
    if isinstance(labels, Named):
        return _named(labels, pictures, said)
    return _numbered(labels, pictures, said)


# -- a label file that lists its images ------------------------------------------------------------


def _listed_of_folder(labels: Listed, pictures: Pictures, said: Choice) -> Pairing:
    found: Sequence[str | None]
    notes: tuple[str, ...] = ()
    there = set(pictures.names)
    if said.by_position:
        if len(labels) != len(pictures.names):
            raise PairingError(
                f"{len(labels)} images are listed, {pictures.where} has {len(pictures.names)} "
                "pictures",
                "Only lists of equal length can be paired by position",
            )
        rule, found = "by position: both in natural order of their names", pictures.names
    else:
        rule = "the label file lists its images: by their names"
        found = [frame.name if frame.name in there else None for frame in labels.frames]
        if not any(found):
            by_name = {name: name for name in pictures.names if "/" not in name}
            found = [_other_name(frame, by_name) for frame in labels.frames]
            rule = "the label file lists its images: by the last part of their names"
        if not any(found):
            held = f"holds {pictures.names[0]!r}" if pictures.names else "holds no pictures"
            raise PairingError(
                f"no picture of the list is there: the first listed is "
                f"{labels.frames[0].name!r}, {pictures.where} {held}",
                f"Give the folder that the list's names lead from; {_BY_POSITION}",
            )
    _refuse_shared(labels, found)
    used = {name for name in found if name is not None}
    unused = sum(name not in used for name in pictures.names)
    frames = tuple(
        ClipFrame(frame.name, name, number, frame.size)
        for number, (frame, name) in enumerate(zip(labels.frames, found, strict=True))
    )
    return Pairing(
        rule, frames, tuple(range(len(labels))), _ends(_listed_pairs(frames)), None, unused, notes
    )


def _other_name(frame: ListedFrame, by_name: Mapping[str, str]) -> str | None:
    """The picture under the last part of one of a listed image's names."""
    for name in (frame.name, *frame.other_names):
        if (found := by_name.get(PurePath(name).name)) is not None:
            return found
    return None


def _listed_of_video(labels: Listed, pictures: Pictures, said: Choice) -> Pairing:
    count = pictures.video_frames or 0
    places, rule = _places_in_video(labels, count, said)
    if not any(0 <= place < count for place in places):
        raise PairingError(
            f"no listed image is among the {count} frames of {pictures.where}: the first, "
            f"{labels.frames[0].name!r}, would be frame {places[0] + 1}",
            "Give the video that belongs to the list; --number-from says which number its first "
            "frame has",
        )
    found = [place if 0 <= place < count else None for place in places]
    _refuse_shared(labels, found)
    frames = tuple(
        ClipFrame(frame.name, place, number, frame.size)
        for number, (frame, place) in enumerate(zip(labels.frames, found, strict=True))
    )
    unused = count - sum(place is not None for place in found)
    return Pairing(
        rule, frames, tuple(range(len(labels))), _ends(_listed_pairs(frames)), None, unused
    )


def _places_in_video(labels: Listed, count: int, said: Choice) -> tuple[list[int], str]:
    """Which frame of the video each listed image is (from 0), and the rule in words."""
    if said.by_position:
        if len(labels) != count:
            raise PairingError(
                f"{len(labels)} images are listed, the video has {count} frames",
                "Only lists of equal length can be paired by position",
            )
        return list(range(count)), "by position: the images in natural order of their names"
    given = [_stated_place(frame) for frame in labels.frames]
    stated = [place for place in given if place is not None]
    if len(stated) == len(labels):
        return stated, "the label file says which frame of the video each image is"
    names = [PurePath(frame.name).name for frame in labels.frames]
    found = number_names(names)
    if found is None:
        raise PairingError(
            f"the listed names ({names[0]!r}, …) have no numbers to find in a video",
            f"Give the pictures as a folder; {_BY_POSITION}",
        )
    first = said.number_from
    if first is None:
        first = 0 if 0 in found.numbers else 1
    return (
        [number - first for number in found.numbers],
        f"the number in a listed name is the frame of the video, counted from {first}",
    )


def _stated_place(frame: ListedFrame) -> int | None:
    """Which frame of a video a listed image says it is, in a field or as ``clip.mp4#000123``."""
    in_name = _OF_VIDEO.search(frame.name)
    place = int(in_name[1]) if in_name else None
    if frame.at is not None and place is not None and place != frame.at:
        raise PairingError(
            f"{frame.name!r} is frame {place} by its name, and frame {frame.at} by its field",
            "Correct the one that is wrong",
        )
    return frame.at if place is None else place


def _refuse_shared(labels: Listed, found: Sequence[str | int | None]) -> None:
    """Two listed images on one picture are refused."""
    owners: dict[str | int, str] = {}
    for frame, picture in zip(labels.frames, found, strict=True):
        if picture is None:
            continue
        if (owner := owners.setdefault(picture, frame.name)) != frame.name:
            named = f"frame {picture + 1}" if isinstance(picture, int) else repr(picture)
            raise PairingError(
                f"two listed images lead to one picture, {named}: {owner!r} and {frame.name!r}",
                "Give a folder in which each has its own, or correct the names",
            )


def _listed_pairs(frames: Sequence[ClipFrame]) -> list[tuple[str, str]]:
    return [
        (f"the image {frame.name}", _picture_words(frame))
        for frame in frames
        if frame.picture is not None
    ]


def _picture_words(frame: ClipFrame) -> str:
    if isinstance(frame.picture, int):
        return f"frame {frame.picture + 1} of the video"
    return frame.picture or "without a picture"


# -- a label file that numbers or names its frames -------------------------------------------------


def _numbered(labels: Numbered, pictures: Pictures, said: Choice) -> Pairing:
    found = None if said.by_position else number_names(pictures.names)
    if found is None:
        return _by_position(labels.numbers, labels.first, pictures, said)
    frames = _numbered_clip(found, pictures)
    _refuse_other_count(labels.numbers, labels.first, frames, said)
    index = {frame.number: at for at, frame in enumerate(frames)}
    index_of = tuple(index.get(number, -1) for number in labels.numbers)
    pairs = [
        (f"frame {frame.number} of the labels", frame.picture)
        for frame in frames
        if isinstance(frame.picture, str)
    ]
    return Pairing(
        "a frame's number is the last number in its picture's name",
        frames,
        index_of,
        _ends(pairs),
        found.step,
    )


def _named(labels: Named, pictures: Pictures, said: Choice) -> Pairing:
    if said.by_position:
        raise PairingError(
            "a folder of label files has no file for a frame without labels, so that positions "
            "say nothing",
            "Name label files as their pictures",
        )
    _refuse_shared_stems(pictures.names)
    try:
        found = number_names(pictures.names)
    except PairingError:
        found = None  # names of many forms can still be those of the label files
    if found is None:
        frames = tuple(ClipFrame(name, name, at) for at, name in enumerate(pictures.names))
    else:
        frames = _numbered_clip(found, pictures)
    by_stem = {_stem(frame.name): at for at, frame in enumerate(frames)}
    index_of = tuple(by_stem.get(_stem(name), -1) for name in labels.names)
    stride = found.step if found else None
    if not labels.names or any(index >= 0 for index in index_of):
        pairs = [
            (f"the label file {_stem(frame.name)}", frame.picture)
            for frame in frames
            if isinstance(frame.picture, str)
        ]
        rule = "a label file belongs to the picture of the same name"
        return Pairing(rule, frames, index_of, _ends(pairs), stride)
    of_labels = number_names(labels.names)
    if found is None or of_labels is None:
        raise PairingError(
            f"no label file is named as a picture: {labels.names[0]!r}, and {pictures.where} "
            f"holds {pictures.names[0]!r}",
            "Name label files as their pictures",
        )
    _refuse_other_count(of_labels.numbers, labels.first, frames, said)
    index = {frame.number: at for at, frame in enumerate(frames)}
    index_of = tuple(index.get(number, -1) for number in of_labels.numbers)
    pairs = [
        (f"the label file {name}", frames[at].name)
        for name, at in zip(labels.names, index_of, strict=True)
        if at >= 0
    ]
    rule = "the last number in a label file's name is the last number in its picture's name"
    return Pairing(rule, frames, index_of, _ends(pairs), stride)


def _of_video(labels: Numbered | Named, pictures: Pictures, said: Choice) -> Pairing:
    count = pictures.video_frames or 0
    if isinstance(labels, Named):
        found = number_names(labels.names)
        if found is None and labels.names:
            raise PairingError(
                f"the label files ({labels.names[0]!r}, …) have no numbers to find in a video",
                "Name them by frame numbers, or give the pictures as a folder",
            )
        numbers = found.numbers if found else ()
        words = "a label file"
    else:
        numbers, words = labels.numbers, "the labels"
    first = _first(numbers, labels.first, said)
    frames = tuple(ClipFrame(f"{at:06d}", at, at) for at in range(count))
    index_of = tuple(number - first if 0 <= number - first < count else -1 for number in numbers)
    pairs = [
        (f"frame {at + first} of {words}", f"frame {at + 1} of the video") for at in range(count)
    ]
    rule = f"frame numbers count the frames of the video, from {first}"
    return Pairing(rule, frames, index_of, _ends(pairs))


def _by_position(
    numbers: Sequence[int], first: int | None, pictures: Pictures, said: Choice
) -> Pairing:
    origin = _first(numbers, first, said)
    count = len(pictures.names)
    frames = tuple(ClipFrame(name, name, at) for at, name in enumerate(pictures.names))
    index_of = tuple(number - origin if 0 <= number - origin < count else -1 for number in numbers)
    why = "" if said.by_position else " (the names have no numbers)"
    rule = f"by position{why}: frame {origin} is the first picture in natural order of the names"
    notes: tuple[str, ...] = ()
    if list(pictures.names) != sorted(pictures.names):
        notes = ("sorted as text, the names would be in another order",)
    pairs = [(f"frame {at + origin} of the labels", f.name) for at, f in enumerate(frames)]
    return Pairing(rule, frames, index_of, _ends(pairs), notes=notes)


def _first(numbers: Iterable[int], first: int | None, said: Choice) -> int:
    """The number of the clip's first frame.  PairingError when nobody says it."""
    origin = _origin(numbers, first, said)
    if origin is None:
        raise PairingError(
            "the format does not say whether frames count from 0 or from 1, and no label is on "
            "frame 0",
            "Say it with --number-from 0 or --number-from 1",
        )
    return origin


def _origin(numbers: Iterable[int], first: int | None, said: Choice) -> int | None:
    if said.number_from is not None:
        return said.number_from
    return 0 if 0 in numbers else first


def _refuse_other_count(
    numbers: Sequence[int], first: int | None, frames: Sequence[ClipFrame], said: Choice
) -> None:
    """Pictures counted from 0 and labels from 1 (or the other way round) are refused."""
    lowest = frames[0].number
    origin = _origin(numbers, first, said)
    if lowest not in (0, 1) or not numbers:
        return
    of_pictures = f"the pictures are numbered {lowest}…{frames[-1].number}"
    if origin is None and min(numbers) != lowest:
        raise PairingError(
            f"{of_pictures}, the labels {min(numbers)}…{max(numbers)}: whether those count from 0 "
            "or from 1 is not known",
            f"Say it with --number-from 0 or --number-from 1; {_BY_POSITION}",
        )
    if origin is not None and origin in (0, 1) and origin != lowest:
        raise PairingError(
            f"{of_pictures}, the frames of the labels count from {origin} "
            f"({min(numbers)}…{max(numbers)} have labels)",
            f"{_BY_POSITION} (frame {origin} is {frames[0].name}); --number-from {lowest} says "
            f"that the labels count from {lowest}",
        )


def _numbered_clip(found: NameNumbers, pictures: Pictures) -> tuple[ClipFrame, ...]:
    """The frames from the lowest number to the highest; those left out have no picture."""
    by_number = dict(zip(found.numbers, pictures.names, strict=True))
    lowest, highest = min(found.numbers), max(found.numbers)
    count = (highest - lowest) // found.step + 1
    if count > _SPARSEST * len(pictures.names) + _ALWAYS_ALLOWED:
        raise PairingError(
            f"the numbers in the names go from {lowest} to {highest}, and there are only "
            f"{len(pictures.names)} pictures",
            f"They do not look like frame numbers; {_BY_POSITION}",
        )
    return tuple(
        ClipFrame(by_number.get(number) or found.name(number), by_number.get(number), number)
        for number in range(lowest, highest + 1, found.step)
    )


def _refuse_shared_stems(names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if (earlier := seen.setdefault(_stem(name), name)) != name:
            raise PairingError(
                f"{earlier!r} and {name!r} have the same name but for the ending",
                "Leave one of the two",
            )


def _ends(pairs: Sequence[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    """The first and the last pair."""
    chosen = [pairs[0], pairs[-1]] if len(pairs) > 1 else list(pairs)
    return tuple((label, picture or "") for label, picture in chosen)


def _plain(name: str) -> str:
    """A name without ending, and without the hash that Roboflow puts before it."""
    return _ROBOFLOW.sub("", _stem(name))


def _stem(name: str) -> str:
    """A name without its ending (of a picture or label file)."""
    head, dot, ending = name.rpartition(".")
    return head if dot and head and ending.isalnum() and len(ending) <= 4 else name


def _value(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise PairingError(
            f"{digits!r} in a name is no frame number", f"Rename the pictures; {_BY_POSITION}"
        )
    return int(digits)
