"""The registry of keys: complete, free of conflicts, re-mappable, and what the docs say."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import prelabel_tui.screens
from prelabel_tui.keys.command import ArgumentHandler, Handlers
from prelabel_tui.keys.commands import (
    BY_ID,
    COMMANDS,
    CONTEXTS,
    TABLES,
    TITLES,
    commands_of,
    display,
)
from prelabel_tui.keys.docs_table import markdown, review_table
from prelabel_tui.keys.keymap import Keymap, chosen_keys, key_fault
from prelabel_tui.keys.presets import PRESETS
from prelabel_tui.screens.review import ReviewScreen
from prelabel_tui.screens.review.modes.base import Mode
from prelabel_tui.screens.review.modes.browsing import Browsing
from prelabel_tui.screens.shared.keyed import Keyed
from tests.ui.applications import MakeApp
from tests.ui.driving import press, settle

T = TypeVar("T")

DOCS = Path(__file__).parent.parent.parent / "docs" / "keys.md"


def shown(base: type[T]) -> list[type[T]]:
    """The product's classes below this one that are made: they have a context of their own, or
    no other derives from them."""
    for found in pkgutil.walk_packages(
        prelabel_tui.screens.__path__, prelabel_tui.screens.__name__ + "."
    ):
        importlib.import_module(found.name)

    def below(cls: type[T]) -> set[type[T]]:
        return {cls}.union(*(below(sub) for sub in cls.__subclasses__()))

    def is_made(cls: type[T]) -> bool:
        return not cls.__subclasses__() or {"context", "handlers"} <= set(vars(cls))

    own = (cls for cls in below(base) if cls.__module__.startswith("prelabel_tui."))
    return sorted(filter(is_made, own), key=lambda cls: cls.__qualname__)


def tables_by_context() -> Iterator[tuple[str, Iterable[Handlers]]]:
    """The filled-in tables of every screen and of every mode of the review."""
    for screen in shown(Keyed):
        bare = screen.__new__(screen)  # a table only names methods
        made = ReviewScreen("a draft") if screen is ReviewScreen else bare
        yield screen.context, made.handlers()
    for mode in shown(Mode):
        if mode is not Browsing:  # its commands are the screen's
            yield mode.name, mode.__new__(mode).handlers()


def test_ids_are_unique_and_every_scope_is_in_a_context() -> None:
    assert len(BY_ID) == len(COMMANDS)
    active = {scope for scopes in CONTEXTS.values() for scope in scopes}
    assert {command.scope for command in COMMANDS} == active
    assert set(TITLES) >= set(CONTEXTS)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_key_does_two_things_and_all_reach_the_program(preset: str) -> None:
    assert set(PRESETS[preset]) <= set(BY_ID)
    keymap = Keymap(PRESETS[preset])
    assert keymap.conflicts() == []
    for command in COMMANDS:
        for key in keymap.keys(command.id):
            assert key_fault(key) is None, (command.id, key)


def test_every_command_has_a_handler_and_no_handler_is_unknown(make_app: MakeApp) -> None:
    everywhere = {name for table in make_app().handlers() for name in table}
    contexts = set()
    for context, tables in tables_by_context():
        contexts.add(context)
        wanted = {command.id for command in commands_of(CONTEXTS[context])}
        done = {name for table in tables for name in table}
        assert wanted - done - everywhere == set(), context
        assert done - wanted == set(), context
    assert contexts == set(CONTEXTS)


def test_a_command_takes_an_argument_where_its_handler_does() -> None:
    for table in TABLES:
        for command_id, kind in table.__annotations__.items():
            takes = kind.__origin__ == ArgumentHandler
            assert takes == bool(BY_ID[command_id].argument), command_id


def test_the_docs_say_what_the_registry_says() -> None:
    assert DOCS.read_text(encoding="utf-8") == markdown()
    readme = (DOCS.parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"\n{review_table()}\n" in readme


@pytest.mark.parametrize(
    ("key", "shown"), [("enter", "⏎"), ("ctrl+s", "^S"), ("shift+tab", "⇧tab"), ("G", "G")]
)
def test_keys_are_shown_short(key: str, shown: str) -> None:
    assert display(key) == shown


@pytest.mark.parametrize(
    "key", ["ctrl+1", "alt+x", "shift+enter", "ctrl+enter", "ctrl+i", "ctrl+m", "hyper", " ", ""]
)
def test_keys_that_not_every_terminal_sends_are_refused(key: str) -> None:
    assert key_fault(key)


def test_what_can_be_typed_is_no_key_of_a_dialog_with_a_line() -> None:
    assert chosen_keys("dialog.accept", "a")[1]
    assert chosen_keys("note.close", ["escape", "z"])[1]
    assert chosen_keys("dialog.accept", "ctrl+s") == (("ctrl+s",), None)
    assert chosen_keys("dialog.copy", "c") == (("c",), None)


def test_two_keys_can_be_swapped() -> None:
    keymap = Keymap({"runs.review_ball": ("p",), "runs.review_player": ("b",)})
    assert keymap.conflicts() == []
    assert keymap.find(CONTEXTS["runs"], "p") == BY_ID["runs.review_ball"]


async def test_a_re_mapped_key_works_and_the_old_one_does_not(make_app: MakeApp) -> None:
    app = make_app(keymap=Keymap({"ops.series": ("s",), "runs.status": ("S",)}))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "2")
        assert app.screen.context == "runs"  # type: ignore[attr-defined]
        await press(pilot, "s")
        assert app.screen.context == "series"  # type: ignore[attr-defined]
