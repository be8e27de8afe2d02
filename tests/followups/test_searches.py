"""A search goes on until somebody knows: what becomes of the plan that asked after the child ends none."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind
from tests.desk.test_today import seen
from tests.followups.stories import anchored, clock_on
from tests.followups.test_absences import leaves
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World

DAY = timedelta(days=1)
FOUND = date(2026, 3, 2)
TRIED = [FOUND + 7 * number * DAY for number in (1, 2, 3)]
OVER = TRIED[-1] + 7 * DAY
SEARCHES = """
SELECT a.opened_on, a.closed_on, a.closed_because FROM alerts a
WHERE a.kind = 'missing_child' AND a.member_id = $1 ORDER BY a.opened_at
"""


async def searches(world: World, child: UUID) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.owner_rows(SEARCHES, child)]


async def nobody_met(world: World, household_id: UUID, days: list[date] = TRIED) -> list[UUID]:
    made: list[UUID] = []
    for day in days:
        world.clock = clock_on(day)
        effect = await recorded(world, household_id, happened_on=day.isoformat(), outcome="not_found")
        made.append(UUID(effect["visit"]["id"]))
    return made


async def searched_for(world: World, plan: str) -> tuple[UUID, UUID, list[UUID]]:
    """A child who was looked for three times in vain because of one plan alone, which then is taken away."""
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = (await members_of(world, household))["Bopha"]
    visit: dict[str, Any] = {}
    grant = bopha
    world.clock = clock_on(FOUND)
    if plan == "payment":
        grant = await anchored(world, household.id, household.office_id, FOUND)
    else:
        effect = await recorded(
            world, household.id, happened_on=FOUND.isoformat(), findings=[education(bopha, "none")]
        )
        visit = effect["visit"]
    tried = await nobody_met(world, household.id)
    assert await searches(world, bopha) == [(TRIED[-1], None, None)]
    world.clock = clock_on(OVER)
    if plan == "payment":
        async with world.work(await world.person("caseworker@KPT")) as uow:
            await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grant)
    else:
        async with world.client(await world.person("supervisor@KPT")) as client:
            response = await client.post(
                f"/visits/{visit['id']}/corrections",
                json={
                    "finding_id": visit["findings"][0]["id"],
                    "details": {"kind": "education", "state": "formal", "learnt_from": "caregiver"},
                    "reason": "It was the neighbour's child",
                },
            )
            assert response.status_code == 200
    await tick(world.worker, world.clock)
    assert await world.owner_rows("SELECT 1 FROM follow_ups WHERE member_id = $1", bopha) == []
    return household.id, bopha, tried


@pytest.mark.parametrize("plan", ["payment", "extra check"])
async def test_a_search_outlives_the_plan_that_began_it_and_ends_once_the_child_is_seen(
    world: World, plan: str
) -> None:
    household_id, bopha, _ = await searched_for(world, plan)
    assert await searches(world, bopha) == [(TRIED[-1], None, None)]
    day = OVER + DAY
    world.clock = clock_on(day)
    await recorded(
        world, household_id, happened_on=day.isoformat(), findings=[education(bopha)], present=[str(bopha)]
    )
    assert await searches(world, bopha) == [(TRIED[-1], day, "confirmed")]
    # The plan is over: closed doors begin no other search.
    await nobody_met(world, household_id, [day + 7 * number * DAY for number in (1, 2, 3)])
    assert await searches(world, bopha) == [(TRIED[-1], day, "confirmed")]


async def test_a_search_without_a_plan_ends_with_the_closed_doors_that_began_it(world: World) -> None:
    _, bopha, tried = await searched_for(world, "payment")
    async with world.work(await world.person("supervisor@KPT")) as uow:
        await service.withdraw_visit(uow, tried[0], "Another family's door", clock=world.clock)
    await tick(world.worker, world.clock)
    assert await searches(world, bopha) == [(TRIED[-1], OVER, "corrected")]


@pytest.mark.parametrize("state", ["away_alone", "unknown", "with_relatives"])
async def test_that_a_child_is_gone_is_not_taken_where_nobody_would_be_alarmed(
    world: World, state: str
) -> None:
    """Of a visit alone a search begins: what is learnt otherwise would stand on the family's page, and nobody look."""
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = str((await members_of(world, household))["Bopha"])
    said = {"member_id": bopha, "details": {"kind": "whereabouts", "state": state}}
    world.clock = clock_on(FOUND)
    async with world.client(await world.person("caseworker@KPT")) as client:

        async def told(**more: object) -> httpx.Response:
            body = {"happened_on": FOUND.isoformat(), **said, **more}
            return await client.post(f"/households/{household.id}/observations", json=body)

        at_home = await told(details={"kind": "whereabouts", "state": "at_home"})
        assert at_home.status_code == 201
        otherwise = await told()
        corrected = await told(supersedes=at_home.json()["id"], reason="It was the cousin")
        if state == "with_relatives":
            assert (otherwise.status_code, corrected.status_code) == (201, 201)
            return
        for refused in (otherwise, corrected):
            assert refused.status_code == 422
            (fault,) = refused.json()["errors"]
            assert fault["field"] == "details.state"
            assert "Record a visit: by phone or in person." in fault["message"]
        # The way on.
        visit = {"household_id": str(household.id), "happened_on": FOUND.isoformat(), "mode": "phone"}
        effect = await client.post("/visits", json={**visit, "outcome": "met", "findings": [said]})
        assert effect.status_code == 201
    assert await searches(world, UUID(bopha)) == [(FOUND, None, None)]


