"""The wire between a client and a server: it can be pulled, which nobody is told, or cut."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self


class Link:
    """A port that leads to a server's; use as a context manager, which ends in a cut."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._pulled = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def pull(self) -> None:
        """Lose all that is sent from now on: each end takes the other to be there."""
        self._pulled.set()

    def cut(self) -> None:
        """Break every connection: both ends are told by a reset."""
        self._pulled.set()
        for end in (self._listening, *self._ends):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)  # wakes whoever waits for it
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._to)
                self._ends += client, server
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if not self._pulled.is_set():
                    target.sendall(data)
        if not self._pulled.is_set():
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)
