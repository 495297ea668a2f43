"""Audit: the log with its filters."""

from __future__ import annotations

import pytest

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.identity.audit import entries
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.store import Store
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.widgets.status.filter_bar import FilterBar
from prelabel_tui.widgets.tables.paged_table import PagedTable
from tests.ui.applications import MakeApp
from tests.ui.demo_home import ADA
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text


async def test_the_newest_entry_comes_first_and_whole(
    make_published: MakeApp, published_store: Store
) -> None:
    newest = entries(published_store)[0]
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3")
        text = screen_text(pilot)
        assert newest.action in text.splitlines()[3]
        assert newest.subject_id in text
        assert newest.origin in text


@pytest.mark.parametrize(
    ("command", "holds"),
    [
        ("user rui", lambda entry: entry.actor == "rui"),
        ("action eligibility", lambda entry: entry.action.startswith("eligibility")),
        ("since 2026-03-14", lambda entry: f"{entry.at:%Y-%m-%d}" >= "2026-03-14"),
    ],
)
async def test_filters_by_command(
    make_published: MakeApp, published_store: Store, command: str, holds: object
) -> None:
    assert callable(holds)
    wanted = [entry.id for entry in entries(published_store) if holds(entry)]
    assert 0 < len(wanted) < len(entries(published_store))
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "colon")
        await type_text(pilot, command)
        await press(pilot, "enter")
        table = app_of(pilot).screen.query_one(PagedTable)
        assert [row.key for row in table.rows] == wanted
        await press(pilot, "x")
        assert len(table.rows) == len(entries(published_store))


async def test_the_subject_under_the_cursor_is_offered(
    make_published: MakeApp, published_store: Store
) -> None:
    subject = entries(published_store)[0].subject_id
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "s", "enter")
        assert subject in app_of(pilot).screen.query_one(FilterBar).plain
        rows = app_of(pilot).screen.query_one(PagedTable).rows
        assert {row.value.subject_id for row in rows} == {subject}


async def test_a_day_that_is_none_is_refused_inline(make_published: MakeApp) -> None:
    async with make_published().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "d")
        await type_text(pilot, "yesterday")
        await press(pilot, "enter")
        assert isinstance(app_of(pilot).screen, PromptDialog)
        assert "is not a day" in screen_text(pilot)
        await press(pilot, "escape", "colon")
        await type_text(pilot, "since yesterday")
        await press(pilot, "enter")
        assert "is not a day" in banner(pilot)


async def test_a_very_long_reason_leaves_the_keys_in_sight(
    make_published: MakeApp, published_store: Store
) -> None:
    scope = find_scope(published_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    pack = packs.packs(published_store, scope)[0]
    assert packs.reject(published_store, ADA, pack.id, pack.version, "r" * 2_000).ok
    async with make_published().run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "i", *["j"] * 5)
        text = screen_text(pilot)
        assert "y copies all 2,000 characters" in text
        assert "esc Close" in text
