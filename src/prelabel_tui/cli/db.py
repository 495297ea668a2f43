"""`prelabel-tui db`: which version the database's tables are, upgrading and copying it."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import fail, globals_of, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.identity.clock import accept_clock
from prelabel_tui.core.identity.upgrading import upgrade_database
from prelabel_tui.core.store.database import HEAD, describe_database
from prelabel_tui.core.text import printable

app = new_group("db")


@app.command("status")
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show which database it is, and the version of its tables; change nothing."""
    given = globals_of(context)
    described = describe_database(given.data_home(), given.database)
    if described.value is None:
        fail(described.outcome, as_json=as_json)
    found = described.value
    backups = sorted(path.name for path in (given.data_home() / "backups").glob("*.db"))
    if as_json:
        print_json(
            {
                "database": found.name,
                "version": found.version,
                "program_version": HEAD,
                "backups": backups,
            }
        )
        return
    state = found.version or "no tables yet"
    typer.echo(printable(f"{found.name}: {state}; this program's tables are {HEAD}"))
    for name in backups:
        typer.echo(f"backup before an upgrade: {given.data_home() / 'backups' / name}")


@app.command("upgrade")
def upgrade(context: typer.Context, as_json: AsJson = False) -> None:
    """Bring the tables to this program's version; a SQLite database is copied first (admins)."""
    given = globals_of(context)
    home = given.data_home()
    report(upgrade_database(home, given.database, given.artifacts, given.user), as_json=as_json)


@app.command("copy")
def copy(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            help="URL of a database with nothing in it: postgresql://… or sqlite:///FILE.",
            metavar="URL",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Copy the database to another of either kind, checked as fsck does; artifacts stay."""
    store, _ = open_data_folder(context, as_json=as_json)
    with progress() as shown:
        done = copy_database(store, target, shown)
    report(done.outcome, as_json=as_json, extra=done.value.as_json() if done.value else None)


@app.command("accept-clock")
def accept(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why the newest entry's time is wrong.")],
    as_json: AsJson = False,
) -> None:
    """Go on with this machine's clock though the audit log has later entries (admins)."""
    store, actor = open_data_folder(context, as_json=as_json)
    report(accept_clock(store, actor, reason), as_json=as_json)
