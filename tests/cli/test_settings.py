"""The settings file: which one counts, what it may say, and how it is told what is wrong."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest

from prelabel_tui.core.outcomes import Code
from prelabel_tui.keys.commands import BY_ID, COMMANDS, CONTEXTS
from prelabel_tui.settings import TEMPLATE, check_settings, load_settings
from tests.programs import command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, and no configuration of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    home = tmp_path / "data"
    home.mkdir()
    return home


def own_file(home: Path, text: str) -> Path:
    path = home.parent / "config" / "prelabel-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_without_a_file_everything_is_as_it_comes(home: Path) -> None:
    settings = load_settings(home).unwrap()
    keymap = settings.keymap
    assert all(keymap.keys(command.id) == command.keys for command in COMMANDS)
    assert (settings.theme, settings.graphics, settings.picture_mb) == ("auto", "auto", 256)


def test_the_persons_own_file_comes_before_that_of_the_data_folder(home: Path) -> None:
    (home / "config.toml").write_text('theme = "day"\n[keys]\n"runs.review" = "o"\n')
    settings = load_settings(home).unwrap()
    assert settings.keymap.keys("runs.review") == ("o",)
    assert settings.theme == "day"
    own_file(home, 'preset = "vim"\n[keys]\n"runs.review" = ["enter", "O"]\n')
    settings = load_settings(home).unwrap()
    assert settings.theme == "auto"
    keymap = settings.keymap
    assert keymap.keys("runs.review") == ("enter", "O")
    assert keymap.find(CONTEXTS["runs"], "ctrl+f") == BY_ID["list.page_down"]
    assert keymap.find(CONTEXTS["runs"], "r") is None


def test_a_commands_name_needs_no_quotes(home: Path) -> None:
    (home / "config.toml").write_text('[keys]\nruns.review = "o"\n')
    assert load_settings(home).unwrap().keymap.keys("runs.review") == ("o",)


def test_a_preset_on_the_command_line_counts_before_the_files(home: Path) -> None:
    (home / "config.toml").write_text('preset = "cvat"\n')
    assert load_settings(home, "vim").unwrap().keymap.keys("review.new") == ("I",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[keys]\n"runs.review" = "h"\n', 2, ["key h", "runs.review", "runs.history"]),
        ('[keys]\n"runs.reveiw" = "r"\n', 2, ["no command", "runs.reveiw"]),
        ('[keys]\n\nruns.reveiw = "r"\n', 3, ["no command", "runs.reveiw"]),
        ('[keys]\n"runs.review" = "ctrl+1"\n', 2, ["runs.review", "ctrl+1", "not every terminal"]),
        ('[keys]\n"runs.review" = 3\n', 2, ["runs.review", "a key or a list"]),
        ('\npreset = "emacs"\n', 2, ["emacs", "default, cvat, labelimg, vim"]),
        ("keys = 3\n", 1, ["table"]),
        ("# one\n# two\ncolour = 1\n", 3, ["colour", "theme, graphics"]),
        ('theme = "pink"\n', 1, ["pink", "night, day, colour-blind"]),
        ("theme = 3\n", 1, ["theme 3"]),
        ('graphics = "vr"\n', 1, ["vr", "kitty, sixel"]),
        ("picture_memory = 3\n", 1, ["picture_memory 3", "16"]),
        ("picture_memory = true\n", 1, ["True", "16"]),
        ("[keys\n", 1, ["']'"]),
        ('theme = "\x1b[31m"\n', 1, []),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(
    home: Path, text: str, line: int, words: list[str]
) -> None:
    path = home / "config.toml"
    path.write_text(text)
    result = load_settings(home)
    assert result.value is None
    assert result.outcome.code is Code.CONFIG_INVALID
    for word in (str(path), f"line {line}: ", *words):
        assert word in result.outcome.detail
    assert "\n" not in result.outcome.headline
    assert "\x1b" not in result.outcome.headline


def test_a_file_that_is_not_text_is_refused(home: Path) -> None:
    (home / "config.toml").write_bytes(b"theme = '\xff'\n")
    assert "UTF-8" in load_settings(home).outcome.detail


def test_the_former_key_file_is_never_left_unread_in_silence(home: Path) -> None:
    (home / "keys.toml").write_text('preset = "vim"\n')
    outcome = load_settings(home).outcome
    assert outcome.code is Code.CONFIG_INVALID
    assert "keys.toml" in outcome.detail
    assert "config.toml" in outcome.detail
    (home / "keys.toml").rename(home / "config.toml")
    assert load_settings(home).unwrap().keymap.keys("review.new") == ("I",)


def test_init_writes_what_check_finds_right_and_never_over_a_file(home: Path) -> None:
    made = command(home, "config", "init", "--json")
    path = Path(json.loads(made.stdout)["data"]["path"])
    assert path.read_text() == TEMPLATE
    assert path.is_relative_to(home.parent)
    checked = command(home, "config", "check")
    assert (checked.returncode, str(path) in checked.stdout) == (0, True)
    path.write_text("mine = 1\n")
    again = command(home, "config", "init")
    assert again.returncode == 36
    assert path.read_text() == "mine = 1\n"


def test_the_written_file_holds_with_every_line_turned_on(home: Path) -> None:
    lines = [
        line.removeprefix("# ") if " = " in line and line.startswith("# ") else line
        for line in TEMPLATE.splitlines()
    ]
    text = "\n".join(lines)
    assert set(tomllib.loads(text)) == {
        "theme", "graphics", "picture_memory", "signing_key", "preset", "keys",
    }  # fmt: skip
    (home / "config.toml").write_text(text)
    assert [problem.text for problem in check_settings(home).problems] == []


def test_check_names_every_line(home: Path) -> None:
    (home / "config.toml").write_text('theme = "pink"\ngraphics = "vr"\n')
    checked = command(home, "config", "check")
    assert checked.returncode == 41
    assert "line 1: theme" in checked.stderr
    assert "line 2: graphics" in checked.stderr
    as_json = json.loads(command(home, "config", "check", "--json").stderr)
    assert [one["line"] for one in as_json["data"]["problems"]] == [1, 2]


def test_init_in_a_folder_that_may_not_be_written_says_so(home: Path) -> None:
    folder = home.parent / "config"
    folder.write_text("a file, no folder")
    assert not stat.S_ISDIR(folder.stat().st_mode)
    made = command(home, "config", "init")
    assert made.returncode == 36
    assert "nothing was changed" in made.stderr
