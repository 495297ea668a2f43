"""Asking for labels, in the language of :mod:`query`: ``score<0.3 and height>200``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.edits.selection import LabelTable, Rows
from prelabel_tui.core.model.label_arrays import Source, name_number
from prelabel_tui.core.model.labels import SCORE_UNIT, UNIT
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.core.triage.query import SIGNS, Vocabulary, parse_test

LABEL_HELP: Final = """\
score<0.3  width>=40  height>200  size<8  x<100  y>900   in px
frame in 120..180, or 120..180   as frames are counted, from 1
reviewed  by_hand  missing (a frame without a picture)
origin=manual  origin=derived  id=p12  track=p12
and  or  not  ( )"""


@dataclass(frozen=True)
class LabelFacts:
    """What a query can ask about the labels of a document; ``tracks`` are those of its table."""

    table: LabelTable
    tracks: Tracks | None = None


Numbers = NDArray[np.float64]


def _pixels(row: int) -> Callable[[LabelFacts], Numbers]:
    def pixels(facts: LabelFacts) -> Numbers:
        values: Numbers = facts.table.values[row] / UNIT
        return values

    return pixels


def _score(facts: LabelFacts) -> Numbers:
    score = facts.table.values[4]
    scores: Numbers = np.where(score < 0, np.nan, score / SCORE_UNIT)
    return scores


def _place(axis: int) -> Callable[[LabelFacts], Numbers]:
    """Return where labels are as lists show it: a box's corner, a ball's middle."""

    def place(facts: LabelFacts) -> Numbers:
        table = facts.table
        places: Numbers = (table.middles if table.is_ball else table.values)[axis] / UNIT
        return places

    return place


def _frame(facts: LabelFacts) -> Numbers:
    return facts.table.frame.astype(np.float64) + 1


def _is_named(facts: LabelFacts, name: str) -> Rows:
    named: Rows = facts.table.names == name_number(name)
    return named


def _is_of(facts: LabelFacts, name: str) -> Rows:
    number = None if facts.tracks is None else facts.tracks.named(name)
    if facts.tracks is None or number is None:
        return facts.table.none()
    of_track: Rows = facts.tracks.numbers(0, len(facts.table.reviewed)) == number
    return of_track


_SOURCES: Final = {kind.name.lower(): kind for kind in Source}


def _is_from(facts: LabelFacts, name: str) -> Rows:
    source: Rows = facts.table.sources == _SOURCES[name]
    return source


def _compared(values: Numbers, sign: str, wanted: float) -> Any:
    return SIGNS[sign](values, wanted) & ~np.isnan(values)


LABELS: Final = Vocabulary(
    {
        "score": _score,
        "x": _place(0),
        "y": _place(1),
        "width": _pixels(2),
        "height": _pixels(3),
        "size": _pixels(2),
        "frame": _frame,
    },
    {
        "origin": (_is_from, tuple(_SOURCES)),
        "id": (_is_named, None),
        "track": (_is_of, None),
    },
    {
        "reviewed": lambda facts: facts.table.reviewed[facts.table.frame],
        "by_hand": lambda facts: facts.table.by_hand,
        "missing": lambda facts: ~facts.table.pictured[facts.table.frame],
    },
    _compared,
)
"""The words that ask for labels."""


def parse_labels(text: str) -> Callable[[LabelFacts], Rows]:
    """Read a query for labels; it gives the rows that answer it.  QueryError."""
    test: Callable[[LabelFacts], Rows] = parse_test(text, LABELS)
    return test
