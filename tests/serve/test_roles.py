"""Over SSH every role's attempt at every action goes as the table of roles says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import asyncssh
import pytest

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action, may
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.keys import add_keys
from prelabel_tui.core.identity.public_key import parse_keys
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.store import Store
from prelabel_tui.core.store.chain import head
from tests.causes import ADA, LENA, RUI, World
from tests.programs import PROGRAM
from tests.serve.front_door import GENEROUS_S, Server, make_key, until
from tests.serve.role_keys import KEYS, Place, back
from tests.terminal import Terminal, Timeout

BY_RANK: Final = (RUI, LENA, ADA)

WITHOUT_KEYS: Final[dict[Action, str]] = {
    Action.REVISION_IMPORT: "import legacy records.json",
    Action.PUBLISH_UNLOCK: "publish unlock club clip player --reason stuck --yes",
    Action.PACK_VALIDATE: "packs validate PACK --version 1",
    Action.WORKSPACE_CREATE: "import mot --workspace new --media clip --frames .",
    Action.WORKSPACE_THRESHOLD: "workspaces set club ball.too_many 2",
    Action.WORKSPACE_REPEATS: "workspaces repeats club 5",
    Action.MEDIA_CREATE: "import mot --workspace club --media new --frames .",
    Action.MEDIA_REFRESH: "import mot --workspace club --media clip --frames .",
    Action.MEDIA_RELOCATE: "media relocate club clip /tmp",
    Action.MEDIA_REMOVE: "media remove club clip --reason wrong --yes",
    Action.RUN_REPORT: "runs report queued --workspace club --media clip",
    Action.RUN_IMPORT: "import mot --workspace club --media clip --frames .",
    Action.RUN_REFRESH: "import mot --workspace club --media clip --frames . --detector yolox",
    Action.USER_ENTER: "runs",
    Action.USER_ACT_AS: "--user ada runs",
    Action.USER_ADD: "users add eve --role admin",
    Action.USER_ROLE: "users add rui --role admin",
    Action.KEY_ADD: "users keys rui --add /tmp/key.pub",
    Action.KEY_REMOVE: "users keys ada --remove SHA256:x",
    Action.CLOCK_ACCEPT: "db accept-clock --reason right",
    Action.DATABASE_UPGRADE: "db upgrade",
}
"""What no screen does, and a command that would: over SSH nobody has one."""


def state(store: Store) -> str:
    with store.read() as session:
        return head(session.connection()).hash


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Server]]:
    """A room with a reviewer, a lead and an admin, who have keys beside it."""
    folder = tmp_path_factory.mktemp("roles")
    world = World.make(folder)
    assert set_role(world.store, ADA, "mia", Role.REVIEWER).ok
    for actor in BY_RANK:
        public = make_key(folder / actor.name).with_name(f"{actor.name}.pub")
        assert add_keys(world.store, ADA, actor.name, parse_keys(public.read_text())).ok
    with Server(world.store.home, "--logins-per-minute", "100") as server:
        yield world, server
    world.store.close()


def test_every_action_has_its_keys_or_no_way_in() -> None:
    assert {*KEYS, *WITHOUT_KEYS} == set(Action)
    assert not KEYS.keys() & WITHOUT_KEYS.keys()


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("actor", BY_RANK, ids=lambda actor: actor.role.value)
def test_every_role_at_every_action(room: tuple[World, Server], actor: Actor, soak: bool) -> None:
    """In the suite a role that comes after one that may is left out."""
    world, server = room
    below = BY_RANK[: BY_RANK.index(actor)]
    tried = [a for a in KEYS if soak or not any(may(other, a) for other in below)]
    with server.login(world.folder / actor.name) as terminal:
        terminal.wait_for(f"{actor.name} · {actor.role}", GENEROUS_S)
        for action in tried:
            attempt(world, terminal, actor, action)
    done = sum(may(actor, action) for action in tried)
    print(f"\n{actor.role} over SSH: {done} actions done, {len(tried) - done} refused")


def attempt(world: World, terminal: Terminal, actor: Actor, action: Action) -> None:
    """Attempt an action by keys: it is done and recorded, or refused and nothing has changed."""
    name = f"{actor.name}-{action}".replace(".", "-").replace("_", "-")
    place = Place(world.store, world.folder, name, actor)
    keys = KEYS[action]
    keys.prepare(place)
    before = state(world.store)
    keys.play(terminal, place)
    if may(actor, action):
        as_action = Action.REVISION_PUBLISH if action is Action.REVISION_OVERRIDE else action

        def recorded() -> bool:
            terminal.read(0.05)
            newest = audit.entries(world.store, action=as_action.value, limit=1)
            return [one.actor for one in newest] == [actor.name] and (
                " via 127.0.0.1" in newest[0].origin
            )

        try:
            until(recorded, f"{action} is recorded")
        except AssertionError as error:
            raise Timeout(f"{error} on\n{terminal.text()}") from error
        assert "FORBIDDEN" not in terminal.text()
    else:
        terminal.wait_for("(ROLE|OVERRIDE)_FORBIDDEN", GENEROUS_S)
        assert state(world.store) == before, f"{action} has changed something"
    back(terminal)


async def test_what_no_screen_does_nobody_does_by_a_command(
    room: tuple[World, Server],
) -> None:
    world, server = room
    before = state(world.store)
    for actor in BY_RANK:
        for words in WITHOUT_KEYS.values():
            async with server.client(world.folder / actor.name) as connection:
                with pytest.raises(asyncssh.ChannelOpenError):
                    await connection.run(f"{PROGRAM} --home {world.store.home} {words}")
    assert state(world.store) == before
    assert len(server.events("refused")) >= len(BY_RANK) * len(WITHOUT_KEYS)
