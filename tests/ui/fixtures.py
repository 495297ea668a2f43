"""The application on a small data folder, with a fixed clock, ids and identity."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from prelabel_tui.core.store import Store
from tests.ui.applications import MakeApp, app_on
from tests.ui.demo_home import (
    fixed_ids,
    let_programs_act_as_others,
    make_demo_home,
    open_demo,
    publish_twice,
)


@pytest.fixture(scope="session")
def demo_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; tests get copies."""
    home = tmp_path_factory.mktemp("demo") / "home"
    make_demo_home(home)
    return home


@pytest.fixture(scope="session")
def published_source(demo_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two revisions."""
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(demo_source, home)
    publish_twice(home)
    return home


@pytest.fixture
def demo_home(demo_source: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    home = tmp_path / "home"
    shutil.copytree(demo_source, home)
    return home


@pytest.fixture
def programs_home(demo_home: Path) -> Path:
    """The same, for the installed program with `--user`."""
    let_programs_act_as_others(demo_home)
    return demo_home


@pytest.fixture
def demo_store(demo_home: Path) -> Iterator[Store]:
    """Its store; ids go on counting at another place than those in it."""
    with fixed_ids(1_000):
        store = open_demo(demo_home)
        yield store
        store.close()


@pytest.fixture
def published_store(published_source: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own with two revisions of `arena / tactical-1 / player_detection`."""
    home = tmp_path / "published"
    shutil.copytree(published_source, home)
    with fixed_ids(2_000):
        store = open_demo(home)
        yield store
        store.close()


@pytest.fixture
def make_app(demo_store: Store) -> MakeApp:
    """Makes the application on it, for ada unless another actor is given."""
    return partial(app_on, demo_store)


@pytest.fixture
def make_published(published_store: Store) -> MakeApp:
    """The same with two revisions."""
    return partial(app_on, published_store)
