"""The clip of the tour: a demo match whose detector puts every player's box beside the player."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box, Capability, Label, make_frame
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.publishing.revision_rows import APPROVED
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.demo import DemoMatch, make_match
from prelabel_tui.demo.home import WORKSPACE, import_demo

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.runs import RunRow
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_BESIDE: Final = (6 * UNIT, -4 * UNIT)
"""Where each box is from its player (right, up): a fault that is mended by the hundred."""


def media_of(number: int) -> str:
    """Return the name of the clip of a tour."""
    return f"tour-{number}"


def tour_match(number: int) -> DemoMatch:
    """Return the match of a tour, the same each time."""
    match = make_match(number)
    players = match.prelabels[Capability.PLAYER]
    limits = match.width * UNIT, match.height * UNIT
    beside = Document.from_frames(
        Capability.PLAYER,
        [
            make_frame([_beside(label, limits) for label in frame.labels], frame.flags, frame.ball)
            for frame in players
        ],
    )
    return dataclasses.replace(match, prelabels={**match.prelabels, Capability.PLAYER: beside})


def _beside(label: Label, limits: tuple[int, int]) -> Label:
    assert isinstance(label, Box)
    x = min(max(0, label.x + _BESIDE[0]), limits[0] - label.w)
    y = min(max(0, label.y + _BESIDE[1]), limits[1] - label.h)
    return Box(label.id, x, y, label.w, label.h, label.score)


def next_tour(store: Store) -> int:
    """Return the number of the tour that goes on, or else begins: the first one not finished."""
    number = 1
    while _finished(store, number):
        number += 1
    return number


def _finished(store: Store, number: int) -> bool:
    scope = find_scope(store, WORKSPACE, media_of(number), Capability.PLAYER).value
    if scope is None:
        return False
    return any(row.eligibility.status == APPROVED for row in history(store, scope))


def import_tour(
    store: Store, actor: Actor, number: int, folder: Path, progress: Progress = unwatched
) -> Result[RunRow]:
    """Draw the pictures that are missing in ``folder``, and import the tour's clip.

    As :func:`import_demo`.
    """
    match = tour_match(number)
    return import_demo(store, actor, match, folder, progress, media=media_of(number))
