"""The monitor's list, the visit form and the alerts, as a browser without JavaScript uses them."""

import re
from datetime import date, timedelta
from uuid import UUID

from livelihood.followups.reconcile import tick
from tests.followups.stories import anchored, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.families import members_of, registered
from tests.support.places import KPT_OTHER
from tests.support.world import World


def rows_of(html: str) -> dict[str, int]:
    """The form's row of each member."""
    return {
        found: int(row)
        for row, found in re.findall(r'name="people-(\d+)-member_id" id="[^"]+" value="([^"]+)"', html)
    }


async def test_the_list_shows_villages_households_children_and_what_is_due(world: World) -> None:
    household, _ = await paid_family(world)
    caseworker = await world.person("caseworker@KPT")
    other = await registered(world, caseworker, village_code=KPT_OTHER)
    await anchored(world, other.id)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    async with world.browser(await monitor(world)) as browser:
        html = (await browser.get("/follow-ups?whose=all")).text
        assert "2 villages · 2 households · 6 checks" in html
        for words in (
            "Mohar",
            "Ta Theav",
            household.code,
            other.code,
            "Bopha",
            "School check, month 1",
            "tel:+855",
        ):
            assert words in html
        assert html.count("Business check, month 1") == 2
        mine = await browser.get("/follow-ups")
        assert "Nothing is due today" in mine.text
        assert "Nothing is overdue" in (await browser.get("/follow-ups?whose=all&show=overdue")).text
    world.clock = clock_on(date(2026, 3, 10))
    async with world.browser(await monitor(world)) as browser:
        html = (await browser.get("/follow-ups?whose=all&show=overdue")).text
        assert "12 days overdue" in html


async def test_a_long_list_goes_on_over_pages_and_repeats_nothing(world: World) -> None:
    from livelihood.followups.queries.worklist import Narrowed, worklist

    caseworker = await world.person("caseworker@KPT")
    codes = []
    for number in range(5):
        household = await registered(world, caseworker, **({"village_code": KPT_OTHER} if number % 2 else {}))
        await anchored(world, household.id)
        codes.append(household.code)
    await tick(world.worker, clock_on(MONTH_1))
    seen: list[str] = []
    start: int | None = 0
    async with world.read(await monitor(world)) as reads:
        while start is not None:
            found = await worklist(reads, Narrowed(), today=MONTH_1, start=start, limit=2)
            seen += [card.code for village in found.villages for card in village.cards]
            start = found.next_start
    assert sorted(seen) == sorted(codes)
    assert len(seen) == 5


async def test_a_visit_is_recorded_and_says_what_happened_and_what_will(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        rows = rows_of(form)
        assert set(rows) == {str(people["Bopha"]), str(people["Piseth"])}
        bopha, piseth = (rows[str(people[name])] for name in ("Bopha", "Piseth"))
        made = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "mode": "in_person",
                f"people-{bopha}-member_id": str(people["Bopha"]),
                f"people-{bopha}-school": "in_school",
                f"people-{bopha}-grade": "5",
                f"people-{bopha}-learnt_from": "register",
                f"people-{piseth}-member_id": str(people["Piseth"]),
                f"people-{piseth}-school": "out_of_school",
                f"people-{piseth}-grade": "7",
                "business-state": "operating",
                "business-sales_minor": "48.50",
                "currency": "USD",
                "note": "",
            },
        )
        assert made.status_code == 303, made.text
        shown = (await browser.get(made.headers["Location"])).text
        for words in (
            "The visit is recorded.",
            "3 checks done.",
            "An alert for Sok Piseth went to the caseworker: out of school.",
            "In school, grade 5",
            "Next: Extra check",
        ):
            assert words in shown, shown
    (row,) = await world.owner_rows("SELECT details FROM observations WHERE kind = 'business'")
    assert '"sales_minor": 4850' in row["details"]


async def test_a_refused_form_keeps_what_was_typed_beside_what_is_wrong(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        refused = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": "2026-03-01",
                "outcome": "met",
                "people-0-member_id": str(people["Bopha"]),
                "people-0-school": "in_school",
                "people-0-days_present": "9",
                "people-0-days_open": "3",
                "people-0-economic_hours": "4",
                "mode": "phone",
                "note": "Typed with care",
            },
        )
        assert refused.status_code == 422
        for words in (
            "1 Mar 2026 is in the future",
            "9 days present of 3 days open",
            "Work is not asked about by telephone",
            "Typed with care",
            'id="f-people-0-days_present-error"',
        ):
            assert words in refused.text
    assert not await world.owner_rows("SELECT id FROM visits")


