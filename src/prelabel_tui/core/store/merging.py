"""One page out of several ranges of an index, each already in the order wanted.

A filter that an index has further back than the order, or that takes several values, makes a
database sort everything that matches.  Asked for each value separately, it reads one page of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Select, select, union_all


def newest_of(
    ranges: Iterable[Select[*tuple[Any, ...]]], order: Sequence[str], limit: int
) -> CompoundSelect[*tuple[Any, ...]]:
    """Read the ``limit`` greatest rows by ``order`` (columns of every range), descending."""
    parts = []
    for chosen in ranges:
        down = [chosen.selected_columns[name].desc() for name in order]
        parts.append(select(chosen.order_by(*down).limit(limit).subquery()))
    whole = union_all(*parts)
    return whole.order_by(*(whole.selected_columns[name].desc() for name in order)).limit(limit)
