"""Identifiers of rows: 128 random bits in hex, so that a short prefix already tells apart."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """A fresh id of 32 hex digits."""
    return secrets.token_hex(16)


def compact(identifier: str) -> str:
    """An id or hash as lists show it: its first 8 characters."""
    return identifier[:8]
