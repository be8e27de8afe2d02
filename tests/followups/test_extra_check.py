"""An alert's page shows the check that the alert planned: its day, its state, and what answers it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from livelihood.followups.reconcile import tick
from tests.desk.office import Office, at_work
from tests.desk.test_today import seen
from tests.followups.policies import drafted, in_force, previewed, slot, version
from tests.followups.stories import clock_on, monitor
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.world import World

DAY = timedelta(days=1)


async def alert_of(world: World) -> UUID:
    (row,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'out_of_school'")
    return row["id"]


async def learnt(world: World, office: Office, on: date, recorded: date) -> str:
    """A visit that finds Piseth back in school; says its id."""
    world.clock = clock_on(recorded)
    details = {"kind": "education", "state": "formal", "grade": 7}
    async with world.client(await monitor(world)) as client:
        made = await client.post(
            "/visits",
            json={
                "household_id": str(office.followed.id),
                "happened_on": on.isoformat(),
                "outcome": "met",
                "findings": [{"member_id": str(office.children["Piseth"]), "details": details}],
            },
        )
    assert made.status_code == 201, made.text
    return made.json()["visit"]["id"]


async def shown(world: World, alert: UUID) -> tuple[list[dict[str, Any]], str]:
    """Over the API, and on the page."""
    person = await world.person("caseworker@KPT")
    async with world.client(person) as client:
        checks = (await client.get(f"/alerts/{alert}/care")).json()["extra_checks"]
    async with world.browser(person) as browser:
        return checks, (await browser.get(f"/alerts/{alert}")).text


async def test_its_day_its_state_and_what_would_answer(world: World) -> None:
    await at_work(world)
    alert = await alert_of(world)
    (check,), _ = await shown(world, alert)
    opens, closes = (date.fromisoformat(check[name]) for name in ("opens_on", "closes_on"))
    answered_by = f"A visit or a roll call from {opens:%a} {opens.day} {opens:%b} to {closes:%a} {closes.day} {closes:%b} that learns"
    for day, state, words in (
        (opens - DAY, "upcoming", answered_by),
        (opens, "due", answered_by),
        (closes, "due", answered_by),
        (closes + DAY, "overdue", f"It was to be answered by {closes:%a} {closes.day} {closes:%b}."),
        (closes + timedelta(days=90), "missed", "Nobody learnt in time"),
    ):
        world.clock = clock_on(day)
        (check,), html = await shown(world, alert)
        assert (check["due_on"], check["state"], check["visit_id"]) == ("2026-02-26", state, None)
        assert "Extra check School check · Thu 26 Feb" in seen(html)
        assert words in seen(html), day


@pytest.mark.parametrize(
    ("on", "recorded", "state"),
    [
        (date(2026, 2, 27), date(2026, 2, 27), "done"),
        (date(2026, 2, 27), date(2026, 4, 8), "done_late"),
    ],
)
async def test_the_visit_that_answered_is_named(world: World, on: date, recorded: date, state: str) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    visit = await learnt(world, office, on, recorded)
    (check,), html = await shown(world, alert)
    assert (check["state"], check["visit_id"]) == (state, visit)
    assert f'<a href="/visits/{visit}">Answered by the visit of Fri 27 Feb</a>' in html
    assert "to be answered" not in html


async def test_of_a_child_lost_to_follow_up_it_is_cancelled_and_says_so(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    await tick(world.worker, world.clock)
    async with world.client(await world.person("supervisor@KPT")) as client:
        lost = await client.post(
            f"/children/{office.children['Piseth']}/losses", json={"reason": "Nobody knows where they went"}
        )
        assert lost.status_code == 201, lost.text
    await tick(world.worker, world.clock)
    (check,), html = await shown(world, alert)
    assert (check["state"], check["because"]) == ("cancelled", "lost")
    assert "The child is lost to follow-up." in seen(html)


async def test_the_forms_and_the_names_follow_the_protocol_in_force(world: World) -> None:
    """The extra check is put off from two weeks to thirty days: every page says so, and calls it what it is."""
    school = await school_of(world)
    await pupils_of(world, school, families=1)
    (family,) = await world.owner_rows("SELECT id FROM households")
    manager, pages = (
        await world.person("manager"),
        (f"/visits/new?household={family['id']}", f"/schools/{school}/roll-call"),
    )
    for days in (14, 30):
        if days == 30:
            later = version(world.clock.today().isoformat(), slot(days=30, before=4, after=7))
            asked = await drafted(world, manager, "extra_check", later, world.clock)
            await previewed(world, manager, asked, world.clock)
            await in_force(world, manager, asked, world.clock)
        async with world.browser(await monitor(world)) as browser:
            for page in pages:
                html = (await browser.get(page)).text
                assert f"The next check is then in {days} days." in html, page
    async with world.client(await monitor(world)) as client:
        body = {
            "household_id": str(family["id"]),
            "happened_on": world.clock.today().isoformat(),
            "outcome": "met",
            "findings": [
                {"member_id": str(row["id"]), "details": {"kind": "education", "state": "none"}}
                for row in await world.owner_rows("SELECT id FROM members WHERE given_name_latin = 'Piseth'")
            ],
        }
        assert (await client.post("/visits", json=body)).status_code == 201
    async with world.browser(await monitor(world)) as browser:
        assert (
            "Extra check, day 30 after out of school"
            in (await browser.get(f"/households/{family['id']}")).text
        )
        # Of the version in force, of the one before it, and of what changed.
        versions = (await browser.get("/protocols/extra_check")).text
        assert versions.count("Extra check, day 30 after out of school: opens 4 days before") == 2
        assert "Extra check, two weeks after out of school: opens 4 days before" in versions
        assert "School check" not in versions
        assert (
            "Re-enrolment check, every school year, day 14"
            in (await browser.get("/protocols/school_retention")).text
        )


async def test_who_marked_it_as_missed_is_led_to_and_not_called_too_late(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    (check,), _ = await shown(world, alert)
    world.clock = clock_on(date.fromisoformat(check["due_on"]))
    supervisor = await world.person("supervisor@KPT")
    for taken_back in (True, False):
        async with world.client(supervisor) as client:
            body = {"follow_up_ids": [check["id"]], "reason": "The bridge is out until April"}
            made = await client.post(f"/households/{office.followed.id}/closed-checks", json=body)
            assert made.status_code == 201, made.text
            closed = made.json()["items"][-1]["id"]
            if taken_back:
                assert (await client.post(f"/closed-checks/{closed}/reopen")).status_code in {200, 201}
                assert "marked it as missed" not in (await shown(world, alert))[1]
    (after,), html = await shown(world, alert)
    assert (after["state"], after["closed_check_id"]) == ("missed", closed)
    told = "A supervisor marked it as missed on Thu 26 Feb, and wrote why"
    assert f'<a href="/closed-checks/{closed}">{told}</a>' in html
    assert "Nobody learnt in time" not in html
    # A visit of a day on which the check was open answers it all the same.
    visit = await learnt(world, office, date(2026, 2, 27), date(2026, 2, 27))
    (answered,), html = await shown(world, alert)
    assert (answered["visit_id"], answered["closed_check_id"]) == (visit, None)
    assert "marked it as missed" not in html


async def test_a_visit_that_finds_the_child_out_again_says_when_they_are_looked_for(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    again = date(2026, 4, 8)
    world.clock = clock_on(again)
    child_id = office.children["Piseth"]
    async with world.client(await monitor(world)) as client:
        made = await client.post(
            "/visits",
            json={
                "household_id": str(office.followed.id),
                "happened_on": again.isoformat(),
                "outcome": "met",
                "present": [str(child_id)],
                "findings": [{"member_id": str(child_id), "details": {"kind": "education", "state": "none"}}],
            },
        )
        assert made.status_code == 201, made.text
        effect = made.json()
    assert "extra_check" in {one["protocol"] for one in effect["settled"]}
    assert [one["due_on"] for one in effect["extra_checks"]] == ["2026-04-22"]
    assert effect["alerts_opened"] == []
    async with world.browser(await monitor(world)) as browser:
        html = seen((await browser.get(f"/visits/{effect['visit']['id']}")).text)
    assert "is looked for again on Wed 22 Apr" in html
    assert "Still overdue: Extra check" not in html
    (first, second), html = await shown(world, alert)
    assert (first["visit_id"], second["due_on"]) == (effect["visit"]["id"], "2026-04-22")
    assert "Answered by the visit of Wed 8 Apr" in seen(html)
    world.clock = clock_on(date(2026, 4, 22))
    async with world.browser(await monitor(world)) as browser:
        listed = seen((await browser.get("/follow-ups")).text)
    assert "Extra check, two weeks after out of school 14 days left Wed 6 May" in listed


async def test_the_page_of_an_alert_that_was_heard_of_late_says_from_when_it_counts(world: World) -> None:
    office = await at_work(world)
    alert = await alert_of(world)
    late = "so that it can be made"
    assert late not in (await shown(world, alert))[1]
    world.clock = clock_on(date(2026, 3, 20))
    body = {
        "household_id": str(office.followed.id),
        "happened_on": "2026-02-14",
        "outcome": "met",
        "findings": [
            {"member_id": str(office.children["Bopha"]), "details": {"kind": "education", "state": "none"}}
        ],
    }
    async with world.client(await monitor(world)) as client:
        assert (await client.post("/visits", json=body)).status_code == 201
    (row,) = await world.owner_rows("SELECT id FROM alerts WHERE opened_on = '2026-02-14'")
    (check,), html = await shown(world, row["id"])
    assert (check["due_on"], check["state"]) == ("2026-04-03", "upcoming")
    assert "recorded on Fri 20 Mar" in seen(html)
    assert late in html
