"""The form of a visit: what it asks, whom it asks about, and what it says before anything is saved."""

import re
from datetime import date
from uuid import UUID, uuid4

import httpx
import pytest

from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_pages import rows_of
from tests.followups.test_visits import OF_THE_DAY, education, recorded
from tests.support.families import members_of
from tests.support.world import World


async def test_the_form_asks_nothing_beforehand_and_records_what_applies(world: World) -> None:
    """Answers that were not given are not made up: last month's state is shown, and not kept silently."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        answers = [part.split(">")[0] for part in form.split("<input ") if "people-" in part.split(">")[0]]
        assert [one for one in answers if "checked" in one] == []
        rows = rows_of(form)
        bopha, piseth = (f"people-{rows[str(people[name])]}" for name in ("Bopha", "Piseth"))
        body = {
            "household_id": str(household.id),
            "happened_on": MONTH_1.isoformat(),
            "outcome": "met",
            "mode": "phone",
            "met": "caregiver",
            "nothing_learnt": str(household.id),
            f"{bopha}-member_id": str(people["Bopha"]),
            f"{bopha}-school": "in_school",
            f"{bopha}-whereabouts": "away_alone",
            f"{bopha}-present": "true",
            f"{piseth}-member_id": str(people["Piseth"]),
            f"{piseth}-school": "not_seen",
            f"{piseth}-whereabouts": "with_relatives",
        }
        made = await browser.post("/visits/new", data=body)
        assert made.status_code == 303, made.text
        shown = (await browser.get(made.headers["Location"])).text
        assert "With relatives" in shown
        assert "A caregiver" in shown
        unmet = await browser.post("/visits/new", data=body | {"outcome": "moved", "met": "neighbour"})
        assert unmet.status_code == 303, unmet.text
    kinds = await world.owner_rows(
        "SELECT o.kind, v.outcome FROM observations o JOIN visits v ON v.id = o.visit_id ORDER BY o.recorded_at, 1"
    )
    assert sorted((row["outcome"], row["kind"]) for row in kinds) == [
        ("met", "education"),
        ("met", "whereabouts"),
        ("met", "whereabouts"),
        ("moved", "whereabouts"),
        ("moved", "whereabouts"),
    ]
    assert await world.owner_rows("SELECT FROM visit_people") == []


async def test_an_overdue_business_of_which_nothing_is_said_is_asked_about_and_stays_in_sight(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(date(2026, 3, 10))
    async with world.browser(await monitor(world)) as browser:
        rows = rows_of((await browser.get(f"/visits/new?household={household.id}")).text)
        body = {
            "id": str(uuid4()),
            "household_id": str(household.id),
            "happened_on": "2026-03-10",
            "outcome": "met",
            "mode": "in_person",
            "business-state": "",
        }
        for name in ("Bopha", "Piseth"):
            row = rows[str(people[name])]
            body |= {f"people-{row}-member_id": str(people[name]), f"people-{row}-school": "in_school"}
        asked = await browser.post("/visits/new", data=body)
        assert asked.status_code == 422
        assert "Nothing is said of the business, and a check of it is due." in seen(asked.text)
        assert 'href="#f-business-state"' in asked.text
        assert "Nothing was learnt about the business" in seen(asked.text)
        assert await world.owner_rows("SELECT FROM visits") == []
        (offered,) = re.findall(r'name="nothing_learnt" value="([^"]+)"', asked.text)

        told = body | {"id": str(uuid4()), "business-state": "operating", "business-sales_minor": "x"}
        assert "Nothing is said of the business" not in seen(
            (await browser.post("/visits/new", data=told)).text
        )

        made = await browser.post("/visits/new", data=body | {"nothing_learnt": offered})
        assert made.status_code == 303, made.text
        shown = seen((await browser.get(made.headers["Location"])).text)
        assert "Still overdue: Business check, month 1, since " in shown
        assert shown.index("Still overdue: ") < shown.index("Next: ")
        assert shown.count("Still overdue: ") == 1, "what was answered is not told as overdue"

        answered = body | {"id": str(uuid4()), "business-state": "operating"}
        made = await browser.post("/visits/new", data=answered)
        assert made.status_code == 303, made.text
        shown = seen((await browser.get(made.headers["Location"])).text)
        assert "Still overdue: Business check, month 1, since " not in shown


async def test_a_due_child_of_whom_nothing_is_said_is_asked_about_before_anything_is_saved(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    names = {key: str(people[key]) for key in ("Bopha", "Piseth")}
    async with world.browser(await monitor(world)) as browser:
        rows = rows_of((await browser.get(f"/visits/new?household={household.id}")).text)
        bopha, piseth = (rows[names[name]] for name in ("Bopha", "Piseth"))
        body = OF_THE_DAY | {
            "id": str(uuid4()),
            "household_id": str(household.id),
            "mode": "in_person",
            "note": "Typed with care",
            "business-state": "operating",
            f"people-{bopha}-member_id": names["Bopha"],
            f"people-{bopha}-school": "in_school",
            f"people-{bopha}-grade": "5",
            f"people-{piseth}-member_id": names["Piseth"],
        }
        asked = await browser.post("/visits/new", data=body)
        assert asked.status_code == 422
        assert "Nothing is said of Sok Piseth, and a check of them is due." in seen(asked.text)
        assert f'href="#f-people-{piseth}-school"' in asked.text
        assert "Typed with care" in asked.text
        assert rows_of(asked.text) == rows
        assert await world.owner_rows("SELECT FROM visits") == []
        (offered,) = re.findall(r'name="nothing_learnt" value="([^"]+)"', asked.text)
        assert offered == names["Piseth"], "of Bopha something is said"

        # What was ticked is of the child that was named, and of nobody else.
        other = body | {"nothing_learnt": offered, f"people-{bopha}-school": ""}
        again = await browser.post("/visits/new", data=other)
        assert again.status_code == 422
        assert "Nothing is said of សុខ បុប្ផា (Sok Bopha)" in seen(again.text)
        assert "Nothing is said of Sok Piseth" not in seen(again.text)

        wrong = await browser.post("/visits/new", data=body | {"happened_on": "2026-02-13"})
        assert "13 Feb 2026 is in the future" in seen(wrong.text)
        assert "Nothing is said of Sok Piseth" in seen(wrong.text), "all that is wrong is said at once"

        made = await browser.post("/visits/new", data=body | {"nothing_learnt": offered})
        assert made.status_code == 303, made.text
        shown = seen((await browser.get(made.headers["Location"])).text)
    assert "2 checks done." in shown
    (left,) = await world.owner_rows(
        "SELECT count(*) AS number FROM follow_ups WHERE member_id = $1 AND settled_on IS NULL AND opens_on <= $2 "
        "AND closes_on >= $2",
        people["Piseth"],
        MONTH_1,
    )
    assert left["number"] == 1


@pytest.mark.parametrize(
    "said",
    [
        {"school": "not_seen"},
        {"school": "in_school"},
        {"school": "not_seen", "whereabouts": "with_relatives"},
        {"outcome": "not_found"},
        {"happened_on": "2026-01-13"},
    ],
)
async def test_nobody_is_asked_about_twice_who_was_spoken_of_or_was_not_due(
    world: World, said: dict[str, str]
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    of_visit = {name: value for name, value in said.items() if name in {"outcome", "happened_on"}}
    body = OF_THE_DAY | {"household_id": str(household.id), "mode": "in_person"} | of_visit
    body["business-state"] = "paused"
    for row, name in enumerate(("Bopha", "Piseth")):
        body[f"people-{row}-member_id"] = str(people[name])
        body |= {f"people-{row}-{key}": value for key, value in said.items() if key not in of_visit}
    async with world.browser(await monitor(world)) as browser:
        made = await browser.post("/visits/new", data=body)
    assert made.status_code == 303, made.text


async def test_what_was_typed_of_a_child_stays_with_them_though_the_order_changed(world: World) -> None:
    """Meanwhile a colleague recorded the one of the two who stood first."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        rows = rows_of((await browser.get(f"/visits/new?household={household.id}")).text)
        first, second = sorted(rows, key=lambda one: rows[one])
        await recorded(world, household.id, "caseworker@KPT", findings=[education(UUID(first))])
        refused = await browser.post(
            "/visits/new",
            data=OF_THE_DAY
            | {
                "household_id": str(household.id),
                f"people-{rows[first]}-member_id": first,
                f"people-{rows[first]}-school": "in_school",
                f"people-{rows[second]}-member_id": second,
                f"people-{rows[second]}-school": "out_of_school",
                f"people-{rows[second]}-days_present": "x",
            },
        )
    assert refused.status_code == 422
    assert rows_of(refused.text) == rows
    assert set(people.values()) >= {UUID(first), UUID(second)}


