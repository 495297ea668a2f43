"""Saves whose base is gone from the database: the whole content is written again."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.store import Store, models
from tests.core.clips import nudge
from tests.core.sessions import Open, stored


def without_version(store: Store, version: int) -> None:
    """Take a version's row out, as a disk that forgets does."""
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER draft_versions_no_delete")
        rows.execute(delete(models.DraftVersion).where(models.DraftVersion.version == version))


def whole(store: Store, version: int) -> bool:
    """Whether a version stores its whole content."""
    with store.read() as rows:
        return (
            rows.scalar(
                select(models.DraftVersion.checkpoint_sha).where(
                    models.DraftVersion.version == version
                )
            )
            is not None
        )


@pytest.mark.parametrize("what", ["its row", "the row before it", "its artifact"])
def test_a_save_on_a_version_that_cannot_be_read_writes_the_whole_content(
    what: str, store: Store, sit: Open
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    assert session.flush().healthy
    session.apply(nudge(session.document, 1, "p0"))
    if what == "its artifact":
        with store.read() as rows:
            first = rows.scalar(
                select(models.DraftVersion.checkpoint_sha).where(models.DraftVersion.version == 1)
            )
        assert first is not None
        (store.home / "artifacts" / first[:2] / f"{first[2:]}.zst").unlink()
    else:
        without_version(store, 2 if what == "its row" else 1)
    assert session.flush().version == 3
    assert whole(store, 3)
    assert stored(store, session)
    session.apply(nudge(session.document, 2, "p0"))
    assert session.flush().version == 4
    assert not whole(store, 4)
    session.close()
    assert sit().info.version == 4


def put_back_to_1(store: Store, draft: DraftInfo) -> None:
    """The database of a backup that was made before version 2."""
    without_version(store, 2)
    with store.write_rows() as rows:
        rows.execute(update(models.Draft).values(version=1, content_hash=draft.content_hash))


def test_after_the_database_was_put_back_the_whole_content_is_saved_again(
    store: Store, draft: DraftInfo, sit: Open
) -> None:
    session = sit()
    session.apply(nudge(session.document, 0, "p0"))
    assert session.flush().healthy
    put_back_to_1(store, draft)
    session.apply(nudge(session.document, 1, "p0"))
    assert session.flush().healthy
    assert session.info.version == 2
    assert stored(store, session)
    session.apply(nudge(session.document, 2, "p0"))
    session.abandon()
    session = sit()
    assert session.recovery is not None
    assert session.recovery.frames == (2,)


def test_after_the_database_was_put_back_to_somebody_elses_the_person_decides(
    store: Store, draft: DraftInfo, sit: Open, lead: Actor
) -> None:
    first = sit(lead)
    first.apply(nudge(first.document, 0, "p0"))
    assert first.close().healthy
    session = sit()
    session.apply(nudge(session.document, 1, "p0"))
    assert session.flush().version == 3
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER draft_versions_no_delete")
        rows.execute(delete(models.DraftVersion).where(models.DraftVersion.version > 1))
        rows.execute(update(models.Draft).values(version=1, content_hash=draft.content_hash))
    session.apply(nudge(session.document, 2, "p0"))
    wanted = session.document.copy()
    assert session.flush().line == "Autosave: conflict"
    assert session.conflict is not None
    assert "put back to an older state" in session.conflict.outcome.detail
    assert session.merge_plan().conflicts == ()
    session.merge({})
    assert session.flush().healthy
    assert session.info.version == 2
    assert session.document == wanted
    assert stored(store, session)
