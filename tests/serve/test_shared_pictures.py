"""The memory for pictures that all sessions of a server have in common."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from tests.serve.front_door import GENEROUS_S, IN_LIST, Server, open_review, until


def memory_of(pid: int) -> str:
    """Which memory for pictures a session has: the inode of the file without a name."""
    found = re.findall(r"\S+ (\d+) +/memfd:pictures", Path(f"/proc/{pid}/maps").read_text())
    assert len(found) == 1
    return str(found[0])


def test_sessions_have_one_memory_for_pictures_whoever_is_killed(shared_server: Server) -> None:
    keys = shared_server.home.parent
    with shared_server.login(keys / "rui") as one, shared_server.login(keys / "lena") as other:
        open_review(one)
        other.wait_for(IN_LIST, GENEROUS_S)
        until(lambda: shared_server.status()["picture_bytes"] > 0, "pictures are shared")
        until(lambda: all(who["pid"] for who in shared_server.status()["sessions"]), "both run")
        pids = {who["user"]: who["pid"] for who in shared_server.status()["sessions"]}
        assert len({memory_of(pid) for pid in pids.values()}) == 1
        os.kill(pids["rui"], signal.SIGKILL)
        one.wait_exit(GENEROUS_S)
        open_review(other)
    assert shared_server.status()["picture_bytes"] > 0
