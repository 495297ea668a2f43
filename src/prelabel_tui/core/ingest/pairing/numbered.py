"""Label files that number or name their frames: the pictures are the clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from prelabel_tui.core.ingest.pairing.names import (
    BY_POSITION,
    NameNumbers,
    PairingError,
    number_names,
    stem,
)
from prelabel_tui.core.ingest.pairing.values import (
    Choice,
    ClipFrame,
    Named,
    Numbered,
    Pairing,
    Pictures,
    Sequenced,
    ends,
    picture_words,
)

_SPARSEST: Final = 10
"""The most frames per picture: numbers that are further apart count something else."""
_ALWAYS_ALLOWED: Final = 1_000


def numbered_of_folder(labels: Numbered, pictures: Pictures, said: Choice) -> Pairing:
    """Pair numbered frames with the pictures of a folder.  PairingError."""
    found = None if said.by_position else number_names(pictures.names)
    if found is None:
        return _by_position(labels.numbers, labels.first, pictures, said)
    frames = _numbered_clip(found, pictures)
    _refuse_other_count(labels.numbers, labels.first, frames, said)
    index = {frame.number: at for at, frame in enumerate(frames)}
    index_of = tuple(index.get(number, -1) for number in labels.numbers)
    words = [f"frame {number} of the labels" for number in labels.numbers]
    return Pairing(
        "a frame's number is the last number in its picture's name",
        frames,
        index_of,
        _ends(words, index_of, frames),
        found.step,
    )


def named_of_folder(labels: Named, pictures: Pictures, said: Choice) -> Pairing:
    """Pair label files with the pictures of a folder by their names.  PairingError."""
    if said.by_position:
        raise PairingError(
            "a folder of label files has no file for a frame without labels, so that positions "
            "say nothing",
            "Name label files like their pictures",
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
    key = _without_zeros if labels.zeros_dropped else stem
    by_stem = {key(frame.name): at for at, frame in enumerate(frames)}
    index_of = tuple(by_stem.get(key(name), -1) for name in labels.names)
    stride = found.step if found else None
    if not labels.names or any(index >= 0 for index in index_of):
        rule = "a label file belongs to the picture of the same name"
        words = [f"the labels of {stem(name)}" for name in labels.names]
        return Pairing(rule, frames, index_of, _ends(words, index_of, frames), stride)
    of_labels = number_names(labels.names)
    if found is None or of_labels is None:
        raise PairingError(
            f"no label file is named like a picture: {labels.names[0]!r}, and {pictures.where} "
            f"holds {pictures.names[0]!r}",
            "Name label files like their pictures",
        )
    _refuse_other_count(of_labels.numbers, labels.first, frames, said)
    index = {frame.number: at for at, frame in enumerate(frames)}
    index_of = tuple(index.get(number, -1) for number in of_labels.numbers)
    rule = "the last number in a label file's name is the last number in its picture's name"
    words = [f"the labels of {stem(name)}" for name in labels.names]
    return Pairing(rule, frames, index_of, _ends(words, index_of, frames), stride)


def of_video(labels: Numbered | Named, pictures: Pictures, said: Choice) -> Pairing:
    """Pair numbered or named frames with the frames of a video.  PairingError."""
    count = pictures.video_frames or 0
    if isinstance(labels, Named):
        found = number_names(labels.names)
        if found is None and labels.names:
            raise PairingError(
                f"the label files ({labels.names[0]!r}, …) have no numbers to find in a video",
                "Name them by frame numbers, or give the pictures as a folder",
            )
        numbers = found.numbers if found else ()
        words = [f"the labels of {stem(name)}" for name in labels.names]
    else:
        numbers = labels.numbers
        words = [f"frame {number} of the labels" for number in numbers]
    first = _first(numbers, labels.first, said)
    frames = tuple(ClipFrame(f"{at:06d}", at, at) for at in range(count))
    index_of = tuple(number - first if 0 <= number - first < count else -1 for number in numbers)
    rule = f"frame numbers count the frames of the video, from {first}"
    return Pairing(rule, frames, index_of, _ends(words, index_of, frames))


def in_sequence(labels: Sequenced, pictures: Pictures) -> Pairing:
    """Pair the entries of a label file with pictures by order.  PairingError unless as many."""
    in_video = pictures.video_frames is not None
    names = sorted(pictures.names) if labels.as_text else list(pictures.names)
    there = pictures.video_frames if in_video else len(names)
    if there != labels.count:
        raise PairingError(
            f"the labels are for {labels.count} pictures in a row, {pictures.where} has {there}",
            "Give the pictures that the labels were made on, all of them",
        )
    if in_video:
        frames = tuple(ClipFrame(f"{at:06d}", at, at) for at in range(labels.count))
        index_of = tuple(range(labels.count))
        pairs = [(f"entry {at + 1}", f"frame {at + 1} of the video") for at in index_of]
        return Pairing(
            "by order: an entry for each frame of the video", frames, index_of, ends(pairs)
        )
    place = {name: at for at, name in enumerate(pictures.names)}
    frames = tuple(ClipFrame(name, name, at) for at, name in enumerate(pictures.names))
    index_of = tuple(place[name] for name in names)
    pairs = [(f"entry {at + 1}", name) for at, name in enumerate(names)]
    order = "names sorted as text" if labels.as_text else "natural order of the names"
    return Pairing(f"by order: an entry for each picture, {order}", frames, index_of, ends(pairs))


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
    words = [f"frame {number} of the labels" for number in numbers]
    return Pairing(rule, frames, index_of, _ends(words, index_of, frames), notes=notes)


def _ends(
    labels: Sequence[str], index_of: Sequence[int], frames: Sequence[ClipFrame]
) -> tuple[tuple[str, str], ...]:
    """Return the first and the last of the labels' frames that have a picture, with it."""
    pairs = []
    for words, at in zip(labels, index_of, strict=True):
        picture = frames[at].picture if at >= 0 else None
        if picture is not None:
            pairs.append((words, picture_words(picture)))
    return ends(pairs)


