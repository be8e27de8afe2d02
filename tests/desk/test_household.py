from uuid import UUID, uuid4

import pytest

from livelihood.followups.reconcile import tick
from tests.desk.office import TODAY, Office, at_work
from tests.desk.test_today import seen
from tests.support.families import registered
from tests.support.world import Person, World, clock_at

pytestmark = pytest.mark.timeout(300)


async def page_of(world: World, office: Office, person: Person, query: str = "") -> str:
    async with world.browser(person) as browser:
        answer = await browser.get(f"/households/{office.followed.id}{query}")
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_the_household_page_tells_the_whole_story(world: World):
    office = await at_work(world)
    html = await page_of(world, office, await world.person("caseworker@KPT", name="colleague"))
    told = seen(html)
    assert "សុខ ដារ៉ា Sok Dara" in told
    assert "Tranche 1 paid: USD 90.00" in told
    assert "Grant applied for: USD 150.00" in told
    assert "The elder boy helps at the brick kiln." in told
    assert "Consent given" in told
    assert told.count("Alert: found out of school") == 1
    assert html.count('class="strip" viewBox="0 0 ') >= 2
    assert "Not in school" in told
    assert "Answer the alert" in told, "the most urgent step comes first"


async def test_who_sees_no_money_sees_that_there_is_a_grant(world: World):
    office = await at_work(world)
    html = await page_of(world, office, await world.person("monitor@KPT"))
    told = seen(html)
    assert "has a grant" in told
    assert "USD" not in told
    assert "Grant received" in told
    assert f'href="/visits/new?household={office.followed.id}"' in html


async def test_what_was_just_done_is_said(world: World):
    office = await at_work(world)
    html = await page_of(world, office, await world.person("caseworker@KPT"), "?done=consent")
    assert "Consent recorded." in seen(html)


async def test_another_offices_household_is_not_there(world: World):
    office = await at_work(world)
    for role in ("caseworker@KMP", "monitor@KMP", "finance@KMP", "admin", "auditor"):
        async with world.browser(await world.person(role)) as browser:
            assert (await browser.get(f"/households/{office.followed.id}")).status_code == 404, role


async def test_the_referral_is_told_to_the_assigned_and_the_focal_point_alone(world: World):
    caseworker = await world.person("caseworker@KPT")
    monitor = await world.person("monitor@KPT")
    family = await registered(
        world,
        caseworker,
        monitor_id=str(monitor.id),
        risk="high",
        risk_reason="A debt to a broker",
        referral_source="Commune police",
    )
    told = {}
    for role in ("monitor", "focal_point", "manager", "supervisor", "finance", "trainer"):
        async with world.browser(await world.person(f"{role}@KPT")) as browser:
            html = (await browser.get(f"/households/{family.id}")).text
        told[role] = ["A debt to a broker" in html, "Commune police" in html]
    knowing = {"monitor", "focal_point"}
    assert told == {role: [role in knowing] * 2 for role in told}


def shown_of(html: str, given: str) -> str:
    """What the list of the people says of one of them."""
    rows = html.split('id="people"', 1)[1].split("</section>", 1)[0].split('<div class="item person-row">')
    return seen("<main>" + next(row for row in rows if given in row))


async def found_today(world: World, household: UUID, **findings: str) -> None:
    """By the monitor, who met the family and not the child: where each of these is."""
    body = {
        "household_id": str(household),
        "happened_on": TODAY,
        "outcome": "met",
        "findings": [
            {"member_id": child, "details": {"kind": "whereabouts", "state": state}}
            for child, state in findings.items()
        ],
    }
    async with world.client(await world.person("monitor@KPT")) as client:
        assert (await client.post("/visits", json=body)).status_code == 201


async def test_a_missing_child_is_never_shown_as_in_school(world: World):
    office = await at_work(world)
    bopha = str(office.children["Bopha"])
    monitor = await world.person("monitor@KPT")
    assert "In school" in shown_of(await page_of(world, office, monitor), "Bopha")
    await found_today(world, office.followed.id, **{bopha: "with_relatives"})
    told = shown_of(await page_of(world, office, monitor), "Bopha")
    assert "With relatives" in told
    assert "In school" not in told
    await found_today(world, office.followed.id, **{bopha: "away_alone"})
    async with world.browser(monitor) as browser:
        pages = [
            shown_of(await page_of(world, office, monitor), "Bopha"),
            seen((await browser.get("/follow-ups")).text),
            seen((await browser.get(f"/visits/new?household={office.followed.id}")).text),
        ]
    for told in pages:
        assert "missing" in told
        assert "Away alone" in told
    assert "In school" not in pages[0]
    # Once somebody has found her in school, that is the news.
    world.clock = clock_at("2026-04-09")
    back = {
        "household_id": str(office.followed.id),
        "happened_on": "2026-04-09",
        "outcome": "met",
        "present": [bopha],
        "findings": [{"member_id": bopha, "details": {"kind": "education", "state": "formal"}}],
    }
    async with world.client(monitor) as client:
        assert (await client.post("/visits", json=back)).status_code == 201
    told = shown_of(await page_of(world, office, monitor), "Bopha")
    assert "In school" in told
    assert "missing" not in told


