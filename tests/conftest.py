"""Fixtures that every part shares: stores on both databases, a signed-in actor, test data."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.store import Store, open_store

if TYPE_CHECKING:
    from tests.buckets import Buckets

SOAK = os.environ.get("PRELABEL_SOAK") == "1"

# How long an example takes says how busy the machine is.  The suite tries the same examples every
# time, so that a failure is of what was changed; the soak tries others.
settings.register_profile("suite", deadline=None, derandomize=not SOAK)
settings.load_profile("suite")

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
NO_DATA = f"real data is missing: expected the folder {DATA}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, in one line for each reason, which tests were not run."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in reasons.items():
        tests = "test" if count == 1 else "tests"
        what = f"{tests} of real data" if reason == NO_DATA else tests
        line = f"NOT RUN: {count} {what}: {reason}"
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture
def real_data() -> Path:
    """The folder of real matches beside the checkout; skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(NO_DATA)
    return DATA


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether batteries run at full counts (`make soak`) or as a sample."""
    return SOAK


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty data folder on SQLite."""
    opened = open_store(tmp_path / "home").unwrap()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server: PRELABEL_TEST_POSTGRES, else one started for this process."""
    given = os.environ.get("PRELABEL_TEST_POSTGRES")
    if given:
        yield given
        return
    from tests.postgres import running_server

    with running_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a fresh, empty PostgreSQL database."""
    from tests.postgres import fresh_database

    with fresh_database(postgres_server, f"t{secrets.token_hex(6)}") as url:
        yield url


@pytest.fixture(scope="session")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    """A service of S3."""
    from tests.buckets import running_buckets

    with running_buckets(tmp_path_factory.mktemp("buckets")) as service:
        yield service


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """An empty data folder: SQLite with a folder of artifacts, and PostgreSQL with a bucket."""
    url, bucket = None, None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        bucket = request.getfixturevalue("buckets").fresh(monkeypatch)
    opened = open_store(tmp_path / "home", url, bucket).unwrap()
    yield opened
    opened.close()


@pytest.fixture
def as_role(store: Store) -> Callable[[Role], Actor]:
    """An actor of any role, not entered in the users table."""
    return lambda role: Actor(f"a-{role}", role, "test@host pid 1")


@pytest.fixture
def lead() -> Actor:
    """A lead."""
    return Actor("lena", Role.LEAD, "test@host pid 1")


@pytest.fixture
def reviewer() -> Actor:
    """A reviewer."""
    return Actor("rui", Role.REVIEWER, "test@host pid 1")


@pytest.fixture
def admin() -> Actor:
    """An admin."""
    return Actor("ada", Role.ADMIN, "test@host pid 1")
