"""Statements whose text is made once: what every save runs costs little beside its commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Update

_Take = Callable[[Mapping[str, Any]], Any]


class Prepared:
    """An INSERT or UPDATE in Core's words, on any database, without what Core does each time.

    An INSERT names its columns with ``values``, each as a ``bindparam`` of its name.
    """

    def __init__(self, statement: Insert | Update) -> None:
        self._statement = statement.inline() if isinstance(statement, Insert) else statement
        self._texts: dict[str, tuple[str, _Take]] = {}

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it with a value for each parameter; how many rows it concerned."""
        dialect = connection.dialect
        text, take = self._texts.get(dialect.name) or self._compile(dialect)
        return execute_text(connection, text, take(values))

    def _compile(self, dialect: Dialect) -> tuple[str, _Take]:
        compiled: Any = self._statement.compile(dialect=dialect)
        convert = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
            for name, bind in compiled.binds.items()
        }
        if compiled.positiontup is None:

            def take(values: Mapping[str, Any]) -> Any:
                return {name: processor(values[name]) for name, processor in convert.items()}
        else:
            in_order = [(name, convert[name]) for name in compiled.positiontup]

            def take(values: Mapping[str, Any]) -> Any:
                return [processor(values[name]) for name, processor in in_order]

        self._texts[dialect.name] = (compiled.string, take)
        return compiled.string, take


def _as_it_is(value: Any) -> Any:
    return value


def execute_text(connection: Connection, text: str, parameters: Any = ()) -> int:
    """Run a statement in the driver's words.  Its errors come as SQLAlchemy's, as always."""
    try:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, parameters)
            return cursor.rowcount
        finally:
            cursor.close()
    except connection.dialect.loaded_dbapi.Error as error:
        connection._handle_dbapi_exception(error, text, parameters, None, None)
