"""Pictures of screens, compared with accepted ones at three terminal sizes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from tests.ui.conftest import (
    demo_home,
    demo_source,
    demo_store,
    make_app,
    make_published,
    published_source,
    published_store,
)
from tests.ui.driving import app_of, settle

__all__ = [
    "demo_home",
    "demo_source",
    "demo_store",
    "make_app",
    "make_published",
    "published_source",
    "published_store",
]

SIZES = ((80, 24), (120, 40), (200, 60))
PINNED = ("textual", "rich", "syrupy", "pytest-textual-snapshot", "pillow", "numpy")
CONSTRAINTS = Path(__file__).parent.parent.parent / "constraints.txt"


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same whatever terminal the tests are run in; 256 make small pictures."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "")


Shots = Callable[..., Awaitable[None]]


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
    """Compares the application as it stands, at each size: ``await shots(pilot)``."""
    accepted = snapshot.use_extension(SVGImageExtension)

    async def take(pilot: Pilot[Any], sizes: tuple[tuple[int, int], ...] = SIZES) -> None:
        differ = []
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            svg = app_of(pilot).export_screenshot()
            if accepted(name=f"{width}x{height}") != svg:
                path = tmp_path / f"{width}x{height}.svg"
                path.write_text(svg, encoding="utf-8")
                differ.append(str(path))
        assert not differ, f"other than accepted (--snapshot-update accepts): {differ}"

    return take
