"""Asking before something goes that does not come back by itself."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from prelabel_tui.cli.context import bad_input
from prelabel_tui.core.text import printable

Reason = Annotated[str, typer.Option(help="Why; the audit log keeps it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def confirm(question: str, yes: bool, *, as_json: bool) -> None:
    """Ask on the terminal; end the program, nothing changed, unless the answer is yes.

    Where nobody can be asked, ``--yes`` has to be given (INPUT_INVALID).
    """
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        bad_input("Nobody can be asked here: give --yes.", as_json=as_json)
    if not typer.confirm(printable(question), err=True):
        bad_input("The answer was no.")
