"""A client's connection: from the first byte to the login, then with one session.

Identity is the key's, whatever name the client gives.  No password, second session or forwarding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import asyncssh
from asyncssh.constants import MSG_IGNORE

from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.keys import user_of_key
from prelabel_tui.core.identity.public_key import fingerprint
from prelabel_tui.core.store import FAILURES, failure
from prelabel_tui.serve.events import log
from prelabel_tui.serve.limits import ATTEMPTS, HalfOpen
from prelabel_tui.serve.room import Link, Room
from prelabel_tui.serve.session import Session


def _send_packet(send: Callable[..., None], kind: int, *parts: bytes, **more: Any) -> None:
    if kind != MSG_IGNORE:
        send(kind, *parts, **more)


class Connection(asyncssh.SSHServer):
    """A client's connection: from the first byte to the login, then with one session."""

    def __init__(self, room: Room, half_open: HalfOpen[Connection]) -> None:
        self._room = room
        self._half_open = half_open
        self._connection: asyncssh.SSHServerConnection | None = None
        self._link = Link("", 0, "", 0)
        self._name = ""
        self._attempts = 0
        self._by_last_key: Actor | None = None
        self._fingerprint = ""
        self._session: Session | None = None
        self.actor: Actor | None = None
        """Who it is, once they have logged in."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Count it."""
        self._connection = conn
        self._link = Link(
            *conn.get_extra_info("peername")[:2], *conn.get_extra_info("sockname")[:2]
        )
        self._half_open.add(self, self._link.address)
        # The library lets all that a client does not read pile up; so these are ours.
        conn.pause_writing = self._full  # type: ignore[method-assign]
        conn.resume_writing = self._roomy  # type: ignore[method-assign]
        # It sends an empty packet before each: a defence of CBC, which it does not offer.
        conn.send_packet = partial(_send_packet, conn.send_packet)  # type: ignore[method-assign]

    def _full(self) -> None:
        if self._session is not None:
            self._session.client_is_full()

    def _roomy(self) -> None:
        if self._session is not None:
            self._session.client_has_room()

    def make_room(self) -> None:
        """Close it, as too many have not logged in."""
        self._refuse("too many connections that have not logged in")
        if self._connection is not None:
            asyncio.get_running_loop().call_soon(self._connection.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; its session, if it has one, is told by its channel."""
        self._half_open.discard(self)
        if self.actor is None and self._attempts:
            self._refuse("not logged in")

    def _refuse(self, reason: str) -> None:
        self._room.refused += 1
        log("refused", reason=reason, name=self._name, address=self._link.address)

    # --- logging in

    def begin_auth(self, username: str) -> bool:
        """Ask for a key, whatever the name."""
        self._name = username
        return True

    def public_key_auth_supported(self) -> bool:
        """Say that keys are taken, and nothing else is."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Say whether a key is somebody's; that the client holds it is checked after this."""
        self._attempts += 1
        if self._attempts > ATTEMPTS:
            self._disconnect(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many keys: name the right one."
            )
            return False
        try:
            actor = await asyncio.to_thread(user_of_key, self._room.store, key.public_data)
        except FAILURES as error:
            outcome = failure(error)
            log("storage", code=outcome.code.value, detail=outcome.detail)
            # Else the client would say that the key is not let in.
            self._disconnect(
                asyncssh.DISC_SERVICE_NOT_AVAILABLE,
                f"{outcome.code.value}: no key can be looked up now. Try again later.",
            )
            return False
        # Nothing else happens on this connection between here and auth_completed, if the key is
        # proved to be the client's; a key that was only offered before counts for nothing.
        self._by_last_key = actor
        self._fingerprint = fingerprint(key.public_data)
        return actor is not None

    def _disconnect(self, code: int, reason: str) -> None:
        """Close the connection; the client says why."""
        assert self._connection is not None
        self._connection.disconnect(code, reason)

    def auth_completed(self) -> None:
        """Note who it is."""
        self._half_open.discard(self)
        self.actor = self._by_last_key

    # --- what is asked for then

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        """Give the first session, and no second one."""
        if self.actor is None or self._session is not None or self._room.stopping:
            return False
        assert self._connection is not None
        self._session = Session(
            self._room, self._connection, self._link, self.actor, self._fingerprint
        )
        return self._session
