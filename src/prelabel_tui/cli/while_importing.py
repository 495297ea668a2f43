"""Ctrl-C while the program's own modules are imported: it ends at once and in silence.

Imported before anything else, so it imports next to nothing.  What comes before it, Python's own
start, is not the program's to answer.
"""

from __future__ import annotations

import contextlib
import os
import signal


def _end(*_: object) -> None:
    os._exit(128 + signal.SIGINT)


def answered_from_now_on() -> None:
    """Give Ctrl-C back: whoever runs a command answers it from now on."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    with contextlib.suppress(ValueError):  # imported by another thread than the main one
        signal.signal(signal.SIGINT, _end)
