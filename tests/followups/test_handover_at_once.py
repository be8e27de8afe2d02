"""A family is handed over while somebody else writes of it, or hands it over too; and the same request comes again."""

import asyncio

import pytest

from livelihood.binding import bind
from livelihood.errors import DomainError
from livelihood.followups import service
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.schemas import RollCallIn, VisitIn
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.households.rules import HandedOver
from livelihood.observations import service as observations
from livelihood.observations.rules import Education, EducationState
from livelihood.observations.schemas import ObservationIn
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_handover import (
    MOVING,
    REASON,
    moves,
    staffed,
    supervisor,
)
from tests.followups.test_roll_calls import line, pupils_of, roll, school_of
from tests.support.locks import somebody_waits
from tests.support.places import KMP, SVR
from tests.support.world import Person, World


@pytest.mark.parametrize("first", ["visit", "handover"])
async def test_a_visit_that_is_recorded_meanwhile_is_not_lost_without_a_word(world: World, first: str):
    await staffed(world)
    household, _ = await paid_family(world)
    world.clock = clock_on(MOVING)
    giver, visitor = await supervisor(world), await monitor(world)
    visit = VisitIn(household_id=household.id, happened_on=MOVING, outcome=Outcome.NOT_FOUND)
    handover = HandoverIn(village_code=KMP, reason=REASON)

    async def visiting() -> None:
        async with world.work(visitor) as uow:
            await service.record_visit(uow, visit, clock=world.clock)

    async def handing_over() -> None:
        async with world.work(giver) as uow:
            await service.hand_over(uow, household.id, handover, clock=world.clock)

    if first == "visit":
        async with world.work(visitor) as uow:
            await service.record_visit(uow, visit, clock=world.clock)
            await uow.session.flush()
            other = asyncio.create_task(handing_over())
            await somebody_waits(world)
        await other
        (row,) = await world.owner_rows("SELECT office_id, recorded_by FROM visits")
        assert tuple(row) == (2, visitor.id)
    else:
        async with world.work(giver) as uow:
            await service.hand_over(uow, household.id, handover, clock=world.clock)
            other = asyncio.create_task(visiting())
            await somebody_waits(world)
        with pytest.raises(HandedOver, match="Kampot on 2026-03-02"):
            await other
        assert await world.owner_rows("SELECT FROM visits") == []
    (row,) = await world.owner_rows("SELECT office_id FROM households")
    assert row["office_id"] == 2


@pytest.mark.parametrize("what", ["roll call", "observation"])
async def test_what_is_written_while_the_family_is_handed_over_is_refused_by_name(world: World, what: str):
    await staffed(world)
    school = await school_of(world)
    pupils = await pupils_of(world, school)
    giver, visitor = await supervisor(world), await monitor(world)
    (row,) = await world.owner_rows("SELECT household_id AS id FROM members WHERE id = $1", pupils["Bopha1"])
    called = bind(RollCallIn, roll(school, line(pupils["Bopha0"]), line(pupils["Bopha1"])), typed=True)
    today = world.clock.today()

    async def writing() -> None:
        async with world.work(visitor) as uow:
            if what == "roll call":
                await service.call_the_roll(uow, called, clock=world.clock)
            else:
                fact = ObservationIn(today, Education(EducationState.FORMAL), pupils["Bopha1"])
                await observations.record(uow, row["id"], fact, clock=world.clock)

    async with world.work(giver) as uow:
        data = HandoverIn(village_code=KMP, reason=REASON)
        await service.hand_over(uow, row["id"], data, clock=world.clock)
        other = asyncio.create_task(writing())
        await somebody_waits(world)
    with pytest.raises(DomainError) as refused:
        await other
    if what == "roll call":
        (fault,) = refused.value.errors
        assert fault.field == "children.1.register"
        assert "handed over to the office" in fault.message.text
    else:
        assert isinstance(refused.value, HandedOver)


async def test_an_answer_that_was_lost_is_given_again_to_who_sees_the_family_no_more(world: World):
    await staffed(world)
    household, _ = await paid_family(world)
    sent = {"id": "0196a2c0-0000-7000-8000-000000000001"}
    first, again = [await moves(world, await supervisor(world), household.id, **sent) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await moves(world, await supervisor(world), household.id, **sent, village=SVR)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


async def test_one_handover_that_is_sent_several_times_at_once_is_answered_each_time(world: World):
    await staffed(world)
    household, _ = await paid_family(world)
    person = await supervisor(world)
    sent = {"id": "0196a2c0-0000-7000-8000-000000000001"}
    answers = await asyncio.gather(*(moves(world, person, household.id, **sent) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [201, 201, 201]


async def test_two_who_hand_over_at_once_do_it_once(world: World):
    await staffed(world)
    household, _ = await paid_family(world)
    data = HandoverIn(village_code=KMP, reason=REASON)

    async def handing_over(person: Person) -> str:
        try:
            async with world.work(person) as uow:
                await service.hand_over(uow, household.id, data, clock=world.clock)
        except DomainError as error:
            return error.code
        return "done"

    ended = await asyncio.gather(
        handing_over(await supervisor(world)),
        handing_over(await world.person("supervisor@KPT", name="second")),
    )
    assert sorted(ended) == ["done", "handed-over"]
