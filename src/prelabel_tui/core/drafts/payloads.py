"""Whole payloads from outside: checked, then saved, or merged with what others saved since.

A payload says where labels are, and the flags, ball state and marks of each frame.  Where a label
was, its score, its origin and its track are not its to say: they come from the version it was made
from, as if a person had made the same edit on the screen.  A frame that it marks as reviewed was
accepted unseen: no picture was shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prelabel_tui.core.bounds import LABEL_NAME_LENGTH, LABELS_PER_FRAME
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.drafts.loading import LoadedDraft
from prelabel_tui.core.edits.editable import EditableFrames
from prelabel_tui.core.edits.merge import Choice, plan
from prelabel_tui.core.edits.one_frame import added_by_hand, put_by_hand
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.codec import PayloadError, decode_frame, encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Box, Capability, Frame, Label, Origin, make_frame
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.repeated_keys import RepeatedKey, TooDeep, refuse_repeated_keys

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

_KIND = {Capability.BALL: Ball, Capability.PLAYER: Box}


_LEFT_OUT = (
    "a score, an origin, a track or an earlier place that the version it was made from does not "
    "have; the claims were left out."
)


class _Unfit(ValueError):
    """A frame of a payload that cannot follow the draft's; the text says why."""


def read_payload(payload: bytes, base: LoadedDraft) -> Result[Document]:
    """Read a payload as the content that follows the version it was made from.

    INPUT_INVALID names the frame (from 1) that does not fit, and why.  The outcome's detail counts
    the labels that claim a score, an origin, a track or an earlier place which is not theirs.
    """
    like, editable = base.document, EditableFrames(base.manifest)
    try:
        refuse_repeated_keys(payload)
        given = Document.from_payload(payload)
    except (PayloadError, RepeatedKey, TooDeep) as error:
        return _invalid(f"It is not a payload: {error}.")
    if given.capability is not like.capability or len(given) != len(like):
        return _invalid(
            f"A payload of {given.capability} with {len(given)} frames; the draft is "
            f"{like.capability} with {len(like)}."
        )
    overruled = 0
    for index in range(len(given)):
        if given.encoded(index) == like.encoded(index):
            continue
        try:
            frame = _read_frame(given.encoded(index), like.capability)
            after = _as_by_hand(like.frame(index), frame, editable.no_picture(index))
        except (PayloadError, _Unfit) as error:
            return _invalid(f"Frame {index + 1}: {error}.")
        overruled += _overruled(like.frame(index), frame, after)
        given.replace_encoded(index, encode_frame(after))
    detail = ""
    if overruled:
        claim = "label of the payload claims" if overruled == 1 else "labels of the payload claim"
        detail = f"{overruled} {claim} {_LEFT_OUT}"
    return Result(Outcome(Code.OK, detail), given)


def _read_frame(encoded: bytes, capability: Capability) -> Frame:
    frame = decode_frame(encoded)
    if len(frame.labels) > LABELS_PER_FRAME:
        raise _Unfit(f"{len(frame.labels):,} labels, more than {LABELS_PER_FRAME:,}")
    if any(len(label.id) > LABEL_NAME_LENGTH for label in frame.labels):
        raise _Unfit(f"an id has more than {LABEL_NAME_LENGTH} characters")
    if len({label.id for label in frame.labels}) < len(frame.labels):
        raise _Unfit("two labels have the same id")
    if not all(isinstance(label, _KIND[capability]) for label in frame.labels):
        raise _Unfit(f"a label of the wrong kind for {capability}")
    return frame


def _as_by_hand(before: Frame, given: Frame, no_picture: str | None) -> Frame:
    """Return the frame as a person would leave it who put everything where the payload has it."""
    labels = [_label_by_hand(before.label(label.id), label) for label in given.labels]
    after = make_frame(
        labels,
        set(given.flags),
        given.ball,
        given.reviewed,
        left_out=given.left_out,
        unseen=before.unseen if before.reviewed else True,
    )
    if no_picture is not None and (after.labels, after.ball) != (before.labels, before.ball):
        raise _Unfit(
            f"it has no picture ({no_picture}), so its labels and ball state stay as they are; "
            "flags and marks may change"
        )
    if no_picture is None and after.left_out and not before.left_out:
        raise _Unfit("it has a picture; only frames without one can be left out")
    return after


def _label_by_hand(before: Label | None, given: Label) -> Label:
    if before is None:
        return added_by_hand(given)
    return before if given.geometry == before.geometry else put_by_hand(before, given.geometry)


def _overruled(before: Frame, given: Frame, after: Frame) -> int:
    """Count the labels that claim what neither the version before nor the edit says."""
    count = 0
    for label in given.labels:
        known, made = before.label(label.id), after.label(label.id)
        # An origin that an added label leaves out reads as the model's.
        fair = [_claims(side) for side in (known, made) if side] + [_NOTHING] * (known is None)
        count += _claims(label) not in fair
    return count


def _claims(label: Label) -> tuple[object, ...]:
    return label.score, label.origin, label.was, label.track


_NOTHING = (None, Origin.MODEL, None, None)


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
    given = read_payload(payload, base.value)
    if given.value is None:
        return Result(given.outcome)
    changed = given.value.changed_from(base.value.document)
    latest = loading.draft_info(store, draft_id)
    if not changed and latest.value is not None and latest.value.version == base_version:
        detail = f"Version {base_version} has this content already."
        same = Outcome(Code.DRAFT_SAVED, detail, {"version": base_version})
        return _telling(Result(same, latest.value), given.outcome.detail)
    saved = loading.save(store, actor, base.value.info, given.value, changed, new_id())
    return _telling(saved, given.outcome.detail)


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
    given = read_payload(payload, base.value)
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
    saved = loading.save(
        store, actor, info, document, changed, new_id(), Kind.MERGE, merged_from=base_version
    )
    return _telling(saved, given.outcome.detail)


def _telling(saved: Result[DraftInfo], detail: str) -> Result[DraftInfo]:
    """Add one more detail to the result, if the save succeeded."""
    if not saved.ok or not detail:
        return saved
    outcome = replace(saved.outcome, detail=f"{saved.outcome.detail} {detail}")
    return Result(outcome, saved.value)
