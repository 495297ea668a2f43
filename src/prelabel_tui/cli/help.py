"""`prelabel-tui help`: the pages of help, and what has a word in it."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input
from prelabel_tui.core.text import printable
from prelabel_tui.help.keys import all_keys
from prelabel_tui.help.page import Group, find
from prelabel_tui.help.pages import PAGES
from prelabel_tui.keys.keymap import Keymap

app = new_app()

_WIDEST = 100


@app.command()
def explain(
    what: Annotated[
        str, typer.Argument(help="keys, playbook, signs, outcomes, words; or what to search for.")
    ] = "",
) -> None:
    """Explain keys, signs, outcomes and words; `help CODE` explains an outcome."""
    pages = (all_keys(Keymap()), *PAGES)
    names = {page.name: page for page in pages}
    if not what.strip():
        for page in pages:
            typer.echo(f"prelabel-tui help {page.name:9} {', '.join(_titles(page.groups))}")
        return
    found = list(names[what].groups) if what in names else find(pages, what)
    if not found:
        bad_input(
            f"The help has nothing with {printable(what)!r} in it. "
            f"Its pages are {', '.join(names)}.",
            as_json=False,
        )
    width = min(_WIDEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDEST
    typer.echo("\n\n".join(_text(group, width) for group in found))


def _titles(groups: tuple[Group, ...]) -> list[str]:
    titles = list(dict.fromkeys(group.title.partition(":")[0] for group in groups))
    return titles if len(titles) <= 6 else [*titles[:6], "…"]


def _text(group: Group, width: int) -> str:
    across = min(28, max(len(line.term) for line in group.lines))
    rows = [group.title]
    for line in group.lines:
        text = f"{line.text} ({line.aside})" if line.aside else line.text
        first, *others = textwrap.wrap(text, max(20, width - across - 4), break_on_hyphens=False)
        rows.append(f"  {line.term:{across}}  {first}")
        rows += [f"  {'':{across}}  {other}" for other in others]
    return "\n".join(rows)
