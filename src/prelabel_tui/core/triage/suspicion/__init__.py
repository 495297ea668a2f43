"""Which frames to look at first, and why: from what the labels themselves show."""

from __future__ import annotations

from prelabel_tui.core.triage.suspicion.ranking import (
    Entry,
    Profile,
    Ranking,
    Reason,
    ScopeSuspicion,
    scope_suspicion,
)

__all__ = ["Entry", "Profile", "Ranking", "Reason", "ScopeSuspicion", "scope_suspicion"]
