"""Many at once, and clients that misbehave: the others notice nothing."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
from pathlib import Path

from tests.serve.front_door import GENEROUS_S, IN_LIST, Server, until

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
