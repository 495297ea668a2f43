"""Two people at the same packs and revisions: what is open follows, and what is old is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, packs, submit
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.publishing import PublishDialog
from prelabel_tui.screens.shared.dialogs import PromptDialog
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import ADA, LENA, RUI
from tests.ui.driving import app_of, banner, open_history, press, screen_text, type_text, until
from tests.ui.publishing import publishing, run_pack, the_draft
from tests.ui.reviewing import PLAYER, Review, reviewing


@asynccontextmanager
async def looking_at_packs(make_app: MakeApp, store: Store) -> AsyncIterator[Review]:
    async with reviewing(make_app, store, capability=PLAYER) as review:
        await review.press("C")
        await until(lambda: "pending" in screen_text(review.pilot))
        yield review


async def test_a_decision_elsewhere_is_shown_in_the_open_list(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with looking_at_packs(make_app, demo_store) as review:
        pack = run_pack(demo_store)
        approved = packs.approve(demo_store, LENA, pack.id, pack.version, "right").unwrap()
        await until(lambda: "1 approved candidate" in screen_text(review.pilot))
        assert packs.reject(demo_store, LENA, pack.id, approved.version, "not so").ok
        await until(lambda: "rejected" in screen_text(review.pilot))


async def test_a_decision_about_a_pack_that_was_decided_meanwhile_is_refused(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with looking_at_packs(make_app, demo_store) as review:
        pilot, pack = review.pilot, run_pack(demo_store)
        await review.press("a")
        await type_text(pilot, "looks right")
        assert packs.reject(demo_store, LENA, pack.id, pack.version, "too wide").ok
        await until(lambda: "PACK_VERSION_CONFLICT" in screen_text(pilot))
        told = " ".join(screen_text(pilot).split())
        assert "lena made version 2" in told
        await press(pilot, "!", "enter")
        assert isinstance(pilot.app.screen, PromptDialog), "nothing is accepted"
        assert "PACK_VERSION_CONFLICT" in screen_text(pilot)
        await press(pilot, "escape")
        await until(lambda: "rejected" in screen_text(pilot))
    assert run_pack(demo_store).review_status == "rejected"


async def test_publish_follows_the_packs_that_are_approved(demo_store: Store) -> None:
    draft, pack = the_draft(demo_store), run_pack(demo_store)
    async with app_on(demo_store, RUI).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        assert "First publish will create" in screen_text(pilot)
        approved = packs.approve(demo_store, LENA, pack.id, pack.version, "right").unwrap()
        short = f"pack-{pack.id[:8]}"
        await until(lambda: f"◉ {short}" in screen_text(pilot))
        assert packs.reject(demo_store, LENA, pack.id, approved.version, "not so").ok
        await until(lambda: f"{short} is no longer approved" in screen_text(pilot))
        assert "First publish will create" in screen_text(pilot)
        await press(pilot, "enter")
        assert not isinstance(pilot.app.screen, PublishDialog)


async def test_publish_with_no_pack_left_asks_for_approval(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    pack = submit(demo_store, RUI, draft.id, draft.version).unwrap().pack
    assert pack is not None
    approved = packs.approve(demo_store, LENA, pack.id, pack.version, "right").unwrap()
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        assert packs.retire(demo_store, LENA, pack.id, approved.version, "too old").ok
        await until(lambda: "None is approved" in screen_text(pilot))
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, PublishDialog)
        assert "submit the draft for approval" in screen_text(pilot)


@pytest.mark.parametrize("row", [0, 1], ids=["approve", "revoke"])
async def test_eligibility_that_was_changed_meanwhile_is_not_decided(
    published_store: Store, row: int
) -> None:
    revision = history(published_store, run_pack(published_store).scope)[row]
    async with app_on(published_store, ADA).run_test(size=(120, 40)) as pilot:
        await open_history(pilot)
        await press(pilot, *"j" * row, "av"[row])
        assert isinstance(app_of(pilot).screen, PromptDialog)
        change = (eligibility.approve, eligibility.revoke)[row]
        version = revision.eligibility.version
        assert change(published_store, LENA, revision.id, version, "was first").ok
        await until(lambda: Code.ELIGIBILITY_VERSION_CONFLICT in screen_text(pilot))
        await type_text(pilot, "late")
        await press(pilot, "enter", "escape")
        assert banner(pilot) == ""
    now = history(published_store, revision.scope)[row].eligibility
    assert (now.version, now.updated_by) == (version + 1, "lena")
