"""The key by which clients know this server again; made at its first start."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import asyncssh

from prelabel_tui.core.outcomes import Code, Outcome, Refused


def host_key(path: Path) -> asyncssh.SSHKey:
    """Read the host key, or make one (Ed25519) that only this account can read.

    Refused (INPUT_INVALID) where others can read it or it is not a key; OSError.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        return _make(path)
    if stat.S_IMODE(mode) & 0o077:
        detail = (
            f"Others can read the host key {path}: chmod 600 it, or move it away for a new one."
        )
        raise Refused(Outcome(Code.INPUT_INVALID, detail))
    try:
        return asyncssh.import_private_key(content)
    except asyncssh.KeyImportError as error:
        detail = f"{path} is not a private key: move it away, and a new one is made."
        raise Refused(Outcome(Code.INPUT_INVALID, detail)) from error


def _make(path: Path) -> asyncssh.SSHKey:
    key = asyncssh.generate_private_key("ssh-ed25519", comment="prelabel-tui")
    new = path.with_name(f"{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 — a descriptor
        file.write(key.export_private_key())
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # else clients would meet another key after a power cut
    finally:
        os.close(folder)
    return key
