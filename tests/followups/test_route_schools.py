"""A day's route by school: nothing that is due is lost on the way, and the page leads to the roll call."""

from uuid import UUID

import pytest

from livelihood.followups.queries.by_school import school_route, school_route_out
from livelihood.followups.queries.narrowed import Narrowed
from livelihood.followups.queries.schools import pupils
from livelihood.followups.queries.worklist import worklist
from livelihood.followups.reconcile import tick
from livelihood.households.models import Household
from tests.followups.stories import anchored, clock_on, monitor
from tests.followups.test_api import MONTH_1
from tests.followups.test_roll_calls import TOLD_ON, pupils_of, school_of
from tests.followups.test_visits import education
from tests.support.families import members_of, registered
from tests.support.places import KPT
from tests.support.world import World


async def two_schools(world: World) -> tuple[UUID, UUID, Household]:
    """Two families' four children at one school; of a third family one child at another, and one nobody knows where."""
    school, other = await school_of(world), await school_of(world, "ព្រែកត្នោត")
    caseworker = await world.person("caseworker@KPT")
    world.clock = clock_on(TOLD_ON)
    half_known = await registered(
        world, caseworker, village_code=KPT, monitor_id=str((await monitor(world)).id)
    )
    await anchored(world, half_known.id)
    people = await members_of(world, half_known)
    async with world.client(caseworker) as client:
        told = await client.post(
            f"/households/{half_known.id}/observations",
            json=education(people["Bopha"], grade=4, school_id=str(other), learnt_from="caregiver")
            | {"happened_on": TOLD_ON.isoformat()},
        )
        assert told.status_code == 201, told.text
    await pupils_of(world, school)
    return school, other, half_known


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_every_school_check_stands_at_its_school_or_among_the_unknown_once(
    world: World, limit: int
) -> None:
    await two_schools(world)
    async with world.read(await monitor(world)) as reads:
        due = [
            check
            for village in (await worklist(reads, Narrowed(), today=MONTH_1)).villages
            for card in village.cards
            for _, checks in card.people
            for check in checks
        ]
        wanted = {(check.household_id, check.member_id) for check in due if check.purpose == "school"}
        found: list[tuple[UUID, UUID | None]] = []
        start: int | None = 0
        while start is not None:
            part = await school_route(reads, Narrowed(), today=MONTH_1, start=start, limit=limit)
            bare = await school_route_out(reads, Narrowed(), today=MONTH_1, start=start, limit=limit)
            assert len(part.schools) + len(part.unknown) <= limit
            for there in part.schools:
                roll = [one for one in await pupils(reads, there.school.id, MONTH_1) if one.due]
                assert there.pupils == roll
                found += [(one.household_id, one.child.id) for one in there.pupils]
            for card in part.unknown:
                found += [(card.id, person.id) for person, _ in card.people]
            assert [[row.member_id for row in one.children] for one in bare.schools] == [
                [one.child.id for one in there.pupils] for there in part.schools
            ]
            assert [one.id for one in bare.unknown] == [card.id for card in part.unknown]
            assert part.next_start == bare.next_start
            start = part.next_start
    assert len(wanted) == 6
    assert len(found) == len(set(found))
    assert set(found) == wanted


async def test_what_no_register_answers_is_counted(world: World) -> None:
    await two_schools(world)
    async with world.read(await monitor(world)) as reads:
        elsewhere = (await school_route(reads, Narrowed(), today=MONTH_1)).elsewhere
        homes = {
            card.id
            for village in (await worklist(reads, Narrowed(), today=MONTH_1)).villages
            for card in village.cards
            if card.business or any(one.purpose != "school" for _, checks in card.people for one in checks)
        }
    assert homes
    assert elsewhere == len(homes)


