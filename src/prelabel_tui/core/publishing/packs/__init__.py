"""Scoped label packs: candidates for publishing, approved by people."""

from prelabel_tui.core.publishing.packs.decisions import approve, reject, retire, revalidate
from prelabel_tui.core.publishing.packs.making import (
    PackValidation,
    add_pack,
    add_run_pack,
    draft_validation,
    pack_validation,
    summary_of,
)
from prelabel_tui.core.publishing.packs.rows import (
    Lifecycle,
    PackRow,
    Review,
    Source,
    Validation,
    approval_required,
    candidates,
    candidates_in,
    decided_in,
    held_in,
    pack,
    packs,
    row_in_scope,
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
    "approval_required",
    "approve",
    "candidates",
    "candidates_in",
    "decided_in",
    "draft_validation",
    "held_in",
    "pack",
    "pack_validation",
    "packs",
    "reject",
    "retire",
    "revalidate",
    "row_in_scope",
    "row_of",
    "summary_of",
]