async def told(world: World, child: UUID) -> dict[str, Any]:
    """The alert that the child is missing, as the API tells it."""
    async with world.client(await world.person("supervisor@KPT")) as client:
        found = [
            one
            for state in ("open", "closed")
            for one in (await client.get(f"/alerts?state={state}")).json()["items"]
            if (one["member_id"], one["kind"]) == (str(child), "missing_child")
        ]
    (one,) = found
    return one


@pytest.mark.parametrize("state", ["away_alone", "unknown"])
async def test_a_search_says_what_was_heard(world: World, state: str) -> None:
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(FOUND)
    gone = {"member_id": str(bopha), "details": {"kind": "whereabouts", "state": state}}
    await recorded(world, household.id, happened_on=FOUND.isoformat(), outcome="refused", findings=[gone])
    assert (await told(world, bopha))["reason"] == state


async def test_a_search_tells_of_every_attempt_and_of_the_visit_that_ended_it(world: World) -> None:
    """In order of their days, whatever order they were entered in; what was before the family was met is none of it."""
    household = await registered(world, await world.person("caseworker@KPT"))
    people = await members_of(world, household)
    bopha = people["Bopha"]
    await anchored(world, household.id, household.office_id, FOUND)

    async def tried(day: int, mode: str = "in_person", *, entered: int | None = None) -> str:
        world.clock = clock_on(date(2026, 3, entered or day))
        happened_on = date(2026, 3, day).isoformat()
        effect = await recorded(world, household.id, happened_on=happened_on, outcome="not_found", mode=mode)
        return f"/visits/{effect['visit']['id']}"

    async def met(day: int, *present: UUID) -> str:
        world.clock = clock_on(date(2026, 3, day))
        there = [str(one) for one in present]
        found = [education(one) for one in present]
        happened_on = date(2026, 3, day).isoformat()
        effect = await recorded(world, household.id, happened_on=happened_on, findings=found, present=there)
        return f"/visits/{effect['visit']['id']}"

    long_ago = await tried(4)
    await met(5)
    last = await tried(14, entered=15)
    calls = [await tried(12, "phone", entered=16), await tried(14, "phone", entered=16)]
    assert await searches(world, bopha) == []
    third = await tried(10, entered=17)
    alert = await told(world, bopha)
    assert (alert["reason"], alert["opened_on"], alert["closed_at_visit"]) == (
        "nobody_met",
        "2026-03-14",
        None,
    )
    later = [await tried(18), await tried(19, "phone")]
    path, family = f"/alerts/{alert['id']}", f"/households/{household.id}"
    why = "Nobody was met on 3 days: Tue 10 Mar, Thu 12 Mar (by telephone), Sat 14 Mar"
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        html = (await browser.get(path)).text
        assert seen(html).count(why) == 2
        happened = html[html.index('id="happened"') :]
        assert re.findall(r'href="(/visits/[^"]+)"', happened) == [
            *reversed(later),
            calls[1],
            last,
            calls[0],
            third,
        ]
        assert happened.count("(by telephone)") == 1 + 3
        assert long_ago not in html
        assert "Nobody was met on several days" in seen((await browser.get(family)).text)
        found = await met(20, bopha)
        assert (await told(world, bopha))["closed_at_visit"] == found.removeprefix("/visits/")
        html = (await browser.get(path)).text
        assert why in seen(html)
        assert "The child was found. Recorded by Monitor.Kpt on Fri 20 Mar. Look at the visit" in seen(html)
        # As the way on, as what closed it, and as what was learnt.
        assert html.count(f'href="{found}"') == 3
        assert f'href="{found}"' in (await browser.get(family)).text


