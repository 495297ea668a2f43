"""Who reviewed which frame: through saves, merges, undo, left-out frames and going back."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.leaving_out import leave_out
from prelabel_tui.core.drafts.payloads import merge_payload, save_payload
from prelabel_tui.core.drafts.reviews import (
    FrameReview,
    ReviewLog,
    ReviewShare,
    read_reviews,
    reviews,
    share_of,
    stretches,
)
from prelabel_tui.core.edits.operations import Operation, state_change
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import preview, publish, revisions
from prelabel_tui.core.store import Store, models
from tests import matches
from tests.core.sessions import Open


def mark(frame: Frame, *, unseen: bool = False, nudge: int = 0) -> Frame:
    """The frame as reviewed, its first label moved."""
    labels = [
        matches.moved(label, nudge) if at == 0 and nudge else label
        for at, label in enumerate(frame.labels)
    ]
    return make_frame(labels, frame.flags, frame.ball, True, unseen=unseen)


def review(store: Store, actor: Actor, draft_id: str, *indices: int, **more: int) -> int:
    """Mark frames as reviewed in a version of their own; its number."""
    document = loading.load(store, draft_id).unwrap().document
    frames = {index: mark(document.frame(index), **more) for index in indices}  # type: ignore[arg-type]
    return matches.save(store, actor, draft_id, frames).version


def unmark(store: Store, actor: Actor, draft_id: str, index: int) -> int:
    frame = loading.load(store, draft_id).unwrap().document.frame(index)
    bare = make_frame(frame.labels, frame.flags, frame.ball, False)
    return matches.save(store, actor, draft_id, {index: bare}).version


def people(store: Store, draft_id: str, version: int | None = None) -> dict[int, str]:
    at = version or loading.draft_info(store, draft_id).unwrap().version
    return {index: one.person for index, one in read_reviews(store, draft_id, at).items()}


def test_each_frame_is_of_the_person_who_marked_it(
    any_store: Store, reviewer: Actor, lead: Actor
) -> None:
    draft = matches.enter(any_store, lead).draft
    assert people(any_store, draft.id) == {}
    review(any_store, reviewer, draft.id, 0, 1)
    review(any_store, lead, draft.id, 2, unseen=True)
    review(any_store, lead, draft.id, 1, nudge=200)
    found = reviews(any_store, draft.id, 4).unwrap()
    assert {at: (one.person, one.unseen, one.changed_by) for at, one in found.items()} == {
        0: (reviewer.name, False, None),
        1: (reviewer.name, False, lead.name),
        2: (lead.name, True, None),
    }
    assert people(any_store, draft.id, 2) == {0: reviewer.name, 1: reviewer.name}
    review(any_store, reviewer, draft.id, 1, nudge=300)  # the last change is their own again
    assert reviews(any_store, draft.id, 5).unwrap()[1].changed_by is None


def test_marked_again_after_the_mark_was_taken_off(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    draft = matches.enter(store, lead).draft
    review(store, reviewer, draft.id, 0, 3)
    unmark(store, lead, draft.id, 0)
    assert people(store, draft.id) == {3: reviewer.name}
    review(store, lead, draft.id, 0)
    assert people(store, draft.id) == {0: lead.name, 3: reviewer.name}


def test_a_restored_version_brings_back_who_had_reviewed_it(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    draft = matches.enter(store, lead).draft
    marked = review(store, reviewer, draft.id, 0, 1)
    versions.reset(store, lead, draft.id, marked).unwrap()
    assert people(store, draft.id) == {}
    versions.restore(store, lead, draft.id, marked, marked + 1).unwrap()
    assert people(store, draft.id) == {0: reviewer.name, 1: reviewer.name}


def test_a_draft_begun_again_from_a_revision_has_no_reviews(store: Store, lead: Actor) -> None:
    draft = matches.enter(store, lead).draft
    review(store, lead, draft.id, 0)
    made = publish(store, lead, draft.id, 2, override_reason="only one was looked at").unwrap()
    assert made.revision is not None
    versions.new_from_revision(store, lead, made.revision.id).unwrap()
    assert people(store, draft.id) == {}


def test_in_a_merge_each_side_keeps_its_frames(store: Store, reviewer: Actor, lead: Actor) -> None:
    draft = matches.enter(store, lead).draft
    mine = loading.load(store, draft.id).unwrap().document
    review(store, lead, draft.id, 0, 1)
    for index in (1, 2):
        mine.replace(index, mark(mine.frame(index)))
    merge_payload(store, reviewer, draft.id, 1, mine.payload()).unwrap()
    found = read_reviews(store, draft.id, 3)
    assert {at: one.person for at, one in found.items()} == {
        0: lead.name, 1: lead.name, 2: reviewer.name,
    }  # fmt: skip
    assert found[2].unseen  # a payload shows nobody a picture


def test_undo_and_redo_of_a_range(sit: Open, lead: Actor) -> None:
    session = sit()
    who = session.actor.name
    document = session.document
    session.apply(
        Operation(
            "review",
            "Accept 1..3",
            tuple(state_change(at, document.frame(at), reviewed=True) for at in range(3)),
        )
    )
    session.flush()
    assert people(session.store, session.info.id) == dict.fromkeys(range(3), who)
    session.undo()
    session.flush()
    assert people(session.store, session.info.id) == {}
    session.redo()
    session.flush()
    assert people(session.store, session.info.id) == dict.fromkeys(range(3), who)


def test_frames_that_are_left_out_count_for_nobody_until_they_are_back(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    draft = matches.enter(store, lead, clip=matches.manifest(6, missing=(0,))).draft
    review(store, reviewer, draft.id, 0, 1)
    leave_out(store, lead, draft.id, 2, [0]).unwrap()
    assert people(store, draft.id) == {1: reviewer.name}
    leave_out(store, lead, draft.id, 3, [0], back=True).unwrap()
    found = read_reviews(store, draft.id, 4)
    assert (found[0].person, found[0].changed_by) == (reviewer.name, None)


def test_a_log_reads_on_from_where_it_stands(store: Store, reviewer: Actor, lead: Actor) -> None:
    draft = matches.enter(store, lead).draft
    log = ReviewLog(draft.id)
    log.read_on(store, 1)
    review(store, reviewer, draft.id, 4)
    log.read_on(store, 2)
    assert log.at(1) == {}
    assert log.at(2) == read_reviews(store, draft.id, 2) != {}


def test_a_version_that_is_not_there_is_said(store: Store, reviewer: Actor, lead: Actor) -> None:
    draft = matches.enter(store, lead).draft
    for index in range(3):
        review(store, reviewer, draft.id, index)
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER draft_versions_no_delete")
        rows.execute(delete(models.DraftVersion).where(models.DraftVersion.version == 2))
    assert reviews(store, draft.id, 4).outcome.code is Code.STORAGE_READ_FAILED


def test_a_revision_keeps_who_reviewed_it(any_store: Store, reviewer: Actor, lead: Actor) -> None:
    draft = matches.enter(any_store, lead).draft
    review(any_store, reviewer, draft.id, 0, 1, 2, 3)
    review(any_store, lead, draft.id, 4, unseen=True)
    seen = preview(any_store, lead, draft.id).unwrap()
    said = "5 of 6 frames reviewed (1 accepted unseen): rui 4, lena 1"
    assert seen.told[0] == ("Frames", said)
    assert seen.as_json()["review"] == {
        "frames": 6, "left_out": 0, "reviewed": 5, "unseen": 1, "people": {"rui": 4, "lena": 1},
    }  # fmt: skip
    row = publish(any_store, lead, draft.id, 3, override_reason="sampled").unwrap().revision
    assert row is not None
    assert row.provenance.review == seen.review
    assert row.how_much == ", 5 of 6 frames reviewed"
    assert ("Reviewed by", "rui 4, lena 1") in row.provenance.rows
    assert b'"people":{"lena":1,"rui":4}' in revisions.record(any_store, row.id).unwrap()


def test_who_reviewed_is_no_part_of_the_content(store: Store, reviewer: Actor, lead: Actor) -> None:
    hashes = set()
    for media, actor in (("a", reviewer), ("b", lead)):
        draft = matches.enter(store, lead, media=media).draft
        info = matches.review_all(store, actor, draft.id)
        row = publish(store, lead, draft.id, info.version).unwrap().revision
        assert row is not None
        assert row.provenance.review is not None
        assert row.provenance.review.people == {actor.name: 6}
        hashes.add((info.content_hash, row.content_hash))
    assert len(hashes) == 1


def test_a_payload_saved_by_a_program_is_unseen(store: Store, lead: Actor) -> None:
    draft = matches.enter(store, lead).draft
    document = loading.load(store, draft.id).unwrap().document
    document.apply({2: encode_frame(mark(document.frame(2)))})
    save_payload(store, lead, draft.id, 1, document.payload()).unwrap()
    assert read_reviews(store, draft.id, 2)[2].unseen


def test_stretches_and_shares(store: Store) -> None:
    now = store.now()
    found = {
        0: FrameReview("anna", now, unseen=False),
        1: FrameReview("anna", now, unseen=False),
        2: FrameReview("anna", now, unseen=True),
        4: FrameReview("ben", now, unseen=False, changed_by="anna"),
    }
    rows = stretches(found)
    assert [(row.frames, row.person, row.unseen, row.changed_by) for row in rows] == [
        ("1..2", "anna", False, None), ("3", "anna", True, None), ("5", "ben", False, "anna"),
    ]  # fmt: skip
    share = share_of(found, 8, 1)
    assert (share.text, share.by) == ("4 of 7 frames reviewed", "anna 3, ben 1")
    assert ReviewShare.of_json(share.as_json()) == share
    assert share_of({}, 1, 0).text == "0 of 1 frame reviewed"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("rui", "lena")),
        st.sampled_from(("mark", "unmark", "restore")),
        st.integers(0, 5),
    ),
    max_size=8,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_any_history_of_marks(
    store: Store, reviewer: Actor, lead: Actor, steps: list[tuple[str, str, int]]
) -> None:
    """Against a model that knows after each version who had reviewed what."""
    actors = {reviewer.name: reviewer, lead.name: lead}
    media = f"clip {store.now().isoformat()} {len(steps)} {id(steps)}"
    draft = matches.enter(store, lead, media=media).draft
    known: list[dict[int, str]] = [{}]
    contents: list[Document] = [loading.load(store, draft.id).unwrap().document]
    for name, what, at in steps:
        expected = dict(known[-1])
        if what == "restore":
            version = at % len(known) + 1
            if contents[version - 1] == contents[-1]:
                continue
            versions.restore(store, actors[name], draft.id, version, len(known)).unwrap()
            expected = dict(known[version - 1])
            kept = {index for index in expected if index in known[-1]}
            # The frame has the same bytes before and after: it did not change hands.
            expected |= {index: known[-1][index] for index in kept}
        elif (at in expected) is (what == "mark"):
            continue
        elif what == "mark":
            review(store, actors[name], draft.id, at)
            expected[at] = name
        else:
            unmark(store, actors[name], draft.id, at)
            del expected[at]
        known.append(expected)
        contents.append(loading.load(store, draft.id).unwrap().document)
    log = ReviewLog(draft.id)
    log.read_on(store, len(known))
    for version, expected in enumerate(known, 1):
        assert {at: one.person for at, one in log.at(version).items()} == expected
