"""`prelabel-tui eligibility`: whether a revision may be used in a data set."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson, Reason, RevisionId
from prelabel_tui.core.publishing import eligibility, revisions

app = new_group("eligibility")

Version = Annotated[
    int | None,
    typer.Option(
        help="Eligibility version that you looked at (else the one it has now); another one is "
        "refused."
    ),
]


@app.command("approve")
def approve(
    context: typer.Context,
    revision_id: RevisionId,
    reason: Reason = "",
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Approve for dataset: the label pack must be lifecycle-approved and validation-passed."""
    _change(context, "approve", revision_id, reason, version, as_json)


@app.command("revoke")
def revoke(
    context: typer.Context,
    revision_id: RevisionId,
    reason: Reason = "",
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a dataset-approved revision; a reason is required."""
    _change(context, "revoke", revision_id, reason, version, as_json)


def _change(
    context: typer.Context,
    what: str,
    revision_id: str,
    reason: str,
    version: int | None,
    as_json: bool,
) -> None:
    store, actor = open_data_folder(context, as_json=as_json)
    found = revisions.revision(store, revision_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    row = found.value
    base = row.eligibility.version if version is None else version
    operation = eligibility.approve if what == "approve" else eligibility.revoke
    done = operation(store, actor, row.id, base, reason)
    extra = {} if done.value is None else {"eligibility": done.value.as_json()}
    report(done.outcome, as_json=as_json, extra=extra)
