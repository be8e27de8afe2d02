"""Tables that follow from the facts: what is stored is compared with what is wanted, and the difference written.

One statement for each kind of difference, however many rows: a household has fifteen follow-ups, a batch thousands.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, select, update

from livelihood.db.models import Base
from livelihood.db.reader import Read
from livelihood.db.work import UnitOfWork
from livelihood.db.writer import Rows, Write, arrays, given

S = TypeVar("S", bound=msgspec.Struct)


class Place(msgspec.Struct, frozen=True):
    """The household that a row is of, and its office."""

    household_id: UUID
    office_id: int


class Derived(Generic[S]):
    """The rows of one table: a struct each, known by its `key`, of the household that it was worked out for.

    `keeps`: what is wanted no longer stays as it is, for the caller to end. `changes`: which columns are ever changed, where
    these are not all. `last`: which rows are updated after all others, where a unique index would be in the way.
    """

    def __init__(
        self,
        model: type[Base],
        into: type[S],
        *,
        key: str = "id",
        keeps: bool = False,
        changes: Sequence[str] = (),
        last: Callable[[S], bool] | None = None,
    ) -> None:
        table: Any = model.__table__
        self.key = key
        self.keeps = keeps
        self.last = last
        self.fields = into.__struct_fields__
        self.columns = (*Place.__struct_fields__, *self.fields)
        of_key = table.c[key]
        self.stored = Read(
            select(*(table.c[name] for name in self.fields)).where(
                table.c.household_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
            ),
            into,
        )
        self.delete = Write(delete(table).where(of_key == any_(bindparam("keys", type_=ARRAY(of_key.type)))))
        changed = given(model, self.fields)
        values = {name: changed.c[name] for name in changes or self.fields if name != key}
        self.update = Write(update(table).values(values).where(of_key == changed.c[key]))
        self.new = Rows(model, self.columns)

    async def write(
        self, uow: UnitOfWork, household_ids: Sequence[UUID], wanted: Mapping[UUID, tuple[Place, S]]
    ) -> dict[UUID, S | None]:
        """Make what is stored of these households what is wanted of them. Says by key what stood there before, of the
        rows that are new or changed.
        """
        stored = {getattr(one, self.key): one for one in await self.stored.all(uow, ids=list(household_ids))}
        gone = [key for key in stored if key not in wanted]
        if gone and not self.keeps:
            await self.delete.run(uow, keys=gone)
        before: dict[UUID, S | None] = {}
        changed = {key: row for key, (_, row) in wanted.items() if key in stored and stored[key] != row}
        before |= {key: stored[key] for key in changed}
        for rows in self._in_turn(list(changed.values())):
            if rows:
                await self.update.run(uow, **arrays(self.fields, map(msgspec.structs.astuple, rows)))
        new = [place_and_row for key, place_and_row in wanted.items() if key not in stored]
        if new:
            astuple = msgspec.structs.astuple
            await self.new.add(uow, ((*astuple(place), *astuple(row)) for place, row in new))
        return before | {getattr(row, self.key): None for _, row in new}

    def _in_turn(self, rows: list[S]) -> Iterable[list[S]]:
        if self.last is None:
            return (rows,)
        return [row for row in rows if not self.last(row)], [row for row in rows if self.last(row)]
