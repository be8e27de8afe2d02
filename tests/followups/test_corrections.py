"""A finding that is corrected and a visit that is withdrawn: what stood is readable, and counts no more."""

import os
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.schemas import VisitIn
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    LearntFrom,
    Whereabouts,
    WhereaboutsState,
    Work,
)
from livelihood.observations.schemas import Finding
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_visits import confirmed_on, education, recorded
from tests.support.families import members_of
from tests.support.world import World

SEEDS = range(int(os.environ.get("LIVELIHOOD_SEEDS", "4")))
WHY = "It was the child of the neighbours"


async def alerts(world: World) -> list[tuple[str, str | None]]:
    rows = await world.owner_rows("SELECT kind, closed_because FROM alerts ORDER BY opened_at, id")
    return [(row["kind"], row["closed_because"]) for row in rows]


async def test_a_corrected_finding_counts_as_it_stands_and_shows_what_stood(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    visit = (await recorded(world, household.id, findings=[education(people["Bopha"], "none")]))["visit"]
    assert await alerts(world) == [("out_of_school", None)]
    wrong = visit["findings"][0]["id"]
    body = {
        "id": str(uuid4()),
        "finding_id": wrong,
        "details": {"kind": "education", "state": "formal", "grade": 4},
        "reason": WHY,
    }
    path = f"/visits/{visit['id']}/corrections"
    async with world.client(await world.person("monitor@KMP")) as client:
        assert (await client.post(path, json=body)).status_code == 404
    async with world.client(await monitor(world)) as client:
        same = await client.post(path, json=body | {"details": {"kind": "education", "state": "none"}})
        assert [fault["field"] for fault in same.json()["errors"]] == ["details"]
        assert same.json()["errors"][0]["message"].startswith("This is what was recorded.")
        unexplained = await client.post(path, json=body | {"reason": ""})
        assert [fault["field"] for fault in unexplained.json()["errors"]] == ["reason"]
        other = await client.post(path, json=body | {"finding_id": str(uuid4())})
        assert other.status_code == 404
        effects = [(await client.post(path, json=body)).json() for _ in range(2)]
    assert effects[0] == effects[1]
    (finding,) = effects[0]["visit"]["findings"]
    assert (finding["member_id"], finding["details"]["grade"]) == (str(people["Bopha"]), 4)
    (correction,) = effects[0]["corrections"]
    assert (correction["corrects"], correction["id"]) == (wrong, finding["id"])
    assert (correction["before"]["state"], correction["after"]["state"]) == ("none", "formal")
    assert (correction["reason"], correction["by"]) == (WHY, "Monitor.Kpt")
    assert await alerts(world) == [("out_of_school", "corrected")]
    assert len(effects[0]["settled"]) == 1


async def test_a_visit_is_withdrawn_by_who_recorded_it_or_a_supervisor_there(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    visits = [
        (await recorded(world, household.id, findings=[education(people["Bopha"])]))["visit"]["id"]
        for _ in range(2)
    ]
    for who, status in (
        ("caseworker@KPT", 403),
        ("supervisor@KMP", 404),
        ("trainer@KPT", 404),
        ("manager", 403),
    ):
        async with world.client(await world.person(who)) as client:
            refused = await client.post(f"/visits/{visits[0]}/withdrawal", json={"reason": WHY})
        assert refused.status_code == status, who
    assert await world.owner_rows("SELECT FROM visit_withdrawals") == []
    for who, visit in zip(("monitor@KPT", "supervisor@KPT"), visits, strict=True):
        async with world.client(await world.person(who)) as client:
            for _ in range(2):
                done = await client.post(f"/visits/{visit}/withdrawal", json={"reason": WHY})
                assert done.status_code == 200, done.text
            other = await client.post(f"/visits/{visit}/withdrawal", json={"reason": "Another reason"})
            assert other.status_code == 409
            finding = done.json()["visit"]["findings"][0]["id"]
            correction = {
                "finding_id": finding,
                "details": {"kind": "education", "state": "none"},
                "reason": WHY,
            }
            refused = await client.post(f"/visits/{visit}/corrections", json=correction)
            assert [fault["field"] for fault in refused.json()["errors"]] == ["finding_id"]
        assert done.json()["visit"]["withdrawn"]["reason"] == WHY
        assert done.json()["settled"] == []
    assert await confirmed_on(world, people["Bopha"]) is None


async def test_while_a_child_is_missing_only_a_supervisor_withdraws_a_visit(world: World) -> None:
    """Whoever recorded it may be mistaken, or may have been told to be: a second person ends the search."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    alone = {"member_id": str(people["Bopha"]), "details": {"kind": "whereabouts", "state": "away_alone"}}
    visit = (await recorded(world, household.id, findings=[alone]))["visit"]["id"]
    path = f"/visits/{visit}/withdrawal"
    async with world.client(await monitor(world)) as client:
        refused = await client.post(path, json={"reason": WHY})
        assert (refused.status_code, refused.json()["code"]) == (403, "child-is-looked-for")
    async with world.browser(await monitor(world)) as browser:
        page = await browser.get(f"/visits/{visit}/withdraw")
        assert page.status_code == 403
        assert "Until the child is found a supervisor withdraws its visits." in page.text
        assert (f'href="/visits/{visit}"' in page.text, "<textarea" in page.text) == (True, False)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        assert "<textarea" in (await browser.get(f"/visits/{visit}/withdraw")).text
    assert await alerts(world) == [("missing_child", None)]
    async with world.client(await world.person("supervisor@KPT")) as client:
        assert (await client.post(path, json={"reason": WHY})).status_code == 200
    assert await alerts(world) == [("missing_child", "corrected")]


@pytest.mark.parametrize("which", range(3))
async def test_a_missing_child_alert_falls_with_any_of_the_attempts_that_raised_it(
    world: World, which: int
) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    tried = [
        await recorded(
            world,
            household.id,
            happened_on=(MONTH_1 - timedelta(days=3 - n)).isoformat(),
            outcome="not_found",
        )
        for n in range(3)
    ]
    assert set(await alerts(world)) == {("missing_child", None)}
    await taken_back(world, UUID(tried[which]["visit"]["id"]))
    assert set(await alerts(world)) == {("missing_child", "corrected")}


async def test_nothing_counts_a_visit_that_was_withdrawn(world: World) -> None:
    """Attempts, who recorded the same day, trips, loads, second looks, a school's pupils."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    (school,) = await world.owner_rows(
        "INSERT INTO schools (id, village_code, name_km) SELECT uuidv7(), village_code, 'សាលា' FROM households "
        "WHERE id = $1 RETURNING id",
        household.id,
    )
    at_school = education(people["Bopha"], school_id=str(school["id"]))
    met = await recorded(world, household.id, "caseworker@KPT", findings=[at_school])
    out = await recorded(world, household.id, findings=[education(people["Piseth"], "none")])
    tried = await recorded(
        world, household.id, happened_on=(MONTH_1 - timedelta(days=1)).isoformat(), outcome="not_found"
    )
    assert (tried["attempts"], [one["id"] for one in met["recorded_twice"]]) == (1, [])
    async with world.client(await monitor(world)) as client:
        assert (await client.get(f"/schools/{school['id']}/roll-call")).json()["children"]
        assert (await client.get("/trips")).json()["items"]
    for who, one in (("caseworker@KPT", met), ("monitor@KPT", out), ("monitor@KPT", tried)):
        async with world.client(await world.person(who)) as client:
            done = await client.post(f"/visits/{one['visit']['id']}/withdrawal", json={"reason": WHY})
            assert done.status_code == 200, done.text
    async with world.client(await world.person("supervisor@KPT")) as client:
        loads = (await client.get("/monitors", params={"office": household.office_id})).json()["items"]
        assert sum(one["visits"] for one in loads) == 0
        drawn = await client.post(
            "/spot-checks",
            json={
                "office_id": household.office_id,
                "monitor_id": str((await monitor(world)).id),
            },
        )
        assert drawn.json()["code"] == "nothing-to-draw", drawn.text
    async with world.client(await monitor(world)) as client:
        assert (await client.get(f"/schools/{school['id']}/roll-call")).json()["children"] == []
        assert (await client.get("/trips")).json()["items"] == []
        again = await client.post(
            "/visits",
            json={
                "household_id": str(household.id),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "not_found",
            },
        )
    assert again.json()["attempts"] == 1
    assert again.json()["recorded_twice"] == []
    assert ("out_of_school", "corrected") in await alerts(world)


async def test_who_met_the_family_by_mistake_only_makes_no_plan_and_is_not_looked_at_again(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(people["Piseth"], "none")])
    mistaken = (await recorded(world, household.id, "caseworker@KPT"))["visit"]["id"]
    (alert,) = await world.owner_rows("SELECT id FROM alerts")
    caseworker, supervisor = await world.person("caseworker@KPT"), await world.person("supervisor@KPT")
    async with world.client(supervisor) as client:
        body = {"office_id": household.office_id, "monitor_id": str(caseworker.id)}
        assert (await client.post("/spot-checks", json=body)).status_code == 201
        drawn = f"/monitors/{caseworker.id}/spot-checks?office={household.office_id}"
        assert len((await client.get(drawn)).json()["items"]) == 1
        await client.post(f"/visits/{mistaken}/withdrawal", json={"reason": WHY})
        assert (await client.get(drawn)).json()["items"] == []
    async with world.client(caseworker) as client:
        plan = {"barrier": "cost", "action": "x", "who": "y", "due_on": MONTH_1.isoformat()}
        refused = await client.post(f"/alerts/{alert['id']}/support-plans", json=plan)
        assert refused.json()["code"] == "family-not-met", refused.text


