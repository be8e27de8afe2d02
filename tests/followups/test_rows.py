"""Forms with a row for each person, while others become due, are checked or leave: what was typed stays with whom it
is about, and so does what is wrong with it.
"""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.errors import FieldError, InvalidInput, say
from livelihood.followups.pages.rows import answered, faults_at_rows, numbered
from livelihood.web.requests import Form
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_entry import two_families
from tests.followups.test_leaving import caseworker, leaves
from tests.followups.test_pages import rows_of
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.families import members_of
from tests.support.world import World

TOO_MANY = "23 days present of 20 days open"


@given(st.lists(st.integers(0, 9990), min_size=1, max_size=8, unique=True), st.data())
def test_whatever_numbers_rows_have_each_is_of_whom_it_names(numbers: list[int], data: st.DataObject) -> None:
    who = {number: uuid4() for number in numbers}
    # Names nobody who can be found.
    lost = data.draw(
        (st.just(max(numbers) + 1) | st.integers(0, 9999)).filter(lambda one: one not in numbers)
    )
    form = Form.of(
        **{f"people-{number}-member_id": who[number] for number in numbers},
        **{f"people-{lost}-member_id": "somebody", f"people-{lost}-grade": "7"},
    )
    faulty = data.draw(st.integers(0, len(numbers) - 1))
    with pytest.raises(InvalidInput) as refused, faults_at_rows(form, "people"):
        raise InvalidInput(
            [FieldError(f"people.{faulty}.grade", say("x")), FieldError("people", say("y"))], say("z")
        )
    wanted = sorted(numbers)[faulty]
    assert [one.field for one in refused.value.errors] == [f"people.{wanted}.grade", "people"]
    new = uuid4()
    redrawn = numbered(form, "people", [new, *who.values()])
    assert redrawn[1:] == numbers
    assert redrawn[0] not in {*numbers, lost}
    assert answered(form, "people") == set(), "to be named is to be told nothing of"


def visit_of(household_id: UUID, rows: dict[int, UUID], **said: str) -> dict[str, Any]:
    """A visit that says of everybody the same, in rows of these numbers."""
    body: dict[str, Any] = {
        "household_id": str(household_id), "happened_on": MONTH_1.isoformat(), "outcome": "met", "mode": "in_person",
    }  # fmt: skip
    for row, member_id in rows.items():
        body[f"people-{row}-member_id"] = str(member_id)
        body |= {f"people-{row}-{name}": value for name, value in said.items()}
    return body


AFTER_ALL = "Somebody who left was met after all"


def faulty(html: str) -> list[str]:
    return re.findall(r'id="(?:f|line-1)-((?:people|children)-\d+-\w+)-error"', html)


async def test_a_fault_stands_at_the_child_it_is_about_whatever_the_rows_are_called(world: World) -> None:
    sheet_id, (household, _other), people = await two_families(world)
    rows = {2: people["Bopha"], 7: people["Piseth"]}
    body = visit_of(household.id, rows, school="in_school", days_open="20")
    wrong = body | {"people-7-days_present": "23", "people-2-days_present": "3"}
    async with world.browser(await monitor(world)) as browser:
        visit = await browser.post("/visits/new", data=wrong)
        line = await browser.post(f"/sheets/{sheet_id}/lines/1", data={
            name: value for name, value in wrong.items() if name not in {"household_id", "mode"}
        })  # fmt: skip
    for refused in (visit, line):
        assert refused.status_code == 422
        assert TOO_MANY in seen(refused.text)
        assert faulty(refused.text) == ["people-7-days_present"]
        for row, days in ((2, "3"), (7, "23")):
            assert re.search(rf'name="people-{row}-days_present"\s+(?:\S+\s+)*?value="{days}"', refused.text)
            assert re.search(rf'name="people-{row}-member_id" [^>]*value="{rows[row]}"', refused.text)


async def test_what_was_typed_of_who_left_meanwhile_stays_and_is_saved(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    rows = {0: people["Bopha"], 1: people["Piseth"]}
    body = visit_of(household.id, rows, school="in_school", grade="4") | {"business-state": "operating"}
    assert (
        await leaves(world, await caseworker(world), household, people["Bopha"], left_on=MONTH_1.isoformat())
    ).status_code == 201
    async with world.browser(await monitor(world)) as browser:
        fresh = (await browser.get(f"/visits/new?household={household.id}")).text
        before, after_all = fresh.split(AFTER_ALL)
        assert str(people["Bopha"]) not in rows_of(before)
        assert rows_of(after_all) == {str(people["Bopha"]): 1}, "for whoever met her all the same"
        silent = await browser.post(
            "/visits/new", data=body | {"people-0-school": "", "people-0-grade": "", "people-1-grade": "x"}
        )
        assert str(people["Bopha"]) not in rows_of(silent.text.split(AFTER_ALL)[0]), (
            "of her nothing was typed"
        )
        refused = await browser.post("/visits/new", data=body | {"people-1-grade": "x"})
        assert refused.status_code == 422
        assert rows_of(refused.text) == {str(member_id): row for row, member_id in rows.items()}
        assert seen(refused.text).count("Does not belong to the household any more.") == 1
        made = await browser.post("/visits/new", data=body)
        assert made.status_code == 303, made.text
    told = await world.owner_rows("SELECT member_id FROM observations WHERE kind = 'education'")
    assert {row["member_id"] for row in told} == set(rows.values())


async def test_what_was_marked_of_a_child_who_left_the_roll_meanwhile_stays_and_is_saved(
    world: World,
) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school)
    at = f"/schools/{school}/roll-call"
    body = {"happened_on": MONTH_1.isoformat(), "days_open": "20"}
    for row, name in ((4, "Bopha0"), (6, "Piseth1")):
        body |= {f"children-{row}-member_id": str(pupils[name]), f"children-{row}-register": "on"}
    (left,) = await world.owner_rows("SELECT household_id FROM members WHERE id = $1", pupils["Bopha0"])
    async with world.client(await caseworker(world)) as client:
        gone = await client.post(
            f"/households/{left['household_id']}/members/{pupils['Bopha0']}/leave",
            json={"left_on": MONTH_1.isoformat(), "because": "moved", "note": "With an aunt"},
        )
        assert gone.status_code == 201, gone.text
    async with world.browser(await monitor(world)) as browser:
        assert str(pupils["Bopha0"]) not in (await browser.get(f"{at}?show=all")).text
        refused = await browser.post(at, data=body | {"children-6-days_present": "23"})
        assert refused.status_code == 422
        assert faulty(refused.text) == ["children-6-days_present"]
        assert f'name="children-4-member_id" value="{pupils["Bopha0"]}"' in refused.text
        assert seen(refused.text).count("Is not on the list of this school any more.") == 1
        made = await browser.post(at, data=body)
        assert made.status_code == 303, made.text
    told = await world.owner_rows(
        "SELECT member_id FROM observations WHERE kind = 'education' AND visit_id IS NOT NULL"
    )
    assert {row["member_id"] for row in told} == {pupils["Bopha0"], pupils["Piseth1"]}
