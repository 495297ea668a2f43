"""docs/operations.md, played: from an empty server to the first reviewer's login."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.programs import PROGRAM
from tests.serve.front_door import GENEROUS_S, make_key
from tests.terminal import Terminal

PAGE = Path(__file__).parent.parent.parent / "docs" / "operations.md"
SECTION = "## From an empty server to the first reviewer's login"


def blocks(language: str) -> list[str]:
    """The blocks of the section, in order."""
    section = PAGE.read_text(encoding="utf-8").split(SECTION)[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.S | re.M)


def test_the_page_leads_to_the_first_login(tmp_path: Path) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("OpenSSH's client is missing: apt-get install openssh-client")
    club = tmp_path / "club"
    club.mkdir()
    key = make_key(club / "rui")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])

    def here(text: str) -> str:
        """The page's text for this machine: other folders, a free port."""
        text = text.replace("/opt/prelabel-tui/bin", str(Path(PROGRAM).parent))
        return text.replace("/srv/club", str(club)).replace("8022", port)

    # The first block makes an account and installs the program, as root.
    _, as_the_account, login, *_ = (here(block) for block in blocks("sh"))
    done = subprocess.run(
        ["bash", "-e", "-c", as_the_account], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "rui   SHA256:" in done.stdout

    (unit,) = (here(block) for block in blocks("ini"))
    command = shlex.split(re.findall(r"^ExecStart=(.*)$", unit, re.M)[0])
    name, home = re.findall(r"^Environment=(.*)=(.*)$", unit, re.M)[0]
    environment = {**os.environ, name: home}
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        options = [
            "-F", "none", "-i", str(key), "-o", f"UserKnownHostsFile={tmp_path / 'known'}",
            "-o", "IdentityAgent=none",
        ]  # fmt: skip
        words = shlex.split(login.replace("review.example.org", "127.0.0.1"))
        for _ in range(int(GENEROUS_S * 10)):
            if b'"listening"' in log.read_bytes():
                break
            assert server.poll() is None, log.read_text()
            subprocess.run(["sleep", "0.1"], check=True)
        with Terminal([words[0], *options, *words[1:]]) as terminal:
            asked = terminal.wait_for(r"fingerprint is (SHA256:\S+?)\.?\s", GENEROUS_S)
            status = subprocess.run(
                [command[0], "serve", "--status"], env=environment, capture_output=True, text=True,
                check=True,
            )  # fmt: skip
            assert f"Host key: {asked[1]}\n" in status.stdout
            terminal.type("yes\r")
            terminal.wait_for("rui · reviewer", GENEROUS_S)
            terminal.wait_for("demo / match-1", GENEROUS_S)
            server.terminate()
            terminal.wait_for("This session ended: the server is being stopped", GENEROUS_S)
        assert server.wait(GENEROUS_S) == 0
    finally:
        server.kill()
