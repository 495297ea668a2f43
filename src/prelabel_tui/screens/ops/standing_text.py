"""Where a scope stands, as the lists write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from prelabel_tui.core.text import counted, printable
from prelabel_tui.core.times import second

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.standings import Standing
    from prelabel_tui.core.drafts.presence import Present


def whose(standing: Standing, variables: Mapping[str, str]) -> Text:
    """Return `✓ rui`: ready, and whose it is; empty when it is nobody's and not ready."""
    text = Text("✓ " if standing.ready else "", variables.get("success", ""))
    if standing.assigned_to is not None:
        text.append(printable(standing.assigned_to), variables.get("accent", ""))
    return text


def in_there(there: Sequence[Present], me: str, variables: Mapping[str, str]) -> Text:
    """Return `● rui `: who else has a draft open; empty when nobody has."""
    present = [who.user for who in there if who.user != me]
    names = ", ".join(dict.fromkeys(printable(name, 16) for name in present))
    return Text(f"● {names} ", variables.get("accent", "")) if names else Text()


def standing_rows(standing: Standing) -> list[tuple[str, str]]:
    """Return (name, value) rows for the details."""
    rows = []
    if standing.content_hash is not None:
        text = f"{standing.reviewed:,} of {counted(standing.frames, 'frame')}"
        if standing.left_out:
            text += f", {standing.left_out:,} left out"
        rows += [("Reviewed", text), ("Flagged", counted(standing.flagged, "frame"))]
    rows.append(("Assigned to", standing.assigned_to or "nobody"))
    if standing.ready and standing.said_at is not None:
        since = f"since {second(standing.said_at)}, by {standing.said_by}"
        rows.append(("Ready", f"{since}: {standing.note}" if standing.note else since))
    else:
        rows.append(("Ready", "no"))
    return rows
