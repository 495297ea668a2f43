"""Publishing: what is hashed, which pack, no-ops, fencing, cancelling, and what is recorded."""

from __future__ import annotations

import hashlib
import json
import shutil

import msgspec
import pytest
import rfc8785
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from prelabel_tui.core import publishing
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.edits.many_frames import ball_size
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.diff import DiffSummary
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    BallState,
    Flag,
    Origin,
    make_frame,
)
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import packs, revisions
from prelabel_tui.core.publishing.checks import lacks_size
from prelabel_tui.core.store import Store
from tests import matches
from tests.core.publishing import BALL, PLAYER, newest, published, ready


def test_the_first_publish_makes_the_first_pack_from_the_draft(
    any_store: Store, reviewer: Actor
) -> None:
    match = ready(any_store, reviewer)
    seen = publishing.preview(any_store, reviewer, match.draft.id).unwrap()
    assert seen.first_publish
    row = published(any_store, reviewer, match)
    (pack,) = packs.candidates(any_store, match.scope)
    assert (pack.source, pack.review_status, pack.lifecycle) == ("draft", "approved", "approved")
    assert (row.number, row.previous_hash) == (1, None)
    assert (row.provenance.pack_id, row.provenance.pack_sha) == (pack.id, pack.artifact_sha)
    assert row.content_hash == pack.artifact_sha == seen.content_hash
    assert row.eligibility.status == "Reviewed"
    assert row.diff == DiffSummary(added=18, frames=6)
    assert row.counts["labels"] == 18


def test_a_chosen_approved_pack_is_used_and_the_draft_is_what_is_published(
    store: Store, lead: Actor
) -> None:
    match = ready(store, lead)
    other = matches.enter(store, lead)
    for pack_id in (match.pack_id, other.pack_id):
        assert packs.approve(store, lead, pack_id, 1, "right").ok
    matches.review_all(store, lead, match.draft.id, nudge=300)
    row = published(store, lead, match, pack_id=match.pack_id)
    assert row.provenance.pack_id == match.pack_id
    loaded = revisions.load(store, row.id).unwrap()
    assert loaded.document.frame(0).labels[0].origin is Origin.MANUAL
    matches.review_all(store, lead, match.draft.id, nudge=100)
    assert published(store, lead, match).provenance.pack_id == other.pack_id, "the newest one"


def test_the_hash_is_that_of_canonical_json_without_reviewed_marks(
    store: Store, lead: Actor
) -> None:
    match = ready(store, lead)
    row = published(store, lead, match)
    data = store.artifacts.get(row.content_hash)
    assert hashlib.sha256(data).hexdigest() == row.content_hash
    assert rfc8785.dumps(json.loads(data)) == data
    assert b"reviewed" not in data


def test_the_same_content_is_a_no_op_also_when_it_has_warnings(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, lead)
    row = published(store, lead, match, override_reason="known")
    assert row.provenance.override_reason == "known"
    assert row.provenance.validation["rules"] == {"frame.unreviewed": 1}
    again = publishing.publish(store, reviewer, match.draft.id, 1)
    assert again.outcome.code is Code.NO_OP_ALREADY_PUBLISHED
    assert again.unwrap().revision == row
    matches.review_all(store, reviewer, match.draft.id)  # only marks: not content
    no_op = publishing.publish(store, reviewer, match.draft.id, 2)
    assert no_op.outcome.code is Code.NO_OP_ALREADY_PUBLISHED
    assert len(revisions.history(store, match.scope)) == 1


def test_tracks_are_content_and_without_them_the_hash_is_what_it_was(
    any_store: Store, lead: Actor
) -> None:
    match = ready(any_store, lead)
    first = published(any_store, lead, match)
    loaded = loading.load(any_store, match.draft.id).unwrap()
    tracked = {
        index: make_frame(
            [msgspec.structs.replace(label, track=label.id) for label in frame.labels],
            frame.flags, frame.ball, frame.reviewed,
        )
        for index, frame in enumerate(loaded.document)
    }  # fmt: skip
    matches.save(any_store, lead, match.draft.id, tracked)
    second = published(any_store, lead, match)
    assert second.diff.modified == first.diff.added
    data = any_store.artifacts.get(second.content_hash)
    assert (rfc8785.dumps(json.loads(data)), json.loads(data)["format"]) == (data, 2)
    kept = loading.load(any_store, match.draft.id).unwrap().document
    assert {label.track for frame in kept for label in frame.labels} == {"p1", "p2", "p3"}
    matches.save(any_store, lead, match.draft.id, dict(enumerate(loaded.document)))
    assert published(any_store, lead, match).content_hash == first.content_hash


