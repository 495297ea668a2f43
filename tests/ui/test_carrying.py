"""A newer run on the clip under review: offered, shown, carried, taken back."""

from __future__ import annotations

from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.newer_run import CarryDialog
from prelabel_tui.widgets.tables.paged_table import PagedTable
from tests.core.clips import add_newer, shifted
from tests.ui.applications import MakeApp
from tests.ui.driving import app_of, banner, press, screen_text, settle, until
from tests.ui.reviewing import draft_of, reviewing


async def test_corrections_are_carried_onto_a_newer_run_and_come_back(
    make_app: MakeApp, demo_store: Store
) -> None:
    draft = draft_of(demo_store)
    pack_id = add_newer(demo_store, draft, shifted(load(demo_store, draft.id).unwrap().document))
    async with reviewing(make_app, demo_store) as review:
        await until(lambda: "Newer prelabels are here" in banner(review.pilot))
        await review.press("home", "tab", "5", "l")
        name = review.context.selected
        place = review.label().geometry
        await review.press("grave_accent")
        assert isinstance(review.pilot.app.screen, CarryDialog)
        text = screen_text(review.pilot)
        assert "1  corrected or reviewed labels" in text
        assert "Not found" in text
        await review.press("escape")
        assert review.context.open_session.info.lineage.pack_id == draft.lineage.pack_id
        await review.press("grave_accent", "enter")
        await review.rest()
        assert "1 carried, 0 not found" in banner(review.pilot)
        session = review.context.open_session
        assert session.info.lineage.pack_id == pack_id
        assert session.document.frame(0).label(f"new{name}").geometry == place  # type: ignore[union-attr]
        await review.press("grave_accent")
        assert "SOURCE_PACK_MISSING" in banner(review.pilot)


async def test_without_newer_prelabels_nothing_is_offered_and_the_key_says_so(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        assert "Newer prelabels" not in banner(review.pilot)
        await review.press("grave_accent")
        assert "has no newer prelabels" in banner(review.pilot)


async def test_corrections_are_carried_from_the_list_of_runs(
    make_app: MakeApp, demo_store: Store
) -> None:
    draft = draft_of(demo_store)
    prelabels = load(demo_store, draft.id).unwrap().document
    async with reviewing(make_app, demo_store) as review:
        await review.press("home", "tab", "5", "l")
        corrected = review.label()
        await review.saved()
    async with make_app().run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        app = app_of(pilot)
        table = app.screen.query_one(PagedTable)

        async def press_on(pack_id: str | None) -> None:
            await press(pilot, "R")
            packs = [row.value and row.value[1].pack_id for row in table.rows]
            table.move_to(packs.index(pack_id))
            await press(pilot, "grave_accent")
            await settle(pilot)

        await press_on(draft.lineage.pack_id)
        assert "of this run's prelabels already" in banner(pilot)
        pack_id = add_newer(demo_store, draft, shifted(prelabels))
        await press_on(pack_id)
        assert isinstance(app.screen, CarryDialog)
        await press(pilot, "escape", "i")
        assert "` carries its corrections onto this one" in screen_text(pilot)
        await press(pilot, "escape", "grave_accent")
        await settle(pilot)
        assert "1  corrected or reviewed labels" in screen_text(pilot)
        await press(pilot, "escape", "grave_accent")
        await settle(pilot)
        await press(pilot, "enter")
        await until(lambda: "1 carried" in banner(pilot))
    now = load(demo_store, draft.id).unwrap()
    assert now.info.lineage.pack_id == pack_id
    carried = now.document.frame(0).label(f"new{corrected.id}")
    assert carried is not None
    assert carried.geometry == corrected.geometry
