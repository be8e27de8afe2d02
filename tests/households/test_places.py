"""A village is found by typing either script or its code, and chosen with or without JavaScript."""

import pytest

from tests.support.places import KPT
from tests.support.world import World


@pytest.mark.parametrize("typed", ["មហ", "មហរ៍", "Mohar", "moh", "06020101", "០៦០២០១០១", "M\u200bohar"])
async def test_a_village_is_found_with_where_it_lies(world: World, typed: str) -> None:
    async with world.client(await world.person("caseworker@KPT")) as client:
        found = (await client.get("/places", params={"q": typed})).json()["items"]
    assert [(place["code"], place["commune_latin"], place["district_km"]) for place in found] == [
        (KPT, "Chey", "កំពង់ស្វាយ")
    ]


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "***", "zzz", "999", "ក%"])
async def test_nothing_typed_and_nothing_known_find_nothing(world: World, typed: str) -> None:
    async with world.client(await world.person("caseworker@KPT")) as client:
        assert (await client.get("/places", params={"q": typed})).json()["items"] == []


async def test_the_beginning_of_a_code_finds_ones_own_villages_first(world: World) -> None:
    async with world.client(await world.person("caseworker@KMP")) as client:
        found = (await client.get("/places", params={"q": "0"})).json()["items"]
    assert [place["code"] for place in found] == ["07021405", "01020101", "06020101", "06020102"]


async def test_places_are_for_those_who_signed_in(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/places", params={"q": "moh"})).status_code == 401


async def test_choices_come_while_typing_and_a_page_without(world: World) -> None:
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        partial = await browser.get(
            "/places/villages?field=village_code&village_code=moh", headers={"HX-Request": "true"}
        )
        assert "<html" not in partial.text
        assert f'name="village_code" value="{KPT}"' in partial.text
        assert f"Chey · Kampong Svay · Kampong Thom · {KPT}" in partial.text
        none = await browser.get("/places/villages?village_code=zzz", headers={"HX-Request": "true"})
        assert "No village is called “zzz”" in none.text
        whole = await browser.get("/places/villages?q=moh")
        assert "<html" in whole.text
        assert KPT in whole.text


async def test_a_village_typed_by_name_without_javascript_comes_back_to_be_chosen(world: World) -> None:
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        typed = {
            "intake_on": "2026-01-05",
            "members-0-family_name_latin": "Sok",
            "members-0-given_name_latin": "Dara",
            "members-0-relationship": "head",
            "members-0-sex": "male",
            "members-0-born_on": "1985-03-02",
            "members-0-born_precision": "day",
        }
        refused = await browser.post("/households/new", data={**typed, "village_code": "mohar"})
        assert refused.status_code == 422
        assert f'type="radio" id="f-village_code-{KPT}"' in refused.text
        chosen = await browser.post("/households/new", data={**typed, "village_code": ["mohar", KPT]})
        assert chosen.status_code == 303, chosen.text
