"""Clients, sessions and servers that die while somebody edits: nothing is lost, and it goes on."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import UNIT, Capability
from tests.serve.front_door import GENEROUS_S, IN_LIST, LABEL, Server, X, open_review, until
from tests.terminal import Terminal
from tests.ui.demo_home import open_demo


def shown_x(terminal: Terminal) -> int:
    found = terminal.wait_for(X)
    return int(found[1]) * UNIT + int(found[2])


def stored_x(home: Path) -> int:
    store = open_demo(home)
    scope = find_scope(store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(store, scope)
    assert draft is not None
    label = loading.load(store, draft.id).unwrap().document.frame(2).label(LABEL)
    store.close()
    assert label is not None
    return label.x


def edited(terminal: Terminal) -> int:
    """Move the label so that it is not saved yet; return where the screen shows it."""
    before = shown_x(terminal)
    terminal.press("l", "l", "l")
    after = before + 3 * UNIT
    terminal.wait_for(rf"▏ x {after // UNIT}\.{after % UNIT:02d}")
    return after


def test_a_client_that_is_killed_loses_nothing_and_comes_back_to_where_it_was(home: Path) -> None:
    rui = home.parent / "rui"
    with Server(home) as server:
        with server.login(rui) as terminal:
            open_review(terminal)
            terminal.press("\\")
            terminal.wait_for(" 1:1")
            x = edited(terminal)
            os.kill(terminal.process.pid, signal.SIGKILL)
            ended = server.wait_for("end")
            assert (ended["reason"], ended["code"]) == ("the link was lost", 128 + signal.SIGHUP)
        assert stored_x(home) == x
        with server.login(rui) as terminal:
            terminal.wait_for(r" 3/\d+ ", GENEROUS_S)
            assert shown_x(terminal) == x
            terminal.wait_for(" 1:1")
            # Leaving in order leaves nothing to come back to.
            terminal.press("q")
            terminal.wait_for(IN_LIST, GENEROUS_S)
            terminal.press("q")
            terminal.wait_for("again to quit")
            terminal.press("q")
            assert terminal.wait_exit(GENEROUS_S) == 0
        with server.login(rui) as terminal:
            terminal.wait_for(IN_LIST, GENEROUS_S)


def test_a_server_that_is_killed_loses_nothing(home: Path) -> None:
    rui = home.parent / "rui"
    server = Server(home)
    with server.login(rui) as terminal:
        open_review(terminal)
        x = edited(terminal)
        pid = server.wait_for("login") and session_pid(server)
        server.process.kill()
        server.process.wait()
        terminal.wait_exit(GENEROUS_S)
    until(lambda: not Path(f"/proc/{pid}").exists(), "the session has ended by itself")
    assert stored_x(home) == x
    with Server(home) as server, server.login(rui) as terminal:
        terminal.wait_for(r" 3/\d+ ", GENEROUS_S)
        assert shown_x(terminal) == x


def session_pid(server: Server) -> int:
    until(lambda: bool(server.status()["sessions"]), "the session in the status")
    (session,) = server.status()["sessions"]
    return int(session["pid"])


def test_a_session_that_is_killed_offers_its_journal(home: Path) -> None:
    rui = home.parent / "rui"
    with Server(home) as server, server.login(rui) as other:
        other.wait_for(IN_LIST, GENEROUS_S)
        first = session_pid(server)
        with server.login(rui) as terminal:
            open_review(terminal)
            until(lambda: len(server.status()["sessions"]) == 2, "both in the status")
            (pid,) = {one["pid"] for one in server.status()["sessions"]} - {first}
            x = edited(terminal)
            os.kill(pid, signal.SIGKILL)
            assert terminal.wait_exit(GENEROUS_S) == 128 + signal.SIGKILL
        other.press("p")
        other.wait_for("Autosave: saved|never reached", GENEROUS_S)
        if stored_x(home) != x:  # it was not saved before the kill, so the journal has it
            other.press("enter")
            until(lambda: (other.read(0.05), stored_x(home) == x)[1], "saved")


def test_a_clean_stop_tells_users_and_saves(home: Path) -> None:
    rui = home.parent / "rui"
    with Server(home) as server, server.login(rui) as terminal:
        open_review(terminal)
        x = edited(terminal)
        assert server.stop() == 0
        terminal.wait_for("This session ended: the server is being stopped", GENEROUS_S)
        assert terminal.wait_exit(GENEROUS_S) == 128 + signal.SIGTERM
    assert stored_x(home) == x


def test_whoever_does_nothing_is_told_and_saved(home: Path) -> None:
    rui = home.parent / "rui"
    with Server(home, "--idle", "0.02") as server, server.login(rui) as terminal:
        terminal.wait_for("This session ended: no key was pressed for 1 s", GENEROUS_S)
        terminal.wait_exit(GENEROUS_S)
        assert server.wait_for("end")["code"] == 128 + signal.SIGTERM


def test_sessions_go_on_when_their_parent_dies_and_another_one_is_made(home: Path) -> None:
    rui = home.parent / "rui"
    with Server(home) as server, server.login(rui) as terminal:
        terminal.wait_for(IN_LIST, GENEROUS_S)
        parent = int(
            re.search(
                r"^PPid:\t(\d+)$", Path(f"/proc/{session_pid(server)}/status").read_text(), re.M
            )[1]  # type: ignore[index]
        )
        os.kill(parent, signal.SIGKILL)
        server.wait_for("failed")
        terminal.press("2")
        terminal.wait_for("Label Review Series", GENEROUS_S)
        with server.login(rui) as another:
            another.wait_for(IN_LIST, GENEROUS_S)
