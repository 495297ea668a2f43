"""`prelabel-tui fsck`: read everything, report each damage with what it affects."""

from __future__ import annotations

import re
from typing import Annotated, Final

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import bad_input, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.fsck import fsck as check
from prelabel_tui.core.text import printable

app = new_app()

_HEAD: Final = re.compile("[0-9a-f]{64}")


@app.command()
def fsck(
    context: typer.Context,
    expect_head: Annotated[
        str | None,
        typer.Option(
            help="A head of the audit log that was noted earlier: it must still be in the log.",
            metavar="HASH",
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option("--pictures", help="Read every picture again and compare its hash."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check artifacts, hashes, chains, packs, lineage, drafts and the audit log."""
    if expect_head is not None and not _HEAD.fullmatch(expect_head):
        detail = (
            f"--expect-head {printable(expect_head, 80)}: a head is 64 hex digits; copy it whole."
        )
        bad_input(detail, as_json=as_json)
    store, _ = open_data_folder(context, as_json=as_json)
    with progress() as shown:
        done = check(store, shown, expected_head=expect_head, pictures=pictures)
    if done.value is None:
        report(done.outcome, as_json=as_json)
        return
    if not as_json:
        for damage in done.value.damages:
            typer.echo(printable(damage.text), err=True)
        for note in done.value.notes:
            typer.echo(printable(note))
        typer.echo(f"head of the audit log: {done.value.head}")
        if done.value.since is not None:
            typer.echo(f"entries since the expected head: {done.value.since}")
    report(done.outcome, as_json=as_json, extra=done.value.as_json())
