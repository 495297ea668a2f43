"""Publish locks that were left behind: by holders that died, or by clocks that were wrong."""

from __future__ import annotations

from sqlalchemy.orm import Session

from prelabel_tui.core.fsck.references import References
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.publishing.locks import read_locks


def stale_locks(session: Session, references: References) -> tuple[list[Damage], list[str]]:
    """Find the locks that keep a scope from being published, and name those that do no harm."""
    damages, notes = [], []
    for lock in read_locks(session):
        title = references.title(lock.media_id, lock.capability)
        if lock.skewed:
            affects = (f"publishing {title}",)
            damages.append(Damage(f"publish lock of {title}", lock.text, affects))
        elif lock.expired:
            notes.append(f"publish lock of {title}: {lock.text}")
    return damages, notes
