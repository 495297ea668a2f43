"""Tables on a terminal or in a pipe: plain columns, nothing trusted as escapes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import typer

from prelabel_tui.core.text import printable


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print aligned columns, or the sentence ``empty`` when there is no row."""
    cells = [[printable(str(value)) for value in row] for row in rows]
    if not cells:
        typer.echo(empty)
        return
    lines = [list(headers), *cells]
    widths = [max(_cells(line[at]) for line in lines) for at in range(len(headers))]
    for line in lines:
        padded = (
            text + " " * (width - _cells(text)) for text, width in zip(line, widths, strict=True)
        )
        typer.echo("  ".join(padded).rstrip())


def _cells(text: str) -> int:
    """How wide a terminal shows it: wide characters take two cells, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
