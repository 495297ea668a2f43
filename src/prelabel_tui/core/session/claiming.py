"""Which journals a user has on a draft, and taking one that nobody uses."""

from __future__ import annotations

import contextlib
import errno
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from prelabel_tui.core.session.bodies import Header
from prelabel_tui.core.session.journal import Journal
from prelabel_tui.core.session.records import Kind
from prelabel_tui.core.session.replay import Replay, replay

_UNREADABLE: Final = (errno.EACCES, errno.EPERM, errno.EIO, errno.EROFS, errno.EISDIR)


def journal_folder(home: Path) -> Path:
    """Return the folder of a data folder's journals."""
    return home / "journal"


def journal_stem(draft_id: str, user: str) -> str:
    """Return how the names of all files with a user's edits of a draft begin, in any session."""
    return f"{draft_id}-{hashlib.sha256(user.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Claimed:
    """A journal that a session took, where it ends, and those that could not be opened."""

    journal: Journal
    state: Replay
    unreadable: tuple[str, ...] = ()


def claim_journal(home: Path, draft_id: str, user: str) -> Claimed:
    """Claim a journal of this user on this draft that no living session uses.

    One with edits that are not saved comes first, then one with damage that nobody was told of,
    then the one with the longest undo log.  OSError where files cannot be locked.
    """
    stem = journal_stem(draft_id, user)
    folder = journal_folder(home)
    found: list[Claimed] = []
    unreadable = []
    for path in sorted(folder.glob(f"{stem}-*.log")):
        try:
            claimed = Journal.claim(path)
        except OSError as error:
            if error.errno not in _UNREADABLE:
                for other in found:
                    other.journal.close()
                raise
            unreadable.append(f"{path} ({error.strerror})")
            continue
        if claimed is not None:
            found.append(Claimed(claimed[0], replay(claimed[1])))
    if found:
        best = max(
            found,
            key=lambda one: (one.state.pending, bool(one.state.untold), one.journal.end),
        )
        for other in found:
            if other is not best:
                other.journal.close()
    else:
        best = _new_journal(folder, stem)
    if best.state.header is None:
        best.journal.append(Kind.HEADER, msgspec.json.encode(Header(draft_id, user)))
    return replace(best, unreadable=tuple(unreadable))


def _new_journal(folder: Path, stem: str) -> Claimed:
    number = 0
    while True:
        path = folder / f"{stem}-{number}.log"
        number += 1
        if path.exists():  # not to be opened, or it would have been found
            continue
        claimed = Journal.claim(path)
        if claimed is not None:
            return Claimed(claimed[0], replay(claimed[1]))


def journals_elsewhere(home: Path, draft_id: str, user: str) -> int:
    """Count the journals of this user on this draft with unsaved edits that nobody uses now."""
    count = 0
    for path in journal_folder(home).glob(f"{journal_stem(draft_id, user)}-*.log"):
        with contextlib.suppress(OSError):
            claimed = Journal.claim(path)
            if claimed is not None:
                count += replay(claimed[1]).pending
                claimed[0].close()
    return count


def set_aside(journal: Journal) -> Path:
    """Move a journal that belongs to other content out of the way; return its new path.

    OSError.
    """
    journal.close()
    number, kept = 0, journal.path.with_suffix(".aside")
    while True:
        try:
            kept.touch(0o600, exist_ok=False)  # the name is this one's
            break
        except FileExistsError:
            number += 1
            kept = journal.path.with_suffix(f".aside{number}")
    journal.path.replace(kept)
    return kept