async def test_a_withdrawn_visit_is_replaced_by_the_right_one_and_only_such_a_one(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    wrong = await recorded(world, household.id, findings=[education(people["Bopha"], "none")])
    right = {
        "household_id": str(household.id),
        "happened_on": (MONTH_1 - timedelta(days=1)).isoformat(),
        "outcome": "met",
        "replaces": wrong["visit"]["id"],
        "findings": [education(people["Bopha"])],
    }
    async with world.client(await monitor(world)) as client:
        early = await client.post("/visits", json=right)
        assert [fault["field"] for fault in early.json()["errors"]] == ["replaces"]
        await client.post(f"/visits/{wrong['visit']['id']}/withdrawal", json={"reason": WHY})
        made = (await client.post("/visits", json=right)).json()
        before = (await client.get(f"/visits/{wrong['visit']['id']}")).json()
        again = await client.post("/visits", json=right)
        assert [fault["field"] for fault in again.json()["errors"]] == ["replaces"]
        assert "recorded again already" in again.text
    assert made["visit"]["replaces"] == wrong["visit"]["id"]
    assert before["visit"]["replaced_by"] == [made["visit"]["id"]]
    assert await alerts(world) == [("out_of_school", "corrected")]


FINDINGS: list[Details] = [
    Education(EducationState.FORMAL),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER),
    Education(EducationState.NONE),
    Education(EducationState.FORMAL, days_present=10, days_open=20),
    Education(EducationState.UNKNOWN),
    Whereabouts(WhereaboutsState.AWAY_ALONE),
    Work(economic_hours=20, chore_hours=3),
]
NAMES = ("Bopha", "Piseth")
Answers = list[tuple[str, Details]]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
async def test_withdrawing_leaves_everything_as_if_it_had_never_been_recorded(
    world: World, seed: int
) -> None:
    """Two families to whom the same happens, but that of one of them somebody records visits that never were."""
    random = Random(seed)
    twins = [(await paid_family(world))[0] for _ in range(2)]
    people = [await members_of(world, twin) for twin in twins]
    wrong: list[UUID] = []
    for number in range(1, 300, 9):
        world.clock = clock_on(PAID + timedelta(days=number))
        if random.random() < 0.6:
            day, outcome, mode, answers = made_up(random, number)
            for twin, members in zip(twins, people, strict=True):
                await went(world, twin.id, members, day, outcome, mode, answers)
        if random.random() < 0.4:
            day, outcome, mode, answers = made_up(random, number)
            wrong.append(await went(world, twins[1].id, people[1], day, outcome, mode, answers))
        if wrong and random.random() < 0.2:
            await taken_back(world, wrong.pop(random.randrange(len(wrong))))
        await tick(world.worker, world.clock)
    for visit in wrong:
        await taken_back(world, visit)
    assert await as_stored(world, twins[0].id) == await as_stored(world, twins[1].id)
    never = await world.owner_rows(
        "SELECT DISTINCT closed_because FROM alerts JOIN visit_withdrawals USING (visit_id)"
    )
    assert None not in {row["closed_because"] for row in never}
    assert await world.owner_rows(
        "SELECT FROM alerts JOIN visit_withdrawals USING (visit_id) WHERE closed_because = 'corrected'"
    )


