"""The findings of a draft's version, worked out once for each content and set of thresholds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache, cached
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.standings import put_content, put_findings, standing_of
from prelabel_tui.core.catalog.workspaces import stored_settings
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.loading import LoadedDraft, load
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import FAILURES, gives_result, models
from prelabel_tui.core.validation import Findings, Settings, Validator, validate

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_KEPT: Final = 64

_workspaces: Final = models.Base.metadata.tables[models.Workspace.__tablename__]
_sources: Final = models.Base.metadata.tables[models.PrelabelPack.__tablename__]
_STANDARD: Final = (
    select(_workspaces.c.settings, _sources.c.label_count)
    .join_from(_workspaces, _sources, _sources.c.id == bindparam("pack_id"), isouter=True)
    .where(_workspaces.c.id == bindparam("workspace_id"))
)


@dataclass(frozen=True)
class Standard:
    """What a draft is judged by.

    The thresholds of its workspace, and the number of labels of the prelabel pack that it came
    from (None for others).
    """

    settings: Settings
    source_labels: int | None


def standard_of(session: Session, info: DraftInfo) -> Standard:
    """Read what a draft is judged by now."""
    names = {"workspace_id": info.scope.workspace_id, "pack_id": info.lineage.pack_id}
    settings, labels = session.connection().execute(_STANDARD, names).one()
    return Standard(stored_settings(settings), labels)


def _judged(loaded: LoadedDraft, standard: Standard) -> Hashable:
    settings, source = standard.settings, standard.source_labels
    return loaded.info.content_hash, hash(loaded.manifest), settings.key(), source


@cached(LRUCache(_KEPT), key=_judged, lock=threading.Lock())
def findings_of(loaded: LoadedDraft, standard: Standard) -> Findings:
    """Find the findings of a loaded draft; they are kept for each content and standard."""
    return validate(loaded.document, loaded.manifest, standard.settings, standard.source_labels)


def forget() -> None:
    """Drop what is kept (measurements start cold)."""
    findings_of.cache_clear()


@gives_result
def open_findings(store: Store, draft_id: str) -> Result[Findings]:
    """Find the findings of a draft's newest version; the lists show them from then on.

    NOT_FOUND, storage codes.
    """
    loaded = load(store, draft_id)
    if loaded.value is None:
        return Result(loaded.outcome)
    info, findings = loaded.value.info, findings_in(store, loaded.value)
    with store.read() as session:
        known = standing_of(session, info.scope)
    counts = (info.content_hash, findings.errors, findings.warnings)
    if info.active and (known.judged, known.errors, known.warnings) != counts:
        with contextlib.suppress(*FAILURES), store.write_rows() as rows:  # a hint for the lists
            if known.content_hash is None:  # a draft from before progress was kept
                put_content(rows, info.scope, info.content_hash, loaded.value.document)
            put_findings(rows, info.scope, *counts)
    return Result(Outcome(Code.OK), findings)


def findings_in(store: Store, loaded: LoadedDraft) -> Findings:
    """Find the findings of a loaded draft, by its workspace's thresholds.  FAILURES."""
    with store.read() as session:
        standard = standard_of(session, loaded.info)
    return findings_of(loaded, standard)


def validator(store: Store, loaded: LoadedDraft) -> Validator:
    """Make a validator of a loaded draft, to be kept up to date while it is edited.

    Reads the database and every frame: in a thread, on a copy of the document.  FAILURES.
    """
    with store.read() as session:
        standard = standard_of(session, loaded.info)
    return Validator(loaded.document, loaded.manifest, standard.settings, standard.source_labels)
