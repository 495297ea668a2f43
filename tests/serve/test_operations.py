"""docs/operations.md, played: from an empty server to the first reviewer's login.

On a machine of its own where the kernel gives one, word for word; else in folders of the test's
own, without what needs root, and the run says so.  No systemd runs on that machine: it checks the
unit, and what it would do with it is done here.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from tests.programs import PROGRAM, command
from tests.serve.front_door import GENEROUS_S, make_key, until
from tests.serve.machine import CHECKOUT, Machine, running_machine, why_not
from tests.terminal import Terminal
from tests.ui.demo_home import let_programs_act_as_others, make_demo_home

PAGE = CHECKOUT / "docs" / "operations.md"
FIRST_LOGIN = "From an empty server to the first reviewer's login"
OPENSSH = "### The same through the system's OpenSSH"
MOVING = "Moving to PostgreSQL, and back"


def section(title: str) -> str:
    """A section of the page."""
    return PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """The blocks of a text, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)
    return [block for said, block in found if said == language]


class Place(Protocol):
    """Where the page is played."""

    def keys_for(self, key: Path) -> None:
        """Put a reviewer's public key where the page has it."""

    def as_account(self, script: str) -> str:
        """Run the account's commands; what they print."""

    def serve(self, unit: str, log: Path) -> subprocess.Popen[bytes]:
        """Run the service."""

    def stop(self, service: subprocess.Popen[bytes]) -> None:
        """Stop it as `systemctl stop` begins to."""

    def client(self, words: str, *options: str) -> list[str]:
        """The command line of the reviewer's client."""


class OwnMachine:
    """A machine on which the page's commands run word for word."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def keys_for(self, key: Path) -> None:
        public = shlex.quote(str(key.with_name(f"{key.name}.pub")))
        self.machine.done(f"cp {public} /srv/club/rui.pub; chmod a+r /srv/club/rui.pub")

    def as_account(self, script: str) -> str:
        return self.machine.done(script, "club")

    def serve(self, unit: str, log: Path) -> subprocess.Popen[bytes]:
        return self.machine.service(unit, log)

    def stop(self, service: subprocess.Popen[bytes]) -> None:
        status = self.as_account(f"{exports()}\nprelabel-tui serve --status --json")
        self.machine.done(f"kill {json.loads(status)['pid']}")

    def client(self, words: str, *options: str) -> list[str]:
        program, *rest = shlex.split(words)
        return self.machine.words(program, *options, *rest)


class Folders:
    """Folders in the place of the page's, and this account in the place of `club`."""

    def __init__(self, folder: Path) -> None:
        self.club = folder / "club"
        self.club.mkdir()
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = str(free.getsockname()[1])

    def here(self, text: str) -> str:
        text = text.replace("/opt/prelabel-tui/bin", str(Path(PROGRAM).parent))
        return text.replace("/srv/club", str(self.club)).replace("8022", self.port)

    def keys_for(self, key: Path) -> None:
        shutil.copy(key.with_name(f"{key.name}.pub"), self.club / "rui.pub")

    def as_account(self, script: str) -> str:
        words = ["bash", "-e", "-c", self.here(script)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self, unit: str, log: Path) -> subprocess.Popen[bytes]:
        unit = self.here(unit)
        words = shlex.split(re.findall(r"^ExecStart=(.*)$", unit, re.M)[0])
        name, value = re.findall(r"^Environment=(.*)=(.*)$", unit, re.M)[0]
        with log.open("wb") as output:
            return subprocess.Popen(
                words, env={**os.environ, name: value}, stdout=output, stderr=output
            )

    def stop(self, service: subprocess.Popen[bytes]) -> None:
        service.terminate()

    def client(self, words: str, *options: str) -> list[str]:
        here = self.here(words.replace("review.example.org", "127.0.0.1"))
        program, *rest = shlex.split(here)
        return [program, *options, *rest]


def exports() -> str:
    """The line by which the page's account finds the program and the data folder."""
    return blocks(section(FIRST_LOGIN), "sh")[1].splitlines()[0]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, soak: bool) -> Iterator[Machine]:
    """A machine after the page's first block; skips, loudly, where there can be none."""
    reason = why_not()
    if reason is not None:
        pytest.skip(f"docs/operations.md as root, its service and sshd: {reason}")
    with running_machine(tmp_path_factory.mktemp("machine")) as running:
        block = blocks(section(FIRST_LOGIN), "sh")[0]
        if soak:
            running.done(block, online=True)
        else:
            install_without_downloads(running, block)
        yield running


def install_without_downloads(machine: Machine, block: str) -> None:
    """Run the block of root's, but for its last line, whose words are looked at.

    The packages that it would download are those that run this test; `make soak` does run it.
    """
    *lines, pip = block.splitlines()
    machine.done("\n".join(lines))
    words = shlex.split(pip)
    assert words[:3] == ["/opt/prelabel-tui/bin/pip", "install", "--constraint"]
    assert (CHECKOUT / words[3]).is_file()
    extras = re.fullmatch(r"\.\[(.+)\]", words[4])
    assert extras is not None
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])
    module, _, call = project["scripts"]["prelabel-tui"].partition(":")
    program = f"#!/opt/prelabel-tui/bin/python\\nfrom {module} import {call}\\n{call}()\\n"
    machine.done(
        "cd /opt/prelabel-tui/lib/python*/site-packages\n"
        "printf '/opt/checkout/src\\n/opt/packages\\n' > run.pth\n"
        f"printf '{program}' > /opt/prelabel-tui/bin/prelabel-tui\n"
        "chmod +x /opt/prelabel-tui/bin/prelabel-tui"
    )


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the page can be played here."""
    if shutil.which("ssh") is None:
        pytest.skip("OpenSSH's client is missing: apt-get install openssh-client")
    if why_not() is not None:
        return Folders(tmp_path)
    return OwnMachine(request.getfixturevalue("machine"))


def options_of(key: Path) -> list[str]:
    """What the reviewer's own configuration would say."""
    known = key.with_name("known_hosts")
    return ["-F", "none", "-i", str(key), "-o", f"UserKnownHostsFile={known}",
            "-o", "IdentityAgent=none"]  # fmt: skip


