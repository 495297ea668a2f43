"""What a check of everything found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Damage:
    """Something that is not as it must be.  ``affects``: what cannot be trusted because of it."""

    subject: str
    what: str
    affects: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line."""
        affected = f" (affects {'; '.join(self.affects)})" if self.affects else ""
        return f"{self.subject}: {self.what}{affected}"

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"subject": self.subject, "what": self.what, "affects": list(self.affects)}


@dataclass(frozen=True)
class Report:
    """What was read and found.

    ``bytes``: uncompressed bytes read.  ``unreferenced``: whole artifacts that no row names, as a
    kill between storing and recording leaves them; they do no harm.  ``head``: the newest hash of
    the audit log's chain; ``since``: its entries after the head that was expected.  ``notes``: what
    was left behind and does no harm.
    """

    damages: tuple[Damage, ...] = ()
    artifacts: int = 0
    bytes: int = 0
    unreferenced: int = 0
    revisions: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    head: str = ""
    since: int | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "damages": [damage.as_json() for damage in self.damages],
            "artifacts": self.artifacts,
            "bytes": self.bytes,
            "unreferenced": self.unreferenced,
            "revisions": self.revisions,
            "seconds": round(self.seconds, 3),
            "head": self.head,
            "entries_since_expected_head": self.since,
            "notes": list(self.notes),
        }
