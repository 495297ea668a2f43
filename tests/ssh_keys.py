"""Public keys of SSH, made up: no private key belongs to them."""

from __future__ import annotations

import struct

from prelabel_tui.core.identity.public_key import PublicKey


def blob(*values: bytes) -> bytes:
    """Strings as SSH writes them, each behind its length."""
    return b"".join(struct.pack(">I", len(value)) + value for value in values)


def ed25519(number: int, comment: str = "") -> PublicKey:
    """The key of a number."""
    return PublicKey("ssh-ed25519", blob(b"ssh-ed25519", bytes([number]) * 32), comment)


def rsa(bits: int) -> PublicKey:
    """An RSA key of so many bits."""
    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1)
    return PublicKey("ssh-rsa", blob(b"ssh-rsa", b"\x01\x00\x01", modulus))
