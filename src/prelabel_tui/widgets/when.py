"""Times as lists show them, in the zone of the process; details give them whole, in UTC."""

from __future__ import annotations

import datetime as dt


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
    return f"{then.astimezone():%Y-%m-%d}"


def minute(then: dt.datetime) -> str:
    """Return `2026-11-23 14:02`."""
    return f"{then.astimezone():%Y-%m-%d %H:%M}"


def second(then: dt.datetime) -> str:
    """Return `2026-11-23 14:02:05`."""
    return f"{then.astimezone():%Y-%m-%d %H:%M:%S}"


def time_of_day(then: dt.datetime) -> str:
    """Return `14:02`."""
    return f"{then.astimezone():%H:%M}"


def second_of_day(then: dt.datetime) -> str:
    """Return `14:02:05`."""
    return f"{then.astimezone():%H:%M:%S}"


def zone_name(then: dt.datetime) -> str:
    """Return `CET`, the name of the zone that the other functions write times in."""
    return f"{then.astimezone():%Z}"


def whole(then: dt.datetime) -> str:
    """Return `2026-11-23T14:02:05Z`."""
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")
