import pytest

from tests.desk.office import Office, at_work
from tests.desk.test_today import seen
from tests.support.families import registered
from tests.support.world import Person, World

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
