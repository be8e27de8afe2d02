"""A school's register read for many families at once, and the trip that it is."""

import asyncio
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from livelihood.db import migrate
from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import anchored, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_visits import confirmed_on, education, recorded
from tests.support.families import members_of, registered
from tests.support.places import KPT
from tests.support.world import World

TOLD_ON = date(2026, 1, 12)


async def school_of(world: World, name: str = "វត្តភ្នំ") -> UUID:
    await world.owner_rows(
        "INSERT INTO schools (id, village_code, name_km) VALUES (uuidv7(), $1, $2)", KPT, name
    )
    (row,) = await world.owner_rows("SELECT id FROM schools WHERE name_km = $1", name)
    return row["id"]


async def pupils_of(world: World, school: UUID, families: int = 2) -> dict[str, UUID]:
    """Families with a grant whose Bopha (grade 4) and Piseth (grade 2) go to the school; checks of month 1 wait."""
    caseworker = await world.person("caseworker@KPT")
    found: dict[str, UUID] = {}
    for number in range(families):
        household = await registered(world, caseworker)
        await anchored(world, household.id)
        people = await members_of(world, household)
        world.clock = clock_on(TOLD_ON)
        async with world.client(caseworker) as client:
            for name, grade in (("Bopha", 4), ("Piseth", 2)):
                body = education(people[name], grade=grade, school_id=str(school), learnt_from="caregiver")
                told = await client.post(
                    f"/households/{household.id}/observations",
                    json=body | {"happened_on": TOLD_ON.isoformat()},
                )
                assert told.status_code == 201, told.text
                found[f"{name}{number}"] = people[name]
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    return found


def roll(school: UUID, *children: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "school_id": str(school),
        "happened_on": MONTH_1.isoformat(),
        "days_open": 20,
        "children": list(children),
    } | more


def line(member_id: UUID, register: str = "on", **more: object) -> dict[str, Any]:
    return {"member_id": str(member_id), "register": register} | more


async def test_one_roll_call_checks_the_children_of_many_families(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school)
    async with world.client(await monitor(world)) as client:
        listed = (await client.get(f"/schools/{school}/roll-call")).json()["children"]
        assert [(row["grade"], row["due"]) for row in listed] == [(2, True), (2, True), (4, True), (4, True)]
        (there,) = (await client.get("/schools")).json()["items"]
        assert (there["pupils"], there["waiting"]) == (4, 4)
        body = roll(
            school,
            line(pupils["Bopha0"], days_present=18, grade=5),
            line(pupils["Piseth0"], "not_learnt"),
            line(pupils["Bopha1"], "off"),
            line(pupils["Piseth1"], days_present=20),
            id=str(uuid7()),
        )
        made = await client.post("/roll-calls", json=body)
        assert made.status_code == 201, made.text
        assert len(made.json()["visits"]) == 2
        again = await client.post("/roll-calls", json=body)
        assert again.json() == made.json()
        listed = (await client.get(f"/schools/{school}/roll-call")).json()["children"]
        assert [row["member_id"] for row in listed if row["due"]] == [str(pupils["Piseth0"])]
        (there,) = (await client.get("/schools")).json()["items"]
        assert (there["pupils"], there["waiting"]) == (4, 1)
        alerts = (await client.get("/alerts")).json()["items"]
        assert [(one["kind"], one["member_id"]) for one in alerts] == [
            ("out_of_school", str(pupils["Bopha1"]))
        ]
        trip = (await client.get(f"/trips/{MONTH_1}/{school}")).json()
        assert (trip["trip"]["households"], trip["confirmed"]) == (2, 2)
        assert [one["place"] for one in (await client.get("/trips")).json()["items"]] == [str(school)]
    assert len(await world.owner_rows("SELECT FROM visits WHERE mode = 'register'")) == 2
    assert await confirmed_on(world, pupils["Bopha0"]) == MONTH_1
    assert await confirmed_on(world, pupils["Piseth0"]) is None
    # Whom the register does not know was not found in it.
    assert await confirmed_on(world, pupils["Bopha1"]) is None


