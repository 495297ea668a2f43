"""Frames without a picture: left out of the content, brought back, and what that settles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from prelabel_tui.core import fsck, publishing
from prelabel_tui.core.datasets.export import export
from prelabel_tui.core.datasets.images import Options
from prelabel_tui.core.datasets.selection import select_these
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.pictures_now import as_it_is_now
from prelabel_tui.core.edits.editable import EditRefused
from prelabel_tui.core.edits.left_out import bring_back, leave_out, switch_left_out
from prelabel_tui.core.edits.many_frames import Refusal, accept_frame
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.diff import diff
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Capability, Frame, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.suspicion import Ranking
from prelabel_tui.formats.writers import FORMATS
from tests.core.clips import add_run
from tests.exporting import pictures

BALL = Capability.BALL
FRAMES = 6
MISSING = (1, 3, 5)


def two_balls() -> Frame:
    """What can never be published, and not be mended where nobody sees it."""
    return make_frame([Ball("b1", 1_000, 2_000, 1_200), Ball("b2", 90_000, 2_000, 1_200)])


def clip_document() -> Document:
    frames = [
        make_frame([Ball("b1", 10_000 + 1_000 * at, 5_000, 1_200, 9_000)]) for at in range(FRAMES)
    ]
    frames[3] = two_balls()
    return Document.from_frames(BALL, frames)


@pytest.fixture
def session(store: Store, lead: Actor) -> Iterator[EditingSession]:
    """An open draft: every other frame has no picture, one of those two balls."""
    run = add_run(store, clip_document(), missing=MISSING)
    draft = loading.open_review(store, lead, run, BALL).unwrap()
    opened = EditingSession.open(store, lead, draft.id).unwrap()
    yield opened
    opened.close()


def made(operation: Operation | Refusal) -> Operation:
    assert isinstance(operation, Operation)
    return operation


def review(session: EditingSession) -> None:
    """Accept what has a picture."""
    for index in range(FRAMES):
        if index not in MISSING:
            session.apply(made(accept_frame(session.document, index)))


def test_a_clip_with_two_balls_on_a_frame_without_a_picture_is_published_by_leaving_it_out(
    session: EditingSession, store: Store, lead: Actor
) -> None:
    review(session)
    session.save_now()
    stuck = publishing.publish(store, lead, session.info.id, session.info.version)
    assert stuck.outcome.code is Code.VALIDATION_HARD_FAIL
    session.apply(made(leave_out(session.document, MISSING)))
    session.save_now()
    seen = publishing.preview(store, lead, session.info.id).unwrap()
    assert seen.findings.items == ()
    assert (seen.counts.frames, seen.counts.left_out, seen.counts.labels) == (6, 3, 3)
    assert seen.told == [
        ("Frames", "3 of 3 frames reviewed, 3 left out: lena 3"),
        ("Labels", "3 labels"),
    ]
    done = publishing.publish(store, lead, session.info.id, session.info.version).unwrap()
    row = done.revision
    assert row is not None
    assert row.counts["left_out"] == 3
    assert ("Left out", "3 frames") in row.provenance.rows
    assert row.diff.text == "+3 −0 ~0, left out 3"
    content = Document.from_payload(store.artifacts.get(row.content_hash))
    assert [content.encoded(at) for at in MISSING] == [b'{"left_out":true}'] * 3
    assert fsck.fsck(store).outcome.code is Code.FSCK_CLEAN


def test_leaving_out_and_undo_restore_the_bytes(session: EditingSession) -> None:
    before = session.document.payload()
    session.apply(made(switch_left_out(session.document, MISSING)))
    assert session.document.payload() != before
    session.apply(made(switch_left_out(session.document, MISSING)))
    assert session.document.payload() == before
    for _ in range(2):
        session.undo()
    assert session.document.payload() == before
    session.redo()
    assert all(session.document.frame(at).left_out for at in MISSING)


def test_the_switch_leaves_out_the_rest_before_it_brings_back(session: EditingSession) -> None:
    session.apply(made(leave_out(session.document, MISSING[:1])))
    session.apply(made(switch_left_out(session.document, MISSING)))
    assert all(session.document.frame(at).left_out for at in MISSING)
    assert isinstance(leave_out(session.document, MISSING), Refusal)
    session.apply(made(bring_back(session.document, MISSING[1:])))
    assert [session.document.frame(at).left_out for at in MISSING] == [True, False, False]
    assert isinstance(switch_left_out(session.document, []), Refusal)


def test_a_frame_with_its_picture_is_never_left_out_and_comes_back_in_any_case(
    session: EditingSession,
) -> None:
    with pytest.raises(EditRefused, match="Frame 1 has its picture"):
        session.apply(made(leave_out(session.document, [0, 1])))
    assert not session.document.frame(1).left_out
    session.apply(made(leave_out(session.document, [1])))
    session.editable.picture_shown(1, None)  # the folder is back
    assert "left out" in (session.editing_off(1) or "")
    session.apply(made(bring_back(session.document, [1])))
    session.editable.picture_shown(0, "the file is broken")
    session.apply(made(leave_out(session.document, [0])))
    assert session.document.frame(0).left_out


def test_left_out_frames_survive_saving_restoring_and_other_peoples_edits(
    session: EditingSession, store: Store, lead: Actor, reviewer: Actor
) -> None:
    other = EditingSession.open(store, reviewer, session.info.id).unwrap()
    moved = msgspec.structs.replace(other.document.frame(0).labels[0], x=77)
    change = label_change(0, other.document.frame(0).labels[0], moved)
    other.apply(Operation("move", "Move", (change,)))
    other.save_now()
    other.close()
    session.apply(made(leave_out(session.document, MISSING)))
    session.save_now()
    assert session.conflict is not None
    session.merge({})
    session.save_now()
    saved = loading.load(store, session.info.id).unwrap().document
    assert [frame.left_out for frame in saved] == [at in MISSING for at in range(FRAMES)]
    assert saved.frame(0).labels[0].x == 77
    assert saved.frame(3).labels == two_balls().labels
    session.close()
    versions.restore(store, lead, session.info.id, 1, session.info.version).unwrap()
    assert not any(f.left_out for f in loading.load(store, session.info.id).unwrap().document)


def test_an_export_leaves_them_out_and_counts_them(
    session: EditingSession, store: Store, lead: Actor, tmp_path: Path
) -> None:
    session.apply(made(leave_out(session.document, MISSING)))
    session.save_now()
    selection = select_these(store, drafts=[session.info.id])
    done = export(
        store, selection, Options((BALL,)), FORMATS["mot"], tmp_path / "out", lambda *_: b""
    ).unwrap()
    assert (done.images, done.labels, done.left_out) == (3, {BALL: 3}, {"left_out": 3})


def test_they_are_not_in_the_queue(session: EditingSession) -> None:
    document = session.document.copy()
    ranking = Ranking(document, session.manifest, {})
    assert len(ranking.order()) == FRAMES
    session.apply(made(leave_out(session.document, MISSING)))
    ranking.update(session.document, MISSING)
    assert sorted(ranking.order()) == [0, 2, 4]
    assert sorted(Ranking(session.document, session.manifest, {}).order()) == [0, 2, 4]
    assert ranking.profile.left_out.tolist() == [at in MISSING for at in range(FRAMES)]


def test_a_difference_tells_of_them_as_of_what_is_published(session: EditingSession) -> None:
    before = session.document.copy()
    session.apply(made(leave_out(session.document, MISSING)))
    there, back = diff(before, session.document), diff(session.document, before)
    assert there.summary.text == "+0 −4 ~0, left out 3"
    assert back.summary.text == "+4 −0 ~0, brought back 3"
    assert diff(before.published(), session.document.published()) == there
    assert [found.left_out for found in there.frames] == [(False, True)] * 3


def test_a_revision_with_them_begins_a_draft_with_them(
    session: EditingSession, store: Store, lead: Actor
) -> None:
    review(session)
    session.apply(made(leave_out(session.document, MISSING)))
    session.save_now()
    publishing.publish(store, lead, session.info.id, session.info.version).unwrap()
    (row,) = revisions.history(store, session.info.scope)
    session.close()
    draft = versions.new_from_revision(store, lead, row.id).unwrap()
    document = loading.load(store, draft.id).unwrap().document
    assert [frame.left_out for frame in document] == [at in MISSING for at in range(FRAMES)]
    again = publishing.publish(store, lead, draft.id, draft.version)
    assert again.outcome.code is Code.NO_OP_ALREADY_PUBLISHED


def test_pictures_that_are_gone_now_count_as_missing(tmp_path: Path) -> None:
    """Imported with every picture; then the folder is renamed."""
    folder = tmp_path / "frames"
    manifest = pictures(folder, 6)
    assert as_it_is_now(manifest) is manifest
    (folder / "000003.jpg").unlink()
    (folder / "000004.jpg").unlink()
    (folder / "000004.jpg").symlink_to(tmp_path / "nowhere")
    one_gone = as_it_is_now(manifest)
    gone = [index for index, frame in enumerate(one_gone.frames) if frame.no_picture]
    assert gone == [2, 3]
    assert str(folder / "000003.jpg") in str(one_gone.frames[2].no_picture)
    folder.rename(tmp_path / "elsewhere")
    assert all(frame.no_picture for frame in as_it_is_now(manifest).frames)
