"""Revision history: columns, provenance, eligibility with its rules and conflicts, looking back."""

from __future__ import annotations

import pytest

from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.ops.compare_revisions import CompareScreen
from prelabel_tui.screens.ops.history import HistoryScreen
from prelabel_tui.screens.shared.dialogs import ConfirmDialog, PromptDialog, ReasonDialog
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.widgets.frame_view.widget import FrameView
from prelabel_tui.widgets.tables.detail_pane import DetailPane
from prelabel_tui.widgets.tables.paged_table import PagedTable
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA, LENA, RUI
from tests.ui.driving import (
    app_of,
    banner,
    locked,
    open_history,
    press,
    screen_text,
    settle,
    type_text,
    until,
)
from tests.ui.reviewing import reviewing


def the_scope(store: Store) -> Scope:
    """The scope that has two revisions."""
    return find_scope(store, "arena", "tactical-1", Capability.PLAYER).unwrap()


def revisions(store: Store) -> list[RevisionRow]:
    """r2, r1."""
    return history(store, the_scope(store))


async def test_it_shows_the_guides_columns(make_published: MakeApp, published_store: Store) -> None:
    latest, first = revisions(published_store)
    async with make_published().run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        lines = screen_text(pilot).splitlines()
        titles = [lines[1].index(t) for t in ("Revision", "Diff", "Provenance", "Dataset elig")]
        assert titles == sorted(titles)
        assert "r2" in lines[2]
        assert latest.content_hash[:8] in lines[2]
        assert latest.diff.text in lines[2]
        assert latest.lineage.label in lines[2]
        assert "Reviewed v1" in lines[2]
        assert "r1" in lines[3]
        assert "Approved v2" in lines[3]
        assert first.lineage.label in lines[3]


async def test_provenance_lists_all_of_the_guide(
    make_published: MakeApp, published_store: Store
) -> None:
    latest = revisions(published_store)[0]
    told = latest.provenance
    async with make_published().run_test(size=(160, 50)) as pilot:
        await open_history(pilot)
        shown = dict(app_of(pilot).screen.query_one(DetailPane).shown)
        values = "\n".join(shown.values())
        for expected in (
            latest.content_hash, told.published_by, told.actor, told.pack_sha, told.pack_id,
            told.lineage.full, told.draft_id, f"v{told.draft_version}", told.artifact_sha,
            told.manifest_sha, "flagged frame", "2026-03-14 13:09:26 UTC",
        ):  # fmt: skip
            assert str(expected) in values
        await press(pilot, "i")
        assert isinstance(app_of(pilot).screen, TextDialog)
        assert latest.id in screen_text(pilot)


async def test_a_lead_approves_for_dataset_and_the_row_follows(
    make_published: MakeApp, published_store: Store
) -> None:
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "a")
        assert isinstance(app_of(pilot).screen, PromptDialog)
        await type_text(pilot, "ready for training")
        await press(pilot, "enter")
        assert banner(pilot).startswith("ELIGIBILITY_APPROVED")
        assert "Approved v2" in screen_text(pilot).splitlines()[2]
    record = revisions(published_store)[0].eligibility
    assert (record.status, record.version) == ("Approved", 2)
    assert (record.reason, record.updated_by) == ("ready for training", "lena")


async def test_revoking_needs_a_reason(make_published: MakeApp, published_store: Store) -> None:
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "j", "v")
        assert isinstance(app_of(pilot).screen, ReasonDialog)
        assert "frames reviewed" in screen_text(pilot)
        await type_text(pilot, "   ")
        await press(pilot, "enter")
        assert isinstance(app_of(pilot).screen, ReasonDialog)
        assert "REASON_REQUIRED" in screen_text(pilot)
        await press(pilot, "escape")
        assert revisions(published_store)[1].eligibility.status == "Approved"
        await press(pilot, "v")
        await type_text(pilot, "wrong half")
        await press(pilot, "enter")
        assert banner(pilot).startswith("ELIGIBILITY_REVOKED")
        assert "Revoked v3" in screen_text(pilot).splitlines()[3]


async def test_keys_that_cannot_act_say_why(make_published: MakeApp) -> None:
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "v")
        assert banner(pilot) == "Revoke is off: it is Reviewed, not Approved."
        await press(pilot, "j", "a")
        assert banner(pilot).startswith("Approve for dataset is off: it is approved")
        await press(pilot, "c")
        assert "r1 has no predecessor" in banner(pilot)
        await press(pilot, "m", "c")
        assert "is the marked one" in banner(pilot)


async def test_a_reviewer_may_not(make_published: MakeApp, published_store: Store) -> None:
    async with make_published(RUI).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "a")
        assert banner(pilot).startswith("ROLE_FORBIDDEN")
        await press(pilot, "j", "v")
        assert banner(pilot).startswith("ROLE_FORBIDDEN")
    assert [row.eligibility.status for row in revisions(published_store)] == [
        "Reviewed",
        "Approved",
    ]


