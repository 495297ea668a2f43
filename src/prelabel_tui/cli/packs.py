"""`prelabel-tui packs`: scoped label packs, listed, submitted and decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.draft_findings import active_draft, print_findings
from prelabel_tui.cli.scope_options import (
    AsJson,
    CapabilityName,
    Media,
    Reason,
    Workspace,
    scope_named,
)
from prelabel_tui.cli.table import print_table
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core import publishing
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.times import iso

app = new_group("packs")

PackId = Annotated[str, typer.Argument(help="Id of the pack, or an unambiguous beginning of it.")]
Version = Annotated[
    int | None,
    typer.Option(
        help="Version of the row that you looked at (else the one it has now); another one is "
        "refused."
    ),
]


@app.command("list")
def list_packs(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Only those that Publish pack offers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the Scoped label packs of one scope, newest first."""
    store, _ = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    rows = packs.candidates(store, scope) if candidates else packs.packs(store, scope)
    if as_json:
        print_json({"packs": [row.as_json() for row in rows]})
        return
    print_table(
        ("PACK", "SOURCE", "LABELS", "VALIDATION", "REVIEW", "LIFECYCLE", "VERSION", "CREATED"),
        [
            (
                IdKind.LABEL_PACK.short(row.id), row.source, row.label_count, row.validation_status,
                row.review_status, row.lifecycle, row.version,
                f"{iso(row.created_at)} {row.created_by}",
            )
            for row in rows
        ],
        "No label packs in this scope.",
    )  # fmt: skip


@app.command("submit")
def submit(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    version: Annotated[
        int | None,
        typer.Option(help="Version of the draft that was reviewed (else the newest)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Submit the active draft of a scope for approval: it becomes a pending pack."""
    store, actor = open_data_folder(context, as_json=as_json)
    draft = active_draft(store, workspace, media, capability, as_json=as_json)
    reviewed = draft.version if version is None else version
    with progress() as shown:
        done = publishing.submit(store, actor, draft.id, reviewed, shown)
    extra: dict[str, object] = {}
    if done.value is not None and done.value.findings is not None and not as_json:
        print_findings(done.value.findings, err=True)
    if done.value is not None and done.value.pack is not None:
        extra["pack"] = done.value.pack.as_json()
    report(done.outcome, as_json=as_json, extra=extra)


@app.command("approve")
def approve(
    context: typer.Context,
    pack_id: PackId,
    reason: Reason = "",
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Approve a pack: validation_status = passed and review_status != approved."""
    _decide(context, packs.approve, pack_id, version, as_json, reason)


@app.command("reject")
def reject(
    context: typer.Context,
    pack_id: PackId,
    reason: Reason = "",
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Reject a pack."""
    _decide(context, packs.reject, pack_id, version, as_json, reason)


@app.command("retire")
def retire(
    context: typer.Context,
    pack_id: PackId,
    reason: Reason = "",
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Retire a pack: its revisions can no longer be approved for a dataset."""
    _decide(context, packs.retire, pack_id, version, as_json, reason)


@app.command("validate")
def validate(
    context: typer.Context, pack_id: PackId, version: Version = None, as_json: AsJson = False
) -> None:
    """Judge a pack again by the workspace's present thresholds."""
    _decide(context, packs.revalidate, pack_id, version, as_json)


def _decide(
    context: typer.Context,
    operation: Callable[..., Result[PackRow]],
    pack_id: str,
    version: int | None,
    as_json: bool,
    *arguments: Any,
) -> None:
    store, actor = open_data_folder(context, as_json=as_json)
    found = packs.pack(store, pack_id)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    base = found.value.version if version is None else version
    done = operation(store, actor, found.value.id, base, *arguments)
    extra = {} if done.value is None else {"pack": done.value.as_json()}
    report(done.outcome, as_json=as_json, extra=extra)
