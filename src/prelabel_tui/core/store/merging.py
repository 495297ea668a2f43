"""One page out of several ranges of an index, each already in the order wanted.

A filter that an index has further back than the order, or that takes several values, makes a
database sort everything that matches.  Asked for each value separately, it reads one page of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    UnaryExpression,
    asc,
    desc,
    select,
    union_all,
)


def newest_of(
    ranges: Iterable[Select[*tuple[Any, ...]]], order: Sequence[str], limit: int
) -> CompoundSelect[*tuple[Any, ...]]:
    """Read the ``limit`` greatest rows by ``order`` (columns of every range), descending."""
    return _page_of(ranges, order, limit, desc)


def first_of(
    ranges: Iterable[Select[*tuple[Any, ...]]], order: Sequence[str], limit: int
) -> CompoundSelect[*tuple[Any, ...]]:
    """Read the ``limit`` least rows by ``order`` (columns of every range), ascending."""
    return _page_of(ranges, order, limit, asc)


def _page_of(
    ranges: Iterable[Select[*tuple[Any, ...]]],
    order: Sequence[str],
    limit: int,
    way: Callable[[ColumnElement[Any]], UnaryExpression[Any]],
) -> CompoundSelect[*tuple[Any, ...]]:
    parts = []
    for chosen in ranges:
        by = [way(chosen.selected_columns[name]) for name in order]
        parts.append(select(chosen.order_by(*by).limit(limit).subquery()))
    whole = union_all(*parts)
    return whole.order_by(*(way(whole.selected_columns[name]) for name in order)).limit(limit)
