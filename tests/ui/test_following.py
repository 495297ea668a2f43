"""Lists follow what others change, and say of the database only what is so now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.text import Text
from sqlalchemy import text
from textual.pilot import Pilot

from prelabel_tui.core.identity.actor import Role
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.session import saving
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.widgets.status.outcome_banner import OutcomeBanner
from prelabel_tui.widgets.tables.paged_table import PagedTable, Row
from tests import matches
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import ADA, LENA
from tests.ui.driving import app_of, banner, press, screen_text, settle, until
from tests.ui.reviewing import reviewing


@pytest.fixture(autouse=True)
def only_by_following(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunsScreen, "auto_refresh_s", None)


async def test_the_import_of_another_process_is_shown_and_the_cursor_stays(
    make_app: MakeApp, demo_store: Store
) -> None:
    elsewhere = open_store(demo_store.home).unwrap()
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "j", "j")
        table = app_of(pilot).screen.query_one(PagedTable)
        before = table.row
        matches.enter(elsewhere, LENA, workspace="new", media="clip-9")
        await until(lambda: "new / clip-9" in screen_text(pilot))
        assert before is not None
        assert table.row is not None
        assert table.row.key == before.key
    elsewhere.close()


@pytest.mark.parametrize(
    ("opened", "shown"),
    [("open_audit", "user.add"), ("open_runs", "3 runs")],
)
async def test_other_lists_follow_too(
    make_app: MakeApp, demo_store: Store, opened: str, shown: str
) -> None:
    async with make_app().run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        getattr(app_of(pilot), opened)()
        await settle(pilot)
        assert set_role(demo_store, ADA, "newcomer", Role.REVIEWER).ok
        await until(lambda: shown in screen_text(pilot))


def _paints(pilot: Pilot[Any], table: PagedTable) -> list[tuple[object, ...]]:
    painted: list[tuple[object, ...]] = []
    refresh: Callable[..., Any] = table.refresh

    def noting(*regions: object, **more: Any) -> Any:
        painted.append(regions)
        return refresh(*regions, **more)

    table.refresh = noting  # type: ignore[method-assign]
    return painted


async def test_a_reload_paints_the_lines_that_changed(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        table = app_of(pilot).screen.query_one(PagedTable)
        painted = _paints(pilot, table)
        table.set_rows(list(table.rows))
        assert painted == []
        rows = list(table.rows)
        changed = Row(rows[1].key, (Text("changed"), *rows[1].cells[1:]), rows[1].value)
        table.set_rows([rows[0], changed, *rows[2:]])
        assert [[region.y for region in regions] for regions in painted] == [[2]]  # type: ignore[attr-defined]
        assert "changed" in table.render_line(2).text  # not waited for: the list follows


@contextmanager
def away(store: Store) -> Iterator[None]:
    """The database's file is not where it was."""
    file, aside = store.home / "prelabel.db", store.home / "aside.db"
    file.rename(aside)
    yield
    aside.rename(file)


async def test_a_database_that_went_away_is_told_while_it_is_away(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_on(demo_store).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        with away(demo_store):
            await until(lambda: banner(pilot).startswith(Code.DATABASE_UNAVAILABLE))
            assert "tactical-1" in screen_text(pilot), "what was loaded stays"
        await until(lambda: not banner(pilot))


async def test_postgres_restarted_connections_are_made_again(
    postgres_url: str, tmp_path: Any
) -> None:
    store = open_store(tmp_path, postgres_url).unwrap()
    matches.enter(store, LENA)
    async with app_on(store).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "club / clip" in screen_text(pilot)
        elsewhere = open_store(tmp_path / "elsewhere", postgres_url).unwrap()
        for number in range(3):
            with elsewhere.read() as session:
                session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            matches.enter(elsewhere, LENA, media=f"clip-{number}")
            await until(lambda number=number: f"clip-{number}" in screen_text(pilot))  # type: ignore[misc]
        await until(lambda: not banner(pilot))
        elsewhere.close()
    store.close()


async def test_what_could_not_be_done_without_the_database_is_said_until_it_was_read(
    make_app: MakeApp, demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "BEAT_SECONDS", 0.1)
    async with reviewing(make_app, demo_store) as review:
        pilot = review.pilot
        with away(demo_store):
            await review.press("C")
            assert "The packs could not be loaded." in screen_text(pilot)
            await review.press("q", "exclamation_mark")
            await review.press("f")
            assert banner(pilot).startswith(Code.DATABASE_UNAVAILABLE)
        shown = review.screen.banner
        await until(lambda: not shown.stays)
        assert shown.shown, "nothing takes away unread that something was not done"
        await review.press("f")
        assert not banner(pilot)


async def test_a_list_that_could_not_be_loaded_says_nothing_of_what_is_in_it(
    demo_store: Store,
) -> None:
    async with app_on(demo_store).run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        with away(demo_store):
            await press(pilot, "4")
            await press(pilot, "r")
            said = screen_text(pilot)
            assert banner(pilot).startswith(Code.DATABASE_UNAVAILABLE)
            assert said.count("The runs could not be loaded.") == 2, "the list and its details"
            assert "Nobody" not in said
        await until(lambda: not banner(pilot))
        await until(lambda: "could not be loaded" not in screen_text(pilot))


async def test_the_same_in_a_list(demo_store: Store) -> None:
    async with app_on(demo_store).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shown = app_of(pilot).screen.query_one(OutcomeBanner)
        shown.show_outcome(Outcome(Code.DATABASE_UNAVAILABLE, "It was away for a moment."))
        assert shown.stays
        await until(lambda: not shown.stays)
        await press(pilot, "j")
        assert not banner(pilot)
