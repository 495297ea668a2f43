"""`prelabel-tui session`: what the system's sshd runs for the key of a user.

The line of `authorized_keys` (`users keys --authorized-keys`) fixes every word of the command, the
key's fingerprint included: identity is the key's, whatever name or variables the client sends.
"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from prelabel_tui.cli.application import open_application
from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input
from prelabel_tui.serve.environment import CONNECTION, FROM_CLIENT, is_from_server

app = new_app()


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
    for name in os.environ.keys() - FROM_CLIENT:
        if name != CONNECTION and not is_from_server(name):
            del os.environ[name]
    open_application(context, key=fingerprint)
