"""`prelabel-tui spot-check`: samples of reviewed frames that a lead judges on the screen."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import (
    AsJson,
    CapabilityName,
    Media,
    Workspace,
    scope_named,
)
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.sampling import Wish
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.times import iso

app = new_group("spot-check")


@app.command("start")
def start(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    at_most: Annotated[
        float, typer.Option(help="It is to show that at most so many percent are wrong.")
    ] = 5.0,
    certainty: Annotated[float, typer.Option(help="How surely, in percent.")] = 95.0,
    as_json: AsJson = False,
) -> None:
    """Draw a sample of the reviewed frames of a scope's draft; it is judged on the screen."""
    store, actor = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    wish = Wish(round(at_most * 10), round(certainty * 10))
    done = spot_checks.start(store, actor, scope, wish)
    extra = None if done.value is None else {"spot_check": done.value.as_json()}
    report(done.outcome, as_json=as_json, extra=extra)


@app.command("show")
def show(
    context: typer.Context,
    check_id: Annotated[
        str, typer.Argument(help="Id of the spot check, or an unambiguous beginning of it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a spot check: how it was drawn, and its result once all frames are judged."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = spot_checks.open_check(store, check_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    check, opened = found.value.check, found.value
    if as_json:
        frames = [{"frame": one.index + 1, "wrong": one.wrong} for one in opened.frames]
        print_json({"spot_check": {**check.as_json(), "frames": frames}})
        return
    typer.echo(
        f"{IdKind.SPOT_CHECK.short(check.id)}  {check.scope.title}, draft v{check.draft_version}"
    )
    typer.echo(check.text)
    estimate = check.estimate
    if estimate is not None:
        typer.echo(f"{estimate.meaning}\n{estimate.answer}")
        if opened.wrong_frames:
            typer.echo(f"Frames judged wrong: {', '.join(map(str, opened.wrong_frames))}")
    typer.echo(
        f"Drawn for {check.wish.text}: {check.size:,} of {check.population:,} reviewed frames "
        f"with a picture, by the seed {check.seed}, {iso(check.started_at)} by "
        f"{check.started_by}"
    )


@app.command("list")
def list_checks(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Workspace of the clip.")] = None,
    media: Annotated[str | None, typer.Option(help="Name of the clip in the workspace.")] = None,
    capability: Annotated[str | None, typer.Option(help="ball or player (or in full).")] = None,
    as_json: AsJson = False,
) -> None:
    """List spot checks, newest first: of one scope, or all."""
    store, _ = open_data_folder(context, as_json=as_json)
    names = (workspace, media, capability)
    scope = None
    if any(name is not None for name in names):
        if workspace is None or media is None or capability is None:
            bad_input(
                "A scope is named by --workspace, --media and --capability together.",
                as_json=as_json,
            )
        scope = scope_named(store, workspace, media, capability, as_json=as_json)
    rows = spot_checks.spot_checks(store, scope)
    if as_json:
        print_json({"spot_checks": [row.as_json() for row in rows]})
        return
    print_table(
        ("SPOT CHECK", "SCOPE", "DRAFT", "RESULT", "FOR", "STARTED"),
        [
            (
                IdKind.SPOT_CHECK.short(row.id), row.scope.title, f"v{row.draft_version}",
                row.text, row.wish.text,
                f"{iso(row.started_at)} {row.started_by}",
            )
            for row in rows
        ],
        "No spot check yet.",
    )  # fmt: skip
