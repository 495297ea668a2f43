"""Tables on the command line."""

from __future__ import annotations

import io
import sys

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


def test_on_a_terminal_long_cells_wrap_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    name = "0123456789" * 4
    print_table(("ID", "REASON"), [(name, "as agreed with the lead")], "none")
    lines = screen.getvalue().splitlines()[1:]
    assert all(len(line) <= 30 for line in lines)
    cells = [line.split("  ", 1) for line in lines]
    assert "".join(cell[0].strip() for cell in cells) == name
    assert " ".join(" ".join(cell[1:]).strip() for cell in cells).split() == [
        "as", "agreed", "with", "the", "lead",
    ]  # fmt: skip
