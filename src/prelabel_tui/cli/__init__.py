"""The command line: it parses and prints; what is done is core's."""

from __future__ import annotations

from prelabel_tui.cli import while_importing  # isort: split

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from prelabel_tui import __version__
from prelabel_tui.cli.command_tree import CommandTree
from prelabel_tui.cli.context import Globals, end_as_misuse, end_as_outcome
from prelabel_tui.cli.interrupt import BY_CTRL_C, end_as_interrupted
from prelabel_tui.cli.output import OutputLost, end_without_output, guard_streams

app = typer.Typer(
    name="prelabel-tui",
    cls=CommandTree,
    help=(
        "Turn machine prelabels of soccer video into approved training labels, in a terminal.\n\n"
        "Without a command it opens the application."
    ),
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
        typer.Option(envvar="PRELABEL_USER", help="Act as another user (admins only)."),
    ] = None,
    graphics: Annotated[
        str | None,
        typer.Option(
            help="auto, cells, quadrants, sextants, kitty, sixel or inline (see doctor; else auto)."
        ),
    ] = None,
    keys: Annotated[
        str | None, typer.Option(help="Key preset: default, cvat, labelimg or vim.")
    ] = None,
    picture_memory: Annotated[
        int | None,
        typer.Option(
            envvar="PRELABEL_PICTURE_MEMORY",
            min=16,
            help="MB that decoded pictures and decoding may take (else 256).",
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
) -> None:
    """Open the application, or run one command."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    context.obj = Globals(home, database, artifacts, user, graphics, keys, picture_memory)
    if context.invoked_subcommand is None:
        # Deferred: what the application starts with is nothing that a command needs.
        from prelabel_tui.cli.application import open_application

        open_application(context)


def main() -> None:
    """Run the installed program.

    A command line that is not valid, and what fails underneath a command, end as an outcome.
    """
    try:
        guard_streams()
        try:
            ended = app(standalone_mode=False)
            sys.stdout.flush()
            if ended == BY_CTRL_C:  # Typer's own answer to it
                end_as_interrupted(sys.argv[1:])
        except OutputLost:
            raise
        except (typer.Abort, KeyboardInterrupt):
            end_as_interrupted(sys.argv[1:])
        except TyperException as error:
            end_as_misuse(error)
        except Exception as error:
            end_as_outcome(error)
    except OutputLost as lost:
        end_without_output(lost)
    sys.exit(ended)


while_importing.answered_from_now_on()
