"""A newer run on a clip under review: what was corrected is carried onto its prelabels."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.drafts import carrying as stored
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.edits.carrying import carry
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    Box,
    Capability,
    Flag,
    Frame,
    Label,
    Origin,
    make_frame,
    with_geometry,
)
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store
from tests.core.clips import add_newer, add_run

PLAYER = Capability.PLAYER
FRAMES = 8


def run_of(prefix: str, shift: int = 0, players: int = 3, frames: int = FRAMES) -> Document:
    """Players that walk to the right; another run names them otherwise and sees them shifted."""
    return Document.from_frames(
        PLAYER,
        [
            make_frame(
                [
                    Box(
                        f"{prefix}{number}", 10_000 + 20_000 * number + 300 * at + shift, 20_000,
                        4_000, 9_000, 8_000,
                    )
                    for number in range(players)
                ]
            )
            for at in range(frames)
        ],
    )  # fmt: skip


def changed(document: Document, index: int, *labels: Label, **marks: bool) -> Document:
    """A copy in which a frame has these labels."""
    copy = document.copy()
    copy.replace(index, make_frame(labels, **marks))
    return copy


def moved(label: Label | None, dx: int) -> Label:
    assert isinstance(label, Box)
    return with_geometry(label, (label.x + dx, label.y, label.w, label.h))


OLD, NEW = run_of("a"), run_of("z", 200)


def test_a_moved_label_is_found_under_its_new_name_and_keeps_what_the_new_model_said() -> None:
    first, *rest = OLD.frame(3).labels
    done = carry(OLD, changed(OLD, 3, moved(first, 900), *rest), NEW)
    found = done.document.frame(3).label("z0")
    assert found is not None
    assert found.geometry == moved(first, 900).geometry
    model = NEW.frame(3).label("z0")
    assert model is not None
    assert (found.was, found.score, found.origin) == (model.geometry, model.score, Origin.MODEL)
    assert done.text == "1 carried, 0 not found, 0 in conflict, 0 added by hand, 0 deleted"
    assert done.look_at == ()
    assert done.document.changed_from(NEW).keys() == {3}


def test_a_deleted_label_is_deleted_there_too_and_one_that_is_gone_needs_nothing() -> None:
    draft = changed(OLD, 2, *OLD.frame(2).labels[1:])
    done = carry(OLD, draft, NEW)
    assert [label.id for label in done.document.frame(2).labels] == ["z1", "z2"]
    assert done.deleted == 1
    without = changed(NEW, 2, *NEW.frame(2).labels[1:])
    assert carry(OLD, draft, without).deleted == 0


def test_what_was_added_by_hand_is_added_or_put_on_what_the_new_run_has() -> None:
    added = Box("n1", 150_000, 20_000, 4_000, 9_000, origin=Origin.MANUAL)
    draft = changed(OLD, 4, *OLD.frame(4).labels, added)
    done = carry(OLD, draft, NEW)
    assert done.document.frame(4).label("n1") == added
    seen = changed(NEW, 4, *NEW.frame(4).labels, msgspec.structs.replace(added, id="z9", x=150_300))
    on_it = carry(OLD, draft, seen).document.frame(4)
    assert [label.id for label in on_it.labels] == ["z0", "z1", "z2", "z9"]
    assert on_it.label("z9").geometry == added.geometry  # type: ignore[union-attr]


def test_a_correction_whose_label_the_new_run_lacks_stays_as_put_by_hand() -> None:
    first, *rest = OLD.frame(3).labels
    fixed = moved(first, 500)
    done = carry(OLD, changed(OLD, 3, fixed, *rest), changed(NEW, 3, *NEW.frame(3).labels[1:]))
    kept = done.document.frame(3).label("a0")
    assert kept is not None
    assert (kept.geometry, kept.origin, kept.was) == (fixed.geometry, Origin.MANUAL, None)
    assert (done.not_found, done.look_at) == (1, (3,))


def test_where_all_three_differ_the_person_is_followed_and_the_frame_shown() -> None:
    first, *rest = OLD.frame(3).labels
    fixed = moved(first, -3_000)
    elsewhere = [moved(NEW.frame(3).label("z0"), 2_500), *NEW.frame(3).labels[1:]]
    done = carry(OLD, changed(OLD, 3, fixed, *rest), changed(NEW, 3, *elsewhere))
    found = done.document.frame(3).label("z0")
    assert found is not None
    assert found.geometry == fixed.geometry
    assert (done.conflicts, done.look_at) == (1, (3,))


def test_a_reviewed_frame_comes_out_as_it_was_reviewed() -> None:
    """Its labels where the person left them, none of the newer run's others, its mark kept."""
    more = (*NEW.frame(5).labels, Box("z7", 170_000, 50_000, 4_000, 9_000))
    target = changed(NEW, 5, *more)
    draft = changed(OLD, 5, *OLD.frame(5).labels, reviewed=True)
    frame = carry(OLD, draft, target).document.frame(5)
    assert frame.reviewed
    assert [label.geometry for label in frame.labels] == [
        label.geometry for label in OLD.frame(5).labels
    ]
    assert [label.id for label in frame.labels] == ["z0", "z1", "z2"]


def test_flags_and_marks_come_along() -> None:
    draft = OLD.copy()
    draft.replace(1, make_frame(OLD.frame(1).labels, [Flag.BAD_FRAME], left_out=True))
    frame = carry(OLD, draft, NEW).document.frame(1)
    assert frame == make_frame(NEW.frame(1).labels, [Flag.BAD_FRAME], left_out=True)


