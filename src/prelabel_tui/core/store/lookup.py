"""Finding a row by its id or by an unambiguous beginning of it, as people copy it from lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.ids import IdKind, kind_and_digits, may_begin_an_id
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.store import models

_KINDS: Final[Mapping[type[models.Base], IdKind]] = {
    models.Run: IdKind.RUN,
    models.PrelabelPack: IdKind.PRELABEL_PACK,
    models.LabelPack: IdKind.LABEL_PACK,
    models.Draft: IdKind.DRAFT,
    models.Revision: IdKind.REVISION,
    models.SpotCheck: IdKind.SPOT_CHECK,
    models.Note: IdKind.NOTE,
}

Row = TypeVar(
    "Row",
    models.Run,
    models.PrelabelPack,
    models.LabelPack,
    models.Draft,
    models.Revision,
    models.SpotCheck,
    models.Note,
)


def require(session: Session, model: type[Row], given: str) -> Row:
    """Find the row with this id, or the only one whose id begins with it.

    The id may have its kind's word before it.  Refused (NOT_FOUND), which says so when it is the
    id of something else.
    """
    wanted = _KINDS[model]
    kind, digits = kind_and_digits(given)
    found = _ids(session, model, digits) if kind in (None, wanted) else []
    if len(found) == 1 and (row := session.get(model, found[0])) is not None:
        return row
    if found:
        why = ": several ids begin with that"
    elif kind is not None and kind is not wanted:
        why = f": that is a {kind.words}"
    else:
        why = _what_it_is(session, digits)
    raise Refused(Outcome(Code.NOT_FOUND, f"{wanted.words.capitalize()} {given!r}{why}."))


def _ids(session: Session, model: type[models.Base], digits: str) -> list[str]:
    """Return this id if there is a row with it; else up to two that begin so."""
    column = model.__table__.c.id
    exact = session.scalar(select(column).where(column == digits))
    if exact is not None:
        return [exact]
    if not may_begin_an_id(digits):
        return []
    # A range, for which there is an index on every database; a pattern has none.
    query = select(column).where(column >= digits, column < f"{digits}g").limit(2)
    return list(session.scalars(query))


def _what_it_is(session: Session, digits: str) -> str:
    """Say what else has this id."""
    for model, kind in _KINDS.items():
        if found := _ids(session, model, digits):
            return f": that is the {kind.words} {kind.short(found[0])}"
    return ""
