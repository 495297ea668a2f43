"""Notes in the review: written, answered, walked, resolved; what others write is shown."""

from __future__ import annotations

import pytest

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.notes.reading import Note, list_notes
from prelabel_tui.core.notes.writing import answer_note, resolve_note, write_note
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.notes import NoteDialog
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA, LENA, RUI
from tests.ui.driving import banner, screen_text, type_text, until
from tests.ui.reviewing import Review, draft_of, reviewing


@pytest.fixture
def scope(demo_store: Store) -> Scope:
    return draft_of(demo_store).scope


def lane(review: Review) -> str:
    """The lower row of the timeline."""
    return review.display.timeline.render_line(1).text


async def known(review: Review) -> None:
    """Wait until the notes are shown as they are in the database."""
    store = review.screen.shell.store
    await until(
        lambda: (
            {*review.context.notes.notes} == {*list_notes(store)}
            and bool(review.context.notes.mark)
        )
    )
    await review.rest()


async def test_a_note_on_a_label_is_written_answered_and_resolved(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, actor=RUI, size=(80, 24)) as review:
        await review.press("tab")
        name = review.context.selected
        await review.press("~")
        assert f"Note on label {name} in frame 1" in screen_text(review.pilot)
        await review.press("enter")
        assert "A note needs a text." in screen_text(review.pilot)
        await type_text(review.pilot, "is this [b]their[/b] keeper?")
        await review.press("enter")
        await until(lambda: f"label {name} in frame 1 is saved" in review.told)
        await known(review)
        assert "✎ 1 open note" in review.flags
        assert any(line.split()[0] == f"{name}✎" for line in review.list)
        assert "✎" in lane(review)
        (note,) = list_notes(demo_store)
        assert (note.label_id, note.frame, note.opened_by) == (name, 0, RUI.name)

        await review.press("ctrl+e")
        assert "rui · " in screen_text(review.pilot)
        assert "is this [b]their[/b] keeper?" in screen_text(review.pilot)
        assert answer_note(demo_store, LENA, note.id, "no: number 7").ok
        await until(lambda: "no: number 7" in screen_text(review.pilot))
        assert f"lena wrote about label {name} in frame 1" in review.told
        await type_text(review.pilot, "thanks")
        await review.press("enter")
        await until(lambda: "is answered" in review.told)
        await review.press("~", "ctrl+r")
        await until(lambda: "is resolved" in review.told)
        await review.rest()
        assert "✎" not in review.flags + "".join(review.list) + lane(review)
    (note,) = list_notes(demo_store)
    assert [message.by for message in note.messages] == ["rui", "lena", "rui"]
    assert note.resolved_by == "rui"


async def test_a_frame_that_needs_human_review_is_asked_for_a_note(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, actor=RUI) as review:
        await review.press("tab", "f6")
        assert review.context.frame.flags == (Flag.NEEDS_HUMAN_REVIEW,)
        assert "needs_human_review is set." in screen_text(review.pilot)
        assert "esc Leave it out" in screen_text(review.pilot)
        assert review.context.open_session.flush(60).healthy, "nothing waits for the note"
        stored = load(demo_store, review.screen.draft_id).unwrap().document.frame(0)
        assert stored.flags == (Flag.NEEDS_HUMAN_REVIEW,)
        await review.press("escape")
        assert review.pilot.app.screen is review.screen
        assert list_notes(demo_store) == []
        await review.press("f6")
        assert review.context.frame.flags == ()
        assert review.pilot.app.screen is review.screen, "taken off: nothing is asked"
        await review.press("t", "r")
        await type_text(review.pilot, "who is behind the post?")
        await review.press("enter")
        await until(lambda: "is saved" in review.told)
        (note,) = list_notes(demo_store)
        assert (note.frame, note.label_id) == (0, None)
        assert "⚑ needs_human_review  ✎ 1 open note" in review.flags
        await review.press("f", "M", "f6", "escape", "f", "M", "2", "@")
        assert review.context.index == 4, "a macro is not asked"
        flagged = [Flag.NEEDS_HUMAN_REVIEW in frame.flags for frame in review.context.document]
        assert flagged[:5] == [True, True, True, True, False]


async def test_what_cannot_be_written_stays_in_the_line(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store, actor=RUI) as review:
        await review.press("~")
        await review.press("ctrl+r")
        assert "nothing to resolve" in screen_text(review.pilot)
        await review.press("tab")
        assert "no other note" in screen_text(review.pilot)
        await type_text(review.pilot, "x" * 501)
        await review.press("enter")
        assert "A note has at most 500 characters; this one has 501." in screen_text(review.pilot)
        await review.press("backspace", "enter")
        await until(lambda: "is saved" in review.told)
        assert [len(note.messages[0].text) for note in list_notes(demo_store)] == [500]


def _write(store: Store, scope: Scope, frame: int, label: str | None, text: str) -> Note:
    return write_note(store, LENA, scope, frame, label, text).unwrap()


async def test_the_list_is_walked_and_resolved_by_who_may(
    make_app: MakeApp, demo_store: Store, scope: Scope
) -> None:
    over = _write(demo_store, scope, 1, None, "dealt with")
    assert resolve_note(demo_store, LENA, over.id).ok
    _write(demo_store, scope, 6, "p2", "a long question " * 10)
    gone = _write(demo_store, scope, 4, "gone-7", "which one was it?")
    async with reviewing(make_app, demo_store, actor=RUI, size=(80, 24)) as review:
        await known(review)
        await review.press("}")
        assert review.context.index == 4
        await review.press(";", "o")
        assert review.context.index == 6
        await review.press("o")
        assert "No open note after this frame." in review.told
        await review.press("escape", "ctrl+o")
        text = screen_text(review.pilot)
        assert "Notes: 2 open of 3" in text
        assert text.index("gone-7 gone") < text.index("a long question") < text.index("dealt with")
        await review.press("j")
        assert (review.context.index, review.context.selected) == (6, "p2")
        await review.press("r")
        await until(lambda: banner(review.pilot).startswith("ROLE_FORBIDDEN"))
        assert "Ask lena or ada." in banner(review.pilot)
        await review.press("a")
        assert "^R Resolve (lead)" in screen_text(review.pilot)
        await review.press("escape", "j")
        assert review.context.index == 1
        await review.press("k", "enter")
        assert (review.context.index, review.context.mode.name) == (6, "review")
        assert "Notes: " not in screen_text(review.pilot)
    assert list_notes(demo_store)[1].is_open

    async with reviewing(make_app, demo_store, actor=LENA) as review:
        await known(review)
        await review.press("ctrl+o", "r")
        await until(lambda: "is resolved" in review.told)
        assert "Notes: 1 open of 3" in screen_text(review.pilot)
    assert not next(note for note in list_notes(demo_store) if note.id == gone.id).is_open


async def test_every_note_of_a_frame_is_a_key_away(
    make_app: MakeApp, demo_store: Store, scope: Scope
) -> None:
    _write(demo_store, scope, 0, "p3", "about three")
    _write(demo_store, scope, 0, None, "about the frame")
    async with reviewing(make_app, demo_store, actor=ADA) as review:
        await known(review)
        await review.press("~")
        shown = []
        for _ in range(3):
            shown.append(screen_text(review.pilot))
            await review.press("tab")
        for text, said in zip(
            shown, ("about the frame", "about three", "nothing is written yet"), strict=True
        ):
            assert said in text
        dialog = review.pilot.app.screen
        assert isinstance(dialog, NoteDialog)
        assert "about the frame" in screen_text(review.pilot)
        await review.press("shift+tab")
        assert "nothing is written yet" in screen_text(review.pilot)
