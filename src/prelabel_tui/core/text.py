"""Text from outside, made safe to show."""

from __future__ import annotations

import unicodedata


def printable(text: str, limit: int | None = None) -> str:
    """The text with control, format and private characters shown as ``�``.

    Terminal escapes, line breaks and direction overrides cannot survive; longer than ``limit``
    characters is cut with ``…``.
    """
    safe = "".join("�" if unicodedata.category(c)[0] == "C" else c for c in text)
    if limit is not None and len(safe) > limit:
        safe = safe[: max(0, limit - 1)] + "…"
    return safe
