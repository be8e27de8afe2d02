"""How families come into the programme, what they are given, and who comes to live with them: by the verbs."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from uuid import UUID

from livelihood.binding import bind
from livelihood.db.work import UnitOfWork
from livelihood.followups import service
from livelihood.followups.rules.facts import AnchorKind
from livelihood.households import service as households
from livelihood.households.rules import ConsentMethod, ConsentPurpose, HouseholdIsClosed
from livelihood.households.schemas import ConsentIn, NewMember
from tests.followups.decisions import done
from tests.followups.lives import Child, Life, Risk
from tests.followups.stories import PAID
from tests.support.families import member, members_of, registered
from tests.support.places import KPT, SVR
from tests.support.world import Person, World

INTAKE = date(2026, 1, 5)
VILLAGES = {"KPT": KPT, "SVR": SVR}
LAST_DAYS = {"day": lambda day: day, "year": lambda day: date(day.year, 12, 31)}


async def born(world: World, office: str, monitor: Person, random: Random) -> Life:
    """One child turns 6 in these two years, one turns 18, of one the year of birth alone is known."""
    births = {
        "Bopha": (date(2020, 2, 1) + timedelta(days=random.randrange(650)), "day"),
        "Piseth": (date(2009, 2, 1) + timedelta(days=random.randrange(330)), "day"),
        "Sokha": (date(random.choice([2010, 2010, 2013, 2016]), 1, 1), "year"),
    }
    people = [member("Dara", "1985-03-02", "head")]
    people += [member(name, day.isoformat(), born_precision=how) for name, (day, how) in births.items()]
    risky = {"risk": "high", "risk_reason": "Told at intake"} if random.random() < 0.3 else {}
    household = await registered(
        world,
        await world.person(f"caseworker@{office}"),
        members=people,
        village_code=VILLAGES[office],
        intake_on=INTAKE.isoformat(),
        monitor_id=str(monitor.id),
        **risky,
    )
    ids = await members_of(world, household)
    children = {ids[name]: Child(LAST_DAYS[how](day), INTAKE) for name, (day, how) in births.items()}
    life = Life(household.id, office, household.office_id, INTAKE, children)
    life.risks += [Risk(INTAKE)] if risky else []
    if random.random() < 0.5:
        await share(world, life, ids["Dara"])
    return life


async def share(world: World, life: Life, head: UUID) -> None:
    """An adult agrees that partners are told of the family."""
    life.shares = True
    body = ConsentIn(
        member_id=head,
        purposes=[ConsentPurpose.SHARING],
        method=ConsentMethod.SIGNATURE,
        given_on=INTAKE,
    )
    async with world.work(await world.person(f"caseworker@{life.office}")) as uow:
        await households.record_consent(uow, life.id, body, clock=world.clock)


async def grant(world: World, life: Life, new: UUID, today: date) -> None:
    life.grants[new] = today
    async with world.work(await world.person(f"caseworker@{life.office}")) as uow:
        await service.set_anchor(
            uow,
            kind=AnchorKind.GRANT,
            source_id=new,
            household_id=life.id,
            office_id=life.office_id,
            on=today,
            clock=world.clock,
        )


async def join(world: World, life: Life, random: Random, today: date, met: Counter[str]) -> None:
    """A child comes to live with the family, and somebody hears of it on the day or weeks later."""
    since = max(today - timedelta(days=random.choice([0, 30])), PAID)
    day = since - timedelta(days=random.choice([1900, 2300, 4500, 6300]))
    new = UUID(int=random.getrandbits(128), version=4)
    said = {**member("Rith", day.isoformat()), "joined_on": since.isoformat(), "id": str(new)}

    async def verb(uow: UnitOfWork) -> None:
        body = bind(NewMember, said, typed=True)
        await households.add_member(uow, life.id, body, clock=world.clock)

    person = await world.person(f"caseworker@{life.office}")
    refused = HouseholdIsClosed if life.closing else None
    if await done(world, person, verb, refused, met):
        life.children[new] = Child(day, since)