@pytest.mark.parametrize("key", ["a", "v"])
async def test_who_comes_second_sees_the_conflict_and_the_latest_state(
    make_published: MakeApp, published_store: Store, key: str
) -> None:
    latest, first = revisions(published_store)
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, *(["j"] if key == "v" else []), key)
        if key == "a":
            assert eligibility.approve(published_store, ADA, latest.id, 1).ok
        else:
            assert eligibility.revoke(published_store, ADA, first.id, 2, "mine").ok
        await type_text(pilot, "me too")
        await press(pilot, "enter")
        assert banner(pilot).startswith(
            "ELIGIBILITY_VERSION_CONFLICT: Another operator changed dataset eligibility first."
        )
        row = screen_text(pilot).splitlines()[2 if key == "a" else 3]
        assert ("Approved v2" if key == "a" else "Revoked v3") in row


async def test_two_revisions_are_compared_on_the_frame(make_published: MakeApp) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "c")
        screen = app_of(pilot).screen
        assert isinstance(screen, CompareScreen)
        text = screen_text(pilot)
        assert "Compare r1 → r2" in text
        assert "difference 1 of 2" in text
        assert " 2/8 " in text
        assert "moved +4,+0" in text
        view = screen.query_one(FrameView)
        both = len(view.scene.marks)
        await press(pilot, "t")
        before = len(view.scene.marks)
        await press(pilot, "t")
        after = len(view.scene.marks)
        assert (both, after) == (before + 1, before - 1)
        await press(pilot, "n")
        assert "difference 2 of 2" in screen_text(pilot)
        assert "flags none → bad_frame" in screen_text(pilot)
        await press(pilot, "n")
        assert banner(pilot) == "No more differences after this frame."
        await press(pilot, "N", "N")
        assert banner(pilot) == "No differences before this frame."
        await press(pilot, "colon")
        await type_text(pilot, "go_to 8")
        await press(pilot, "enter")
        assert "difference – of 2" in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(app_of(pilot).screen, HistoryScreen)


async def test_a_predecessor_on_the_next_page_is_not_said_to_be_none(
    make_published: MakeApp,
) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        table = app_of(pilot).screen.query_one(PagedTable)
        table.set_rows(table.rows[:1])
        await press(pilot, "c")
        assert banner(pilot) == "r1 is not loaded yet: G loads more."


async def test_the_marked_revision_is_where_a_comparison_starts(make_published: MakeApp) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "m")
        assert "◆r2" in screen_text(pilot)
        await press(pilot, "j", "c")
        assert "Compare r2 → r1" in screen_text(pilot)


async def test_a_revision_opens_read_only(make_published: MakeApp) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "enter")
        assert "Revision r2 (read-only)" in screen_text(pilot)
        table = app_of(pilot).screen.query_one(PagedTable)
        assert table.row is not None
        await press(pilot, "t")
        assert "Only one revision is open" in banner(pilot)


async def test_a_new_draft_from_an_old_revision_is_asked_for_and_opened(
    make_published: MakeApp, published_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_published(RUI)
    opened: list[str] = []
    monkeypatch.setattr(app, "open_review", lambda draft, _: opened.append(draft.id))
    before = loading.active_draft(published_store, the_scope(published_store))
    assert before is not None
    async with app.run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, "j", "n")
        assert isinstance(app.screen, ConfirmDialog)
        await press(pilot, "escape", "n", "enter")
        after = loading.active_draft(published_store, the_scope(published_store))
        assert after is not None
        assert after.version == before.version + 1
        assert opened == [after.id]
        assert after.lineage.revision_id == revisions(published_store)[1].id


async def test_a_scope_without_revisions_says_so(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "h")
        assert "Nothing has been published in this scope yet." in screen_text(pilot)
        await press(pilot, "a")
        assert banner(pilot) == "Nothing has been published in this scope yet."


async def test_a_change_that_waits_for_the_database_is_waited_for_and_told(
    make_published: MakeApp, published_store: Store
) -> None:
    async with make_published(LENA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        with locked(published_store):
            await press(pilot, "a")
            await pilot.press("enter")
            await until(lambda: "Approving for dataset…" in screen_text(pilot))
            assert "esc cancels" not in screen_text(pilot)
            await pilot.press("escape")
            assert "cannot be cancelled now" in banner(pilot)
        await settle(pilot)
        assert banner(pilot).startswith("ELIGIBILITY_APPROVED")
    assert revisions(published_store)[0].eligibility.status == "Approved"


@pytest.mark.parametrize("size", [(80, 20), (80, 24), (120, 40), (200, 60)])
async def test_the_review_shows_the_keys_of_packs_publish_and_history(
    make_app: MakeApp, demo_store: Store, size: tuple[int, int]
) -> None:
    async with reviewing(make_app, demo_store, size=size) as review:
        keys = screen_text(review.pilot).splitlines()[-1]
        assert "C Packs" in keys
        assert "! Publish" in keys
        assert "^R History" in keys
        assert keys.rstrip().endswith("? Help")


async def test_the_review_opens_the_history_and_is_there_again_after_it(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        await review.press("f", "f", "ctrl+r")
        app = app_of(review.pilot)
        assert isinstance(app.screen, HistoryScreen)
        assert "player_detection" in screen_text(review.pilot)
        for key in "12345":
            await review.press(key)
            assert isinstance(app.screen, HistoryScreen)
            assert "A review is open below" in screen_text(review.pilot)
        await review.press("q")
        assert app.screen is review.screen
        assert review.context.index == 2
