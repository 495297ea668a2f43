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


def test_nothing_is_cut_markup_or_coloured_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "[red]" + "x" * 500 + ":smile:"
    print_table(("HEAD", "OTHER"), [(long, "https://example.org 12")], "none")
    assert capsys.readouterr().out.splitlines()[1] == f"{long}  https://example.org 12"


def test_an_empty_table_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A",), [], "Nothing here.")
    assert capsys.readouterr().out == "Nothing here.\n"
