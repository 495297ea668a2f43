"""Identifiers of rows: 128 random bits in hex, so that a short prefix is enough to tell them."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """Make a fresh id of 32 hex digits."""
    return secrets.token_hex(16)


def compact(identifier: str) -> str:
    """Shorten an id or hash as lists show it: its first 8 characters."""
    return identifier[:8]
