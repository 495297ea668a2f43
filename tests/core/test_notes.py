"""Notes: written, answered, resolved, reopened; never lost, and none of the labels' content."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.backup.restore import restore
from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.bounds import NOTE_LENGTH
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.removal import remove_media
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.notes.reading import (
    NoteState,
    find_note,
    list_notes,
    open_notes,
    scope_notes,
)
from prelabel_tui.core.notes.writing import (
    answer_note,
    find_label,
    refuse_text,
    reopen_note,
    resolve_note,
    write_note,
)
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, models, open_store
from tests import matches

MIA = Actor("mia", Role.REVIEWER, "test@host pid 9")
ADA = Actor("ada", Role.ADMIN, "test@host pid 9")


def test_from_the_remark_to_its_end(any_store: Store, reviewer: Actor, lead: Actor) -> None:
    store = any_store
    match = matches.enter(store, reviewer)
    note = write_note(store, reviewer, match.scope, 2, "p1", "  is this their keeper? ").unwrap()
    assert (note.frame, note.label_id, note.is_open) == (2, "p1", True)
    assert answer_note(store, lead, note.id[:8], "no: number 7").ok
    answered = find_note(store, note.id).unwrap()
    assert [(one.text, one.by) for one in answered.messages] == [
        ("is this their keeper?", reviewer.name), ("no: number 7", lead.name),
    ]  # fmt: skip
    resolved = resolve_note(store, reviewer, note.id)
    assert "is resolved" in resolved.outcome.detail
    assert (resolved.unwrap().state, resolved.unwrap().resolved_by) == (
        NoteState.RESOLVED, reviewer.name,
    )  # fmt: skip
    again = resolve_note(store, lead, note.id)
    assert again.outcome.code is Code.OK
    assert f"was resolved by {reviewer.name}" in again.outcome.detail
    late = answer_note(store, lead, note.id, "sure?").outcome
    assert (late.code, "reopen it first" in late.detail) == (Code.INPUT_INVALID, True)
    reopened = reopen_note(store, lead, note.id).unwrap()
    assert reopened == answered
    assert "is open already" in reopen_note(store, lead, note.id).outcome.detail
    assert answer_note(store, lead, note.id, "sure?").ok
    told = [(entry.action, entry.actor, entry.reason) for entry in audit.entries(store, limit=5)]
    assert told == [
        ("note.answer", lead.name, "sure?"),
        ("note.reopen_others", lead.name, ""),
        ("note.resolve", reviewer.name, ""),
        ("note.answer", lead.name, "no: number 7"),
        ("note.write", reviewer.name, "is this their keeper?"),
    ]
    assert fsck(store).outcome.code is Code.FSCK_CLEAN


def test_somebody_elses_is_a_leads_to_resolve(store: Store, reviewer: Actor, lead: Actor) -> None:
    match = matches.enter(store, reviewer)
    note = write_note(store, reviewer, match.scope, 0, None, "look").unwrap()
    assert answer_note(store, MIA, note.id, "I did").ok
    refused = resolve_note(store, MIA, note.id).outcome
    assert refused.code is Code.ROLE_FORBIDDEN
    assert "Resolving somebody else's note needs the role lead" in refused.detail
    assert resolve_note(store, lead, note.id).ok
    assert reopen_note(store, MIA, note.id).outcome.code is Code.ROLE_FORBIDDEN
    assert reopen_note(store, reviewer, note.id).ok


def test_of_many_who_answer_at_once_nobody_is_lost(any_store: Store, reviewer: Actor) -> None:
    store = any_store
    match = matches.enter(store, reviewer)
    note = write_note(store, reviewer, match.scope, 0, None, "who sees it?").unwrap()

    def answer(number: int) -> bool:
        who = dataclasses.replace(MIA, name=f"mia {number}")
        return answer_note(store, who, note.id, f"I do ({number})").ok

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(answer, range(12)))
    messages = find_note(store, note.id).unwrap().messages
    assert messages[0].text == "who sees it?"
    assert {one.text for one in messages[1:]} == {f"I do ({number})" for number in range(12)}
    assert fsck(store).outcome.code is Code.FSCK_CLEAN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * NOTE_LENGTH, None),
        ("zwölf · 足球 · \u200d", None),
        ("   ", "needs a text"),
        ("x" * (NOTE_LENGTH + 1), "at most 500 characters; this one has 501"),
        ("two\nlines", "one line of text"),
        ("two\u2028lines", "one line of text"),
        ("\x1b[2J", "one line of text"),
        ("nul\0", "one line of text"),
        ("half \ud83d", "one line of text"),
    ],
)
def test_a_message_is_one_line_of_bounded_length(
    store: Store, reviewer: Actor, text: str, said: str | None
) -> None:
    refused = refuse_text(text)
    assert (refused is None) == (said is None)
    match = matches.enter(store, reviewer)
    written = write_note(store, reviewer, match.scope, 0, None, text)
    assert written.ok == (said is None)
    assert said is None or said in written.outcome.detail
    note = write_note(store, reviewer, match.scope, 0, None, "a note").unwrap()
    assert answer_note(store, reviewer, note.id, text).ok == (said is None)
    assert find_note(store, note.id).unwrap().messages[0].text == "a note"


def test_what_a_note_cannot_be_about(store: Store, reviewer: Actor, lead: Actor) -> None:
    match = matches.enter(store, reviewer)
    for frame in (-1, 6):
        refused = write_note(store, reviewer, match.scope, frame, None, "look").outcome
        assert refused.code is Code.INPUT_INVALID
        assert f"There is no frame {frame + 1}: the clip has 6." in refused.detail
    for name in ("", "x" * 201):
        refused = write_note(store, reviewer, match.scope, 0, name, "look").outcome
        assert refused.code is Code.INPUT_INVALID
    nowhere = dataclasses.replace(match.scope, media_id="0" * 32)
    assert write_note(store, reviewer, nowhere, 0, None, "x").outcome.code is Code.NOT_FOUND
    for done in (answer_note(store, lead, "ffff", "x"), resolve_note(store, lead, "ffff")):
        assert done.outcome.code is Code.NOT_FOUND
    assert find_label(store, match.scope, 0, "p2").unwrap() == "p2"
    assert "several" in find_label(store, match.scope, 0, "p").outcome.detail
    assert find_label(store, match.scope, 0, "b1").outcome.code is Code.NOT_FOUND
    assert find_label(store, match.scope, 6, "p2").outcome.code is Code.INPUT_INVALID
    ball = dataclasses.replace(match.scope, capability=Capability.BALL)
    assert "no active draft" in find_label(store, ball, 0, "b1").outcome.detail


def test_they_are_listed_newest_first_by_where_and_state(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    match, other = matches.enter(store, reviewer), matches.enter(store, reviewer, media="other")
    late = write_note(store, reviewer, match.scope, 4, None, "late in the clip").unwrap()
    early = write_note(store, reviewer, match.scope, 1, "p1", "early in the clip").unwrap()
    there = write_note(store, reviewer, other.scope, 0, None, "elsewhere").unwrap()
    assert [note.id for note in list_notes(store)] == [there.id, early.id, late.id]
    assert [note.id for note in scope_notes(store, match.scope).notes] == [early.id, late.id]
    resolved = resolve_note(store, reviewer, early.id).unwrap()
    assert list_notes(store, state=NoteState.RESOLVED) == [resolved]
    assert list_notes(store, state=NoteState.OPEN, media="clip") == [late]
    assert list_notes(store, workspace="club", limit=1) == [there]
    assert list_notes(store, workspace="nowhere") == []
    assert list_notes(store, capability=Capability.BALL) == []
    with store.read() as session:
        assert open_notes(session, match.scope) == 1


def test_they_are_no_content_and_outlive_what_happens_to_it(
    store: Store, reviewer: Actor, lead: Actor
) -> None:
    match = matches.enter(store, reviewer)
    draft = matches.review_all(store, reviewer, match.draft.id)
    note = write_note(store, reviewer, match.scope, 0, "p1", "is it?").unwrap()
    assert loading.draft_info(store, draft.id).unwrap() == draft
    shown = publishing.preview(store, lead, draft.id).unwrap()
    assert ("Notes", "1 open") in shown.told
    assert (shown.as_json()["open_notes"], shown.outlook.code) == (1, Code.PUBLISH_SUCCESS)
    assert publishing.publish(store, lead, draft.id, draft.version).ok
    assert answer_note(store, lead, note.id, "it is").ok
    same = publishing.publish(store, lead, draft.id, draft.version).outcome
    assert same.code is Code.NO_OP_ALREADY_PUBLISHED
    assert versions.reset(store, reviewer, draft.id, draft.version).ok
    assert [one.id for one in scope_notes(store, match.scope).notes] == [note.id]


def test_a_removed_clip_takes_its_notes_out_of_the_lists(store: Store, reviewer: Actor) -> None:
    match = matches.enter(store, reviewer)
    write_note(store, reviewer, match.scope, 0, None, "the wrong clip?").unwrap()
    with store.write() as session:
        session.get_one(models.Draft, match.draft.id).active = False
    assert remove_media(store, ADA, "club", "clip", "the wrong clip").ok
    assert list_notes(store) == []
    assert len(scope_notes(store, match.scope).notes) == 1
    gone = write_note(store, reviewer, match.scope, 0, None, "and now?").outcome
    assert gone.code is Code.NOT_FOUND


def test_backup_restore_and_copying_bring_them_along(
    store: Store, reviewer: Actor, tmp_path: Path
) -> None:
    match = matches.enter(store, reviewer)
    note = write_note(store, reviewer, match.scope, 0, None, "look").unwrap()
    known = [answer_note(store, reviewer, note.id, "I did").unwrap()]
    assert back_up(store, tmp_path / "kept").ok
    assert restore(tmp_path / "kept", tmp_path / "again").ok
    assert copy_database(store, f"sqlite:///{tmp_path / 'copy.db'}").ok
    for where in ((tmp_path / "again", None), (store.home, f"sqlite:///{tmp_path / 'copy.db'}")):
        other = open_store(*where).unwrap()
        assert list_notes(other) == known
        assert answer_note(other, reviewer, note.id, "again").ok
        other.close()
