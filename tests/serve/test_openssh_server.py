"""The same through the system's own sshd: the printed line of authorized_keys, and no more."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.programs import command
from tests.serve.front_door import GENEROUS_S, make_key, open_review, until
from tests.terminal import Terminal

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Sshd:
    """A running sshd that knows the keys of a data folder."""

    home: Path
    port: int

    def ssh(self, key: str, *options: str) -> list[str]:
        folder = self.home.parent
        settings = (
            f"UserKnownHostsFile={folder / 'known'}", "StrictHostKeyChecking=accept-new",
            "IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "LogLevel=ERROR",
            f"IdentityFile={folder / key}",
        )  # fmt: skip
        words = [word for setting in settings for word in ("-o", setting)]
        target = f"{getpass.getuser()}@127.0.0.1"
        return ["ssh", "-F", "none", "-p", str(self.port), *words, *options, target]


@pytest.fixture(scope="module")
def sshd(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An sshd for all the tests; without one they are left out, loudly."""
    tmp_path = tmp_path_factory.mktemp("sshd")
    home = shutil.copytree(prepared, tmp_path / "room") / "home"
    if SSHD is None or shutil.which("ssh") is None:
        pytest.skip("OpenSSH is missing: apt-get install openssh-server openssh-client")
    keys = tmp_path / "authorized_keys"
    keys.write_text(command(home, "users", "keys", "--authorized-keys").stdout)
    keys.chmod(0o600)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {make_key(tmp_path / 'host')}\n"
        f"PidFile {tmp_path / 'sshd.pid'}\nAuthorizedKeysFile {keys}\nStrictModes no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\n"
        "PermitRootLogin prohibit-password\nAuthenticationMethods publickey\n"
        "DisableForwarding yes\nPermitUserRC no\nSubsystem sftp internal-sftp\n"
        "AcceptEnv COLORTERM LC_TERMINAL LC_TERMINAL_VERSION LANG PRELABEL_USER\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    log = tmp_path / "sshd.log"
    process = subprocess.Popen([SSHD, "-D", "-f", str(config), "-E", str(log)])
    try:
        until(lambda: log.exists() and "Server listening" in log.read_text(), "sshd listens")
        yield Sshd(home, port)
    finally:
        process.terminate()
        process.wait(GENEROUS_S)


def test_the_printed_line_lets_its_user_in_and_a_lost_link_saves(sshd: Sshd) -> None:
    with Terminal(sshd.ssh("rui")) as terminal:
        open_review(terminal)
        assert "rui · reviewer" in terminal.text()
        terminal.press("f")
        terminal.wait_for(" 4/8 ", GENEROUS_S)
        os.kill(terminal.process.pid, signal.SIGKILL)
    until(lambda: not running(f"{sshd.home} session"), "the session of the lost link has ended")
    with Terminal(sshd.ssh("lena")) as terminal:
        terminal.wait_for("lena · lead", GENEROUS_S)
        terminal.press("q")
        terminal.wait_for("again to quit")
        terminal.press("q")
        assert terminal.wait_exit(GENEROUS_S) == 0
    with Terminal(sshd.ssh("rui")) as terminal:
        terminal.wait_for(" 4/8 ", GENEROUS_S)


def running(words: str) -> bool:
    """Whether a process runs whose command line has these words."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return words in listed.stdout


@pytest.mark.parametrize(
    ("key", "options", "words"),
    [
        ("stranger", (), ()),
        ("rui", (), ("id",)),
        ("rui", ("-tt",), ("id",)),
        ("rui", ("-T",), ()),
        ("rui", ("-s",), ("sftp",)),
        ("rui", ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:[::1]:9"), ()),
        ("rui", ("-W", "127.0.0.1:22"), ()),
    ],
)
def test_nothing_else_is_let_through(
    sshd: Sshd, key: str, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [*sshd.ssh(key, *options), *words], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=GENEROUS_S,
    )  # fmt: skip
    assert done.returncode != 0
    assert "uid=" not in done.stdout
