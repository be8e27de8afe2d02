"""Courses over JSON."""

from uuid import uuid4

import httpx
import pytest
from uuid_utils.compat import uuid7

from tests.courses.trainees import CLOCK, course_body, enrolled, grown_ups, one_born, planned
from tests.support.families import consented, registered
from tests.support.world import Person, World


@pytest.fixture(autouse=True)
def on_a_fixed_day(world: World):
    world.clock = CLOCK


async def post(world: World, person: Person, path: str, body: object) -> httpx.Response:
    async with world.client(person) as client:
        return await client.post(path, json=body)


async def test_the_four_trades(world: World):
    async with world.client(await world.person("trainer@KPT")) as client:
        trades = (await client.get("/trades")).json()["items"]
    assert {trade["key"]: trade["needs_safeguards"] for trade in trades} == {
        "animal_raising": False,
        "hairdressing": True,
        "motorbike_repair": True,
        "sewing": True,
    }
    assert all(trade["name_en"] and trade["name_km"] and trade["hours"] > 0 for trade in trades)


async def test_a_course_from_its_plan_to_a_completion(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    async with world.client(trainer) as client:
        made = await client.post("/courses", json=course_body(trainer, seats=1))
        assert made.status_code == 201, made.text
        course = made.json()["course"]
        path = made.headers["Location"].removeprefix("/api/v1")
        assert (course["seats"], course["seats_taken"], course["trainer"]) == (1, 0, "Trainer.Kpt")

        first, second = [
            await client.post(f"{path}/enrolments", json={"member_id": str(person)}) for person in people
        ]
        assert (first.status_code, second.status_code) == (201, 201), first.text
        assert (first.json()["state"], first.json()["seat"]) == ("enrolled", 1)
        assert (second.json()["state"], second.json()["waitlist_position"]) == ("waitlisted", 1)

        body = {"completed_on": "2026-03-02"}
        done, again = [
            await client.post(f"/enrolments/{first.json()['id']}/completion", json=body) for _ in range(2)
        ]
        assert done.status_code == again.status_code == 200, done.text
        assert done.json() == again.json()
        assert (done.json()["state"], done.json()["completed_on"]) == ("completed", "2026-03-02")

        shown = (await client.get(path)).json()
        assert [trainee["state"] for trainee in shown["trainees"]] == ["completed", "waitlisted"]
        assert shown["course"]["waitlist_length"] == 1


async def test_the_same_plan_twice_makes_one_course(world: World):
    trainer = await world.person("trainer@KPT")
    body = course_body(trainer, id=str(uuid7()))
    first, second = [await post(world, trainer, "/courses", body) for _ in range(2)]
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert (await post(world, trainer, "/courses", {**body, "seats": 3})).status_code == 409
    async with world.client(trainer) as client:
        assert len((await client.get("/courses")).json()["items"]) == 1


async def test_every_fault_of_a_plan_is_named_at_its_field(world: World):
    trainer = await world.person("trainer@KPT")
    body = course_body(trainer, starts_on="1026-03-02", ends_on="1026-03-01", seats=0)
    refused = await post(world, trainer, "/courses", body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["starts_on", "ends_on", "seats"]
    for field, value in (
        ("trade", "juggling"),
        ("place", "  "),
        ("office_id", 99),
        ("office_id", 10**9),
        ("seats", "many"),
        ("seats", 10**30),
        ("trainer_id", str(uuid4())),
        ("ends_on", "soon"),
        ("colour", "red"),
    ):
        refused = await post(world, trainer, "/courses", course_body(trainer, **{field: value}))
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field), refused.text


async def test_a_child_is_refused_with_the_reason_and_what_to_do_instead(world: World):
    trainer = await world.person("trainer@KPT")
    course = await planned(world, trainer)
    child = await one_born(world, "2012-05-20")
    refused = await post(world, trainer, f"/courses/{course.id}/enrolments", {"member_id": str(child)})
    assert refused.status_code == 422
    assert refused.json()["code"] == "too-young-for-training"
    (error,) = refused.json()["errors"]
    assert error["field"] == "member_id"
    for words in ("is 13", "from 15", "20 May 2027", "Keep the child in school", "caseworker"):
        assert words in error["message"]


async def test_safeguards_are_asked_for_at_their_field(world: World):
    trainer = await world.person("trainer@KPT")
    course = await planned(world, trainer, trade="sewing")
    child = await one_born(world, "2009-05-20")
    path = f"/courses/{course.id}/enrolments"
    refused = await post(world, trainer, path, {"member_id": str(child)})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "safeguards")
    body = {"member_id": str(child), "safeguards": "Sits beside the trainer"}
    assert (await post(world, trainer, path, body)).status_code == 201


