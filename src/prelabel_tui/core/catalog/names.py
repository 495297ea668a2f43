"""Names of workspaces and clips to choose from: however many there are, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.store import models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Kind(StrEnum):
    """What has the names."""

    WORKSPACE = "workspace"
    MEDIA = "media"


_NAME: Final = {Kind.WORKSPACE: models.Workspace.name, Kind.MEDIA: models.Media.name}


@dataclass(frozen=True)
class NamesPage:
    """Names in order, each once; ``further``: there are more after them."""

    names: tuple[str, ...]
    further: bool


def names(
    store: Store,
    kind: Kind,
    workspace: str | None = None,
    *,
    wanted: str = "",
    after: str | None = None,
    limit: int = 100,
) -> NamesPage:
    """Read up to ``limit`` names that have ``wanted`` in them and follow ``after``.

    ``workspace``: only clips of this one.
    """
    query, name = _all(kind, workspace), _NAME[kind]
    if wanted:
        query = query.where(name.icontains(wanted, autoescape=True))
    if after is not None:
        query = query.where(name > after)
    with store.read() as session:
        found = session.scalars(query.distinct().order_by(name).limit(limit + 1)).all()
    return NamesPage(tuple(found[:limit]), len(found) > limit)


def known_name(store: Store, kind: Kind, name: str, workspace: str | None = None) -> str | None:
    """Find a name as it is written, whatever the case of what was typed; None if unknown."""
    query, column = _all(kind, workspace), _NAME[kind]
    with store.read() as session:
        exact = session.scalar(query.where(column == name).limit(1))
        if exact is not None:
            return exact
        return session.scalar(
            query.where(func.lower(column) == func.lower(name)).order_by(column).limit(1)
        )


def require_names(session: Session, workspaces: Sequence[str], media: str | None) -> None:
    """Refuse with NOT_FOUND what no workspace, or no clip in these workspaces, is called.

    Else one wrong name among several would narrow a choice without a word.
    """
    for workspace in workspaces:
        if session.scalar(_all(Kind.WORKSPACE, None).where(_NAME[Kind.WORKSPACE] == workspace)):
            continue
        raise Refused(Outcome(Code.NOT_FOUND, f"Workspace {workspace!r}."))
    of: Sequence[str | None] = workspaces or (None,)
    if media is not None and not any(
        session.scalar(_all(Kind.MEDIA, workspace).where(_NAME[Kind.MEDIA] == media).limit(1))
        for workspace in of
    ):
        raise Refused(Outcome(Code.NOT_FOUND, f"Media {media!r}."))


def _all(kind: Kind, workspace: str | None) -> Select[str]:
    """Make the query for all names of a kind."""
    query = select(_NAME[kind])
    if kind is Kind.MEDIA:
        query = query.where(models.Media.removed_at.is_(None))
    if workspace is not None:
        of = select(models.Workspace.id).where(models.Workspace.name == workspace)
        query = query.where(models.Media.workspace_id == of.scalar_subquery())
    return query
