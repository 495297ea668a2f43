"""The options that name a scope, and the scope they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prelabel_tui.cli.context import fail

if TYPE_CHECKING:
    from prelabel_tui.core.scopes import Scope
    from prelabel_tui.core.store import Store

Workspace = Annotated[str, typer.Option(help="Workspace of the clip.")]
Media = Annotated[str, typer.Option(help="Name of the clip in the workspace.")]
CapabilityName = Annotated[str, typer.Option("--capability", help="ball or player (or in full).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Reason = Annotated[str, typer.Option(help="Why; stands in the audit log.")]

SHORT_NAMES = {"ball": "ball_detection", "player": "player_detection"}


def scope_named(
    store: Store, workspace: str, media: str, capability: str, *, as_json: bool
) -> Scope:
    """The scope of these names; ends the program with the outcome when there is none."""
    from prelabel_tui.core.scopes import find_scope

    found = find_scope(store, workspace, media, SHORT_NAMES.get(capability, capability))
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    return found.value
