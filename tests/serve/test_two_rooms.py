"""Two rooms of reviewers at work, one of them killed again and again: the other notices nothing."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role, system_user
from prelabel_tui.core.identity.public_key import parse_keys
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.model.codec import is_reviewed
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from tests.buckets import running_buckets
from tests.postgres import fresh_database, running_server
from tests.serve.front_door import GENEROUS_S, LABEL, Server, children, make_key, runs
from tests.serve.reviewing_program import IN, Report, State, Task
from tests.ui.demo_home import ADA, LENA, SharedState, import_match, plain_picture

CHECKOUT = Path(__file__).parents[2]


@dataclass
class Room:
    """A server with its reviewers, each on a clip of their own."""

    home: Path
    shared: SharedState
    reviewers: tuple[str, ...]
    options: tuple[str, ...] = ("--logins-per-minute", "1000")
    players: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prepare(self, seed: int) -> None:
        """Bring in the clips, and let everybody in."""
        store = self.open()
        for actor in (ADA, LENA, Actor(system_user(), Role.ADMIN, "")):
            assert set_role(store, ADA, actor.name, actor.role).ok
        for number, name in enumerate(self.reviewers):
            import_match(store, "arena", clip_of(name), seed + number, plain_picture)
            public = make_key(self.key(name)).with_name(f"{name}.pub")
            keys = parse_keys(public.read_text(encoding="utf-8"))
            assert set_role(store, ADA, name, Role.LEAD, keys).ok
        store.close()

    def open(self) -> Store:
        """Its data folder."""
        return open_store(self.home, self.shared.database, self.shared.artifacts).unwrap()

    def key(self, name: str) -> Path:
        """A reviewer's private key."""
        return self.home.with_name(name)

    def serve(self) -> Server:
        """Start its server."""
        return Server(self.home, *self.options)

    def play(self, server: Server, seconds: float, *, calm: bool, seed: int) -> None:
        """Let the reviewers begin."""
        for number, name in enumerate(self.reviewers):
            client = server.ssh(self.key(name))
            task = Task(client, clip_of(name), seconds, calm, seed + number)
            words = [sys.executable, "-m", "tests.serve.reviewing_program"]
            words.append(msgspec.json.encode(task).decode())
            player = subprocess.Popen(words, cwd=CHECKOUT, stdout=subprocess.PIPE)
            self.players.append(player)

    def wait_for_all(self) -> None:
        """Wait until every reviewer has the label on the screen."""
        for player in self.players:
            assert player.stdout is not None
            assert player.stdout.readline().decode() == f"{IN}\n", player.stdout.read()

    def reports(self, seconds: float) -> list[Report]:
        """What each reviewer reports in the end."""
        found = []
        for player in self.players:
            output, _ = player.communicate(timeout=seconds)
            assert player.returncode == 0
            found.append(msgspec.json.decode(output, type=Report))
        return found

    def check(self, reports: list[Report]) -> None:
        """Compare what the reviewers were shown with what is stored."""
        store = self.open()
        for name, report in zip(self.reviewers, reports, strict=True):
            assert report.trouble == "", f"{name}: {report.trouble}"
            assert report.lost == [], name
            assert stored_state(store, clip_of(name)) == report.state, name
            revisions = len(history(store, scope_of(store, clip_of(name))))
            most = report.published + report.perhaps
            assert report.published <= revisions <= most, name
        assert fsck(store).outcome.code is Code.FSCK_CLEAN
        store.close()


def clip_of(reviewer: str) -> str:
    return f"clip-of-{reviewer}"


def scope_of(store: Store, clip: str) -> Scope:
    return find_scope(store, "arena", clip, Capability.PLAYER).unwrap()


def stored_state(store: Store, clip: str) -> State:
    """The label and its frame, once whatever a journal has was applied, as a reviewer would."""
    draft = loading.active_draft(store, scope_of(store, clip))
    assert draft is not None
    session = EditingSession.open(store, LENA, draft.id).unwrap()
    frame = session.document.frame(2)
    label = frame.label(LABEL)
    assert label is not None
    state = State(label.x, Flag.BAD_FRAME in frame.flags, is_reviewed(session.document.encoded(2)))
    session.close()
    return state