@pytest.mark.parametrize(
    ("changes", "of_the_second", "field"),
    [
        ({}, {"days_present": 21}, "children.1.days_present"),
        ({"days_open": None}, {"days_present": 3}, "days_open"),
        ({"days_open": 32}, {"days_present": 32}, "days_open"),
        ({"days_open": 300}, {}, "days_open"),
        ({}, {"days_present": 15, "days_away": 6}, "children.1.days_away"),
        ({}, {"register": "off", "days_present": 15}, "children.1.days_present"),
        ({}, {"register": "off", "grade": 3}, "children.1.grade"),
        ({}, {"register": "not_learnt", "days_away": 2}, "children.1.days_away"),
        ({}, {"member_id": "Sophea"}, "children.1.register"),
        ({}, {"member_id": str(uuid4())}, "children.1.register"),
        ({}, {"member_id": "Bopha0"}, "children.1.register"),
        ({"happened_on": (MONTH_1 + timedelta(days=1)).isoformat()}, {}, "happened_on"),
        ({"happened_on": "2015-01-01"}, {}, "children.1.register"),
    ],
)
async def test_a_fault_of_one_child_saves_nothing_and_is_said_at_that_child(
    world: World, changes: dict[str, Any], of_the_second: dict[str, Any], field: str
) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school)
    if of_the_second.get("member_id") in pupils:
        of_the_second = {"member_id": str(pupils[of_the_second["member_id"]])}
    if of_the_second.get("member_id") == "Sophea":  # the mother
        rows = await world.owner_rows("SELECT id FROM members WHERE relationship = 'head' LIMIT 1")
        of_the_second = {"member_id": str(rows[0]["id"])}
    children = (line(pupils["Bopha0"]), line(pupils["Piseth1"]) | of_the_second)
    async with world.client(await monitor(world)) as client:
        refused = await client.post("/roll-calls", json=roll(school, *children) | changes)
    assert refused.status_code == 422, refused.text
    faults = [(fault["field"], fault["message"]) for fault in refused.json()["errors"]]
    assert field in {where for where, _ in faults}
    assert len(faults) == len(set(faults))
    assert await world.owner_rows("SELECT FROM visits") == []


async def test_children_of_another_office_are_neither_listed_nor_recorded(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, families=1)
    async with world.client(await world.person("monitor@BTB")) as client:
        assert (await client.get("/schools")).json()["items"] == []
        assert (await client.get(f"/schools/{school}/roll-call")).json()["children"] == []
        refused = await client.post("/roll-calls", json=roll(school, line(pupils["Bopha0"])))
        assert [fault["field"] for fault in refused.json()["errors"]] == ["children.0.register"]
        nowhere = await client.post("/roll-calls", json=roll(uuid4(), line(pupils["Bopha0"])))
        assert nowhere.status_code == 404
    async with world.client(await world.person("trainer@KPT")) as client:
        assert (await client.get("/schools")).status_code == 403
        assert (
            await client.post("/roll-calls", json=roll(school, line(pupils["Bopha0"])))
        ).status_code == 403


async def test_a_child_belongs_to_the_school_that_was_named_last(world: World) -> None:
    school, other = await school_of(world), await school_of(world, "ព្រែកត្នោត")
    pupils = await pupils_of(world, school, families=1)
    async with world.client(await monitor(world)) as client:
        assert (await client.post("/roll-calls", json=roll(other, line(pupils["Bopha0"])))).status_code == 201
        counted = {one["id"]: one["pupils"] for one in (await client.get("/schools")).json()["items"]}
        assert counted == {str(school): 1, str(other): 1}
        typed = (await client.get("/schools", params={"q": "ត្នោត"})).json()["items"]
        assert [one["id"] for one in typed] == [str(other)]


