"""Revision history, comparing, and dataset eligibility with its rules and versions."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core import publishing
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.diff import DiffSummary, diff, summarise
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import BallState, Capability, Flag, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, packs, revisions
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.store import Store
from tests import matches

PLAYER = Capability.PLAYER


def published(store: Store, actor: Actor, nudges: tuple[int, ...] = (0,)) -> list[RevisionRow]:
    """A match with a revision for each nudge, newest first."""
    match = matches.enter(store, actor)
    for nudge in nudges:
        draft = matches.review_all(store, actor, match.draft.id, nudge)
        done = publishing.publish(store, actor, draft.id, draft.version)
        assert done.outcome.code is Code.PUBLISH_SUCCESS
    return revisions.history(store, match.scope)


def test_history_has_the_four_columns_of_the_guide(any_store: Store, lead: Actor) -> None:
    second, first = published(any_store, lead, (0, 100))
    assert [second.number, first.number] == [2, 1]
    assert second.previous_hash == first.content_hash
    number, changes, provenance, eligible = second.columns
    assert (number, changes, eligible) == ("r2", "+0 −0 ~6", "Reviewed")
    assert "lena" in provenance
    assert second.lineage.label in provenance
    names = [name for name, _ in second.provenance.rows]
    for told in ("Published by", "Actor", "Pack SHA", "Source lineage", "Draft",
                 "Validation", "Artifact SHA"):  # fmt: skip
        assert told in names
    document = json.loads(json.dumps(second.as_json()))
    assert document["provenance"]["lineage"]["label"].startswith("Pack-id: ")


def test_history_is_paged_by_number(store: Store, lead: Actor) -> None:
    rows = published(store, lead, (0, 100, 100, 100))
    page = revisions.history(store, rows[0].scope, limit=2)
    rest = revisions.history(store, rows[0].scope, before=page[-1].number)
    assert [row.number for row in [*page, *rest]] == [4, 3, 2, 1]


def test_two_revisions_are_compared_frame_by_frame(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    draft = matches.review_all(store, lead, match.draft.id)
    a = publishing.publish(store, lead, draft.id, draft.version).unwrap().revision
    frame = make_frame(
        [matches.moved(matches.box(1), 500), matches.box(2), matches.box(9)],
        [Flag.BAD_FRAME],
        reviewed=True,
    )
    draft = matches.save(store, lead, draft.id, {4: frame})
    b = publishing.publish(store, lead, draft.id, draft.version).unwrap().revision
    assert a is not None
    assert b is not None
    found = revisions.compare(store, a.id, b.id[:10]).unwrap()
    (part,) = found.diff.frames
    assert (part.index, part.label_ids) == (4, ("p1", "p2", "p3", "p9"))
    assert [label.id for label in part.added] == ["p9"]
    assert [label.id for label in part.removed] == ["p3"]
    assert part.modified[0][0].x < part.modified[0][1].x
    assert part.flags == ((), (Flag.BAD_FRAME,))
    assert found.diff.summary == b.diff
    back = revisions.compare(store, b.id, a.id).unwrap().diff.summary
    assert (back.added, back.removed, back.modified) == (1, 1, 2)
    assert found.diff.next_after(3) is part
    assert found.diff.next_after(4) is None
    assert found.diff.previous_before(5) is part
    assert found.diff.at(3) is None


def test_revisions_of_two_scopes_are_not_compared(store: Store, lead: Actor) -> None:
    (one,) = published(store, lead)
    match = matches.enter(store, lead, Capability.BALL)
    draft = matches.review_all(store, lead, match.draft.id)
    other = publishing.publish(store, lead, draft.id, draft.version).unwrap().revision
    assert other is not None
    assert revisions.compare(store, one.id, other.id).outcome.code is Code.INPUT_INVALID
    assert revisions.compare(store, one.id, "nothing").outcome.code is Code.NOT_FOUND


def test_a_draft_made_from_an_old_revision_says_so_in_its_lineage(
    store: Store, lead: Actor
) -> None:
    from prelabel_tui.core.drafts import versions

    _, first = published(store, lead, (0, 100))
    draft = versions.new_from_revision(store, lead, first.id).unwrap()
    draft = matches.review_all(store, lead, draft.id, nudge=55)
    row = publishing.publish(store, lead, draft.id, draft.version).unwrap().revision
    assert row is not None
    assert row.lineage.revision_id == first.id
    assert row.lineage.label == loading.draft_info(store, draft.id).unwrap().lineage.label


# -- differences -------------------------------------------------------------------------------

_boxes = st.lists(
    st.builds(matches.box, st.integers(1, 4), st.integers(0, 3).map(lambda n: n * 100)),
    max_size=4,
    unique_by=lambda label: label.id,
)
_frames = st.builds(
    make_frame,
    _boxes,
    st.sets(st.sampled_from(list(Flag)), max_size=2),
    st.none() | st.sampled_from(list(BallState)),
    st.booleans(),
)
_documents = st.lists(_frames, min_size=3, max_size=3).map(
    lambda frames: Document.from_frames(PLAYER, frames)
)


@given(_documents, _documents)
@settings(max_examples=80)
def test_a_difference_leads_from_one_content_to_the_other(a: Document, b: Document) -> None:
    changed = {part.index: part for part in diff(a, b).frames}
    for index in range(3):
        before, after = (msgspec.structs.replace(d.frame(index), reviewed=False) for d in (a, b))
        part = changed.get(index)
        if part is None:
            assert before == after
            continue
        labels = {label.id: label for label in before.labels}
        for label in part.removed:
            del labels[label.id]
        for _, label in part.modified:
            labels[label.id] = label
        labels |= {label.id: label for label in part.added}
        flags = part.flags[1] if part.flags else before.flags
        ball = part.ball[1] if part.ball else before.ball
        assert make_frame(list(labels.values()), flags, ball) == after


@given(_documents)
@settings(max_examples=40)
def test_everything_is_added_when_there_was_nothing(document: Document) -> None:
    assert summarise(None, document) == diff(None, document).summary
    assert summarise(document, document) == DiffSummary()
    assert DiffSummary.of_json(diff(None, document).summary.as_json()) == summarise(None, document)


# -- dataset eligibility -----------------------------------------------------------------------


def test_approve_for_dataset_then_revoke_with_a_reason(any_store: Store, lead: Actor) -> None:
    (row,) = published(any_store, lead)
    assert (row.can_approve, row.can_revoke) == (True, False)
    approved = eligibility.approve(any_store, lead, row.id, 1).unwrap()
    assert (approved.status, approved.version) == ("Approved", 2)
    now = revisions.revision(any_store, row.id).unwrap()
    assert (now.can_approve, now.can_revoke) == (False, True)
    nothing = eligibility.revoke(any_store, lead, row.id, 2, "  ")
    assert nothing.outcome.code is Code.REASON_REQUIRED
    revoked = eligibility.revoke(any_store, lead, row.id, 2, "a wrong player").unwrap()
    assert (revoked.status, revoked.version, revoked.reason) == ("Revoked", 3, "a wrong player")
    told = [(entry.action, entry.version) for entry in audit.entries(any_store, subject=row.id)]
    assert told[:2] == [("eligibility.revoke", 3), ("eligibility.approve", 2)]


@pytest.mark.parametrize(
    ("column", "value"), [("lifecycle", "retired"), ("validation_status", "failed")]
)
def test_approve_needs_a_lifecycle_approved_and_validation_passed_pack(
    store: Store, lead: Actor, column: str, value: str
) -> None:
    (row,) = published(store, lead)
    with store.write() as session:
        from prelabel_tui.core.store import models

        setattr(session.get_one(models.LabelPack, row.provenance.pack_id), column, value)
    now = revisions.revision(store, row.id).unwrap()
    assert not now.can_approve
    assert value in now.why_not_approve
    done = eligibility.approve(store, lead, row.id, 1)
    assert done.outcome.code is Code.ELIGIBILITY_NOT_ALLOWED


def test_only_an_approved_revision_is_revoked(store: Store, lead: Actor) -> None:
    (row,) = published(store, lead)
    done = eligibility.revoke(store, lead, row.id, 1, "why")
    assert done.outcome.code is Code.ELIGIBILITY_NOT_ALLOWED
    assert "Reviewed, not Approved" in done.outcome.detail


def test_a_change_by_another_operator_is_a_conflict_with_the_latest_state(
    any_store: Store, lead: Actor, admin: Actor
) -> None:
    (row,) = published(any_store, lead)
    assert eligibility.approve(any_store, admin, row.id, 1).ok
    late = eligibility.approve(any_store, lead, row.id, 1)
    assert late.outcome.code is Code.ELIGIBILITY_VERSION_CONFLICT
    assert "ada made it Approved, version 2" in late.outcome.detail
    assert late.unwrap().version == 2


def test_a_reviewer_changes_no_eligibility(store: Store, lead: Actor, reviewer: Actor) -> None:
    (row,) = published(store, lead)
    done = eligibility.approve(store, reviewer, row.id, 1)
    assert done.outcome.code is Code.ROLE_FORBIDDEN


def test_a_pack_retired_later_leaves_the_history_as_it_was(store: Store, lead: Actor) -> None:
    (row,) = published(store, lead)
    assert packs.retire(store, lead, row.provenance.pack_id, 1, "wrong").ok
    now = revisions.revision(store, row.id).unwrap()
    assert now.content_hash == row.content_hash
    assert now.provenance.pack_lifecycle == "retired"
