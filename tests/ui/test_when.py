"""Screens write times by the functions of one module."""

from pathlib import Path

import prelabel_tui

_PACKAGE = Path(prelabel_tui.__file__).parent
_RULE = _PACKAGE / "widgets" / "when.py"


def test_times_on_screens_are_written_in_one_place() -> None:
    files = [_PACKAGE / "app.py"]
    files += [file for part in ("screens", "widgets") for file in (_PACKAGE / part).rglob("*.py")]
    assert [file for file in files if "astimezone" in file.read_text("utf-8")] == [_RULE]