async def test_the_page_shows_who_is_due_by_grade_and_keeps_what_was_typed(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school)
    at = f"/schools/{school}/roll-call"
    async with world.browser(await monitor(world)) as browser:
        assert "វត្តភ្នំ" in (await browser.get("/schools")).text
        form = (await browser.get(at)).text
        assert form.index("Grade 2") < form.index("Grade 4")
        assert not any("checked" in part.split(">")[0] for part in form.split("<input ")[1:])
        body = {
            "id": str(uuid7()),
            "happened_on": MONTH_1.isoformat(),
            "days_open": "20",
            "children-3-member_id": str(pupils["Bopha0"]),
            "children-3-register": "on",
            "children-3-days_present": "23",
            "children-5-member_id": str(pupils["Piseth1"]),
            "children-5-register": "not_learnt",
        }
        refused = await browser.post(at, data=body)
        assert refused.status_code == 422
        assert 'name="children-3-days_present" value="23"' in refused.text
        assert "23 days present of 20 days open" in refused.text
        odd = await browser.post(
            at, data=body | {"children-3-days_present": "18", "children-3-days_away": "3"}
        )
        assert odd.status_code == 422
        assert 'id="f-children-3-days_away-error"' in odd.text
        # What was typed before another answer was chosen is hidden, and let go.
        body["children-5-days_present"] = "7"
        made = await browser.post(at, data=body | {"children-3-days_present": "18"})
        assert made.status_code == 303, made.text
        shown = (await browser.get(made.headers["Location"])).text
        assert "The roll call is saved." in shown
        assert "1 child confirmed" in shown
        assert "/trips/" in (await browser.get("/trips")).text
        left = (await browser.get(at)).text
        assert str(pupils["Bopha0"]) not in left
        assert str(pupils["Bopha0"]) in (await browser.get(f"{at}?show=all")).text


async def test_what_was_saved_says_of_each_child_which_checks_are_done(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, families=1)
    next_day = MONTH_1 + timedelta(days=1)
    children = {name: pupils[name] for name in ("Bopha0", "Piseth0")}

    async def result(day: date, **marked: str) -> tuple[str, dict[str, list[str]]]:
        world.clock = clock_on(day)
        body = roll(
            school, *(line(children[name], said) for name, said in marked.items()),
            happened_on=day.isoformat(), id=str(uuid7()),
        )  # fmt: skip
        async with world.client(await monitor(world)) as client:
            assert (await client.post("/roll-calls", json=body)).status_code == 201
            (visit,) = (await client.get(f"/trips/{day}/{school}")).json()["visits"]
        async with world.browser(await monitor(world)) as browser:
            shown = seen((await browser.get(f"/trips/{day}/{school}?done=recorded")).text)
        done: dict[str, list[str]] = {}
        for check in visit["settled"]:
            done.setdefault(check["member_id"], []).append(check["slot"])
        return shown, {name: done.get(str(children[name]), []) for name in marked}

    shown, done = await result(MONTH_1, Bopha0="on")
    assert done == {"Bopha0": ["month_1"]}
    assert "The roll call is saved. 1 check done." in shown
    assert "(Sok Bopha) In school School check, month 1 done" in shown
    shown, done = await result(next_day, Bopha0="on", Piseth0="off")
    assert done == {"Bopha0": [], "Piseth0": ["month_1"]}
    assert "The roll call is saved. 1 check done." in shown
    assert "(Sok Bopha) In school No check is done by this." in shown
    assert "Sok Piseth Not in school School check, month 1 done" in shown


async def test_a_school_where_no_check_waits_says_so_without_a_nought(world: World) -> None:
    school = await school_of(world)
    await pupils_of(world, school)
    world.clock = clock_on(TOLD_ON)
    async with world.browser(await monitor(world)) as browser:
        shown = (await browser.get(f"/schools/{school}/roll-call")).text
    assert "No check waits at this school." in shown
    assert "Show the 4 children of this school" in shown
    assert "0 children" not in shown


