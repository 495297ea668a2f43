"""Leaving frames of a saved draft out, and bringing them back, without opening a session."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.edits import left_out
from prelabel_tui.core.edits.editable import EditableFrames, EditRefused
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import apply
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.codec import is_left_out
from prelabel_tui.core.outcomes import Code, Outcome, Result

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store


def leave_out(
    store: Store,
    actor: Actor,
    draft_id: str,
    base_version: int,
    frames: Collection[int] | None = None,
    *,
    back: bool = False,
) -> Result[DraftInfo]:
    """Save a version that leaves these frames out of the content, or brings them back.

    ``frames``: None for all without a picture, or (``back``) all that are left out.  As
    drafts.save, and INPUT_INVALID for a frame that has its picture or is beyond the clip, or when
    nothing would change.
    """
    base = loading.load(store, draft_id, base_version)
    if base.value is None:
        return Result(base.outcome)
    before, editable = base.value.document, EditableFrames(base.value.manifest)
    document = before.copy()
    if frames is None and back:
        frames = [at for at in range(len(document)) if is_left_out(document.encoded(at))]
    elif frames is None:
        frames = editable.without_picture
    beyond = next((at for at in frames if not 0 <= at < len(document)), None)
    if beyond is not None:
        return _invalid(f"There is no frame {beyond + 1}; the clip has {len(document)}.")
    change = left_out.bring_back if back else left_out.leave_out
    operation = change(document, frames)
    if isinstance(operation, Refusal):
        return _invalid(operation.text)
    try:
        apply(document, editable.permit(operation).operation)
    except EditRefused as refused:
        return _invalid(str(refused))
    changed = document.changed_from(before)
    return loading.save(store, actor, base.value.info, document, changed, new_id())


def _invalid(detail: str) -> Result[DraftInfo]:
    return Result(Outcome(Code.INPUT_INVALID, detail))
