"""A data folder as the program with the first schema left it: what every migration starts from.

`first_schema/` holds the dump of its database, its artifacts and a journal with an edit that was
never saved: two drafts of three versions, two published revisions, one approved for data sets.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from alembic import command
from sqlalchemy import MetaData, create_engine, insert, select, text

from prelabel_tui.core.store.database import make_engine
from prelabel_tui.core.store.migrate import config, unguard

FIRST = Path(__file__).parent / "first_schema"


def first_folder(home: Path) -> Path:
    """Lay the folder down at ``home``, with SQLite."""
    shutil.copytree(FIRST, home, ignore=shutil.ignore_patterns("*.sql"))
    with sqlite3.connect(home / "prelabel.db") as connection:
        connection.executescript((FIRST / "prelabel.sql").read_text(encoding="utf-8"))
    connection.close()
    return home


def older_copy(database: Path, target: Path, version: str) -> None:
    """Copy a SQLite database into the tables of an older version: what that one knows of it."""
    engine = make_engine(f"sqlite:///{target}")
    settings = config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, version)
        unguard(connection)
        tables = MetaData()
        tables.reflect(connection)
    engine.dispose()
    with sqlite3.connect(target) as copy:
        copy.execute("ATTACH ? AS newer", [str(database)])
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                columns = ", ".join(column.name for column in table.c)
                copy.execute(
                    f"INSERT INTO main.{table.name} ({columns}) "
                    f"SELECT {columns} FROM newer.{table.name}"
                )
    copy.close()


def first_database(home: Path, url: str) -> None:
    """The same rows in an empty PostgreSQL database that has the first schema."""
    engine = make_engine(url)
    settings = config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    old = create_engine(f"sqlite:///{home / 'prelabel.db'}")
    tables, targets = MetaData(), MetaData()
    tables.reflect(old)
    targets.reflect(engine)
    with old.connect() as source, engine.begin() as target:
        for table in tables.sorted_tables:
            rows = [dict(row._mapping) for row in source.execute(select(table))]
            if rows and table.name != "alembic_version":
                target.execute(insert(targets.tables[table.name]), rows)
        target.execute(text("SELECT setval('audit_id_seq', (SELECT max(id) FROM audit))"))
    old.dispose()
    engine.dispose()
