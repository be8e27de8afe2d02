"""Enrolment and completion on a real PostgreSQL, alone and with dozens of connections at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from livelihood.accounts.actor import decode_actor
from livelihood.courses import rules, service
from livelihood.courses.models import Course
from livelihood.courses.schemas import CompletionIn, EnrolmentIn
from livelihood.db.work import Database
from livelihood.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from livelihood.households.rules import ConsentMissing
from tests.courses.trainees import CLOCK, completed, enrolled, grown_ups, one_born, planned
from tests.support.families import members_of, registered
from tests.support.world import OFFICES, Person, World

CONNECTIONS = 36


@asynccontextmanager
async def many_connections(world: World) -> AsyncGenerator[Database]:
    database = Database(world.database.url, decode_actor=decode_actor, pool_size=CONNECTIONS)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()


async def enrol_at_once(
    database: Database, trainer: Person, pairs: list[tuple[UUID, UUID]]
) -> list[rules.EnrolmentState | DomainError]:
    """Every (course, member) on a connection of its own, all let go together."""
    ready = asyncio.Barrier(len(pairs))

    async def one(course_id: UUID, member_id: UUID) -> rules.EnrolmentState | DomainError:
        try:
            async with database.work(trainer.identity) as uow:
                await ready.wait()
                seated = await service.enrol(uow, course_id, EnrolmentIn(member_id=member_id), clock=CLOCK)
                return rules.EnrolmentState(seated.enrolment.state)
        except DomainError as error:
            return error

    return await asyncio.gather(*(one(course_id, member_id) for course_id, member_id in pairs))


async def test_dozens_asking_at_once_get_exactly_the_seats_there_are(world: World):
    trainer = await world.person("trainer@KPT")
    course = await planned(world, trainer, seats=7)
    people = await grown_ups(world, CONNECTIONS)
    async with many_connections(world) as database:
        outcomes = await enrol_at_once(database, trainer, [(course.id, person) for person in people])
    assert outcomes.count(rules.EnrolmentState.ENROLLED) == 7
    assert outcomes.count(rules.EnrolmentState.WAITLISTED) == CONNECTIONS - 7
    rows = await world.owner_rows("SELECT seat, waitlist_position FROM enrolments")
    assert sorted(row["seat"] for row in rows if row["seat"]) == list(range(1, 8))
    assert sorted(row["waitlist_position"] for row in rows if row["waitlist_position"]) == list(
        range(1, CONNECTIONS - 6)
    )
    (kept,) = await world.owner_rows("SELECT seats_taken, waitlist_length FROM courses")
    assert tuple(kept) == (7, CONNECTIONS - 7)


async def test_one_person_asked_for_by_many_at_once_is_enrolled_once(world: World):
    trainer = await world.person("trainer@KPT")
    course = await planned(world, trainer, seats=7)
    (person,) = await grown_ups(world, 1)
    async with many_connections(world) as database:
        outcomes = await enrol_at_once(database, trainer, [(course.id, person)] * 12)
    assert outcomes.count(rules.EnrolmentState.ENROLLED) == 1
    assert sum(isinstance(outcome, rules.AlreadyInCourse) for outcome in outcomes) == 11
    assert len(await world.owner_rows("SELECT FROM enrolments")) == 1


async def test_one_person_in_two_overlapping_courses_at_once_gets_into_one(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 8)
    first = await planned(world, trainer)
    second = await planned(world, trainer, trade="sewing", starts_on="2026-05-29", ends_on="2026-06-30")
    pairs = [(course.id, person) for person in people for course in (first, second)]
    async with many_connections(world) as database:
        outcomes = await enrol_at_once(database, trainer, pairs)
    for left, right in zip(outcomes[::2], outcomes[1::2], strict=True):
        won, lost = (left, right) if isinstance(right, DomainError) else (right, left)
        assert won is rules.EnrolmentState.ENROLLED
        assert isinstance(lost, rules.OverlappingEnrolment)
    assert len(await world.owner_rows("SELECT FROM enrolments")) == len(people)


async def test_the_database_itself_oversells_no_seat_and_doubles_no_person(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 3)
    course = await planned(world, trainer, seats=1)
    other = await planned(world, trainer, trade="sewing")
    enrolment = await enrolled(world, trainer, course, people[0])
    # Past the verbs, in the application's own role: a second seat, the same seat again, a second course.
    for changes, constraint in (
        ({"seat": 2}, "ck_enrolments_seat"),
        ({}, "uq_enrolments_course_id_seat"),
        ({"course_seats": 2, "seat": 2}, "fk_enrolments_course_id_course_seats"),
        ({"member_id": people[0], "course_id": other.id, "course_seats": 12}, "ex_enrolments_overlap"),
    ):
        columns = {
            "id": uuid4(),
            "household_id": enrolment.household_id,
            "office_id": OFFICES["KPT"],
            "course_id": course.id,
            "course_seats": 1,
            "member_id": people[1],
            "state": "enrolled",
            "seat": 1,
            "safeguards": "",
            "starts_on": enrolment.starts_on,
            "ends_on": enrolment.ends_on,
            "enrolled_on": enrolment.starts_on,
        } | changes
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        async with world.work(trainer) as uow:
            conn = await uow.connection()
            with pytest.raises(Exception, match=constraint):
                await conn.execute(
                    f"INSERT INTO enrolments ({', '.join(columns)}) VALUES ({places})", *columns.values()
                )
            await uow.session.rollback()
    async with world.work(trainer) as uow:
        (await uow.session.get_one(Course, course.id)).seats_taken = 2
        with pytest.raises(IntegrityError, match="ck_courses_seats_taken"):
            await uow.session.flush()
        await uow.session.rollback()


@pytest.mark.parametrize(
    ("born_on", "precision", "welcome"),
    [
        ("2011-03-03", "day", False),
        ("2011-03-02", "day", True),
        ("2011-02-01", "month", True),
        ("2011-03-01", "month", False),
        ("2011-01-01", "year", False),
        ("2010-01-01", "year", True),
        ("2011-01-01", "estimated", False),
    ],
)
async def test_fifteen_is_counted_from_the_latest_possible_birthday(
    world: World, born_on: str, precision: str, *, welcome: bool
):
    trainer = await world.person("trainer@KPT")
    course = await planned(world, trainer)
    child = await one_born(world, born_on, precision)
    if welcome:
        assert (await enrolled(world, trainer, course, child)).state == "enrolled"
    else:
        with pytest.raises(rules.TooYoungForTraining, match="in school"):
            await enrolled(world, trainer, course, child)
        assert await world.owner_rows("SELECT FROM enrolments") == []


async def test_under_eighteen_the_safeguards_come_first_where_the_trade_calls_for_them(world: World):
    trainer = await world.person("trainer@KPT")
    child = await one_born(world, "2009-06-01")
    (adult,) = await grown_ups(world, 1)
    course = await planned(world, trainer, trade="motorbike_repair")
    with pytest.raises(rules.SafeguardsMissing):
        await enrolled(world, trainer, course, child, safeguards="  ")
    await enrolled(world, trainer, course, adult)
    enrolment = await enrolled(world, trainer, course, child, safeguards=" No welding; home by 16:00 ")
    assert (enrolment.seat, enrolment.safeguards) == (2, "No welding; home by 16:00")


async def test_nobody_is_enrolled_whose_family_has_not_consented(world: World):
    trainer = await world.person("trainer@KPT")
    household = await registered(world, await world.person("caseworker@KPT"), CLOCK)
    people = await members_of(world, household)
    with pytest.raises(ConsentMissing):
        await enrolled(world, trainer, await planned(world, trainer), people["Dara"])
    assert await world.owner_rows("SELECT FROM enrolments") == []


async def test_who_left_is_not_enrolled(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course = await planned(world, trainer)
    async with world.work(await world.person("caseworker@KPT")) as uow:
        conn = await uow.connection()
        await conn.execute(
            "UPDATE members SET left_on = $1, left_because = 'moved' WHERE id = $2",
            date(2026, 2, 1),
            people[1],
        )
    with pytest.raises(rules.NotEnrollable, match="2026-02-01"):
        await enrolled(world, trainer, course, people[1])


async def test_a_completion_sets_the_anchor_and_ends_the_days_taken(world: World):
    trainer = await world.person("trainer@KPT")
    (person,) = await grown_ups(world, 1)
    course = await planned(world, trainer, starts_on="2026-02-02")
    later = await planned(world, trainer, trade="sewing", starts_on="2026-03-03", ends_on="2026-04-01")
    enrolment = await enrolled(world, trainer, course, person)
    with pytest.raises(rules.OverlappingEnrolment):
        await enrolled(world, trainer, later, person)
    await completed(world, trainer, enrolment.id)
    (anchor,) = await world.owner_rows("SELECT * FROM anchors")
    assert (anchor["kind"], anchor["source_id"], anchor["member_id"], anchor["anchored_on"]) == (
        "course",
        enrolment.id,
        person,
        date(2026, 3, 2),
    )
    dirty = await world.owner_rows("SELECT household_id FROM dirty WHERE cause LIKE '%course%'")
    assert [row["household_id"] for row in dirty] == [enrolment.household_id]
    assert (await enrolled(world, trainer, later, person)).state == "enrolled"


async def test_a_completion_repeated_in_parallel_happens_once(world: World):
    trainer = await world.person("trainer@KPT")
    (person,) = await grown_ups(world, 1)
    course = await planned(world, trainer)
    enrolment = await enrolled(world, trainer, course, person)
    ready = asyncio.Barrier(12)

    async def one(database: Database) -> str:
        async with database.work(trainer.identity) as uow:
            await ready.wait()
            done = await service.complete(
                uow, enrolment.id, CompletionIn(completed_on=CLOCK.today()), clock=CLOCK
            )
            return done.state

    async with many_connections(world) as database:
        assert await asyncio.gather(*(one(database) for _ in range(12))) == ["completed"] * 12
    assert len(await world.owner_rows("SELECT FROM anchors")) == 1
    assert len(await world.owner_rows("SELECT FROM dirty WHERE cause LIKE '%course%'")) == 1
    with pytest.raises(rules.CompletionRefused, match="already recorded"):
        await completed(world, trainer, enrolment.id, "2026-03-01")


async def test_what_cannot_be_completed(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course = await planned(world, trainer, seats=1, starts_on="2026-02-02")
    seated = await enrolled(world, trainer, course, people[0])
    waiting = await enrolled(world, trainer, course, people[1])
    with pytest.raises(rules.CompletionRefused, match="waitlist"):
        await completed(world, trainer, waiting.id)
    for day in ("2026-03-03", "2026-02-01"):
        with pytest.raises(InvalidInput) as refusal:
            await completed(world, trainer, seated.id, day)
        assert [error.field for error in refusal.value.errors] == ["completed_on"]
    assert await world.owner_rows("SELECT FROM anchors") == []


async def test_another_offices_course_person_and_enrolment_are_as_if_absent(world: World):
    trainer, stranger = [await world.person(f"trainer@{office}") for office in ("KPT", "KMP")]
    (ours,) = await grown_ups(world, 1)
    (theirs,) = await grown_ups(world, 1, "KMP")
    our_course = await planned(world, trainer)
    their_course = await planned(world, stranger, "KMP")
    enrolment = await enrolled(world, trainer, our_course, ours)
    for course, person in ((our_course, theirs), (their_course, ours), (our_course, ours)):
        with pytest.raises(NotFound):
            await enrolled(world, stranger, course, person)
    with pytest.raises(NotFound):
        await completed(world, stranger, enrolment.id)
    with pytest.raises(InvalidInput):
        await planned(world, stranger, "KPT")


async def test_only_those_who_keep_enrolments_enrol_and_complete(world: World):
    trainer = await world.person("trainer@KPT")
    (person,) = await grown_ups(world, 1)
    course = await planned(world, trainer)
    enrolment = await enrolled(world, trainer, course, person)
    for role in ("caseworker@KPT", "monitor@KPT", "manager"):
        colleague = await world.person(role)
        with pytest.raises(Forbidden):
            await enrolled(world, colleague, course, person)
        with pytest.raises(Forbidden):
            await completed(world, colleague, enrolment.id)
        with pytest.raises(Forbidden):
            await planned(world, colleague)


async def test_the_trainer_is_one_of_the_office(world: World):
    trainer = await world.person("trainer@KPT")
    for other in (await world.person("trainer@KMP"), await world.person("monitor@KPT")):
        with pytest.raises(InvalidInput) as refusal:
            await planned(world, trainer, trainer_id=str(other.id))
        assert [error.field for error in refusal.value.errors] == ["trainer_id"]
    everywhere = await world.person("trainer")
    assert (await planned(world, trainer, trainer_id=str(everywhere.id))).trainer_id == everywhere.id


async def test_a_repeated_enrolment_answers_the_same_and_another_body_is_refused(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course = await planned(world, trainer, seats=1)
    other = await planned(world, trainer, starts_on="2026-06-01", ends_on="2026-06-30")
    key = uuid7()
    first = await enrolled(world, trainer, course, people[0], id=key)
    again = await enrolled(world, trainer, course, people[0], id=key)
    assert first.id == again.id == key
    for elsewhere, person in ((course, people[1]), (other, people[0])):
        with pytest.raises(Conflict, match="already used"):
            await enrolled(world, trainer, elsewhere, person, id=key)
    assert len(await world.owner_rows("SELECT FROM enrolments")) == 1


async def test_what_a_trainer_writes_is_audited(world: World):
    trainer = await world.person("trainer@KPT")
    (person,) = await grown_ups(world, 1)
    enrolment = await enrolled(world, trainer, await planned(world, trainer), person)
    await completed(world, trainer, enrolment.id)
    entries = await world.owner_rows(
        "SELECT table_name, action FROM audit.entries WHERE actor_id = $1 ORDER BY id", trainer.id
    )
    assert [tuple(entry) for entry in entries if entry["table_name"] in {"courses", "enrolments"}] == [
        ("courses", "insert"),
        ("courses", "update"),
        ("enrolments", "insert"),
        ("enrolments", "update"),
    ]


async def test_a_family_that_moved_away_keeps_its_seat_counted(world: World):
    trainer = await world.person("trainer@KPT")
    (moving,) = await grown_ups(world, 1)
    (staying,) = await grown_ups(world, 1)
    course = await planned(world, trainer, seats=1)
    enrolment = await enrolled(world, trainer, course, moving)
    async with world.owner.work(trainer.identity) as uow:
        conn = await uow.connection()
        await conn.execute(
            "UPDATE households SET office_id = $1 WHERE id = $2", OFFICES["KMP"], enrolment.household_id
        )
    assert (await enrolled(world, trainer, course, staying)).state == "waitlisted"
    with pytest.raises(NotFound):
        await completed(world, trainer, enrolment.id)
    assert (await completed(world, await world.person("trainer@KMP"), enrolment.id)).state == "completed"
