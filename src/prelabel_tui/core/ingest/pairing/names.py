"""Numbers in the names of pictures and label files."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

BY_POSITION: Final = "--match position pairs them by their order"

_MOST_DIGITS: Final = 15
_DIGITS: Final = re.compile(r"([0-9]+)")
_ROBOFLOW: Final = re.compile(r"[._](?:jpe?g|png|webp|bmp)\.rf\.[0-9A-Za-z]+$", re.IGNORECASE)


class PairingError(Exception):
    """Labels and pictures that disagree: ``what`` names both, ``remedy`` says what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}. {remedy}.")


@dataclass(frozen=True)
class NameNumbers:
    """The numbers in some names: one each, all different.  ``step``: their common step."""

    numbers: tuple[int, ...]
    step: int
    _parts: tuple[str, ...] = field(repr=False)
    _group: int = field(repr=False)
    _width: int = field(repr=False)

    def name(self, number: int) -> str:
        """Make the name that a frame with this number would have."""
        parts = list(self._parts)
        parts[self._group] = f"{number:0{self._width}d}"
        return "".join(parts)


def number_names(names: Sequence[str]) -> NameNumbers | None:
    """Read the last group of digits that varies from name to name; None without digits.

    PairingError when names are of different forms, or a number occurs twice.
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
                BY_POSITION,
            )
    groups = list(range(1, len(split[0]), 2))
    varying = [group for group in groups if len({_value(parts[group]) for parts in split}) > 1]
    group = (varying or groups)[-1]
    numbers = tuple(_value(parts[group]) for parts in split)
    seen: dict[int, str] = {}
    for name, number in zip(names, numbers, strict=True):
        if (earlier := seen.setdefault(number, name)) is not name:
            raise PairingError(
                f"the number {number} occurs twice: {earlier!r} and {name!r}",
                f"Remove or rename one of the two; {BY_POSITION}",
            )
    ordered = sorted(numbers)
    step = math.gcd(*(after - before for before, after in pairwise(ordered)))
    widths = {len(parts[group]) for parts in split}
    width = widths.pop() if len(widths) == 1 else 0
    ending = names[0].removeprefix(_plain(names[0]))
    return NameNumbers(numbers, step or 1, (*split[0], ending), group, width)


def _plain(name: str) -> str:
    """Return a name without its ending, and without the hash that Roboflow puts before it."""
    return _ROBOFLOW.sub("", stem(name))


def stem(name: str) -> str:
    """Return the name of a picture or label file without its ending."""
    head, dot, ending = name.rpartition(".")
    return head if dot and head and ending.isalnum() and len(ending) <= 4 else name


def _value(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise PairingError(
            f"{digits!r} in a name is not a frame number", f"Rename the pictures; {BY_POSITION}"
        )
    return int(digits)
