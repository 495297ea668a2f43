"""Single flipped bits in the database's file and in artifacts: found by `fsck`, or harmless."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role, sign_in
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import models, open_store
from tests import matches

LENA = Actor("lena", Role.LEAD, "test@host pid 1")

CLAIM_NOTHING = {
    "presence", "preferences", "activity", "publish_locks", "picture_hashes", "standings",
}  # fmt: skip
"""Tables that say nothing about labels (docs/verify.md names them)."""

_SELECT = {
    "sqlite_master": "SELECT type, name, tbl_name, replace(replace(sql, char(10), ''), ' ', '') "
    "FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
}

Content = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two clips, three revisions and a draft that goes on."""
    home = tmp_path_factory.mktemp("flipped") / "home"
    store = open_store(home).unwrap()
    own = sign_in(store).unwrap()
    assert set_role(store, own, "lena", Role.LEAD).ok
    for media, nudges in (("clip", (100, 100)), ("other", (300,))):
        match = matches.enter(store, LENA, media=media)
        for nudge in nudges:
            draft = matches.review_all(store, LENA, match.draft.id, nudge)
            assert publishing.publish(store, LENA, draft.id, draft.version).ok
        matches.review_all(store, LENA, match.draft.id, 200)
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    store.close()
    with sqlite3.connect(home / "prelabel.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    return home


def content_of(home: Path) -> Content:
    """All that the database says, by table; of a table that cannot be read, that."""
    found: Content = {}
    with contextlib.closing(sqlite3.connect(home / "prelabel.db")) as connection:
        connection.text_factory = bytes
        for name in ("sqlite_master", *models.Base.metadata.tables):
            try:
                rows = connection.execute(_SELECT.get(name, f"SELECT * FROM {name} ORDER BY 1, 2"))
                found[name] = rows.fetchall()
            except sqlite3.Error as error:
                found[name] = [(str(error),)]
    return found


def found_by_fsck(home: Path) -> bool:
    """Whether the folder is not opened at all, or not clean."""
    opened = open_store(home)
    if opened.value is None:
        return True
    try:
        return fsck(opened.value).outcome.code is not Code.FSCK_CLEAN
    finally:
        opened.value.close()


def flipped(path: Path, chance: random.Random) -> Callable[[], None]:
    """Flip a bit of a file, in a byte that is no null: most of those are unused.

    Return what puts it back.
    """
    data = path.read_bytes()
    changed = bytearray(data)
    changed[chance.choice([at for at, byte in enumerate(data) if byte])] ^= 1 << chance.randrange(8)
    path.write_bytes(changed)
    return lambda: path.write_bytes(data) and None


@pytest.mark.soak
def test_a_flipped_bit_of_the_database_is_found_or_harmless(
    folder: Path, tmp_path: Path, soak: bool
) -> None:
    count, chance = (1_000, random.Random(3)) if soak else (12, random.Random(5))
    before = content_of(folder)
    found = harmless = 0
    missed = []
    for number in range(count):
        home = tmp_path / f"home-{number}"
        shutil.copytree(folder, home)
        flipped(home / "prelabel.db", chance)
        if found_by_fsck(home):
            found += 1
        else:
            after = content_of(home)
            changed = {name for name in before if before[name] != after[name]}
            if changed - CLAIM_NOTHING:
                missed.append(sorted(changed))
            else:
                harmless += 1
        shutil.rmtree(home)
    print(f"\n{count} bits of the database flipped: {found} found, {harmless} harmless, {missed}")
    assert len(missed) <= max(1, count // 100)


@pytest.mark.soak
def test_a_flipped_bit_of_an_artifact_is_found(folder: Path, tmp_path: Path, soak: bool) -> None:
    count, chance = (400, random.Random(3)) if soak else (6, random.Random(5))
    home = tmp_path / "home"
    shutil.copytree(folder, home)
    artifacts = sorted((home / "artifacts").glob("*/*.zst"))
    missed = []
    for _ in range(count):
        path = chance.choice(artifacts)
        put_back = flipped(path, chance)
        if not found_by_fsck(home):
            missed.append(path.name)
        put_back()
    print(f"\n{count} bits of artifacts flipped: {count - len(missed)} found, missed {missed}")
    assert len(missed) <= count // 100
