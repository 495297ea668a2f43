"""`prelabel-tui serve`: the review room over SSH."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input, fail, globals_of, print_json, report
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.text import counted, printable
from prelabel_tui.core.times import iso
from prelabel_tui.serve.status import ServerStatus, read_status

app = new_app()

_PICTURE_MB: Final = 512
"""MB of pictures that all sessions keep together: eighty frames of 1080p at full size."""


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on (else all).")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: any free one.")] = 8022,
    sessions: Annotated[int, typer.Option(min=1, help="Sessions at a time, in all.")] = 40,
    sessions_per_user: Annotated[int, typer.Option(min=1, help="Of one user.")] = 4,
    logins_per_minute: Annotated[int, typer.Option(min=1, help="Of one user.")] = 20,
    idle: Annotated[
        float, typer.Option(min=0, help="Minutes without a key after which one ends; 0: none does.")
    ] = 120,
    status: Annotated[
        bool, typer.Option("--status", help="Say what the running server does, and who is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let users in over SSH by their keys, each to a session of the application."""
    given = globals_of(context)
    home = given.data_home()
    if status:
        _print_status(read_status(home), as_json=as_json)
        return
    try:
        # Deferred: the extra ssh.
        from prelabel_tui.serve.limits import SessionLimits
        from prelabel_tui.serve.requests import SessionOptions
        from prelabel_tui.serve.room import DoorSettings
        from prelabel_tui.serve.server import serve as run
    except ModuleNotFoundError:
        extra = "serve needs the extra: pip install 'prelabel-tui[ssh]'."
        bad_input(extra, as_json=as_json)
    options = SessionOptions(str(home), given.database, given.artifacts, given.graphics, given.keys)
    limits = SessionLimits(sessions, sessions_per_user, logins_per_minute)
    memory = given.picture_memory or _PICTURE_MB
    settings = DoorSettings(host, port, limits, idle * 60 or None, memory, options)

    def listening(fingerprint: str, at: int) -> None:
        if not as_json:
            typer.echo(f"Listening on port {at}.  Host key: {fingerprint}")

    report(run(settings, given.user, listening), as_json=as_json)


def _print_status(found: ServerStatus | None, *, as_json: bool) -> None:
    if found is None:
        fail(
            Outcome(
                Code.NOT_FOUND,
                "No server runs on this data folder; `prelabel-tui serve` starts one.",
            ),
            as_json=as_json,
        )
    if as_json:
        print_json(found)
        return
    where = f"{printable(found.address) or 'all addresses'}, port {found.port}"
    typer.echo(f"Listening on {where} since {iso(found.since)}, process {found.pid}.")
    typer.echo(f"Host key: {found.fingerprint}")
    typer.echo(
        f"{counted(found.logins, 'login')}, {found.refused} refused; "
        f"connections that have not logged in: {found.half_open}."
    )
    typer.echo(f"Pictures that sessions share: {found.picture_bytes >> 20} MB.")
    print_table(
        ("USER", "FROM", "SINCE", "LAST KEY", "PROCESS"),
        [
            (one.user, one.address, iso(one.since), iso(one.last_key), str(one.pid))
            for one in found.sessions
        ],
        "Nobody is there.",
    )
