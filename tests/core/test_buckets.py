"""A bucket behind HTTP: the real client against a small service in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import open_store
from tests import matches


class _Handler(BaseHTTPRequestHandler):
    """PUT, GET, HEAD and listing, as S3 answers them."""

    protocol_version = "HTTP/1.1"
    server: Service

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        only_new = self.headers.get("If-None-Match") == "*" and self.server.honours_conditions
        with self.server.guard:
            taken = only_new and self.path in self.server.objects
            if not taken:
                self.server.objects[self.path] = data
        self._answer(412 if taken else 200)

    def do_GET(self) -> None:
        if "list-type=2" in self.path:
            self._answer(200, self._listing())
            return
        data = self.server.objects.get(self.path)
        self._answer(404 if data is None else 200, data or b"")

    do_HEAD = do_GET

    def _listing(self) -> bytes:
        rows = "".join(
            f"<Contents><Key>{path.removeprefix('/bucket/')}</Key><Size>{len(data)}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for path, data in sorted(self.server.objects.items())
        )
        return f"<ListBucketResult>{rows}</ListBucketResult>".encode()

    def _answer(self, status: int, data: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


class Service(ThreadingHTTPServer):
    """Objects in memory.  ``honours_conditions``: whether it minds If-None-Match."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.guard = threading.Lock()
        self.honours_conditions = True


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    server = Service()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "ALLOW_HTTP": "true",
        "SKIP_SIGNATURE": "true",
        "REGION": "test",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    yield server
    server.shutdown()
    server.server_close()


def test_publishing_and_checking_with_a_bucket(
    service: Service, tmp_path: Path, lead: Actor
) -> None:
    store = open_store(tmp_path, artifacts_url="s3://bucket").unwrap()
    match = matches.enter(store, lead)
    draft = matches.review_all(store, lead, match.draft.id, nudge=100)
    done = publishing.publish(store, lead, draft.id, draft.version)
    assert done.outcome.code is Code.PUBLISH_SUCCESS
    revision = done.unwrap().revision
    assert revision is not None
    checked = fsck(store)
    assert checked.outcome.code is Code.FSCK_CLEAN, checked.outcome.headline
    (path,) = [path for path in service.objects if revision.content_hash[2:] in path]
    service.objects[path] = service.objects[path][:-3]
    assert fsck(store).outcome.code is Code.FSCK_DAMAGED
    store.close()
    again = open_store(tmp_path, artifacts_url="s3://bucket")
    assert again.ok, "the marker is there already"
    again.unwrap().close()


def test_a_service_that_overwrites_is_refused_at_start(service: Service, tmp_path: Path) -> None:
    service.honours_conditions = False
    opened = open_store(tmp_path, artifacts_url="s3://bucket")
    assert opened.outcome.code is Code.STORAGE_WRITE_FAILED
    assert "ignores If-None-Match" in opened.outcome.detail


def test_a_service_that_is_away_is_told_at_start(service: Service, tmp_path: Path) -> None:
    service.shutdown()
    service.server_close()
    opened = open_store(tmp_path, artifacts_url="s3://bucket")
    assert opened.outcome.code is Code.STORAGE_WRITE_FAILED
    assert "s3://bucket" in opened.outcome.detail
