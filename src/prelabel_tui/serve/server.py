"""Running the front door until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import asyncssh

from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import acting
from prelabel_tui.core.identity.users import open_as_user
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.imaging.frames.shared_pictures import make_shared_memory, shared_bytes
from prelabel_tui.serve.events import log
from prelabel_tui.serve.forking import WarmParent
from prelabel_tui.serve.front_door import FrontDoor
from prelabel_tui.serve.host_key import host_key
from prelabel_tui.serve.room import DoorSettings, Room
from prelabel_tui.serve.status import ServerStatus, StatusFile, server_folder

_STATUS_S = 1.0


def serve(
    settings: DoorSettings, user: str | None, listening: Callable[[str, int], None]
) -> Outcome:
    """Let users in until SIGTERM or SIGINT; the account must be an admin's.

    ``listening`` is told the host key's fingerprint and the port.  OK after a clean stop;
    ROLE_FORBIDDEN, INPUT_INVALID (another server runs on the data folder, its host key is not
    safe, the address cannot be listened on), storage codes.
    """
    options = settings.options
    home = Path(options.home)
    opened = open_as_user(home, options.database, options.artifacts, user)
    if opened.value is None:
        return opened.outcome
    store, actor = opened.value
    try:
        allowed = acting(store, actor, Action.USER_ACT_AS)
        if not allowed.ok:
            return allowed.outcome
        folder = server_folder(home)
        folder.mkdir(mode=0o700, exist_ok=True)
        with StatusFile(folder) as status:
            key = host_key(folder / "host_key")
            pictures = _shared_memory(settings.picture_mb << 20)
            parent = WarmParent(lambda text: log("failed", reason=text), pictures)
            door = FrontDoor(Room(settings, store, parent, pictures))
            return asyncio.run(_run(door, key, status, listening))
    except Refused as error:
        return error.outcome
    except OSError as error:
        where = error.filename or f"{settings.host or '*'}:{settings.port}"
        return Outcome(Code.INPUT_INVALID, f"{where}: {error.strerror or error}.")
    finally:
        store.close()


def _shared_memory(bound: int) -> int | None:
    """Make the memory for pictures that sessions share; without it each decodes for itself."""
    try:
        return make_shared_memory(bound)
    except OSError as error:
        log("failed", reason=f"sessions do not share pictures: {error.strerror or error}")
        return None


async def _run(
    door: FrontDoor,
    key: asyncssh.SSHKey,
    status: StatusFile,
    listening: Callable[[str, int], None],
) -> Outcome:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncssh.set_log_level("CRITICAL")  # what matters of it is an event of ours
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await door.room.parent.start()
    port = await door.open(key)
    since = dt.datetime.now(dt.UTC).replace(microsecond=0)
    fingerprint = key.get_fingerprint()
    log("listening", port=port, host=door.room.settings.host, host_key=fingerprint)
    listening(fingerprint, port)

    def now() -> ServerStatus:
        sessions = tuple(session.status for session in door.room.sessions)
        return ServerStatus(
            os.getpid(), door.room.settings.host, port, fingerprint, since, len(door.half_open),
            door.room.logins, door.room.refused,
            0 if door.room.pictures is None else shared_bytes(door.room.pictures), sessions,
        )  # fmt: skip

    while not stop.is_set():
        with contextlib.suppress(OSError):  # a full disk stops nobody
            status.write(now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _STATUS_S)
    log("stopping", sessions=len(door.room.sessions))
    await door.close()
    door.room.parent.close()
    log("stopped")
    return Outcome(Code.OK, "The server has stopped.")
