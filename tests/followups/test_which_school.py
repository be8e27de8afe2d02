"""Which school: the last known is shown and never silently kept; another of the commune, or one nobody named yet."""

import asyncio
from typing import Any
from uuid import UUID

from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_pages import rows_of
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of
from tests.support.places import KPT, KPT_OTHER
from tests.support.world import World


async def named(world: World, name: str, village: str = KPT) -> str:
    async with world.client(await monitor(world)) as client:
        made = await client.post("/schools", json={"village_code": village, "name": name})
        assert made.status_code == 201, made.text
        return made.json()["id"]


async def said_of(world: World, member_id: UUID) -> list[Any]:
    rows = await world.owner_rows(
        "SELECT details->>'school_id' AS school FROM observations WHERE member_id = $1 AND kind = 'education' "
        "ORDER BY recorded_at",
        member_id,
    )
    return [row["school"] for row in rows]


async def test_a_school_is_named_once_and_only_in_a_village(world: World) -> None:
    first = await named(world, "Toul  Primary ")
    for again in ("Toul Primary", "TOUL primary", "\u200bToul-Primary."):
        assert await named(world, again) == first
    khmer = await named(world, "សាលា\u200bទួល")
    assert await named(world, "សាលាទួល") == khmer != first
    at_once = await asyncio.gather(named(world, "Sala Thmei"), named(world, "sala  thmei"))
    assert len(set(at_once)) == 1
    assert await named(world, "?") != await named(world, "!")
    assert await named(world, "Toul Primary", KPT_OTHER) != first
    async with world.client(await monitor(world)) as client:
        for body, field in (
            ({"village_code": "99999999", "name": "Toul"}, "village_code"),
            ({"village_code": KPT, "name": " "}, "name"),
        ):
            refused = await client.post("/schools", json=body)
            assert [fault["field"] for fault in refused.json()["errors"]] == [field]
    async with world.client(await world.person("finance@KPT")) as client:
        refused = await client.post("/schools", json={"village_code": KPT, "name": "Toul"})
        assert refused.status_code == 403


async def test_the_form_offers_schools_and_keeps_none_that_was_not_confirmed(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    last, near = await named(world, "Toul Primary"), await named(world, "Sala Thmei", KPT_OTHER)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(people["Bopha"], school_id=last)])
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        rows = rows_of(form)
        row, other = rows[str(people["Bopha"])], rows[str(people["Piseth"])]
        kept = f'name="people-{row}-school_id" value="{last}"'
        assert kept in form
        assert f"{kept} checked" not in form
        assert f'name="people-{other}-school_id"' not in form
        for school in (last, near):
            assert form.count(f'<option value="{school}">') == 2
        at = f"people-{row}"
        base = {
            "household_id": str(household.id),
            "outcome": "met",
            "happened_on": MONTH_1.isoformat(),
            f"{at}-member_id": str(people["Bopha"]),
            f"{at}-school": "in_school",
            "nothing_learnt": f"{people['Piseth']} {household.id}",
        }
        typed = {f"{at}-school_name": "Vat  Kandal", f"{at}-school_village": ""}
        for answer in (
            {},
            {f"{at}-school_id": last},
            {f"{at}-school_id": last, f"{at}-school_elsewhere": near},
            {f"{at}-school_id": "another", f"{at}-school_elsewhere": near},
            {f"{at}-school_id": "another", f"{at}-school_elsewhere": "another"} | typed,
            {f"{at}-school_elsewhere": "another"} | typed | {f"{at}-school_village": KPT_OTHER},
            {f"{at}-school_elsewhere": near} | typed,
        ):
            done = await browser.post("/visits/new", data=base | answer)
            assert done.status_code == 303, done.text
        shown = (await browser.get(done.headers["location"])).text
        assert "Sala Thmei" in shown
        refused = await browser.post(
            "/visits/new", data=base | typed | {f"{at}-school_village": "Ta Theav", f"{at}-note": ""}
        )
        assert refused.status_code == 422
    here, there = await named(world, "Vat Kandal"), await named(world, "Vat Kandal", KPT_OTHER)
    assert await said_of(world, people["Bopha"]) == [last, None, last, last, near, here, there, near]


async def test_a_village_typed_by_name_is_asked_again_with_those_found(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        at = f"people-{rows_of(form)[str(people['Bopha'])]}"
        refused = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "outcome": "met",
                "happened_on": MONTH_1.isoformat(),
                f"{at}-member_id": str(people["Bopha"]),
                f"{at}-school": "in_school",
                f"{at}-school_name": "Vat Kandal",
                f"{at}-school_village": "Ta Theav",
            },
        )
    assert refused.status_code == 422
    assert f'id="f-{at}-school_village-error"' in refused.text
    assert f'type="radio" id="f-{at}-school_village-{KPT_OTHER}"' in refused.text or KPT in refused.text
    assert 'value="Vat Kandal"' in refused.text
    assert await world.owner_rows("SELECT FROM schools") == []


async def test_a_correction_says_which_school_it_was(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    wrong = await named(world, "Toul Primary")
    world.clock = clock_on(MONTH_1)
    finding = education(people["Bopha"], school_id=wrong, grade=3)
    visit = (await recorded(world, household.id, findings=[finding]))["visit"]
    path = f"/visits/{visit['id']}/findings/{visit['findings'][0]['id']}"
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(path)).text
        assert f'<option value="{wrong}" selected>' in form
        answer = {
            "id": form.split('name="id" value="')[1].split('"')[0],
            "school": "in_school",
            "grade": "3",
            "school_elsewhere": "another",
            "school_name": "Sala Thmei",
            "reason": "She changed school",
        }
        done = await browser.post(path, data=answer)
        assert done.status_code == 303, done.text
        shown = (await browser.get(done.headers["location"])).text
    assert "Toul Primary" in shown
    assert "Sala Thmei" in shown
    assert await said_of(world, people["Bopha"]) == [wrong, await named(world, "Sala Thmei")]
