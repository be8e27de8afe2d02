"""Writes without the ORM: a SQLAlchemy Core statement, compiled once, run by asyncpg, a statement for many rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Delete, Insert, Update, bindparam, column, func, insert, select
from sqlalchemy.sql.compiler import SQLCompiler

from livelihood.db.models import Base
from livelihood.db.reader import DIALECT
from livelihood.db.work import UnitOfWork


class Write:
    """A compiled insert, update or delete; it returns nothing."""

    def __init__(self, statement: Delete | Insert | Update) -> None:
        compiled = statement.compile(dialect=DIALECT)
        assert isinstance(compiled, SQLCompiler)
        self.sql = str(compiled)
        self.names: list[str] = list(compiled.positiontup or [])
        self.defaults: dict[str, Any] = dict(compiled.params)

    async def run(self, uow: UnitOfWork, /, **parameters: object) -> None:
        unknown = parameters.keys() - self.defaults.keys()
        if unknown:
            raise TypeError(f"the statement has no parameter {', '.join(sorted(unknown))}")
        values = self.defaults | parameters
        connection = await uow.connection()
        await connection.execute(self.sql, *(values[name] for name in self.names))


def given(model: type[Base], names: Iterable[str]) -> Any:
    """Rows that are handed over as one array for each column, to select from; `arrays` makes the parameters."""
    columns = [model.__table__.c[name] for name in names]
    return (
        func.unnest(*(bindparam(f"given_{one.name}", type_=ARRAY(one.type)) for one in columns))
        .table_valued(*(column(one.name, one.type) for one in columns))
        .render_derived(name="given")
    )


def arrays(names: Iterable[str], rows: Iterable[tuple[object, ...]]) -> dict[str, object]:
    """For the parameters of `given` with the same names."""
    return {f"given_{name}": values for name, values in zip(names, zip(*rows, strict=True), strict=True)}


class Rows:
    """New rows of one table, a tuple each: by COPY where no policy stands in the way, which costs far less."""

    def __init__(self, model: type[Base], columns: Sequence[str]) -> None:
        self.table: str = model.__tablename__
        self.columns = columns
        self.insert = Write(insert(model).from_select(columns, select(given(model, columns))))

    async def add(self, uow: UnitOfWork, rows: Iterable[tuple[object, ...]]) -> None:
        if uow.past_policies:
            connection = await uow.connection()
            await connection.copy_records_to_table(self.table, records=rows, columns=self.columns)
        else:
            await self.insert.run(uow, **arrays(self.columns, rows))
