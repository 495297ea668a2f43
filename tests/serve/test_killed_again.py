"""Clients, sessions and the server killed at any moment, again and again: no shown edit is lost."""

from __future__ import annotations

import os
import random
import re
import signal
from pathlib import Path

import pytest

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import UNIT, Capability
from prelabel_tui.core.session.session import EditingSession
from tests.serve.front_door import GENEROUS_S, IN_LIST, LABEL, Server, X, open_review, until
from tests.terminal import Terminal
from tests.ui.demo_home import RUI, open_demo


def recovered_x(home: Path) -> int:
    """The label's place once whatever a journal has was applied, as a reviewer would."""
    store = open_demo(home)
    scope = find_scope(store, "arena", "tactical-1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(store, scope)
    assert draft is not None
    session = EditingSession.open(store, RUI, draft.id).unwrap()
    if session.recovery is not None:
        session.apply_recovery()
    label = session.document.frame(2).label(LABEL)
    assert label is not None
    assert session.close().healthy
    store.close()
    return label.x


def come_back(terminal: Terminal) -> None:
    """Come to the label's frame: a hang-up left the review open, a kill did not."""
    found = terminal.wait_for(rf"{IN_LIST}| \d/8 ", GENEROUS_S)
    if "/8" not in found[0]:
        open_review(terminal)
    else:
        terminal.wait_for(X, GENEROUS_S)


@pytest.mark.soak
@pytest.mark.slow
def test_no_edit_that_was_shown_is_lost(home: Path, soak: bool) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    rounds = 300 if soak else 3
    kinds = ["client", "session", "server"] * (rounds // 3)
    server = Server(home)
    shown_in_all = 0
    with server.login(home.parent / "rui") as terminal:
        open_review(terminal)
    x = recovered_x(home)
    for done, kind in enumerate(kinds):
        with server.login(home.parent / "rui") as terminal:
            come_back(terminal)
            (session,) = _sessions(server)
            states = [x]
            for _ in range(chance.randrange(1, 12)):
                key, step = chance.choice([("l", UNIT), ("L", 10 * UNIT)])
                if x > 400 * UNIT:
                    key, step = key.replace("l", "h").replace("L", "H"), -step
                states.append(states[-1] + step)
                terminal.process.send(key)
                terminal.read(chance.choice([0.0, 0.02]))
            terminal.read(chance.random() * chance.choice([0.05, 0.5, 2.0]))
            pid = {"client": terminal.process.pid, "session": session, "server": server.process.pid}
            os.kill(pid[kind], signal.SIGKILL)
            terminal.wait_exit(GENEROUS_S)
            found = re.search(r"▏ x (\d+)\.(\d\d)", terminal.text())
        until(lambda pid=session: not _runs(pid), "the session has ended")  # type: ignore[misc]
        x = recovered_x(home)
        assert x in states, f"seed {seed}, {kind}"
        if found is not None and (shown := int(found[1]) * UNIT + int(found[2])) in states:
            assert states.index(x) >= states.index(shown), f"seed {seed}, {kind}"
            shown_in_all += states.index(shown)
        if kind == "server" and done < len(kinds):
            server.process.wait(GENEROUS_S)
            server = Server(home)
    server.stop()
    print(f"\n{rounds} kills over SSH (seed {seed}): {shown_in_all} edits shown, 0 lost")


def _sessions(server: Server) -> list[int]:
    until(lambda: len(server.status()["sessions"]) == 1, "one session in the status")
    return [int(one["pid"]) for one in server.status()["sessions"]]


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
