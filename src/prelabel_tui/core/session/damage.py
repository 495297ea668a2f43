"""What is damaged in a journal, in words, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prelabel_tui.core.session.journal import keep
from prelabel_tui.core.session.records import Gap
from prelabel_tui.core.text import counted

_SHOWN = 8


def frames_text(frames: tuple[int, ...]) -> str:
    """Name frames by their indices as people count them: `frame 3`, `frames 3, 5`."""
    shown = ", ".join(str(index + 1) for index in frames[:_SHOWN])
    more = ", …" if len(frames) > _SHOWN else ""
    return f"frame{'' if len(frames) == 1 else 's'} {shown}{more}"


@dataclass(frozen=True)
class JournalDamage:
    """The damaged stretches ``gaps`` of a journal, and what they cost.

    ``upto``: what was recorded before is saved.  ``left_out``: how many later edits were not made
    again, because they need what is lost; ``frames``: where to look again, as far as that is known.
    ``kept``: the files with the damaged bytes.  ``unreadable``: journals that could not be opened,
    and why.
    """

    gaps: tuple[Gap, ...] = ()
    upto: int = 0
    left_out: int = 0
    frames: tuple[int, ...] = ()
    kept: tuple[Path, ...] = ()
    unreadable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gaps or self.unreadable or self.left_out)

    @property
    def places(self) -> str:
        """How much is damaged: `in 1 place (87 bytes)`."""
        size = sum(len(gap.data) for gap in self.gaps)
        return f"in {counted(len(self.gaps), 'place')} ({counted(size, 'byte')})"

    @property
    def cost(self) -> str:
        """What is lost by it."""
        if all(gap.end <= self.upto for gap in self.gaps):
            return "what was recorded there is saved, but can no longer be undone"
        return "what was recorded there (edits, or undoing them) is lost"

    @property
    def sentences(self) -> list[str]:
        """What to tell the person, one thing a sentence."""
        told = []
        if self.gaps:
            told.append(f"The local journal is damaged {self.places}: {self.cost}.")
        if self.left_out:
            edits = counted(self.left_out, "later edit")
            needs = "needs what is lost, and is" if self.left_out == 1 else "need it, and are"
            told.append(f"{edits} {needs} left out.")
        if self.frames:
            told.append(f"Look again at {frames_text(self.frames)}.")
        if self.kept:
            names = ", ".join(path.name for path in self.kept)
            told.append(f"The damaged bytes are kept in {self.kept[0].parent}: {names}.")
        told += [f"A journal could not be opened: {why}." for why in self.unreadable]
        return told


def keep_gaps(journal: Path, gaps: tuple[Gap, ...]) -> tuple[Path, ...]:
    """Keep each damaged stretch in a file of its own beside the journal.  OSError."""
    return tuple(
        keep(journal.with_name(f"{journal.stem}-at-{gap.offset}.torn"), gap.data) for gap in gaps
    )
