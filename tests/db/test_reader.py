"""What a compiled read makes of the driver's values."""

from enum import StrEnum

import msgspec
import pytest
from sqlalchemy import Integer, Text, bindparam, column, func, select

from livelihood.db.reader import Count, Read
from tests.support.world import World


class Colour(StrEnum):
    RED = "red"


class Painted(msgspec.Struct):
    colour: Colour
    other: Colour | None


READ = Read(
    select(
        bindparam("colour", type_=Text).label("colour"),
        bindparam("other", type_=Text).label("other"),
    ),
    Painted,
)


async def test_text_becomes_the_enumeration_a_field_declares(world: World):
    monitor = await world.person("monitor@KPT")
    async with world.read(monitor) as reads:
        painted = await READ.first(reads, colour="red", other=None)
        assert painted is not None
        assert painted.colour is Colour.RED
        assert painted.other is None
        with pytest.raises(ValueError, match="blue"):
            await READ.first(reads, colour="red", other="blue")


def test_a_struct_that_is_not_what_is_selected_is_refused_at_once():
    with pytest.raises(TypeError, match="Painted has fields"):
        Read(select(bindparam("colour", type_=Text).label("colour")), Painted)


async def test_what_is_counted_is_a_number_also_where_there_is_nothing(world: World):
    numbers = func.generate_series(1, bindparam("last", type_=Integer)).table_valued(column("value", Integer))
    count = Count(select(func.count().label("number")).select_from(numbers))
    async with world.read(await world.person("monitor@KPT")) as reads:
        assert [await count.number(reads, last=last) for last in (0, 1, 7)] == [0, 1, 7]
