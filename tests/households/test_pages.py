import re

from tests.support.families import registered
from tests.support.places import KPT
from tests.support.world import World


def typed(**changes: str) -> dict[str, str]:
    return {
        "village_code": KPT,
        "intake_on": "2026-01-05",
        "members-0-family_name_latin": "Sok",
        "members-0-given_name_latin": "Dara",
        "members-0-relationship": "head",
        "members-0-sex": "male",
        "members-0-born_on": "1985-03-02",
        "members-0-born_precision": "day",
        "members-1-family_name_latin": "",
        **changes,
    }


async def test_the_form_registers_and_says_what_comes_next(world: World):
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        sent = await browser.post("/households/new", data=typed())
        assert sent.status_code == 303, sent.text
        shown = await browser.get(sent.headers["location"])
        assert "KPT-00001" in shown.text


async def test_a_refused_form_keeps_what_was_typed_beside_its_faults(world: World):
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        refused = await browser.post(
            "/households/new", data=typed(phone="12", **{"members-0-given_name_latin": ""})
        )
        assert refused.status_code == 422
        assert 'value="1985-03-02"' in refused.text
        assert re.search(r'id="f-phone-error".*This is not a Cambodian', refused.text, re.DOTALL)
        assert (await browser.get("/households?q=sok")).text.count("card-link") == 0


def hidden_id(page: str) -> str:
    found = re.search(r'<input type="hidden" name="id" value="([^"]+)">', page)
    assert found
    return found[1]


async def test_a_form_sent_twice_registers_one_family_one_member_and_one_consent(world: World):
    async with world.browser(await world.person("caseworker@KPT")) as browser:

        async def twice(path: str, data: dict[str, str]) -> str:
            given = hidden_id((await browser.get(path)).text)
            refused = await browser.post(path, data={"id": given})
            assert refused.status_code == 422
            assert hidden_id(refused.text) == given
            first, second = [await browser.post(path, data={**data, "id": given}) for _ in range(2)]
            assert (first.status_code, second.status_code) == (303, 303), second.text
            assert first.headers["location"] == second.headers["location"]
            return first.headers["location"].partition("?")[0]

        family = await twice("/households/new", typed())
        head = typed()
        person = {name.split("-")[2]: head[name] for name in head if name.startswith("members-0-")}
        joined = {**person, "given_name_latin": "Sina", "relationship": "spouse", "joined_on": "2026-02-01"}
        await twice(f"{family}/members/new", joined)
        consent_page = (await browser.get(f"{family}/consents/new")).text
        member = re.search(r'<option value="([0-9a-f-]{36})"', consent_page)
        assert member
        consent = {
            "member_id": member[1],
            "purposes": "services",
            "method": "signature",
            "given_on": "2026-02-01",
        }
        await twice(f"{family}/consents/new", consent)
    (row,) = await world.owner_rows(
        "SELECT (SELECT count(*) FROM households), (SELECT count(*) FROM members), (SELECT count(*) FROM consents)"
    )
    assert tuple(row) == (1, 2, 1)


async def test_a_form_sent_after_the_sign_in_ended_arrives_after_signing_in_again(world: World):
    caseworker = await world.person("caseworker@KPT")
    await world.password(caseworker, "correct horse battery")
    async with world.browser() as browser:
        ended = await browser.post("/households/new", data=typed())
        assert ended.status_code == 401
        hidden = dict(
            re.findall(
                r'<input type="hidden" name="([^"]+)" value="([^"]*)"',
                ended.text.split('action="/sign-in"')[1],
            )
        )
        again = await browser.post(
            "/sign-in",
            data={**hidden, "_username": caseworker.username, "_password": "correct horse battery"},
        )
        assert again.status_code == 307
        assert again.headers["location"] == "/households/new"
        sent = await browser.post(
            again.headers["location"], data={**hidden, "_username": "x", "_password": "y"}
        )
        assert sent.status_code == 303


async def test_signing_in_again_is_in_the_language_of_the_page_that_was_open(world: World):
    """Also in a browser that asks for English: the page was in Khmer, by the person's choice."""
    caseworker = await world.person("caseworker@KPT")
    await world.password(caseworker, "correct horse battery")
    await world.owner_rows("UPDATE staff SET language = 'km' WHERE id = $1", caseworker.id)
    async with world.browser() as browser:
        browser.headers["Accept-Language"] = "en"
        assert '<html lang="en">' in (await browser.get("/sign-in")).text
        form = {"_username": caseworker.username, "_password": "correct horse battery", "_next": "/"}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        assert '<html lang="km">' in (await browser.get("/households/new")).text
        await world.owner_rows("UPDATE sessions SET expires_at = now() - interval '1 day'")
        ended = await browser.post("/households/new", data=typed())
        assert ended.status_code == 401
        assert '<html lang="km">' in ended.text


async def test_a_form_from_another_site_is_not_taken(world: World):
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        for headers in (
            {"Origin": "https://elsewhere.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": ""},
        ):
            assert (await browser.post("/households/new", data=typed(), headers=headers)).status_code == 403


async def test_the_list_is_searched_by_name(world: World):
    caseworker = await world.person("caseworker@KPT")
    await registered(world, caseworker)
    async with world.browser(caseworker) as browser:
        assert "KPT-00001" in (await browser.get("/households?q=បុប្ផា")).text
        assert "Nobody found" in (await browser.get("/households?q=zzz")).text