async def test_doors_that_were_closed_while_a_child_was_away_for_the_season_are_no_failures_of_the_search(
    world: World,
) -> None:
    """Bopha was away over the first two; her brother stayed, and they count for him."""
    household = await registered(world, await world.person("caseworker@KPT"))
    people = await members_of(world, household)
    await anchored(world, household.id, household.office_id, FOUND)
    days = [date(2026, 3, day) for day in (9, 11, 16, 18, 20)]
    world.clock = clock_on(FOUND)
    season = {"away_from": "2026-03-08", "away_until": "2026-03-13"}
    gone = await leaves(world, await world.person("monitor@KPT"), household, people["Bopha"], **season)
    assert gone.status_code == 201, gone.text
    await nobody_met(world, household.id, days)
    while_away = "Nobody was met either while the child was away for the season: Mon 9 Mar, Wed 11 Mar"
    on_3 = "Nobody was met on 3 days: "
    for name, on, why in (
        ("Bopha", "2026-03-20", on_3 + "Mon 16 Mar, Wed 18 Mar, Fri 20 Mar"),
        ("Piseth", "2026-03-16", on_3 + "Mon 9 Mar, Wed 11 Mar, Mon 16 Mar"),
    ):
        alert = await told(world, people[name])
        assert (alert["reason"], alert["opened_on"]) == ("nobody_met", on)
        async with world.browser(await world.person("supervisor@KPT")) as browser:
            page = seen((await browser.get(f"/alerts/{alert['id']}")).text)
        assert page.count(why) == 2
        was_away = name == "Bopha"
        assert (while_away in page) is was_away
        happened = page.split("What happened")[1]
        assert happened.count("The child was away for the season.") == 2 * was_away
        assert happened.count("Nobody was there") == 5


async def left_until(world: World, household_id: UUID, who: UUID | None, because: str) -> None:
    """From the 8th until the 13th, on which all of it is said."""
    world.clock = clock_on(date(2026, 3, 13))
    path, left = f"members/{who}/leave", {"left_on": "2026-03-08", "because": "moved", "note": "In Stoung"}
    if who is None:
        path, left = "close", {"closed_on": "2026-03-08", "because": "withdrew", "note": "Left for Stoung"}
    end = {"ended_on": "2026-03-13"} if because == "came_back" else {"note": "It was another"}
    async with world.client(await world.person("supervisor@KPT")) as client:
        gone = await client.post(f"/households/{household_id}/{path}", json=left)
        assert gone.status_code == 201, gone.text
        (leaving,) = (await client.get(f"/households/{household_id}/leavings")).json()["items"]
        ended = await client.post(f"/leavings/{leaving['id']}/end", json={"because": because, **end})
        assert ended.status_code == 200, ended.text


@pytest.mark.parametrize("whole_family", [False, True])
@pytest.mark.parametrize("because", ["came_back", "mistake"])
async def test_doors_that_were_closed_after_a_child_had_left_count_only_where_that_was_a_mistake(
    world: World, whole_family: bool, because: str
) -> None:
    """Bopha left before the first two, alone or with them all, and came back before the third; or had never left."""
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = (await members_of(world, household))["Bopha"]
    await anchored(world, household.id, household.office_id, FOUND)
    days = [date(2026, 3, day) for day in (9, 11, 16, 18, 20)]
    await nobody_met(world, household.id, days[:2])
    world.clock = clock_on(date(2026, 3, 13))
    await left_until(world, household.id, None if whole_family else bopha, because)
    await nobody_met(world, household.id, days[2:])
    left_out = because == "came_back"
    alert = await told(world, bopha)
    assert (alert["reason"], alert["opened_on"]) == ("nobody_met", "2026-03-20" if left_out else "2026-03-16")
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        page = seen((await browser.get(f"/alerts/{alert['id']}")).text)
    counted = "Mon 16 Mar, Wed 18 Mar, Fri 20 Mar" if left_out else "Mon 9 Mar, Wed 11 Mar, Mon 16 Mar"
    assert page.count(f"Nobody was met on 3 days: {counted}") == 2
    besides = "Nobody was met either while the child was not followed: Mon 9 Mar, Wed 11 Mar"
    assert page.count(besides) == 2 * left_out
    happened = page.split("What happened")[1]
    assert happened.count("The child was not followed then.") == 2 * left_out
    assert "away for the season" not in page


async def test_doors_count_again_from_the_day_on_which_a_child_who_was_said_to_have_left_was_seen(
    world: World,
) -> None:
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = (await members_of(world, household))["Bopha"]
    await anchored(world, household.id, household.office_id, FOUND)
    await nobody_met(world, household.id, [date(2026, 3, day) for day in (11, 12)])
    await left_until(world, household.id, bopha, "came_back")
    was_there = [str(bopha)]
    await recorded(
        world, household.id, happened_on="2026-03-10", findings=[education(bopha)], present=was_there
    )
    await nobody_met(world, household.id, [date(2026, 3, 16)])
    alert = await told(world, bopha)
    assert (alert["reason"], alert["opened_on"]) == ("nobody_met", "2026-03-16")
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        page = seen((await browser.get(f"/alerts/{alert['id']}")).text)
    assert page.count("Nobody was met on 3 days: Wed 11 Mar, Thu 12 Mar, Mon 16 Mar") == 2
