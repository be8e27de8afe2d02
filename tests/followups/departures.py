"""Who leaves a family, whose case is closed, and what is taken back of it; and a family that moves to another office's
villages: by the verbs, and refused as they are.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from uuid import UUID

from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, Forbidden, InvalidInput, NotFound
from livelihood.followups import service
from livelihood.followups.queries import lists
from livelihood.followups.rules.facts import AbsenceReason, Outcome
from livelihood.followups.schemas import AbsenceIn, VisitIn
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.followups.schemas_leaving import CloseIn, LeaveIn, LeavingEndIn
from livelihood.followups.service.alerts import ChildIsLookedFor, ChildIsMissing
from livelihood.followups.service.closing import ClosedAlready
from livelihood.followups.service.leaving import LeftAlready
from livelihood.households.rules import (
    CaseClosed,
    HandedOver,
    HouseholdIsClosed,
    LeavingEnded,
    MemberLeft,
    Risk,
)
from livelihood.households.schemas import RiskIn
from tests.followups.decisions import Verb, done
from tests.followups.lives import Bars, Gap, Life, Visited
from tests.followups.silence_model import confirmed_on
from tests.support.places import KPT
from tests.support.world import OFFICES, Person, World

Refused = type[DomainError] | None


async def somebody(world: World, life: Life, random: Random) -> tuple[Person, Refused]:
    """Of the family's office; whom the verbs refuse whatever they say."""
    role = random.choice(["monitor", "caseworker", "caseworker", "caseworker", "supervisor", "supervisor"])
    return await world.person(f"{role}@{life.office}"), Forbidden if role == "monitor" else None


