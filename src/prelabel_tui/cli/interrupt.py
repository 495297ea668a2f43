"""What Ctrl-C ends a command with where the command itself could not answer."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from prelabel_tui.cli.command_tree import COMMANDS
from prelabel_tui.cli.context import end_with
from prelabel_tui.cli.waiting import work_has_begun
from prelabel_tui.core.outcomes import Code, Outcome

BY_CTRL_C: Final = 128 + signal.SIGINT
"""Exit code of what Ctrl-C ended otherwise."""

_CANCELLED: Final = {
    "import": Code.IMPORT_CANCELLED,
    "media relocate": Code.IMPORT_CANCELLED,
    "export": Code.EXPORT_CANCELLED,
    "dataset export": Code.EXPORT_CANCELLED,
    "publish": Code.PUBLISH_CANCELLED,
}
"""The commands that have an outcome of their own for it, and that outcome."""


def end_as_interrupted(arguments: Sequence[str]) -> NoReturn:
    """End the program after Ctrl-C: as the command's cancelled outcome while nothing was done yet.

    Later, when a second Ctrl-C did not wait for the work to end, nothing can be said but that.
    """
    words = [word for word in arguments if not word.startswith("-")]
    while words and words[0] not in COMMANDS:  # values of the options before the command
        del words[0]
    code = _CANCELLED.get(" ".join(words[:2])) or _CANCELLED.get(" ".join(words[:1]))
    if code is not None and not work_has_begun():
        end_with(Outcome(code))
    sys.stderr.write("prelabel-tui: ended by Ctrl-C.\n")
    sys.exit(BY_CTRL_C)
