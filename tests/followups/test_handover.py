"""A family that moves to another office's village takes everything along, and leaves nothing but that it went."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from livelihood.followups.reconcile import tick
from livelihood.households.models import Household
from tests.db.test_scope import MADE_UP
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_closing import closes
from tests.followups.test_leaving import caseworker, missing
from tests.support.families import members_of, registered
from tests.support.places import KMP, KPT
from tests.support.world import Person, World

MOVING = date(2026, 3, 2)
REASON = "They live with his brother now, behind the pagoda"
PAIRS = (
    "SELECT table_name AS name FROM information_schema.columns c JOIN information_schema.tables t "
    "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
    "AND column_name IN ('{key}', 'office_id') GROUP BY 1 HAVING count(*) = 2 ORDER BY 1"
)


async def supervisor(world: World) -> Person:
    return await world.person("supervisor@KPT")


async def staffed(world: World) -> tuple[Person, Person]:
    """Somebody who looks after families in Kampot."""
    return await world.person("caseworker@KMP"), await world.person("monitor@KMP")


async def moves(
    world: World, person: Person, household_id: UUID, village: str = KMP, **changes: object
) -> httpx.Response:
    body = {"village_code": village, "reason": REASON, **changes}
    async with world.client(person) as client:
        return await client.post(f"/households/{household_id}/hand-over", json=body)


async def tables(world: World, key: str = "household_id") -> list[str]:
    return [row["name"] for row in await world.owner_rows(PAIRS.format(key=key))]


async def test_every_row_goes_along_and_the_old_office_sees_none(world: World):
    """Of every table there is: one that somebody adds without the household's key fails here."""
    await staffed(world)
    household, _ = await paid_family(world)
    other = await registered(world, await caseworker(world))
    everywhere = await tables(world)
    assert {"follow_ups", "visits", "grants", "enrolments", "leavings", "sheet_lines", "dirty"} <= set(
        everywhere
    )
    of_grants = await tables(world, "grant_id")
    made = MADE_UP
    world.server.sql(made.format(table="grants", household=household.id), database=world.name)
    (grant,) = await world.owner_rows("SELECT id FROM grants")
    for table in sorted({*everywhere, *of_grants} - {"grants", "handovers"}):
        sql = made.format(table=table, household=household.id)
        if table in of_grants:
            sql += f"; UPDATE {table} SET grant_id = '{grant['id']}'"
        world.server.sql(sql, database=world.name)
    before = await counted(world, everywhere, household.id)
    assert all(offices == {1: number} for offices in before.values() for number in offices.values())
    world.clock = clock_on(MOVING)
    answer = await moves(world, await supervisor(world), household.id)
    assert answer.status_code == 201, answer.text
    after = await counted(world, everywhere, household.id)
    grown = {"dirty": 1, "handovers": 1}
    assert after == {table: {2: offices.get(1, 0) + grown.get(table, 0)} for table, offices in before.items()}
    # What was booked stays with the office that booked it.
    for table in of_grants:
        rows = await world.owner_rows(
            f"SELECT DISTINCT office_id FROM {table} WHERE grant_id = $1", grant["id"]
        )
        assert [row["office_id"] for row in rows] == [1 if table == "fund_entries" else 2], table
    assert (await counted(world, ["households"], other.id, key="id"))["households"] == {1: 1}
    everybody = [
        f"{role}@KPT" for role in ("caseworker", "finance", "focal_point", "monitor", "supervisor", "trainer")
    ]
    async with world.read(await world.person(*everybody, name="everybody")) as reads:
        for table in set(everywhere) - {"dirty", "handovers"}:
            found = await reads.conn.fetchval(
                f"SELECT count(*) FROM {table} WHERE household_id = $1", household.id
            )
            assert found == 0, table
        assert await reads.conn.fetchval("SELECT count(*) FROM handovers") == 1
        assert await reads.conn.fetchval("SELECT count(*) FROM households WHERE id = $1", household.id) == 0


async def counted(
    world: World, names: list[str], household_id: UUID, key: str = "household_id"
) -> dict[str, dict[int, int]]:
    return {
        table: {
            row["office_id"]: row["number"]
            for row in await world.owner_rows(
                f"SELECT office_id, count(*) AS number FROM {table} WHERE {key} = $1 GROUP BY 1", household_id
            )
        }
        for table in names
    }


async def follow_ups(world: World, household_id: UUID) -> dict[UUID, dict[str, Any]]:
    rows = await world.owner_rows("SELECT * FROM follow_ups WHERE household_id = $1", household_id)
    return {row["id"]: {name: value for name, value in row.items() if name != "office_id"} for row in rows}


