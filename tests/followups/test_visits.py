"""Visits: who was met and who was there, what only a telephone or a closed door can tell, and two records of one day."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from livelihood.followups.reconcile import tick
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_pages import rows_of
from tests.support.families import members_of
from tests.support.world import World

OF_THE_DAY = {"happened_on": MONTH_1.isoformat(), "outcome": "met"}


def education(member_id: UUID, state: str = "formal", **said: object) -> dict[str, Any]:
    return {"member_id": str(member_id), "details": {"kind": "education", "state": state, **said}}


async def recorded(world: World, household_id: UUID, who: str = "monitor@KPT", **body: Any) -> dict[str, Any]:
    async with world.client(await world.person(who)) as client:
        made = await client.post("/visits", json=OF_THE_DAY | {"household_id": str(household_id)} | body)
        assert made.status_code == 201, made.text
        return made.json()


async def confirmed_on(world: World, member_id: UUID) -> date | None:
    (row,) = await world.owner_rows(
        "SELECT confirmed_on FROM followed_children WHERE member_id = $1", member_id
    )
    return row["confirmed_on"]


async def test_a_child_who_was_there_is_confirmed_on_whose_word_so_ever(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    effect = await recorded(
        world,
        household.id,
        met="caregiver",
        present=[str(people["Bopha"])],
        findings=[education(people[name], learnt_from="caregiver") for name in ("Bopha", "Piseth")],
    )
    assert effect["visit"]["present"] == [str(people["Bopha"])]
    assert effect["visit"]["met"] == "caregiver"
    assert await confirmed_on(world, people["Bopha"]) == MONTH_1
    assert await confirmed_on(world, people["Piseth"]) is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "phone", "present": ["Bopha"]}, "present"),
        ({"outcome": "not_found", "present": ["Bopha"]}, "present"),
        ({"present": ["nobody"]}, "present"),
        ({"outcome": "not_found", "met": "caregiver"}, "met"),
        ({"school_id": str(uuid4())}, "school_id"),
        ({"mode": "register"}, "school_id"),
        ({"mode": "register", "school_id": str(uuid4())}, "school_id"),
        ({"happened_on": (MONTH_1 + timedelta(days=1)).isoformat()}, "happened_on"),
        ({"happened_on": "2015-01-01"}, "happened_on"),
    ],
)
async def test_what_cannot_have_been_seen_is_refused_at_its_field(
    world: World, body: dict[str, Any], field: str
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    if "present" in body:
        body = body | {"present": [str(people.get(name, uuid4())) for name in body["present"]]}
    async with world.client(await monitor(world)) as client:
        refused = await client.post("/visits", json=OF_THE_DAY | {"household_id": str(household.id)} | body)
    assert refused.status_code == 422, refused.text
    assert field in {fault["field"] for fault in refused.json()["errors"]}
    assert await world.owner_rows("SELECT FROM visits") == []


@pytest.mark.parametrize("state", ["away_alone", "unknown", "away_with_family", "at_home"])
async def test_a_child_who_was_seen_there_is_not_away_as_well(world: World, state: str) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    child = people["Bopha"]
    world.clock = clock_on(MONTH_1)
    told = {"member_id": str(child), "details": {"kind": "whereabouts", "state": state}}
    away = state in {"away_alone", "unknown"}
    body = OF_THE_DAY | {"household_id": str(household.id), "present": [str(child)], "findings": [told]}
    async with world.client(await monitor(world)) as client:
        answer = await client.post("/visits", json=body)
    assert answer.status_code == (422 if away else 201), answer.text
    if away:
        assert [fault["field"] for fault in answer.json()["errors"]] == ["findings.0"]
    form = {
        "household_id": str(household.id), "happened_on": MONTH_1.isoformat(), "outcome": "met", "mode": "in_person",
        "people-0-member_id": str(child), "people-0-school": "not_seen", "people-0-whereabouts": state,
        "people-0-present": "true", "nothing_learnt": str(people["Piseth"]),
    }  # fmt: skip
    async with world.browser(await monitor(world)) as browser:
        sent = await browser.post("/visits/new", data=form)
    assert sent.status_code == (422 if away else 303)
    assert ("f-people-0-whereabouts-error" in sent.text) is away


async def test_days_without_meeting_anybody_are_counted_until_somebody_is_met(world: World) -> None:
    """A visit where nobody was met is no visit to the family (medic/cht-core#5415)."""
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    days = [MONTH_1 - timedelta(days=back) for back in (9, 6, 6, 3)]
    tries = [
        await recorded(world, household.id, happened_on=day.isoformat(), outcome="not_found") for day in days
    ]
    assert [one["attempts"] for one in tries] == [1, 2, 2, 3]
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        assert "Nobody was met on the last 3 days somebody went." in form
        shown = (await browser.get(f"/visits/{tries[-1]['visit']['id']}")).text
        assert "3 days in a row without meeting anybody." in shown
    assert (await recorded(world, household.id))["attempts"] == 0
    async with world.browser(await monitor(world)) as browser:
        assert "Nobody was met" not in (await browser.get(f"/visits/new?household={household.id}")).text


async def test_two_records_of_one_day_are_both_kept_and_each_names_the_other(world: World) -> None:
    """Duplicate check-ups of two devices (avni-server#902); a second visit must not replace the first (avni-client#1446)."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    first = await recorded(world, household.id, findings=[education(people["Bopha"])])
    second = await recorded(world, household.id, "caseworker@KPT", findings=[education(people["Bopha"])])
    again = await recorded(world, household.id, happened_on=(MONTH_1 - timedelta(days=1)).isoformat())
    ids = [one["visit"]["id"] for one in (first, second)]
    assert len(first["settled"]) == 1
    async with world.browser(await monitor(world)) as browser:
        for one, other in (ids, ids[::-1]):
            shown = (await browser.get(f"/visits/{one}")).text
            assert "Recorded twice:" in shown
            assert f"/visits/{other}" in shown
        assert "Recorded twice" not in (await browser.get(f"/visits/{again['visit']['id']}")).text
    settled = await world.owner_rows("SELECT FROM follow_ups WHERE settled_on = $1", MONTH_1)
    assert len(settled) == 1


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
        ("moved", "whereabouts"),
        ("moved", "whereabouts"),
    ]
    assert await world.owner_rows("SELECT FROM visit_people") == []


async def test_what_a_register_says_confirms_a_child_and_counts_as_no_visit_to_the_family(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    await world.owner_rows(
        "INSERT INTO schools (id, village_code, name_km) VALUES (uuidv7(), $1, 'សាលា')",
        household.village_code,
    )
    (school,) = await world.owner_rows("SELECT id FROM schools")
    world.clock = clock_on(MONTH_1)
    await recorded(
        world, household.id, happened_on=(MONTH_1 - timedelta(days=1)).isoformat(), outcome="not_found"
    )
    read = await recorded(
        world,
        household.id,
        mode="register",
        school_id=str(school["id"]),
        findings=[education(people["Bopha"], learnt_from="register", days_present=18, days_open=20)],
    )
    assert len(read["settled"]) == 1
    assert await confirmed_on(world, people["Bopha"]) == MONTH_1
    assert (await recorded(world, household.id, outcome="not_found"))["attempts"] == 2
    async with world.browser(await monitor(world)) as browser:
        shown = await browser.get(f"/visits/{read['visit']['id']}")
        assert "From the school&#39;s register" in shown.text
        assert "register" in (await browser.get(f"/households/{household.id}")).text
    async with world.client(await monitor(world)) as client:
        refused = await client.post(
            "/visits",
            json=OF_THE_DAY
            | {
                "household_id": str(household.id),
                "mode": "register",
                "school_id": str(school["id"]),
                "findings": [education(people["Bopha"], learnt_from="caregiver")],
            },
        )
    assert [fault["field"] for fault in refused.json()["errors"]] == ["findings.0"]
    await tick(world.worker, world.clock)
    assert await confirmed_on(world, people["Bopha"]) == MONTH_1


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
    assert "1 check done." in shown
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
        assert "The record of Monitor.Kpt : Met the family (entered on Thu 12 Feb at 14:00)" in seen(shown)
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


@pytest.mark.parametrize(
    ("first", "second", "who", "why"),
    [
        ("formal", "formal", "caseworker@KPT", {"twice": True, "contested": 0}),
        ("formal", "none", "caseworker@KPT", {"twice": True, "contested": 1}),
        ("formal", "none", "monitor@KPT", {"twice": False, "contested": 1}),
        ("formal", "formal", "monitor@KPT", None),
    ],
)
async def test_a_second_record_of_a_day_says_whether_it_went_to_review_and_why(
    world: World, first: str, second: str, who: str, why: dict[str, Any] | None
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    reviewer = await world.person("supervisor@KPT")
    world.clock = clock_on(MONTH_1)
    one = await recorded(world, household.id, findings=[education(people["Bopha"], first)])
    assert one["review"] is None
    other = await recorded(world, household.id, who, findings=[education(people["Bopha"], second)])
    assert other["review"] == why
    ids = [made["visit"]["id"] for made in (one, other)]
    sides = f'href="/reviews/{household.id}/{MONTH_1}"'
    async with world.browser(await monitor(world)) as browser, world.browser(reviewer) as deciding:
        for this, that in (ids, ids[::-1]):
            shown = (await browser.get(f"/visits/{this}")).text
            assert f'href="/visits/{that}"' in shown
            assert ("went to review" in shown) is (why is not None)
            assert ("Already answered by the other record of this day" in shown) is (this == ids[1])
            assert ("It is decided by: Supervisor.Kpt." in shown) is (why is not None)
            assert ("two people say" in shown) is bool(why and why["twice"])
            assert ("contradict each other about 1 child" in shown) is bool(why and why["contested"])
            assert sides not in shown
            assert (sides in (await deciding.get(f"/visits/{this}")).text) is (why is not None)
        if why is None:
            assert "There is another record of this day." in seen(
                (await browser.get(f"/visits/{ids[1]}")).text
            )
