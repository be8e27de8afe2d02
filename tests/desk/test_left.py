"""What somebody had in hand who works there no more stands on the page of somebody who does."""

import re
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select

from livelihood.binding import bind
from livelihood.desk.pages.today import Work, work_of
from livelihood.grants import service as grants
from livelihood.grants.schemas import ApplicationChange, ApplicationIn
from livelihood.households.models import Household
from tests.desk.office import planned
from tests.desk.test_today import seen
from tests.grants.stories import application_body, decided, drafted, opened_fund
from tests.notices.test_at_work import left_work
from tests.support.families import consented, registered
from tests.support.places import KMP
from tests.support.world import Person, World, clock_at

DAY = "2026-04-08"


async def today_of(world: World, person: Person) -> Work:
    async with world.read(person) as reads:
        return await work_of(reads, world.clock.today())


async def in_hand(world: World, person: Person) -> set[UUID]:
    return {one.id for one in (await today_of(world, person)).in_hand or []}


async def left_to(world: World, person: Person) -> dict[UUID, str]:
    return {one.id: one.left_by for one in (await today_of(world, person)).left_applications}


async def begun(world: World) -> tuple[UUID, UUID, dict[str, Person]]:
    """A draft for a family of which `keeper` is the caseworker, and a course, each of somebody who leaves."""
    world.clock = clock_at(DAY)
    people = {
        "preparer": await world.person("caseworker@KPT", name="preparer"),
        "keeper": await world.person("caseworker@KPT", name="keeper"),
        "colleague": await world.person("caseworker@KPT", name="colleague"),
        "supervisor": await world.person("supervisor@KPT", name="supervisor"),
        "manager": await world.person("manager", name="manager"),
        "trainer": await world.person("trainer@KPT"),
        "other trainer": await world.person("trainer@KPT", name="other trainer"),
        "monitor": await world.person("monitor@KPT", name="monitor"),
        "elsewhere": await world.person("supervisor@KMP", "caseworker@KMP", "trainer@KMP", name="elsewhere"),
    }
    household = await registered(world, people["keeper"], caseworker_id=str(people["keeper"].id))
    await consented(world, people["keeper"], household)
    draft = await drafted(world, await opened_fund(world), household=household)
    return draft, await planned(world), people


@pytest.mark.parametrize("how", ["switched off", "elsewhere", "other work"])
async def test_it_is_shown_to_who_can_go_on_with_it_and_to_the_supervisor(world: World, how: str) -> None:
    draft, course, people = await begun(world)
    readers = {name: one for name, one in people.items() if name not in {"preparer", "trainer"}}
    assert await in_hand(world, people["preparer"]) == {draft}
    for person in readers.values():
        work = await today_of(world, person)
        assert not work.left_applications
        assert not work.left_courses
    if how == "other work":
        await world.owner_rows(
            "UPDATE staff_roles SET role = 'monitor' WHERE staff_id = ANY($1)",
            [people[name].id for name in ("preparer", "trainer")],
        )
    else:
        for name in ("preparer", "trainer"):
            await left_work(world, people[name], how)
    to_go_on, taught = set[str](), set[str]()
    for name, person in readers.items():
        work = await today_of(world, person)
        if [(one.id, one.left_by) for one in work.left_applications] == [(draft, "Preparer")]:
            to_go_on.add(name)
        else:
            assert not work.left_applications
        if [(one.id, one.left_by) for one in work.left_courses] == [(course, "Trainer.Kpt")]:
            taught.add(name)
        else:
            assert not work.left_courses
        assert not work.courses
        assert not work.in_hand
    # Who went to the other office has nothing here to go on with there.
    assert to_go_on == {"keeper", "supervisor"}
    assert taught == {"supervisor", "other trainer"}
    async with world.browser(people["supervisor"]) as browser:
        html = (await browser.get("/")).text
    assert "Prepared by Preparer, who prepares none here any more" in seen(html)
    assert "Run by Trainer.Kpt, who runs none here any more" in seen(html)
    assert "Ask a caseworker of the office" in seen(html)
    assert f'href="/grants/{draft}"' in html
    assert f'href="/courses/{course}"' in html
    async with world.browser(people["keeper"]) as browser:
        assert "Open one to change it or to submit it" in seen((await browser.get("/")).text)
        assert f'action="/grants/{draft}/submit"' in (await browser.get(f"/grants/{draft}")).text


