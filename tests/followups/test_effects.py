"""What a visit changed is read within its household: the answer to a visit takes no longer for the years before it."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from livelihood.db.actor import Actor, Named
from livelihood.db.reader import Connection, Reading
from livelihood.db.work import Reads
from livelihood.followups.queries import effects, visits
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World

HISTORY = {"follow_ups", "alerts", "visits", "observations"}
FOUND_BY = {"household_id", "anchor_id", "id", "visit_id", "replaces", "supersedes"}


class Listening:
    """A reading that notes what it was asked, and is a connection's `fetch` meanwhile."""

    def __init__(self, reads: Reads) -> None:
        self.reads, self.asked = reads, list[tuple[str, tuple[object, ...]]]()

    @property
    def actor(self) -> Actor:
        return self.reads.actor

    async def connection(self) -> Any:
        return self

    async def fetch(self, query: str, *args: object) -> Any:
        self.asked.append((query, args))
        return await self.reads.conn.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Any:
        self.asked.append((query, args))
        return await self.reads.conn.fetchrow(query, *args)


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each look at a table of the years, and by which columns it finds what it reads."""
    inner = plan.get("Plans", [])
    if plan.get("Relation Name") in HISTORY:
        looks = [plan, *(one for one in inner if one["Node Type"] == "Bitmap Index Scan")]
        yield plan["Relation Name"], " ".join(one.get("Index Cond", "") for one in looks)
    for one in inner:
        yield from scans(one)


async def years_of_others(world: World) -> None:
    """Of another family of the office, so many that PostgreSQL chooses as it would after years."""
    other = await registered(world, await world.person("caseworker@KPT"))
    await world.owner_rows(
        "INSERT INTO follow_ups SELECT (jsonb_populate_record(f, jsonb_build_object("
        "'id', uuidv7(), 'anchor_id', uuidv7(), 'household_id', $1::uuid, 'member_id', null, 'settled_by', uuidv7()))).*"
        " FROM (SELECT f FROM follow_ups f WHERE settled_on IS NULL LIMIT 1), generate_series(1, 3000)",
        other.id,
    )
    await world.owner_rows(
        "INSERT INTO alerts SELECT (jsonb_populate_record(a, jsonb_build_object('id', uuidv7(), 'household_id', $1::uuid,"
        " 'closed_on', '2026-06-01', 'closed_because', 'back_in_school', 'closed_by', uuidv7(), 'visit_id', null,"
        " 'observation_id', null, 'member_id', $2::uuid))).*"
        " FROM (SELECT a FROM alerts a LIMIT 1), generate_series(1, 3000)",
        other.id,
        (await members_of(world, other))["Bopha"],
    )
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute("ANALYZE follow_ups, alerts")


async def test_nothing_is_looked_for_among_all_the_years(world: World) -> None:
    """Every statement behind the answer finds what it reads by a household, or by an id: never by the office alone,
    nor by reading a table through. `closed_by`, `settled_by` and an alert's visit have no index of their own.
    """
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    findings = [education(people["Bopha"], "none"), education(people["Piseth"])]
    made = await recorded(world, household.id, findings=findings)
    assert made["settled"]
    assert made["alerts_opened"]
    assert made["extra_checks"]
    await years_of_others(world)
    async with world.read(await world.person("supervisor@KPT")) as reads:
        listening = Listening(reads)
        reading: Reading = listening
        visit = await visits.one(reading, UUID(made["visit"]["id"]))
        effect = await effects.of_visit(reading, visit, world.clock.today())
        assert len(effect.settled) == len(made["settled"])
        conn: Connection = reads.conn
        await conn.execute("SET enable_seqscan = off")
        found: list[tuple[str, str]] = []
        for sql, arguments in listening.asked:
            ((plan,),) = await conn.fetch(f"EXPLAIN (FORMAT json) {sql}", *arguments)
            found += scans(json.loads(plan)[0]["Plan"])
        await conn.execute("RESET enable_seqscan")
    assert {table for table, _ in found} == HISTORY
    assert [one for one in found if not FOUND_BY & words(one[1])] == []


def words(condition: str) -> set[str]:
    return {word.strip("()") for word in condition.split()}
