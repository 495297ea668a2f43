"""Reviewers over real SSH on loopback: key to last byte, memory of a session, login.

Each has a draft of their own of one clip, nudges a label five times a second and steps every five
seconds.  The clients are OpenSSH's; one loop plays all their terminals.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import selectors
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from benchmarks.figures import Figure, median, percentile
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.identity.actor import Actor, Role, origin
from prelabel_tui.core.identity.public_key import parse_keys
from prelabel_tui.core.identity.users import open_as_user, set_role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.session.resuming import note_open_draft
from prelabel_tui.demo import make_match
from prelabel_tui.demo.home import demo_manifest
from prelabel_tui.demo.match import write_frames

WIDTH, HEIGHT = 120, 40
NUDGE_S, STEP_S = 0.2, 5.0
SILENCE_S = 0.03
"""A pause that ends what a key has written."""
LATE_MS = 1e3 * NUDGE_S
"""What a nudge counts as that drew nothing before the next one."""
LOGINS = 5
FRAMES = 40
ASKED = b"\x1b[6n"
ENTERED = b"\x1b[?1049h"


class Reviewer:
    """A client in a terminal of its own, which answers as terminals do."""

    def __init__(self, command: list[str], selector: selectors.BaseSelector) -> None:
        self.fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        self._selector = selector
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )
        os.close(theirs)
        os.set_blocking(self.fd, False)
        self._tail = b""
        self.seen = bytearray()
        """All that came since it was cleared."""
        self.last_byte = 0.0
        self.painted: float | None = None
        """Seconds from the start of the client to the first screen."""
        self.key_at: float | None = None
        self.delays: list[float] = []
        """From a key to the last byte that it drew, ms."""
        self.nothing = 0
        selector.register(self.fd, selectors.EVENT_READ, self)

    def read(self, now: float) -> None:
        """Take what came; answer questions for the cursor."""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(self.fd)
            return
        self.last_byte = now
        self.seen += data
        known = self._tail + data
        for _ in range(known.count(ASKED)):
            os.write(self.fd, b"\x1b[1;1R")
        self._tail = known[-len(ASKED) + 1 :] if not known.endswith(ASKED) else b""
        if self.painted is None and ENTERED in self.seen:
            drawn = self.seen.rpartition(ENTERED)[2]
            if b"Prelabels" in drawn or b"Review" in drawn:
                self.painted = now - self.began

    def nudge(self, now: float, key: bytes) -> None:
        """Press a key whose effect is measured."""
        self.end_key(now)
        self.key_at = now
        os.write(self.fd, key)

    def end_key(self, now: float) -> None:
        """Count the key before: late where it has drawn nothing."""
        if self.key_at is None:
            return
        drew = self.last_byte > self.key_at
        self.nothing += not drew
        self.delays.append(1e3 * (self.last_byte - self.key_at) if drew else LATE_MS)
        self.key_at = None

    def settle(self, now: float) -> None:
        """Count a key whose drawing has paused."""
        if self.key_at is not None and self.key_at < self.last_byte < now - SILENCE_S:
            self.end_key(now)

    def close(self) -> None:
        """End the client."""
        if self.fd in self._selector.get_map():
            self._selector.unregister(self.fd)
        self.process.kill()
        self.process.wait()
        os.close(self.fd)


class Room:
    """A server on a data folder with so many reviewers, and the loop that plays them."""

    def __init__(self, folder: Path, reviewers: int) -> None:
        self._folder = folder
        self._home = folder / "home"
        self._selector = selectors.DefaultSelector()
        self._prepare(reviewers)
        self.port = 0

    def _prepare(self, reviewers: int) -> None:
        store, actor = open_as_user(self._home, None, None, None).unwrap()
        match = make_match(1)
        write_frames(match, self._folder / "frames")
        manifest = demo_manifest(match, self._folder / "frames")
        players = {Capability.PLAYER: match.prelabels[Capability.PLAYER]}
        for number in range(reviewers + LOGINS):
            key = asyncssh.generate_private_key("ssh-ed25519")
            file = self._folder / f"u{number}"
            file.touch(0o600)
            key.write_private_key(file)
            keys = parse_keys(key.export_public_key().decode())
            set_role(store, actor, file.name, Role.REVIEWER, keys)
            if number < reviewers:
                user = Actor(file.name, Role.REVIEWER, origin())
                run = import_run(
                    store, actor, workspace="room", media=f"clip-{number}", manifest=manifest,
                    documents=players, source="demo",
                ).unwrap()  # fmt: skip
                draft = open_review(store, user, run.id, Capability.PLAYER).unwrap()
                note_open_draft(store, user, draft.id)
        store.close()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Run the server."""
        log = self._folder / "log"
        command = [sys.executable, "-m", "prelabel_tui", "--home", str(self._home), "serve",
                   "--host", "127.0.0.1", "--port", "0", "--sessions", "200"]  # fmt: skip
        with log.open("wb") as errors:
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            while not (found := re.search(rb'"listening", "port": (\d+)', log.read_bytes())):
                if server.poll() is not None:
                    raise RuntimeError(log.read_text())
                time.sleep(0.05)
            self.port = int(found[1])
            yield
        finally:
            server.terminate()
            server.wait()

    def login(self, number: int) -> Reviewer:
        """Start a client."""
        options = (
            "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes",
            "IdentityAgent=none", "LogLevel=ERROR", "SendEnv=COLORTERM",
        )  # fmt: skip
        words = [word for option in options for word in ("-o", option)]
        key = str(self._folder / f"u{number}")
        return Reviewer(
            ["ssh", "-F", "none", "-p", str(self.port), "-i", key, *words, "x@127.0.0.1"],
            self._selector,
        )

    def play(self, seconds: float) -> None:
        """Read what comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                key.data.read(time.monotonic())

    def wait_painted(self, reviewer: Reviewer, seconds: float = 60) -> float:
        """Wait for a login's first screen; seconds that it took."""
        end = time.monotonic() + seconds
        while reviewer.painted is None:
            if time.monotonic() > end:
                raise RuntimeError(f"no screen: {bytes(reviewer.seen[-300:])!r}")
            self.play(0.002)
        return reviewer.painted

    def work(self, reviewers: list[Reviewer], seconds: float) -> None:
        """Nudge and step, each at their own moments."""
        start = time.monotonic()
        count = len(reviewers)
        nudges = [start + NUDGE_S * at / count for at in range(count)]
        steps = [start + STEP_S * (at + 1) / count for at in range(count)]
        turn = [0] * count
        while (now := time.monotonic()) < start + seconds:
            for at, reviewer in enumerate(reviewers):
                if now >= steps[at]:
                    reviewer.end_key(now)
                    os.write(reviewer.fd, b"fd"[turn[at] // 25 % 2 :][:1] + b"\t")
                    steps[at] += STEP_S
                    nudges[at] = now + 2 * NUDGE_S
                elif now >= nudges[at]:
                    reviewer.nudge(now, b"lh"[turn[at] % 2 :][:1])
                    turn[at] += 1
                    nudges[at] += NUDGE_S
                reviewer.settle(now)
            self.play(0.002)
        self.play(NUDGE_S)
        for reviewer in reviewers:
            reviewer.end_key(time.monotonic())

    def status(self) -> Any:
        """Return what the server says of itself."""
        time.sleep(1.5)  # it is written once a second
        return json.loads((self._home / "serve" / "status.json").read_bytes())

    def memory(self) -> list[float]:
        """Memory of each session, shared pages divided by who shares them, MB."""
        status = self.status()
        found = []
        for session in status["sessions"]:
            rollup = Path(f"/proc/{session['pid']}/smaps_rollup").read_text()
            sizes = re.findall(r"^Pss:\s+(\d+) kB", rollup, re.M)
            found.append(int(sizes[0]) / 1024)
        return found


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure."""
    count, seconds = options.reviewers, options.seconds
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_clients:
        room = Room(Path(folder), count)
        with room.served():
            reviewers = []
            for number in range(count):
                reviewers.append(room.login(number))
                open_clients.callback(reviewers[-1].close)
                room.wait_painted(reviewers[-1])
            room.play(2.0)
            for reviewer in reviewers:
                os.write(reviewer.fd, b"\t")
            room.play(1.0)
            room.work(reviewers, seconds)
            working = room.memory()
            logins = []
            for number in range(count, count + LOGINS):
                one = room.login(number)
                logins.append(room.wait_painted(one))
                one.close()
            for reviewer in reviewers:
                os.write(reviewer.fd, b"\\")
            for _ in range(FRAMES):
                for reviewer in reviewers:
                    os.write(reviewer.fd, b"f")
                room.play(0.25)
            after = room.memory()
            shared = room.status()["picture_bytes"] / (1 << 20)
            open_clients.close()
    delays = [delay for reviewer in reviewers for delay in reviewer.delays]
    nothing = sum(reviewer.nothing for reviewer in reviewers)
    many = f"{count} reviewers"
    return [
        Figure(f"{many}: key to last byte, p50", median(delays), "ms"),
        Figure(f"{many}: key to last byte, p95", percentile(delays, 0.95), "ms", 60),
        Figure(f"{many}: nudges that drew nothing", 100 * nothing / len(delays), "%"),
        Figure(f"{many}: PSS of a session at work, median", median(working), "MB", 70),
        Figure(f"{many}: PSS after {FRAMES} frames at 1:1, median", median(after), "MB", 70),
        Figure(f"{many}: pictures that all of them share then", shared, "MB"),
        Figure(f"login to first paint with {count} there, median of {LOGINS}", median(logins), "s",
               0.5),
    ]  # fmt: skip
