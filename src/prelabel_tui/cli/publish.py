"""`prelabel-tui publish`: the active draft of a scope becomes a revision; breaking its lock."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.confirming import Reason, Yes, confirm
from prelabel_tui.cli.context import bad_input, fail, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.draft_findings import active_draft, print_findings
from prelabel_tui.cli.scope_options import AsJson, CapabilityName, Media, Workspace, scope_named
from prelabel_tui.cli.table import print_table
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core import publishing as core
from prelabel_tui.core.publishing import Preview
from prelabel_tui.core.publishing.locks import break_lock, find_lock

Version = Annotated[
    int | None,
    typer.Option(help="Version of the draft that was reviewed (else the newest)."),
]


app = new_group("publish", alone=True)


@app.callback()
def publish(
    context: typer.Context,
    workspace: Annotated[str, typer.Option(help="Workspace of the clip.")] = "",
    media: Annotated[str, typer.Option(help="Name of the clip in the workspace.")] = "",
    capability: Annotated[str, typer.Option(help="ball or player (or in full).")] = "",
    version: Version = None,
    pack: Annotated[
        str | None,
        typer.Option(
            help="Approved pack to use (else the newest; the first publish of a scope makes it)."
        ),
    ] = None,
    override: Annotated[
        str | None, typer.Option(help="Override warnings, with this reason (leads).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be published; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the reviewed draft of a scope as an immutable revision."""
    if context.invoked_subcommand is not None:
        return
    if not (workspace and media and capability):
        bad_input("publish needs --workspace, --media and --capability.", as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    draft = active_draft(store, workspace, media, capability, as_json=as_json)
    if dry_run:
        with progress() as shown:
            seen = core.preview(store, actor, draft.id, version, shown)
        if seen.value is None:
            fail(seen.outcome, as_json=as_json)
        _show(seen.value, as_json)
        return
    with progress() as shown:
        done = core.publish(
            store,
            actor,
            draft.id,
            draft.version if version is None else version,
            pack_id=pack,
            override_reason=override,
            progress=shown,
        )
    if done.value is not None and done.value.findings is not None and not as_json:
        print_findings(done.value.findings, err=True)
    extra: dict[str, object] = {}
    if done.value is not None and done.value.revision is not None:
        extra["revision"] = done.value.revision.as_json()
    report(done.outcome, as_json=as_json, extra=extra)


@app.command("unlock")
def unlock(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    capability: CapabilityName,
    reason: Reason,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Break the publish lock of a scope, whose holder is gone (admins)."""
    store, actor = open_data_folder(context, as_json=as_json)
    scope = scope_named(store, workspace, media, capability, as_json=as_json)
    found = find_lock(store, scope)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    lock = found.value
    confirm(f"{lock.text}\nBreak the publish lock of {scope.title}?", yes, as_json=as_json)
    report(break_lock(store, actor, scope, lock.token, reason), as_json=as_json)


def _show(seen: Preview, as_json: bool) -> None:
    if as_json:
        print_json(seen.as_json())
        return
    if seen.pack is not None:
        pack = seen.pack.id
    else:
        pack = "made by this first publish" if seen.first_publish else "none is approved"
    flags = ", ".join(f"{flag} {count}" for flag, count in seen.counts.flags.items())
    print_table(
        ("WHAT", "VALUE"),
        [
            ("Draft", f"{seen.draft.scope.title}, version {seen.draft.version}"),
            ("Source lineage", seen.draft.lineage.full),
            *seen.told,
            ("Flags", flags or "none"),
            ("Publish pack", pack),
            ("Latest revision", seen.latest.number if seen.latest else "none"),
            ("Diff", seen.diff.text),
            ("Findings", seen.findings.summary),
            ("Content hash", seen.content_hash),
            ("Would answer", seen.outlook.code),
        ],
        "",
    )
    print_findings(seen.findings, err=False)
