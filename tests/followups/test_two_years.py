"""Two years, day by day: families to whom everything happens, and workers that look every evening.

After every day the stored rows are those that the facts call for, everybody was told once, and whatever is due stands
in every list. `LIVELIHOOD_SEEDS=12 pytest tests/followups/test_two_years.py` lives through more lives than CI does.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from livelihood.clock import Clock
from livelihood.db.actor import Named
from livelihood.followups import service
from livelihood.followups.queries import facts, lists, worklist
from livelihood.followups.queries import policy as policies
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.facts import AnchorKind, Mode, Outcome
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.policy import Policy
from livelihood.followups.rules.state import FollowUp, State, state
from livelihood.followups.schemas import VisitIn
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    LearntFrom,
    Whereabouts,
    WhereaboutsState,
)
from livelihood.observations.schemas import Finding, ObservationIn
from livelihood.observations.service import record
from tests.followups.stories import PAID, anchored, clock_on, monitor
from tests.support.families import member, members_of, registered
from tests.support.world import ZONE, Person, World

DAYS = 730
FAMILIES = 2
SEEDS = range(int(os.environ.get("LIVELIHOOD_SEEDS", "1")))
STEPS = (("reminder", 1), ("escalated_supervisor", 14), ("escalated_manager", 30))
# What a visitor may find of a child, and whether that confirms the child when it is found in person.
FINDINGS: list[tuple[Details, bool]] = [
    (Education(EducationState.FORMAL), True),
    (Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER), False),
    (Education(EducationState.NONE), True),
    (Education(EducationState.FORMAL), True),
    (Education(EducationState.FORMAL), True),
    (Education(EducationState.FORMAL, days_present=10, days_open=20), True),
    (Education(EducationState.UNKNOWN), False),
    (Whereabouts(WhereaboutsState.AWAY_ALONE), False),
]


@dataclass
class Life:
    """One family as the simulation knows it, without asking the code that is tested."""

    id: UUID
    office_id: int
    children: list[UUID]
    grants: list[UUID] = field(default_factory=list)
    findings: list[tuple[UUID, date, bool]] = field(default_factory=list)
    lost: dict[UUID, date] = field(default_factory=dict)
    told: set[tuple[UUID, str, date | None]] = field(default_factory=set)
    closed: bool = False

    def confirmed_on(self, child: UUID) -> date | None:
        return max((day for who, day, good in self.findings if who == child and good), default=None)


def local_day(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_child_is_forgotten_in_two_years(world: World, seed: int) -> None:
    random = Random(seed)
    caseworker, recorder = await world.person("caseworker@KPT"), await monitor(world)
    lives = [await born(world, caseworker, random) for _ in range(FAMILIES)]
    known: Known | None = None
    plans: dict[UUID, Plan] = {}
    for number in range(DAYS):
        today = PAID + timedelta(days=number)
        world.clock = clock_on(today, 17)
        changed = await policy_changes(world, number, today)
        for life in lives:
            if random.random() < 0.05:
                await something_happens(world, life, recorder, random, today)
                changed = True
        # On a quiet day nobody writes: what was stored yesterday is to be what today calls for.
        if await tick(world.worker, world.clock) or changed:
            known = await loaded(world, lives)
            plans = worked_out(known, today)
            await stored_is_what_the_facts_call_for(world, plans)
        else:
            assert worked_out(known, today) == plans
        for life in lives:
            everybody_was_told_once(life, plans[life.id], today)
        if number % 5 == 0:
            await nothing_due_is_invisible(world, recorder, plans, today)


async def born(world: World, caseworker: Person, random: Random) -> Life:
    people = [member("Dara", "1985-03-02", "head")]
    for name in ("Bopha", "Piseth", "Sokha"):
        year = random.choice([2008, 2009, 2013, 2016, 2020])
        people.append(member(name, f"{year}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}", "son"))
    household = await registered(world, caseworker, members=people)
    ids = await members_of(world, household)
    life = Life(household.id, household.office_id, [ids[one] for one in ("Bopha", "Piseth", "Sokha")])
    life.grants.append(await anchored(world, life.id, on=PAID))
    return life


async def policy_changes(world: World, number: int, today: date) -> bool:
    """A new version of a protocol in mid-course, and schools shut by a flood; everybody is looked at again."""
    if number == 150:
        await world.owner_rows(
            "INSERT INTO protocols (key, version, effective_from, source, anchors, slots, from_age, to_age) "
            "SELECT key, 2, $1, 'A test', anchors, slots - 2, 7, to_age FROM protocols "
            "WHERE key = 'school_retention' AND version = 1",
            today + timedelta(days=40),
        )
    elif number == 320:
        await world.owner_rows(
            "INSERT INTO school_vacations (id, starts_on, ends_on, name, assumed, source) "
            "VALUES (uuidv7(), $1, $2, 'Flood', false, 'A test')",
            today - timedelta(days=5),
            today + timedelta(days=30),
        )
    else:
        return False
    await world.owner_rows(
        "INSERT INTO dirty (household_id, office_id, cause) SELECT id, office_id, 'policy' FROM households"
    )
    return True


async def something_happens(world: World, life: Life, recorder: Person, random: Random, today: date) -> None:
    """At most one thing a day to a family; visits are what happens most."""
    what = random.choice(
        ["visit"] * 12 + ["fail"] * 4 + ["correct", "grant", "reverse", "leave", "risk", "away", "lose"]
    )
    child = random.choice(life.children)
    if what == "visit":
        await visited(world, life, recorder, random, today)
    elif what == "fail":
        body = VisitIn(household_id=life.id, happened_on=today, outcome=Outcome.NOT_FOUND)
        async with world.work(recorder) as uow:
            await service.record_visit(uow, body, clock=world.clock)
    elif what == "correct":
        await corrected(world, life, recorder, world.clock)
    elif what == "grant" and len(life.grants) < 2:
        life.grants.append(await anchored(world, life.id, on=today))
    elif what == "reverse" and len(life.grants) > 1:
        async with world.work(recorder) as uow:
            await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=life.grants.pop())
    elif what == "leave" and random.random() < 0.4:
        await changed(
            world, life, "UPDATE members SET left_on = $2, left_because = 'died' WHERE id = $1", child, today
        )
    elif what == "risk":
        await changed(
            world,
            life,
            "INSERT INTO anchors (id, household_id, office_id, kind, source_id, anchored_on, ended_on, recorded_at) "
            "VALUES (uuidv7(), $1, 1, 'high_risk', uuidv7(), $2, $3, $4)",
            life.id,
            today,
            random.choice([None, today + timedelta(days=90)]),
            world.clock.now(),
        )
    elif what == "away":
        await changed(
            world,
            life,
            "INSERT INTO absences (id, household_id, office_id, member_id, away_from, away_until, recorded_by, "
            "recorded_at) VALUES (uuidv7(), $1, 1, $2, $3, $4, $5, $6)",
            life.id,
            child,
            today + timedelta(days=3),
            today + timedelta(days=60),
            recorder.id,
            world.clock.now(),
        )
    elif what == "lose" and child not in life.lost:
        life.lost[child] = today
        await changed(
            world,
            life,
            "INSERT INTO losses (id, household_id, office_id, member_id, reason, decided_on, decided_by, recorded_at) "
            "VALUES (uuidv7(), $1, 1, $2, 'Nobody knows', $3, $4, $5)",
            life.id,
            child,
            today,
            recorder.id,
            world.clock.now(),
        )


async def changed(world: World, life: Life, sql: str, *args: object) -> None:
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(sql, *args)
        await uow.mark_dirty(life.id, life.office_id, "a test")


async def visited(world: World, life: Life, recorder: Person, random: Random, today: date) -> None:
    """On the day, or recorded weeks later; sometimes by telephone; sometimes twice."""
    day = max(today - timedelta(days=random.choice([0, 0, 0, 3, 40, 120])), PAID)
    mode = random.choice([Mode.IN_PERSON, Mode.IN_PERSON, Mode.IN_PERSON, Mode.PHONE])
    found = [(child, *random.choice(FINDINGS)) for child in life.children if random.random() < 0.8]
    body = VisitIn(
        household_id=life.id,
        happened_on=day,
        outcome=Outcome.MET,
        mode=mode,
        findings=tuple(Finding(details, child) for child, details, _ in found),
    )
    for _ in range(random.choice([1, 1, 1, 2]) if day == today else 1):
        async with world.work(recorder) as uow:
            await service.record_visit(uow, body, clock=world.clock)
    life.findings += [(child, day, good and mode is Mode.IN_PERSON) for child, _, good in found]


async def corrected(world: World, life: Life, recorder: Person, clock: Clock) -> None:
    """The newest finding of a child was wrong: nothing was learnt."""
    wrong = await world.owner_rows(
        "SELECT id, member_id, happened_on FROM observations o WHERE household_id = $1 AND kind = 'education' AND "
        "NOT EXISTS (SELECT FROM observations s WHERE s.supersedes = o.id) AND supersedes IS NULL "
        "ORDER BY recorded_at DESC LIMIT 1",
        life.id,
    )
    for row in wrong:
        body = ObservationIn(
            happened_on=row["happened_on"],
            details=Education(EducationState.UNKNOWN),
            member_id=row["member_id"],
            supersedes=row["id"],
            reason="Another child",
        )
        async with world.work(recorder) as uow:
            await record(uow, life.id, body, clock=clock)
    rows = await world.owner_rows(
        "SELECT o.member_id, o.happened_on, v.mode, o.details FROM observations o JOIN visits v ON v.id = o.visit_id "
        "WHERE o.household_id = $1 AND v.outcome = 'met' "
        "AND NOT EXISTS (SELECT FROM observations s WHERE s.supersedes = o.id)",
        life.id,
    )
    life.findings = [
        (
            row["member_id"],
            row["happened_on"],
            confirming(json.loads(row["details"])) and row["mode"] == "in_person",
        )
        for row in rows
    ]


def confirming(details: dict[str, Any]) -> bool:
    return (
        details["kind"] == "education"
        and details["state"] != "unknown"
        and details.get("learnt_from") != "caregiver"
    )


Known = tuple[Policy, list[facts.Loaded]]


async def loaded(world: World, lives: list[Life]) -> Known:
    async with world.worker.work(Named("worker")) as uow:
        return await policies.in_full(uow), await facts.load(uow, [life.id for life in lives], local_day)


def worked_out(known: Known | None, today: date) -> dict[UUID, Plan]:
    assert known is not None
    policy, families = known
    plans: dict[UUID, Plan] = {}
    for one in families:
        calendar = policies.calendar_of(policy, one.household.province)
        plan = desired(one.household, policy.protocols, calendar, today, local_day, Numbers(policy.numbers))
        assert one.next_change_on == plan.next_change_on
        plans[one.household.id] = plan
    return plans


async def stored_is_what_the_facts_call_for(world: World, plans: dict[UUID, Plan]) -> None:
    for table, key, wanted in (
        ("follow_ups", "id", [one for plan in plans.values() for one in plan.follow_ups]),
        ("consequences", "id", [one for plan in plans.values() for one in plan.consequences]),
        ("followed_children", "member_id", [one for plan in plans.values() for one in plan.followed]),
    ):
        rows = {row[key]: row for row in await world.owner_rows(f"SELECT * FROM {table}")}
        assert rows.keys() == {getattr(one, key) for one in wanted}
        for one in wanted:
            row = rows[getattr(one, key)]
            assert {name: row[name] for name in one.__struct_fields__} == msgspec.structs.asdict(one)
    alerts = {row["id"]: row for row in await world.owner_rows("SELECT * FROM alerts")}
    for plan in plans.values():
        for alert in plan.alerts:
            row = alerts.pop(alert.id)
            assert {name: row[name] for name in alert.__struct_fields__} == msgspec.structs.asdict(alert)
    assert all(row["closed_on"] for row in alerts.values())


def everybody_was_told_once(life: Life, plan: Plan, today: date) -> None:
    """By a small model of its own: whoever is still waited for, since when, and who has to know by now."""
    followed = {one.member_id: one for one in plan.followed}
    for child in life.children:
        confirmed = life.confirmed_on(child)
        waiting = [one.closes_on for one in plan.follow_ups if waited_for(one, child, confirmed, today)]
        if child not in followed or not waiting:
            continue
        since = min(waiting)
        assert followed[child].unconfirmed_since == since
        lost = life.lost.get(child)
        if lost and confirmed and confirmed > lost:
            lost = None
        for kind, after in STEPS:
            step = since + timedelta(days=after)
            if step <= today and (lost is None or step <= lost or (child, kind, confirmed) in life.told):
                life.told.add((child, kind, confirmed))
            elif (child, kind, confirmed) not in life.told:
                break
    told = Counter((one.member_id, one.kind.value) for one in plan.consequences if one.since)
    assert told == Counter((child, kind) for child, kind, _ in life.told)


def waited_for(one: FollowUp, child: UUID, confirmed: date | None, today: date) -> bool:
    answered_in_time = one.settled_on is not None and one.settled_on <= one.closes_on
    if one.because is not None:
        answered_in_time = one.because.value != "lost"
    return (
        one.member_id == child
        and one.planned_purpose.value in {"school", "home"}
        and one.reminds
        and one.closes_on < today
        and (confirmed is None or one.closes_on > confirmed)
        and not answered_in_time
    )


async def nothing_due_is_invisible(
    world: World, recorder: Person, plans: dict[UUID, Plan], today: date
) -> None:
    every = [one for plan in plans.values() for one in plan.follow_ups]
    due = {one.id for one in every if one.reminds and state(one, today) in {State.DUE, State.OVERDUE}}
    async with world.read(recorder) as reads:
        page = await lists.list_follow_ups(reads, today=today, limit=200)
        assert {one.id for one in page.items} == due
        listed = await worklist.worklist(reads, today=today)
        cards = [card for village in listed.villages for card in village.cards]
        shown = {one.id for card in cards for _, mine in card.people for one in mine}
        assert shown | {one.id for card in cards for one in card.business} == due
        for household_id, plan in plans.items():
            in_sql = {one.id: one.state for one in await lists.of_household(reads, household_id, today)}
            assert in_sql == {one.id: state(one, today) for one in plan.follow_ups}
