"""The findings of a draft's version, worked out once for each content and set of thresholds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from prelabel_tui.core.drafts import LoadedDraft, load
from prelabel_tui.core.lineage import Lineage
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import FAILURES, failure, models
from prelabel_tui.core.validation import Findings, Settings, Validator, validate
from prelabel_tui.core.workspaces import settings_of

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_KEPT: Final = 64
_found: OrderedDict[tuple[object, ...], Findings] = OrderedDict()
_guard = threading.Lock()


def source_labels(session: Session, source: Lineage) -> int | None:
    """Number of labels of the prelabel pack that a draft came from; None for others."""
    if source.pack_id is None:
        return None
    pack = session.get(models.PrelabelPack, source.pack_id)
    return None if pack is None else pack.label_count


def findings_of(loaded: LoadedDraft, settings: Settings, source: int | None) -> Findings:
    """The findings of a loaded draft.  ``source``: as :func:`source_labels`."""
    info = loaded.info
    key = (info.content_hash, hash(loaded.manifest), settings.key(), source)
    with _guard:
        found = _found.get(key)
    if found is None:
        found = validate(loaded.document, loaded.manifest, settings, source)
        with _guard:
            _found[key] = found
            while len(_found) > _KEPT:
                _found.popitem(last=False)
    return found


def forget() -> None:
    """Drop what is kept (measurements start cold)."""
    with _guard:
        _found.clear()


def open_findings(store: Store, draft_id: str) -> Result[Findings]:
    """The findings of a draft's newest version.  NOT_FOUND, storage codes."""
    loaded = load(store, draft_id)
    if loaded.value is None:
        return Result(loaded.outcome)
    try:
        return Result(Outcome(Code.OK), findings_in(store, loaded.value))
    except FAILURES as error:
        return Result(failure(error))


def findings_in(store: Store, loaded: LoadedDraft) -> Findings:
    """The findings of a loaded draft, by its workspace's thresholds.  FAILURES."""
    with store.read() as session:
        settings = settings_of(session, loaded.info.scope.workspace_id)
        source = source_labels(session, loaded.info.lineage)
    return findings_of(loaded, settings, source)


def validator(store: Store, loaded: LoadedDraft) -> Validator:
    """A validator of a loaded draft, to be kept up to date while it is edited.

    Reads the database and every frame: in a thread, on a copy of the document.  FAILURES.
    """
    with store.read() as session:
        settings = settings_of(session, loaded.info.scope.workspace_id)
        source = source_labels(session, loaded.info.lineage)
    return Validator(loaded.document, loaded.manifest, settings, source)
