"""Where a draft or revision came from; every screen, command and export renders it here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from prelabel_tui.core.ids import IdKind


class LineageKind(StrEnum):
    """The kind of a lineage, as stored."""

    PACK = "pack"
    MANUAL = "manual"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Lineage:
    """The source of a draft or revision.  ``revision_id`` when made from an old revision."""

    kind: LineageKind
    pack_id: str | None = None
    revision_id: str | None = None

    @property
    def label(self) -> str:
        """`Pack-id: <id>` with a short id, `Manual`, or `Legacy/Unknown`."""
        return self._render(IdKind.PRELABEL_PACK.short(self.pack_id or ""))

    @property
    def full(self) -> str:
        """The label with the whole id."""
        return self._render(self.pack_id or "")

    def _render(self, pack_id: str) -> str:
        match self.kind:
            case LineageKind.PACK:
                return f"Pack-id: {pack_id}"
            case LineageKind.MANUAL:
                return "Manual"
            case LineageKind.UNKNOWN:
                return "Legacy/Unknown"

    def as_json(self) -> dict[str, str | None]:
        """Return the object for `--json` and provenance."""
        return {
            "kind": self.kind.value,
            "label": self.full,
            "pack_id": self.pack_id,
            "revision_id": self.revision_id,
        }


def of_row(lineage: str, pack_id: str | None, revision_id: str | None = None) -> Lineage:
    """Read the lineage from the columns of a draft or revision."""
    return Lineage(LineageKind(lineage), pack_id, revision_id)
