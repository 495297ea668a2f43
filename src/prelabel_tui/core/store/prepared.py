"""Statements whose text is made once: what every save and publish runs costs little beside its
commit."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Table, Update, bindparam, insert

_Take = Callable[[Mapping[str, Any]], Any]
_Make = Callable[[Any], Any]


class Prepared:
    """A statement in Core's words, on any database, without what Core does each time.

    An INSERT names its columns with ``values``, each as a ``bindparam`` of its name.  None has an
    ``in_``, whose text depends on the values.
    """

    def __init__(self, statement: Insert | Update | Delete | Select[Any]) -> None:
        self._statement = statement.inline() if isinstance(statement, Insert) else statement
        self._texts: dict[str, tuple[str, _Take]] = {}
        self._makers: dict[str, _Make] = {}

    @classmethod
    def insert(cls, table: Table) -> Prepared:
        """An INSERT of whole rows; a number that the database counts is left to it."""
        counted = table.autoincrement_column
        return cls(
            insert(table).values({c.name: bindparam(c.name) for c in table.c if c is not counted})
        )

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it with a value for each parameter; how many rows it concerned."""
        dialect = connection.dialect
        text, take = self._texts.get(dialect.name) or self._compile(dialect)
        return execute_text(connection, text, take(values))

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """What a SELECT finds: named tuples, as Core would give them."""
        dialect = connection.dialect
        text, take = self._texts.get(dialect.name) or self._compile(dialect)
        parameters = take(values)
        try:
            cursor = connection.connection.cursor()
            try:
                cursor.execute(text, parameters)
                found = cursor.fetchall()
                make = self._makers.get(dialect.name)
                if make is None:
                    make = self._makers[dialect.name] = self._maker(dialect, cursor.description)
                return list(map(make, found))
            finally:
                cursor.close()
        except connection.dialect.loaded_dbapi.Error as error:
            connection._handle_dbapi_exception(error, text, parameters, None, None)

    def row(self, connection: Connection, values: Mapping[str, Any]) -> Any | None:
        """The first row that a SELECT finds; None when there is none."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def _compile(self, dialect: Dialect) -> tuple[str, _Take]:
        compiled = self._compiled(dialect)
        convert = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
            for name, bind in compiled.binds.items()
        }
        own = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        if compiled.positiontup is None:

            def take(values: Mapping[str, Any]) -> Any:
                given = {**own, **values} if own else values
                return {name: processor(given[name]) for name, processor in convert.items()}
        else:
            in_order = [(name, convert[name]) for name in compiled.positiontup]

            def take(values: Mapping[str, Any]) -> Any:
                given = {**own, **values} if own else values
                return [processor(given[name]) for name, processor in in_order]

        self._texts[dialect.name] = (compiled.string, take)
        return compiled.string, take

    def _maker(self, dialect: Dialect, description: Any) -> _Make:
        columns = self._compiled(dialect)._result_columns
        named = namedtuple("Row", [column.keyname for column in columns], rename=True)  # type: ignore[misc]
        convert = [
            (at, processor)
            for at, (column, told) in enumerate(zip(columns, description, strict=True))
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, told[1]))
        ]

        def make(found: Any) -> Any:
            values = list(found)
            for at, processor in convert:
                values[at] = processor(values[at])
            return named._make(values)

        return make

    def _compiled(self, dialect: Dialect) -> Any:
        return self._statement.compile(dialect=dialect)


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