async def test_a_monitor_goes_to_the_schools_of_their_own_and_finds_all_families_there(world: World) -> None:
    school, other, half_known = await two_schools(world)
    colleague = await world.person("monitor@KPT", name="colleague")
    families = await world.owner_rows("SELECT id FROM households WHERE id <> $1 ORDER BY code", half_known.id)
    for family in families:
        await world.owner_rows(
            "UPDATE households SET monitor_id = $1 WHERE id = $2", colleague.id, family["id"]
        )
    async with world.client(await monitor(world)) as client:
        everybody = (await client.get("/worklist/schools")).json()
        mine = (await client.get("/worklist/schools?whose=mine")).json()
        of_one = (await client.get(f"/worklist/schools?school={school}")).json()
        at_home = (await client.get("/worklist/schools?purpose=business")).json()
    assert {(one["id"], len(one["children"])) for one in everybody["schools"]} == {
        (str(school), 4),
        (str(other), 1),
    }
    assert [one["id"] for one in of_one["schools"]] == [str(school)]
    assert [one["grade"] for one in of_one["schools"][0]["children"]] == [2, 2, 4, 4]
    assert [one["id"] for one in mine["schools"]] == [str(other)]
    assert [one["id"] for one in mine["unknown"]] == [str(half_known.id)]
    assert {one["purpose"] for one in mine["unknown"][0]["follow_ups"]} == {"school"}
    assert (at_home["schools"], at_home["unknown"]) == ([], [])
    # One child of theirs brings a school into the route, and all who wait there with it.
    await world.owner_rows(
        "UPDATE households SET monitor_id = $1 WHERE id = $2", (await monitor(world)).id, families[0]["id"]
    )
    async with world.client(await monitor(world)) as client:
        listed = (await client.get("/worklist/schools?whose=mine")).json()["schools"]
    assert {(one["id"], len(one["children"])) for one in listed} == {(str(school), 4), (str(other), 1)}


async def test_another_office_and_whoever_reads_no_visits_see_no_child_by_school(world: World) -> None:
    await two_schools(world)
    for who in ("monitor@BTB", "trainer@KPT"):
        async with world.client(await world.person(who)) as client:
            assert (await client.get("/worklist/schools")).json() == {
                "looked_for": [],
                "schools": [],
                "unknown": [],
                "elsewhere": 0,
                "next_start": None,
            }
    async with world.client(await world.person("finance@KPT")) as client:
        assert (await client.get("/worklist/schools")).status_code == 403


async def test_the_page_leads_to_the_roll_call_and_says_whose_school_is_not_known(world: World) -> None:
    school, other, half_known = await two_schools(world)
    address = "/follow-ups?whose=all&by=school"
    async with world.browser(await monitor(world)) as browser:
        html = (await browser.get(address)).text
        assert f'href="/schools/{school}/roll-call"' in html
        assert f'href="/schools/{other}/roll-call"' in html
        assert html.index("ព្រែកត្នោត") < html.index("School not known")
        assert html.index("School not known") < html.index(f"/visits/new?household={half_known.id}")
        assert html.count("Record visit") == 1
        assert "checks that no school register answers" in html
        # The order is part of the address, and stays when the list is narrowed.
        assert 'name="by" value="school"' in html
        assert "by=school&amp;show=overdue" in html
    # Who may not record is led to no form.
    async with world.browser(await world.person("manager")) as browser:
        html = (await browser.get(address)).text
        assert "ព្រែកត្នោត" in html
        assert "/roll-call" not in html


async def test_one_control_says_the_order_of_the_route(world: World) -> None:
    await two_schools(world)
    await world.owner_rows("UPDATE places SET lat = 12.5, lng = 104.9 WHERE code = $1", KPT)
    await tick(world.worker, world.clock)
    async with world.browser(await monitor(world)) as browser:
        for query, order in (
            ("", "By village"),
            ("?by=place", "By village"),
            (f"?from={KPT}", "Nearest first"),
            (f"?by=nearest&from={KPT}", "Nearest first"),
            ("?by=nearest", "Nearest first"),
            (f"?by=school&from={KPT}", "By school"),
        ):
            html = (await browser.get(f"/follow-ups{query}")).text
            switch = html.split('class="filters switch"')[1].split("</ul>")[0]
            assert f'aria-current="page">{order}<' in switch, query
            assert switch.count("aria-current") == 1
            assert ("Show the nearest first" in html) is (order == "Nearest first")
