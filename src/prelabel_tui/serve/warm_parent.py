"""The process that sessions are forked from: it has imported everything and opened nothing.

It runs one thread, since only the thread that forks lives on in a child, and what the others held
locked stays locked there.  It has no data folder open either: SQLite must not be carried over a
fork.  The server (:mod:`prelabel_tui.serve.forking`) asks it for sessions over a socket, its
standard input.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import importlib
import os
import pkgutil
import selectors
import signal
import socket
import sys
import tempfile
import termios
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from prelabel_tui.serve.requests import (
    LARGEST_MESSAGE,
    Ended,
    Ready,
    Report,
    SessionRequest,
    Started,
)

_OWN_BYTES: Final = 64 << 20
"""What a session may take for pictures besides those that all share: above all for decoding.

An eighth of what is shared, if that is more.
"""


def main() -> None:
    """Import everything, then fork a session for each request until the server is gone."""
    server = socket.socket(fileno=os.dup(0))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the server decides when sessions end
    _import_all()
    with tempfile.TemporaryDirectory() as folder:
        _warm_up(Path(folder))
    if threading.active_count() != 1:
        raise RuntimeError(f"other threads run: {threading.enumerate()}")
    gc.collect()
    gc.freeze()
    _tell(server, Ready())
    _Forker(server, *map(int, sys.argv[1:])).run()


def _tell(server: socket.socket, report: Report) -> None:
    with contextlib.suppress(OSError):  # a server that is gone is noticed when it is read from
        server.send(msgspec.msgpack.encode(report))


def _import_all() -> None:
    """Import all that a session may use, extras where they are installed."""
    package = importlib.import_module("prelabel_tui")
    left_out = ("prelabel_tui.cli", "prelabel_tui.serve", "prelabel_tui.api", "prelabel_tui.__main")
    for module in pkgutil.walk_packages(package.__path__, "prelabel_tui."):
        if module.name.startswith(left_out) or ".migrations" in module.name:
            continue
        with contextlib.suppress(ModuleNotFoundError):  # an extra that is not installed
            importlib.import_module(module.name)


def _warm_up(home: Path) -> None:
    """Run the application once without a terminal, so that what it parses and caches is there."""
    from prelabel_tui.app import PrelabelApp
    from prelabel_tui.core.identity.users import open_as_user

    app = PrelabelApp(lambda: open_as_user(home, None, None, None))

    async def look() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await app.ready.wait()
            await pilot.pause()

    import asyncio

    asyncio.run(look())
    app.store.close()


class _Forker:
    """Forks sessions and reports how they end.

    ``pictures``: the descriptor of the memory for pictures that they share.
    """

    def __init__(self, server: socket.socket, pictures: int | None = None) -> None:
        self._server = server
        self._pictures = pictures
        self._selector = selectors.DefaultSelector()
        self._selector.register(server, selectors.EVENT_READ)
        self._numbers: dict[int, tuple[int, int]] = {}
        """By the descriptor that tells of a child's end: its process and its number."""

    def run(self) -> None:
        """Serve until the server's end of the socket is closed."""
        while True:
            for key, _ in self._selector.select():
                if key.fd in self._numbers:
                    self._ended(key.fd)
                elif not self._asked():
                    return

    def _asked(self) -> bool:
        try:
            data, terminals, _, _ = socket.recv_fds(self._server, LARGEST_MESSAGE, 1)
        except OSError:
            return False
        if not data:
            return False
        request = msgspec.msgpack.decode(data, type=SessionRequest)
        try:
            self._fork(request, terminals)
        except OSError:  # the kernel gives no descriptor or no process: there may be one later
            _tell(self._server, Ended(request.number, os.EX_OSERR))
        return True

    def _fork(self, request: SessionRequest, terminals: list[int]) -> None:
        """Fork a session, whose terminal is not there where no descriptor was left.  OSError."""
        if not terminals:
            raise OSError(errno.EMFILE, "no terminal")
        (terminal,) = terminals
        try:
            pid = os.fork()
            if pid == 0:
                _become_session(request, terminal, self._pictures)
        finally:
            os.close(terminal)
        try:
            child = os.pidfd_open(pid)
        except OSError:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        self._numbers[child] = pid, request.number
        self._selector.register(child, selectors.EVENT_READ)
        _tell(self._server, Started(request.number, pid))

    def _ended(self, child: int) -> None:
        pid, number = self._numbers.pop(child)
        self._selector.unregister(child)
        os.close(child)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _tell(self._server, Ended(number, code if code >= 0 else 128 - code))


def _become_session(request: SessionRequest, terminal: int, pictures: int | None) -> NoReturn:
    """Turn the child into a session on its terminal; never returns into the parent's code."""
    code = 70  # EX_SOFTWARE
    try:
        _take_terminal(terminal, pictures)
        _set_environment(request.environment)
        code = _run(request, pictures)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _take_terminal(terminal: int, pictures: int | None) -> None:
    """Make a terminal the session's own; of the parent's files only ``pictures`` stays open."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for standard in (0, 1, 2):
        os.dup2(terminal, standard)
    kept = 2 if pictures is None else pictures
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115


def _set_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


def _run(request: SessionRequest, pictures: int | None) -> int:
    from prelabel_tui.core.text import printable
    from prelabel_tui.imaging.frames.memory import PictureMemory
    from prelabel_tui.imaging.frames.shared_pictures import SharedPictures
    from prelabel_tui.launch import run_app

    shared = None if pictures is None else SharedPictures(pictures)
    own = _OWN_BYTES if shared is None else max(_OWN_BYTES, shared.bound // 8)

    options = request.options
    outcome = run_app(
        Path(options.home),
        options.database,
        options.artifacts,
        key=request.fingerprint,
        graphics=options.graphics,
        preset=options.preset,
        picture_memory=PictureMemory(own, shared),
        frugal=True,
    )
    if not outcome.ok:
        sys.stderr.write(f"{printable(outcome.headline)} → {outcome.entry.next_step}\n")
    return outcome.entry.exit_code


if __name__ == "__main__":
    main()
