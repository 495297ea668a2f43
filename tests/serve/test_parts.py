"""The parts of the server by themselves: its key, its limits, what a session's environment is."""

from __future__ import annotations

from pathlib import Path

import pytest

from prelabel_tui.core.outcomes import Refused
from prelabel_tui.serve.environment import session_environment
from prelabel_tui.serve.host_key import host_key
from prelabel_tui.serve.limits import Admission, HalfOpen, SessionLimits
from prelabel_tui.serve.pty_pump import Size


def test_the_host_key_stays_and_must_not_be_readable_by_others(tmp_path: Path) -> None:
    file = tmp_path / "host_key"
    made = host_key(file).get_fingerprint()
    assert host_key(file).get_fingerprint() == made
    file.chmod(0o640)
    with pytest.raises(Refused, match="Others can read the host key"):
        host_key(file)
    file.write_text("this was a key")
    file.chmod(0o600)
    with pytest.raises(Refused, match="is not a private key"):
        host_key(file)
    file.unlink()
    assert host_key(file).get_fingerprint() != made


def test_of_too_many_half_open_connections_the_crowd_loses() -> None:
    closed: list[str] = []
    half_open: HalfOpen[str] = HalfOpen(closed.append, most=3)
    half_open.add("a neighbour", "10.0.0.2")
    for name in ("first", "second", "third", "fourth"):
        half_open.add(name, "10.0.0.1")
    assert closed == ["first", "second"]
    half_open.discard("third")
    half_open.add("fifth", "10.0.0.1")
    assert closed == ["first", "second"]
    assert (len(half_open), half_open.closed) == (3, 2)


def test_sessions_are_counted_for_each_user_and_in_all() -> None:
    admission = Admission(SessionLimits(in_all=3, a_user=2, logins_a_minute=20))
    assert admission.enter("rui") is None
    assert admission.enter("rui") is None
    assert admission.enter("rui") == "rui has 2 sessions open, the most allowed: close one."
    assert admission.enter("ada") is None
    assert admission.enter("lena") == "All 3 sessions of this server are taken: try later."
    admission.leave("rui")
    assert admission.enter("lena") is None


def test_logins_are_counted_by_the_minute() -> None:
    now = 0.0
    admission = Admission(SessionLimits(10, 10, logins_a_minute=3), clock=lambda: now)
    for _ in range(3):
        assert admission.enter("rui") is None
        admission.leave("rui")
    assert "within a minute" in (admission.enter("rui") or "")
    assert admission.enter("ada") is None
    now = 61.0
    assert admission.enter("rui") is None


def test_a_session_has_nothing_of_the_clients_environment_but_its_terminal() -> None:
    server = {"HOME": "/srv", "PATH": "/bin", "PGHOST": "db", "SECRET": "x", "TERM": "dumb"}
    client = {
        "TERM": "xterm-kitty", "COLORTERM": "truecolor", "LANG": "de_DE.UTF-8",
        "LC_TERMINAL": "iTerm2", "LC_TERMINAL_VERSION": "3.5", "LC_ALL": "C", "HOME": "/tmp",
        "PRELABEL_USER": "ada", "LD_PRELOAD": "x.so", "PGHOST": "evil", "SSH_CONNECTION": "1 2 3 4",
    }  # fmt: skip
    assert session_environment(server, client, "10.0.0.1 5 10.0.0.9 22") == {
        "HOME": "/srv", "PATH": "/bin", "PGHOST": "db", "TERM": "xterm-kitty",
        "COLORTERM": "truecolor", "LANG": "de_DE.UTF-8", "LC_TERMINAL": "iTerm2",
        "LC_TERMINAL_VERSION": "3.5", "SSH_CONNECTION": "10.0.0.1 5 10.0.0.9 22",
    }  # fmt: skip


@pytest.mark.parametrize("value", ["x\x1b[2J", "x" * 101, "Ω", "a\nb", "x\x00"])
def test_what_is_no_name_of_a_terminal_does_not_come_in(value: str) -> None:
    assert session_environment({}, {"TERM": value}, "") == {"SSH_CONNECTION": ""}


def test_a_size_is_cut_to_what_a_screen_has() -> None:
    assert Size(2**32 - 1, 2**32 - 1, 2**32 - 1, 0).within_reason == Size(1000, 400, 65535, 0)
    assert Size(0, 0).within_reason == Size(80, 24)
    assert Size(120, 40, 1200, 800).within_reason == Size(120, 40, 1200, 800)
