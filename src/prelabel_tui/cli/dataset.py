"""`prelabel-tui dataset`: what is approved for data sets, frozen under a name."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.export import (
    ExcludeFlag,
    HalfLabelled,
    Keypoints,
    Out,
    PicturesOption,
    ReviewedOnly,
    Split,
    options_of,
    write,
)
from prelabel_tui.cli.scope_options import AsJson, CapabilityOption, capability_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.datasets.snapshots import DatasetRow
from prelabel_tui.core.ids import IdKind, short_hash
from prelabel_tui.core.times import iso
from prelabel_tui.formats.writers import FORMATS

app = new_group("dataset")

Name = Annotated[str, typer.Argument(help="Name of the data set.")]


@app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the new data set.")],
    workspace: Annotated[
        list[str] | None, typer.Option(help="Only this workspace; repeatable.")
    ] = None,
    media: Annotated[str | None, typer.Option(help="Only clips of this name.")] = None,
    capability: CapabilityOption = None,
    as_json: AsJson = False,
) -> None:
    """Freeze which revisions are approved for data sets now (leads)."""
    wanted = capability_named(capability, as_json=as_json) if capability else None
    store, actor = open_data_folder(context, as_json=as_json)
    done = snapshots.create(store, actor, name, workspace or (), media, wanted)
    extra = {"dataset": done.value.as_json()} if done.value else None
    report(done.outcome, as_json=as_json, extra=extra)


@app.command("list")
def list_datasets(context: typer.Context, as_json: AsJson = False) -> None:
    """List every data set, the newest first."""
    store, _ = open_data_folder(context, as_json=as_json)
    rows: list[DatasetRow] = []
    while page := snapshots.datasets(store, rows[-1] if rows else None):
        rows += page
    if as_json:
        print_json({"datasets": [row.as_json() for row in rows]})
        return
    print_table(
        ("DATA SET", "REVISIONS", "CLIPS", "REVOKED", "FROZEN", "HASH"),
        [
            (
                row.name, row.revisions, row.clips, row.revoked,
                f"{iso(row.created_at)} {row.created_by}", short_hash(row.digest),
            )
            for row in rows
        ],
        "No data sets yet: prelabel-tui dataset create NAME.",
    )  # fmt: skip


@app.command("status")
def status(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show what became of a data set's revisions; DATASET_REVOKED when some were revoked."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = snapshots.status(store, name)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    if not as_json:
        print_table(
            ("SCOPE", "REVISION", "ID", "HASH", "NOW"),
            [
                (
                    member.revision.scope.title, member.revision.number,
                    IdKind.REVISION.short(member.revision.id),
                    short_hash(member.revision.content_hash), member.now,
                )
                for member in found.value.members
            ],
            "",
        )  # fmt: skip
    report(found.outcome, as_json=as_json, extra=found.value.as_json())


@app.command("diff")
def diff(
    context: typer.Context,
    first: Annotated[str, typer.Argument(help="Name of a data set.")],
    second: Annotated[str, typer.Argument(help="Name of another one.")],
    as_json: AsJson = False,
) -> None:
    """Show what leads from one data set to another, scope by scope."""
    store, _ = open_data_folder(context, as_json=as_json)
    found = snapshots.difference(store, first, second)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    if as_json:
        print_json({"scopes": [change.as_json() for change in found.value]})
        return
    print_table(
        ("SCOPE", "WHAT"),
        [(change.scope, change.text) for change in found.value],
        "The same revisions.",
    )


@app.command("export")
def export(
    context: typer.Context,
    name: Name,
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")],
    out: Out,
    capability: CapabilityOption = None,
    half_labelled: HalfLabelled = False,
    exclude_flag: ExcludeFlag = None,
    reviewed_only: ReviewedOnly = False,
    pictures: PicturesOption = "none",
    split: Split = None,
    keypoints: Keypoints = False,
    as_json: AsJson = False,
) -> None:
    """Export the revisions of a data set as `export` does, whatever became of them since."""
    if format_ not in FORMATS:
        bad_input(f"Format {format_!r}: one of {', '.join(FORMATS)}.", as_json=as_json)
    wanted = capability_named(capability, as_json=as_json) if capability else None
    store, _ = open_data_folder(context, as_json=as_json)
    found = snapshots.selection_of(store, name)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    options = options_of(
        found.value, wanted, half_labelled, exclude_flag, reviewed_only, pictures, split,
        keypoints, as_json,
    )  # fmt: skip
    write(store, format_, found.value, options, out, as_json)
