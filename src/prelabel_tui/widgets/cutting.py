"""Texts that are longer than their room: cut the same way everywhere, or broken into lines."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size

PARTS: Final = " / "
"""What is between workspace, media and capability in the name of a scope."""


def fit(text: str, width: int) -> str:
    """Return the text in at most ``width`` cells; a scope's name keeps a bit of each of its parts.

    `arena-north / 2026-11-28-first-half / ball_detection` in 32 cells is
    `arena-nor… / 2026-11-… / ball_de…`: its end is what tells it from others.
    """
    if cell_len(text) <= width:
        return text
    parts = text.split(PARTS)
    room = width - (len(parts) - 1) * len(PARTS)
    if room < len(parts) * 2:
        return _cut(text, width)
    widths = [cell_len(part) for part in parts]
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return PARTS.join(_cut(part, share) for part, share in zip(parts, widths, strict=True))


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """Break a text into lines of at most ``width`` cells, the ``first`` one of its own width.

    Between words, or in a word that is longer than a line.
    """
    lines = [""]
    room = width if first is None else first
    for word in text.split(" "):
        spaced = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(spaced) <= room:
            lines[-1] = spaced
            continue
        if lines[-1] or room < width:
            lines.append("")
            room = width
        while cell_len(word) > room > 1:
            part = set_cell_size(word, room).rstrip()
            lines[-1] = part
            lines.append("")
            word = word[len(part) :]
        lines[-1] = word
    return lines