def made_up(random: Random, number: int) -> tuple[date, Outcome, Mode, Answers]:
    day = PAID + timedelta(days=max(0, number - random.choice([0, 0, 0, 20])))
    if random.random() < 0.3:
        said: Answers = [("Bopha", FINDINGS[5])] if random.random() < 0.3 else []
        return day, random.choice([Outcome.NOT_FOUND, Outcome.REFUSED]), Mode.IN_PERSON, said
    return day, Outcome.MET, Mode.IN_PERSON, [(name, random.choice(FINDINGS)) for name in NAMES]


async def went(
    world: World,
    household_id: UUID,
    members: dict[str, UUID],
    day: date,
    outcome: Outcome,
    mode: Mode,
    answers: Answers,
) -> UUID:
    findings = tuple(Finding(details, members[name]) for name, details in answers)
    body = VisitIn(household_id=household_id, happened_on=day, outcome=outcome, mode=mode, findings=findings)
    async with world.work(await monitor(world)) as uow:
        return await service.record_visit(uow, body, clock=world.clock)


async def taken_back(world: World, visit_id: UUID) -> None:
    async with world.work(await world.person("supervisor@KPT")) as uow:
        await service.withdraw_visit(uow, visit_id, WHY, clock=world.clock)


async def as_stored(world: World, household_id: UUID) -> dict[str, list[Any]]:
    """Without ids, and without how far a silence was told: what was told once stays told."""
    asked = {
        "follow_ups": "SELECT m.given_name_latin, f.protocol, f.slot, f.purpose, f.opens_on, f.due_on, f.closes_on, "
        "f.lapses_on, f.reminds, f.settled, f.settled_on, f.because FROM follow_ups f "
        "LEFT JOIN members m ON m.id = f.member_id WHERE f.household_id = $1",
        "followed": "SELECT m.given_name_latin, c.followed_since, c.confirmed_on, c.unconfirmed_since, c.high_risk, "
        "c.lost_on FROM followed_children c JOIN members m ON m.id = c.member_id WHERE c.household_id = $1",
        "open alerts": "SELECT m.given_name_latin, a.kind, a.opened_on FROM alerts a "
        "JOIN members m ON m.id = a.member_id WHERE a.household_id = $1 AND a.closed_on IS NULL",
    }
    found: dict[str, list[Any]] = {}
    for what, sql in asked.items():
        rows = [tuple(row) for row in await world.owner_rows(sql, household_id)]
        found[what] = sorted(rows, key=lambda row: tuple(str(value) for value in row))
    return found