async def test_nobody_is_looked_for_at_school_who_left_or_whose_case_is_closed(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, families=3)
    caseworker = await world.person("caseworker@KPT")
    rows = await world.owner_rows(
        "SELECT id, household_id FROM members WHERE id = ANY ($1)", [*pupils.values()]
    )
    family = {row["id"]: row["household_id"] for row in rows}
    gone, closed = pupils["Bopha0"], family[pupils["Bopha1"]]
    today = MONTH_1.isoformat()
    async with world.client(caseworker) as client:
        ended = await client.post(
            f"/households/{closed}/close", json={"closed_on": today, "because": "finished"}
        )
        assert ended.status_code == 201, ended.text
        left = await client.post(
            f"/households/{family[gone]}/members/{gone}/leave",
            json={"left_on": today, "because": "moved", "note": "With her aunt"},
        )
        assert left.status_code == 201, left.text
    here = {str(pupils[name]) for name in ("Piseth0", "Bopha2", "Piseth2")}
    async with world.client(await monitor(world)) as client:
        listed = (await client.get(f"/schools/{school}/roll-call")).json()["children"]
        (there,) = (await client.get("/schools")).json()["items"]
    assert {row["member_id"] for row in listed} == here
    assert (there["pupils"], there["waiting"]) == (3, 3)
    async with world.client(caseworker) as client:
        (closing,) = (await client.get(f"/households/{closed}/leavings")).json()["items"]
        again = await client.post(
            f"/leavings/{closing['id']}/end", json={"because": "mistake", "note": "Another"}
        )
        assert again.status_code == 200, again.text
    async with world.client(await monitor(world)) as client:
        assert (await client.get("/schools")).json()["items"][0]["pupils"] == 5


async def test_the_roll_of_all_children_is_called_with_what_was_typed_before(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school)
    at = f"/schools/{school}/roll-call"
    async with world.browser(await monitor(world)) as browser:
        first = {"children-0-member_id": str(pupils["Bopha0"]), "children-0-register": "on"}
        head = {"happened_on": MONTH_1.isoformat(), "days_open": "20"}
        assert (await browser.post(at, data=head | first | {"id": str(uuid7())})).status_code == 303
        typed = {
            "id": str(uuid7()),
            "children-2-member_id": str(pupils["Piseth1"]),
            "children-2-register": "off",
            "children-2-days_present": "7",
        }
        (rest,) = re.findall(r'formaction="([^"]+)" formnovalidate', (await browser.get(at)).text)
        whole = await browser.post(rest, data=head | typed)
        assert whole.status_code == 200, whole.text
        assert 'name="children-2-days_present" value="7"' in whole.text
        assert 'value="off" checked' in whole.text
        assert all(str(pupil) in whole.text for pupil in pupils.values())
        assert "formnovalidate" not in whole.text
        (row,) = re.findall(rf'name="children-(\d+)-member_id" value="{pupils["Bopha0"]}"', whole.text)
        again = {f"children-{row}-member_id": str(pupils["Bopha0"]), f"children-{row}-register": "not_learnt"}
        (action,) = re.findall(r'action="([^"]+)" class="roll-call"', whole.text)
        main = whole.text.split("<main")[1]
        hidden = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', main))
        refused = await browser.post(action, data=hidden | head | typed | {"happened_on": "2099-01-01"})
        assert refused.status_code == 422
        assert all(str(pupil) in refused.text for pupil in pupils.values()), "the others are gone"
        assert "There is no field" not in refused.text
        made = await browser.post(action, data=hidden | head | typed | again)
        assert made.status_code == 303, made.text


async def test_a_roll_call_says_which_alerts_it_raised(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, families=1)
    reader = await world.person("monitor@KPT")
    off = {"member_id": str(pupils["Piseth0"]), "register": "off"}
    seldom = {"member_id": str(pupils["Bopha0"]), "register": "on", "days_present": 9}
    async with world.client(reader) as client:
        saved = await client.post("/roll-calls", json=roll(school, off, seldom))
        assert saved.status_code == 201, saved.text
        trip = (await client.get(f"/trips/{MONTH_1}/{school}")).json()
        visit = saved.json()["visits"][0]
    assert [one["kind"] for one in trip["alerts_opened"]] == ["at_risk", "out_of_school"]
    async with world.browser(reader) as browser:
        ended = (await browser.get(f"/trips/{MONTH_1}/{school}?done=recorded")).text
        alone = (await browser.get(f"/visits/{visit}?done=recorded")).text
        taken_back = (await browser.get(f"/visits/{visit}/withdraw")).text
    for page in (ended, alone):
        assert "Piseth went to the caseworker: out of school." in page
        assert "went to the caseworker: at risk of leaving school." in page
    assert "Piseth (out of school) is closed as corrected" in taken_back


