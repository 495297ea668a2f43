"""The local journals: damaged stretches, edits on versions that are gone, what was set aside."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.drafts.info import read_info
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.session.claiming import journal_folder
from prelabel_tui.core.session.damage import JournalDamage, frames_text
from prelabel_tui.core.session.records import scan
from prelabel_tui.core.session.replay import Replay, replay
from prelabel_tui.core.session.stash import StashError, read_stash

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_UNSAVED: Final = ("edits that are not saved yet",)


def journal_damages(store: Store) -> tuple[list[Damage], list[str]]:
    """Find what is damaged in the journals of this data folder, and what another account hides.

    FAILURES.
    """
    folder = journal_folder(store.home)
    damages: list[Damage] = []
    notes: list[str] = []
    if folder.exists() and not folder.is_dir():
        return [Damage("journals", f"{folder} is not a folder", _UNSAVED)], notes
    for path in sorted(folder.glob("*.log")):
        try:
            damages += _damages(store, path, path.read_bytes())
        except PermissionError:
            notes.append(f"journal {path.name}: not looked at, as this account may not read it")
        except OSError as error:
            why = f"cannot be read ({error.strerror})"
            damages.append(Damage(f"journal {path.name}", why, _UNSAVED))
    for path in sorted(folder.glob("*.stash")):
        try:
            read_stash(path)
        except StashError as error:
            if isinstance(error.__cause__, PermissionError):
                notes.append(f"{path.name}: not looked at, as this account may not read it")
            else:
                what = f"cannot be read ({error})"
                damages.append(Damage(f"edits set aside in {path.name}", what))
    return damages, notes


def _damages(store: Store, path: Path, data: bytes) -> Iterator[Damage]:
    state = replay(scan(data))
    subject = f"journal {path.name}"
    if state.header is not None:
        subject = f"journal of {state.header.user} on draft {state.header.draft_id} ({path.name})"
    gaps = state.untold
    if gaps and gaps[-1].end == len(data) and _in_use(path):  # its end is being written
        gaps = gaps[:-1]
    if gaps:
        upto = 0 if state.base is None else state.base.upto
        damage = JournalDamage(gaps, upto)
        frames = sorted({index for gap in gaps for index in gap.frames})
        affects = (frames_text(tuple(frames)),) if frames else ()
        what = f"is damaged {damage.places}: {damage.cost}; opening the draft says more"
        yield Damage(subject, what, affects)
    if state.pending and (lost := _lost_base(store, state)) is not None:
        yield Damage(subject, f"has edits on version {lost}, which the draft does not have")


def _in_use(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lost_base(store: Store, state: Replay) -> int | None:
    if state.base is None or state.header is None:
        return None
    with store.read() as session:
        info = read_info(session, state.header.draft_id, state.base.version)
    known = info is not None and info.content_hash == state.base.hash
    return None if known else state.base.version
