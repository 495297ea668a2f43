"""A scope: the (workspace, media, capability) that drafts, packs and revisions belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store import gives_result, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class Scope:
    """One scope.  Its ids identify it; its names are for people."""

    workspace_id: str
    workspace: str
    media_id: str
    media: str
    capability: Capability

    @property
    def title(self) -> str:
        """`workspace / media / capability`."""
        return f"{self.workspace} / {self.media} / {self.capability}"


def scope_of(session: Session, media_id: str, capability: Capability | str) -> Scope:
    """Read the scope of a media that is known to exist."""
    row = session.execute(
        select(models.Workspace.id, models.Workspace.name, models.Media.name)
        .join(models.Media, models.Media.workspace_id == models.Workspace.id)
        .where(models.Media.id == media_id)
    ).one()
    return Scope(row[0], row[1], media_id, row[2], Capability(capability))


def scope_in(row: Row[Any]) -> Scope:
    """Take the scope from a row that has its columns, names as ``workspace`` and ``media``."""
    return Scope(
        row.workspace_id, row.workspace, row.media_id, row.media, Capability(row.capability)
    )


def find_media(session: Session, workspace: str, media: str) -> models.Media:
    """Find the clip of these names, as a person typed them.  Refused (NOT_FOUND)."""
    found = session.scalar(
        select(models.Media)
        .join(models.Workspace, models.Media.workspace_id == models.Workspace.id)
        .where(models.Workspace.name == workspace, models.Media.name == media)
    )
    if found is None or found.removed_at is not None:
        raise Refused(Outcome(Code.NOT_FOUND, f"Media {media!r} in workspace {workspace!r}."))
    return found


@gives_result
def find_scope(
    store: Store, workspace: str, media: str, capability: Capability | str
) -> Result[Scope]:
    """Find the scope of these names, as a person typed them.  NOT_FOUND, INPUT_INVALID."""
    try:
        wanted = Capability(capability)
    except ValueError:
        choices = ", ".join(Capability)
        return Result(Outcome(Code.INPUT_INVALID, f"Capability {capability!r}: one of {choices}."))
    with store.read() as session:
        media_id = find_media(session, workspace, media).id
        return Result(Outcome(Code.OK), scope_of(session, media_id, wanted))
