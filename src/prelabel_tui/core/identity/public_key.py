"""Public keys of SSH as `.pub` files and `authorized_keys` hold them; no database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.text import printable

_FIELDS: Final[Mapping[str, int]] = {
    "ssh-ed25519": 1,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519@openssh.com": 2,
    "sk-ecdsa-sha2-nistp256@openssh.com": 3,
    "ssh-rsa": 2,
}
"""The kinds of keys that are taken, and how many values each has after its kind."""

_SHORTEST_RSA: Final = 2048
_LONGEST_COMMENT: Final = 100


@dataclass(frozen=True)
class PublicKey:
    """A key: its ``kind``, the ``blob`` that SSH sends for it, and the comment of its file."""

    kind: str
    blob: bytes
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        """The name that `ssh-keygen -l` gives it: `SHA256:` and 43 characters."""
        return fingerprint(self.blob)

    @property
    def line(self) -> str:
        """The key as a line of a `.pub` file."""
        encoded = base64.b64encode(self.blob).decode()
        return f"{self.kind} {encoded} {self.comment}".rstrip()


def fingerprint(blob: bytes) -> str:
    """Name a key by the SHA-256 of its blob, as OpenSSH does."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def parse_keys(text: str) -> list[PublicKey]:
    """Read the keys of a `.pub` file, one a line.  Refused (INPUT_INVALID) with the line."""
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                keys.append(_parse(line))
            except ValueError as error:
                raise Refused(Outcome(Code.INPUT_INVALID, f"Line {number}: {error}.")) from error
    if not keys:
        raise Refused(Outcome(Code.INPUT_INVALID, "There is no public key in it."))
    return keys


def _parse(line: str) -> PublicKey:
    if "PRIVATE KEY" in line:
        raise ValueError("this is a private key, which stays with its owner; give the .pub file")
    kind, _, rest = line.strip().partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    if kind not in _FIELDS:
        kinds = ", ".join(_FIELDS)
        raise ValueError(f"{printable(kind, 60)!r} is not a kind of key that is taken ({kinds})")
    try:
        blob = base64.b64decode(encoded, validate=True)
        inside, *values = _values(blob)
    except (binascii.Error, struct.error, ValueError) as error:
        raise ValueError("the key is damaged: copy the whole line again") from error
    if inside != kind.encode() or len(values) != _FIELDS[kind] or not all(values):
        raise ValueError(f"the key is not of the kind {kind}")
    if kind == "ssh-rsa" and (bits := int.from_bytes(values[1]).bit_length()) < _SHORTEST_RSA:
        raise ValueError(f"the RSA key has {bits} bits; {_SHORTEST_RSA} is the least")
    return PublicKey(kind, blob, printable(comment.strip(), _LONGEST_COMMENT))


def _values(blob: bytes) -> list[bytes]:
    """Split a blob into its strings, each behind its length in four bytes."""
    values = []
    at = 0
    while at < len(blob):
        (length,) = struct.unpack_from(">I", blob, at)
        at += 4 + length
        if at > len(blob):
            raise ValueError("cut off")
        values.append(blob[at - length : at])
    return values
