"""Finding a row by its id or by an unambiguous beginning of it, as people copy it from lists."""

from __future__ import annotations

from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.store import models

_SHORTEST: Final = 4
_DIGITS: Final = frozenset("0123456789abcdef")

Row = TypeVar(
    "Row",
    models.Run,
    models.LabelPack,
    models.Revision,
    models.Draft,
    models.PrelabelPack,
    models.SpotCheck,
    models.Note,
)


def require(session: Session, model: type[Row], given: str, what: str) -> Row:
    """Find the row with this id, or the only one whose id begins with it.  Refused (NOT_FOUND)."""
    row = session.get(model, given)
    if row is not None:
        return row
    found: list[Row] = []
    if len(given) >= _SHORTEST and set(given) <= _DIGITS:
        # A range, for which there is an index on every database; a pattern has none.
        query = select(model).where(model.id >= given, model.id < f"{given}g").limit(2)
        found = list(session.scalars(query))
    if len(found) == 1:
        return found[0]
    several = ": several ids begin with that" if found else ""
    raise Refused(Outcome(Code.NOT_FOUND, f"{what} {given!r}{several}."))
