"""What a PostgreSQL database is made of, against what the migrations make, object by object.

The migrations run in a schema of their own whose transaction is rolled back: so a function whose
body was replaced, a trigger that is off or another column type differs from what it should be,
whatever PostgreSQL's version writes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Engine, text

from prelabel_tui.core.ids import new_id

_OBJECTS: Final = text("""
SELECT 'table ' || relname AS name,
    relkind::text || ' row security ' || relrowsecurity
    || ' options ' || coalesce(reloptions::text, '') AS told
  FROM pg_class WHERE relnamespace = :schema AND relkind NOT IN ('i', 'S', 'I', 'c', 't')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e')
UNION ALL SELECT 'column ' || relname || '.' || attname,
    format_type(atttypid, atttypmod) || ' not null ' || attnotnull
    || ' default ' || coalesce(pg_get_expr(adbin, adrelid), '')
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE relnamespace = :schema AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'index ' || relname, pg_get_indexdef(indexrelid) || ' valid ' || indisvalid
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = :schema
UNION ALL SELECT 'constraint ' || relname || '.' || conname,
    pg_get_constraintdef(pg_constraint.oid) || ' valid ' || convalidated
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE relnamespace = :schema
UNION ALL SELECT 'function ' || proname, pg_get_functiondef(oid)
  FROM pg_proc WHERE pronamespace = :schema AND prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
UNION ALL SELECT 'trigger ' || relname || '.' || tgname,
    pg_get_triggerdef(pg_trigger.oid) || ' enabled ' || tgenabled::text
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE relnamespace = :schema AND NOT tgisinternal
UNION ALL SELECT 'trigger of constraint ' || relname || '.' || conname || ' ' || tgfoid::regproc,
    'enabled ' || string_agg(tgenabled::text, '')
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    JOIN pg_constraint ON pg_constraint.oid = tgconstraint
  WHERE relnamespace = :schema AND tgisinternal GROUP BY relname, conname, tgfoid
UNION ALL SELECT 'rule ' || relname || '.' || rulename, pg_get_ruledef(pg_rewrite.oid)
  FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
  WHERE relnamespace = :schema AND relkind <> 'v'
UNION ALL SELECT 'policy ' || relname || '.' || polname,
    concat(polcmd::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace = :schema
""")
_HERE: Final = text("SELECT current_schema()::regnamespace::oid AS id, current_schema() AS name")
_REPLICA: Final = text("SELECT current_setting('session_replication_role')")


def definitions(connection: Connection) -> dict[str, str]:
    """Describe every object of the schema that the connection works in, without its name."""
    schema = connection.execute(_HERE).one()
    prefix = re.compile(rf'(?<!\w)"?{re.escape(schema.name)}"?\.')
    return {
        prefix.sub("", row.name): prefix.sub("", " ".join(row.told.split()))
        for row in connection.execute(_OBJECTS, {"schema": schema.id})
    }


def wanted(engine: Engine) -> dict[str, str]:
    """Describe what the migrations make.

    Nothing is left of it.  SQLAlchemyError where the account may not make a schema.
    """
    from prelabel_tui.core.store import migrate  # imports Alembic

    schema = f"fsck_{new_id()}"
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        connection.execute(text(f"SET LOCAL search_path TO {schema}"))
        migrate.build(connection)
        made = definitions(connection)
        transaction.rollback()
    return made


def settings_damages(connection: Connection) -> Iterator[str]:
    """Name the settings of the account or the database under which no trigger works."""
    if (role := connection.scalar(_REPLICA)) != "origin":
        yield f"session_replication_role is {role}: triggers are off"
