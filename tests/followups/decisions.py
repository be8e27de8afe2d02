"""Risk, absence, loss and mistakes, said by people of every role: whom the verb refuses, the memory of the family refuses too."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, Forbidden, InvalidInput, NotFound
from livelihood.followups import service
from livelihood.followups.rules.facts import AbsenceReason
from livelihood.followups.schemas import AbsenceEndIn, AbsenceIn, CorrectionIn
from livelihood.followups.schemas_care import LossIn
from livelihood.followups.service.alerts import ChildIsLookedFor
from livelihood.followups.service.care import LostAlready, NotSilent
from livelihood.followups.service.corrections import WithdrawnAlready
from livelihood.households.rules import Risk as HowRisky
from livelihood.households.schemas import RiskIn
from tests.followups.confirmation_model import there_on
from tests.followups.lives import GROWN, Away, Life, Risk, Visited
from tests.followups.silence_model import Row
from tests.support.world import Person, World

Verb = Callable[[UnitOfWork], Awaitable[object]]
LONGEST_SEASON = 270
# From further back nobody remembers when they left.
REMEMBERED = timedelta(days=366)


async def done(
    world: World, person: Person, verb: Verb, refused: type[DomainError] | None, met: Counter[str]
) -> bool:
    """If it is to be; refused for the reason that is to be, if not."""
    was_refused: DomainError | None = None
    try:
        async with world.work(person) as uow:
            await verb(uow)
    except DomainError as error:
        was_refused = error
    assert (was_refused and type(was_refused)) is refused, was_refused
    if refused:
        met[refused.__name__] += 1
    return refused is None


async def of_role(world: World, role: str, life: Life) -> Person:
    return await world.person(f"{role}@{life.office}")


async def risk(world: World, life: Life, random: Random, today: date, met: Counter[str]) -> list[Life]:
    """High, high once more, or standard again; from today or from a day or two ago."""
    role = random.choice(["monitor", "caseworker", "caseworker", "supervisor"])
    is_high = bool(life.risks) and life.risks[-1].ended_on is None
    how = random.choice([HowRisky.HIGH, HowRisky.STANDARD, HowRisky.STANDARD if is_high else HowRisky.HIGH])
    on = today - timedelta(days=random.choice([0, 0, 2, 30]))
    known_until = max([life.intake_on, *(one.ended_on or one.on for one in life.risks)])
    refused = None
    if role == "monitor":
        refused = Forbidden
    elif (how is HowRisky.STANDARD and not is_high) or on < known_until:
        refused = InvalidInput
    body = RiskIn(risk=how, on=on, reason="The uncle")

    async def verb(uow: UnitOfWork) -> None:
        await service.set_risk(uow, life.id, body, clock=world.clock)

    if not await done(world, await of_role(world, role, life), verb, refused, met):
        return []
    for one in life.risks:
        one.ended_on = one.ended_on or on
    life.risks += [Risk(on)] if how is HowRisky.HIGH else []
    return [life]


async def away(
    world: World, life: Life, child: UUID, random: Random, today: date, row: Row | None, met: Counter[str]
) -> list[Life]:
    """With the season's work, said before or long after they left; of who lives there no more nobody can say it. `row`: the
    child on the board of silence; who is silent is said to have been away all the time.
    """
    since = today + timedelta(days=random.choice([-60, 0, 3, 20]))
    if row and row.unconfirmed_since:
        since = max(row.unconfirmed_since - timedelta(days=40), row.confirmed_on or date.min)
    until = since + timedelta(days=random.choice([0, 20, 60, 60, 150, LONGEST_SEASON + 1]))
    left_on = life.children[child].left_on
    nonsense = not since < until <= since + timedelta(days=LONGEST_SEASON)
    nonsense = nonsense or since < today - REMEMBERED
    seen = there_on(life, child)
    twice = any(
        one.child == child and one.since < until and since < one.back_on(seen) for one in life.absences
    )
    unseen = life.is_back_unseen(child, since, until, seen)
    was_there = any(day > since for day in seen)
    is_grown = life.children[child].turns(GROWN) <= since
    has_left = left_on is not None and left_on <= since
    refused = (
        InvalidInput if nonsense or twice or has_left or was_there or (unseen and not is_grown) else None
    )
    body = AbsenceIn(member_ids=[child], reason=AbsenceReason.HARVEST, away_from=since, away_until=until)

    async def verb(uow: UnitOfWork) -> None:
        await service.record_absence(uow, life.id, body, clock=world.clock)

    role = random.choice(["monitor", "caseworker", "supervisor"])
    if not await done(world, await of_role(world, role, life), verb, refused, met):
        return []
    known = [one.id for one in life.absences]
    (made,) = await world.owner_rows(
        "SELECT id FROM absences WHERE household_id = $1 AND id <> ALL ($2)", life.id, known
    )
    met["away all the time"] += bool(row and row.unconfirmed_since and since < row.unconfirmed_since)
    life.absences.append(Away(since, until, today, made["id"], child))
    return [life]


async def back(world: World, life: Life, random: Random, today: date, met: Counter[str]) -> list[Life]:
    """Earlier than was said, or they never went, which ends no silence of whoever was not found on the return."""
    absence = random.choice(life.absences)
    back_on = min(today, absence.until) if today.toordinal() % 5 else absence.since
    try:
        async with world.work(await world.person(f"monitor@{life.office}")) as uow:
            await service.end_absence(uow, absence.id, AbsenceEndIn(back_on=back_on), clock=world.clock)
    except InvalidInput:
        assert back_on <= absence.since
        assert absence.back_on(there_on(life, absence.child)) < today
        met["said not to have gone, and not found"] += 1
        return []
    if back_on <= absence.since:
        life.absences.remove(absence)
    else:
        # Of who was to be looked for by now, the word that they were back earlier is no news.
        absence.back_said_on = min(today, max(absence.until, absence.back_said_on))
        absence.until = back_on
    return [life]


async def lose(
    world: World,
    life: Life,
    child: UUID,
    random: Random,
    today: date,
    row: Row | None,
    is_missing: bool,
    met: Counter[str],
) -> list[Life]:
    """A supervisor alone gives a child up, one of whom nothing was heard when it was due or who is said to be gone, and
    once until the child is seen again. `row`: the child on the board of silence, where it is there.
    """
    role = random.choice(["monitor", "caseworker", "supervisor", "supervisor", "supervisor"])
    refused: type[DomainError] | None = None
    if row is None:
        refused = NotFound
    elif role != "supervisor":
        refused = Forbidden
    elif row.lost_on is not None:
        refused = LostAlready
    elif row.unconfirmed_since is None and (row.confirmed_on == today or not is_missing):
        refused = NotSilent

    async def verb(uow: UnitOfWork) -> None:
        await service.declare_lost(uow, child, LossIn(reason="Nobody knows"), clock=world.clock)

    if not await done(world, await of_role(world, role, life), verb, refused, met):
        return []
    life.lost.append((child, today))
    met["lost"] += 1
    return [life]


async def correct(
    world: World,
    life: Life,
    visit: UUID,
    body: CorrectionIn,
    is_missing: bool,
    is_nonsense: bool,
    recorder: Person,
    random: Random,
    met: Counter[str],
) -> bool:
    """By who recorded the visit or by a supervisor; of a child who is looked for by a supervisor alone. `is_nonsense`: it
    cannot be true beside what else the visit found.
    """
    role = random.choice([*["recorder"] * 6, "monitor", "caseworker", "supervisor", "supervisor"])
    person = recorder if role == "recorder" else await of_role(world, role, life)
    refused: type[DomainError] | None = None
    if role in {"monitor", "caseworker"}:
        refused = Forbidden
    elif role == "recorder" and is_missing:
        refused = ChildIsLookedFor
    elif is_nonsense:
        refused = InvalidInput

    async def verb(uow: UnitOfWork) -> None:
        await service.correct_finding(uow, visit, body, clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return False
    met["corrected"] += 1
    return True


async def withdraw(
    world: World, life: Life, is_missing: bool, recorder: Person, random: Random, met: Counter[str]
) -> list[Life]:
    """A visit that was recorded by mistake, by who recorded it or by a supervisor; once. `is_missing`: a child of this
    family is looked for.
    """
    visits = [one for one in life.log if isinstance(one, Visited)][-6:]
    again = bool(life.withdrawn) and random.random() < 0.1
    if not visits and not again:
        return []
    visit = random.choice(life.withdrawn if again else visits)
    role = random.choice(["recorder", "recorder", "monitor", "caseworker", "supervisor", "supervisor"])
    person = recorder if role == "recorder" else await of_role(world, role, life)
    refused: type[DomainError] | None = None
    if role in {"monitor", "caseworker"}:
        refused = Forbidden
    elif again:
        refused = WithdrawnAlready
    elif role == "recorder" and is_missing:
        refused = ChildIsLookedFor

    async def verb(uow: UnitOfWork) -> None:
        await service.withdraw_visit(uow, visit.id, "Again" if again else "Next door", clock=world.clock)

    if not await done(world, person, verb, refused, met):
        return []
    life.withdraw(visit)
    met["withdrawn"] += 1
    return [life]
