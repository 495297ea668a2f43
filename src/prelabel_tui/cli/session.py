"""`prelabel-tui session`: what the system's sshd runs for the key of a user.

The line of `authorized_keys` (`users keys --authorized-keys`) fixes every word of the command, the
key's fingerprint included: identity is the key's, whatever name or variables the client sends.
"""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from prelabel_tui.cli.application import open_application
from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input

app = new_app()

_KEPT: Final = frozenset(
    (
        *("COLORTERM", "LANG", "LC_TERMINAL", "LC_TERMINAL_VERSION", "TERM"),
        *("HOME", "LOGNAME", "PATH", "SHELL", "SSH_CONNECTION", "TZ", "USER"),
    )
)
"""The variables that a session keeps: what the terminal is, and those of the server."""

_OF_SERVICES: Final = ("AWS_", "PG", "XDG_")
"""How the names begin of what sshd's SetEnv says of the database, the bucket and folders."""


@app.command()
def session(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Argument(help="Of the key (SHA256:…).")],
) -> None:
    """Open the application for the owner of an SSH key; sshd calls it, not people."""
    if os.environ.get("SSH_ORIGINAL_COMMAND"):
        bad_input("This server opens the application and runs no commands.")
    root = context.find_root()
    for name in root.params:
        source = root.get_parameter_source(name)
        if source is not None and source.name == "ENVIRONMENT":
            bad_input(f"--{name.replace('_', '-')} comes from the environment; the line of "
                      "authorized_keys must say it.")  # fmt: skip
    for name in os.environ.keys() - _KEPT:
        if not name.startswith(_OF_SERVICES):
            del os.environ[name]
    open_application(context, key=fingerprint)
