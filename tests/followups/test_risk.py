"""High risk: said with a day and a reason, checked every two weeks, ended without losing what was checked."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import first_risk_id
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor
from tests.support.families import registered
from tests.support.world import Person, World

INTAKE = date(2026, 1, 5)
BEGUN = date(2026, 2, 2)
ENDED = date(2026, 3, 4)
REASON = "An uncle asks for the boy at the kiln"
PASSED = "The uncle has left the village"


async def said(world: World, person: Person, household: Household, **changes: object) -> httpx.Response:
    today = world.clock.today()
    body: dict[str, Any] = {"risk": "high", "on": today.isoformat(), "reason": REASON, **changes}
    async with world.client(person) as client:
        return await client.post(f"/households/{household.id}/risk", json=body)


async def fortnights(world: World, household: Household) -> list[tuple[str, date]]:
    """The fortnightly checks of one child, by slot and day, those that were seen to included."""
    rows = await world.owner_rows(
        "SELECT DISTINCT anchor_id, slot, due_on FROM follow_ups WHERE household_id = $1 AND protocol = 'high_risk' "
        "ORDER BY due_on",
        household.id,
    )
    return [(row["slot"], row["due_on"]) for row in rows]


def every_two_weeks(since: date, count: int) -> list[tuple[str, date]]:
    return [(f"fortnight_{n}", since + timedelta(days=14 * n)) for n in range(1, count + 1)]


async def family(world: World, **more: object) -> tuple[Person, Household]:
    caseworker = await world.person("caseworker@KPT")
    world.clock = clock_on(INTAKE)
    household = await registered(world, caseworker, caseworker_id=str(caseworker.id), **more)
    await tick(world.worker, world.clock)
    return caseworker, household


async def test_high_risk_plans_two_fortnightly_checks_ahead_at_once(world: World):
    caseworker, household = await family(world)
    assert await fortnights(world, household) == []
    world.clock = clock_on(BEGUN)
    answer = await said(world, caseworker, household)
    assert (answer.status_code, answer.json()["risk"]) == (201, "high")
    assert await fortnights(world, household) == every_two_weeks(BEGUN, 2)
    (child, other) = await world.owner_rows("SELECT high_risk FROM followed_children")
    assert child["high_risk"]
    assert other["high_risk"]


async def test_standard_again_ends_the_checks_and_keeps_those_that_were(world: World):
    caseworker, household = await family(world)
    world.clock = clock_on(BEGUN)
    await said(world, caseworker, household)
    world.clock = clock_on(ENDED)
    await tick(world.worker, world.clock)
    assert await fortnights(world, household) == every_two_weeks(BEGUN, 4)
    answer = await said(world, caseworker, household, risk="standard", reason=PASSED)
    assert (answer.status_code, answer.json()["risk"]) == (201, "standard")
    assert await fortnights(world, household) == every_two_weeks(BEGUN, 2)
    world.clock = clock_on(ENDED + timedelta(days=200))
    await tick(world.worker, world.clock)
    assert await fortnights(world, household) == every_two_weeks(BEGUN, 2)


async def test_ending_the_risk_of_the_intake_keeps_its_checks(world: World):
    """It has an anchor only in the rules; what was checked by it must not vanish with the word `high`."""
    caseworker, household = await family(world, risk="high", risk_reason="Told at intake")
    world.clock = clock_on(ENDED)
    await tick(world.worker, world.clock)
    before = await world.owner_rows("SELECT id, slot FROM follow_ups WHERE opens_on <= $1", ENDED)
    assert before
    answer = await said(world, caseworker, household, risk="standard", reason=PASSED)
    assert answer.status_code == 201, answer.text
    after = await world.owner_rows("SELECT id, slot FROM follow_ups")
    assert {row["id"] for row in after} == {row["id"] for row in before}
    (anchor,) = await world.owner_rows("SELECT * FROM anchors")
    assert anchor["id"] == first_risk_id(household.id)
    assert (anchor["anchored_on"], anchor["ended_on"]) == (INTAKE, ENDED)


async def test_high_again_answers_a_review_and_begins_anew(world: World):
    caseworker, household = await family(world, risk="high", risk_reason="Told at intake")
    over = INTAKE + timedelta(days=14 * 26)
    world.clock = clock_on(over)
    await tick(world.worker, world.clock)
    assert len(await world.owner_rows("SELECT FROM consequences WHERE kind = 'risk_review'")) == 1
    assert len(await fortnights(world, household)) == 26
    answer = await said(world, caseworker, household)
    assert answer.status_code == 201, answer.text
    assert (await fortnights(world, household))[26:] == every_two_weeks(over, 2)
    world.clock = clock_on(over + timedelta(days=1))
    await tick(world.worker, world.clock)
    assert len(await world.owner_rows("SELECT FROM consequences WHERE kind = 'risk_review'")) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"on": "2026-02-03"}, "on"),
        ({"on": "2026-01-04"}, "on"),
        ({"risk": "standard"}, "risk"),
        ({"reason": ""}, "reason"),
        ({"risk": "low"}, "risk"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(world: World, changes: dict[str, Any], field: str):
    caseworker, household = await family(world)
    world.clock = clock_on(BEGUN)
    answer = await said(world, caseworker, household, **changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await fortnights(world, household) == []


async def test_a_change_cannot_go_before_the_last_one(world: World):
    caseworker, household = await family(world)
    world.clock = clock_on(BEGUN)
    await said(world, caseworker, household)
    before = (BEGUN - timedelta(days=1)).isoformat()
    answer = await said(world, caseworker, household, risk="standard", on=before)
    assert answer.status_code == 422
    assert "2 Feb 2026" in answer.text


async def test_sent_twice_it_is_said_once(world: World):
    caseworker, household = await family(world)
    world.clock = clock_on(BEGUN)
    change = "0196a2c0-0000-7000-8000-000000000001"
    for _ in range(2):
        assert (await said(world, caseworker, household, id=change)).status_code == 201
    assert len(await world.owner_rows("SELECT FROM anchors")) == 1
    assert len(await world.owner_rows("SELECT FROM risk_reasons")) == 1


async def test_who_may_say_so(world: World):
    _, household = await family(world)
    world.clock = clock_on(BEGUN)
    expected = {"monitor@KPT": 403, "trainer@KPT": 403, "manager": 403, "caseworker@KMP": 404}
    for role, status in (expected | {"supervisor@KPT": 201}).items():
        assert (await said(world, await world.person(role), household)).status_code == status, role


async def test_the_reasons_are_read_by_the_assigned_and_the_focal_point_alone(world: World):
    caseworker, household = await family(world, risk="high", risk_reason="Told at intake")
    world.clock = clock_on(ENDED)
    # Who may say so need not be one of those who may read it.
    colleague = await world.person("caseworker@KPT", name="colleague")
    assert (await said(world, colleague, household, risk="standard", reason=PASSED)).status_code == 201
    told = ["Told at intake", PASSED]
    expected = {
        caseworker: told,
        await world.person("focal_point@KPT"): told,
        colleague: [],
        await world.person("supervisor@KPT"): [],
    }
    for person, reasons in expected.items():
        async with world.client(person) as client:
            answer = await client.get(f"/households/{household.id}/risk")
        assert [one["reason"] for one in answer.json()["items"]] == reasons, person.username
        async with world.browser(person) as browser:
            page = seen((await browser.get(f"/households/{household.id}")).text)
        assert "The risk is standard again" in page, person.username
        assert [reason for reason in told if reason in page] == reasons, person.username
    trainer = await world.person("trainer@KPT")
    async with world.client(trainer) as client:
        assert (await client.get(f"/households/{household.id}/risk")).status_code == 403
    async with world.browser(trainer) as browser:
        assert "risk" not in seen((await browser.get(f"/households/{household.id}")).text)


async def test_the_database_keeps_the_word_to_the_office_and_the_trail_without_it(world: World):
    caseworker, household = await family(world)
    world.clock = clock_on(BEGUN)
    await said(world, caseworker, household)
    trail = await world.owner_rows("SELECT row_to_json(a)::text AS entry FROM audit.entries a")
    assert trail
    assert not [row for row in trail if REASON in row["entry"]]
    stranger = await world.person("caseworker@KMP")
    async with world.work(stranger) as uow:
        with pytest.raises(Exception, match="permission denied for this household"):
            await uow.conn.execute(
                "SELECT app.say_risk($1, uuidv7(), 'high', '2026-01-05', 'x', now())", household.id
            )
        await uow.session.rollback()


async def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(world: World):
    caseworker, household = await family(world)
    world.clock = clock_on(BEGUN)
    async with world.browser(caseworker) as browser:
        page = await browser.get(f"/households/{household.id}")
        assert f'href="/households/{household.id}/risk"' in page.text
        form = {"risk": "high", "on": "2026-02-03", "reason": REASON}
        refused = await browser.post(f"/households/{household.id}/risk", data=form)
        assert refused.status_code == 422
        assert REASON in refused.text
        assert "is in the future" in seen(refused.text)
        done = await browser.post(f"/households/{household.id}/risk", data=form | {"on": "2026-02-02"})
        assert done.status_code == 303
        page = seen((await browser.get(done.headers["location"])).text)
    assert "The risk is changed." in page
    assert "high risk" in page
    async with world.browser(await monitor(world)) as browser:
        page = await browser.get(f"/households/{household.id}")
        assert f'href="/households/{household.id}/risk"' not in page.text
