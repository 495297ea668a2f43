"""Matching few with few at the least cost: exactly, or where many are in a heap nearest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_EXACTLY: Final = 16
"""Rows or columns that are matched exactly; the time grows with the third power."""


def match(cost: NDArray[np.float64], most: float) -> list[tuple[int, int]]:
    """Match rows with columns so that as much as can be is saved; only pairs below ``most`` count.

    A pair saves ``most`` less its cost.  Each row and column is matched once at most; of equal
    matchings the same one is always taken.
    """
    if not cost.size:
        return []
    best = cost.argmin(axis=1)
    rows = np.flatnonzero(cost[np.arange(len(best)), best] < most).tolist()
    wanted = best[rows].tolist()
    if len(set(wanted)) == len(wanted):
        return list(zip(rows, wanted, strict=True))
    table = (most - cost).tolist()
    fits = {row: [c for c, saved in enumerate(table[row]) if saved > 0] for row in rows}
    pairs: list[tuple[int, int]] = []
    for some, targets in _clusters(fits):
        if 1 < min(len(some), len(targets)) <= _EXACTLY:
            chosen = _cheapest([[min(0.0, -table[r][c]) for c in targets] for r in some])
            pairs += [
                (r, targets[c])
                for r, c in zip(some, chosen, strict=True)
                if c is not None and table[r][targets[c]] > 0
            ]
        else:
            pairs += _nearest_first(table, some, targets)
    return sorted(pairs)


def _nearest_first(
    table: Sequence[Sequence[float]], rows: Sequence[int], columns: Sequence[int]
) -> list[tuple[int, int]]:
    """Match the pair that saves most, then the next of what is left: the best for one with some."""
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    done: set[int] = set()
    for saved, row, column in sorted((-table[r][c], r, c) for r in rows for c in columns):
        if saved < 0 and row not in done and column not in taken:
            pairs.append((row, column))
            done.add(row)
            taken.add(column)
    return pairs


def _clusters(fits: dict[int, list[int]]) -> list[tuple[list[int], list[int]]]:
    """Part rows and columns into those that have to do with each other."""
    owners: dict[int, list[int]] = {}
    for row, several in fits.items():
        for column in several:
            owners.setdefault(column, []).append(row)
    found: list[tuple[list[int], list[int]]] = []
    seen: set[int] = set()
    for first in fits:
        if first in seen:
            continue
        seen.add(first)
        rows = [first]
        columns: set[int] = set()
        for row in rows:  # grows on the way
            for column in fits[row]:
                if column not in columns:
                    columns.add(column)
                    more = [other for other in owners[column] if other not in seen]
                    seen.update(more)
                    rows += more
        found.append((sorted(rows), sorted(columns)))
    return found


def _cheapest(cost: Sequence[Sequence[float]]) -> list[int | None]:
    """Return the column of each row in the cheapest matching of them all (the Hungarian method).

    Of more rows than columns some have none.
    """
    if len(cost) > len(cost[0]):
        turned: list[int | None] = [None] * len(cost)
        for column, row in enumerate(_cheapest(list(zip(*cost, strict=True)))):
            assert row is not None
            turned[row] = column
        return turned
    height, width = len(cost), len(cost[0])
    row_price, column_price = [0.0] * (height + 1), [0.0] * (width + 1)
    owner, way = [0] * (width + 1), [0] * (width + 1)
    for row in range(1, height + 1):
        owner[0], column = row, 0
        least, used = [math.inf] * (width + 1), [False] * (width + 1)
        while owner[column]:
            used[column] = True
            here, lowest, following = owner[column], math.inf, 0
            for other in range(1, width + 1):
                if used[other]:
                    continue
                price = cost[here - 1][other - 1] - row_price[here] - column_price[other]
                if price < least[other]:
                    least[other], way[other] = price, column
                if least[other] < lowest:
                    lowest, following = least[other], other
            for other in range(width + 1):
                if used[other]:
                    row_price[owner[other]] += lowest
                    column_price[other] -= lowest
                else:
                    least[other] -= lowest
            column = following
        while column:
            owner[column] = owner[way[column]]
            column = way[column]
    chosen: list[int | None] = [None] * height
    for column in range(1, width + 1):
        if owner[column]:
            chosen[owner[column] - 1] = column - 1
    return chosen
