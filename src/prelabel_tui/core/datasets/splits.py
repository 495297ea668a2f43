"""Splitting clips into training, validation and test sets: a clip is in one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

WHOLE: Final = "all"
"""The name of a set that is not split."""

_NAMES: Final = ("train", "val", "test")


def read_split(text: str) -> tuple[int, ...]:
    """Read percentages from ``80/20`` or ``80/10/10``.  ValueError says what is wrong."""
    try:
        shares = tuple(int(part) for part in text.split("/"))
    except ValueError:
        shares = ()
    if len(shares) not in (2, 3) or min(shares) <= 0 or sum(shares) != 100:
        raise ValueError(f"{text!r} is not two or three shares of 100, as in 80/10/10")
    return shares


def split_names(shares: Sequence[int]) -> tuple[str, ...]:
    """Name the parts."""
    return _NAMES[: len(shares)] if shares else (WHOLE,)


def assign(clips: Mapping[str, str], shares: Sequence[int]) -> dict[str, str]:
    """Choose the name of the part for each clip: the same clips are always split alike.

    ``clips`` gives for each clip what its pictures are known by: clips with the same pictures
    stay together.  No part is empty; ValueError when there are too few different clips.
    """
    if not shares:
        return dict.fromkeys(clips, WHOLE)
    groups: dict[str, list[str]] = {}
    for clip in sorted(clips):
        groups.setdefault(clips[clip], []).append(clip)
    if len(groups) < len(shares):
        count = f"{len(groups)} different clip{'' if len(groups) == 1 else 's'}"
        raise ValueError(f"{count} cannot be split into {len(shares)} parts")
    # In an order that has nothing to do with names or dates, which tell of venue and season.
    shuffled = sorted(groups.values(), key=lambda group: _digest(group[0]))
    places: dict[str, str] = {}
    start = 0
    for name, size in zip(split_names(shares), _sizes(len(groups), shares), strict=True):
        for group in shuffled[start : start + size]:
            places.update(dict.fromkeys(group, name))
        start += size
    return places


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _sizes(count: int, shares: Sequence[int]) -> list[int]:
    """Return whole numbers near the shares that add up to ``count``; each at least 1."""
    sizes = [max(1, count * share // 100) for share in shares]
    while sum(sizes) < count:
        lacks = [count * share / 100 - size for share, size in zip(shares, sizes, strict=True)]
        sizes[lacks.index(max(lacks))] += 1
    while sum(sizes) > count:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes
