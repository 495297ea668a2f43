"""Tables on a terminal or in a pipe: plain columns, nothing trusted as markup or escapes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from prelabel_tui.core.text import printable

_UNBOUNDED: Final = 1_000_000
"""Cells of a line where nobody looks at a screen: nothing is wrapped or cut."""


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print aligned columns, or the sentence ``empty`` where there is no row.

    On a terminal, long cells wrap in their column; in a pipe or a file each row is one line.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(value))) for value in row))
    if not table.row_count:
        typer.echo(empty)
        return
    console = Console(highlight=False)
    if not sys.stdout.isatty():
        console.width = _UNBOUNDED
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())