async def test_whoever_goes_on_with_it_has_it_in_hand_from_then_on(world: World) -> None:
    draft, _, people = await begun(world)
    await left_work(world, people["preparer"])
    async with world.work(people["colleague"]) as uow:
        household = (await uow.session.scalars(select(Household))).one()
        (row,) = await world.owner_rows("SELECT fund_id FROM grants")
        body = application_body(household, row["fund_id"])
        del body["household_id"]
        await grants.change(
            uow, draft, bind(ApplicationChange, body | {"version": 1}, typed=True), clock=world.clock
        )
    assert await in_hand(world, people["colleague"]) == {draft}
    for name in ("keeper", "supervisor", "manager"):
        assert await left_to(world, people[name]) == {}, name
    await left_work(world, people["colleague"])
    for name in ("keeper", "supervisor"):
        assert await left_to(world, people[name]) == {draft: "Preparer"}, name


async def test_the_heading_leads_to_the_lists_that_hold_them(world: World) -> None:
    """Drafts and what was returned are two lists; neither is linked where none of its kind waits."""
    draft, _, people = await begun(world)

    async def listed(person: Person, section: str) -> set[str]:
        """The lists that the section leads to, each of which holds an application of it."""
        async with world.browser(person) as browser:
            html = (await browser.get("/")).text
            there = html[html.index(f'id="{section}"') :].split("</section>")[0]
            assert all(f'href="/grants/{one}"' in there for one in (draft, *more))
            links = set(re.findall(r'href="/grants\?status=(\w+)"', there))
            for link in links:
                page = (await browser.get(f"/grants?status={link}")).text
                assert sum(f'href="/grants/{one}"' in page for one in (draft, *more)) == 1
        return links

    more: list[UUID] = []
    assert await listed(people["preparer"], "in-hand") == {"draft"}
    async with world.work(people["preparer"]) as uow:
        await grants.submit(uow, draft, clock=world.clock)
    await decided(world, people["colleague"], draft, "return", "What does the feed cost?")
    assert await listed(people["preparer"], "in-hand") == {"returned"}
    (row,) = await world.owner_rows("SELECT fund_id FROM grants")
    more = [await drafted(world, row["fund_id"])]
    assert await listed(people["preparer"], "in-hand") == {"draft", "returned"}
    await left_work(world, people["preparer"])
    assert await listed(people["supervisor"], "left-applications") == {"draft", "returned"}


async def test_who_prepares_none_in_its_office_is_told_whom_to_ask(world: World) -> None:
    """Whatever they prepare in another: what they may do is asked of the application's own office."""
    draft, _, people = await begun(world)
    supervises = await world.person("supervisor@KPT", "caseworker@KMP", name="supervises here")
    has_both = await world.person("supervisor@KPT", "caseworker@KPT", name="has both here")
    reads = await world.person("manager@KPT", "caseworker@KMP", name="reads here")
    await world.owner_rows("UPDATE households SET caseworker_id = $1", reads.id)
    await left_work(world, people["preparer"])
    for person, may in ((supervises, False), (has_both, True)):
        async with world.browser(person) as browser:
            today = seen((await browser.get("/")).text)
            form = f'action="/grants/{draft}/submit"' in (await browser.get(f"/grants/{draft}")).text
        said = ["Open one to change it or to submit it" in today, "Ask a caseworker of the office" in today]
        assert said == [may, not may]
        assert form is may
    assert await left_to(world, reads) == {}