async def test_the_release_before_lists_who_left_and_today_does_not(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, 1)
    await world.owner_rows(
        "UPDATE members SET left_on = $2, left_because = 'moved' WHERE id = $1", pupils["Bopha0"], MONTH_1
    )
    on_roll = f"SELECT member_id FROM app.pupils(ARRAY[1]::smallint[], '{school}') ORDER BY member_id"
    everybody, url = sorted(pupils.values()), world.server.url(database=world.name)

    async def listed() -> list[UUID]:
        async with world.read(await monitor(world)) as reads:
            return [row["member_id"] for row in await reads.conn.fetch(on_roll)]

    assert await listed() == [pupils["Piseth0"]]
    await asyncio.to_thread(migrate.downgrade, url, "0021c_risk_begins")
    assert await listed() == everybody
    await asyncio.to_thread(migrate.upgrade, url, "head")
    assert await listed() == [pupils["Piseth0"]]


async def test_what_a_register_says_of_the_day_is_no_visit_and_has_answered_what_it_answers(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    school = await school_of(world)
    world.clock = clock_on(MONTH_1)
    body = {"mode": "register", "school_id": str(school)}
    of_all = [education(people[name], learnt_from="register") for name in ("Bopha", "Piseth")]
    read = await recorded(world, household.id, findings=of_all, **body)
    assert len(read["settled"]) == 2
    async with world.browser(await monitor(world)) as browser:
        assert "recorded on" not in seen((await browser.get(f"/visits/new?household={household.id}")).text)
        visit = await recorded(world, household.id, findings=[education(people["Bopha"])])
        assert visit["settled"] == []
        told = seen((await browser.get(f"/visits/{visit['visit']['id']}?done=recorded")).text)
    assert "There is another record of this day" not in told
    assert "Already answered by the other record of this day" in told
    assert "stays due" not in told


@pytest.mark.parametrize("how", ["roll call", "visit"])
async def test_a_record_without_a_grade_keeps_the_last_known_one_of_that_school(
    world: World, how: str
) -> None:
    school, other = await school_of(world), await school_of(world, "ព្រែកត្នោត")
    pupils = await pupils_of(world, school, 1)

    async def learns(child: str, at: UUID = school, **more: object) -> None:
        (family,) = await world.owner_rows("SELECT household_id FROM members WHERE id = $1", pupils[child])
        found = education(pupils[child], school_id=str(at), learnt_from="register", **more)
        body = roll(at, line(pupils[child], **more))
        if how == "visit":
            body = {
                "household_id": str(family["household_id"]),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "findings": [found],
            }
        made = await client.post("/roll-calls" if how == "roll call" else "/visits", json=body)
        assert made.status_code == 201, made.text

    async def listed(at: UUID = school) -> list[tuple[str, int | None, str | None]]:
        names = {str(one): name for name, one in pupils.items()}
        rows = (await client.get(f"/schools/{at}/roll-call")).json()["children"]
        return [(names[one["member_id"]], one["grade"], one["grade_told_on"]) for one in rows]

    told = TOLD_ON.isoformat()
    async with world.client(await monitor(world)) as client:
        await learns("Bopha0")
        assert await listed() == [("Piseth0", 2, None), ("Bopha0", 4, told)]
        (of_one,) = (await client.get(f"/worklist/schools?school={school}")).json()["schools"]
        assert [(one["grade"], one["grade_told_on"]) for one in of_one["children"]] == [(2, None)]
        await learns("Piseth0", grade=5)
        assert await listed() == [("Bopha0", 4, told), ("Piseth0", 5, None)]
        # The grade of one school says nothing of another.
        await learns("Bopha0", other)
        assert (await listed(), await listed(other)) == ([("Piseth0", 5, None)], [("Bopha0", None, None)])
        await learns("Bopha0", school)
        assert await listed() == [("Bopha0", 4, told), ("Piseth0", 5, None)]
    (row,) = await world.owner_rows(
        "SELECT count(*) FROM observations WHERE member_id = $1 AND details->>'grade' IS NOT NULL",
        pupils["Bopha0"],
    )
    assert row["count"] == 1, "nothing is written that nobody said"
    async with world.browser(await monitor(world)) as browser:
        shown = seen((await browser.get(f"/schools/{school}/roll-call?show=all")).text)
        assert shown.index("Grade 4") < shown.index("The grade was last told on") < shown.index("Grade 5")
