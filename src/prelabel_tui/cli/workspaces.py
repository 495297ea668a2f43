"""`prelabel-tui workspaces`: workspaces, and what they set."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.session.blind_repeats import USUAL_SHARE
from prelabel_tui.core.validation import RULES

app = new_group("workspaces")

Name = Annotated[str, typer.Argument(help="Name of the workspace.")]


@app.command("list")
def list_workspaces(context: typer.Context, as_json: AsJson = False) -> None:
    """List all workspaces."""
    store, _ = open_data_folder(context, as_json=as_json)
    rows = workspaces.workspaces(store)
    if as_json:
        print_json({"workspaces": [row.as_json() for row in rows]})
        return
    print_table(
        ("WORKSPACE", "MEDIA", "BLIND REPEATS", "THRESHOLDS SET"),
        [
            (
                row.name,
                row.media,
                f"{row.repeats:.1%}" if row.repeats else "off",
                ", ".join(row.settings.overrides) or "none",
            )
            for row in rows
        ],
        "No workspaces yet: prelabel-tui import --help, or prelabel-tui demo.",
    )


@app.command("thresholds")
def thresholds(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """List the validation rules with the thresholds in force."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = workspaces.workspace(store, name)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    row = found.value
    if as_json:
        print_json(row.as_json())
        return
    rows = []
    for rule in RULES:
        value = row.settings.threshold(rule.id)
        shown = "" if value is None else f"{value:g} {rule.unit}"
        rows.append(
            (rule.id, rule.severity, shown if row.settings.on(rule.id) else "off", rule.meaning)
        )
    print_table(("RULE", "SEVERITY", "THRESHOLD", "MEANING"), rows, "")


@app.command("set")
def set_threshold(
    context: typer.Context,
    name: Name,
    rule: Annotated[str, typer.Argument(help="Id of the rule.")],
    value: Annotated[str, typer.Argument(help="A number, or off (warnings only).")],
    as_json: AsJson = False,
) -> None:
    """Set a threshold of a workspace (leads)."""
    number: float | None = None
    if value != "off":
        try:
            number = float(value)
        except ValueError:
            bad_input(f"{value!r} is neither a number nor off.", as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    report(workspaces.set_threshold(store, actor, name, rule, number), as_json=as_json)


@app.command("repeats")
def set_repeats(
    context: typer.Context,
    name: Name,
    percent: Annotated[str, typer.Argument(help="on (5), off, or percent of the frames.")],
    as_json: AsJson = False,
) -> None:
    """Let some frames come back unmarked in review, to measure self-agreement (leads)."""
    share = {"on": USUAL_SHARE, "off": 0.0}.get(percent)
    if share is None:
        try:
            share = float(percent.removesuffix("%")) / 100
        except ValueError:
            bad_input(f"{percent!r} is neither on, off nor a number.", as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    report(workspaces.set_repeats(store, actor, name, share), as_json=as_json)
