"""What an upgrade does to those who were there before it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from livelihood.binding import bind
from livelihood.db import migrate
from livelihood.db.actor import Named
from livelihood.embedded import Postgres
from livelihood.followups.reconcile import tick
from livelihood.followups.schemas_policy import NewProtocolIn
from livelihood.followups.service import policy
from tests.courses.test_withdrawal import given_up, sound
from tests.courses.trainees import enrolled, grown_ups, planned
from tests.followups.policies import drafted, in_force, previewed
from tests.followups.stories import clock_on
from tests.support.places import KPT, add_places
from tests.support.world import World, made_world

SETUP = UUID("00000000-0000-7000-8000-000000000001")
BEFORE_SILENCE = "0007_intake_imports"
BEFORE_THE_BEGINNING = "0021b_new_protocols"
COURSES = (5, "animal_raising"), (4, "hairdressing")
HEALTH = {
    "name_en": "Health",
    "name_km": "សុខភាព",
    "anchors": ["grant"],
    "source": "The board",
    "slots": [{"months": 4, "before": 5, "after": 5, "purpose": "home"}],
}


@asynccontextmanager
async def at_revision(postgres: Postgres, revision: str) -> AsyncGenerator[World]:
    """A world on an empty database of an earlier release."""
    name = f"livelihood_{uuid4().hex[:12]}"
    postgres.create_database(name)
    await asyncio.to_thread(migrate.upgrade, postgres.url(database=name), revision)
    add_places(postgres, name)
    async with made_world(postgres, name) as world:
        yield world
    postgres.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


async def upgraded(world: World, revision: str = "head") -> None:
    await asyncio.to_thread(migrate.upgrade, world.server.url(database=world.name), revision)


async def family(world: World, code: str, intake_on: date, risk: str = "high") -> UUID:
    """As the release of that day stored it, with two children and, since 30 days, a grant."""
    household_id = uuid4()
    day = world.clock.today() - timedelta(days=30)
    async with world.owner.work(Named("setup")) as uow:
        run = uow.conn.execute
        await run(
            "INSERT INTO households (id, office_id, code, village_code, risk, intake_on, search, registered_by, "
            "registered_at) VALUES ($1, 1, $2, $3, $4, $5::date, '{}', $6, $5::date)",
            household_id, code, KPT, risk, intake_on, SETUP,
        )  # fmt: skip
        for born_on in (
            date(1985, 1, 1),
            intake_on - timedelta(days=8 * 366),
            intake_on - timedelta(days=3300),
        ):
            await run(
                "INSERT INTO members (id, household_id, office_id, family_name_latin, given_name_latin, sex, born_on, "
                "born_precision, relationship, joined_on, search, recorded_at) "
                "VALUES ($1, $2, 1, 'Sok', 'Dara', 'male', $3, 'day', 'son', $4::date, '{}', $4::date)",
                uuid4(), household_id, born_on, intake_on,
            )  # fmt: skip
        await run(
            "INSERT INTO anchors (id, household_id, office_id, kind, source_id, anchored_on, recorded_at) "
            "VALUES ($1, $2, 1, 'grant', $1, $3::date, $3::date)",
            uuid4(), household_id, day,
        )  # fmt: skip
        await run("INSERT INTO dirty (household_id, office_id, cause) VALUES ($1, 1, 'test')", household_id)
    return household_id


async def fortnights(world: World, household_id: UUID) -> list[Any]:
    return await world.owner_rows(
        "SELECT id, opens_on, closes_on, lapses_on FROM follow_ups "
        "WHERE household_id = $1 AND protocol = 'high_risk' ORDER BY due_on, id",
        household_id,
    )


async def test_checks_of_families_long_at_high_risk_begin_with_the_upgrade(postgres: Postgres) -> None:
    async with at_revision(postgres, BEFORE_SILENCE) as world:
        today = world.clock.today()
        long_known = [
            await family(world, f"KPT-{days:05}", today - timedelta(days=days)) for days in (20, 200, 900)
        ]
        standard = await family(world, "KPT-99999", today - timedelta(days=200), "standard")
        await upgraded(world)
        await tick(world.worker, world.clock)
        for household_id in long_known:
            found = await fortnights(world, household_id)
            # Two ahead, for each of two children, and none that anybody could have missed.
            assert len(found) == 4
            assert all(row["opens_on"] > today for row in found)
        assert not await fortnights(world, standard)
        assert not await world.owner_rows("SELECT FROM consequences")
        assert not await world.owner_rows("SELECT FROM followed_children WHERE unconfirmed_since IS NOT NULL")
        (high,) = await world.owner_rows("SELECT count(*) AS n FROM followed_children WHERE high_risk")
        assert high["n"] == 6
        async with world.browser(await world.person("caseworker@KPT")) as browser:
            told = (await browser.get(f"/households/{long_known[1]}")).text
        for words in ("The risk is high", "The risk is still high"):
            assert told.count(words) == 1, words
        assert told.count("A check every two weeks") == 1
        # Written by somebody, and looked at by the workers again of themselves.
        (entries,) = await world.owner_rows(
            "SELECT count(*) AS n FROM audit.entries WHERE table_name = 'anchors' AND request = '0021c_risk_begins'"
        )
        assert entries["n"] == 3


async def test_checks_that_were_asked_for_before_stay(postgres: Postgres) -> None:
    # Worked out by the release of today, whose workers read tables that the earlier one had not.
    async with at_revision(postgres, "head") as world:
        today = world.clock.today()
        known = await family(world, "KPT-00001", today - timedelta(days=200))
        await tick(world.worker, world.clock)
        before = await fortnights(world, known)
        assert len(before) > 4
        await asyncio.to_thread(
            migrate.downgrade, world.server.url(database=world.name), BEFORE_THE_BEGINNING
        )
        new = await family(world, "KPT-00002", today - timedelta(days=200))
        await upgraded(world)
        await tick(world.worker, world.clock)
        assert await fortnights(world, known) == before
        assert len(await fortnights(world, new)) == 4
        await asyncio.to_thread(
            migrate.downgrade, world.server.url(database=world.name), BEFORE_THE_BEGINNING
        )
        assert await world.owner_rows("SELECT kind FROM anchors WHERE kind = 'high_risk'") == []
        assert await fortnights(world, known) == before
        await upgraded(world)


async def test_going_back_takes_along_what_the_release_before_has_no_words_for(postgres: Postgres) -> None:
    async with at_revision(postgres, "head") as world:
        household = await family(world, "KPT-00001", world.clock.today() - timedelta(days=200), "standard")
        manager = await world.person("manager")
        world.clock = clock_on(world.clock.today())
        number = {"value": 70, "effective_from": world.clock.today().isoformat(), "source": "The board"}
        for key in ("attendance_bar_percent", "last_lapses_after_days"):
            asked = await drafted(world, manager, key, number, world.clock)
            await previewed(world, manager, asked, world.clock)
            await in_force(world, manager, asked, world.clock)
        async with world.work(manager) as uow:
            health = bind(NewProtocolIn, HEALTH | {"effective_from": number["effective_from"]}, typed=True)
            asked = await policy.draft_protocol(uow, health, clock=world.clock)
        await previewed(world, manager, asked, world.clock)
        await in_force(world, manager, asked, world.clock)
        planned = "SELECT protocol FROM follow_ups WHERE household_id = $1 AND protocol = 'health'"
        assert len(await world.owner_rows(planned, household)) == 2
        url = world.server.url(database=world.name)
        await asyncio.to_thread(migrate.downgrade, url, "0010b_roll_call")
        assert await world.owner_rows(planned, household) == []
        assert await world.owner_rows("SELECT FROM protocols WHERE added_by IS NOT NULL") == []
        kept = await world.owner_rows("SELECT key FROM policy_numbers WHERE value = 70")
        assert [row["key"] for row in kept] == ["attendance_bar_percent"]
        assert await world.owner_rows("SELECT FROM previews") == []
        await upgraded(world)


async def test_seats_that_were_given_back_are_free_after_going_back_and_after_coming_again(
    postgres: Postgres,
) -> None:
    async with at_revision(postgres, "head") as world:
        trainer = await world.person("trainer@KPT")
        people = await grown_ups(world, 9)
        full, half = [await planned(world, trainer, seats=number, trade=trade) for number, trade in COURSES]
        other = await planned(world, trainer, trade="sewing")
        asked = [await enrolled(world, trainer, full, person) for person in people[:8]]
        # Seats 1, 2 and 4 are free, because one who waits is busy; the first two of the others who waited wait no more.
        await enrolled(world, trainer, other, people[7])
        for place in (5, 6, 0, 1, 3):
            await given_up(world, trainer, asked[place].id)
        for person in (people[0], people[1], people[3]):
            await enrolled(world, trainer, half, person)
        url = world.server.url(database=world.name)
        await asyncio.to_thread(migrate.downgrade, url, "0025_attendance")
        counts = "SELECT id, seats_taken, waitlist_length FROM courses WHERE id = $1"
        held = "SELECT member_id, seat, waitlist_position FROM enrolments WHERE course_id = $1 ORDER BY seat"
        for _ in range(2):
            (course,) = await world.owner_rows(counts, full.id)
            assert (course["seats_taken"], course["waitlist_length"]) == (2, 1)
            rows = await world.owner_rows(held, full.id)
            assert [tuple(row) for row in rows] == [
                (people[2], 1, None),
                (people[4], 2, None),
                (people[7], None, 1),
            ]
            (course,) = await world.owner_rows(counts, half.id)
            assert (course["seats_taken"], course["waitlist_length"]) == (3, 0)
            await upgraded(world)
        assert (await enrolled(world, trainer, full, people[8])).seat == 3
        await sound(world, full)
