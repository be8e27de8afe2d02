"""Whoever is monitor and supervisor at once has their own households, and those of their office that nobody has."""

from datetime import date
from random import Random
from uuid import UUID

import pytest

from livelihood.accounts.permissions import Permission
from livelihood.desk.pages.today import work_of
from livelihood.followups.reconcile import tick
from livelihood.notices.rules import Count
from tests.desk.test_today import seen
from tests.notices.test_digest import counted, of_today
from tests.support.families import registered
from tests.support.places import KMP
from tests.support.world import Person, World, clock_at

# The roles of a reader, and of which office those in no hands are theirs.
READERS = {
    "monitor": (("monitor@KPT",), ()),
    "both": (("monitor@KPT", "supervisor@KPT"), (1,)),
    "of two offices": (("monitor@KPT", "supervisor@KMP"), (2,)),
    "of all offices": (("monitor", "supervisor"), (1, 2)),
    "manager too": (("monitor@KPT", "manager"), (1,)),
}


async def families(
    world: World, owners: dict[int, list[Person | None]], chance: Random
) -> dict[UUID, tuple[int, UUID | None]]:
    """One of each owner in each office, with checks to be made and children in silence; says office and owner of each."""
    found: dict[UUID, tuple[int, UUID | None]] = {}
    world.clock = clock_at("2026-01-12")
    for office, caseworker in (
        (1, await world.person("caseworker@KPT")),
        (2, await world.person("caseworker@KMP")),
    ):
        for owner in owners[office]:
            place = {"village_code": KMP} if office == 2 else {}
            household = (await registered(world, caseworker, **place)).id
            await world.owner_rows(
                "WITH one AS (INSERT INTO anchors (id, household_id, office_id, kind, source_id, anchored_on, recorded_at) "
                "VALUES (uuidv7(), $1, $2, 'grant', uuidv7(), $3::date, $3::date + time '03:00')) "
                "INSERT INTO dirty (household_id, office_id, cause) VALUES ($1, $2, 'paid')",
                household,
                office,
                date(2026, 1, chance.randint(5, 12)),
            )
            await world.owner_rows(
                "UPDATE households SET monitor_id = $1 WHERE id = $2", owner.id if owner else None, household
            )
            found[household] = (office, owner.id if owner else None)
    world.clock = clock_at("2026-03-10")
    await tick(world.worker, world.clock)
    return found


@pytest.mark.parametrize("name", READERS)
async def test_their_numbers_and_their_list_are_of_both(world: World, name: str) -> None:
    roles, of_nobody = READERS[name]
    reader = await world.person(*roles, name="reader")
    async with world.read(reader) as reads:
        goes = reads.actor.offices_for(Permission.VISITS_RECORD)
    colleague = await world.person("monitor", name="colleague")
    gone = await world.person("monitor", name="gone")
    away = await world.person("monitor", name="away")
    ill = await world.person("monitor", name="ill")
    others = [colleague, gone, away, ill, None]
    of_each = await families(
        world, {1: [reader, *others], 2: [reader, *others] if 2 in goes else others}, Random(name)
    )
    await world.owner_rows("UPDATE staff SET active = false WHERE id = $1", gone.id)
    # One is on leave where nobody is there to stand in for them, the other where the reader stands in who may go there.
    left_alone = (of_nobody or (1,))[0]
    for office, absent, by in ((left_alone, away, gone), (2, ill, reader)):
        await world.owner_rows(
            "INSERT INTO cover (id, office_id, staff_id, by_id, from_on, until_on, set_by, set_at)"
            " VALUES (uuidv7(), $1, $2, $3, $4, $4, $3, now())",
            office,
            absent.id,
            by.id,
            world.clock.today(),
        )
    works = {reader.id, ill.id} if 2 in goes else {reader.id}
    in_no_hands = {(office, one) for office in (1, 2) for one in (None, gone.id)} | {(left_alone, away.id)}
    mine = {
        household
        for household, (office, owner) in of_each.items()
        if office in goes and (owner in works or (office in of_nobody and (office, owner) in in_no_hands))
    }
    checks = await world.owner_rows(
        "SELECT count(DISTINCT (household_id, member_id, purpose)) AS all, count(DISTINCT (household_id, member_id, "
        "purpose)) FILTER (WHERE closes_on < $2) AS late FROM follow_ups WHERE household_id = ANY($1) AND settled_on IS "
        "NULL AND reminds AND opens_on <= $2 AND lapses_on > $2",
        sorted(mine),
        world.clock.today(),
    )
    silent = await world.owner_rows(
        "SELECT count(*) FROM followed_children WHERE household_id = ANY($1) AND unconfirmed_since IS NOT NULL",
        sorted(mine),
    )
    (expected,) = checks
    async with world.read(reader) as reads:
        work = await work_of(reads, world.clock.today())
    assert work.checks is not None
    assert work.villages is not None
    assert (work.checks.checks, work.checks.overdue) == (expected["all"], expected["late"])
    assert work.checks.households == sum(one.households for one in work.villages) == len(mine)
    assert sum(one.checks for one in work.villages) == expected["all"]
    assert sum(one.children for one in work.in_hands) == silent[0]["count"] > 0
    told = await counted(world, reader)
    assert told == await of_today(world, reader)
    assert told[Count.UNCONFIRMED] == silent[0]["count"]
    async with world.client(reader) as client:
        body = (await client.get("/worklist?whose=mine")).json()
        by_school = (await client.get("/worklist/schools?whose=mine")).json()
    listed = {one["id"]: one["monitored"] for village in body["villages"] for one in village["households"]}
    assert set(listed) == {str(one) for one in mine}
    assert {UUID(one) for one, monitored in listed.items() if not monitored} == {
        one for one in mine if of_each[one][1] not in works
    }
    assert {one["id"] for one in by_school["unknown"]} <= set(listed)
    async with world.browser(reader) as browser:
        shown = (await browser.get("/follow-ups")).text
        today = seen((await browser.get("/")).text)
    assert shown.count("no monitor yet") == sum(not monitored for monitored in listed.values())
    assert f"{len(mine)} household" in today
    assert ("Of them in households without a monitor at work" in today) is bool(of_nobody)