class Killer:
    """Kills the sessions, clients and server of a room while it is played in."""

    def __init__(self, room: Room, server: Server, chance: random.Random) -> None:
        self._room, self.server, self._chance = room, server, chance
        room.options = (*room.options, "--port", str(server.port))  # it comes back at its place
        self.kills: Counter[str] = Counter()

    def kill(self, kind: str) -> None:
        """Kill one of a kind, if there is one just now."""
        targets = {
            "server": lambda: [self.server.process.pid],
            "session": lambda: sorted(self.server.session_pids()),
            "client": lambda: [
                one for player in self._room.players for one in children(player.pid)
            ],
        }[kind]()
        if not targets:
            return
        pid = self._chance.choice(targets)
        os.kill(pid, signal.SIGKILL)
        self.kills[kind] += 1
        if kind == "server":
            self.server.process.wait(GENEROUS_S)
            self.server = self._room.serve()


@contextmanager
def state_for_all(folder: Path, together: bool) -> Iterator[SharedState]:
    """PostgreSQL and a bucket for both rooms together, or nothing: to each its data folder."""
    if not together:
        yield SharedState()
        return
    (folder / "buckets").mkdir()
    with (
        pytest.MonkeyPatch.context() as environment,
        running_server() as postgres,
        running_buckets(folder / "buckets") as buckets,
        fresh_database(postgres, "club") as database,
    ):
        artifacts = buckets.fresh(environment)
        environment.setenv("PRELABEL_DATABASE", database)
        environment.setenv("PRELABEL_ARTIFACTS", artifacts)
        yield SharedState(database, artifacts)


@pytest.mark.soak
@pytest.mark.slow
def test_a_room_that_is_killed_again_and_again_disturbs_no_other(
    tmp_path: Path, soak: bool
) -> None:
    seed = random.randrange(10**6)
    seconds, many = (600.0, 4) if soak else (6.0, 2)
    for together in (False, True) if soak else (False,):
        (folder := tmp_path / f"together-{together}").mkdir()
        with state_for_all(folder, together) as shared:
            _play(folder, shared, seconds, many, seed)


def _play(folder: Path, shared: SharedState, seconds: float, many: int, seed: int) -> None:
    chance = random.Random(seed)
    rooms = []
    for name in ("a", "b"):
        reviewers = tuple(f"{name}{number}" for number in range(many))
        (folder / name).mkdir()
        rooms.append(Room(folder / name / "home", shared, reviewers))
        rooms[-1].prepare(1 if name == "a" else 5)
    killed, calm = rooms
    with ExitStack() as ends:
        killer = Killer(killed, killed.serve(), chance)
        ends.callback(lambda: killer.server.stop())
        quiet = ends.enter_context(calm.serve())
        ends.callback(lambda: [one.kill() for one in (*killed.players, *calm.players)])
        killed.play(killer.server, seconds, calm=False, seed=seed)
        calm.play(quiet, seconds, calm=True, seed=seed + 100)
        killed.wait_for_all()
        calm.wait_for_all()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(chance.uniform(1, 4), seconds / 4))
            killer.kill(chance.choice(["session", "session", "client", "client", "server"]))
        reports = [room.reports(4 * GENEROUS_S) for room in rooms]
        state = "one PostgreSQL" if shared.database else "a data folder each"
        print(f"\n{seconds:.0f} s, {state}, seed {seed}; kills: {dict(killer.kills)}")
        for room, found in zip("AB", reports, strict=True):
            print(f"room {room}: {figures(found)}")
        assert runs(quiet.process.pid)
        assert all(report.answers for report in reports[1])
        assert [event["code"] for event in quiet.events("end")] == [0] * many
        assert quiet.events("refused") == quiet.events("failed") == []
    for room, found in zip(rooms, reports, strict=True):
        room.check(found)


def figures(reports: list[Report]) -> str:
    """What the reviewers of a room did, in a line."""
    answers = sorted(1e3 * one for report in reports for one in report.answers)
    edits, logins, published, perhaps = (
        sum(getattr(report, name) for report in reports)
        for name in ("edits", "logins", "published", "perhaps")
    )
    late = statistics.quantiles(answers, n=20)[-1]
    return (
        f"{len(answers)} keys answered, in {statistics.median(answers):.0f} ms (95 %: {late:.0f}, "
        f"longest {answers[-1]:.0f}); {edits} edits shown, "
        f"{sum(len(report.lost) for report in reports)} lost; {logins} logins; {published} "
        f"published, of {perhaps} nobody saw the outcome"
    )
