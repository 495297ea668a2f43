"""Artifacts: content addresses, damage found, durable writes, buckets."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prelabel_tui.core.store.artifacts import (
    ArtifactReadError,
    ArtifactWriteError,
    FolderArtifacts,
)
from prelabel_tui.core.store.buckets import BucketArtifacts


@pytest.fixture
def folder(tmp_path: Path) -> FolderArtifacts:
    return FolderArtifacts(tmp_path / "artifacts")


@given(st.binary(max_size=2_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_what_is_put_is_got_by_its_sha256(folder: FolderArtifacts, data: bytes) -> None:
    name = folder.put(data)
    assert name == hashlib.sha256(data).hexdigest()
    assert folder.get(name) == data == b"".join(folder.pieces(name))
    assert folder.put(data) == name
    assert name in set(folder.names())


def test_a_missing_artifact_is_named(folder: FolderArtifacts) -> None:
    with pytest.raises(ArtifactReadError, match="missing") as caught:
        folder.get("0" * 64)
    with pytest.raises(ArtifactReadError, match="missing"):
        list(folder.pieces("0" * 64))
    assert caught.value.sha256 == "0" * 64


def test_every_damaged_byte_is_found(folder: FolderArtifacts) -> None:
    name = folder.put(b"a match of 22 players " * 40)
    path = folder.path(name)
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x20]) + good[at + 1 :])
        with pytest.raises(ArtifactReadError):
            folder.get(name)
        with pytest.raises(ArtifactReadError):
            list(folder.pieces(name))
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(ArtifactReadError):
        folder.get(name)
    with pytest.raises(ArtifactReadError):
        list(folder.pieces(name))


def test_putting_again_mends_a_damaged_artifact(folder: FolderArtifacts) -> None:
    name = folder.put(b"content")
    folder.path(name).write_bytes(b"damage")
    assert folder.put(b"content") == name
    assert folder.get(name) == b"content"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, resource, signal, sys\n"
        "from prelabel_tui.core.store.artifacts import ArtifactWriteError, FolderArtifacts\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: FolderArtifacts(pathlib.Path(sys.argv[1])).put(os.urandom(100_000))\n"
        "except ArtifactWriteError as error: print(error.reason)\n"
    )
    assert resource.RLIMIT_FSIZE
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "large" in done.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_hold_files_is_a_write_error(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("a file where the folder should be")
    with pytest.raises(ArtifactWriteError):
        FolderArtifacts(tmp_path / "artifacts").put(b"x")


def test_a_bucket_keeps_artifacts_as_a_folder_does(tmp_path: Path) -> None:
    bucket = BucketArtifacts("memory:///")
    name = bucket.put(b"content")
    assert bucket.put(b"content") == name
    assert bucket.get(name) == b"content"
    assert list(bucket.names()) == [name]
    with pytest.raises(ArtifactReadError, match="missing"):
        bucket.get("0" * 64)