async def test_another_offices_ids_answer_like_absent_ones(world: World):
    trainer = await world.person("trainer@KPT")
    stranger = await world.person("trainer@KMP")
    (ours,) = await grown_ups(world, 1)
    course = await planned(world, trainer)
    enrolment = await enrolled(world, trainer, course, ours)
    theirs = await planned(world, stranger, "KMP")
    async with world.client(stranger) as client:
        assert (await client.get("/courses")).json()["items"][0]["id"] == str(theirs.id)
        assert len((await client.get("/courses")).json()["items"]) == 1
        for foreign, absent, body in (
            (f"/courses/{course.id}", f"/courses/{uuid4()}", None),
            (
                f"/courses/{course.id}/enrolments",
                f"/courses/{uuid4()}/enrolments",
                {"member_id": str(ours)},
            ),
            (
                f"/enrolments/{enrolment.id}/completion",
                f"/enrolments/{uuid4()}/completion",
                {"completed_on": "2026-03-02"},
            ),
        ):
            answers = [
                await (client.post(path, json=body) if body else client.get(path))
                for path in (foreign, absent)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].json()["detail"] == answers[1].json()["detail"]
        for person in (ours, uuid4()):
            answer = await client.post(f"/courses/{theirs.id}/enrolments", json={"member_id": str(person)})
            assert answer.status_code == 404


async def test_the_list_is_paged_and_cut(world: World):
    trainer = await world.person("trainer@KPT")
    for starts, ends in (
        ("2026-01-05", "2026-02-27"),
        ("2026-03-02", "2026-05-29"),
        ("2026-03-02", "2026-06-26"),
        ("2026-09-01", "2026-09-30"),
    ):
        await planned(world, trainer, starts_on=starts, ends_on=ends)
    async with world.client(trainer) as client:
        everything = (await client.get("/courses")).json()["items"]
        seen, cursor = [], ""
        while cursor is not None:
            page = (await client.get("/courses", params={"limit": 1, "cursor": cursor})).json()
            seen += page["items"]
            cursor = page["next_cursor"]
        assert seen == everything
        assert [course["starts_on"] for course in seen] == sorted(
            (course["starts_on"] for course in seen), reverse=True
        )
        for when, count in (("all", 4), ("open", 3), ("ended", 1)):
            assert len((await client.get("/courses", params={"when": when})).json()["items"]) == count
        refused = await client.get("/courses", params={"cursor": "bananas"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_trainer_sees_neither_the_referral_nor_the_risk(world: World):
    trainer = await world.person("trainer@KPT")
    caseworker = await world.person("caseworker@KPT")
    household = await registered(
        world, caseworker, CLOCK, risk="high", risk_reason="SECRET-REASON", referral_source="SECRET-SOURCE"
    )
    (member,) = await world.owner_rows(
        "SELECT id FROM members WHERE household_id = $1 AND relationship = 'head'", household.id
    )
    await consented(world, caseworker, household)
    course = await planned(world, trainer)
    await enrolled(world, trainer, course, member["id"])
    async with world.client(trainer) as client:
        answers = [
            await client.get(path)
            for path in (f"/courses/{course.id}", f"/households/{household.id}", "/courses")
        ]
    async with world.browser(trainer) as browser:
        answers += [
            await browser.get(path) for path in (f"/courses/{course.id}", f"/households/{household.id}")
        ]
    for answer in answers:
        assert answer.status_code == 200
        assert "SECRET" not in answer.text
        assert "high" not in answer.text.lower()


async def test_finance_reads_no_courses(world: World):
    trainer = await world.person("trainer@KPT")
    course = await planned(world, trainer)
    async with world.client(await world.person("finance@KPT")) as client:
        assert (await client.get("/courses")).status_code == 403
        assert (await client.get("/trades")).status_code == 403
        assert (await client.get(f"/courses/{course.id}")).status_code == 404
