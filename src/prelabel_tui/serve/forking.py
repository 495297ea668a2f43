"""Sessions from the warm parent, as the server sees them: asked for, started, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from prelabel_tui.serve.requests import (
    LARGEST_MESSAGE,
    Ended,
    Ready,
    Report,
    SessionRequest,
    Started,
)

_OF_SESSIONS: Final = {
    "OPENBLAS_NUM_THREADS": "1",  # a library's threads would not come along into the sessions
    "MALLOC_ARENA_MAX": "2",  # else each thread keeps memory of its own: 5 MB a session, measured
}

_SOME: Final = 0.02
"""Seconds to wait for room in the socket."""

_READY_S: Final = 30.0
"""How long a parent that is made anew is waited for."""

_LAST_WORD_S: Final = 5.0
"""How long the end of a session is waited for once it was killed."""

UNKNOWN: Final = 255
"""The exit code of a session whose end nobody saw."""


@dataclass(eq=False)
class Child:
    """A session's process."""

    number: int
    pid: int | None = None
    _process: int | None = None
    """A descriptor of the process, which its number may outlive."""
    _known: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it runs, or never will."""
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _code: int = UNKNOWN

    def started(self, pid: int) -> None:
        """Note which process it is."""
        self.pid = pid
        self._known.set()
        with contextlib.suppress(ProcessLookupError):
            self._process = os.pidfd_open(pid)

    def ended(self, code: int) -> None:
        """Note how it ended."""
        self._code = code
        self._known.set()
        self._ended.set()
        if self._process is not None:
            os.close(self._process)
            self._process = None

    async def begun(self) -> bool:
        """Wait until it runs, or never will; say which."""
        await self._known.wait()
        return self.pid is not None

    def orphaned(self) -> None:
        """Watch it, as its parent died and reports no more."""
        if self._process is None:
            self.ended(UNKNOWN)
            return
        loop, process = asyncio.get_running_loop(), self._process

        def gone() -> None:
            loop.remove_reader(process)
            self.ended(UNKNOWN)

        loop.add_reader(process, gone)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, number)

    async def exit_code(self, seconds: float) -> int:
        """Wait for its end, kill it where that takes longer, and return the exit code."""
        try:
            await asyncio.wait_for(self._ended.wait(), seconds)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _LAST_WORD_S)
        return self._code


class WarmParent:
    """The process that sessions are forked from; another one is made where it dies.

    ``note`` is told what happens to it.  ``pictures`` is the descriptor of the memory for pictures
    that all sessions share, if there is one.
    """

    def __init__(self, note: Callable[[str], None], pictures: int | None = None) -> None:
        self._note = note
        self._pictures = pictures
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = asyncio.Event()
        self._children: dict[int, Child] = {}
        self._closed = False

    async def start(self) -> None:
        """Start it and wait until it has imported everything."""
        self._begin()
        assert self._process is not None
        ready = asyncio.ensure_future(self._ready.wait())
        while not ready.done():
            await asyncio.wait([ready], timeout=0.1)
            if self._process.poll() is not None:
                ready.cancel()
                raise RuntimeError("the process that sessions are forked from does not start")

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        shared = () if self._pictures is None else (self._pictures,)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prelabel_tui.serve.warm_parent", *map(str, shared)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                pass_fds=shared,
                env={**os.environ, **_OF_SESSIONS},
                # Ctrl-C is the server's.
                start_new_session=True,
            )
        ours.setblocking(False)
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours, self._hear, ours)

    def _hear(self, ours: socket.socket) -> None:
        try:
            data = ours.recv(LARGEST_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost(ours)
            return
        report = msgspec.msgpack.decode(data, type=Report)
        match report:
            case Ready():
                self._ready.set()
            case Started(number, pid):
                self._children[number].started(pid)
            case Ended(number, code):
                self._children.pop(number).ended(code)

    def _lost(self, ours: socket.socket) -> None:
        """Make another one where it died: its sessions go on, with which code they end is lost."""
        asyncio.get_running_loop().remove_reader(ours)
        ours.close()
        assert self._process is not None
        was_ready = self._ready.is_set()
        self._ready.clear()
        for child in self._children.values():
            child.orphaned()
        self._children.clear()
        code = self._process.wait()
        self._note(f"the process that sessions are forked from ended with {code}")
        if was_ready:
            self._begin()

    async def fork(self, request: SessionRequest, terminal: int) -> Child:
        """Ask for a session on a terminal, whose descriptor stays the caller's.

        TimeoutError where there is none to ask.
        """
        await asyncio.wait_for(self._ready.wait(), _READY_S)
        child = self._children[request.number] = Child(request.number)
        message = [msgspec.msgpack.encode(request)]
        while self._socket is not None:
            try:
                socket.send_fds(self._socket, message, [terminal])
                return child
            except BlockingIOError:  # many come at once
                await asyncio.sleep(_SOME)
            except OSError:  # it died just now
                await asyncio.sleep(_SOME)
                await asyncio.wait_for(self._ready.wait(), _READY_S)
                self._children[request.number] = child
        raise TimeoutError("the server has been stopped")

    def close(self) -> None:
        """Let it end.  Sessions that are left go on until their terminals are closed."""
        self._closed = True
        ours, self._socket = self._socket, None
        if ours is not None:
            asyncio.get_running_loop().remove_reader(ours)
            ours.close()
        if self._process is not None:
            self._process.wait()
