"""A newer run on the clip under review: offered, shown, carried, taken back."""

from __future__ import annotations

from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.newer_run import CarryDialog
from tests.core.clips import add_newer, shifted
from tests.ui.applications import MakeApp
from tests.ui.driving import banner, screen_text, until
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