async def test_who_opens_the_form_sees_what_was_recorded_of_that_day(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1, hour=14)
    form = f"/visits/new?household={household.id}"
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        assert "recorded on" not in seen((await browser.get(form)).text)
        made = (await recorded(world, household.id, findings=[education(people["Bopha"])]))["visit"]["id"]
        shown = (await browser.get(form)).text
        assert "This family was recorded on Thu 12 Feb already." in seen(shown)
        assert f'href="/visits/{made}"' in shown
        assert "The record of Monitor.Kpt: Met the family (entered on Thu 12 Feb at 14:00)" in seen(shown)
        assert "recorded on" not in seen((await browser.get(f"{form}&happened_on=2026-02-11")).text)
        refused = await browser.post(
            "/visits/new",
            data={"household_id": str(household.id), "happened_on": MONTH_1.isoformat(), "outcome": "met"},
        )
        assert refused.status_code == 422
        assert f'href="/visits/{made}"' in refused.text
    async with world.client(await monitor(world)) as client:
        await client.post(f"/visits/{made}/withdrawal", json={"reason": "Next door"})
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        assert "recorded on" not in seen((await browser.get(form)).text)


async def test_whether_a_child_enrolled_again_is_asked_until_it_is_known(world: World) -> None:
    """The check at the beginning of the school year lapses as the next one is open already, and that was answered
    before the weeks in which it is asked who came back: nothing is due, and nobody knows.
    """
    household, _ = await paid_family(world, date(2026, 10, 19))
    people = await members_of(world, household)
    names = {key: str(people[key]) for key in ("Bopha", "Piseth")}
    who = await monitor(world)
    check = "Re-enrolment check, school year 2026/27"
    missed = f"{check} missed Sun 29 Nov"

    async def read(browser: httpx.AsyncClient, path: str = f"/visits/new?household={household.id}") -> str:
        return (await browser.get(path)).text

    async def sent(browser: httpx.AsyncClient, **schools: str) -> httpx.Response:
        rows = rows_of(await read(browser))
        body = {
            "id": str(uuid4()),
            "household_id": str(household.id),
            "happened_on": world.clock.today().isoformat(),
            "outcome": "met",
            "mode": "in_person",
            "business-state": "operating",
        }
        for name, school in schools.items():
            at = f"people-{rows[names[name]]}"
            body |= {f"{at}-member_id": names[name], f"{at}-school": school}
        found = await browser.post("/visits/new", data=body)
        await tick(world.worker, world.clock)
        return found

    world.clock = clock_on(date(2026, 11, 6))
    async with world.browser(who) as browser:
        assert (await sent(browser, Bopha="in_school", Piseth="in_school")).status_code == 303
    world.clock = clock_on(date(2026, 11, 29))
    async with world.browser(who) as browser:
        assert seen(await read(browser)).count(f"{check} last day today") == 2
    world.clock = clock_on(date(2026, 12, 1))
    async with world.browser(who) as browser:
        assert household.code not in await read(browser, "/follow-ups"), "nothing is due"
        assert f"{check} · was due and not made" in seen(await read(browser, f"/households/{household.id}"))
        assert seen(await read(browser)).count(missed) == 2
        asked = await sent(browser, Bopha="in_school")
        assert asked.status_code == 422
        assert "Nothing is said of Sok Piseth, and a check of them is due." in seen(asked.text)
        assert "Nothing is said of សុខ បុប្ផា" not in seen(asked.text)
        assert (await sent(browser, Bopha="in_school", Piseth="not_seen")).status_code == 303
        assert seen(await read(browser)).count(missed) == 1, "of Piseth it is still not known"
    world.clock = clock_on(date(2026, 12, 4))
    async with world.browser(who) as browser:
        assert (await sent(browser, Piseth="out_of_school")).status_code == 303
        assert missed not in seen(await read(browser))
    rows = await world.owner_rows(
        "SELECT settled FROM follow_ups WHERE slot = 're_enrolment_2026/27' AND member_id = $1",
        people["Piseth"],
    )
    assert [row["settled"] for row in rows] == ["done_late"]


@pytest.mark.parametrize(("day", "times"), [(date(2027, 9, 8), 2), (date(2027, 9, 9), 0)])
async def test_an_earlier_school_year_is_asked_about_no_more(world: World, day: date, times: int) -> None:
    household, _ = await paid_family(world, date(2026, 10, 19))
    world.clock = clock_on(day)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        assert seen(form).count("Re-enrolment check, school year 2026/27 missed") == times
