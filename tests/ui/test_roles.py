"""On the screens every role sees what it may do before a key is pressed, and whom to ask else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from prelabel_tui.core.identity.actions import NEEDS
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.store import Store
from prelabel_tui.core.store.chain import head
from prelabel_tui.keys.command import Command
from prelabel_tui.keys.commands import BY_ID, COMMANDS
from prelabel_tui.screens.shared.dialogs import Dialog
from tests.ui.applications import app_on
from tests.ui.demo_home import ADA, LENA, RUI
from tests.ui.driving import app_of, banner, open_history, press, screen_text, settle, until
from tests.ui.publishing import the_draft

NEEDING = [command for command in COMMANDS if command.needs is not None]


async def _packs(pilot: Pilot[Any], store: Store) -> None:
    await settle(pilot)
    app_of(pilot).open_review(the_draft(store, "wide-1"))
    await settle(pilot)
    await press(pilot, "C")


async def _history(pilot: Pilot[Any], store: Store) -> None:
    await open_history(pilot)


async def _datasets(pilot: Pilot[Any], store: Store) -> None:
    await settle(pilot)
    app_of(pilot).open_datasets()
    await settle(pilot)


async def _runs(pilot: Pilot[Any], store: Store) -> None:
    await settle(pilot)


async def _series(pilot: Pilot[Any], store: Store) -> None:
    await settle(pilot)
    await press(pilot, "2")
    await settle(pilot)


PLACES: dict[str, Callable[[Pilot[Any], Store], Awaitable[None]]] = {
    "runs": _runs,
    "series": _series,
    "review.packs": _packs,
    "history": _history,
    "datasets": _datasets,
}


def state(store: Store) -> str:
    with store.read() as session:
        return head(session.connection()).hash


def test_the_screens_that_decide_are_all_tried() -> None:
    # To the result of a spot check comes only who may make one: tests/ui/test_spot_check.py.
    assert {command.scope for command in NEEDING} == {*PLACES, "spot_result"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("actor", [RUI, LENA, ADA], ids=lambda actor: actor.role.value)
async def test_every_role_at_every_key(published_store: Store, place: str, actor: Actor) -> None:
    async with app_on(published_store, actor).run_test(size=(160, 40)) as pilot:
        await PLACES[place](pilot, published_store)
        before = state(published_store)
        for command in (one for one in NEEDING if one.scope == place):
            role = _needs(command)
            footer = screen_text(pilot).splitlines()[-1]
            allowed = actor.role.rank >= role.rank
            mark = "!" if command.danger else ""
            if command.show:
                assert (f"{command.short}{mark} ({role})" in footer) is not allowed, footer
                assert f"{command.short}{mark}" in footer
            await press(pilot, command.keys[0])
            if allowed:
                await until(lambda: isinstance(app_of(pilot).screen, Dialog) or bool(banner(pilot)))
                assert "ROLE_FORBIDDEN" not in screen_text(pilot)
                await press(pilot, "escape")
            else:
                await until(lambda: banner(pilot).startswith("ROLE_FORBIDDEN"))
                able = "ada" if role is Role.ADMIN else "lena or ada"
                assert f"Ask {able}." in banner(pilot)
            assert state(published_store) == before


def _needs(command: Command) -> Role:
    assert command.needs is not None
    return NEEDS[command.needs].role


async def test_a_role_given_while_the_screen_is_open_counts_at_once(published_store: Store) -> None:
    async with app_on(published_store, RUI).run_test(size=(160, 40)) as pilot:
        await open_history(pilot)
        assert "Revoke! (lead)" in screen_text(pilot)
        assert set_role(published_store, ADA, RUI.name, Role.LEAD).ok
        await press(pilot, BY_ID["history.approve"].keys[0])
        await until(lambda: isinstance(app_of(pilot).screen, Dialog))
        await press(pilot, "escape")
        assert "rui · lead" in screen_text(pilot)
        assert "(lead)" not in screen_text(pilot).splitlines()[-1]


async def test_the_table_of_packs_says_who_approves(demo_store: Store) -> None:
    for actor, said in ((RUI, "a lead approves"), (LENA, "a Approve")):
        async with app_on(demo_store, actor).run_test(size=(160, 40)) as pilot:
            await _packs(pilot, demo_store)
            await until(lambda said=said: said in screen_text(pilot))  # type: ignore[misc]


@pytest.mark.parametrize("place", PLACES)
async def test_at_80_columns_too_what_only_others_may_do_is_marked(
    published_store: Store, place: str
) -> None:
    async with app_on(published_store, RUI).run_test(size=(80, 24)) as pilot:
        await PLACES[place](pilot, published_store)
        footer = screen_text(pilot).splitlines()[-1]
        for command in (one for one in NEEDING if one.scope == place and one.show):
            theirs = footer.partition(f" {_needs(command)}: ")[2].partition("  ")[0].split()
            assert command.keys[0] in theirs or f"{command.short} ({_needs(command)})" in footer
        assert footer.endswith("? Help")
