"""Simulated sessions: nothing is noticed where nothing is wrong with all boxes alike."""

from __future__ import annotations

import pytest

from benchmarks.simulated_sessions import Session, clips, found_by, noticed


@pytest.mark.soak
def test_no_false_notice_and_a_shift_is_found(soak: bool) -> None:
    sessions, matches = (1_000, 10) if soak else (12, 3)
    found = clips(count=matches)
    kinds = [*Session]
    told = [noticed(found[at % matches], kinds[at % len(kinds)], at) for at in range(sessions)]
    print(f"{sessions} simulated sessions: {sum(map(bool, told))} false notices")
    assert not any(told)
    assert all(found_by(clip, 8, at, 15) for at, clip in enumerate(found))
