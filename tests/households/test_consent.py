"""Nothing is done for a family that has not agreed to it."""

from datetime import date

import pytest

from livelihood.db.actor import Named
from livelihood.desk.pages import household as household_page
from livelihood.desk.queries.household import whole
from livelihood.errors import InvalidInput
from livelihood.households import service
from livelihood.households.models import Household
from livelihood.households.rules import ConsentMethod, ConsentMissing, ConsentPurpose
from livelihood.households.schemas import ConsentIn
from tests.support.families import consented, family, member, members_of, registered
from tests.support.world import Person, World, clock_at


async def test_a_household_needs_an_adults_consent_to_services(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    child = ConsentIn(
        member_id=(await members_of(world, household))["Piseth"],
        purposes=[*service.rules.ConsentPurpose],
        method=service.rules.ConsentMethod.SIGNATURE,
        given_on=world.clock.today(),
    )
    async with world.work(caseworker) as uow:
        await service.record_consent(uow, household.id, child, clock=world.clock)
        with pytest.raises(ConsentMissing, match="No adult"):
            await service.require_consent(uow, household, clock=world.clock)
    await consented(world, caseworker, household)
    async with world.work(caseworker) as uow:
        await service.require_consent(uow, household, clock=world.clock)


async def given_by(world: World, person: Person, household: Household, name: str, given_on: str) -> None:
    data = ConsentIn(
        member_id=(await members_of(world, household))[name],
        purposes=[ConsentPurpose.SERVICES],
        method=ConsentMethod.SIGNATURE,
        given_on=date.fromisoformat(given_on),
    )
    async with world.work(person) as uow:
        await service.record_consent(uow, household.id, data, clock=world.clock)


async def stands(world: World, person: Person, household: Household) -> bool:
    """Whether the family may be served, as the verbs and as the family's own page see it."""
    async with world.work(person) as uow:
        try:
            await service.require_consent(uow, household, clock=world.clock)
            served = True
        except ConsentMissing:
            served = False
    async with world.read(person) as reads:
        found = await whole(reads, household.id, world.clock.today(), grant_label="")
    assert household_page.consented(found, world.clock.today()) is served
    return served


@pytest.mark.parametrize(
    ("born_on", "precision", "given_on", "enough"),
    [
        ("2008-03-01", "day", "2026-03-01", True),
        ("2008-03-02", "day", "2026-03-01", False),
        ("2008-03-01", "month", "2026-03-30", False),
        ("2008-03-01", "month", "2026-03-31", True),
        ("2008-01-01", "year", "2026-06-01", False),
        ("2007-01-01", "estimated", "2026-01-05", True),
    ],
)
async def test_who_consents_was_surely_an_adult_on_that_day(
    world: World, born_on: str, precision: str, given_on: str, enough: bool
) -> None:
    world.clock = clock_at("2027-06-01")
    caseworker = await world.person("caseworker@KPT")
    head = member("Dara", born_on, "head", born_precision=precision)
    household = await registered(world, caseworker, members=[head])
    await given_by(world, caseworker, household, "Dara", given_on)
    assert await stands(world, caseworker, household) is enough


async def test_the_consent_of_somebody_who_left_does_not_stand(world: World) -> None:
    world.clock = clock_at("2026-06-01")
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    await consented(world, caseworker, household)
    leave = "UPDATE members SET left_on = $2, left_because = 'moved' WHERE household_id = $1 AND given_name_latin = 'Dara'"
    async with world.owner.work(Named("setup")) as uow:
        await (await uow.connection()).execute(leave, household.id, date(2026, 6, 2))
    assert await stands(world, caseworker, household)
    async with world.owner.work(Named("setup")) as uow:
        await (await uow.connection()).execute(leave, household.id, date(2026, 6, 1))
    assert not await stands(world, caseworker, household)
    with pytest.raises(InvalidInput) as refused:
        await given_by(world, caseworker, household, "Dara", "2026-05-01")
    assert [error.field for error in refused.value.errors] == ["member_id"]


async def test_a_child_who_may_still_be_five_does_not_assent(world: World) -> None:
    world.clock = clock_at("2026-12-31")
    caseworker = await world.person("caseworker@KPT")
    young = member("Sina", "2020-01-01", born_precision="year")
    household = await registered(world, caseworker, members=[*family()["members"], young])
    with pytest.raises(InvalidInput) as refused:
        await given_by(world, caseworker, household, "Sina", "2026-12-30")
    assert [error.field for error in refused.value.errors] == ["member_id"]
    await given_by(world, caseworker, household, "Sina", "2026-12-31")


async def test_a_child_is_counted_until_the_latest_possible_birthday(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    head = member("Dara", "1985-03-02", "head")
    children = [
        member("Day", "2008-06-15"),
        member("Month", "2008-06-01", born_precision="month"),
        member("Year", "2008-01-01", born_precision="year"),
        member("Leap", "2008-02-29"),
    ]
    await registered(world, caseworker, members=[head, *children])
    for day, count in (
        ("2026-02-27", 4), ("2026-02-28", 3), ("2026-06-14", 3), ("2026-06-15", 2), ("2026-06-29", 2),
        ("2026-06-30", 1), ("2026-12-30", 1), ("2026-12-31", 0),
    ):  # fmt: skip
        world.clock = clock_at(day)
        async with world.client(caseworker) as client:
            (row,) = (await client.get("/households")).json()["items"]
        assert row["children"] == count, day