async def test_no_check_is_lost_and_somebody_of_the_new_office_has_the_family(world: World):
    worker, visitor = await staffed(world)
    busy = await registered(world, worker, village_code=KMP)
    assert busy.monitor_id == visitor.id
    idle = await world.person("monitor@KMP", name="idle")
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MOVING)
    await missing(world, household, people["Bopha"], MOVING)
    before = await follow_ups(world, household.id)
    answer = await moves(world, await supervisor(world), household.id)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["from_office_id"], answer.json()["to_office_id"]) == (1, 2)
    assert await follow_ups(world, household.id) == before
    await tick(world.worker, world.clock)
    assert await follow_ups(world, household.id) == before
    async with world.client(worker) as client:
        told = (await client.get(f"/households/{household.id}")).json()
        (alert,) = (await client.get("/alerts")).json()["items"]
    assert (told["village_code"], told["code"]) == (KMP, household.code)
    assert (told["caseworker_id"], told["monitor_id"]) == (str(worker.id), str(idle.id))
    assert (alert["kind"], alert["closed_on"]) == ("missing_child", None)


async def test_within_one_office_the_village_changes_alone(world: World):
    household, _ = await paid_family(world)
    (near,) = await world.owner_rows(
        "SELECT min(code) AS code FROM places WHERE level = 'village' AND code LIKE $1 AND code <> $2",
        KPT[:2] + "%",
        KPT,
    )
    before = await follow_ups(world, household.id)
    answer = await moves(world, await supervisor(world), household.id, near["code"])
    assert answer.status_code == 201, answer.text
    (row,) = await world.owner_rows(
        "SELECT office_id, village_code, monitor_id, caseworker_id FROM households"
    )
    assert tuple(row) == (1, near["code"], household.monitor_id, household.caseworker_id)
    assert await follow_ups(world, household.id) == before
    async with world.browser(await supervisor(world)) as browser:
        assert "Moved to another village" in seen((await browser.get(f"/households/{household.id}")).text)
        assert "Handed over to us" not in seen((await browser.get("/")).text)
        assert household.code not in (await browser.get("/handovers")).text


async def test_what_cannot_be_is_refused_and_says_what_to_do(world: World):
    household, _ = await paid_family(world)
    world.clock = clock_on(MOVING)
    person = await supervisor(world)
    (nowhere,) = await world.owner_rows(
        "SELECT min(code) AS code FROM places WHERE level = 'village' "
        "AND left(code, 2) NOT IN (SELECT province_code FROM office_provinces)"
    )
    expected = {KPT: "lives there already", KMP: "no caseworker or no monitor", "06999999": "no village"}
    if nowhere["code"]:
        expected[nowhere["code"]] = "No office serves"
    for village, words in expected.items():
        answer = await moves(world, person, household.id, village)
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert error["field"] == "village_code"
        assert words in error["message"]
    await staffed(world)
    assert (await moves(world, person, household.id, reason="")).status_code == 422
    assert (await closes(world, person, household)).status_code == 201
    closed = await moves(world, person, household.id)
    assert (closed.status_code, closed.json()["code"]) == (409, "household-is-closed")
    assert await world.owner_rows("SELECT FROM handovers") == []


async def household_of(world: World, household_id: UUID) -> Household:
    async with world.work(await caseworker(world)) as uow:
        return await uow.session.get_one(Household, household_id)


async def test_who_may_hand_over_and_once_is_enough(world: World):
    await staffed(world)
    household, _ = await paid_family(world)
    world.clock = clock_on(MOVING)
    sent = {"id": "0196a2c0-0000-7000-8000-000000000001"}
    expected = {
        "caseworker@KPT": 403,
        "monitor@KPT": 403,
        "trainer@KPT": 403,
        "supervisor@KMP": 404,
        "manager": 201,
    }
    for role, status in expected.items():
        answer = await moves(world, await world.person(role), household.id, **sent)
        assert answer.status_code == status, role
    assert (await moves(world, await world.person("manager"), household.id, **sent)).status_code == 201
    assert len(await world.owner_rows("SELECT FROM handovers")) == 1
    gone = await moves(world, await supervisor(world), household.id)
    assert (gone.status_code, gone.json()["code"]) == (404, "handed-over")
    for role, status in {
        "supervisor@KPT": 404,
        "monitor@KMP": 403,
        "supervisor@SVR": 404,
        "caseworker@KMP": 200,
    }.items():
        async with world.client(await world.person(role)) as client:
            answer = await client.post(f"/handovers/{sent['id']}/acknowledge")
        assert answer.status_code == status, role


