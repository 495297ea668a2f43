"""A server on the demo's data folder that tests share where they leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.front_door import Server, add_user, make_key, until
from tests.ui.demo_home import SharedState, let_programs_act_as_others, make_demo_home


def prepare(folder: Path, shared: SharedState = SharedState()) -> Path:
    """Make a data folder with rui and lena, who have keys beside it; return the folder.

    Programs find what is ``shared`` by the environment.
    """
    home = folder / "home"
    make_demo_home(home, shared=shared)
    let_programs_act_as_others(home, shared)
    for name, role in (("rui", "reviewer"), ("lena", "lead")):
        add_user(home, name, make_key(folder / name), role)
    make_key(folder / "stranger")
    return home


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(prepare(tmp_path_factory.mktemp("room")), "--sessions-per-user", "2") as server:
        yield server


@pytest.fixture
def shared_server(_running: Server) -> Server:
    """A server that is used by one test after another; everybody has left it."""
    until(lambda: len(_running.events("login")) == len(_running.events("end")), "all have left")
    return _running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    return prepare(tmp_path)
