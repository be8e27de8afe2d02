"""Every page, in both languages, on a phone and on a desktop: nothing shuts anyone out, and nothing is heavy."""

import pytest

from tests.browser.chromium import DESKTOP, PHONE, fits, no_violations
from tests.browser.site import Site, weigh
from tests.courses.trainees import enrolled, grown_ups, planned
from tests.support.families import registered

pytestmark = pytest.mark.browser

# Over the wire, compressed, without fonts.
HEAVIEST = 60_000


async def pages_of(site: Site, language: str) -> dict[str, list[str]]:
    """Addresses by the roles of whoever opens them; without roles, nobody is signed in."""
    caseworker = await site.world.person("caseworker@KPT")
    household = await registered(site.world, caseworker)
    trainer = await site.world.person("trainer@KPT")
    today = site.world.clock.today()
    course = await planned(
        site.world, trainer, trade="sewing", seats=1, starts_on=today.isoformat(), ends_on=today.isoformat()
    )
    trainee, other = await grown_ups(site.world, 2)
    enrolment = await enrolled(site.world, trainer, course, trainee)
    return {
        "": ["/sign-in", "/nothing-here"],
        "caseworker@KPT": [
            "/households",
            "/households?q=nobody",
            "/households/new",
            f"/households/{household.id}",
            f"/households/{household.id}/members/new",
            f"/households/{household.id}/consents/new",
            f"/styleguide?lang={language}",
        ],
        "trainer@KPT": [
            "/courses",
            "/courses/new",
            f"/courses/{course.id}",
            f"/courses/{course.id}?who={enrolment.id}&done=enrolled",
            f"/courses/{course.id}/enrolments/new?q=sok",
            f"/courses/{course.id}/enrolments/new?member_id={other}",
            f"/enrolments/{enrolment.id}/completion",
        ],
    }


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "km"])
async def test_pages_are_open_to_everyone_and_light(site: Site, language: str, size: dict[str, int]):
    for roles, paths in (await pages_of(site, language)).items():
        person = await site.world.person(*roles.split()) if roles else None
        page = await site.screen(person, language=language, size=size)
        said: list[str] = []
        page.on("console", lambda message, said=said: said.append(f"{message.type}: {message.text}"))
        for path in paths:
            said.clear()
            weight = await weigh(page, path)
            assert await page.locator("html").get_attribute("lang") == language, path
            await no_violations(page)
            await fits(page)
            assert weight.sent < HEAVIEST, f"{path} weighs {weight.sent} bytes"
            complaints = [text for text in said if "404" not in text]
            assert not complaints, f"{path}: {complaints}"
