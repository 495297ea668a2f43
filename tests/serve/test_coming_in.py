"""Who comes in by the real OpenSSH client, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import asyncssh
import pytest

from tests.programs import command
from tests.serve.front_door import GENEROUS_S, IN_LIST, Server, until


def keys_of(server: Server) -> Path:
    return server.home.parent


def run(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=GENEROUS_S,
        check=False, **options,
    )  # type: ignore[call-overload, no-any-return] # fmt: skip


@pytest.mark.parametrize("name", ["whoever", "lena", "root"])
def test_the_key_says_who_it_is_whatever_the_name(shared_server: Server, name: str) -> None:
    with shared_server.login(keys_of(shared_server) / "rui", name=name) as terminal:
        terminal.wait_for(IN_LIST, GENEROUS_S)
        assert "rui · reviewer" in terminal.text()
        terminal.press("q")
        terminal.wait_for("again to quit")
        terminal.press("q")
        assert terminal.wait_exit(GENEROUS_S) == 0


REFUSALS = {
    "wrong key": ("stranger", (), ()),
    "password": ("rui", ("-o", "PreferredAuthentications=password,keyboard-interactive"), ()),
    "command": ("rui", (), ("id",)),
    "command in a terminal": ("rui", ("-tt",), ("id",)),
    "subsystem": ("rui", ("-s",), ("sftp",)),
    "no terminal": ("rui", ("-T",), ()),
    "remote forwarding": ("rui", ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:[::1]:9"), ()),
    "tunnel to a host": ("rui", ("-W", "127.0.0.1:22"), ()),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refused(shared_server: Server, what: str) -> None:
    key, options, words = REFUSALS[what]
    logins = len(shared_server.events("login"))
    done = run([*shared_server.ssh(keys_of(shared_server) / key, *options), *words])
    assert done.returncode == 255 or (done.returncode, done.stdout) == (1, "")
    assert "uid=" not in done.stdout
    assert len(shared_server.events("login")) == logins


def test_sftp_and_scp_get_nothing(shared_server: Server, tmp_path: Path) -> None:
    secret = shared_server.home / "serve" / "host_key"
    *options, target = shared_server.ssh(keys_of(shared_server) / "rui")[1:]
    options[options.index("-p")] = "-P"
    for program in ("scp", "sftp"):
        done = run([program, *options, f"{target}:{secret}", str(tmp_path / program)])
        assert done.returncode != 0
        assert not (tmp_path / program).exists()


async def test_a_connection_has_one_session_and_forwards_nothing(shared_server: Server) -> None:
    async with shared_server.client(keys_of(shared_server) / "rui") as connection:
        session = await connection.create_process(term_type="xterm", encoding=None)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process(term_type="xterm", encoding=None)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", shared_server.port)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.start_server(lambda *_: None, "", 0)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_unix_connection("/run/anything")
        session.close()


def test_a_key_that_was_only_offered_makes_nobody_of_its_owner(
    shared_server: Server, tmp_path: Path
) -> None:
    """Public keys are known to many: the client offers lena's first, and proves rui's."""
    known = tmp_path / "lena"
    shutil.copy(keys_of(shared_server) / "lena.pub", tmp_path / "lena.pub")
    with shared_server.login(known) as alone:
        assert alone.wait_exit(GENEROUS_S) == 255
    own = f"IdentityFile={keys_of(shared_server) / 'rui'}"
    with shared_server.login(known, "-o", own, name="lena") as rui:
        rui.wait_for("rui · reviewer", GENEROUS_S)


def test_a_session_follows_the_size_of_the_window(shared_server: Server) -> None:
    with shared_server.login(keys_of(shared_server) / "rui") as terminal:
        terminal.wait_for(IN_LIST, GENEROUS_S)
        terminal.process.setwinsize(15, 70)
        terminal.wait_for("cells are needed", GENEROUS_S)
        terminal.process.setwinsize(40, 120)
        terminal.wait_for(IN_LIST, GENEROUS_S)


async def test_sizes_that_no_screen_has_are_cut(shared_server: Server) -> None:
    async with shared_server.client(keys_of(shared_server) / "rui") as connection:
        most = 2**32 - 1
        session = await connection.create_process(
            term_type="xterm", term_size=(most, most, most, most), encoding=None
        )
        await session.stdout.readuntil(b"tactical-1")
        session.change_terminal_size(0, 0)
        session.change_terminal_size(most, 30)
        session.change_terminal_size(100, 30, 1000, 600)
        session.stdin.write(b"2")
        await session.stdout.readuntil(b"Series")
        session.close()


def test_sessions_of_one_user_are_bounded(shared_server: Server) -> None:
    rui = keys_of(shared_server) / "rui"
    with shared_server.login(rui) as first, shared_server.login(rui) as second:
        first.wait_for(IN_LIST, GENEROUS_S)
        second.wait_for(IN_LIST, GENEROUS_S)
        with shared_server.login(rui) as third:
            third.wait_for("rui has 2 sessions open", GENEROUS_S)
            assert third.wait_exit(GENEROUS_S) == os.EX_TEMPFAIL
        with shared_server.login(keys_of(shared_server) / "lena") as other:
            other.wait_for("lena · lead", GENEROUS_S)
        done = command(shared_server.home, "serve", "--status", "--json")
        status = json.loads(done.stdout)
        until(
            lambda: [one["user"] for one in shared_server.status()["sessions"]].count("rui") == 2,
            "two sessions in the status",
        )
        assert status["port"] == shared_server.port
    until(lambda: shared_server.status()["sessions"] == [], "nobody there")


def test_the_host_key_is_made_once_for_this_account_alone(shared_server: Server) -> None:
    file = shared_server.home / "serve" / "host_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    listening = shared_server.wait_for("listening")
    assert listening["host_key"] == asyncssh.read_private_key(file).get_fingerprint()


def test_a_second_server_on_the_data_folder_is_refused(shared_server: Server) -> None:
    done = command(shared_server.home, "serve", "--port", "0", "--json")
    assert json.loads(done.stderr)["code"] == "INPUT_INVALID"
    assert "Another server" in json.loads(done.stderr)["detail"]


def test_there_is_no_status_where_no_server_runs(tmp_path: Path) -> None:
    done = command(tmp_path / "home", "serve", "--status", "--json")
    assert json.loads(done.stderr)["code"] == "NOT_FOUND"
