"""Visits: who was met and who was there, what only a telephone or a closed door can tell, and two records of one day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.families import members_of
from tests.support.world import World

OF_THE_DAY = {"happened_on": MONTH_1.isoformat(), "outcome": "met"}


def education(member_id: UUID, state: str = "formal", **said: object) -> dict[str, Any]:
    return {"member_id": str(member_id), "details": {"kind": "education", "state": state, **said}}


async def recorded(world: World, household_id: UUID, who: str = "monitor@KPT", **body: Any) -> dict[str, Any]:
    async with world.client(await world.person(who)) as client:
        made = await client.post("/visits", json=OF_THE_DAY | {"household_id": str(household_id)} | body)
        assert made.status_code == 201, made.text
        return made.json()


async def confirmed_on(world: World, member_id: UUID) -> date | None:
    (row,) = await world.owner_rows(
        "SELECT confirmed_on FROM followed_children WHERE member_id = $1", member_id
    )
    return row["confirmed_on"]


async def test_a_child_who_was_there_is_confirmed_on_whose_word_so_ever(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    effect = await recorded(
        world,
        household.id,
        met="caregiver",
        present=[str(people["Bopha"])],
        findings=[education(people[name], learnt_from="caregiver") for name in ("Bopha", "Piseth")],
    )
    assert effect["visit"]["present"] == [str(people["Bopha"])]
    assert effect["visit"]["met"] == "caregiver"
    assert await confirmed_on(world, people["Bopha"]) == MONTH_1
    assert await confirmed_on(world, people["Piseth"]) is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "phone", "present": ["Bopha"]}, "present"),
        ({"outcome": "not_found", "present": ["Bopha"]}, "present"),
        ({"present": ["nobody"]}, "present"),
        ({"outcome": "not_found", "met": "caregiver"}, "met"),
        ({"mode": "phone", "outcome": "no_access"}, "outcome"),
        ({"school_id": str(uuid4())}, "school_id"),
        ({"mode": "register"}, "school_id"),
        ({"mode": "register", "school_id": str(uuid4())}, "school_id"),
        ({"happened_on": (MONTH_1 + timedelta(days=1)).isoformat()}, "happened_on"),
        ({"happened_on": "2015-01-01"}, "happened_on"),
    ],
)
async def test_what_cannot_have_been_seen_is_refused_at_its_field(
    world: World, body: dict[str, Any], field: str
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    if "present" in body:
        body = body | {"present": [str(people.get(name, uuid4())) for name in body["present"]]}
    async with world.client(await monitor(world)) as client:
        refused = await client.post("/visits", json=OF_THE_DAY | {"household_id": str(household.id)} | body)
    assert refused.status_code == 422, refused.text
    assert field in {fault["field"] for fault in refused.json()["errors"]}
    assert await world.owner_rows("SELECT FROM visits") == []


@pytest.mark.parametrize("state", ["away_alone", "unknown", "away_with_family", "at_home"])
async def test_a_child_who_was_seen_there_is_not_away_as_well(world: World, state: str) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    child = people["Bopha"]
    world.clock = clock_on(MONTH_1)
    told = {"member_id": str(child), "details": {"kind": "whereabouts", "state": state}}
    away = state in {"away_alone", "unknown"}
    body = OF_THE_DAY | {"household_id": str(household.id), "present": [str(child)], "findings": [told]}
    async with world.client(await monitor(world)) as client:
        answer = await client.post("/visits", json=body)
    assert answer.status_code == (422 if away else 201), answer.text
    if away:
        assert [fault["field"] for fault in answer.json()["errors"]] == ["findings.0"]
    form = {
        "household_id": str(household.id), "happened_on": MONTH_1.isoformat(), "outcome": "met", "mode": "in_person",
        "people-0-member_id": str(child), "people-0-school": "not_seen", "people-0-whereabouts": state,
        "people-0-present": "true", "nothing_learnt": f"{people['Piseth']} {household.id}",
    }  # fmt: skip
    async with world.browser(await monitor(world)) as browser:
        sent = await browser.post("/visits/new", data=form)
    assert sent.status_code == (422 if away else 303)
    assert ("f-people-0-whereabouts-error" in sent.text) is away


async def test_days_without_meeting_anybody_are_counted_until_somebody_is_met(world: World) -> None:
    """A visit where nobody was met is no visit to the family (medic/cht-core#5415)."""
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    days = [MONTH_1 - timedelta(days=back) for back in (9, 6, 6, 3)]
    tries = [
        await recorded(world, household.id, happened_on=day.isoformat(), outcome="not_found") for day in days
    ]
    assert [one["attempts"] for one in tries] == [1, 2, 2, 3]
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        assert "Nobody was met on the last 3 days somebody went or called." in form
        shown = (await browser.get(f"/visits/{tries[-1]['visit']['id']}")).text
        assert "3 days in a row without meeting anybody." in shown
    assert (await recorded(world, household.id))["attempts"] == 0
    async with world.browser(await monitor(world)) as browser:
        assert "Nobody was met" not in (await browser.get(f"/visits/new?household={household.id}")).text


async def test_two_records_of_one_day_are_both_kept_and_each_names_the_other(world: World) -> None:
    """Duplicate check-ups of two devices (avni-server#902); a second visit must not replace the first (avni-client#1446)."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    first = await recorded(world, household.id, findings=[education(people["Bopha"])])
    second = await recorded(world, household.id, "caseworker@KPT", findings=[education(people["Bopha"])])
    again = await recorded(world, household.id, happened_on=(MONTH_1 - timedelta(days=1)).isoformat())
    ids = [one["visit"]["id"] for one in (first, second)]
    assert len(first["settled"]) == 1
    async with world.browser(await monitor(world)) as browser:
        for one, other in (ids, ids[::-1]):
            shown = (await browser.get(f"/visits/{one}")).text
            assert "Recorded twice:" in shown
            assert f"/visits/{other}" in shown
        assert "Recorded twice" not in (await browser.get(f"/visits/{again['visit']['id']}")).text
    settled = await world.owner_rows("SELECT FROM follow_ups WHERE settled_on = $1", MONTH_1)
    assert len(settled) == 1


async def test_what_a_register_says_confirms_a_child_and_counts_as_no_visit_to_the_family(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    await world.owner_rows(
        "INSERT INTO schools (id, village_code, name_km) VALUES (uuidv7(), $1, 'សាលា')",
        household.village_code,
    )
    (school,) = await world.owner_rows("SELECT id FROM schools")
    world.clock = clock_on(MONTH_1)
    await recorded(
        world, household.id, happened_on=(MONTH_1 - timedelta(days=1)).isoformat(), outcome="not_found"
    )
    read = await recorded(
        world,
        household.id,
        mode="register",
        school_id=str(school["id"]),
        findings=[education(people["Bopha"], learnt_from="register", days_present=18, days_open=20)],
    )
    assert len(read["settled"]) == 1
    assert await confirmed_on(world, people["Bopha"]) == MONTH_1
    assert (await recorded(world, household.id, outcome="not_found"))["attempts"] == 2
    async with world.browser(await monitor(world)) as browser:
        shown = await browser.get(f"/visits/{read['visit']['id']}")
        assert "Read in the register" in shown.text
        assert "register" in (await browser.get(f"/households/{household.id}")).text
    async with world.client(await monitor(world)) as client:
        refused = await client.post(
            "/visits",
            json=OF_THE_DAY
            | {
                "household_id": str(household.id),
                "mode": "register",
                "school_id": str(school["id"]),
                "findings": [education(people["Bopha"], learnt_from="caregiver")],
            },
        )
    assert [fault["field"] for fault in refused.json()["errors"]] == ["findings.0"]
    await tick(world.worker, world.clock)
    assert await confirmed_on(world, people["Bopha"]) == MONTH_1


@pytest.mark.parametrize(
    ("first", "second", "who", "why"),
    [
        ("formal", "formal", "caseworker@KPT", {"twice": True, "contested": 0, "departed": 0}),
        ("formal", "none", "caseworker@KPT", {"twice": True, "contested": 1, "departed": 0}),
        ("formal", "none", "monitor@KPT", {"twice": True, "contested": 1, "departed": 0}),
        ("formal", "formal", "monitor@KPT", {"twice": True, "contested": 0, "departed": 0}),
    ],
)
async def test_a_second_record_of_a_day_says_whether_it_went_to_review_and_why(
    world: World, first: str, second: str, who: str, why: dict[str, Any] | None
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    reviewer = await world.person("supervisor@KPT")
    world.clock = clock_on(MONTH_1)
    one = await recorded(world, household.id, findings=[education(people["Bopha"], first)])
    assert one["review"] is None
    other = await recorded(world, household.id, who, findings=[education(people["Bopha"], second)])
    assert other["review"] == why
    ids = [made["visit"]["id"] for made in (one, other)]
    sides = f'href="/reviews/{household.id}/{MONTH_1}"'
    async with world.browser(await monitor(world)) as browser, world.browser(reviewer) as deciding:
        for this, that in (ids, ids[::-1]):
            shown = (await browser.get(f"/visits/{this}")).text
            assert f'href="/visits/{that}"' in shown
            assert ("went to review" in shown) is (why is not None)
            assert ("Already answered by the other record of this day" in shown) is (this == ids[1])
            assert ("It is decided by: Supervisor.Kpt." in shown) is (why is not None)
            assert ("two records say" in shown) is bool(why and why["twice"])
            assert ("contradict each other about 1 child" in shown) is bool(why and why["contested"])
            assert sides not in shown
            assert (sides in (await deciding.get(f"/visits/{this}")).text) is (why is not None)
        if why is None:
            assert "There is another record of this day." in seen(
                (await browser.get(f"/visits/{ids[1]}")).text
            )


@pytest.mark.parametrize("days", [0, 1, 5])
async def test_what_was_entered_on_a_later_day_says_so_wherever_it_is_read(world: World, days: int) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1 + timedelta(days=days))
    made = await recorded(world, household.id, happened_on=MONTH_1.isoformat(), findings=[education(bopha)])
    async with world.browser(await monitor(world)) as browser:
        home = seen((await browser.get(f"/households/{household.id}")).text)
        page = seen((await browser.get(f"/visits/{made['visit']['id']}")).text)
    assert ("entered on" in home) is (days > 0)
    assert ("Entered on" in page) is (days > 0)
