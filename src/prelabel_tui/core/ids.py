"""Identifiers of rows: 128 random bits in hex; the short form begins with what it is of."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Final

SHORTEST: Final = 4  # digits that are taken for the beginning of an id
_SHOWN: Final = 8
_DIGITS: Final = frozenset("0123456789abcdef")


class IdKind(StrEnum):
    """What an id is of: the word that its short form begins with."""

    RUN = "run"
    PRELABEL_PACK = "pre"
    LABEL_PACK = "pack"
    DRAFT = "draft"
    REVISION = "rev"
    SPOT_CHECK = "check"
    NOTE = "note"
    WORKSPACE = "workspace"
    MEDIA = "media"
    DATASET = "dataset"

    def short(self, identifier: str) -> str:
        """Write an id as screens, sentences and tables show it, such as `rev-1a2b3c4d`."""
        return f"{self}-{identifier[:_SHOWN]}"

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return _WORDS.get(self, self.name.lower().replace("_", " "))


_BY_WORD: Final = {kind.value: kind for kind in IdKind}
_WORDS: Final = {IdKind.LABEL_PACK: "scoped label pack", IdKind.DATASET: "data set"}


def new_id() -> str:
    """Make a fresh id of 32 hex digits."""
    return secrets.token_hex(16)


def short_hash(digest: str) -> str:
    """Shorten a hash: its first 8 digits, with no word before them."""
    return digest[:_SHOWN]


def kind_and_digits(given: str) -> tuple[IdKind | None, str]:
    """Split an id as people give it, whole or shortened, with its kind's word or without."""
    word, dash, digits = given.partition("-")
    if dash and (kind := _BY_WORD.get(word)) is not None:
        return kind, digits
    return None, given


def may_begin_an_id(digits: str) -> bool:
    """Whether these are digits, and enough of them, to look for the id that begins so."""
    return len(digits) >= SHORTEST and set(digits) <= _DIGITS
