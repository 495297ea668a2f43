"""Leaving frames out of a draft's content, and bringing them back."""

from __future__ import annotations

from collections.abc import Iterable

from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation, state_change
from prelabel_tui.core.model.codec import is_left_out
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.text import counted


def leave_out(document: Document, frames: Iterable[int]) -> Operation | Refusal:
    """Leave frames out: they keep their labels in the draft, and are no part of its content."""
    return _mark(document, frames, True) or Refusal("These frames are left out already.")


def bring_back(document: Document, frames: Iterable[int]) -> Operation | Refusal:
    """Bring frames back into the content, as they were."""
    return _mark(document, frames, False) or Refusal("None of these frames is left out.")


def switch_left_out(document: Document, frames: Iterable[int]) -> Operation | Refusal:
    """Leave frames out, or bring them back when all of them are left out already."""
    wanted = list(frames)
    if not wanted:
        return Refusal("Every frame there has its picture: only those without are left out.")
    return _mark(document, wanted, True) or bring_back(document, wanted)


def _mark(document: Document, frames: Iterable[int], left_out: bool) -> Operation | None:
    changes = tuple(
        state_change(at, document.frame(at), left_out=left_out)
        for at in frames
        if is_left_out(document.encoded(at)) is not left_out
    )
    if not changes:
        return None
    what = counted(len(changes), "frame")
    text = f"Leave out {what} without a picture" if left_out else f"Bring back {what}"
    return Operation("left_out", text, changes)
