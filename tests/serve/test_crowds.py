"""Many at once, and clients that misbehave: the others notice nothing."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
from pathlib import Path

import asyncssh
import pytest

from tests.serve.front_door import GENEROUS_S, IN_LIST, Server, children, until

MB = 1 << 10


def memory_kb(pid: int) -> int:
    """Resident memory of a process."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found is not None
    return int(found[1])


def made_room(server: Server) -> int:
    """How many connections were closed since too many had not logged in."""
    return sum(event["reason"].startswith("too many") for event in server.events("refused"))


def test_two_hundred_half_open_connections_are_bounded_and_disturb_nobody(
    shared_server: Server,
) -> None:
    keys = shared_server.home.parent
    place, before = ("127.0.0.1", shared_server.port), made_room(shared_server)
    with shared_server.login(keys / "rui") as at_work, contextlib.ExitStack() as opened:
        at_work.wait_for(IN_LIST, GENEROUS_S)
        crowd = []
        for number in range(200):
            one = opened.enter_context(socket.create_connection(place, GENEROUS_S))
            if number % 2:
                one.sendall(b"SSH-2.0-nobody\r\n")
            crowd.append(one)
        until(lambda: made_room(shared_server) >= before + 100, "many have made room")
        assert shared_server.status()["half_open"] <= 64
        at_work.press("2")
        at_work.wait_for("Label Review Series", GENEROUS_S)
        with shared_server.login(keys / "lena") as another:
            another.wait_for("lena · lead", GENEROUS_S)
        assert shared_server.status()["half_open"] <= 64
        # Those that had to make room have been closed.
        for one in crowd[:100]:
            one.settimeout(GENEROUS_S)
            with contextlib.suppress(ConnectionError):
                while one.recv(4096):
                    pass
        at_work.press("3")
        at_work.wait_for("Audit", GENEROUS_S)
    until(lambda: shared_server.status()["half_open"] == 0, "all gone")


def test_a_client_that_reads_nothing_stops_itself_alone(shared_server: Server) -> None:
    keys = shared_server.home.parent
    words = shared_server.ssh(keys / "rui", "-tt")
    logins = len(shared_server.events("login"))
    slow = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        shared_server.wait_for("login", logins + 1)
        before = memory_kb(shared_server.process.pid)
        assert slow.stdin is not None
        slow.stdin.write(b"2q3q4q" * 1_000)
        slow.stdin.flush()
        slow.send_signal(signal.SIGSTOP)
        with shared_server.login(keys / "lena") as other:
            other.wait_for(IN_LIST, GENEROUS_S)
            for _ in range(5):
                other.press("2")
                other.wait_for("Label Review Series", GENEROUS_S)
                other.press("q")
                other.wait_for(IN_LIST, GENEROUS_S)
        assert memory_kb(shared_server.process.pid) - before < 24 * MB
    finally:
        slow.send_signal(signal.SIGCONT)
        slow.kill()
        slow.communicate()


async def test_variables_are_bounded_in_number_and_size(shared_server: Server) -> None:
    key = shared_server.home.parent / "rui"
    some = {f"LC_{number}": "x" for number in range(30)}
    async with shared_server.client(key) as connection:
        session = await connection.create_process(
            term_type="xterm", env={**some, "LANG": "x" * 100_000}, encoding=None
        )
        await session.stdout.readuntil(b"tactical-1")
        session.close()
    before = memory_kb(shared_server.process.pid)
    too_many = {f"LC_{number}": "x" * 30_000 for number in range(1_000)}
    async with shared_server.client(key) as connection:
        with pytest.raises((asyncssh.Error, OSError)):
            await connection.create_process(term_type="xterm", env=too_many, encoding=None)
        await connection.wait_closed()
    assert shared_server.events("refused")[-1]["reason"] == "too many requests"
    assert memory_kb(shared_server.process.pid) - before < 16 * MB


async def test_what_a_client_calls_itself_or_asks_for_is_cut_in_the_log(
    shared_server: Server,
) -> None:
    key = shared_server.home.parent / "rui"
    async with shared_server.client(key, client_version="x" * 200) as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.run("x" * 200_000)
    assert len(shared_server.wait_for("refused")["command"]) == 300
    stranger = shared_server.ssh(shared_server.home.parent / "stranger", name="y" * 1_000)
    subprocess.run(stranger, capture_output=True, check=False, timeout=GENEROUS_S)
    until(lambda: shared_server.events("refused")[-1].get("name", "").startswith("yyy"), "refused")
    assert max(map(len, shared_server.log.read_text().splitlines())) < 1_000


def test_a_session_that_cannot_be_forked_is_no_login(home: Path) -> None:
    rui = home.parent / "rui"
    with Server(home) as server:
        (parent,) = children(server.process.pid)
        limits = resource.prlimit(parent, resource.RLIMIT_NOFILE)
        taken = {int(one.name) for one in Path(f"/proc/{parent}/fd").iterdir()}
        next_one = min({*range(len(taken) + 1)} - taken)
        resource.prlimit(parent, resource.RLIMIT_NOFILE, (next_one, limits[1]))
        with server.login(rui) as terminal:
            terminal.wait_for("This session ended: it could not be started", GENEROUS_S)
            assert terminal.wait_exit(GENEROUS_S) == os.EX_OSERR
        assert server.wait_for("failed")["user"] == "rui"
        assert server.events("login") == []
        assert server.status()["logins"] == 0
        resource.prlimit(parent, resource.RLIMIT_NOFILE, limits)
        with server.login(rui) as terminal:
            terminal.wait_for(IN_LIST, GENEROUS_S)
        assert children(server.process.pid) == [parent]


def test_many_come_at_once(home: Path) -> None:
    rui, many = home.parent / "rui", 8
    with Server(home, "--sessions-per-user", str(many)) as server, contextlib.ExitStack() as all_:
        terminals = [all_.enter_context(server.login(rui)) for _ in range(many)]
        for terminal in terminals:
            terminal.wait_for(IN_LIST, GENEROUS_S)
        for terminal in terminals:
            terminal.process.kill(signal.SIGKILL)
        server.wait_for("end", many)
        until(lambda: server.status()["sessions"] == [], "nobody there")
        codes = {event["code"] for event in server.events("end")}
        assert codes == {128 + signal.SIGHUP}
