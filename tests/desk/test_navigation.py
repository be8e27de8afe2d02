import re

import pytest

from livelihood.accounts.permissions import Role
from tests.support.world import World

ON_A_PHONE = 4
LINK = re.compile(r'<a (?:class="plain" )?href="([^"]+)"')


def places_in(html: str) -> tuple[list[str], list[str]]:
    """The places of a phone's bar, and those behind "More"."""
    nav = html.split('<nav class="places"')[1].split("</nav>", maxsplit=1)[0]
    bar, _, others = nav.partition('class="others"')
    whole = LINK.findall(bar)
    hidden = LINK.findall("".join(bar.split('class="rest"')[1:]))
    assert LINK.findall(others) == hidden, "what the bar hides stands behind More, and nothing else does"
    return [one for one in whole if one not in hidden], hidden


@pytest.mark.parametrize("role", list(Role))
async def test_every_place_opens_and_a_phone_has_room_for_four(world: World, role: Role):
    person = await world.person(role.value)
    async with world.browser(person) as browser:
        bar, others = places_in((await browser.get("/")).text)
        assert bar[0] == "/"
        assert len(bar) <= ON_A_PHONE
        assert not others or len(bar) == ON_A_PHONE
        for place in bar + others:
            assert (await browser.get(place)).status_code == 200, place


@pytest.mark.parametrize("role", ["supervisor", "manager", "focal_point", "caseworker", "monitor"])
async def test_whoever_answers_for_children_has_the_alerts_in_the_bar(world: World, role: str):
    async with world.browser(await world.person(f"{role}@KPT")) as browser:
        bar, _ = places_in((await browser.get("/")).text)
    assert "/alerts" in bar


async def test_somebody_with_several_roles_reaches_what_each_calls_for(world: World):
    async with world.browser(await world.person("supervisor@KPT", "trainer@KPT")) as browser:
        bar, others = places_in((await browser.get("/")).text)
    assert {"/alerts", "/courses", "/follow-ups", "/households", "/monitors", "/silence"} <= {*bar, *others}
    assert len(bar + others) == len({*bar, *others})


async def test_a_manager_reaches_policy_from_every_page(world: World):
    async with world.browser(await world.person("manager")) as browser:
        _, others = places_in((await browser.get("/")).text)
        assert "/protocols" in others
        parts = (await browser.get("/protocols")).text
        for address in ("/protocols", "/policy-numbers", "/calendar"):
            assert re.search(
                r'<a href="/protocols"[^>]*aria-current="page"', (await browser.get(address)).text
            ), address
    assert {"/policy-numbers", "/calendar"} <= set(re.findall(r'href="([^"]+)"', parts))
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        bar, others = places_in((await browser.get("/")).text)
    assert "/protocols" not in bar + others