@pytest.mark.parametrize("role", ["caseworker@KPT", "monitor@KPT", "supervisor@KMP"])
async def test_the_database_itself_lets_only_the_offices_supervisor_or_a_manager(world: World, role: str):
    await staffed(world)
    household, _ = await paid_family(world)
    async with world.work(await world.person(role)) as uow:
        with pytest.raises(Exception, match="permission denied for this household"):
            await uow.conn.execute(
                "SELECT app.hand_over(uuidv7(), $1, $2, 'x', current_date, now())", household.id, KMP
            )
        await uow.session.rollback()


async def test_both_offices_are_told_what_is_theirs(world: World):
    worker, visitor = await staffed(world)
    household, _ = await paid_family(world)
    world.clock = clock_on(MOVING)
    address = f"/households/{household.id}"
    async with world.browser(await supervisor(world)) as browser:
        assert f'href="{address}/move"' in (await browser.get(address)).text
        form = seen((await browser.get(f"{address}/move")).text)
        assert "No check is cancelled." in form
        assert "checks that are still to be made" in form
        unplanned = await registered(world, await world.person("caseworker@KPT"))
        without = seen((await browser.get(f"/households/{unplanned.id}/move")).text)
        assert "The whole record goes along. No check waits to be made." in without
        assert "0 checks" not in without
        refused = await browser.post(f"{address}/move", data={"village_code": "Kampot", "reason": REASON})
        assert refused.status_code == 422
        assert REASON in refused.text
        moved = await browser.post(f"{address}/move", data={"village_code": KMP, "reason": REASON})
        assert moved.status_code == 303, moved.text
        left = (await browser.get(moved.headers["location"])).text
        told = seen(left)
        assert "Handed over to the office Kampot" in told
        assert REASON in told
        for secret in ("Dara", "Bopha", "បុប្ផា", "012", "/visits"):
            assert secret not in left
        assert household.code in (await browser.get("/handovers")).text
        assert household.code not in (await browser.get("/households")).text
        assert "Handed over to us" not in seen((await browser.get("/")).text)
    async with world.browser(await world.person("trainer@KPT")) as browser:
        assert REASON not in (await browser.get(address)).text
    async with world.browser(await world.person("supervisor@SVR")) as browser:
        assert (await browser.get(address)).status_code == 404
        assert household.code not in (await browser.get("/handovers")).text
    boss = await world.person("supervisor@KMP")
    for person, waits in ((boss, True), (worker, True), (visitor, False)):
        async with world.browser(person) as browser:
            assert ("Handed over to us" in seen((await browser.get("/")).text)) is waits
    async with world.browser(boss) as browser:
        html = (await browser.get(address)).text
        assert "This family was handed over to us." in seen(html)
        assert "Handed over to another office" in seen(html)
        (handover,) = await world.owner_rows("SELECT id FROM handovers")
        action = f"/handovers/{handover['id']}/acknowledge"
        assert f'action="{action}"' in html
        assert "Take note of the handover" in seen(html)
        assert (await browser.post(action)).status_code == 303
        assert "Handed over to us" not in seen((await browser.get("/")).text)
        html = seen((await browser.get(address)).text)
        assert "This family was handed over to us." not in html
        assert "The new office has taken note" in html
    async with world.browser(await supervisor(world)) as browser:
        assert "The new office has taken note" in seen((await browser.get(address)).text)
    entries = await world.owner_rows(
        "SELECT actor_id, office_id FROM audit.entries WHERE table_name = 'handovers' ORDER BY id"
    )
    assert [(row["actor_id"], row["office_id"]) for row in entries] == [
        ((await supervisor(world)).id, 2),
        (boss.id, 2),
    ]


async def test_a_family_that_comes_back_is_whole_again(world: World):
    worker, _ = await staffed(world)
    household, _ = await paid_family(world)
    await monitor(world)
    before = await follow_ups(world, household.id)
    assert (await moves(world, await supervisor(world), household.id)).status_code == 201
    back = await moves(world, await world.person("supervisor@KMP"), household.id, KPT)
    assert back.status_code == 201, back.text
    assert await follow_ups(world, household.id) == before
    async with world.browser(await supervisor(world)) as browser:
        told = seen((await browser.get(f"/households/{household.id}")).text)
        today = seen((await browser.get("/")).text)
    assert told.count("Handed over to another office") == 2
    assert told.count("The new office has taken note") == 1
    assert "This family was handed over to us. Kampot" in told
    assert today.count("to take note of") == 1
    async with world.browser(worker) as browser:
        told = seen((await browser.get(f"/households/{household.id}")).text)
        assert "Handed over to us" not in seen((await browser.get("/")).text)
    assert "with the office Kampong Thom now" in told
