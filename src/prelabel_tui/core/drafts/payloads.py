"""Whole payloads from outside: checked, then saved, or merged with what others saved since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.edits.merge import Choice, plan
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document, PayloadError
from prelabel_tui.core.model.labels import (
    Ball,
    Box,
    Capability,
    decode_frame,
    encode_frame,
    make_frame,
)
from prelabel_tui.core.outcomes import Code, Outcome, Result

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_KIND = {Capability.BALL: Ball, Capability.PLAYER: Box}


def read_payload(payload: bytes, like: Document) -> Result[Document]:
    """A payload as the next content of a draft, in canonical form.

    INPUT_INVALID says which frame (1-based) does not fit and why.
    """
    try:
        given = Document.from_payload(payload)
    except PayloadError as error:
        return _invalid(f"No payload: {error}.")
    if given.capability is not like.capability or len(given) != len(like):
        return _invalid(
            f"A payload of {given.capability} with {len(given)} frames; the draft is "
            f"{like.capability} with {len(like)}."
        )
    for index in range(len(given)):
        if given.encoded(index) == like.encoded(index):
            continue
        try:
            frame = decode_frame(given.encoded(index))
        except msgspec.MsgspecError as error:
            return _invalid(f"Frame {index + 1}: {error}.")
        if len({label.id for label in frame.labels}) < len(frame.labels):
            return _invalid(f"Frame {index + 1}: two labels have one id.")
        if not all(isinstance(label, _KIND[like.capability]) for label in frame.labels):
            return _invalid(f"Frame {index + 1}: a label of another kind than {like.capability}.")
        canonical = make_frame(frame.labels, set(frame.flags), frame.ball, frame.reviewed)
        given.replace_encoded(index, encode_frame(canonical))
    return Result(Outcome(Code.OK), given)


def _invalid(detail: str) -> Result[Document]:
    return Result(Outcome(Code.INPUT_INVALID, detail))


def save_payload(
    store: Store, actor: Actor, draft_id: str, base_version: int, payload: bytes
) -> Result[DraftInfo]:
    """Save a whole payload that was made from ``base_version``.

    As drafts.save, and INPUT_INVALID.  The content of the base version makes no new version.
    """
    base = loading.load(store, draft_id, base_version)
    if base.value is None:
        return Result(base.outcome)
    given = read_payload(payload, base.value.document)
    if given.value is None:
        return Result(given.outcome)
    changed = given.value.changed_from(base.value.document)
    latest = loading.draft_info(store, draft_id)
    if not changed and latest.value is not None and latest.value.version == base_version:
        detail = f"Version {base_version} has this content already."
        return Result(Outcome(Code.DRAFT_SAVED, detail, {"version": base_version}), latest.value)
    return loading.save(store, actor, base.value.info, given.value, changed, new_id())


def merge_payload(
    store: Store,
    actor: Actor,
    draft_id: str,
    base_version: int,
    payload: bytes,
    prefer: Choice | None = None,
) -> Result[DraftInfo]:
    """Merge a payload made from ``base_version`` with the newest version, as a new one.

    Where both changed a label differently ``prefer`` decides; without it nothing is saved, and
    DRAFT_VERSION_CONFLICT lists the conflicts in its data.
    """
    base, latest = loading.load(store, draft_id, base_version), loading.load(store, draft_id)
    if base.value is None or latest.value is None:
        return Result(base.outcome if base.value is None else latest.outcome)
    start, theirs = base.value.document, latest.value.document
    given = read_payload(payload, start)
    if given.value is None:
        return Result(given.outcome)
    merged = plan(
        start.capability, start.encoded, given.value.changed_from(start), theirs.changed_from(start)
    )
    if merged.conflicts and prefer is None:
        lines = [
            {"frame": conflict.frame + 1, "label": conflict.id, "text": conflict.text}
            for conflict in merged.conflicts
        ]
        first = merged.conflicts[0]
        detail = (
            f"{len(lines)} labels were changed on both sides, the first: frame "
            f"{first.frame + 1}, {first.text}."
        )
        return Result(Outcome(Code.DRAFT_VERSION_CONFLICT, detail, {"conflicts": lines}))
    choices = {
        conflict.key: prefer if prefer in conflict.choices else Choice.MINE
        for conflict in merged.conflicts
        if prefer is not None
    }
    document = theirs.copy()
    changed = merged.settle(choices)
    document.apply(changed)
    info = latest.value.info
    return loading.save(
        store, actor, info, document, changed, new_id(), Kind.MERGE, merged_from=base_version
    )
