"""Reads without the ORM: a SQLAlchemy Core select, compiled once, run by asyncpg into msgspec structs."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Generic, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningDelete
from sqlalchemy.types import TypeEngine

from livelihood.db.actor import Actor

T = TypeVar("T", bound=msgspec.Struct)

DIALECT = asyncpg_dialect.dialect()


class Connection(Protocol):
    """What is used of asyncpg's connection, which comes without types."""

    async def fetch(self, query: str, *args: object) -> list[Sequence[Any]]: ...
    async def fetchrow(self, query: str, *args: object) -> Sequence[Any] | None: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...
    async def execute(self, query: str, *args: object) -> str: ...
    async def executemany(self, query: str, args: Iterable[Sequence[object]]) -> None: ...
    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str]
    ) -> str: ...


class Reading(Protocol):
    """What a query needs: a connection that has stated who asks."""

    @property
    def actor(self) -> Actor: ...

    async def connection(self) -> Connection: ...


class Read(Generic[T]):
    """A compiled select, or what a deletion returns. Its columns are the struct's fields, in order.

    JSON columns decode into the field's type, and text into the enumeration that a field declares.

    Lists of many joined rows are read often and written never, so they pay for no objects and no identity map.
    """

    def __init__(
        self, statement: Select[*tuple[Any, ...]] | ReturningDelete[*tuple[Any, ...]], into: type[T]
    ) -> None:
        self.into = into
        columns = [column.name for column in statement.exported_columns]
        if columns != list(into.__struct_fields__):
            raise TypeError(f"{into.__name__} has fields {into.__struct_fields__}, the select {columns}")
        compiled = statement.compile(dialect=DIALECT)
        assert isinstance(compiled, SQLCompiler)
        self.sql = str(compiled)
        self.names: list[str] = list(compiled.positiontup or [])
        self.defaults: dict[str, Any] = dict(compiled.params)
        hints = get_type_hints(into)
        self.decoders = [
            (position, decode)
            for position, column in enumerate(statement.exported_columns)
            if (decode := _decoder(column.type, hints[column.name])) is not None
        ]

    def arguments(self, given: dict[str, object]) -> list[object]:
        """The parameters in the order of the statement's `$1, $2, …`."""
        unknown = given.keys() - self.defaults.keys()
        if unknown:
            raise TypeError(f"the statement has no parameter {', '.join(sorted(unknown))}")
        values = self.defaults | given
        return [values[name] for name in self.names]

    async def all(self, reading: Reading, /, **parameters: object) -> list[T]:
        connection = await reading.connection()
        rows = await connection.fetch(self.sql, *self.arguments(parameters))
        if self.decoders:
            return [self.struct(row) for row in rows]
        into = self.into
        return [into(*row) for row in rows]

    async def first(self, reading: Reading, /, **parameters: object) -> T | None:
        connection = await reading.connection()
        row = await connection.fetchrow(self.sql, *self.arguments(parameters))
        return None if row is None else self.struct(row)

    def struct(self, row: Sequence[Any]) -> T:
        if not self.decoders:
            return self.into(*row)
        values = list(row)
        for position, decode in self.decoders:
            values[position] = decode(values[position])
        return self.into(*values)


class Number(msgspec.Struct, frozen=True):
    number: int


class Count(Read[Number]):
    """A compiled select of one `number` over rows without groups, of which there is always one."""

    def __init__(self, statement: Select[int]) -> None:
        super().__init__(statement, Number)

    async def number(self, reading: Reading, /, **parameters: object) -> int:
        found = await self.first(reading, **parameters)
        assert found is not None, "an aggregate without groups has one row"
        return found.number


def _decoder(column: TypeEngine[Any], declared: Any) -> Callable[[object], Any] | None:
    """What makes a driver's value the declared one, where the driver does not do so itself."""
    if isinstance(column, JSON | JSONB):
        return lambda value: _from_json(value, declared)
    optional = get_origin(declared) in {Union, UnionType}
    kinds = [kind for kind in (get_args(declared) if optional else (declared,)) if kind is not NoneType]
    if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], Enum):
        enumeration = kinds[0]
        return lambda value: None if value is None else enumeration(value)
    return None


def _from_json(value: object, kind: Any) -> Any:
    """The read pool hands JSON over as text, SQLAlchemy's connections have it parsed already."""
    if value is None or not isinstance(value, str):
        return value if value is None else msgspec.convert(value, kind)
    return msgspec.json.decode(value, type=kind)
