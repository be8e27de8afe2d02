"""The list of what is wrong at the head of a form: whose it is, which field, and a link that leads there."""

import re
from html import unescape

import msgspec

from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.families import members_of
from tests.support.world import World

SUMMARY = re.compile(r'id="errors">.*?<ul>(.*?)</ul>', re.DOTALL)
LINE = re.compile(r"<li>(?:<a href=\"#([^\"]+)\">)?(.*?)(?:</a>)?</li>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


class Told(msgspec.Struct, frozen=True):
    at: str
    words: str


def told(page: str) -> list[Told]:
    found = SUMMARY.search(page)
    assert found, page
    lines = [(at, " ".join(unescape(TAG.sub("", words)).split())) for at, words in LINE.findall(found[1])]
    return [Told(at, words) for at, words in lines]


async def test_every_line_calls_its_field_by_name_and_leads_there(world: World) -> None:
    household, _ = await paid_family(world)
    home = f"/households/{household.id}"
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    asked = {
        "caseworker@KPT": {
            f"{home}/away": "Who is away",
            f"{home}/consents/new": "To what",
            f"{home}/members/new": "Sex",
            f"{home}/members/{bopha}/leave": "First day without them",
            "/households/new": "Village",
            "/courses/new": "Trade",
        },
        "supervisor@KPT": {
            f"{home}/checks/close": "Which checks?",
            f"{home}/close": "Why",
            f"{home}/move": "New village",
        },
        "manager": {
            "/funds/new": "Name of the fund",
            "/policy-numbers/spot_check_days/change": "Who decided it, and why",
            "/protocols/new": "Name in Khmer",
            "/calendar/years/2026": "First day of school",
            "/calendar/closures/new": "First day",
            "/calendar/holidays/new": "Day",
        },
    }
    for role, forms in asked.items():
        async with world.browser(await world.person(role)) as browser:
            for path, label in forms.items():
                refused = await browser.post(path, data={})
                assert refused.status_code == 422, (path, refused.status_code)
                lines = told(refused.text)
                ids = re.findall(r'id="([^"]+)"', refused.text)
                assert [line for line in lines if line.at and line.at not in ids] == [], path
                nameless = [line for line in lines if line.at and ": " not in line.words]
                assert nameless == [], path
                places = [ids.index(line.at) for line in lines if line.at]
                assert places == sorted(places), f"{path} tells them in another order than it asks"
                assert any(line.words.startswith(f"{label}: ") for line in lines), (path, lines)


async def test_a_form_about_several_children_says_which_child_is_meant(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, families=1)
    (code,) = await world.owner_rows("SELECT code FROM households")
    async with world.browser(await monitor(world)) as browser:
        rows = {
            "happened_on": MONTH_1.isoformat(),
            "days_open": "20",
            "children-0-member_id": str(pupils["Piseth0"]),
            "children-0-register": "on",
            "children-0-grade": "13",
            "children-1-member_id": str(pupils["Bopha0"]),
            "children-1-register": "on",
            "children-1-days_present": "many",
        }
        refused = await browser.post(f"/schools/{school}/roll-call", data=rows)
        wrong = "13 is not between 1 and 12. Write a number in that range."
        assert told(refused.text) == [
            Told("f-children-0-grade", f"Sok Piseth {code['code']} · Grade: {wrong}"),
            Told(
                "f-children-1-days_present",
                f"សុខ បុប្ផា Sok Bopha {code['code']} · Days present: many is not a whole number. Write it in digits, as in 20.",
            ),
        ]
        (household,) = await world.owner_rows("SELECT id FROM households")
        refused = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household["id"]),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "people-0-member_id": str(pupils["Bopha0"]),
                "people-0-school": "in_school",
                "people-0-days_present": "21",
                "people-0-days_open": "20",
                "people-1-member_id": str(pupils["Piseth0"]),
                "people-1-school": "in_school",
                "people-1-days_present": "22",
                "people-1-days_open": "20",
            },
        )
        lines = [line.words.split(": ")[0] for line in told(refused.text)]
        assert {
            "សុខ បុប្ផា Sok Bopha · Days present in the last month",
            "Sok Piseth · Days present in the last month",
        } <= set(lines)
