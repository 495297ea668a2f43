"""The command line: thin commands over the core, each importing what it needs inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.context import Globals

app = typer.Typer(
    name="prelabel-tui",
    help="Turn machine prelabels of soccer video into approved training labels, in a terminal.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def entry(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(envvar="PRELABEL_HOME", help="Data folder (else the platform's place)."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="PRELABEL_DATABASE", help="Database URL (else SQLite in the data folder)."
        ),
    ] = None,
    artifacts: Annotated[
        str | None,
        typer.Option(
            envvar="PRELABEL_ARTIFACTS", help="Bucket URL for artifacts (else the data folder)."
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(envvar="PRELABEL_USER", help="Act as this known user (else who you are)."),
    ] = None,
) -> None:
    """Open the application, or run one command."""
    context.obj = Globals(home, database, artifacts, user)


def main() -> None:
    """The installed program."""
    app()
