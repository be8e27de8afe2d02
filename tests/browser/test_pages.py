"""Every page, in both languages, on a phone and on a desktop: nothing shuts anyone out, and nothing is heavy."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from livelihood.followups import service as followups
from livelihood.followups.schemas_care import DrawIn
from livelihood.followups.schemas_closed import CloseChecksIn
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.followups.schemas_leaving import CloseIn
from livelihood.followups.service.spot_checks import NothingToDraw
from livelihood.households.rules import CaseClosed
from tests.browser.chromium import DESKTOP, PHONE, fits, fonts_of_khmer, no_violations
from tests.browser.site import Site, weigh
from tests.courses.trainees import completed, enrolled, grown_ups, planned
from tests.desk.office import Office, at_work
from tests.followups.policies import drafted, previewed, version
from tests.support.families import registered
from tests.support.places import KMP
from tests.support.world import Person, World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# Over the wire, compressed, without fonts.
HEAVIEST = 60_000


async def pages_of(site: Site, language: str) -> list[tuple[Person | None, list[str]]]:
    """Who opens which addresses, in an office where something waits for every role."""
    world = site.world
    office = await at_work(world)
    site.show_the_time()
    trainer = await world.person("trainer@KPT")
    day = world.clock.today().isoformat()
    course = await planned(world, trainer, trade="sewing", seats=1, starts_on=day, ends_on=day)
    trainee, other, graduate = await grown_ups(world, 3)
    enrolment = await enrolled(world, trainer, course, trainee)
    seat = await enrolled(world, trainer, await planned(world, trainer), graduate)
    await completed(world, trainer, seat.id)
    household = f"/households/{office.followed.id}"
    closed, leaving, handed = await gone(world)
    return [
        (None, ["/sign-in", "/nothing-here"]),
        (
            await world.person("caseworker@KPT", name="colleague"),
            [
                "/",
                "/households",
                "/households?q=nobody",
                "/households/new",
                "/places/villages?q=a",
                household,
                f"{household}?done=consent",
                f"{household}/members/new",
                f"{household}/consents/new",
                f"{household}/risk",
                f"{household}/away",
                f"{household}/leave",
                f"{household}/members/{office.children['Bopha']}/leave",
                f"{household}/close",
                f"/households/{closed}",
                f"/leavings/{leaving}/end",
                "/alerts",
                "/grants",
                f"/grants/{office.waiting}",
                f"/grants/new?household={office.followed.id}",
                f"/styleguide?lang={language}",
            ],
        ),
        (
            await world.person("monitor@KPT"),
            [
                "/",
                household,
                "/follow-ups",
                "/follow-ups?whose=all&show=overdue",
                "/schools",
                "/schools?q=nobody",
                "/trips",
                f"/visits/new?household={office.followed.id}",
                "/concerns/new",
                f"/visits/{office.visit}?done=recorded",
                "/alerts?show=closed",
            ],
        ),
        (
            await world.person("finance@KPT"),
            ["/", "/funds", "/funds/new", f"/grants/{office.approved}", f"/grants/{office.paid}?done=paid"],
        ),
        (
            trainer,
            [
                "/",
                "/courses",
                "/courses/new",
                f"/courses/{course.id}",
                f"/courses/{course.id}?who={enrolment.id}&done=enrolled",
                f"/courses/{course.id}/enrolments/new?q=sok",
                f"/courses/{course.id}/enrolments/new?member_id={other}",
                f"/enrolments/{enrolment.id}/completion",
                f"/enrolments/{enrolment.id}/withdrawal",
                f"/households/{seat.household_id}",
                f"/households/{seat.household_id}/placements/new?member={graduate}",
            ],
        ),
        (
            await world.person("supervisor@KPT"),
            [
                "/",
                "/silence",
                f"/silence/{office.children['Bopha']}/lost",
                f"/alerts/{await open_alert(world)}",
                f"{household}/move",
                f"{household}/checks/close",
                f"/closed-checks/{await marked_as_missed(world, office)}",
                f"/households/{handed}?done=moved",
                "/handovers",
                "/monitors",
                f"/monitors/{await theirs(world, office)}",
                f"/spot-checks?monitor={await theirs(world, office)}",
            ],
        ),
        (
            await world.person("manager"),
            [
                "/",
                "/system",
                "/protocols",
                "/protocols/school_retention",
                "/protocols/school_retention/change",
                f"/previews/{await asked_preview(world)}",
                "/calendar",
                "/calendar/years/2029",
                "/calendar/closures/new",
                "/calendar/holidays/new",
            ],
        ),
        (await world.person("admin", "analyst", "auditor"), ["/", "/deliveries", "/me/notices", "/system"]),
    ]


async def marked_as_missed(world: World, office: Office) -> UUID:
    """One check of the family is, and others are due still."""
    (check,) = await world.owner_rows(
        "SELECT id FROM follow_ups WHERE member_id = $1 AND slot = 'month_3' AND protocol = 'school_retention'",
        office.children["Bopha"],
    )
    body = CloseChecksIn(follow_up_ids=[check["id"]], reason="The bridge is out")
    async with world.work(await world.person("supervisor@KPT")) as uow:
        await followups.close_checks(uow, office.followed.id, body, clock=world.clock)
    (closed,) = await world.owner_rows("SELECT id FROM closed_checks")
    return closed["id"]


async def gone(world: World) -> tuple[UUID, UUID, UUID]:
    """A closed household and its leaving, and one that was handed over to another office."""
    await world.person("caseworker@KMP")
    await world.person("monitor@KMP")
    caseworker = await world.person("caseworker@KPT")
    closed, handed = [await registered(world, caseworker) for _ in range(2)]
    async with world.work(caseworker) as uow:
        body = CloseIn(closed_on=world.clock.today(), because=CaseClosed.WITHDREW, note="They said so")
        leaving = await followups.close(uow, closed.id, body, clock=world.clock)
    async with world.work(await world.person("supervisor@KPT")) as uow:
        moved = HandoverIn(village_code=KMP, reason="They live with relatives")
        await followups.hand_over(uow, handed.id, moved, clock=world.clock)
    return closed.id, leaving, handed.id


async def open_alert(world: World) -> UUID:
    (row,) = await world.owner_rows("SELECT id FROM alerts")
    return row["id"]


async def theirs(world: World, office: Office) -> UUID:
    """The monitor of a family, of whose visits one is drawn for a second look."""
    (row,) = await world.owner_rows("SELECT monitor_id FROM households WHERE id = $1", office.followed.id)
    await world.owner_rows(
        "INSERT INTO visits SELECT (jsonb_populate_record(v, jsonb_build_object('id', $2::uuid, 'happened_on', "
        "$3::date))).* FROM visits v WHERE id = $1 ON CONFLICT DO NOTHING",
        office.visit,
        UUID(int=7),
        world.clock.today() - timedelta(days=5),
    )
    drawn = DrawIn(office_id=1, monitor_id=row["monitor_id"])
    async with world.work(await world.person("supervisor@KPT")) as uow:
        with suppress(NothingToDraw):
            await followups.draw(uow, drawn, clock=world.clock)
    return row["monitor_id"]


async def asked_preview(world: World) -> UUID:
    """What a shorter protocol would do, worked out."""
    manager = await world.person("manager")
    body = version(world.clock.today().isoformat())
    asked = await drafted(world, manager, "school_retention", body, world.clock)
    return (await previewed(world, manager, asked, world.clock)).id


@pytest.mark.parametrize("language", ["en", "km"])
async def test_pages_are_open_to_everyone_and_light(site: Site, language: str):
    problems: list[str] = []
    for person, paths in await pages_of(site, language):
        for size in (PHONE, DESKTOP):
            page = await site.screen(person, language=language, size=size)
            page.on("console", lambda said: problems.append(f"{said.location['url']}: {said.text}"))
            for path in paths:
                weight = await weigh(page, path)
                if weight.sent >= HEAVIEST:
                    problems.append(f"{path} weighs {weight.sent} bytes")
                if await page.locator("html").get_attribute("lang") != language:
                    problems.append(f"{path} is not in {language}")
                for looked_at in (no_violations, fits):
                    try:
                        await looked_at(page)
                    except AssertionError as problem:
                        problems.append(str(problem))
            await page.context.close()
    # The browser itself reports that the page which is not there is not there.
    problems = [problem for problem in problems if "status of 404" not in problem]
    assert not problems, "\n".join(problems)


async def test_khmer_stands_in_its_own_font(site: Site):
    """Also where a device has none of its own, which shows boxes in its place."""
    await at_work(site.world)
    site.show_the_time()
    page = await site.screen(await site.world.person("monitor@KPT"), language="km", size=PHONE)
    await page.goto("/")
    fonts = await fonts_of_khmer(page)
    assert sum(map(bool, fonts.values())) > 10
    assert {text for text, used in fonts.items() if used and "Noto Sans Khmer" not in used} == set()
