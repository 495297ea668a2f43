"""Ops › Data sets: freeze, look again, compare."""

from __future__ import annotations

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.widgets.tables.paged_table import PagedTable
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA, RUI
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text


def approve(store: Store, number: int) -> str:
    scope = find_scope(store, "arena", "tactical-1", "player_detection").unwrap()
    row = next(row for row in history(store, scope) if row.number == number)
    if row.can_approve:
        assert eligibility.approve(store, ADA, row.id, row.eligibility.version).ok
    return row.id


async def test_a_lead_freezes_what_is_approved(
    make_published: MakeApp, published_store: Store
) -> None:
    approve(published_store, 2)
    async with make_published().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "5")
        assert "n freezes what is approved now" in screen_text(pilot)
        await press(pilot, "n", "enter")
        assert "needs 1 to 100 printable characters" in screen_text(pilot)
        await type_text(pilot, "spring")
        await press(pilot, "enter")
        assert banner(pilot).startswith("DATASET_CREATED")
        (row,) = snapshots.datasets(published_store)
        assert [r.key for r in app_of(pilot).screen.query_one(PagedTable).rows] == [row.id]
        await press(pilot, "enter")
        assert isinstance(app_of(pilot).screen, TextDialog)
        assert "player_detection r2: Approved" in screen_text(pilot)
        await press(pilot, "escape", "c")
        assert "spring is the oldest one loaded" in screen_text(pilot)


async def test_what_became_of_it_and_what_differs(
    make_published: MakeApp, published_store: Store
) -> None:
    approve(published_store, 1)
    assert snapshots.create(published_store, ADA, "spring").ok
    newer = approve(published_store, 2)
    assert snapshots.create(published_store, ADA, "summer").ok
    assert eligibility.revoke(published_store, ADA, newer, 2, "mirrored").ok
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "5", "c")
        text = screen_text(pilot)
        assert "From spring to summer" in text
        assert "player_detection: revision 1 → 2" in text
        await press(pilot, "escape", "enter")
        assert "Revoked by ada: mirrored" in screen_text(pilot)
        await press(pilot, "escape")
        assert banner(pilot).startswith("DATASET_REVOKED")


async def test_a_reviewer_is_told_who_may(make_published: MakeApp) -> None:
    async with make_published(RUI).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "5", "n")
        assert banner(pilot).startswith("ROLE_FORBIDDEN")
