"""The SSH server: who comes in by a key gets one session in a terminal, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncssh

from prelabel_tui.serve.connection import Connection
from prelabel_tui.serve.limits import LOGIN_S, HalfOpen
from prelabel_tui.serve.room import Room

_KEEPALIVE_S, _KEEPALIVES = 15, 4
"""A link that answers none of so many questions is dropped."""

_IDLE_CHECK_S: Final = 5.0


class FrontDoor:
    """Listens, ends who is idle, and stops."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.half_open: HalfOpen[Connection] = HalfOpen(Connection.make_room)
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._idle: asyncio.Task[None] | None = None

    async def open(self, key: asyncssh.SSHKey) -> int:
        """Listen; return the port.  OSError."""
        self._acceptor = await asyncssh.listen(
            self.room.settings.host,
            self.room.settings.port,
            server_factory=lambda: Connection(self.room, self.half_open),
            server_host_keys=[key],
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            gss_host=None,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            login_timeout=LOGIN_S,
            keepalive_interval=_KEEPALIVE_S,
            keepalive_count_max=_KEEPALIVES,
            allow_pty=True,
        )
        if self.room.settings.idle_s is not None:
            self._idle = asyncio.create_task(self._end_idle(self.room.settings.idle_s))
        return self._acceptor.get_port()

    async def close(self) -> None:
        """Let nobody in any more, tell everybody, and wait until their sessions have saved."""
        self.room.stopping = True
        if self._idle is not None:
            self._idle.cancel()
        if self._acceptor is not None:
            self._acceptor.close()
        ends = [session.end("the server is being stopped") for session in tuple(self.room.sessions)]
        await asyncio.gather(*ends)
        if self._acceptor is not None:
            await self._acceptor.wait_closed()

    async def _end_idle(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_IDLE_CHECK_S, seconds / 4))
            for session in tuple(self.room.sessions):
                if loop.time() - session.last_key > seconds:
                    minutes = (
                        f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
                    )
                    session.begin_end(f"no key was pressed for {minutes}")
