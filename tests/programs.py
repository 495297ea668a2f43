"""The installed program, run as a person or a pipeline runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

PROGRAM: Final = str(Path(sys.executable).with_name("prelabel-tui"))


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command on a data folder answers."""
    return subprocess.run(
        [PROGRAM, *words],
        env={**os.environ, "PRELABEL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
