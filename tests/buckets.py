"""A service of S3 for tests, from a wheel: it keeps buckets as folders, and minds If-None-Match."""

from __future__ import annotations

import contextlib
import secrets
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from localbucket import S3Handler


class Buckets:
    """A running service.  ``root``: the folder in which each bucket is a folder."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self._settings = {
            "AWS_ENDPOINT": f"http://127.0.0.1:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_SKIP_SIGNATURE": "true",
            "AWS_REGION": "test",
        }

    def fresh(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """URL of a new, empty bucket, which the client finds by the environment."""
        for name, value in self._settings.items():
            monkeypatch.setenv(name, value)
        name = f"t{secrets.token_hex(6)}"
        (self.root / name).mkdir()
        return f"s3://{name}"


@contextlib.contextmanager
def running_buckets(root: Path) -> Iterator[Buckets]:
    """The service on a port of its own, in a thread of this process."""

    class Handler(S3Handler):  # type: ignore[misc]
        data_root = root

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # of 5 some wait for seconds until the kernel asks again

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that were killed."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)  # type: ignore[arg-type]

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Buckets(root, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
