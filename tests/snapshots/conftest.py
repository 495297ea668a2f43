"""Pictures of screens, compared with accepted ones.

Every state is pictured at 80×24, and where the layout differs at `LARGE` too.  The clips have
plain pictures, so that an accepted state takes some 30 KB; what is about the picture itself or
about what is drawn over it stands in `test_pictures`, on the match as the demo draws it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.snapshots.shots import ONE, Shots, Sizes
from tests.ui.demo_home import make_demo_home, plain_picture
from tests.ui.driving import app_of, settle
from tests.ui.fixtures import (
    demo_home,
    demo_store,
    make_app,
    make_published,
    published_source,
    published_store,
)

__all__ = [
    "demo_home",
    "demo_store",
    "make_app",
    "make_published",
    "published_source",
    "published_store",
]


PINNED = ("textual", "rich", "syrupy", "pytest-textual-snapshot", "pillow", "numpy")
CONSTRAINTS = Path(__file__).parent.parent.parent / "constraints.txt"


@pytest.fixture(scope="session")
def demo_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data folder with plain pictures."""
    home = tmp_path_factory.mktemp("plain") / "home"
    make_demo_home(home, plain_picture)
    return home


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same whatever terminal the tests are run in; 256 make small pictures."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "")


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    """Nothing on the screen depends on how long the test took."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0)
    with (
        patch("prelabel_tui.core.session.autosave.ago", lambda seconds: "3 s ago"),
        # Saved when a scene says so: how many versions there are does not depend on the time
        # between two keys either.
        patch("prelabel_tui.core.session.autosave.QUIET_SECONDS", 1e9),
        patch("prelabel_tui.core.session.autosave.LONGEST_SECONDS", 1e9),
        patch("prelabel_tui.screens.review.context.time", stopped),
        patch.dict(os.environ, {"TZ": "UTC"}),
    ):
        time.tzset()
        yield
    time.tzset()


def pytest_configure(config: pytest.Config) -> None:
    """Accepted pictures come only from the pinned versions."""
    if not config.getoption("update_snapshots", default=False):
        return
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", CONSTRAINTS.read_text(), re.MULTILINE))
    others = [name for name in PINNED if pins.get(name) != version(name)]
    if others:
        raise pytest.UsageError(f"snapshots are not updated with another {', '.join(others)}")


@pytest.fixture
def shots(snapshot: SnapshotAssertion, tmp_path: Path) -> Shots:
    """Compares the application as it stands, at 80×24 or each size given.

    ``name``: tells pictures of one test apart.
    """
    accepted = snapshot.use_extension(SVGImageExtension)

    async def take(pilot: Pilot[Any], sizes: Sizes = ONE, name: str = "") -> None:
        differ = []
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            svg = app_of(pilot).export_screenshot(simplify=True)
            if accepted(name=f"{name} {width}x{height}".strip()) != svg:
                path = tmp_path / f"{width}x{height}.svg"
                path.write_text(svg, encoding="utf-8")
                differ.append(str(path))
        assert not differ, f"other than accepted (--snapshot-update accepts): {differ}"

    return take
