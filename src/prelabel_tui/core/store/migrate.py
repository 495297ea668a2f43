"""Bringing a database to this version's tables (imports Alembic: only when needed)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text


def config() -> Config:
    """Where Alembic finds the migrations; its attribute ``connection`` is what they run on."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def known_versions() -> set[str]:
    """The migrations this program has."""
    return {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def upgrade(engine: Engine) -> None:
    """Migrate to the newest version, in one transaction.  Two processes at once: one waits."""
    settings = config()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7251183)"))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
