"""The command line: thin commands over the core, each importing what it needs inside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from prelabel_tui.cli.application import open_application
from prelabel_tui.cli.audit import audit
from prelabel_tui.cli.context import Globals, end_as_misuse, end_as_outcome
from prelabel_tui.cli.demo import demo
from prelabel_tui.cli.doctor import doctor
from prelabel_tui.cli.drafts import drafts_app
from prelabel_tui.cli.eligibility import eligibility_app
from prelabel_tui.cli.export import export_app
from prelabel_tui.cli.fsck import fsck
from prelabel_tui.cli.history import export_revision, history_app, series
from prelabel_tui.cli.import_ import import_app
from prelabel_tui.cli.packs import packs_app
from prelabel_tui.cli.publish import publish, validate
from prelabel_tui.cli.runs import runs
from prelabel_tui.cli.stats import stats
from prelabel_tui.cli.users import users_app
from prelabel_tui.cli.workspaces import workspaces_app

app = typer.Typer(
    name="prelabel-tui",
    help="Turn machine prelabels of soccer video into approved training labels, in a terminal.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(doctor)
app.add_typer(import_app, name="import")
export_app.command("revision")(export_revision)
app.add_typer(export_app, name="export")
app.command()(runs)
app.add_typer(drafts_app, name="drafts")
app.add_typer(packs_app, name="packs")
app.command()(validate)
app.command()(publish)
app.add_typer(history_app, name="history")
app.command()(series)
app.add_typer(eligibility_app, name="eligibility")
app.command()(audit)
app.command()(fsck)
app.command()(stats)
app.add_typer(users_app, name="users")
app.add_typer(workspaces_app, name="workspaces")


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
        str,
        typer.Option(help="auto, cells, quadrants, sextants, kitty or sixel (see doctor)."),
    ] = "auto",
    keys: Annotated[
        str | None, typer.Option(help="Key preset: default, cvat, labelimg or vim.")
    ] = None,
    picture_memory: Annotated[
        int | None,
        typer.Option(
            envvar="PRELABEL_PICTURE_MEMORY",
            min=16,
            help="MB of decoded pictures to keep (else 256).",
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Open the application, or run one command."""
    if version:
        from prelabel_tui import __version__

        typer.echo(__version__)
        raise typer.Exit
    context.obj = Globals(home, database, artifacts, user, graphics, keys, picture_memory)
    if context.invoked_subcommand is None:
        open_application(context)


def main() -> None:
    """The installed program.  A command line that cannot be, and what fails underneath a command,
    end as an outcome."""
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        end_as_misuse(error)
    except Exception as error:
        end_as_outcome(error)
