"""One user's session: a channel of their connection, a terminal, a process."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
from collections.abc import Coroutine
from typing import Any, Final

import asyncssh
from asyncssh.packet import SSHPacket

from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.serve.environment import is_from_client, session_environment
from prelabel_tui.serve.events import log
from prelabel_tui.serve.forking import Child
from prelabel_tui.serve.limits import REQUESTS
from prelabel_tui.serve.pty_pump import PtyPump, Size, open_terminal
from prelabel_tui.serve.requests import SessionRequest
from prelabel_tui.serve.room import Link, Room
from prelabel_tui.serve.status import SessionStatus

_SAVING_S: Final = 10.0
"""How long a session may take to save and end, once it was told to; its journal has all edits."""

_LEAVING_S: Final = 5.0
"""How long a client may take to take the last of a session."""

_STUCK_S: Final = 60.0
"""A client that takes nothing for so long is gone."""

REFUSED: Final = os.EX_TEMPFAIL
"""The exit code of a session that a limit refused."""


class Session(asyncssh.SSHServerSession[bytes]):
    """One user's session: a channel of the connection, a terminal, a process."""

    def __init__(
        self,
        room: Room,
        connection: asyncssh.SSHServerConnection,
        link: Link,
        actor: Actor,
        key: str,
    ) -> None:
        self._room = room
        self._connection = connection
        self._link = link
        self.actor = actor
        self._key = key
        self.number = next(room.numbers)
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._pump: PtyPump | None = None
        self._child: Child | None = None
        self._size: Size | None = None
        self._variables: dict[str, str] = {}
        """What the client says of its terminal."""
        self._requests = 0
        self._farewell = ""
        """Why it ends, where the server ends it."""
        self._over = asyncio.Event()
        self._ending = False
        self._stuck: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.since = dt.datetime.now(dt.UTC)
        self.last_key = asyncio.get_running_loop().time()
        """On the loop's clock."""

    @property
    def status(self) -> SessionStatus:
        """What `serve --status` says of it."""
        idle = asyncio.get_running_loop().time() - self.last_key
        last_key = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=idle)
        return SessionStatus(
            self.actor.name,
            self._child.pid if self._child is not None else None,
            self._link.address,
            self.since.replace(microsecond=0),
            last_key.replace(microsecond=0),
        )

    # --- what the client asks for

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Take the channel.

        The library keeps every variable that a client sends; so these are taken here.
        """
        self._channel = chan
        chan._process_env_request = self._variable_sent  # type: ignore[method-assign]

    def _variable_sent(self, packet: SSHPacket) -> bool:
        name, value = packet.get_string(), packet.get_string()
        packet.check_end()
        self._asked()
        variable = name.decode("ascii", "replace"), value.decode("ascii", "replace")
        taken = is_from_client(*variable)
        if taken:
            self._variables.setdefault(*variable)
        return taken

    def _asked(self) -> None:
        """Count what the client asks for; one that asks without end is dropped."""
        self._requests += 1
        if self._requests == REQUESTS + 1:
            log("refused", reason="too many requests", user=self.actor.name)
            asyncio.get_running_loop().call_soon(self._connection.abort)

    def _refuse(self, what: str, **details: str) -> bool:
        self._asked()
        if self._requests <= REQUESTS:
            log("refused", reason=what, user=self.actor.name, **details)
        return False

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object
    ) -> bool:
        """Take a terminal."""
        self._size = Size(*term_size)
        return True

    def shell_requested(self) -> bool:
        """Begin, in a terminal alone."""
        return self._size is not None or self._refuse("no terminal")

    def exec_requested(self, command: str) -> bool:
        """Run nothing."""
        return self._refuse("a command", command=command)

    def subsystem_requested(self, subsystem: str) -> bool:
        """Have none."""
        return self._refuse("a subsystem", subsystem=subsystem)

    def session_started(self) -> None:
        """Open the terminal, which takes keys from now on, and have the process forked."""
        assert self._channel is not None
        assert self._size is not None
        refused = "The server is being stopped." if self._room.stopping else None
        refused = refused or self._room.admission.enter(self.actor.name)
        if refused:
            self._room.refused += 1
            log("refused", reason=refused, user=self.actor.name)
            self._say(refused)
            self._spawn(self._leave(REFUSED))
            return
        self._room.sessions.add(self)
        ours, theirs = open_terminal(self._size)
        self._pump = PtyPump(ours, self._send, self._hold_input, self._end_once)
        self._channel.set_write_buffer_limits(high=1 << 16, low=1 << 14)
        self._spawn(self._fork(theirs))

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Pass keys on."""
        self.last_key = asyncio.get_running_loop().time()
        if self._pump is not None:
            self._pump.feed(data)

    def eof_received(self) -> bool:
        """Stay: the client's input has ended, not its terminal."""
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Pass the new size on."""
        self._size = Size(width, height, pixwidth, pixheight)
        if self._pump is not None:
            self._pump.resize(self._size)

    def pause_writing(self) -> None:
        """Read no more of the session while the client's window is full."""
        if self._pump is not None:
            self._pump.stop_output("window")

    def resume_writing(self) -> None:
        """Go on."""
        if self._pump is not None:
            self._pump.resume_output("window")

    def client_is_full(self) -> None:
        """Read no more of the session while the connection takes nothing."""
        if self._pump is not None:
            self._pump.stop_output("connection")
        if self._stuck is None:
            loop = asyncio.get_running_loop()
            self._stuck = loop.call_later(_STUCK_S, self._connection.abort)

    def client_has_room(self) -> None:
        """Go on."""
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
        if self._pump is not None:
            self._pump.resume_output("connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """Hang up on the session: it saves, and ends by itself."""
        if self._stuck is not None:
            self._stuck.cancel()
        if self._pump is not None and not self._over.is_set():
            if not self._farewell:
                self._farewell = "the link was lost"
            self._pump.close()
            self._end_once()

    # --- its life

    async def _fork(self, terminal: int) -> None:
        try:
            self._child = await self._room.parent.fork(self._request(), terminal)
            if not await self._child.begun():
                raise OSError("the process that sessions are forked from could not make one")
        except (OSError, TimeoutError) as error:
            log("failed", session=self.number, reason=str(error), user=self.actor.name)
            self._farewell = "it could not be started"
            return
        finally:
            # The session has it now; where there is none nobody has, and reading ours says so.
            os.close(terminal)
        self._room.logins += 1
        log(
            "login", session=self.number, user=self.actor.name, key=self._key,
            address=self._link.address,
            client=self._connection.get_extra_info("client_version"),
        )  # fmt: skip

    def _request(self) -> SessionRequest:
        assert self._channel is not None
        client = {**self._variables, "TERM": self._channel.get_terminal_type() or "dumb"}
        environment = session_environment(os.environ, client, str(self._link))
        options = self._room.settings.options
        return SessionRequest(self.number, self._key, environment, options)

    def begin_end(self, reason: str) -> None:
        """Have it save and end, if that has not begun yet."""
        if not self._farewell:
            self._spawn(self.end(reason))

    async def end(self, reason: str) -> None:
        """Have it save and end, and wait for that.  The user is told the reason."""
        self._farewell = self._farewell or reason
        if self._child is not None:
            self._child.signal(signal.SIGTERM)
            await self._child.exit_code(_SAVING_S)
        elif self._pump is not None:
            self._pump.close()
            self._end_once()
        await self._over.wait()

    def _end_once(self) -> None:
        if not self._ending:
            self._ending = True
            self._spawn(self._finish())

    async def _finish(self) -> None:
        code = REFUSED if self._child is None else await self._child.exit_code(_SAVING_S)
        if self._farewell:
            self._say(
                f"This session ended: {self._farewell}.  Log in again to go on where you were."
            )
        seconds = (dt.datetime.now(dt.UTC) - self.since).total_seconds()
        pump = self._pump
        log(
            "end", session=self.number, user=self.actor.name, code=code,
            reason=self._farewell or None, seconds=round(seconds, 1),
            bytes_in=pump.bytes_in if pump else 0, bytes_out=pump.bytes_out if pump else 0,
        )  # fmt: skip
        self._room.admission.leave(self.actor.name)
        self._room.sessions.discard(self)
        await self._leave(code)
        self._over.set()

    async def _leave(self, code: int) -> None:
        """Close the channel once the client has all that was sent, then the connection."""
        assert self._channel is not None
        with contextlib.suppress(OSError):
            self._channel.exit(code)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._channel.wait_closed(), _LEAVING_S)
        self._connection.close()

    def _send(self, data: bytes) -> None:
        assert self._channel is not None
        with contextlib.suppress(OSError, BrokenPipeError):  # the client has just gone
            self._channel.write(data)

    def _say(self, text: str) -> None:
        self._send(f"{text}\r\n".encode())

    def _hold_input(self, hold: bool) -> None:
        assert self._channel is not None
        if hold:
            self._channel.pause_reading()
        else:
            self._channel.resume_reading()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