async def test_a_loss_is_told_on_the_familys_page(world: World):
    office = await at_work(world)
    await tick(world.worker, world.clock)
    supervisor = await world.person("supervisor@KPT")
    child = office.children["Bopha"]
    async with world.browser(supervisor) as browser:
        assert "alert stays open" not in seen((await browser.get(f"/silence/{child}/lost")).text)
        page = await browser.post(
            f"/silence/{child}/lost", data={"reason": "The house stands empty.", "id": str(uuid4())}
        )
        assert page.headers["location"] == "/silence?done=lost"
        assert "stays open" not in seen((await browser.get("/silence?done=lost")).text)
    html = await page_of(world, office, await world.person("monitor@KPT"))
    told = shown_of(html, "Bopha")
    assert "lost to follow-up" in told
    assert "8 April" in told or "8 Apr" in told or "Today" in told
    assert "In school" not in told
    happened = seen("<main>" + html.split('id="happened"', 1)[1])
    assert "Lost to follow-up" in happened
    assert "The house stands empty." in happened
    assert "Supervisor.Kpt" in happened
    piseth = office.children["Piseth"]
    await found_today(world, office.followed.id, **{str(piseth): "unknown"})
    async with world.browser(supervisor) as browser:
        assert "alert stays open" in seen((await browser.get(f"/silence/{piseth}/lost")).text)


async def test_an_alert_says_who_learnt_what_and_when(world: World):
    office = await at_work(world)
    focal = await world.person("focal_point@KPT")
    (out,) = await world.owner_rows("SELECT id FROM alerts")
    body = {"household_id": str(office.followed.id), "outcome": "not_found", "note": "The gate was shut."}
    async with world.client(await world.person("monitor@KPT")) as client:
        for day in ("2026-04-01", "2026-04-03", TODAY):
            assert (await client.post("/visits", json=body | {"happened_on": day})).status_code == 201
    (gone,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'missing_child' LIMIT 1")
    told = {}
    async with world.browser(focal) as browser:
        for alert in (out["id"], gone["id"]):
            html = (await browser.get(f"/alerts/{alert}")).text
            told[alert] = seen("<main>" + html.split('id="happened"', 1)[1])
    for words in ("Not in school", "The elder boy helps at the brick kiln.", "Monitor.Kpt"):
        assert words in told[out["id"]]
    assert told[gone["id"]].count("Nobody was there") == 3
    assert told[gone["id"]].count("The gate was shut.") == 3


async def test_the_board_says_that_the_family_was_met_and_the_child_was_not_seen(world: World):
    office = await at_work(world)
    supervisor = await world.person("supervisor@KPT")
    async with world.browser(supervisor) as browser, world.client(supervisor) as client:
        assert "child not seen" not in seen((await browser.get("/silence")).text)
        await found_today(world, office.followed.id, **{str(office.children["Bopha"]): "with_relatives"})
        assert seen((await browser.get("/silence")).text).count("family met Wed 8 Apr, child not seen") == 2
        rows = (await client.get("/silence")).json()["items"]
    assert {row["family_met_on"] for row in rows} == {TODAY}


async def test_what_happened_on_one_day_stands_by_when_it_was_recorded(world: World):
    office = await at_work(world)
    bopha = str(office.children["Bopha"])
    body = {"household_id": str(office.followed.id), "happened_on": TODAY}
    gone = {"member_id": bopha, "details": {"kind": "whereabouts", "state": "away_alone"}}
    for hour, said in (
        (10, {"outcome": "met", "findings": [gone], "note": "The first of the day."}),
        (15, {"outcome": "not_found", "note": "The second of the day."}),
    ):
        world.clock = clock_at(TODAY, hour)
        async with world.client(await world.person("monitor@KPT")) as client:
            assert (await client.post("/visits", json=body | said)).status_code == 201
    world.clock = clock_at("2026-04-09", 8)
    earlier = body | {"happened_on": "2026-04-07", "outcome": "not_found", "note": "From the day before."}
    async with world.client(await world.person("monitor@KPT")) as client:
        for _n in range(2):
            assert (await client.post("/visits", json=earlier)).status_code == 201
    html = await page_of(world, office, await world.person("caseworker@KPT", name="colleague"))
    told = seen("<main>" + html.split('id="happened"', 1)[1])
    places = [
        told.index(words)
        for words in (
            "The second of the day.",
            "Alert: child missing",
            "The first of the day.",
            "From the day before.",
        )
    ]
    assert places == sorted(places)
    assert "8 Apr · 15:00 · Monitor.Kpt" in told
    assert "8 Apr · 10:00" in told
    assert told.count("7 Apr · entered on 9 Apr 2026 at 08:00 · Monitor.Kpt") == 2
