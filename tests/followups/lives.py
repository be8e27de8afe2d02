"""Families to whom everything happens that the rules speak of, and what a bystander would remember of it.

What there is a verb for is done by the verb; the rest is written as the fact that it is, with its mark.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

from livelihood.binding import bind
from livelihood.db.actor import Named
from livelihood.followups import service
from livelihood.followups.rules.facts import AnchorKind, Mode, Outcome
from livelihood.followups.schemas import VisitIn
from livelihood.households import service as households
from livelihood.households.schemas import NewMember
from livelihood.observations.rules import (
    Business,
    BusinessState,
    Details,
    Education,
    EducationState,
    LearntFrom,
    Whereabouts,
    WhereaboutsState,
    Work,
)
from livelihood.observations.schemas import Finding, ObservationIn
from livelihood.observations.service import record
from tests.followups.stories import PAID, anchored
from tests.support.families import member, members_of, registered
from tests.support.world import Person, World

# What a visitor may find of a child; whether it says where the child learns; whether, in person, it confirms the child.
FINDINGS: list[tuple[Details, bool, bool]] = [
    (Education(EducationState.FORMAL), True, True),
    (Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER), True, False),
    (Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER), True, False),
    (Education(EducationState.FORMAL, learnt_from=LearntFrom.REGISTER), True, True),
    (Education(EducationState.NONE), True, True),
    (Education(EducationState.FORMAL, days_present=10, days_open=20), True, True),
    (Education(EducationState.UNKNOWN), False, False),
    (Whereabouts(WhereaboutsState.AWAY_ALONE), False, False),
    (Work(economic_hours=20, chore_hours=3), False, False),
]
EVENTS = Counter(
    {
        "visit": 14,
        "fail": 4,
        "correct": 4,
        "risk": 3,
        "grant": 2,
        "reverse": 2,
        "join": 2,
        "leave": 1,
        "away": 1,
        "lose": 2,
        "close": 1,
    }
)
LAST_DAYS = {"day": lambda day: day, "year": lambda day: date(day.year, 12, 31)}


@dataclass
class Child:
    born_by: date
    left_on: date | None = None

    def is_grown(self, today: date) -> bool:
        return (self.born_by.year + 18, self.born_by.month, self.born_by.day) <= today.timetuple()[:3]


@dataclass
class Found:
    """One finding as it stands: of which day, whether it answers a check, whether it confirms the child."""

    visit_id: UUID
    child: UUID
    day: date
    answers: bool
    confirms: bool
    mode: Mode


@dataclass
class Life:
    """One family as the simulation knows it, without asking the code that is tested."""

    id: UUID
    office_id: int
    children: dict[UUID, Child]
    grants: list[UUID] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    lost: list[tuple[UUID, date]] = field(default_factory=list)
    risk: UUID | None = None
    closed_on: date | None = None

    def is_followed(self, child: UUID, today: date) -> bool:
        who = self.children[child]
        gone = (who.left_on, self.closed_on)
        return not who.is_grown(today) and not any(day is not None and day <= today for day in gone)


async def born(world: World, caseworker: Person, random: Random) -> Life:
    """One child turns 6 in these two years, one turns 18, of one the year of birth alone is known."""
    births = {
        "Bopha": (date(2020, 2, 1) + timedelta(days=random.randrange(650)), "day"),
        "Piseth": (date(2008, 2, 1) + timedelta(days=random.randrange(650)), "day"),
        "Sokha": (date(random.choice([2010, 2013, 2016]), 1, 1), "year"),
    }
    people = [member("Dara", "1985-03-02", "head")]
    people += [member(name, day.isoformat(), born_precision=how) for name, (day, how) in births.items()]
    household = await registered(world, caseworker, members=people)
    ids = await members_of(world, household)
    children = {ids[name]: Child(LAST_DAYS[how](day)) for name, (day, how) in births.items()}
    life = Life(household.id, household.office_id, children)
    life.grants.append(await anchored(world, life.id, on=PAID))
    return life


async def something_happens(world: World, life: Life, recorder: Person, random: Random, today: date) -> bool:
    """One thing a day to a family at most; whether its follow-ups were worked out in the same breath."""
    (what,) = random.sample(list(EVENTS), 1, counts=EVENTS.values())
    child = random.choice(list(life.children))
    if what == "visit":
        await visited(world, life, recorder, random, today)
        return True
    if what == "fail":
        outcome = random.choice([one for one in Outcome if one is not Outcome.MET])
        day = max(today - timedelta(days=random.choice([0, 0, 9])), PAID)
        body = VisitIn(household_id=life.id, happened_on=day, outcome=outcome)
        async with world.work(recorder) as uow:
            await service.record_visit(uow, body, clock=world.clock)
        return True
    if what == "correct":
        await corrected(world, life, recorder, random)
    elif what == "grant" and len(life.grants) < 2:
        life.grants.append(await anchored(world, life.id, on=today))
    elif what == "reverse" and life.grants:
        async with world.work(recorder) as uow:
            await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=life.grants.pop())
    elif what == "join" and len(life.children) < 5:
        await joined(world, life, random, today)
    elif what == "leave" and life.children[child].left_on is None:
        life.children[child].left_on = today
        why = random.choice(["died", "moved"])
        await said(
            world, life, "UPDATE members SET left_on = $2, left_because = $3 WHERE id = $1", child, today, why
        )
    elif what == "close" and life.closed_on is None and random.random() < 0.3:
        life.closed_on = today
        why = random.choice(["finished", "moved", "withdrew"])
        sql = "UPDATE households SET status = 'closed', closed_on = $2, closed_because = $3 WHERE id = $1"
        await said(world, life, sql, life.id, today, why)
    elif what == "risk":
        await risk_changed(world, life, today)
    elif what == "away":
        await said(
            world,
            life,
            "INSERT INTO absences (id, household_id, office_id, member_id, away_from, away_until, recorded_by, "
            "recorded_at) VALUES (uuidv7(), $1, $2, $3, $4, $5, $6, $7)",
            life.id,
            life.office_id,
            child,
            today + timedelta(days=3),
            today + timedelta(days=60),
            recorder.id,
            world.clock.now(),
        )
    elif what == "lose":
        life.lost.append((child, today))
        await said(
            world,
            life,
            "INSERT INTO losses (id, household_id, office_id, member_id, reason, decided_on, decided_by, recorded_at) "
            "VALUES (uuidv7(), $1, $2, $3, 'Nobody knows', $4, $5, $6)",
            life.id,
            life.office_id,
            child,
            today,
            recorder.id,
            world.clock.now(),
        )
    return False


async def said(world: World, life: Life, sql: str, *args: object) -> None:
    """A fact for which there is no verb here, with the mark that a verb would leave."""
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(sql, *args)
        await uow.mark_dirty(life.id, life.office_id, "a test")


async def visited(world: World, life: Life, recorder: Person, random: Random, today: date) -> None:
    """On the day, or recorded days or months later; sometimes by telephone; sometimes twice."""
    day = max(today - timedelta(days=random.choice([0, 0, 0, 0, 3, 20, 40, 120])), PAID)
    mode = random.choice([Mode.IN_PERSON, Mode.IN_PERSON, Mode.PHONE])
    seen = [(child, *random.choice(FINDINGS)) for child in life.children if random.random() < 0.8]
    if mode is Mode.PHONE:
        seen = [one for one in seen if not isinstance(one[1], Work)]
    seen = [one for one in seen if life.children[one[0]].born_by <= day]
    findings = [Finding(details, child) for child, details, *_ in seen]
    if random.random() < 0.5:
        findings.append(Finding(Business(BusinessState.OPERATING)))
    body = VisitIn(
        household_id=life.id, happened_on=day, outcome=Outcome.MET, mode=mode, findings=tuple(findings)
    )
    # Two colleagues who were there together each record it.
    for _ in range(random.choice([1, 1, 1, 2])):
        async with world.work(recorder) as uow:
            visit_id = await service.record_visit(uow, body, clock=world.clock)
        in_person = mode is Mode.IN_PERSON
        life.found += [
            Found(visit_id, child, day, answers, confirms and in_person, mode)
            for child, details, answers, confirms in seen
            if isinstance(details, Education)
        ]


async def corrected(world: World, life: Life, recorder: Person, random: Random) -> None:
    """What was found of a child was wrong: nothing was learnt, or something else, or on another day."""
    if not life.found:
        return
    wrong = random.choice(life.found[-6:])
    (row,) = await world.owner_rows(
        "WITH RECURSIVE form AS (SELECT id FROM observations WHERE visit_id = $1 AND member_id = $2 "
        "AND kind = 'education' UNION SELECT o.id FROM observations o JOIN form ON o.supersedes = form.id) "
        "SELECT id FROM form WHERE NOT EXISTS (SELECT FROM observations o WHERE o.supersedes = form.id)",
        wrong.visit_id,
        wrong.child,
    )
    details, answers, confirms = random.choice([FINDINGS[0], FINDINGS[1], FINDINGS[4], FINDINGS[6]])
    day = max(wrong.day - timedelta(days=random.choice([0, 0, 2])), PAID)
    body = ObservationIn(
        happened_on=day, details=details, member_id=wrong.child, supersedes=row["id"], reason="Another child"
    )
    async with world.work(recorder) as uow:
        await record(uow, life.id, body, clock=world.clock)
    wrong.day, wrong.answers = day, answers
    wrong.confirms = confirms and wrong.mode is Mode.IN_PERSON


async def joined(world: World, life: Life, random: Random, today: date) -> None:
    """A child comes to live with the family, and somebody hears of it on the day or weeks later."""
    since = max(today - timedelta(days=random.choice([0, 30])), PAID)
    day = since - timedelta(days=random.choice([1900, 2300, 4500, 6300]))
    body = bind(NewMember, {**member("Rith", day.isoformat()), "joined_on": since.isoformat()}, typed=True)
    async with world.work(await world.person("caseworker@KPT")) as uow:
        new = await households.add_member(uow, life.id, body, clock=world.clock)
    life.children[new.id] = Child(day)


async def risk_changed(world: World, life: Life, today: date) -> None:
    """High, or back."""
    if life.risk is None:
        life.risk = uuid4()
        sql = (
            "INSERT INTO anchors (id, household_id, office_id, kind, source_id, anchored_on, recorded_at) "
            "VALUES ($1, $2, $3, 'high_risk', uuidv7(), $4, $5)"
        )
        await said(world, life, sql, life.risk, life.id, life.office_id, today, world.clock.now())
    else:
        await said(world, life, "UPDATE anchors SET ended_on = $2 WHERE id = $1", life.risk, today)
        life.risk = None
