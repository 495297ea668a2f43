"""The end of the tour: the errors against the truth, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Result
from prelabel_tui.demo.home import WORKSPACE
from prelabel_tui.screens.shared.dialogs import Dialog
from prelabel_tui.tour.score import OFF_PX, Score, score

if TYPE_CHECKING:
    from prelabel_tui.core.model.document import Document
    from prelabel_tui.core.store import Store
    from prelabel_tui.demo import DemoMatch

Scores = Mapping[Capability, tuple[Score, Score]]
"""Of each capability, the prelabels' errors and those of what was made of them."""

_NAMES = {Capability.BALL: "Ball", Capability.PLAYER: "Players"}


def read_scores(store: Store, match: DemoMatch, media: str) -> Result[Scores]:
    """Compare what was published, else the draft, else the prelabels, with the truth.

    NOT_FOUND, storage codes.
    """
    from prelabel_tui.core.catalog.scopes import find_scope  # the database, after first paint
    from prelabel_tui.core.drafts import loading
    from prelabel_tui.core.publishing import revisions
    from prelabel_tui.core.store import attempt

    def made(capability: Capability) -> Document:
        scope = find_scope(store, WORKSPACE, media, capability).unwrap()
        if published := revisions.history(store, scope, limit=1):
            return revisions.load(store, published[0].id).unwrap().document
        draft = loading.active_draft(store, scope)
        if draft is not None:
            return loading.load(store, draft.id).unwrap().document
        return match.prelabels[capability]

    def read() -> Scores:
        return {
            capability: (
                score(match.prelabels[capability], match.truth[capability]),
                score(made(capability), match.truth[capability]),
            )
            for capability in Capability
        }

    return attempt(read)


def lines_of(scores: Scores) -> list[str]:
    """Return the table: a line for each kind of error, before and now."""
    lines = [f"{'':33}{'the model':>10}{'you':>10}"]
    for capability, (before, now) in scores.items():
        name = _NAMES[capability]
        rows = (
            (f"{name}: median error", f"{before.median:.1f} px", f"{now.median:.1f} px"),
            (f"{name}: off by more than {OFF_PX:g} px", f"{before.off:,}", f"{now.off:,}"),
            (f"{name}: missed", f"{before.missed:,}", f"{now.missed:,}"),
            (f"{name}: nothing is there", f"{before.false:,}", f"{now.false:,}"),
        )
        lines += [f"{what:33}{one:>10}{two:>10}" for what, one, two in rows]
    return lines


class ResultDialog(Dialog[None]):
    """What the tour changed, measured against the demo's truth."""

    def __init__(self, scores: Scores) -> None:
        table = [Text(line, "bold" if not at else "") for at, line in enumerate(lines_of(scores))]
        super().__init__("What you changed, against the truth", table, keys=(("enter", "Close"),))

    def do_accept(self) -> None:
        """Close."""
        self.dismiss(None)
