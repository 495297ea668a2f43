"""Label files that list their images: the list is the clip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from prelabel_tui.core.ingest.pairing.names import BY_POSITION, PairingError, number_names
from prelabel_tui.core.ingest.pairing.values import (
    Choice,
    ClipFrame,
    Listed,
    Pairing,
    Pictures,
    ends,
    picture_words,
)


def listed_of_folder(labels: Listed, pictures: Pictures, said: Choice) -> Pairing:
    """Pair listed images with the pictures of a folder.  PairingError."""
    found: Sequence[str | None]
    if said.by_position:
        if len(labels) != len(pictures.names):
            raise PairingError(
                f"{len(labels)} images are listed, {pictures.where} has {len(pictures.names)} "
                "pictures",
                "Only lists of equal length can be paired by position",
            )
        rule, found = "by position: both in natural order of their names", pictures.names
    else:
        rule, found = _by_name(labels, pictures)
    _refuse_shared(labels, found)
    used = {name for name in found if name is not None}
    unused = sum(name not in used for name in pictures.names)
    return _listed(labels, found, rule, unused)


def listed_of_video(labels: Listed, pictures: Pictures, said: Choice) -> Pairing:
    """Pair listed images with the frames of a video.  PairingError."""
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
    return _listed(labels, found, rule, count - sum(place is not None for place in found))


def _listed(labels: Listed, found: Sequence[str | int | None], rule: str, unused: int) -> Pairing:
    frames = tuple(
        ClipFrame(frame.name, picture, number, frame.size)
        for frame, picture, number in zip(labels.frames, found, _numbers(labels), strict=True)
    )
    pairs = [
        (f"the image {frame.name}", picture_words(frame.picture))
        for frame in frames
        if frame.picture is not None
    ]
    index_of = tuple(range(len(labels)))
    return Pairing(rule, frames, index_of, ends(pairs), unused=unused)


def _numbers(labels: Listed) -> Sequence[int]:
    """Return places in time: as stated, else the numbers in the names, else the order."""
    stated = [frame.number for frame in labels.frames if frame.number is not None]
    if len(stated) < len(labels):
        try:
            in_names = number_names([_last_part(frame.name) for frame in labels.frames])
        except PairingError:
            in_names = None
        stated = list(in_names.numbers) if in_names else []
    ascending = all(before < after for before, after in pairwise(stated))
    return stated if stated and ascending else range(len(labels))


def _by_name(labels: Listed, pictures: Pictures) -> tuple[str, Sequence[str | None]]:
    """Find the picture of each listed image by its name, and say the rule in words.

    Where images have several names, or only the last part of one is in the folder, the way of
    naming that finds the most pictures counts.  Two ways that find different ones are refused,
    unless one of them finds all.
    """
    ways = [way for way in _ways(labels, pictures) if any(way[1])]
    if not ways:
        held = f"holds {pictures.names[0]!r}" if pictures.names else "holds no pictures"
        raise PairingError(
            f"no picture of the list is there: the first listed is {labels.frames[0].name!r}, "
            f"{pictures.where} {held}",
            f"Give the folder that the listed names are relative to; {BY_POSITION}",
        )
    rule, best = max(ways, key=lambda way: sum(name is not None for name in way[1]))
    for other_rule, other in ways:
        if None not in best and None in other:
            continue
        for frame, one, two in zip(labels.frames, best, other, strict=True):
            if one is not None and two is not None and one != two:
                raise PairingError(
                    f"the picture of {frame.name!r} is {one!r} ({rule}) or {two!r} ({other_rule})",
                    "Give the folder that the labels were made on, or that was exported, whole",
                )
    return rule, best


def _ways(labels: Listed, pictures: Pictures) -> Iterator[tuple[str, list[str | None]]]:
    """Yield what each way of naming finds: names as listed, other names, last parts of both."""
    there = set(pictures.names)
    last_parts = {_last_part(name): name for name in pictures.names if "/" not in name}
    for way in range(1 + len(labels.frames[0].other_names)):
        names = [(frame.name, *frame.other_names)[way] for frame in labels.frames]
        which = "names" if way == 0 else "other names"
        found = [name if name in there else None for name in names]
        yield f"the label file lists its images: by their {which}", found
        if not any(found):
            yield (
                f"the label file lists its images: by the last part of their {which}",
                [last_parts.get(_last_part(name)) for name in names],
            )


def _places_in_video(labels: Listed, count: int, said: Choice) -> tuple[list[int], str]:
    """Find which frame of the video each listed image is (from 0), and say the rule in words."""
    if said.by_position:
        if len(labels) != count:
            raise PairingError(
                f"{len(labels)} images are listed, the video has {count} frames",
                "Only lists of equal length can be paired by position",
            )
        return list(range(count)), "by position: the images in natural order of their names"
    stated = [frame.at for frame in labels.frames if frame.at is not None]
    if len(stated) == len(labels):
        return stated, "the label file says which frame of the video each image is"
    names = [_last_part(frame.name) for frame in labels.frames]
    found = number_names(names)
    if found is None:
        raise PairingError(
            f"the listed names ({names[0]!r}, …) have no numbers to find in a video",
            f"Give the pictures as a folder; {BY_POSITION}",
        )
    first = said.number_from
    if first is None:
        first = 0 if 0 in found.numbers else 1
    return (
        [number - first for number in found.numbers],
        f"the number in a listed name is the frame of the video, counted from {first}",
    )


def _refuse_shared(labels: Listed, found: Sequence[str | int | None]) -> None:
    """Refuse two listed images with one picture."""
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


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]
