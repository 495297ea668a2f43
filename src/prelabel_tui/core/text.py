"""Text from outside, made safe to show."""

from __future__ import annotations

import unicodedata
from typing import Final

_LONGEST_NAME = 100

NAME_RULE: Final = f"name needs 1 to {_LONGEST_NAME} printable characters, no blank at its ends"
"""What :func:`usable_name` asks for."""


def printable(text: str, limit: int | None = None) -> str:
    """Return the text with control, format and private characters shown as ``�``.

    Terminal escapes, line breaks and direction overrides cannot survive.  What is longer than
    ``limit`` characters is cut and ends in ``…``.
    """
    safe = "".join("�" if unicodedata.category(c)[0] == "C" else c for c in text)
    if limit is not None and len(safe) > limit:
        safe = safe[: max(0, limit - 1)] + "…"
    return safe


def usable_name(name: str) -> bool:
    """Say whether a workspace, a media or a user may have this name (see :data:`NAME_RULE`)."""
    return name == name.strip() == printable(name) and 0 < len(name) <= _LONGEST_NAME


def counted(count: int, word: str) -> str:
    """Write a number of things: `1 clip`, `1,200 clips`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
