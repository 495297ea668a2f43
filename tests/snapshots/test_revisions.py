"""Revision history, comparison, publishing and approving as they look."""

from __future__ import annotations

from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.pack_decisions import PackDecision, decide_pack
from tests.snapshots.shots import BOTH, Shots
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import ADA, LENA, RUI, change_and_save
from tests.ui.driving import app_of, open_history, press, settle, type_text
from tests.ui.publishing import all_reviewed, host, publishing, run_pack, the_draft


def the_scope(store: Store) -> Scope:
    """The scope that has revisions."""
    return find_scope(store, "arena", "tactical-1", Capability.PLAYER).unwrap()


async def test_history(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await open_history(pilot)
        await shots(pilot, BOTH)


async def test_history_of_nothing(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "h")
        await shots(pilot)


async def test_approved(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(LENA).run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "a", "enter")
        await shots(pilot)


async def test_revoke_without_a_reason(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(LENA).run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "j", "v", "enter")
        await shots(pilot)


async def test_revoked(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(LENA).run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "j", "v")
        await type_text(pilot, "the clip is mirrored")
        await press(pilot, "enter")
        await shots(pilot)


async def test_eligibility_conflict(
    make_published: MakeApp, published_store: Store, shots: Shots
) -> None:
    latest = history(published_store, the_scope(published_store))[0]
    async with make_published(LENA).run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "a")
        assert eligibility.approve(published_store, ADA, latest.id, 1).ok
        await press(pilot, "enter")
        await shots(pilot)


async def test_new_draft_dialog(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "j", "n")
        await shots(pilot)


async def test_compare(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "c", "j")
        await shots(pilot, BOTH)


async def test_read_only(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await open_history(pilot)
        await press(pilot, "enter")
        await shots(pilot)


async def test_first_publish(demo_store: Store, shots: Shots) -> None:
    draft = all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, LENA).run_test() as pilot:
        await publishing(pilot, draft)
        await shots(pilot)


async def test_first_published(demo_store: Store, shots: Shots) -> None:
    draft = all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, LENA).run_test() as pilot:
        await publishing(pilot, draft)
        await press(pilot, "enter")
        app_of(pilot).screen.set_title(scope="published")  # type: ignore[attr-defined]
        await shots(pilot)


async def test_publish_with_warnings(published_store: Store, shots: Shots) -> None:
    draft = change_and_save(published_store, RUI, the_draft(published_store), by=7)
    async with app_on(published_store, LENA).run_test() as pilot:
        await publishing(pilot, draft)
        await shots(pilot, BOTH)


async def test_override_dialog(demo_store: Store, shots: Shots) -> None:
    draft = the_draft(demo_store)
    async with app_on(demo_store, LENA).run_test() as pilot:
        await publishing(pilot, draft)
        await press(pilot, "enter")
        await shots(pilot)


async def test_override_forbidden(demo_store: Store, shots: Shots) -> None:
    draft = the_draft(demo_store)
    async with app_on(demo_store, RUI).run_test() as pilot:
        await publishing(pilot, draft)
        await press(pilot, "enter")
        await shots(pilot)


async def test_no_op(published_store: Store, shots: Shots) -> None:
    draft = loading.active_draft(published_store, the_scope(published_store))
    assert draft is not None
    async with app_on(published_store, LENA).run_test() as pilot:
        await publishing(pilot, draft)
        await press(pilot, "enter")
        await shots(pilot)


async def test_approve_pack_dialog(demo_store: Store, shots: Shots) -> None:
    pack = run_pack(demo_store)
    async with app_on(demo_store, LENA).run_test() as pilot:
        await host(pilot, lambda screen: decide_pack(screen, pack, PackDecision.APPROVE))
        await shots(pilot)
