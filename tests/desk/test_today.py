import re

import pytest

from livelihood.accounts.queries import actor_of
from livelihood.db.actor import Named
from livelihood.desk.pages.today import work_of
from livelihood.desk.queries.digest import waiting
from livelihood.followups.queries import load
from livelihood.followups.reconcile import tick
from livelihood.notices.rules import Count
from livelihood.notices.texts import LINES
from tests.desk.office import at_work
from tests.followups.stories import paid_family
from tests.followups.test_care import missing
from tests.notices.test_digest import counted, of_today
from tests.support.world import World, clock_at

pytestmark = pytest.mark.timeout(300)


def seen(html: str) -> str:
    """The page's own part as a reader reads it."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[1]).split())


async def today_of(world: World, *roles: str, name: str | None = None) -> str:
    async with world.browser(await world.person(*roles, name=name)) as browser:
        answer = await browser.get("/")
        assert answer.status_code == 200, answer.text
        return answer.text


async def test_each_role_lands_on_its_own_work(world: World):
    office = await at_work(world)

    monitor = await today_of(world, "monitor@KPT")
    assert "1 village · 1 household ·" in seen(monitor)
    assert "overdue" in seen(monitor)
    assert 'href="/follow-ups?village=06020101"' in monitor
    assert "USD" not in seen(monitor)

    colleague = await today_of(world, "caseworker@KPT", name="colleague")
    assert f'href="/grants/{office.waiting}"' in colleague
    assert "out of school" in seen(colleague)

    preparer = await today_of(world, "caseworker@KPT", name="preparer")
    assert f'href="/grants/{office.waiting}"' not in preparer, "who prepared it does not decide on it"

    finance = await today_of(world, "finance@KPT")
    assert f'href="/grants/{office.approved}"' in finance
    assert "USD 90.00" in seen(finance)
    assert f'href="/grants/{office.paid}"' not in finance

    trainer = await today_of(world, "trainer@KPT")
    assert f'href="/courses/{office.course}"' in trainer
    assert "0 of 12 seats" in seen(trainer)

    manager = await today_of(world, "manager")
    assert "Kampong Thom" in seen(manager)
    assert 'href="/follow-ups?office=1&amp;show=overdue"' in manager

    supervisor = await today_of(world, "supervisor@KPT")
    assert "Children to bring back" in seen(supervisor)
    assert f'href="/grants/{office.waiting}"' in supervisor

    focal_point = await today_of(world, "focal_point@KPT")
    assert "out of school" in seen(focal_point)


async def test_another_office_sees_nothing_of_it(world: World):
    await at_work(world)
    for role in ("monitor", "caseworker", "finance", "supervisor", "focal_point"):
        shown = seen(await today_of(world, f"{role}@KMP"))
        assert "KPT-" not in shown, role
        assert "Sok" not in shown, role


@pytest.mark.parametrize(
    ("role", "words"),
    [("admin", "Staff accounts"), ("analyst", "Numbers without names"), ("auditor", "Who did what")],
)
async def test_roles_without_a_list_are_told_what_they_can_do(world: World, role: str, words: str):
    assert words in seen(await today_of(world, role))


async def test_somebody_with_several_roles_sees_their_work_together(world: World):
    await at_work(world)
    both = seen(await today_of(world, "monitor@KPT", "trainer@KPT"))
    assert "To visit" in both
    assert "Your courses" in both


async def test_an_empty_day_says_so(world: World):
    assert "Nobody is due for a visit today" in seen(await today_of(world, "monitor@SVR"))
    assert "No application waits for you" in seen(await today_of(world, "caseworker@SVR"))
    assert "Nothing waits to be paid" in seen(await today_of(world, "finance@SVR"))


async def test_an_office_where_nothing_waits_is_a_word_and_no_row_of_noughts(world: World):
    quiet = seen(await today_of(world, "manager"))
    others = "Kampot, Svay Rieng, Phnom Penh, Battambang, Siem Reap."
    assert f"Nothing waits in: Kampong Thom, {others}" in quiet
    assert f"No silence in: Kampong Thom, {others}" in quiet
    assert "0 children" not in quiet
    assert "To decide" not in quiet
    await at_work(world)
    shown = seen(await today_of(world, "manager"))
    assert f"Nothing waits in: {others}" in shown
    rows = shown.split("To decide")[1]
    assert "Kampong Thom" in rows
    assert rows.count("Kampot") == 1
    monitor = await today_of(world, "monitor@SVR")
    assert "0 villages" not in seen(monitor)
    async with world.browser(await world.person("monitor@SVR")) as browser:
        assert "0 villages" not in seen((await browser.get("/follow-ups")).text)


async def test_each_number_of_an_office_opens_the_list_behind_it(world: World):
    await at_work(world)
    async with world.browser(await world.person("manager")) as browser:
        for path in ("/follow-ups?office={}", "/follow-ups?office={}&show=overdue", "/alerts?office={}"):
            assert "KPT-00001" in seen((await browser.get(path.format(1))).text), path
            assert "KPT-00001" not in seen((await browser.get(path.format(2))).text), path


async def test_a_silent_child_is_one_number_wherever_it_is_counted(world: World):
    """Month 1 of each child closed unanswered and lapsed when month 2 opened: no check of theirs is overdue now."""
    household, _ = await paid_family(world)
    monitor, colleague = (
        await world.person("monitor@KPT"),
        await world.person("monitor@KPT", name="colleague"),
    )
    await world.owner_rows("UPDATE households SET monitor_id = $1 WHERE id = $2", colleague.id, household.id)
    other, _ = await paid_family(world)
    await world.owner_rows("UPDATE households SET monitor_id = $1 WHERE id = $2", monitor.id, other.id)
    world.clock = clock_at("2026-03-02")
    await tick(world.worker, world.clock)
    today = world.clock.today()
    expected = {"caseworker": 4, "supervisor": 4, "focal_point": 4, "manager": 4, "monitor": 2}
    for role, silent in expected.items():
        person = monitor if role == "monitor" else await world.person(f"{role}@KPT")
        async with world.read(person) as reads:
            work = await work_of(reads, today)
        async with world.worker.work(Named("worker")) as uow:
            actor = await actor_of(uow, person.id)
            assert actor is not None
            told = await waiting(uow, actor, today)
        assert [one.children for one in work.silence or []] == [4], role
        assert [one.children for one in work.in_hands] == ([2] if role == "monitor" else []), role
        assert told.get(Count.UNCONFIRMED) == silent, role
        if work.offices is not None:
            assert [one.silent for one in work.offices] == [4]
    async with world.read(await world.person("supervisor@KPT")) as reads:
        assert sum(one.unanswered for one in await load.loads(reads, 1, today)) == 4
    async with world.browser(monitor) as browser:
        page = seen((await browser.get("/")).text)
    assert "4 children not confirmed when due" in page
    assert "Of them in your households 2" in page
    assert "not known" not in page


async def test_an_office_with_silent_children_alone_is_no_quiet_one(world: World):
    """After the last check has lapsed nothing is due there, but nobody knows where the children are."""
    await paid_family(world)
    world.clock = clock_at("2026-03-02")
    await tick(world.worker, world.clock)
    await world.owner_rows("DELETE FROM follow_ups")
    manager = await today_of(world, "manager")
    rows = seen(manager).split("To decide")[1]
    assert "Kampong Thom" in rows.split("Nothing waits in")[0]
    assert 'href="/silence?office=1"' in manager


async def test_the_number_of_open_alerts_is_that_of_the_list_behind_it(world: World):
    """One child is missing, another is to be brought back: Today shows each in a section, and names the list of both."""
    office = await at_work(world)
    await missing(world, office.children["Bopha"])
    for role in ("caseworker@KPT", "supervisor@KPT", "focal_point@KPT"):
        person = await world.person(role)
        async with world.browser(person) as browser:
            html = (await browser.get("/")).text
            listed = (await browser.get("/alerts")).text
        links = re.findall(r'<a [^>]*href="/alerts"[^>]*>([^<]*)</a>', html.split("<main")[1])
        assert links == ["2 open alerts in all"], role
        assert len(re.findall(r'<li id="[0-9a-f-]{36}">', listed)) == 2
        async with world.worker.work(Named("worker")) as uow:
            actor = await actor_of(uow, person.id)
            assert actor is not None
            assert (await waiting(uow, actor, world.clock.today()))[Count.ALERTS] == 2


async def test_whoever_reads_alerts_is_told_how_many_children_are_missing_and_not_that_they_are(world: World):
    """To those who answer alerts they are some of theirs; to the others Today shows them and no other alert."""
    office = await at_work(world)
    people = [await world.person(f"{role}@KPT") for role in ("caseworker", "monitor", "manager", "finance")]
    kinds = (Count.ALERTS, Count.SAFEGUARDING)

    async def told() -> list[list[int | None]]:
        found = [await counted(world, one) for one in people]
        assert found == [await of_today(world, one) for one in people]
        return [[one.get(kind) for kind in kinds] for one in found]

    assert await told() == [[1, None], [None, None], [None, None], [None, None]]
    await missing(world, office.children["Bopha"])
    assert await told() == [[2, None], [None, 1], [None, 1], [None, None]]
    assert not [count for count, line in LINES.items() if "missing" in line(1) + line(2)]
