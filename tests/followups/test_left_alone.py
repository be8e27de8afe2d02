"""A child who left without the family stands on Today of those who hand families over, until one has taken note."""

from datetime import date, timedelta
from typing import Any

import pytest

from livelihood.followups.queries import left_alone
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_closing import CLOSING, closes
from tests.followups.test_leaving import GOING, NOTE, caseworker, leaves, leaving_of
from tests.support.families import member, members_of, registered
from tests.support.world import Person, World

HEADING = "Children who left without their family"


async def listed(world: World, who: Person) -> list[str]:
    async with world.client(who) as client:
        return [one["leaving_id"] for one in (await client.get("/households/left-alone")).json()["items"]]


async def test_it_stands_on_today_until_a_supervisor_takes_note(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(GOING)
    assert (await leaves(world, await caseworker(world), household, bopha)).status_code == 201
    leaving = await leaving_of(world, await caseworker(world), household, bopha)
    supervisor, stranger = await world.person("supervisor@KPT"), await world.person("supervisor@KMP")
    home, note = f"/households/{household.id}", f"/leavings/{leaving['id']}/note"
    assert await listed(world, supervisor) == [leaving["id"]]
    assert await listed(world, stranger) == []
    async with world.browser(await caseworker(world)) as browser:
        assert HEADING not in seen((await browser.get("/")).text)
        page = (await browser.get(home)).text
        assert "A child left without the family" in seen(page)
        assert note not in page
        assert (await browser.post(note)).status_code == 403
    async with world.browser(stranger) as browser:
        assert HEADING not in seen((await browser.get("/")).text)
        assert (await browser.post(note)).status_code == 404
    async with world.browser(supervisor) as browser:
        for page in ("/", "/handovers"):
            html = (await browser.get(page)).text
            assert HEADING in seen(html), page
            assert f'href="{home}"' in html
        page = (await browser.get(home)).text
        assert NOTE in page
        assert f'action="{note}"' in page
        assert "Take note of សុខ បុប្ផា (Sok Bopha)" in seen(page)
        for _ in range(2):
            done = await browser.post(note)
            assert done.status_code == 303, done.text
        assert "Taken note of" in seen((await browser.get(done.headers["location"])).text)
        for page in ("/", "/handovers", home):
            html = (await browser.get(page)).text
            assert HEADING not in seen(html), page
            assert f'action="{note}"' not in html
    assert await listed(world, supervisor) == []
    again = await leaving_of(world, await caseworker(world), household, bopha)
    assert (again["noted_by"], again["noted_at"][:10]) == ("Supervisor.Kpt", GOING.isoformat())
    async with world.browser(await caseworker(world)) as browser:
        told = seen((await browser.get(home)).text).split("Taken note of: left without the family")
    assert len(told) == 2, "once, though it was sent twice"
    assert "Supervisor.Kpt" in told[0][-60:]


@pytest.mark.parametrize(
    ("who", "because", "waits"),
    [("Bopha", "other", True), ("Bopha", "died", False), ("Dara", "moved", False)],
)
async def test_it_is_of_children_who_live_elsewhere(
    world: World, who: str, because: str, waits: bool
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    heir = {"new_head_id": str(people["Piseth"])} if who == "Dara" else {}
    left = await leaves(world, await caseworker(world), household, people[who], because=because, **heir)
    assert left.status_code == 201, left.text
    supervisor = await world.person("supervisor@KPT")
    assert bool(await listed(world, supervisor)) is waits
    if waits:
        leaving = await leaving_of(world, supervisor, household, people[who])
        async with world.client(supervisor) as client:
            back = {"because": "came_back", "ended_on": GOING.isoformat()}
            assert (await client.post(f"/leavings/{leaving['id']}/end", json=back)).status_code == 200
        assert await listed(world, supervisor) == []


async def stands(
    world: World, who: Person, household: Household, leaving: dict[str, Any]
) -> tuple[bool, bool]:
    """Whether the child stands on Today, and whether the family's page offers to take note."""
    async with world.browser(who) as browser:
        today = HEADING in seen((await browser.get("/")).text)
        return today, f"/leavings/{leaving['id']}/note" in (
            await browser.get(f"/households/{household.id}")
        ).text


@pytest.mark.parametrize(
    ("born_on", "precision", "waits"),
    [
        ("2008-02-23", "day", False),
        ("2008-02-24", "day", True),
        ("2008-01-01", "month", False),
        ("2008-02-01", "month", True),
        ("2007-04-01", "year", False),
        ("2008-02-01", "year", True),
    ],
)
async def test_who_left_as_a_child_waits_though_they_have_grown_up_since(
    world: World, born_on: str, precision: str, waits: bool
) -> None:
    """As children they count until the latest possible birthday, on the day on which they left."""
    head = member("Dara", "1985-03-02", "head")
    child = member("Bopha", born_on, "daughter", born_precision=precision)
    household = await registered(world, await caseworker(world), members=[head, child])
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(GOING)
    supervisor = await world.person("supervisor@KPT")
    assert (await leaves(world, supervisor, household, bopha)).status_code == 201
    leaving = await leaving_of(world, supervisor, household, bopha)
    for day in (GOING, GOING + timedelta(days=1), date(2028, 1, 1)):
        world.clock = clock_on(day)
        assert await stands(world, supervisor, household, leaving) == (waits, waits), day


async def test_it_can_be_taken_note_of_after_the_case_was_closed(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(GOING)
    supervisor = await world.person("supervisor@KPT")
    assert (await leaves(world, supervisor, household, bopha)).status_code == 201
    leaving = await leaving_of(world, supervisor, household, bopha)
    world.clock = clock_on(CLOSING)
    assert (await closes(world, supervisor, household)).status_code == 201
    assert await stands(world, supervisor, household, leaving) == (True, True)
    async with world.browser(supervisor) as browser:
        assert (await browser.post(f"/leavings/{leaving['id']}/note")).status_code == 303
    assert await stands(world, supervisor, household, leaving) == (False, False)
    assert await listed(world, supervisor) == []


async def test_today_reads_those_alone_who_wait(world: World) -> None:
    """Today is opened all day long, and of the leavings of the years nearly all have been taken note of."""
    household, _ = await paid_family(world)
    supervisor = await world.person("supervisor@KPT")
    made = await world.owner_rows(
        "INSERT INTO members SELECT (jsonb_populate_record(m, jsonb_build_object('id', uuidv7()))).*"
        " FROM (SELECT m FROM members m WHERE relationship <> 'head' LIMIT 1), generate_series(1, 1000) RETURNING id"
    )
    await world.owner_rows(
        "INSERT INTO leavings (id, household_id, office_id, member_id, left_on, because, recorded_by, recorded_at,"
        " noted_by, noted_at) SELECT uuidv7(), $1, $2, member, $3, 'moved', $4, now(), $4, now() FROM unnest($5::uuid[]) member",
        household.id, household.office_id, GOING, supervisor.id, [row["id"] for row in made],
    )  # fmt: skip
    await world.owner_rows("ANALYZE leavings")
    arguments = left_alone.TO_NOTE.arguments({"offices": [household.office_id], "limit": 5})
    async with world.read(supervisor) as reads:
        plan = await reads.conn.fetch(f"EXPLAIN {left_alone.TO_NOTE.sql}", *arguments)
    assert "ix_leavings_to_note" in "\n".join(row[0] for row in plan)
