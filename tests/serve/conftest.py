"""A server on the demo's data folder that tests share where they leave it as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.front_door import Server, prepare, until


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: a data folder, and keys beside it."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder


@pytest.fixture(scope="session")
def _running(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    room = shutil.copytree(prepared, tmp_path_factory.mktemp("room") / "of-all")
    with Server(room / "home", "--sessions-per-user", "2") as server:
        yield server


@pytest.fixture
def shared_server(_running: Server) -> Server:
    """A server that is used by one test after another; everybody has left it."""
    until(lambda: len(_running.events("login")) == len(_running.events("end")), "all have left")
    return _running


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    return shutil.copytree(prepared, tmp_path, dirs_exist_ok=True) / "home"
