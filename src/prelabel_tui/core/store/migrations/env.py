"""Alembic's entry: runs on the connection that migrate.upgrade holds."""

from alembic import context

from prelabel_tui.core.store.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
