"""Names of workspaces and clips to choose from: however many there are, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select

from prelabel_tui.core.store import models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Kind(StrEnum):
    """What has the names."""

    WORKSPACE = "workspace"
    MEDIA = "media"


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
    query = _all(kind, workspace)
    (name,) = query.selected_columns
    if wanted:
        query = query.where(name.icontains(wanted, autoescape=True))
    if after is not None:
        query = query.where(name > after)
    with store.read() as session:
        found = session.scalars(query.distinct().order_by(name).limit(limit + 1)).all()
    return NamesPage(tuple(found[:limit]), len(found) > limit)


def known_name(store: Store, kind: Kind, name: str, workspace: str | None = None) -> str | None:
    """Find a name as it is written, whatever the case of what was typed; None if unknown."""
    query = _all(kind, workspace)
    (column,) = query.selected_columns
    with store.read() as session:
        exact = session.scalar(query.where(column == name).limit(1))
        if exact is not None:
            return exact
        return session.scalar(
            query.where(func.lower(column) == func.lower(name)).order_by(column).limit(1)
        )


def _all(kind: Kind, workspace: str | None) -> Select[str]:
    """Make the query for all names of a kind."""
    if kind is Kind.WORKSPACE:
        return select(models.Workspace.name)
    query = select(models.Media.name).where(models.Media.removed_at.is_(None))
    if workspace is not None:
        of = select(models.Workspace.id).where(models.Workspace.name == workspace)
        query = query.where(models.Media.workspace_id == of.scalar_subquery())
    return query
