"""Tables on the command line."""

from __future__ import annotations

import pytest

from prelabel_tui.cli.table import print_table


def test_columns_stand_under_each_other_with_wide_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("A", "B"), [("筑波", 1), ("e\u0301a", 2), ("plain", 3), ("\x1b[2J", 4)], "none")
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["A      B", "筑波   1", "e\u0301a     2", "plain  3", "\ufffd[2J   4"]
