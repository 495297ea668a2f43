"""One rule for times: local with their zone for people, ISO on the command line."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import pytest

from prelabel_tui.core import times

SOURCE = Path(times.__file__).parent.parent
NOON = dt.datetime(2026, 7, 3, 12, 0, 5, 987, tzinfo=dt.UTC)

STORED = {
    "core/store/chain.py",  # the form that is hashed
    "core/store/models.py",
    "core/store/database_clock.py",
    "core/store/migrate.py",  # names of files
    "core/backup/make.py",
}
"""What writes times for itself, not for people."""


def test_people_read_the_zone_s_time_and_programs_iso(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    time.tzset()
    try:
        assert times.minute(NOON) == "2026-07-03 13:00 WEST"
        assert times.second(NOON) == "2026-07-03 13:00:05 WEST"
        assert times.clock(NOON) == "13:00:05 WEST"
        assert times.day(NOON) == "2026-07-03"
        assert times.iso(NOON) == "2026-07-03T12:00:05+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nothing_else_writes_times() -> None:
    by_themselves = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"%H|strftime|astimezone|isoformat\(t", path.read_text(encoding="utf-8"))
    }
    assert by_themselves - STORED == {"core/times.py", "serve/events.py"}
