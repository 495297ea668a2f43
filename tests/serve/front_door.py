"""A server on the demo's data folder, its users' keys, and clients of it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import asyncssh
import msgspec
import pytest

from prelabel_tui.serve.status import read_status
from tests.programs import PROGRAM, command
from tests.terminal import Terminal
from tests.ui.demo_home import SharedState, let_programs_act_as_others, make_demo_home

GENEROUS_S = 60.0
"""How long a busy machine is waited for."""

IN_LIST = r"arena / tactical-1.*succeeded"
OFFER = "Edits of an earlier session"
"""What the review says where a journal has edits that the database has not."""
LABEL = "p10"
X = rf"─ {LABEL}\n.*▏ x (\d+)\.(\d\d)"
"""What the screen shows of the label once it is selected, its place in px."""


def make_key(file: Path) -> Path:
    """Make a key pair; return the private key's file."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=f"{file.name}@laptop")
    file.touch(0o600)
    key.write_private_key(file)
    key.write_public_key(file.with_name(f"{file.name}.pub"))
    return file


def add_user(home: Path, name: str, key: Path, role: str = "reviewer") -> None:
    """Add a user who comes in by a key."""
    public = key.with_name(f"{key.name}.pub")
    done = command(home, "users", "add", name, "--role", role, "--key", str(public))
    assert done.returncode == 0, done.stderr


def until(holds: Callable[[], bool], what: str, seconds: float = GENEROUS_S) -> None:
    """Wait until something holds; an AssertionError says what did not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # nobody has asked yet how it ended


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def prepare(folder: Path, shared: SharedState = SharedState()) -> Path:
    """Make a data folder with rui and lena, who have keys beside it; return the folder.

    Programs find what is ``shared`` by the environment.
    """
    home = folder / "home"
    make_demo_home(home, shared=shared)
    let_programs_act_as_others(home, shared)
    for name, role in (("rui", "reviewer"), ("lena", "lead")):
        add_user(home, name, make_key(folder / name), role)
    make_key(folder / "stranger")
    return home


class Server:
    """`prelabel-tui serve` on a free port; use as a context manager."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.log = home.with_name(f"{home.name}-serve.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--home", str(home), "serve", "--host", "127.0.0.1", "--port", "0",
                 *options],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )  # fmt: skip
        self.port = int(self.wait_for("listening")["port"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of a name, as they were logged."""
        lines = self.log.read_text().splitlines()
        found = [json.loads(line) for line in lines if line.endswith("}")]
        return [event for event in found if event["event"] == name]

    def wait_for(self, name: str, count: int = 1) -> dict[str, Any]:
        """Wait for so many events of a name; return the last one."""

        def there() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return len(self.events(name)) >= count

        until(there, f"{count} × {name}")
        return self.events(name)[-1]

    def status(self) -> dict[str, Any]:
        """What it says of itself, as `serve --status --json` prints it."""
        until(lambda: read_status(self.home) is not None, "a status")
        found: dict[str, Any] = json.loads(msgspec.json.encode(read_status(self.home)))
        return found

    def stop(self) -> int:
        """Stop it as a service manager does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(GENEROUS_S)

    def session_pids(self) -> set[int]:
        """The processes of sessions: the warm parent's children."""
        return {pid for parent in children(self.process.pid) for pid in children(parent)}

    def session_pid(self) -> int:
        """The process of the only session, once it is there."""
        until(lambda: len(self.session_pids()) == 1, "one session")
        (pid,) = self.session_pids()
        return pid

    def ssh(
        self, key: Path, *options: str, name: str = "whoever", port: int | None = None
    ) -> list[str]:
        """The command line of the real client.  Skips the test, loudly, where it is missing.

        ``port``: where it connects to, if not to the server itself.
        """
        if shutil.which("ssh") is None:
            pytest.skip("OpenSSH's client is missing: apt-get install openssh-client")
        known = self.home.with_name(f"{self.home.name}-known-hosts")
        settings = (
            f"UserKnownHostsFile={known}", "StrictHostKeyChecking=accept-new", "IdentitiesOnly=yes",
            "IdentityAgent=none", "BatchMode=yes", "LogLevel=ERROR", f"IdentityFile={key}",
        )  # fmt: skip
        words = [word for setting in settings for word in ("-o", setting)]
        return [
            "ssh",
            "-F",
            "none",
            "-p",
            str(port or self.port),
            *words,
            *options,
            f"{name}@127.0.0.1",
        ]

    def login(
        self, key: Path, *options: str, name: str = "whoever", port: int | None = None
    ) -> Terminal:
        """The real client, logged in, in a terminal of its own."""
        return Terminal(self.ssh(key, *options, name=name, port=port))

    def client(self, key: Path, **options: Any) -> Any:
        """Connect asyncssh's own client, for what the real one does not do."""
        return asyncssh.connect(
            "127.0.0.1", self.port, username="whoever", client_keys=[str(key)], known_hosts=None,
            config=[], agent_path=None, **options,
        )  # fmt: skip


def open_review(terminal: Terminal) -> None:
    """Go from the list into the review: frame 3, with the label selected."""
    terminal.wait_for(IN_LIST, GENEROUS_S)
    terminal.press("p")
    if terminal.wait_for(rf"Autosave: saved|{OFFER}", GENEROUS_S)[0] == OFFER:
        terminal.press("enter")
    terminal.wait_for(r"Autosave: saved", GENEROUS_S)
    terminal.wait_for(r"\d+ of \d+", GENEROUS_S)  # the queue has gone to its first entry
    go_to_label(terminal)


def go_to_label(terminal: Terminal) -> None:
    """Go to frame 3 of the review, with the label selected."""
    terminal.press("home")
    terminal.wait_for(r" 1/\d+ ", GENEROUS_S)
    while not re.search(X, terminal.text()):
        selected = re.search(r"─ p\d+\n", terminal.text())
        terminal.press("tab")
        if selected is None:
            terminal.wait_for(r"─ p\d+\n", GENEROUS_S)
        else:
            terminal.wait_gone(selected[0], GENEROUS_S)
    terminal.press("f", "f")  # the selection stays with the label
    terminal.wait_for(r" 3/\d+ ", GENEROUS_S)
    terminal.wait_for(X, GENEROUS_S)