def _first(numbers: Iterable[int], first: int | None, said: Choice) -> int:
    """Return the number of the clip's first frame.  PairingError when nobody says it."""
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
    """Refuse pictures counted from 0 with labels counted from 1, or the other way round."""
    lowest = frames[0].number
    origin = _origin(numbers, first, said)
    if lowest not in (0, 1) or not numbers:
        return
    of_pictures = f"the pictures are numbered {lowest}…{frames[-1].number}"
    if origin is None and min(numbers) != lowest:
        raise PairingError(
            f"{of_pictures}, the labels {min(numbers)}…{max(numbers)}: whether those count from 0 "
            "or from 1 is not known",
            f"Say it with --number-from 0 or --number-from 1; {BY_POSITION}",
        )
    if origin is not None and origin in (0, 1) and origin != lowest:
        raise PairingError(
            f"{of_pictures}, the frames of the labels count from {origin} "
            f"({min(numbers)}…{max(numbers)} have labels)",
            f"{BY_POSITION} (frame {origin} is {frames[0].name}); --number-from {lowest} says "
            f"that the labels count from {lowest}",
        )


def _numbered_clip(found: NameNumbers, pictures: Pictures) -> tuple[ClipFrame, ...]:
    """Make the frames from the lowest number to the highest; those left out have no picture."""
    by_number = dict(zip(found.numbers, pictures.names, strict=True))
    lowest, highest = min(found.numbers), max(found.numbers)
    count = (highest - lowest) // found.step + 1
    if count > _SPARSEST * len(pictures.names) + _ALWAYS_ALLOWED:
        raise PairingError(
            f"the numbers in the names go from {lowest} to {highest}, and there are only "
            f"{len(pictures.names)} pictures",
            f"They do not look like frame numbers; {BY_POSITION}",
        )
    return tuple(
        ClipFrame(by_number.get(number) or found.name(number), by_number.get(number), number)
        for number in range(lowest, highest + 1, found.step)
    )


def _without_zeros(name: str) -> str:
    return stem(name).lstrip("0")


def _refuse_shared_stems(names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if (earlier := seen.setdefault(stem(name), name)) != name:
            raise PairingError(
                f"{earlier!r} and {name!r} have the same name except for the ending",
                "Keep one of the two",
            )
