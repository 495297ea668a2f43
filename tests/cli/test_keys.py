"""The commands about keys, and the session that sshd begins for one."""

from __future__ import annotations

import getpass
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import PROGRAM, command
from tests.terminal import Terminal


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return file.with_suffix(".pub")


def fingerprint(home: Path) -> str:
    (row,) = json.loads(command(home, "users", "keys", "--json").stdout)["keys"]
    return str(row["fingerprint"])


def test_a_key_is_added_listed_and_removed(tmp_path: Path, key: Path) -> None:
    home = tmp_path / "home"
    assert command(home, "users", "keys").stdout.strip() == "No keys yet."
    assert command(home, "users", "keys", "rui", "--add", str(key)).returncode == 34
    assert command(home, "users", "add", "rui", "--key", str(key)).returncode == 0
    listed = command(home, "users", "keys", "rui").stdout
    assert fingerprint(home) in listed
    assert "rui" in listed
    assert command(home, "users", "keys", "eve").stdout.strip() == "No keys yet."
    again = command(home, "users", "keys", "rui", "--add", str(key))
    assert again.stdout == "OK: Done. rui has 0 new keys.\n"
    gone = command(home, "users", "keys", "rui", "--remove", fingerprint(home))
    assert gone.returncode == 0
    assert command(home, "users", "keys").stdout.strip() == "No keys yet."


def test_a_key_leaves_a_role_as_it_is(tmp_path: Path, key: Path) -> None:
    home = tmp_path / "home"
    assert command(home, "users", "add", "lena", "--role", "lead").returncode == 0
    added = command(home, "users", "add", "lena", "--key", str(key))
    assert added.stdout == "OK: Done. lena is a lead.\n"
    refused = command(home, "users", "add", getpass.getuser(), "--key", str(key))
    assert "lena" in refused.stderr, "whose key it is, not that this is the last admin"


def test_what_cannot_be_a_key_is_refused_before_the_user_is_made(tmp_path: Path, key: Path) -> None:
    home = tmp_path / "home"
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for file in (key.with_suffix(""), tmp_path / "none", binary):
        refused = command(home, "users", "add", "rui", "--key", str(file))
        assert refused.returncode == 36, refused
        assert str(file) in refused.stderr
    assert "rui" not in command(home, "users", "list").stdout
    for words in (["--add", str(key)], ["rui", "--add", str(key), "--authorized-keys"]):
        assert command(home, "users", "keys", *words).returncode == 36


def test_the_line_for_sshd_names_the_data_folder_and_the_key(tmp_path: Path, key: Path) -> None:
    home = tmp_path / "the club's"
    assert command(home, "users", "add", "rui", "--key", str(key)).returncode == 0
    said = command(home, "users", "keys", "--authorized-keys").stdout
    start = 'restrict,pty,command="'
    assert said.startswith(start)
    words = shlex.split(said.removeprefix(start).split('" ssh-ed25519')[0].replace('\\"', '"'))
    assert words == [
        sys.executable, "-I", "-m", "prelabel_tui", "--home", str(home), "session",
        fingerprint(home),
    ]  # fmt: skip
    secret = ["--database", "postgresql://club:secret@db/prelabel"]
    refused = command(home, *secret, "users", "keys", "--authorized-keys")
    assert refused.returncode == 36
    assert "secret" not in refused.stdout + refused.stderr
    assert command(tmp_path / "a\nb", "users", "keys", "--authorized-keys").returncode == 36


def test_a_session_is_that_of_the_keys_user(tmp_path: Path, key: Path) -> None:
    home = tmp_path / "home"
    assert command(home, "users", "add", "rui", "--key", str(key)).returncode == 0
    words = [PROGRAM, "--home", str(home), "session", fingerprint(home)]
    hostile = {"TEXTUAL_SCREENSHOT": "1", "SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"}
    with Terminal(words, env=hostile) as terminal:
        terminal.wait_for("rui · reviewer")
        terminal.press("escape")
        terminal.wait_for("esc again")
        terminal.press("escape")
        terminal.wait_exit()
    gone = command(home, "users", "keys", "rui", "--remove", fingerprint(home))
    assert gone.returncode == 0
    with Terminal(words) as terminal:
        terminal.wait_for("USER_UNKNOWN")


@pytest.mark.parametrize(
    ("variable", "said"),
    [("SSH_ORIGINAL_COMMAND", "runs no commands"), ("PRELABEL_USER", "--user")],
)
def test_a_session_takes_nothing_from_who_comes_in(
    tmp_path: Path, variable: str, said: str
) -> None:
    done = subprocess.run(
        [PROGRAM, "--home", str(tmp_path / "home"), "session", "SHA256:x"],
        env={**os.environ, variable: "ada"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 36
    assert said in done.stderr
    assert not (tmp_path / "home").exists()
