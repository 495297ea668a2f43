"""What a newcomer meets first: the wheel, completion, a data folder that was not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.programs import PROGRAM, command

ROOT = Path(__file__).parent.parent.parent
PYTHONS = ("python3.11", "python3.12", "python3.13")


def test_a_new_data_folder_is_named_once(tmp_path: Path) -> None:
    home = tmp_path / "mistyped"
    first = command(home, "runs")
    assert first.returncode == 0
    assert f"Made the data folder {home}." in first.stderr
    assert command(home, "runs").stderr == ""


def test_help_says_that_no_command_opens_the_application(tmp_path: Path) -> None:
    assert "Without a command it opens the application." in command(tmp_path, "--help").stdout
    assert command(tmp_path, "-V").stdout == command(tmp_path, "--version").stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("prelabel-tui ex", {"export"}),
        ("prelabel-tui users ", {"list", "add"}),
        ("prelabel-tui export coco --elig", {"--eligible"}),
    ],
)
def test_every_shell_is_offered_what_can_come_next(
    tmp_path: Path, words: str, offered: set[str]
) -> None:
    asked = {
        "bash": {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
        "zsh": {"_TYPER_COMPLETE_ARGS": words},
        "fish": {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    for shell, variables in asked.items():
        answer = subprocess.run(
            [PROGRAM],
            env={**os.environ, **variables, "_PRELABEL_TUI_COMPLETE": f"complete_{shell}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert all(word in answer.stdout for word in offered), (shell, answer)


def test_bash_completes_a_command(tmp_path: Path) -> None:
    script = tmp_path / "completion"
    shown = subprocess.run(
        [PROGRAM, "--show-completion", "bash"], capture_output=True, text=True, check=True
    )
    script.write_text(shown.stdout)
    path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
    bash = pexpect.spawn(
        "bash", ["--norc", "--noprofile"], env={**os.environ, "PATH": path, "PS1": "$ "},
        encoding="utf-8", timeout=60,
    )  # fmt: skip
    bash.sendline(f"source {script}; echo rea''dy")
    bash.expect("ready")
    bash.send("prelabel-tui worksp\t")
    bash.expect("prelabel-tui workspaces ")
    bash.close(force=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built package."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # building writes beside what it builds
    for part in ("src", "pyproject.toml", "README.md", "LICENSE"):
        kept = ROOT / part
        if kept.is_dir():
            shutil.copytree(kept, source / part, ignore=shutil.ignore_patterns("*.egg-info"))
        else:
            shutil.copy(kept, source / part)
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(source)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


def without_checkout() -> dict[str, str]:
    """The environment, without what leads to this checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def interpreters() -> dict[str, Path]:
    """Each Python of :data:`PYTHONS` that the machine has: on the path, or kept by pyenv."""
    found = {}
    for name in PYTHONS:
        named = shutil.which(name)
        versions = Path.home() / ".pyenv" / "versions"
        kept = versions.glob(f"{name.removeprefix('python')}.*/bin/{name}")
        for place in (*([Path(named)] if named else ()), *sorted(kept)):
            # What pyenv puts on the path starts only where that version is chosen.
            if subprocess.run([place, "-V"], capture_output=True, check=False).returncode == 0:
                found[name] = place
                break
    return found


@pytest.mark.slow
def test_a_wheel_installs_as_the_readme_says_on_every_python(tmp_path: Path, wheel: Path) -> None:
    """Into empty environments of each Python that the machine has, by uv and by pipx in turn."""
    found = interpreters()
    assert found, "not one of them is here, though this test runs"
    tools = Path(sys.executable).parent
    for turn, (name, python) in enumerate(found.items()):
        for tool in ("uv", "pipx") if turn == 0 else ("uv",):
            place = tmp_path / f"{name}-{tool}"
            words = ["uv", "tool"] if tool == "uv" else ["pipx"]
            own = {
                "UV_TOOL_DIR": str(place / "tools"),
                "UV_TOOL_BIN_DIR": str(place / "bin"),
                "PIPX_HOME": str(place / "tools"),
                "PIPX_BIN_DIR": str(place / "bin"),
            }
            installed = subprocess.run(
                [tools / words[0], *words[1:], "install", "--python", python, wheel],
                env=without_checkout() | own, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert installed.returncode == 0, installed.stderr
            program = place / "bin" / "prelabel-tui"
            assert ran(program, tmp_path, "-V").stdout.strip(), (name, tool)
            made = ran(program, tmp_path, "--home", str(place / "home"), "runs")
            assert made.returncode == 0, made.stderr
            assert "prelabel-tui demo" in made.stdout, "an empty list says what to do next"
    print(f"\ninstalled on {', '.join(found)}")


def ran(program: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the installed program answers, away from this checkout."""
    return subprocess.run(
        [program, *words], env=without_checkout(), cwd=folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
