"""What a person reads who comes to a wrong address or may not go on; programs get names and codes beside it."""

import re
from html import unescape

import pytest

from livelihood.accounts.permissions import Permission
from tests.support.families import registered
from tests.support.world import World

NOBODY = "01999999-0000-7000-8000-00000000ffff"
MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
# Names of types, of permissions and of what an address is made of: for programs alone.
OF_PROGRAMS = re.compile(
    r"\b(int|str|null|UUID|Expected|Invalid|regex|query|parameter|enum|RFC)\b|"
    + "|".join(re.escape(permission) for permission in Permission)
)


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", MAIN.findall(page)[0])).split())


@pytest.mark.parametrize(
    ("address", "anew"),
    [
        ("/spot-checks?monitor=xyz", "/spot-checks"),
        ("/follow-ups?start=-1&whose=all", "/follow-ups"),
        ("/alerts?office=xyz", "/alerts"),
        ("/alerts?show=neither", "/alerts"),
        ("/calendar?day=yesterday", "/calendar"),
        ("/calendar?year=1900", "/calendar"),
        ("/households?q=" + "x" * 200, "/households"),
        ("/households?cursor=there", "/households"),
        ("/grants?cursor=there", "/grants"),
        ("/visits/new", ""),
        ("/visits/new?household=1", ""),
        (f"/visits/new?household={NOBODY}&replaces=2", ""),
        ("/policy-numbers/NINE", ""),
    ],
)
async def test_a_wrong_address_is_said_in_words_with_a_way_on(world: World, address: str, anew: str) -> None:
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        told = await browser.get(address)
        assert told.status_code in {400, 422}
        assert not OF_PROGRAMS.search(words(told.text)), words(told.text)
        asked = words(told.text).removeprefix("This did not work ").split(".")[0]
        assert asked.startswith("A part of this address") or asked == "there is no place in this list"
        assert "nothing was saved" not in words(told.text), "nothing was to be saved"
        on = re.findall(r'role="button" href="([^"]+)"', told.text)
        assert on == [anew, "/"] if anew else ["/"]
        for href in on:
            assert (await browser.get(href)).status_code == 200


async def test_programs_are_told_which_parameter_is_wrong_and_why(world: World) -> None:
    async with world.client(await world.person("supervisor@KPT")) as client:
        for address, field, why in (
            ("/visits?limit=9999", "limit", "9999 is not between 1 and 200. Write a number in that range."),
            ("/follow-ups?state=gone", "state", "gone is not one of: upcoming, due,"),
            ("/worklist?office=here", "office", "here is not a whole number."),
            ("/worklist?office=01", "office", "01 begins with a zero that means nothing. Write 1."),
            ("/worklist?office=000", "office", "0 is not between 1 and 32767."),
            ("/silence?monitor=", "monitor", "Nothing is written here. Write a value, or leave monitor out."),
            ("/monitors?office=", "office", "This is needed."),
            ("/trips?before=soon", "before", "soon is not a date. Write year-month-day, as in 2026-12-14."),
            ("/trips/2026-02-01/06020101?by=me", "by", "me is not an id."),
            ("/households?cursor=there", "cursor", "there is no place in this list."),
        ):
            told = (await client.get(address)).json()
            assert [(one["field"], one["message"][: len(why)]) for one in told["errors"]] == [(field, why)]
            assert told["detail"].endswith("."), told


async def test_a_parameter_that_is_misspelt_is_refused_and_never_ignored(world: World) -> None:
    async with world.client(await world.person("monitor@KPT")) as client:
        for address, told in (
            ("/follow-ups?offfice=1", ["offfice"]),
            ("/follow-ups?office=1&State=due&vilage=06020101", ["State", "vilage"]),
            # The one that is needed is missed beside it.
            ("/monitors?offices=1", ["office", "offices"]),
            ("/me?who=1", ["who"]),
            (f"/visits/{NOBODY}?household={NOBODY}", ["household"]),
        ):
            answer = await client.get(address)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), address
            assert [one["field"] for one in answer.json()["errors"]] == told, address
        told = (await client.get("/follow-ups?offfice=1")).json()["errors"][0]["message"]
        assert told.startswith(
            "There is no parameter offfice here. Those of this address are: state, purpose, "
        )
        assert (await client.get("/me?who=1")).json()["errors"][0]["message"].endswith("Leave it out.")
        writing = await client.post(f"/visits/{NOBODY}/withdrawal?dry=1", json={"reason": "Nobody"})
        assert [one["field"] for one in writing.json()["errors"]] == ["dry"]
    async with world.browser(await world.person("monitor@KPT")) as browser:
        # A link that somebody passed on.
        assert (await browser.get("/follow-ups?fbclid=1")).status_code == 200


