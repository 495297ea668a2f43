"""The server's log: one JSON object a line on standard error, for journald or a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys

from prelabel_tui.core.text import printable


def log(event: str, **details: object) -> None:
    """Write an event with its time (UTC); text from outside is made printable."""
    safe = {
        name: printable(value, 300) if isinstance(value, str) else value
        for name, value in details.items()
        if value is not None
    }
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
        sys.stderr.write(json.dumps({"time": at, "event": event, **safe}) + "\n")
        sys.stderr.flush()