@pytest.mark.soak
def test_the_page_leads_to_the_first_login(place: Place, tmp_path: Path) -> None:
    text = section(FIRST_LOGIN)
    key = make_key(tmp_path / "rui")
    place.keys_for(key)
    _, account, login, *_ = blocks(text, "sh")
    assert "rui   SHA256:" in place.as_account(account)
    (unit,) = blocks(text, "ini")
    log = tmp_path / "log"
    service = place.serve(unit, log)
    try:
        until(
            lambda: service.poll() is not None or b'"listening"' in log.read_bytes(), "it listens"
        )
        assert service.poll() is None, log.read_text()
        with Terminal(place.client(login, *options_of(key))) as terminal:
            asked = terminal.wait_for(r"fingerprint is (SHA256:\S+?)\.?\s", GENEROUS_S)
            status = place.as_account(f"{exports()}\nprelabel-tui serve --status")
            assert f"Host key: {asked[1]}\n" in status
            terminal.type("yes\r")
            terminal.wait_for("rui · reviewer", GENEROUS_S)
            terminal.wait_for("demo / match-1", GENEROUS_S)
            place.stop(service)
            terminal.wait_for("This session ended: the server is being stopped", GENEROUS_S)
        assert service.wait(GENEROUS_S) == 0
    finally:
        service.kill()


def test_systemd_takes_the_unit(machine: Machine) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("the unit of docs/operations.md: apt-get install systemd")
    (unit,) = blocks(section(FIRST_LOGIN), "ini")
    (shared,) = blocks(section("PostgreSQL and a bucket as shared state"), "ini")
    folder, name = "/etc/systemd/system", "prelabel-tui.service"
    for text in (unit, f"{unit}\n{shared}"):
        done = machine.run(
            f"cat > {folder}/{name} <<'END'\n{text}END\nsystemd-analyze verify {folder}/{name}"
        )
        said = [line for line in (done.stdout + done.stderr).splitlines() if name in line]
        assert (done.returncode, said) == (0, [])


def test_the_system_s_own_sshd_lets_a_key_s_user_in(machine: Machine, tmp_path: Path) -> None:
    if machine.run("test -x /usr/sbin/sshd").returncode:
        pytest.skip("OpenSSH's server is missing: apt-get install openssh-server")
    place, key = OwnMachine(machine), make_key(tmp_path / "lena")
    place.keys_for(key)
    text = section(FIRST_LOGIN).split(OPENSSH)[1]
    print_keys, login = blocks(text, "sh")
    (settings,) = blocks(text, "")
    add = "prelabel-tui users add lena --role lead --key /srv/club/rui.pub"
    place.as_account(f"{exports()}\n{add}\n{print_keys}")
    machine.done(f"ssh-keygen -A\ncat >> /etc/ssh/sshd_config <<'END'\n{settings}END")
    log = tmp_path / "sshd.log"
    with log.open("wb") as output:
        sshd = subprocess.Popen(machine.words("/usr/sbin/sshd", "-D", "-e"), stderr=output)
    try:
        until(lambda: b"Server listening" in log.read_bytes(), "sshd listens")
        with Terminal(place.client(login, *options_of(key))) as terminal:
            terminal.wait_for("fingerprint is", GENEROUS_S)
            terminal.type("yes\r")
            terminal.wait_for("lena · lead", GENEROUS_S)
            terminal.press("q")
            terminal.wait_for("again to quit")
            terminal.press("q")
            assert terminal.wait_exit(GENEROUS_S) == 0
    finally:
        machine.done("kill $(cat /run/sshd.pid)")
        sshd.wait(GENEROUS_S)


def test_the_database_moves_to_postgresql_and_back_by_the_page(
    tmp_path: Path, postgres_url: str
) -> None:
    home = tmp_path / "club" / "data"
    make_demo_home(home)
    let_programs_act_as_others(home)
    there, back = blocks(section(MOVING), "sh")
    head = "none yet"
    for line in [*there.splitlines(), "put away", *back.splitlines()]:
        if line == "put away":
            for file in home.glob("prelabel.db*"):
                file.rename(tmp_path / file.name)
            continue
        line = line.replace("postgresql://club@server/club", postgres_url)
        line = line.replace("/srv/club/data", str(home)).replace("HEAD", head)
        program, *words = shlex.split(line)
        assert program == "prelabel-tui"
        done = command(tmp_path / "nowhere", *words)
        assert done.returncode == 0, done.stderr
        said = re.search(r"head of the audit log: (\w+)", done.stdout)
        assert said is not None
        head = said[1]
    assert command(home, "fsck", "--expect-head", head).returncode == 0
    assert not (tmp_path / "nowhere").exists()