def test_publishing_the_same_version_again_reads_no_content(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    row = published(store, lead, match)
    shutil.move(store.home / "artifacts", store.home / "away")
    draft = newest(store, match)
    again = publishing.publish(store, lead, draft.id, draft.version)
    assert again.outcome.code is Code.NO_OP_ALREADY_PUBLISHED
    assert again.unwrap().revision == row


@pytest.mark.parametrize("reason", [None, "known"])
def test_what_a_refused_publish_wrote_beside_is_gone(
    store: Store, lead: Actor, reason: str | None
) -> None:
    match = matches.enter(store, lead)  # nothing is reviewed: a warning
    matches.save(store, lead, match.draft.id, {0: make_frame([matches.box(1, 11_100)])})
    before = set(store.home.rglob("artifacts/**/*"))
    draft = newest(store, match)
    done = publishing.publish(store, lead, draft.id, draft.version, override_reason=reason)
    left = {path for path in set(store.home.rglob("artifacts/**/*")) - before if path.is_file()}
    if reason is None:
        assert done.outcome.code is Code.WARNINGS_REQUIRE_OVERRIDE
        assert left == set()
    else:
        revision = done.unwrap().revision
        assert revision is not None
        told = revision.content_hash, revision.provenance.pictures_sha
        assert left == {store.artifacts.path(sha) for sha in told}  # type: ignore[attr-defined]


def test_publishing_an_earlier_content_again_is_a_new_revision(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    first = published(store, lead, match)
    matches.review_all(store, lead, match.draft.id, nudge=100)
    second = published(store, lead, match)
    loaded = revisions.load(store, first.id).unwrap()
    frames = {i: msgspec.structs.replace(f, reviewed=True) for i, f in enumerate(loaded.document)}
    matches.save(store, lead, match.draft.id, frames)
    third = published(store, lead, match)
    assert [row.number for row in (first, second, third)] == [1, 2, 3]
    assert third.content_hash == first.content_hash
    assert third.previous_hash == second.content_hash


def test_flags_ball_states_and_sizes_are_part_of_what_is_hashed(store: Store, lead: Actor) -> None:
    match = ready(store, lead, BALL)
    hashes = [published(store, lead, match).content_hash]
    for frame in (
        make_frame([matches.ball(51_500)], [Flag.BAD_FRAME], reviewed=True),
        make_frame([matches.ball(51_500)], ball=BallState.BLURRED, reviewed=True),
        make_frame([matches.ball(51_500, size=1_300)], reviewed=True),
    ):
        matches.save(store, lead, match.draft.id, {3: frame})
        row = published(store, lead, match)
        hashes.append(row.content_hash)
    assert len(set(hashes)) == 4
    assert row.diff.text == "+0 −0 ~1, flags 1"


def test_who_when_and_from_where_stands_in_the_audit_log(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    row = published(store, lead, match)
    (entry,) = audit.entries(store, action="revision.publish")
    assert (entry.actor, entry.role, entry.origin) == ("lena", "lead", "test@host pid 1")
    assert (entry.subject_id, entry.version) == (row.id, 1)
    assert entry.details["content_hash"] == row.content_hash
    assert entry.details["draft_version"] == 2
    assert row.provenance.actor == "lena (lead) test@host pid 1"


@pytest.mark.parametrize("statement", ["UPDATE revisions SET number = 9", "DELETE FROM revisions"])
def test_the_database_refuses_to_change_a_revision(
    any_store: Store, lead: Actor, statement: str
) -> None:
    published(any_store, lead, ready(any_store, lead))
    with pytest.raises(DBAPIError, match="append-only"), any_store.write() as session:
        session.execute(text(statement))


def test_two_scopes_are_published_at_the_same_time(store: Store, lead: Actor) -> None:
    player, ball = ready(store, lead), ready(store, lead, BALL)
    with matches.publishing(store, lead, player.scope):
        assert published(store, lead, ball).number == 1


# -- sizes of balls ----------------------------------------------------------------------------


def test_an_added_ball_gets_the_median_stored_size_else_the_default() -> None:
    sizes = [1_000, None, 1_400, 1_200, 1_300]
    frames = [make_frame([matches.ball(size=size)]) for size in sizes]
    assert ball_size(Document.from_frames(BALL, frames)) == 1_200
    assert ball_size(Document.blank(BALL, 3)) == DEFAULT_BALL_SIZE


def test_a_ball_without_size_is_found_also_beside_others_and_odd_ids() -> None:
    tricky = msgspec.structs.replace(matches.ball(), id='"size":"kind":"ball"')
    whole = Document.from_frames(BALL, [make_frame([tricky]), make_frame()])
    assert lacks_size(whole) is None
    whole.replace(1, make_frame([tricky, matches.ball(size=None)]))
    assert lacks_size(whole) == 1


def test_a_preview_says_what_publishing_would_answer(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, lead)

    def outlook(actor: Actor) -> Code:
        return publishing.preview(store, actor, match.draft.id).unwrap().outlook.code

    assert outlook(lead) is Code.WARNINGS_REQUIRE_OVERRIDE
    assert outlook(reviewer) is Code.OVERRIDE_FORBIDDEN
    matches.review_all(store, reviewer, match.draft.id)
    assert outlook(reviewer) is Code.PUBLISH_SUCCESS
    published(store, reviewer, match)
    assert outlook(reviewer) is Code.NO_OP_ALREADY_PUBLISHED
    seen = publishing.preview(store, lead, match.draft.id).unwrap()
    assert seen.counts.reviewed == 6
    assert seen.latest is not None
    assert not seen.diff.frames
    assert json.loads(json.dumps(seen.as_json()))["counts"]["labels"] == 18


def test_what_was_previewed_is_published_as_if_it_had_not_been(
    any_store: Store, lead: Actor
) -> None:
    """Whatever came between: the preview is used only for what still holds of it."""
    match = ready(any_store, lead)
    first = publishing.preview(any_store, lead, match.draft.id).unwrap()
    done = publishing.publish(any_store, lead, match.draft.id, 2, previewed=first).unwrap().revision
    assert done is not None
    assert (done.content_hash, done.diff) == (first.content_hash, first.diff)
    assert done.counts["labels"] == first.counts.labels

    nudged = matches.review_all(any_store, lead, match.draft.id, nudge=100)
    second = publishing.preview(any_store, lead, nudged.id).unwrap()
    assert publishing.publish(any_store, lead, nudged.id, 2, previewed=first).outcome.code is (
        Code.STALE_DRAFT_VERSION
    )
    # Another content is published, then the draft gets back what was previewed.
    other = matches.review_all(any_store, lead, match.draft.id, nudge=100)
    between = published(any_store, lead, match)
    back = matches.review_all(any_store, lead, match.draft.id, nudge=-100)
    assert back.content_hash == second.draft.content_hash != other.content_hash
    found = publishing.publish(any_store, lead, back.id, back.version, previewed=second)
    row = found.unwrap().revision
    assert row is not None
    assert row.content_hash == second.content_hash
    assert row.previous_hash == between.content_hash
    again = revisions.compare(any_store, between.id, row.id).unwrap().diff.summary
    assert row.diff == again, "to the revision that came between, not to the one previewed"
    assert publishing.publish(
        any_store, lead, back.id, back.version, previewed=second
    ).outcome.code is (Code.NO_OP_ALREADY_PUBLISHED)


def test_a_frame_that_cannot_be_read_is_told_by_the_preview_and_blocks(
    store: Store, lead: Actor
) -> None:
    bad = matches.content(PLAYER)
    bad.replace_encoded(2, b'{"labels":[{"id":7}]}')
    match = matches.enter(store, lead, prelabels=matches.content(PLAYER))
    loaded = loading.load(store, match.draft.id).unwrap()
    changed = {2: bad.encoded(2)}
    loaded.document.apply(changed)
    draft = loading.save(store, lead, loaded.info, loaded.document, changed, "once").unwrap()
    assert (
        publishing.preview(store, lead, draft.id).unwrap().outlook.code is Code.VALIDATION_HARD_FAIL
    )
    done = publishing.publish(store, lead, draft.id, draft.version)
    assert done.outcome.code is Code.VALIDATION_HARD_FAIL
    assert "frame 3, frame.unreadable" in done.outcome.detail
