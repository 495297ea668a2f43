"""The Ops screens and their dialogs as they look."""

from __future__ import annotations

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.assessment.spot_checks import WISHES, start
from prelabel_tui.core.catalog.assignments import assign
from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.metrics.activity import note
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import Store
from tests.snapshots.shots import BOTH, Shots
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import LENA, RUI, fixed_ids, worked
from tests.ui.driving import app_of, press, settle, type_text
from tests.ui.publishing import all_reviewed, published, the_draft


async def test_runs(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "j")
        await shots(pilot, BOTH)


async def test_runs_filtered(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        for command in ("workspace arena", "status succeeded", "capability ball_detection"):
            await press(pilot, "colon")
            await type_text(pilot, command)
            await press(pilot, "enter")
        await shots(pilot)


async def test_runs_filtered_empty(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        await type_text(pilot, "status failed")
        await press(pilot, "enter", "enter")
        await shots(pilot)


async def test_filter_dialog(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "w")
        await shots(pilot)


async def test_run_details_with_full_ids(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "j", "i")
        await shots(pilot, BOTH)


async def test_copied(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "y")
        await shots(pilot)


async def test_help(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        await shots(pilot, BOTH)


@pytest.mark.parametrize("page", ["playbook", "signs", "outcomes", "words"])
async def test_help_page(make_app: MakeApp, shots: Shots, page: str) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        await type_text(pilot, f"help {page}")
        await press(pilot, "enter")
        await shots(pilot)


async def test_help_searched(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        await type_text(pilot, "eligib")
        await shots(pilot)


async def test_command_line(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        await type_text(pilot, "re")
        await shots(pilot)


async def test_palette(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+p")
        await shots(pilot)


async def test_series(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2", "j", "j", "j")
        await shots(pilot, BOTH)


async def test_series_of_mine_ready(
    make_published: MakeApp, published_store: Store, shots: Shots
) -> None:
    scope = find_scope(published_store, "arena", "tactical-1", "player_detection").unwrap()
    assert assign(published_store, LENA, scope, LENA.name).ok
    async with make_published(LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2", "f", "enter")
        await settle(pilot)
        await press(pilot, "t")
        await type_text(pilot, "all but frame 3")
        await press(pilot, "enter")
        await settle(pilot)
        await shots(pilot, BOTH)


async def test_assign_dialog(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2")
        await settle(pilot)
        await press(pilot, "a")
        await shots(pilot)


async def test_sort_dialog(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2", "S")
        await shots(pilot)


async def test_series_by_doubt(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2", "o")
        await settle(pilot)
        await shots(pilot)


async def test_audit(make_published: MakeApp, shots: Shots) -> None:
    async with make_published().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "3")
        await shots(pilot, BOTH)


async def test_database_error(make_app: MakeApp, shots: Shots) -> None:
    app = make_app()
    store = app.opener().unwrap()[0]
    async with app.run_test() as pilot:
        await settle(pilot)
        store.close()
        (store.home / "prelabel.db").write_bytes(b"this was a database " * 400)
        for name in ("prelabel.db-wal", "prelabel.db-shm"):
            (store.home / name).unlink(missing_ok=True)
        await press(pilot, "R")
        await shots(pilot)


async def test_too_small(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await shots(pilot, sizes=((60, 15),))


async def test_role_forbidden(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(RUI).run_test() as pilot:
        await settle(pilot)
        app_of(pilot).open_history("arena", "tactical-1", "player_detection")
        await settle(pilot)
        await press(pilot, "a")
        await shots(pilot)


async def test_approve_for_dataset_dialog(make_published: MakeApp, shots: Shots) -> None:
    async with make_published(LENA).run_test() as pilot:
        await settle(pilot)
        app_of(pilot).open_history("arena", "tactical-1", "player_detection")
        await settle(pilot)
        await press(pilot, "a")
        await shots(pilot)


async def metrics(demo_store: Store, make_app: MakeApp, shots: Shots, *keys: str) -> None:
    """Two sessions of one reviewer, one of another."""
    for actor, seconds, keys_pressed, frames in (
        (RUI, 3_600, 1_000, 500),
        (RUI, 1_800, 700, 400),
        (LENA, 3_600, 300, 100),
    ):
        run = list_runs(demo_store).rows[0]
        draft = open_review(demo_store, actor, run.id, Capability.BALL).unwrap()
        assert note(demo_store, actor, draft.id, worked(seconds, keys_pressed, frames)).ok
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "4", *keys)
        await shots(pilot, BOTH)


async def test_metrics(demo_store: Store, make_app: MakeApp, shots: Shots) -> None:
    await metrics(demo_store, make_app, shots)


async def test_metrics_by_session(demo_store: Store, make_app: MakeApp, shots: Shots) -> None:
    await metrics(demo_store, make_app, shots, "s", "j")


async def test_report(demo_store: Store, shots: Shots) -> None:
    published(demo_store)
    async with app_on(demo_store, LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "j", "e")
        await settle(pilot)
        await shots(pilot, BOTH)


async def test_report_beside_another(demo_store: Store, shots: Shots) -> None:
    published(demo_store)
    run = list_runs(demo_store).rows[0].id
    async with app_on(demo_store, LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "j", "e", ":")
        await type_text(pilot, f"compare {run}")
        await press(pilot, "enter")
        await settle(pilot)
        await shots(pilot)


async def test_report_of_nothing(make_app: MakeApp, shots: Shots) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "e")
        await settle(pilot)
        await shots(pilot)


async def test_spot_check(demo_store: Store, shots: Shots) -> None:
    with fixed_ids(900):
        draft = all_reviewed(demo_store, the_draft(demo_store))
        assert publishing.submit(demo_store, RUI, draft.id, draft.version).ok
    with fixed_ids(950):
        start(demo_store, LENA, draft.scope, WISHES[0]).unwrap()
    async with app_on(demo_store, LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2", "j", "j", "j", "p")
        await shots(pilot, name="choice")
        await press(pilot, "enter", "enter", "x", "b")
        await shots(pilot, BOTH, name="judging")
        await press(pilot, *["enter"] * 7)
        await shots(pilot, name="judged")
        await press(pilot, "e")
        await shots(pilot, BOTH, name="result")
        await press(pilot, "a")
        await shots(pilot, name="approve")


async def test_spot_check_is_the_leads(demo_store: Store, shots: Shots) -> None:
    all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, RUI).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "2", "j", "j", "j", "p")
        await shots(pilot)