async def leave(
    world: World,
    life: Life,
    child: UUID,
    is_missing: bool,
    is_sought: bool,
    random: Random,
    today: date,
    new: UUID,
    bars: Bars,
    met: Counter[str],
) -> list[Life]:
    """Heard of on the day, or weeks later. Who is missing has not moved; of who is silent, or of whom an alert is open, a
    supervisor says so, also that they died.
    """
    who = life.children[child]
    why = random.choice(list(MemberLeft))
    on = today - timedelta(days=random.choice([-1, 0, 0, 0, 4, 4, 30]))
    person, refused = await somebody(world, life, random)
    if life.closed_on:
        refused = refused or HouseholdIsClosed
    elif who.left_on:
        refused = refused or LeftAlready
    elif is_missing and why is not MemberLeft.DIED:
        refused = refused or ChildIsMissing
    elif is_sought and not person.username.startswith("supervisor"):
        refused = refused or ChildIsLookedFor
    elif not who.joined_on <= on <= today or _was_seen_after(life, [child], on, bars):
        refused = refused or InvalidInput
    body = LeaveIn(id=new, left_on=on, because=why, note="With an aunt, behind the pagoda")

    async def verb(uow: UnitOfWork) -> None:
        await service.leave(uow, life.id, child, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    who.left_on, who.leaving, who.left_after = on, new, life.recorded
    who.left_said_on = today
    who.left_because = "died" if why is MemberLeft.DIED else "moved"
    met["left"] += 1
    return [life]


def _was_seen_after(life: Life, children: Iterable[UUID], day: date, bars: Bars) -> bool:
    """Nobody had left, and no case was over, before a day on which one of them was confirmed."""
    return any((seen := confirmed_on(life, child, bars)) is not None and seen > day for child in children)


async def come_back(
    world: World, life: Life, child: UUID, random: Random, today: date, met: Counter[str]
) -> list[Life]:
    """They are here again, or never left; the first one is here again."""
    who = life.children[child]
    assert who.left_on
    assert who.leaving
    person, refused = await somebody(world, life, random)
    body = _ended(who.left_on, random, today) if met["left: came_back"] else came_back_on(today)
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
        assert who.left_said_on
        life.gaps.append(Gap(who.left_on, body.ended_on, who.left_said_on, child, back_said_on=today))
    who.left_on = who.left_because = who.leaving = None
    met[f"left: {body.because}"] += 1
    return [life]


async def close(
    world: World,
    life: Life,
    is_missing: bool,
    is_sought: bool,
    random: Random,
    today: date,
    new: UUID,
    bars: Bars,
    met: Counter[str],
) -> list[Life]:
    """`is_missing`: a child of this family is looked for; `is_sought`: or was not confirmed when due. A partner hears of it if the family agreed to that."""
    why = random.choice(list(CaseClosed))
    on = today - timedelta(days=random.choice([-1, 0, 0, 0, 0, 7]))
    person, refused = await somebody(world, life, random)
    if life.closed_on:
        refused = refused or ClosedAlready
    elif (
        on > today
        or (why is CaseClosed.MOVED and not life.shares)
        or _was_seen_after(life, life.children, on, bars)
    ):
        refused = refused or InvalidInput
    elif is_missing:
        refused = refused or ChildIsMissing
    elif is_sought and not person.username.startswith("supervisor"):
        refused = refused or ChildIsLookedFor
    partner = "Friends of the North" if why is CaseClosed.MOVED else None
    body = CloseIn(id=new, closed_on=on, because=why, note="As agreed", partner=partner)

    async def verb(uow: UnitOfWork) -> None:
        await service.close(uow, life.id, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    life.closed_on, life.closing, life.closed_after = on, new, life.recorded
    life.closed_said_on = today
    life.closed_because = "moved" if why is CaseClosed.MOVED else "closed"
    met["closed"] += 1
    return [life]


async def reopen(world: World, life: Life, random: Random, today: date, met: Counter[str]) -> list[Life]:
    """All of the family were away meanwhile, those too of whom one hears only later; after a mistake nobody was.
    The first family were away.
    """
    assert life.closed_on
    assert life.closing
    person, refused = await somebody(world, life, random)
    body = _ended(life.closed_on, random, today) if met["closed: came_back"] else came_back_on(today)
    if body.ended_on and body.ended_on < life.closed_on:
        refused = refused or InvalidInput
    closing = life.closing

    async def verb(uow: UnitOfWork) -> None:
        await service.end_leaving(uow, closing, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    if body.ended_on:
        assert life.closed_said_on
        life.gaps.append(Gap(life.closed_on, body.ended_on, life.closed_said_on, back_said_on=today))
    life.closed_on = life.closed_because = life.closing = None
    met[f"closed: {body.because}"] += 1
    return [life]


async def hand_over(
    world: World, life: Life, village: str, office: str, random: Random, met: Counter[str]
) -> None:
    """By a supervisor or a manager; all that was recorded goes along, to be worked out by the schools there."""
    role = random.choice(["monitor", "caseworker", "supervisor", "supervisor", "manager", "manager"])
    person = await world.person(role if role == "manager" else f"{role}@{life.office}")
    refused: Refused = Forbidden if role in {"monitor", "caseworker"} else None
    if life.closed_on:
        refused = refused or HouseholdIsClosed
    body = HandoverIn(village_code=village, reason="They live with his brother now")

    async def verb(uow: UnitOfWork) -> None:
        await service.hand_over(uow, life.id, body, clock=world.clock)

    if await done(world, person, verb, refused, met):
        life.came_from, life.office, life.office_id = life.office, office, OFFICES[office]
        life.moved_on = world.clock.today()
        met["handed over"] += 1


async def by_the_old_office(world: World, life: Life, child: UUID, today: date, met: Counter[str]) -> None:
    """Who had the family writes nothing of it any more, and is told where it went; what was recorded is not theirs."""
    visit = VisitIn(household_id=life.id, happened_on=today, outcome=Outcome.NOT_FOUND)
    away = AbsenceIn(
        member_ids=[child],
        reason=AbsenceReason.HARVEST,
        away_from=today,
        away_until=today + timedelta(days=9),
    )
    left = LeaveIn(left_on=today, because=MemberLeft.OTHER, note="With an aunt")
    closed = CloseIn(closed_on=today, because=CaseClosed.FINISHED)
    risk = RiskIn(risk=Risk.HIGH, on=today, reason="The uncle")
    back = HandoverIn(village_code=KPT, reason="They came back")
    tried: list[tuple[str, Verb, type[DomainError]]] = [
        ("monitor", lambda uow: service.record_visit(uow, visit, clock=world.clock), HandedOver),
        ("monitor", lambda uow: service.record_absence(uow, life.id, away, clock=world.clock), HandedOver),
        ("caseworker", lambda uow: service.set_risk(uow, life.id, risk, clock=world.clock), HandedOver),
        ("caseworker", lambda uow: service.leave(uow, life.id, child, left, clock=world.clock), HandedOver),
        ("supervisor", lambda uow: service.close(uow, life.id, closed, clock=world.clock), HandedOver),
        ("supervisor", lambda uow: service.hand_over(uow, life.id, back, clock=world.clock), HandedOver),
    ]
    recorded = next((one for one in life.log if isinstance(one, Visited)), None)
    if recorded:
        tried.append(
            (
                "supervisor",
                lambda uow: service.withdraw_visit(uow, recorded.id, "No", clock=world.clock),
                NotFound,
            )
        )
    for role, verb, refused in tried:
        await done(world, await world.person(f"{role}@{life.came_from}"), verb, refused, met)
    async with world.read(await world.person(f"monitor@{life.came_from}")) as reads:
        assert await lists.of_household(reads, life.id, today) == []


def came_back_on(day: date) -> LeavingEndIn:
    return LeavingEndIn(because=LeavingEnded.CAME_BACK, ended_on=day)


def _ended(since: date, random: Random, today: date) -> LeavingEndIn:
    if random.random() < 0.4:
        return LeavingEndIn(because=LeavingEnded.MISTAKE, note="Another family")
    on = random.choice([today, today, since + (today - since) / 2, since, since - timedelta(days=1)])
    return came_back_on(on)
