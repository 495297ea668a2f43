"""How long ago something was, as lists show it."""

from __future__ import annotations

import datetime as dt

from prelabel_tui.core.times import day


def ago(then: dt.datetime, now: dt.datetime) -> str:
    """Return `now`, `5 min`, `3 h`, `12 d`, else the day."""
    seconds = (now - then).total_seconds()
    if seconds < 60:
        return "now"
    if seconds < 3_600:
        return f"{seconds / 60:.0f} min"
    if seconds < 86_400:
        return f"{seconds / 3_600:.0f} h"
    if seconds < 30 * 86_400:
        return f"{seconds / 86_400:.0f} d"
    return day(then)
