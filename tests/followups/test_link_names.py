"""A link says by itself where it leads: who hears the links of a page one after the other knows one from the other."""

import re
from datetime import timedelta
from html import unescape

from livelihood.followups.reconcile import tick
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.families import members_of
from tests.support.places import KPT
from tests.support.world import World

LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def called(page: str, to: str) -> list[str]:
    """The names of the links of the page's content that lead to such addresses, each address once."""
    found = LINK.findall(page[page.index("<main") : page.index("</main>")])
    return list(
        {
            href: " ".join(unescape(re.sub(r"<[^>]+>", " ", name)).split())
            for href, name in found
            if re.fullmatch(to, unescape(href))
        }.values()
    )


async def test_records_of_one_day_by_one_person_are_told_apart(world: World) -> None:
    household, _ = await paid_family(world)
    children, person = await members_of(world, household), await monitor(world)
    body = {"household_id": str(household.id), "happened_on": MONTH_1.isoformat()}
    at_home = {"kind": "education", "state": "formal", "learnt_from": "caregiver"}
    out = {"kind": "education", "state": "none", "learnt_from": "caregiver"}
    met = [
        body | {"outcome": "met", "findings": [{"member_id": str(children["Bopha"]), "details": said}]}
        for said in (at_home, out)
    ]
    made: list[str] = []
    for hour, one in enumerate(
        [body | {"outcome": "not_found"}, body | {"outcome": "not_found"}, *met], start=9
    ):
        world.clock = clock_on(MONTH_1, hour=hour)
        async with world.client(person) as client:
            answer = await client.post("/visits", json=one)
            assert answer.status_code == 201, answer.text
        made.append(answer.json()["visit"]["id"])
    async with world.client(person) as client:
        withdrawn = [
            await client.post(f"/visits/{one}/withdrawal", json={"reason": "Next door"}) for one in made[:2]
        ]
        assert {one.status_code for one in withdrawn} <= {200, 201}
    supervisor = await world.person("supervisor@KPT")
    async with world.client(supervisor) as client:
        body = {"office_id": 1, "monitor_id": str(person.id)}
        drawn = await client.post("/spot-checks", json=body)
        assert drawn.status_code == 201, drawn.text
    for who, address, least in (
        (person, f"/visits/new?household={household.id}&happened_on={MONTH_1}", 2),
        (person, f"/trips/{MONTH_1}/{KPT}", 2),
        (supervisor, f"/reviews/{household.id}/{MONTH_1}", 4),
        (supervisor, f"/spot-checks?monitor={person.id}&office=1", 2),
    ):
        async with world.browser(who) as browser:
            names = called((await browser.get(address)).text, "/visits/[0-9a-f-]{36}")
        assert len(set(names)) == len(names) >= least, (address, names)
    async with world.browser(supervisor) as browser:
        whole = unescape((await browser.get("/spot-checks?office=1")).text)
        found = [name for href, name in LINK.findall(whole) if href.startswith("/spot-checks?monitor=")]
    assert len(set(found)) == len(found) >= 3, "the two of them, and the monitor"


async def test_who_is_given_up_is_named_by_the_link(world: World) -> None:
    await paid_family(world)
    world.clock = clock_on(MONTH_1 + timedelta(days=40))
    await tick(world.worker, world.clock)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        names = called((await browser.get("/silence")).text, "/silence/.*/lost")
    assert len(set(names)) == len(names) == 2
