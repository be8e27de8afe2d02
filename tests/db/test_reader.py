"""What a compiled read makes of the driver's values."""

from enum import StrEnum

import msgspec
import pytest
from sqlalchemy import Text, bindparam, select

from livelihood.db.reader import Read
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