async def one_of_each_office(world: World) -> tuple[dict[int, UUID], Person]:
    """Applications that nobody goes on with, and who is supervisor of both offices and caseworker of Kampot."""
    world.clock = clock_at(DAY)
    fund = await opened_fund(world, office_ids=[1, 2])
    gone = await world.person("caseworker", name="gone")
    made: dict[int, UUID] = {}
    for office, place in ((1, {}), (2, {"village_code": KMP})):
        household = await registered(world, gone, **place)
        await consented(world, gone, household)
        body = bind(ApplicationIn, application_body(household, fund), typed=True)
        async with world.work(gone) as uow:
            made[office] = (await grants.apply(uow, body, clock=world.clock)).id
    await left_work(world, gone)
    return made, await world.person("supervisor@KPT", "supervisor@KMP", "caseworker@KMP", name="of both")


async def test_of_two_offices_each_is_said_of_its_own(world: World) -> None:
    made, reader = await one_of_each_office(world)
    async with world.browser(reader) as browser:
        html = (await browser.get("/")).text
    there = html[html.index('id="left-applications"') :].split("</section>")[0]
    parts = [f"/grants/{made[2]}", "Open one to change it", f"/grants/{made[1]}", "Ask a caseworker of the"]
    places = [there.index(one) for one in parts]
    assert places == sorted(places)


async def test_what_somebody_prepared_where_they_prepare_none_now_is_in_their_hand_no_more(
    world: World,
) -> None:
    draft, _, people = await begun(world)
    assert await in_hand(world, people["preparer"]) == {draft}
    await left_work(world, people["preparer"], "elsewhere")
    await world.owner_rows(
        "INSERT INTO staff_roles (id, staff_id, role, office_id) VALUES (uuidv7(), $1, 'supervisor', 1)",
        people["preparer"].id,
    )
    assert await in_hand(world, people["preparer"]) == set()
    assert await left_to(world, people["preparer"]) == {draft: "Preparer"}


async def test_of_a_family_whose_case_is_closed_nothing_is_asked(world: World) -> None:
    draft, _, people = await begun(world)
    await left_work(world, people["preparer"])
    assert await left_to(world, people["supervisor"]) == {draft: "Preparer"}
    await world.owner_rows(
        "UPDATE households SET status = 'closed', closed_on = $1, closed_because = 'finished'",
        world.clock.today(),
    )
    assert await left_to(world, people["supervisor"]) == {}


async def test_whoever_is_at_work_it_is_on_somebodys_page(world: World) -> None:
    """Of the preparer, the family's caseworker and the supervisor any may have left; a manager stays."""
    draft, course, people = await begun(world)
    await left_work(world, people["other trainer"])
    names = ("preparer", "keeper", "supervisor", "trainer")
    for there in product((True, False), repeat=len(names)):
        for name, works in zip(names, there, strict=True):
            await world.owner_rows("UPDATE staff SET active = $2 WHERE id = $1", people[name].id, works)
        at_work = {name for name, works in zip(names, there, strict=True) if works} | {"manager"}
        found = {name: await today_of(world, people[name]) for name in at_work}
        for wanted, own, left in (
            (
                draft,
                {name for name, work in found.items() if draft in {one.id for one in work.in_hand or []}},
                {name for name, work in found.items() if work.left_applications},
            ),
            (
                course,
                {name for name, work in found.items() if course in {one.id for one in work.courses or []}},
                {name for name, work in found.items() if work.left_courses},
            ),
        ):
            maker = "preparer" if wanted == draft else "trainer"
            behind = "supervisor" if "supervisor" in at_work else "manager"
            if maker in at_work:
                assert (own, left) == ({maker}, set()), (there, wanted)
            else:
                keeps = at_work & {"keeper"} if wanted == draft else set()
                assert (own, left) == (set(), {behind} | keeps), (there, wanted)