async def test_a_parameter_that_is_given_twice_is_refused_and_never_passed_over(world: World) -> None:
    manager = await world.person("manager")
    async with world.client(manager) as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
        asked = 0
        for path, verbs in document["paths"].items():
            there = path.format_map(Standing())
            for parameter in verbs.get("get", {}).get("parameters", []):
                if parameter["in"] == "query" and path.startswith("/api/v1"):
                    name = parameter["name"]
                    for query in (f"{name}=5&{name}=7", f"{name}=5&{name}=", f"{name}=x&{name}=1"):
                        refused = await client.get(f"http://test{there}?{query}")
                        assert refused.status_code == 400, (there, query)
                        found = [one["message"] for one in refused.json()["errors"] if one["field"] == name]
                        assert [one[: len(name) + 15] for one in found] == [f"{name} stands 2 times"], query
                    asked += 1
        assert asked > 50
    async with world.browser(manager) as browser:
        for query in ("office=1&office=2", "office=1&office=", "whose=all&whose=all"):
            told = await browser.get(f"/follow-ups?{query}")
            assert told.status_code == 422
            assert f"{query.partition('=')[0]} stands 2 times in this address" in words(told.text)
            assert 'role="button" href="/follow-ups"' in told.text
        # Of those who have a seat now there may be several, and of a link that was passed on nothing is known.
        assert (await browser.get("/follow-ups?fbclid=1&fbclid=2")).status_code == 200
        several = await browser.get(f"/courses/{NOBODY}?promoted={NOBODY}&promoted={NOBODY}")
        assert several.status_code == 404


async def test_whatever_the_api_describes_it_takes_and_nothing_else(world: World) -> None:
    """Of every address, the parameters of the document are those that a refusal names."""
    async with world.client(await world.person("manager")) as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
        asked = 0
        for path, verbs in document["paths"].items():
            if "get" not in verbs or not path.startswith("/api/v1"):
                continue
            described = [one["name"] for one in verbs["get"].get("parameters", []) if one["in"] == "query"]
            there = path.format_map(Standing())
            answer = await client.get(f"http://test{there}?nonsense=1")
            assert answer.status_code == 400, there
            found = [one["message"] for one in answer.json()["errors"] if one["field"] == "nonsense"]
            listed = found[0].partition("are: ")[2].rstrip(".")
            assert sorted(listed.split(", ") if listed else []) == sorted(described), there
            asked += 1
    assert asked > 30


async def test_who_asks_by_another_method_is_told_which_ones_there_are(world: World) -> None:
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
        for path, verbs in document["paths"].items():
            refused = await client.request("TRACE", f"http://test{path.format_map(Standing())}")
            there = {verb.upper() for verb in verbs} | {"OPTIONS"}
            assert (refused.status_code, refused.headers["allow"]) == (405, ", ".join(sorted(there))), path
    async with world.browser(await world.person("monitor@KPT")) as browser:
        for address, there in (("/follow-ups", "GET, OPTIONS"), ("/static/app.css", "GET, HEAD, OPTIONS")):
            refused = await browser.put(address)
            assert (refused.status_code, refused.headers["allow"]) == (405, there)


@pytest.mark.parametrize(
    ("address", "above"),
    [
        (f"/alerts/{NOBODY}/steps", f"/alerts/{NOBODY}"),
        (f"/monitors/{NOBODY}/cover", f"/monitors/{NOBODY}"),
        (f"/sheets/{NOBODY}/lines/2", f"/sheets/{NOBODY}"),
        ("/sign-out/everywhere", ""),
    ],
)
async def test_the_address_of_a_form_opened_by_itself_leads_back(
    world: World, address: str, above: str
) -> None:
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        told = await browser.get(address)
        assert (told.status_code, told.headers["allow"]) == (405, "OPTIONS, POST")
        assert "API" not in words(told.text)
        assert "There is no page at this address: a form is sent to it." in words(told.text)
        assert re.findall(r'role="button" href="([^"]+)"', told.text) == ([above, "/"] if above else ["/"])