def test_a_ball_is_found_by_its_place() -> None:
    def clip(name: str, x: int) -> Document:
        return Document.from_frames(
            Capability.BALL, [make_frame([Ball(name, x, 5_000, 1_200, 9_000)])] * 3
        )

    old, new = clip("b", 20_000), clip("c", 20_100)
    draft = old.copy()
    draft.replace(1, make_frame([with_geometry(old.frame(1).labels[0], (20_900, 5_000, 1_200))]))
    done = carry(old, draft, new)
    assert done.document.frame(1).labels[0].geometry == (20_900, 5_000, 1_200)
    assert (done.carried, done.document.frame(1).labels[0].id) == (1, "c")


def test_without_corrections_the_newer_prelabels_stand() -> None:
    assert carry(OLD, OLD, NEW).document == NEW
    with pytest.raises(ValueError, match="8, 8 and 3 frames"):
        carry(OLD, OLD, run_of("z", frames=3))


@st.composite
def reviewed_drafts(draw: st.DrawFn) -> Document:
    """OLD as a person might leave it: labels moved a little, deleted, frames reviewed."""
    frames: list[Frame] = []
    for frame in OLD:
        kept = [
            moved(label, draw(st.integers(-800, 800))) if draw(st.booleans()) else label
            for label in frame.labels
            if draw(st.integers(0, 4))
        ]
        frames.append(make_frame(kept, reviewed=draw(st.booleans())))
    return Document.from_frames(PLAYER, frames)


@given(reviewed_drafts())
def test_onto_the_same_prelabels_carrying_gives_the_draft(draft: Document) -> None:
    assert carry(OLD, draft, OLD).document == draft


@given(reviewed_drafts(), st.integers(-300, 300))
def test_every_correction_is_carried_or_counted(draft: Document, shift: int) -> None:
    done = carry(OLD, draft, run_of("z", shift))
    for index, frame in enumerate(draft):
        there = done.document.frame(index)
        places = {label.geometry for label in there.labels}
        for label in frame.labels:
            if frame.reviewed or label != OLD.frame(index).label(label.id):
                assert label.geometry in places
        if frame.reviewed:
            assert len(there.labels) == len(frame.labels)
        assert len({label.id for label in there.labels}) == len(there.labels)
    assert done.not_found == done.conflicts == 0


# -- with a store ------------------------------------------------------------------------------


@pytest.fixture
def draft(store: Store, lead: Actor) -> loading.DraftInfo:
    """A draft of OLD in which the first box of frame 4 was moved."""
    run = add_run(store, OLD)
    info = loading.open_review(store, lead, run, PLAYER).unwrap()
    loaded = loading.load(store, info.id).unwrap()
    first, *rest = OLD.frame(3).labels
    edited = changed(OLD, 3, moved(first, 900), *rest)
    return loading.save(
        store, lead, loaded.info, edited, edited.changed_from(OLD), new_id()
    ).unwrap()


def test_carrying_is_a_version_with_the_new_lineage_and_restoring_takes_it_back(
    store: Store, lead: Actor, draft: loading.DraftInfo
) -> None:
    assert stored.newer_pack(store, draft.id).outcome.code is Code.SOURCE_PACK_MISSING
    pack_id = add_newer(store, draft, NEW)
    newer = stored.newer_pack(store, draft.id).unwrap()
    assert (newer.pack_id, newer.detector) == (pack_id, "nano-4")
    plan = stored.plan_carry(store, draft.id, 2).unwrap()
    assert plan.as_json()["carried"] == 1
    assert loading.draft_info(store, draft.id).unwrap().version == 2, "planning changes nothing"
    saved = stored.save_carried(store, lead, plan)
    assert saved.outcome.code is Code.DRAFT_SAVED
    info = saved.unwrap()
    assert (info.version, info.lineage.pack_id) == (3, pack_id)
    assert loading.load(store, draft.id).unwrap().document == plan.carried.document
    assert versions.versions(store, draft.id)[0].kind == "carry"
    assert stored.newer_pack(store, draft.id).outcome.code is Code.SOURCE_PACK_MISSING
    versions.restore(store, lead, draft.id, 2, 3).unwrap()
    back = loading.load(store, draft.id).unwrap()
    assert back.info.lineage == draft.lineage
    assert back.document.frame(3).label("a0") is not None
    damages = fsck(store).unwrap().damages
    assert [damage for damage in damages if "draft" in damage.subject] == []


def test_a_plan_that_somebody_saved_past_is_refused(
    store: Store, lead: Actor, draft: loading.DraftInfo
) -> None:
    add_newer(store, draft, NEW)
    plan = stored.plan_carry(store, draft.id, 2).unwrap()
    versions.restore(store, lead, draft.id, 1, 2).unwrap()
    refused = stored.save_carried(store, lead, plan)
    assert refused.outcome.code is Code.DRAFT_VERSION_CONFLICT


def test_a_pack_of_another_scope_or_of_no_run_is_refused(
    store: Store, lead: Actor, draft: loading.DraftInfo
) -> None:
    missing = stored.plan_carry(store, draft.id, 2)
    assert missing.outcome.code is Code.SOURCE_PACK_MISSING
    unknown = stored.plan_carry(store, draft.id, 2, "f" * 32)
    assert unknown.outcome.code is Code.NOT_FOUND
