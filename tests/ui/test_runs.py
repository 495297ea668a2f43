"""Ops › Prelabels: the list, its four filters, lineage, details, copying, routing to review."""

from __future__ import annotations

import asyncio
import threading

import pytest
from textual.events import Key

from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts.loading import active_draft, open_review
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Result
from prelabel_tui.core.store import Store, models
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.shared.list_dialogs import ChoiceDialog, TextDialog
from prelabel_tui.widgets.status.filter_bar import FilterBar
from prelabel_tui.widgets.tables.paged_table import PagedTable
from tests.ui.applications import MakeApp
from tests.ui.demo_home import LENA, RUI
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text, until


def clips(store: Store, workspace: str, count: int) -> None:
    """Add clips to a workspace, called clip-0000 and so on."""
    with store.write() as session:
        of = session.query(models.Workspace).filter_by(name=workspace).one()
        session.add_all(
            models.Media(
                id=new_id(), workspace_id=of.id, name=f"clip-{number:04d}", manifest_sha="0" * 64,
                frame_count=0, missing_count=0, created_at=store.now(),
            )
            for number in range(count)
        )  # fmt: skip


async def test_each_capability_has_an_outcome_line_with_its_lineage(
    make_app: MakeApp, demo_store: Store
) -> None:
    runs = list_runs(demo_store).rows
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        text = screen_text(pilot)
        for run in runs:
            assert f"{run.workspace} / {run.media}" in text
            for line in run.outcomes.values():
                assert line.lineage.label in text
        assert text.count("ball_detection") == 3
        assert "8 frames, 4 missing" in text
        assert "ada · admin" in text


async def test_filters_combine_and_are_remembered_for_the_user(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "w")
        assert isinstance(pilot.app.screen, ChoiceDialog)
        await type_text(pilot, "are")
        await press(pilot, "enter")
        text = screen_text(pilot)
        assert "tsukuba" not in text
        assert "arena / dome-1" in text
        await press(pilot, "c")
        await type_text(pilot, "ball")
        await press(pilot, "enter")
        assert "player_detection" not in screen_text(pilot)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        bar = pilot.app.screen.query_one(FilterBar)
        assert (
            bar.plain
            == "workspace arena, media all, status all, capability ball_detection, for all"
        )
        assert "tsukuba" not in screen_text(pilot)
        await press(pilot, "x")
        assert "tsukuba" in screen_text(pilot)
    async with make_app(RUI).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "workspace all" in pilot.app.screen.query_one(FilterBar).plain


@pytest.mark.parametrize(
    ("command", "left", "gone"),
    [
        ("media dome-1", "dome-1", "tactical-1"),
        ("status partial", "wide-1", "dome-1"),
        ("workspace tsukuba", "wide-1", "arena"),
        ("capability player_detection", "player_detection", "ball_detection"),
    ],
)
async def test_each_filter_can_be_set_from_the_command_line(
    make_app: MakeApp, command: str, left: str, gone: str
) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        await type_text(pilot, command)
        await press(pilot, "enter")
        table = "\n".join(screen_text(pilot).splitlines()[2:])
        assert left in table
        assert gone not in table


async def test_enter_counts_what_was_typed_however_fast_it_came(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "m")
        for key in ("d", "o", "m"):
            app.post_message(Key(key, key))
        app.post_message(Key("enter", "\r"))
        await settle(pilot)
        assert "media dome-1" in app.screen.query_one(FilterBar).plain


async def test_a_filter_value_that_is_not_there_is_said(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "colon")
        await type_text(pilot, "workspace nowhere")
        await press(pilot, "enter")
        assert "nowhere" in banner(pilot)


async def test_names_are_read_a_page_at_a_time_and_found_by_what_is_typed(
    make_app: MakeApp, demo_store: Store
) -> None:
    clips(demo_store, "tsukuba", 300)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "m")
        table = app_of(pilot).screen.query_one(PagedTable)
        assert len(table.rows) == 101, "all, and a page of names"
        await press(pilot, *["pagedown"] * 8)
        assert len(table.rows) == 201
        await type_text(pilot, "CLIP-0299")
        await settle(pilot)
        assert [row.value.value for row in table.rows] == ["clip-0299"]
        await press(pilot, "enter")
        assert "media clip-0299" in pilot.app.screen.query_one(FilterBar).plain
        await press(pilot, "m")
        await type_text(pilot, "nothing like it")
        await press(pilot, "enter")
        assert "Nothing matches" in screen_text(pilot)
        await press(pilot, "escape")
        assert "media clip-0299" in pilot.app.screen.query_one(FilterBar).plain


async def test_a_workspace_without_the_chosen_clip_drops_that_filter(
    make_app: MakeApp, demo_store: Store
) -> None:
    clips(demo_store, "tsukuba", 1)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for command in ("media clip-0000", "workspace tsukuba"):
            await press(pilot, "colon")
            await type_text(pilot, command)
            await press(pilot, "enter")
        bar = pilot.app.screen.query_one(FilterBar)
        assert bar.plain.startswith("workspace tsukuba, media clip-0000")
        await press(pilot, "colon")
        await type_text(pilot, "workspace ARENA")
        await press(pilot, "enter")
        assert bar.plain.startswith("workspace arena, media all")


async def test_an_unknown_key_is_answered_until_the_next_key(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "f12")
        assert banner(pilot) == "f12 does nothing here; ? shows the keys."
        await press(pilot, "j")
        assert banner(pilot) == ""


