"""What carrying corrections onto newer prelabels would give, before it is done."""

from __future__ import annotations

from prelabel_tui.core.drafts.carrying import CarryPlan
from prelabel_tui.core.ids import IdKind
from prelabel_tui.screens.review.dialogs.conflict import runs
from prelabel_tui.screens.shared.dialogs import Dialog, pair


class CarryDialog(Dialog[bool]):
    """Counts of what is carried, and the frames to look at afterwards."""

    def __init__(self, plan: CarryPlan) -> None:
        done = plan.carried
        rows = (
            ("Carried", done.carried, "corrected or reviewed labels"),
            ("Not found", done.not_found, "kept as put by hand"),
            ("In conflict", done.conflicts, "the newer run differs from both; yours is kept"),
            ("Added by hand", done.added, ""),
            ("Deleted", done.deleted, "as you deleted them, or not in a reviewed frame"),
        )
        super().__init__(
            f"Carry corrections onto {IdKind.PRELABEL_PACK.short(plan.pack_id)}",
            [
                *(pair(name, f"{count:,}  {text}".rstrip()) for name, count, text in rows),
                pair("Look at", f"frames {runs(done.look_at)}" if done.look_at else "nothing"),
                "",
                "It becomes a new version with the new lineage; the present one stays in Versions.",
            ],
            keys=(("enter", "Carry them"), ("escape", "Cancel")),
        )

    def do_accept(self) -> None:
        """Do it."""
        self.dismiss(True)

    def do_cancel(self) -> None:
        """Leave the draft as it is."""
        self.dismiss(False)
