"""Follow-ups, visits and alerts over JSON."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from tests.followups.stories import clock_on, monitor, paid_family
from tests.support.families import member, members_of, registered
from tests.support.world import World

MONTH_1 = date(2026, 2, 12)


def visit(
    household_id: UUID, day: date = MONTH_1, *findings: dict[str, Any], **more: object
) -> dict[str, Any]:
    return {
        "household_id": str(household_id),
        "happened_on": day.isoformat(),
        "outcome": "met",
        "findings": list(findings),
        **more,
    }


def seen(member_id: UUID, state: str = "formal", **more: object) -> dict[str, Any]:
    return {"member_id": str(member_id), "details": {"kind": "education", "state": state, **more}}


async def test_the_list_holds_what_is_due_now_and_pages_through_it(world: World) -> None:
    household, _ = await paid_family(world)
    # Month 1 of the school checks lapsed as month 2 opened; the business's next is two months away.
    world.clock = clock_on(date(2026, 3, 2))
    async with world.client(await monitor(world)) as client:
        listed = (await client.get("/follow-ups")).json()
        assert [(row["slot"], row["purpose"], row["state"]) for row in listed["items"]] == [
            ("month_1", "business", "overdue"),
            ("month_2", "school", "due"),
            ("month_2", "school", "due"),
        ]
        assert {row["household_code"] for row in listed["items"]} == {household.code}
        gathered: list[str] = []
        cursor = ""
        while cursor is not None:
            page = (await client.get("/follow-ups", params={"limit": 2, "cursor": cursor})).json()
            gathered += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
        assert gathered == [row["id"] for row in listed["items"]]
        overdue = (await client.get("/follow-ups", params={"state": "overdue", "purpose": "business"})).json()
        assert len(overdue["items"]) == 1
        assert (await client.get("/follow-ups", params={"village": "06020102"})).json()["items"] == []
        assert (await client.get("/follow-ups", params={"office": 2})).status_code == 403
        whole = (await client.get(f"/households/{household.id}/follow-ups")).json()["items"]
        assert len(whole) == 25
        for bad in ({"state": "late"}, {"cursor": "x"}, {"limit": 0}, {"village": "6"}):
            assert (await client.get("/follow-ups", params=bad)).status_code in (400, 422)


async def test_a_visit_settles_what_is_due_and_says_what_comes_next(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.client(await monitor(world)) as client:
        made = await client.post(
            "/visits",
            json=visit(
                household.id,
                MONTH_1,
                seen(people["Bopha"], grade=5, learnt_from="caregiver"),
                seen(people["Piseth"]),
                {"details": {"kind": "business", "state": "operating", "sales_minor": 4000}},
                note="All at home",
            ),
        )
        assert made.status_code == 201, made.text
        body = made.json()
        assert [(row["slot"], row["state"]) for row in body["settled"]] == [("month_1", "done")] * 3
        assert body["next_follow_up"]["slot"] == "month_2"
        assert (body["alerts_opened"], body["alerts_closed"]) == ([], [])
        again = await client.get(made.headers["Location"].removeprefix("/api/v1"))
        assert again.json() == body
        (listed,) = (await client.get("/visits", params={"household": str(household.id)})).json()["items"]
        assert listed == body["visit"]


async def test_a_child_out_of_school_raises_one_alert_and_school_closes_it(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    recorder, caseworker = await monitor(world), await world.person("caseworker@KPT")
    world.clock = clock_on(MONTH_1)
    async with world.client(recorder) as client:
        made = (
            await client.post("/visits", json=visit(household.id, MONTH_1, seen(people["Bopha"], "none")))
        ).json()
    (alert,) = made["alerts_opened"]
    assert (alert["member_id"], alert["closed_on"]) == (str(people["Bopha"]), None)
    async with world.client(caseworker) as client:
        assert [row["id"] for row in (await client.get("/alerts")).json()["items"]] == [alert["id"]]
        taken = await client.post(
            f"/alerts/{alert['id']}/acknowledgements", json={"note": "I visit on Friday"}
        )
        assert taken.status_code == 201, taken.text
        (note,) = taken.json()["acknowledgements"]
        assert (note["note"], note["by"]) == ("I visit on Friday", "Caseworker.Kpt")
        whole = (await client.get(f"/households/{household.id}/follow-ups")).json()["items"]
        (extra,) = [row for row in whole if row["protocol"] == "extra_check"]
        assert extra["due_on"] == (MONTH_1 + timedelta(days=14)).isoformat()
    world.clock = clock_on(MONTH_1 + timedelta(days=14))
    async with world.client(recorder) as client:
        back = visit(household.id, MONTH_1 + timedelta(days=14), seen(people["Bopha"]))
        closed = (await client.post("/visits", json=back)).json()
        assert [row["closed_because"] for row in closed["alerts_closed"]] == ["back_in_school"]
        assert "day_14" in [row["slot"] for row in closed["settled"]]
        assert (await client.get("/alerts")).json()["items"] == []
        (past,) = (await client.get("/alerts", params={"state": "closed"})).json()["items"]
        assert past["id"] == alert["id"]


async def test_decent_work_found_later_closes_the_alert_of_a_young_person(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    household = await registered(
        world, caseworker, members=[member("Dara", "1985-03-02", "head"), member("Rith", "2010-01-01")]
    )
    rith = (await members_of(world, household))["Rith"]
    work = {"member_id": str(rith), "details": {"kind": "work", "economic_hours": 20}}
    recorder = await monitor(world)
    world.clock = clock_on(MONTH_1)
    async with world.client(recorder) as client:
        idle = visit(household.id, MONTH_1, seen(rith, "none", instead="neither"))
        (alert,) = (await client.post("/visits", json=idle)).json()["alerts_opened"]
    later = MONTH_1 + timedelta(days=20)
    world.clock = clock_on(later)
    async with world.client(recorder) as client:
        made = (await client.post("/visits", json=visit(household.id, later, work))).json()
    (closed,) = made["alerts_closed"]
    assert (closed["id"], closed["closed_on"]) == (alert["id"], later.isoformat())
    assert closed["closed_because"] == "in_decent_work"
    words = "A later visit found the young person in decent work or training."
    async with world.browser(recorder) as browser:
        visited = (await browser.get(f"/visits/{made['visit']['id']}")).text
    async with world.browser(caseworker) as browser:
        family = (await browser.get(f"/households/{household.id}")).text
        of_alert = (await browser.get(f"/alerts/{alert['id']}")).text
    for page in (visited, family.split('id="happened"')[1], of_alert.split('id="happened"')[1]):
        assert words in page
    taken_back = {"reason": "Another young person of that name"}
    async with world.client(recorder) as client:
        gone = await client.post(f"/visits/{made['visit']['id']}/withdrawal", json=taken_back)
        assert gone.status_code in (200, 201), gone.text
    async with world.client(caseworker) as client:
        assert [row["id"] for row in (await client.get("/alerts")).json()["items"]] == [alert["id"]]


async def test_a_correction_closes_what_it_takes_the_cause_from(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.client(await monitor(world)) as client:
        made = (
            await client.post("/visits", json=visit(household.id, MONTH_1, seen(people["Bopha"], "none")))
        ).json()
        (finding,) = made["visit"]["findings"]
        path = f"/visits/{made['visit']['id']}/corrections"
        mended = {"details": {"kind": "education", "state": "formal"}, "finding_id": finding["id"]}
        without_reason = await client.post(path, json=mended)
        assert [error["field"] for error in without_reason.json()["errors"]] == ["reason"]
        body = {**mended, "reason": "Wrong line of the register"}
        done = await client.post(path, json=body)
        assert done.status_code == 200, done.text
        assert [row["corrects"] for row in done.json()["corrections"]] == [finding["id"]]
        (alert,) = (await client.get("/alerts", params={"state": "closed"})).json()["items"]
        assert alert["closed_because"] == "corrected"
        twice = await client.post(path, json=body)
        assert twice.status_code in (409, 422)


async def test_the_same_visit_sent_twice_is_recorded_once(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    body = visit(household.id, MONTH_1, seen(people["Bopha"]), id=str(uuid7()))
    async with world.client(await monitor(world)) as client:
        first, second = [await client.post("/visits", json=body) for _ in range(2)]
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert len((await client.get("/visits")).json()["items"]) == 1
        assert (await client.post("/visits", json={**body, "note": "other"})).status_code == 409


async def test_a_failed_attempt_is_kept_and_settles_nothing(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    async with world.client(await monitor(world)) as client:
        body = visit(household.id, MONTH_1, outcome="not_found", note="The neighbour says: at the pagoda")
        made = (await client.post("/visits", json=body)).json()
        assert made["settled"] == []
        assert len((await client.get("/follow-ups")).json()["items"]) == 3


async def test_a_late_record_is_accepted_and_says_that_it_is_late(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(date(2026, 7, 1))
    async with world.client(await monitor(world)) as client:
        made = (await client.post("/visits", json=visit(household.id, MONTH_1, seen(people["Bopha"])))).json()
        assert [(row["slot"], row["state"], row["settled_on"]) for row in made["settled"]] == [
            ("month_1", "done_late", MONTH_1.isoformat())
        ]


async def test_every_refusal_names_the_field_and_nothing_is_saved(world: World) -> None:
    household, _ = await paid_family(world)
    other = await registered(world, await world.person("caseworker@KPT"))
    people, strangers = await members_of(world, household), await members_of(world, other)
    world.clock = clock_on(MONTH_1)
    business = {"details": {"kind": "business", "state": "operating"}}
    cases: list[tuple[dict[str, Any], str]] = [
        (visit(household.id, MONTH_1 + timedelta(days=1)), "happened_on"),
        (visit(household.id, date(2026, 1, 4)), "happened_on"),
        (visit(household.id, MONTH_1, seen(strangers["Bopha"])), "findings.0.member_id"),
        (visit(household.id, MONTH_1, seen(uuid4())), "findings.0.member_id"),
        (visit(household.id, MONTH_1, seen(people["Bopha"]), seen(people["Bopha"], "none")), "findings.1"),
        (visit(household.id, MONTH_1, {"details": seen(uuid4())["details"]}), "findings.0.member_id"),
        (
            visit(household.id, MONTH_1, {**business, "member_id": str(people["Bopha"])}),
            "findings.0.member_id",
        ),
        (visit(household.id, MONTH_1, seen(people["Bopha"]), outcome="refused"), "findings.0"),
        (visit(household.id, MONTH_1, seen(people["Bopha"], grade=13)), "findings.0.details.grade"),
        (
            visit(household.id, MONTH_1, seen(people["Bopha"], days_present=9, days_open=3)),
            "findings.0.details.days_present",
        ),
        (
            visit(household.id, MONTH_1, seen(people["Bopha"], school_id=str(uuid4()))),
            "findings.0.details.school_id",
        ),
        (visit(household.id, MONTH_1, outcome="lost"), "outcome"),
        (visit(household.id, MONTH_1, amount=5), "amount"),
    ]
    async with world.client(await monitor(world)) as client:
        for body, field in cases:
            refused = await client.post("/visits", json=body)
            assert refused.status_code == 422, (field, refused.text)
            assert field in [error["field"] for error in refused.json()["errors"]], refused.text
        assert (await client.get("/visits")).json()["items"] == []
        assert (await client.post("/visits", json=visit(uuid4()))).status_code == 404


async def test_other_offices_and_other_roles(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.client(await monitor(world)) as client:
        made = (
            await client.post("/visits", json=visit(household.id, MONTH_1, seen(people["Bopha"], "none")))
        ).json()
    alert_id, visit_id = made["alerts_opened"][0]["id"], made["visit"]["id"]
    async with world.client(await world.person("supervisor@KMP")) as client:
        for path in ("/follow-ups", "/visits", "/alerts"):
            assert (await client.get(path)).json()["items"] == []
        assert (await client.get(f"/visits/{visit_id}")).status_code == 404
        assert (await client.get(f"/households/{household.id}/follow-ups")).status_code == 404
        assert (await client.post("/visits", json=visit(household.id))).status_code == 404
        assert (await client.post(f"/alerts/{alert_id}/acknowledgements", json={})).status_code == 404
        body = {
            "happened_on": MONTH_1.isoformat(),
            "member_id": str(people["Bopha"]),
            "details": seen(people["Bopha"])["details"],
        }
        assert (await client.post(f"/households/{household.id}/observations", json=body)).status_code == 404
    for who in ("trainer@KPT", "analyst", "admin"):
        async with world.client(await world.person(who)) as client:
            for address, sent in (
                ("/visits", visit(household.id)),
                (f"/households/{household.id}/observations", body),
            ):
                refused = await client.post(address, json=sent)
                assert refused.status_code == 403, (who, address)
    async with world.client(await world.person("trainer@KPT")) as client:
        assert (await client.get("/alerts")).status_code == 403
    async with world.client(await monitor(world)) as client:
        assert (await client.post(f"/alerts/{alert_id}/acknowledgements", json={})).status_code == 403


@pytest.mark.parametrize("path", ["/follow-ups", "/visits", "/alerts"])
async def test_nobody_reads_without_signing_in(world: World, path: str) -> None:
    async with world.client() as client:
        assert (await client.get(path)).status_code == 401