async def test_keys_typed_before_the_rows_are_there_arrive(
    make_app: MakeApp, demo_store: Store
) -> None:
    app, opened = make_app(), threading.Event()
    opener = app.opener

    def slowly() -> Result[tuple[Store, Actor]]:
        opened.wait(30)
        return opener()

    app.opener = slowly
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "i")
        table = pilot.app.screen.query_one(PagedTable)
        assert not table.rows
        opened.set()
        await settle(pilot)
        first = next(place for place, row in enumerate(table.rows) if row.selectable)
        assert table.cursor > first
        assert isinstance(pilot.app.screen, TextDialog)


async def test_full_ids_stand_in_the_details_and_can_be_copied(
    make_app: MakeApp, demo_store: Store
) -> None:
    line = list_runs(demo_store).rows[0].outcomes[Capability.BALL]
    assert line.pack_id is not None
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        assert isinstance(pilot.app.screen, TextDialog)
        assert f"Pack-id: {line.pack_id}" in screen_text(pilot)
        await press(pilot, "y")
        assert pilot.app.clipboard == f"Pack-id: {line.pack_id}"
        await press(pilot, "escape", "y")
        assert pilot.app.clipboard == line.pack_id
        assert line.pack_id in banner(pilot)


async def test_manual_lineage_has_no_id_to_copy_and_the_banner_says_so(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        table = pilot.app.screen.query_one(PagedTable)
        while table.row is not None and table.row.value[1].pack_id is not None:
            await press(pilot, "j")
        await press(pilot, "y")
        assert "Manual" in banner(pilot)


async def test_review_opens_the_active_draft_or_makes_one(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, Code]] = []
    app = make_app(RUI)
    monkeypatch.setattr(
        app, "open_review", lambda draft, outcome: opened.append((draft.id, outcome.code))
    )
    scope = find_scope(demo_store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    assert active_draft(demo_store, scope) is None
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "p")
        draft = active_draft(demo_store, scope)
        assert draft is not None
        assert opened == [(draft.id, Code.DRAFT_CREATED)]
        await press(pilot, "j", "enter")
        assert opened[1] == (draft.id, Code.DRAFT_OPENED)


async def test_who_else_reviews_is_shown(make_app: MakeApp, demo_store: Store) -> None:
    from prelabel_tui.core.drafts.presence import beat

    run = list_runs(demo_store).rows[0]
    draft = open_review(demo_store, LENA, run.id, Capability.BALL).unwrap()
    beat(demo_store, LENA, "t" * 32, draft.id, demo_store.now())
    async with make_app(RUI).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "● lena v1" in screen_text(pilot)


async def test_back_on_the_first_screen_leaves_only_when_pressed_again(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await settle(pilot)
        await press(pilot, "escape")
        assert "again to quit" in banner(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)
        await pilot.press("q")
        await pilot.pause(0.1)
        assert app_of(pilot)._exit


async def test_an_empty_data_folder_says_how_to_import(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from prelabel_tui.app import PrelabelApp
    from prelabel_tui.core.outcomes import Code, Outcome, Result
    from tests.ui.demo_home import ADA, open_demo

    store = open_demo(tmp_path_factory.mktemp("empty"))
    async with PrelabelApp(lambda: Result(Outcome(Code.OK), (store, ADA))).run_test() as pilot:
        await settle(pilot)
        shown = screen_text(pilot)
        assert "prelabel-tui demo" in shown
        assert "prelabel-tui import coco --workspace CLUB" in shown
        await press(pilot, "enter")
        assert banner(pilot).startswith("No runs yet.")
    store.close()


@pytest.mark.parametrize(("cover", "back"), [("i", "escape"), ("enter", "q")])
async def test_a_covered_list_does_not_load_and_loads_once_when_it_is_back(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, cover: str, back: str
) -> None:
    monkeypatch.setattr(RunsScreen, "auto_refresh_s", 0.2)
    loads = []

    async def load(screen: RunsScreen, *, more: bool) -> None:
        loads.append(more)
        await RunsScreen.load(screen, more=more)

    counted = type("RunsScreen", (RunsScreen,), {"load": load})
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app_of(pilot).push_screen(screen := counted())
        await settle(pilot)
        await until(lambda: len(loads) >= 2)  # in view it loads again and again
        await press(pilot, cover)
        assert app_of(pilot).screen is not screen
        loads.clear()
        await asyncio.sleep(0.5)
        assert not loads
        monkeypatch.setattr(RunsScreen, "auto_refresh_s", None)
        await press(pilot, back)
        assert app_of(pilot).screen is screen
        assert loads


async def test_a_run_that_nothing_depends_on_is_removed_with_a_reason(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        run = list_runs(demo_store).rows[0]
        await press(pilot, "D")
        await type_text(pilot, "imported twice")
        await press(pilot, "enter")
        assert "RUN_REMOVED" in banner(pilot)
        assert (
            f"{run.workspace} / {run.media}" not in screen_text(pilot).partition("RUN_REMOVED")[0]
        )
        await press(pilot, "b")
        await until(lambda: app_of(pilot).screen.context == "review")
        await settle(pilot)
        await press(pilot, "q")
        await press(pilot, "D")  # what needs it is said before a reason is asked for
        assert "REMOVE_REFUSED" in banner(pilot)
    assert run.id not in [row.id for row in list_runs(demo_store).rows]


async def test_a_reviewer_is_told_who_removes_runs(make_app: MakeApp) -> None:
    async with make_app(RUI).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "D")
        assert "ROLE_FORBIDDEN" in banner(pilot)
