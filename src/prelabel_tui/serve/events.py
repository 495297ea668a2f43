"""The server's log: one JSON object a line on standard error, for journald or a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from typing import Final

from prelabel_tui.core.text import printable

_LONGEST: Final = 300
"""Characters of a text."""


def log(event: str, **details: object) -> None:
    """Write an event with its time (UTC); text from outside is cut and made printable."""
    safe = {
        # Cut first: a client may send a command of a quarter of a megabyte.
        name: printable(value[: _LONGEST + 1], _LONGEST) if isinstance(value, str) else value
        for name, value in details.items()
        if value is not None
    }
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
        sys.stderr.write(json.dumps({"time": at, "event": event, **safe}) + "\n")
        sys.stderr.flush()
