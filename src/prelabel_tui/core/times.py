"""Times, by one rule: local with their zone for people, ISO 8601 on the command line.

The zone is that of the process; `:zone` changes it for a person.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

MINUTE_WIDTH: Final = len("2026-11-23 14:02 +0545")
SECOND_WIDTH: Final = len("2026-11-23 14:02:05 +0545")
"""The room that a time takes in a list, with the longest names of zones."""


def day(then: dt.datetime) -> str:
    """Return `2026-11-23`, the local day."""
    return f"{then.astimezone():%Y-%m-%d}"


def begin_of_day(text: str) -> dt.datetime:
    """Return when a local day, `2026-11-23`, begins.  ValueError or OverflowError if none is."""
    return dt.datetime.strptime(text, "%Y-%m-%d").astimezone()


def minute(then: dt.datetime) -> str:
    """Return `2026-11-23 14:02 WET`."""
    return f"{then.astimezone():%Y-%m-%d %H:%M %Z}"


def second(then: dt.datetime) -> str:
    """Return `2026-11-23 14:02:05 WET`."""
    return f"{then.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def clock(then: dt.datetime) -> str:
    """Return `14:02:05 WET`, for what was a moment ago."""
    return f"{then.astimezone():%H:%M:%S %Z}"


def iso(then: dt.datetime) -> str:
    """Return `2026-11-23T14:02:05+00:00`."""
    return then.astimezone(dt.UTC).isoformat(timespec="seconds")
