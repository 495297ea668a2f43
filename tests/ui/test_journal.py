"""The local journal goes away, or is damaged: the review says so, and when it is well again."""

from __future__ import annotations

import shutil

from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.session.claiming import journal_folder
from prelabel_tui.core.session.records import Kind, Record, scan
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.recovery import RecoveryDialog
from tests.ui.applications import MakeApp
from tests.ui.conflicts import crashed_session, first_ids
from tests.ui.driving import banner, screen_text, settle, until
from tests.ui.reviewing import draft_of, reviewing


async def test_a_journal_that_was_deleted_is_told_with_the_next_edit(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        shutil.rmtree(journal_folder(demo_store.home))
        await review.press("l")
        assert "The local journal was gone. It is well again" in banner(review.pilot)
        assert list(journal_folder(demo_store.home).glob("*.log"))


async def test_a_journal_that_cannot_be_made_again_is_told_until_it_can(
    make_app: MakeApp, demo_store: Store
) -> None:
    folder = journal_folder(demo_store.home)
    async with reviewing(make_app, demo_store) as review:
        await review.press("tab", "l")
        shutil.rmtree(folder)
        folder.write_text("in the way")
        await review.press("l")
        said = banner(review.pilot)
        assert "STORAGE_WRITE_FAILED" in said
        assert "The local journal" in said
        await review.press("j")
        assert "The local journal" in banner(review.pilot), "it stays"
        folder.unlink()
        await until(lambda: "It is well again" in banner(review.pilot))


async def test_what_a_damaged_journal_lost_is_told_when_the_draft_is_opened(
    make_app: MakeApp, demo_store: Store
) -> None:
    draft = draft_of(demo_store)
    crashed_session(demo_store, draft, first_ids(demo_store, draft, 0, 1)[0])
    (path,) = journal_folder(demo_store.home).glob("*.log")
    data = bytearray(path.read_bytes())
    (edit,) = [
        one for one in scan(bytes(data)) if isinstance(one, Record) and one.kind is Kind.OPERATION
    ]
    data[edit.end - 3] ^= 1
    path.write_bytes(data)
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot)
        assert isinstance(app.screen, RecoveryDialog)
        said = " ".join(screen_text(pilot).replace("│", " ").split())
        assert "The local journal is damaged in 1 place" in said
        assert "Look again at frame 1." in said
        await pilot.press("enter")
        await settle(pilot)
    assert load(demo_store, draft.id).unwrap().info.version == 1
