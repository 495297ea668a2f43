"""A scope of the series in full: its draft, its latest revision, where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from prelabel_tui.core.drafts.presence import Present
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import second
from prelabel_tui.core.triage.scope_queue import QueuedScope
from prelabel_tui.core.triage.series import SeriesRow
from prelabel_tui.core.validation import Findings
from prelabel_tui.screens.ops.standing_text import standing_rows


def details_rows(
    series: SeriesRow, queued: QueuedScope | None, found: Findings | str | None
) -> list[tuple[str, str]]:
    """Return (name, value) rows; ``found``: what is open in the draft, or why that is unknown."""
    draft, latest = series.draft, series.latest
    rows = [("Scope", series.scope.title)]
    if queued is not None:
        rows.append(("Doubt", queued.suspicion.text))
    rows += standing_rows(series.standing)
    if draft is None:
        rows.append(("Active draft", "none"))
    else:
        rows += [
            ("Lineage", draft.lineage.full),
            ("Active draft", draft.id),
            ("Draft version", f"{draft.version} by {draft.updated_by}"),
            ("Draft saved", second(draft.updated_at)),
            ("Draft content", draft.content_hash),
        ]
        if series.there:
            rows.append(("Open now", _since(series.there)))
        if found is not None:
            text = found if isinstance(found, str) else found.summary
            rows.append(("Open findings", text))
    if latest is None:
        rows.append(("Latest revision", "none"))
    else:
        rows += [
            ("Latest revision", f"r{latest.number}, {latest.diff.text}"),
            ("Content hash", latest.content_hash),
            ("Revision lineage", latest.lineage.full),
            ("Published", f"{second(latest.provenance.published_at)} by "
             f"{latest.provenance.published_by}"),
            ("Eligibility", f"{latest.eligibility.status} v{latest.eligibility.version}"),
        ]  # fmt: skip
    return rows


def _since(there: Sequence[Present]) -> str:
    """Return everybody who has a draft open, and since when."""
    return ", ".join(f"{printable(who.user)} {second(who.since)}" for who in there)
