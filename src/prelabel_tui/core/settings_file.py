"""Where settings files are: a person's own, and that of the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs

FILE_NAME: Final = "config.toml"


def own_path() -> Path:
    """Return where a person's own settings file is, or would be."""
    return platformdirs.user_config_path("prelabel-tui", appauthor=False) / FILE_NAME


def settings_paths(home: Path) -> tuple[Path, Path]:
    """Return where settings may be, for a data folder: what the first one says counts."""
    return own_path(), home / FILE_NAME
