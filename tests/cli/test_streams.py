"""Standard streams that are full or closed, and arguments that are no text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from prelabel_tui.core.outcomes import TABLE, Code

PROGRAM = f"{sys.executable} -m prelabel_tui"


def shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What the shell answers; ``PROGRAM`` stands for the program on a data folder of its own."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("PROGRAM", f"{PROGRAM} --home {home}")],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["users list", "users list --json", "--help", "doctor"])
def test_a_full_standard_output_is_said_once(tmp_path: Path, command: str) -> None:
    done = shell(f"PROGRAM {command} >/dev/full", tmp_path)
    assert done.returncode == os.EX_IOERR
    assert done.stderr.splitlines() == [
        "prelabel-tui: standard output cannot be written: No space left on device."
    ]


def test_nothing_is_done_when_standard_output_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = shell("PROGRAM users add eve >&-", home)
    assert done.returncode == os.EX_IOERR
    assert "it is closed" in done.stderr
    assert not home.exists()


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    done = shell("PROGRAM runs --help | true", tmp_path)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full"])
def test_what_standard_error_does_not_take_is_lost_and_the_exit_code_stays(
    tmp_path: Path, stream: str
) -> None:
    assert shell(f"PROGRAM runs --nonsense {stream}", tmp_path).returncode == 36
    done = shell(f"PROGRAM users list {stream}", tmp_path)
    assert done.returncode == 0
    assert "admin" in done.stdout


def test_standard_input_that_is_closed_is_empty(tmp_path: Path) -> None:
    done = shell("PROGRAM drafts save x - --base-version 1 <&-", tmp_path)
    assert done.returncode == 35
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "--workspace", b"caf\xe9"),
        ("drafts", "show", b"caf\xe9"),
        ("packs", "approve", "x", "--reason", b"caf\xe9", "--json"),
        ("--user", b"caf\xe9", "runs"),
        ("--database", b"sqlite:///caf\xe9", "runs"),
        ("runs", "--limit", "99999999999999999999"),
        ("audit", "--before", "99999999999999999999"),
    ],
)
def test_what_no_database_takes_is_refused(tmp_path: Path, words: tuple[str | bytes, ...]) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "prelabel_tui", "--home", home, *words],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 36
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert b"is not valid UTF-8" in done.stderr or b"is more than" in done.stderr
    assert not home.exists()


def test_a_path_may_be_any_bytes(tmp_path: Path) -> None:
    home = os.fsencode(tmp_path) + b"/caf\xe9"
    program = [sys.executable, "-m", "prelabel_tui", "--home", home]
    done = subprocess.run([*program, "users", "list"], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr.decode().endswith("/caf\N{REPLACEMENT CHARACTER}.\n"), "it was made"
    assert Path(os.fsdecode(home)).is_dir()


def test_ctrl_c_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    program = (
        "import os, signal\n"
        "import prelabel_tui.cli.data_folder as opening\n"
        "def interrupted(*_, **__): os.kill(os.getpid(), signal.SIGINT)\n"
        "opening.open_as_user = interrupted\n"
        "import sys; sys.argv = ['prelabel-tui', 'users', 'list']\n"
        "from prelabel_tui.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (128 + signal.SIGINT, "")
    assert done.stderr.strip() == "prelabel-tui: ended by Ctrl-C."


def test_ctrl_c_while_the_program_is_imported_ends_it_in_silence() -> None:
    program = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from prelabel_tui.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, b"", b"")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import", "coco", "--json"], Code.IMPORT_CANCELLED),
        (["--home", "x", "export", "coco"], Code.EXPORT_CANCELLED),
        (["dataset", "export"], Code.EXPORT_CANCELLED),
        (["publish"], Code.PUBLISH_CANCELLED),
        (["media", "relocate"], Code.IMPORT_CANCELLED),
        (["media", "remove"], None),
        (["fsck"], None),
    ],
)
def test_ctrl_c_before_anything_was_done_is_the_commands_own_outcome(
    words: list[str], code: Code | None
) -> None:
    """It comes while the command is still being imported: in the first second."""
    program = (
        "import os, signal, sys\n"
        "import prelabel_tui.cli.command_tree as tree\n"
        "def interrupted(*_, **__): os.kill(os.getpid(), signal.SIGINT)\n"
        "tree.load_command = interrupted\n"
        f"sys.argv = ['prelabel-tui', *{words!r}]\n"
        "from prelabel_tui.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if code is None:
        assert done.returncode == 128 + signal.SIGINT
        assert done.stderr.strip() == "prelabel-tui: ended by Ctrl-C."
    else:
        assert done.returncode == TABLE[code].exit_code
        assert code in said
        assert TABLE[code].sentence in said
