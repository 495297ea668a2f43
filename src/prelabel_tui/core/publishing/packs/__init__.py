"""Scoped label packs: candidates for publishing, approved by people."""

from prelabel_tui.core.publishing.packs.decisions import approve, reject, retire, revalidate
from prelabel_tui.core.publishing.packs.making import (
    PackValidation,
    add_pack,
    add_run_pack,
    pack_validation,
    summary_of,
)
from prelabel_tui.core.publishing.packs.rows import (
    Lifecycle,
    PackRow,
    Review,
    Source,
    Validation,
    candidates,
    candidates_in,
    held_in,
    pack,
    packs,
    row_of,
)

__all__ = [
    "Lifecycle",
    "PackRow",
    "PackValidation",
    "Review",
    "Source",
    "Validation",
    "add_pack",
    "add_run_pack",
    "approve",
    "candidates",
    "candidates_in",
    "held_in",
    "pack",
    "pack_validation",
    "packs",
    "reject",
    "retire",
    "revalidate",
    "row_of",
    "summary_of",
]
