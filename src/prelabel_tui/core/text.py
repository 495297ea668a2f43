"""Text from outside, made safe to show."""

from __future__ import annotations

import unicodedata
from typing import Final

from prelabel_tui.core.bounds import NAME_LENGTH

NAME_RULE: Final = f"name needs 1 to {NAME_LENGTH} printable characters, no blank at its ends"
"""What :func:`usable_name` asks for."""


def printable(text: str, limit: int | None = None) -> str:
    """Return the text with control, format and private characters shown as ``�``.

    Terminal escapes, line breaks (those of Unicode, too) and direction overrides cannot survive.
    What is longer than ``limit`` characters is cut and ends in ``…``.
    """
    safe = "".join("�" if _steers(unicodedata.category(c)) else c for c in text)
    if limit is not None and len(safe) > limit:
        safe = safe[: max(0, limit - 1)] + "…"
    return safe


def _steers(category: str) -> bool:
    return category[0] == "C" or category in ("Zl", "Zp")


def usable_name(name: str) -> bool:
    """Say whether a workspace, a media or a user may have this name (see :data:`NAME_RULE`)."""
    return name == name.strip() == printable(name) and 0 < len(name) <= NAME_LENGTH


def counted(count: int, word: str) -> str:
    """Write a number of things: `1 clip`, `1,200 clips`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
