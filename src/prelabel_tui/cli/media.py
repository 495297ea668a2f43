"""`prelabel-tui media`: removing a clip, and pointing one at pictures that moved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.confirming import Reason, Yes, confirm
from prelabel_tui.cli.context import bad_input, fail, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.waiting import progress
from prelabel_tui.core.ingest.relocation import clip_manifest, relocate_media
from prelabel_tui.core.ingest.removal import remove_media
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.imaging.frames.moved import moved
from prelabel_tui.imaging.frames.probe import ProbeError

app = new_group("media")

Workspace = Annotated[str, typer.Argument(help="Workspace of the clip.")]
Media = Annotated[str, typer.Argument(help="Name of the clip.")]


@app.command("remove")
def remove(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    reason: Reason,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Hide a clip and its runs; not one that has revisions or an active draft (admins)."""
    store, actor = open_data_folder(context, as_json=as_json)
    found = clip_manifest(store, workspace, media)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    confirm(f"Hide {workspace} / {media} and its runs for everybody?", yes, as_json=as_json)
    report(remove_media(store, actor, workspace, media, reason), as_json=as_json)


@app.command("relocate")
def relocate(
    context: typer.Context,
    workspace: Workspace,
    media: Media,
    place: Annotated[Path, typer.Argument(help="Folder of the pictures, or the video, now.")],
    as_json: AsJson = False,
) -> None:
    """Read a clip's pictures from another place, if they are the same (leads)."""
    store, actor = open_data_folder(context, as_json=as_json)
    found = clip_manifest(store, workspace, media)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    try:
        with progress() as shown:
            now = moved(found.value, place, shown)
            outcome = relocate_media(store, actor, workspace, media, found.value, now, shown)
    except ProbeError as error:
        bad_input(str(error), as_json=as_json)
    except Cancelled:
        fail(Outcome(Code.IMPORT_CANCELLED), as_json=as_json)
    report(outcome, as_json=as_json)