class Standing(dict[str, str]):
    """Something that fits every part of a path."""

    def __missing__(self, name: str) -> str:
        return {"day": "2026-02-01", "first": "2026", "line": "1"}.get(name, NOBODY)


@pytest.mark.parametrize(
    "at",
    [
        "silence",
        "alerts",
        "follow-ups",
        "worklist",
        "worklist/schools",
        "monitors",
        "cover",
        "spot-checks",
        "sheets",
    ],
)
async def test_an_office_that_is_none_of_theirs_is_refused_and_never_empty(world: World, at: str) -> None:
    for who, offices in (("supervisor@KPT", (2, 99)), ("manager", (99,))):
        person = await world.person(who)
        for office in offices:
            async with world.client(person) as client:
                refused = await client.get(f"/{at}?office={office}")
            assert refused.status_code == 403, refused.text
            assert refused.json()["detail"].startswith("This is of another office,")
            if at in {"silence", "alerts", "follow-ups", "monitors", "spot-checks"}:
                async with world.browser(person) as browser:
                    told = await browser.get(f"/{at}?office={office}")
                assert told.status_code == 403
                assert "This is of another office," in words(told.text)


async def test_a_body_that_is_missing_is_said_to_be_missing(world: World) -> None:
    async with world.client(await world.person("monitor@KPT")) as client:
        for address in ("/visits", "/roll-calls", f"/visits/{NOBODY}/withdrawal"):
            told = await client.post(address)
            assert told.status_code == 400
            assert (told.json()["code"], told.json()["detail"][:20]) == (
                "malformed-body",
                "The body is missing.",
            )
        wrong = await client.put("/visits")
        assert wrong.status_code == 405
        assert "description of the API" in wrong.json()["detail"]
        khmer = await client.post("/visits", headers={"Accept-Language": "km"})
        # The fixed name of the status, for programs; what is for people is in their language.
        assert khmer.json()["title"] == told.json()["title"] == "Bad request"
        assert not khmer.json()["detail"].isascii()


async def test_who_may_not_is_told_whose_work_it_is(world: World) -> None:
    monitor = await world.person("monitor@KPT")
    supervisor = await world.person("supervisor@KPT")
    async with world.browser(monitor) as browser:
        for address, roles in (
            ("/protocols/new", "the role of manager."),
            ("/funds", "the role of caseworker, finance officer, manager or supervisor."),
            ("/system", "the role of administrator or manager."),
        ):
            told = await browser.get(address)
            assert told.status_code == 403
            assert f"This needs {roles} Ask a colleague" in words(told.text)
            assert not OF_PROGRAMS.search(words(told.text))
    async with world.browser(supervisor) as browser:
        told = await browser.get("/monitors?office=2")
        assert told.status_code == 403
        assert "This is of another office" in words(told.text)
        await browser.post("/language", data={"language": "km", "next": "/"})
        told = await browser.get("/protocols/new")
        assert "ត្រូវការតួនាទីអ្នកគ្រប់គ្រង។" in words(told.text)
        assert "អាសយដ្ឋាន" in words((await browser.get("/alerts?office=xyz")).text)
    async with world.client(monitor) as client:
        told = await client.get("/funds")
        assert told.status_code == 403
        assert told.json()["permission"] == "funds:read"
        assert not OF_PROGRAMS.search(told.json()["detail"])


async def test_a_form_that_no_page_sends_is_answered_in_words(world: World) -> None:
    household = await registered(world, await world.person("caseworker@KPT"))
    visit = {
        "household_id": str(household.id),
        "happened_on": household.intake_on.isoformat(),
        "outcome": "met",
    }
    huge = "9" * 20
    for who, path, crafted in (
        ("monitor@KPT", "/visits/new", {"people-²-member_id": "x"}),
        ("monitor@KPT", "/visits/new", {f"people-{'9' * 5000}-member_id": "x"}),
        ("monitor@KPT", "/visits/new", {"currency": "EUR", "business-sales_minor": huge}),
        ("finance@KPT", "/funds/new", {"currency": "EUR", "budget_minor": huge}),
        ("manager", "/protocols/school_retention/rows", {"slots-²-months": "1"}),
    ):
        async with world.browser(await world.person(who)) as browser:
            told = await browser.post(path, data=visit | crafted)
            assert told.status_code in {200, 422}, (path, crafted.keys(), told.status_code)
            assert "on our side" not in words(told.text)
