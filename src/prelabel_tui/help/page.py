"""What a page of help is made of, and finding in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Line:
    """A term (a key, a sign, a code, a word; may be empty), and what it means.

    ``aside``: what is said less loudly after it.
    """

    term: str
    text: str
    aside: str = ""

    def has(self, words: Iterable[str]) -> bool:
        """Return whether each of the words, in lower case, is somewhere in the line."""
        whole = f"{self.term} {self.text} {self.aside}".lower()
        return all(word in whole for word in words)


@dataclass(frozen=True)
class Group:
    """Lines that belong together, under a title."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Page:
    """Groups under one title; ``name`` is what `help` calls it."""

    name: str
    title: str
    groups: tuple[Group, ...]


def find(pages: Iterable[Page], wanted: str) -> list[Group]:
    """Return the lines that have every word of ``wanted``, in groups named after their page.

    A group whose title has them is found whole.
    """
    words = wanted.lower().split()
    found = []
    for page in pages:
        for group in page.groups:
            titled = all(word in group.title.lower() for word in words)
            lines = tuple(line for line in group.lines if titled or line.has(words))
            if lines:
                found.append(replace(group, title=f"{page.title} › {group.title}", lines=lines))
    return found
