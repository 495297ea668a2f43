"""The options that name a scope, and the scope they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from prelabel_tui.cli.context import bad_input, fail
from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import Store

Workspace = Annotated[str, typer.Option(help="Workspace of the clip.")]
Media = Annotated[str, typer.Option(help="Name of the clip in the workspace.")]
CapabilityName = Annotated[str, typer.Option("--capability", help="ball or player (or in full).")]
RevisionId = Annotated[
    str, typer.Argument(help="Id of the revision, or an unambiguous beginning of it.")
]
CapabilityOption = Annotated[
    str | None, typer.Option("--capability", help="Only ball or player (or in full).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Reason = Annotated[str, typer.Option(help="Why; the audit log keeps it.")]

CAPABILITIES: Final[Mapping[str, Capability]] = {
    "ball": Capability.BALL,
    "player": Capability.PLAYER,
    **{capability.value: capability for capability in Capability},
}
"""What a capability may be called on the command line."""


def capability_named(given: str, *, as_json: bool) -> Capability:
    """Find the capability of this name; end the program with INPUT_INVALID when there is none."""
    if given not in CAPABILITIES:
        bad_input(f"Capability {given!r}: one of {', '.join(CAPABILITIES)}.", as_json=as_json)
    return CAPABILITIES[given]


def scope_named(
    store: Store, workspace: str, media: str, capability: str, *, as_json: bool
) -> Scope:
    """Find the scope of these names; end the program with the outcome when there is none."""
    wanted = capability_named(capability, as_json=as_json)
    found = find_scope(store, workspace, media, wanted)
    if found.value is None:
        fail(found.outcome, as_json=as_json)
    return found.value
