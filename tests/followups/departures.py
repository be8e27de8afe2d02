"""Who leaves a family and whose case is closed, and what is taken back of it: by the verbs, and refused as they are."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from uuid import UUID

from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, Forbidden, InvalidInput
from livelihood.followups import service
from livelihood.followups.schemas_leaving import CloseIn, LeaveIn, LeavingEndIn
from livelihood.followups.service.closing import ChildIsMissing, ClosedAlready
from livelihood.followups.service.leaving import LeftAlready
from livelihood.households.rules import CaseClosed, HouseholdIsClosed, LeavingEnded, MemberLeft
from tests.followups.decisions import done
from tests.followups.lives import Gap, Life
from tests.support.world import Person, World

Refused = type[DomainError] | None


async def somebody(world: World, life: Life, random: Random) -> tuple[Person, Refused]:
    """Of the family's office; whom the verbs refuse whatever they say."""
    role = random.choice(["monitor", "caseworker", "caseworker", "caseworker", "supervisor", "supervisor"])
    return await world.person(f"{role}@{life.office}"), Forbidden if role == "monitor" else None


async def leave(
    world: World, life: Life, child: UUID, random: Random, today: date, new: UUID, met: Counter[str]
) -> list[Life]:
    """Heard of on the day, or weeks later."""
    who = life.children[child]
    why = random.choice(list(MemberLeft))
    on = today - timedelta(days=random.choice([-1, 0, 0, 0, 4, 4, 30]))
    person, refused = await somebody(world, life, random)
    if life.closed_on:
        refused = refused or HouseholdIsClosed
    elif who.left_on:
        refused = refused or LeftAlready
    elif not who.joined_on <= on <= today:
        refused = refused or InvalidInput
    body = LeaveIn(id=new, left_on=on, because=why, note="With an aunt, behind the pagoda")

    async def verb(uow: UnitOfWork) -> None:
        await service.leave(uow, life.id, child, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    who.left_on, who.leaving = on, new
    who.left_because = "died" if why is MemberLeft.DIED else "moved"
    met["left"] += 1
    return [life]


async def come_back(
    world: World, life: Life, child: UUID, random: Random, today: date, met: Counter[str]
) -> list[Life]:
    """They are here again, or never left."""
    who = life.children[child]
    assert who.left_on
    assert who.leaving
    person, refused = await somebody(world, life, random)
    body = _ended(who.left_on, random, today)
    if life.closed_on:
        refused = refused or HouseholdIsClosed
    elif body.ended_on and body.ended_on < who.left_on:
        refused = refused or InvalidInput
    leaving = who.leaving

    async def verb(uow: UnitOfWork) -> None:
        await service.end_leaving(uow, leaving, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    if body.ended_on:
        life.gaps.append(Gap(who.left_on, body.ended_on, child))
    who.left_on = who.left_because = who.leaving = None
    met[f"left: {body.because}"] += 1
    return [life]


async def close(
    world: World, life: Life, is_missing: bool, random: Random, today: date, new: UUID, met: Counter[str]
) -> list[Life]:
    """`is_missing`: a child of this family is looked for. A partner hears of it if the family agreed to that."""
    why = random.choice(list(CaseClosed))
    on = today - timedelta(days=random.choice([-1, 0, 0, 0, 0, 7]))
    person, refused = await somebody(world, life, random)
    if life.closed_on:
        refused = refused or ClosedAlready
    elif on > today or (why is CaseClosed.MOVED and not life.shares):
        refused = refused or InvalidInput
    elif is_missing:
        refused = refused or ChildIsMissing
    partner = "Friends of the North" if why is CaseClosed.MOVED else None
    body = CloseIn(id=new, closed_on=on, because=why, note="As agreed", partner=partner)

    async def verb(uow: UnitOfWork) -> None:
        await service.close(uow, life.id, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    life.closed_on, life.closing = on, new
    life.closed_because = "moved" if why is CaseClosed.MOVED else "closed"
    met["closed"] += 1
    return [life]


async def reopen(world: World, life: Life, random: Random, today: date, met: Counter[str]) -> list[Life]:
    """All of the family were away meanwhile, those too of whom one hears only later; after a mistake nobody was."""
    assert life.closed_on
    assert life.closing
    person, refused = await somebody(world, life, random)
    body = _ended(life.closed_on, random, today)
    if body.ended_on and body.ended_on < life.closed_on:
        refused = refused or InvalidInput
    closing = life.closing

    async def verb(uow: UnitOfWork) -> None:
        await service.end_leaving(uow, closing, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    if body.ended_on:
        life.gaps.append(Gap(life.closed_on, body.ended_on))
    life.closed_on = life.closed_because = life.closing = None
    met[f"closed: {body.because}"] += 1
    return [life]


def _ended(since: date, random: Random, today: date) -> LeavingEndIn:
    if random.random() < 0.4:
        return LeavingEndIn(because=LeavingEnded.MISTAKE, note="Another family")
    on = random.choice([today, today, since + (today - since) / 2, since, since - timedelta(days=1)])
    return LeavingEndIn(because=LeavingEnded.CAME_BACK, ended_on=on)