async def test_numbers_that_cannot_be_are_refused_where_they_were_typed(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    typed = {
        "household_id": str(household.id),
        "happened_on": MONTH_1.isoformat(),
        "outcome": "met",
        "mode": "in_person",
        "people-0-member_id": str(people["Bopha"]),
        "people-0-school": "in_school",
        "people-0-days_present": "300",
        "people-0-days_open": "300",
        "people-0-economic_hours": "168",
        "people-0-chore_hours": "168",
    }
    async with world.browser(await monitor(world)) as browser:
        refused = await browser.post("/visits/new", data=typed)
    assert refused.status_code == 422
    for field, words in (
        ("days_open", "300 school days are more than a month has (31)"),
        ("chore_hours", "168 hours of chores and 168 of work are together more than a week has (168)"),
    ):
        said = refused.text.split(f'id="f-people-0-{field}-error"')[1][:400]
        assert words in said, said
    assert not await world.owner_rows("SELECT id FROM visits")


async def test_all_faults_are_said_at_once_and_none_of_them_as_the_only_one(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    silent = "the form says nothing"
    async with world.browser(await monitor(world)) as browser:
        typed = {
            "household_id": str(household.id),
            "happened_on": MONTH_1.isoformat(),
            "outcome": "met",
            "mode": "in_person",
        }
        alone = (await browser.post("/visits/new", data=typed)).text
        assert silent in alone
        both = (await browser.post("/visits/new", data=typed | {"business-sales_minor": "5"})).text
        assert silent not in both
        assert "Choose how the business is" in both
        assert "Nothing is said of Sok Piseth" in both


async def test_nobody_is_on_the_way_to_a_telephone_call(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    typed = {"household_id": str(household.id), "happened_on": MONTH_1.isoformat(), "outcome": "no_access"}
    async with world.browser(await monitor(world)) as browser:
        refused = await browser.post("/visits/new", data=typed | {"mode": "phone"})
        assert refused.status_code == 422
        assert "By telephone there is no way to go" in refused.text
        assert "f-outcome-error" in refused.text
        for fits in ({"mode": "in_person"}, {"mode": "phone", "outcome": "not_found"}):
            assert (await browser.post("/visits/new", data=typed | fits)).status_code == 303


async def test_each_kind_of_school_stands_in_the_list_once(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
    kinds = re.findall(r'<select id="f-people-\d-schooling".*?</select>', form, re.DOTALL)
    assert len(kinds) == 2
    assert [one.count("School, grades 1 to 12") for one in kinds] == [1, 1]


async def test_alerts_are_listed_and_acknowledged(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "people-0-member_id": str(people["Bopha"]),
                "people-0-school": "out_of_school",
                "nothing_learnt": f"{people['Piseth']} {household.id}",
            },
        )
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        listed = (await browser.get("/alerts")).text
        assert "Children out of school" in listed
        found = re.search(r'href="/alerts/([0-9a-f-]+)"', listed)
        assert found is not None
        alert = f"/alerts/{UUID(found[1])}"
        done = await browser.post(f"{alert}/acknowledgements", data={"note": "Friday"})
        assert done.headers["Location"] == f"{alert}?done=acknowledged"
        assert "Read by Caseworker.Kpt" in (await browser.get(alert)).text
        assert "No alert was closed yet" in (await browser.get("/alerts?show=closed")).text
        plan = {
            "barrier": "cost",
            "action": "A bicycle",
            "who": "The uncle",
            "due_on": (MONTH_1 + timedelta(days=3)).isoformat(),
        }
        refused = await browser.post(f"{alert}/support-plans", data=plan)
        assert refused.status_code == 409
        assert "You have not met this family in person" in refused.text
        assert "A bicycle" in refused.text, "what was typed is kept"
        await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "mode": "in_person",
                "nothing_learnt": f"{people['Bopha']} {people['Piseth']} {household.id}",
            },
        )
        made = await browser.post(f"{alert}/support-plans", data=plan)
        assert made.status_code == 303, made.text
        shown = (await browser.get(alert)).text
        (path,) = re.findall(r'action="(/alerts/[^"]+/outcome)"', shown)
        assert "Costs of school" in shown
        assert "Support plans due" in (await browser.get("/")).text
        assert "Say why it was not done" in (await browser.post(path, data={"outcome": "not_done"})).text
        assert (await browser.post(path, data={"outcome": "done"})).status_code == 303
        assert "Support plans due" not in (await browser.get("/")).text


async def test_who_may_not_record_has_no_button_and_no_form(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await world.person("manager@KPT")) as browser:
        assert "Record visit" not in (await browser.get("/follow-ups?whose=all")).text
        assert (await browser.get(f"/visits/new?household={household.id}")).status_code == 403
    async with world.browser(await world.person("monitor@KMP")) as browser:
        assert (await browser.get(f"/visits/new?household={household.id}")).status_code == 404
