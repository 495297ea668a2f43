"""A small clip with labels, and its import."""

from __future__ import annotations

from typing import Any

from prelabel_tui.core.catalog.runs import RunRow
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Box, Capability, make_frame
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.store import Store

CLIP = Manifest(tuple(MediaFrame(f"{i}.jpg", 100, 50, path=f"/p/{i}.jpg") for i in range(3)))
BALLS = Document.from_frames(
    Capability.BALL, [make_frame([Ball("b1", 100 * i, 200, 600, 9000)]) for i in range(3)]
)
PLAYERS = Document.from_frames(
    Capability.PLAYER, [make_frame([Box("p1", 100, 200, 300, 600, 9000)]) for _ in range(3)]
)
BOTH = {Capability.BALL: BALLS, Capability.PLAYER: PLAYERS}


def bring(store: Store, actor: Actor, **changes: Any) -> Result[RunRow]:
    given: dict[str, Any] = {
        "workspace": "arena",
        "media": "clip-1",
        "manifest": CLIP,
        "documents": BOTH,
        "source": "mot",
    }
    return import_run(store, actor, **{**given, **changes})
