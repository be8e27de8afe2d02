"""The board of silence: its order, its pages, its offices."""

import re
from datetime import date, timedelta
from itertools import product
from random import Random
from uuid import UUID

import pytest

from livelihood.cursors import packed
from livelihood.errors import Forbidden
from livelihood.followups.queries.board import NOBODY, board, scanned, silence
from livelihood.followups.rules.board import Silent, in_order, score
from tests.support.families import member, registered
from tests.support.world import World, clock_at

TODAY = date(2026, 4, 8)
LEVELS = [None, "reminder", "escalated_supervisor", "escalated_manager"]


async def followed(world: World, seed: int, office: str = "KPT", children: int = 24) -> list[Silent]:
    """A household full of children, each followed and confirmed on days of chance; many on the same day."""
    chance = Random(seed)
    caseworker = await world.person(f"caseworker@{office}")
    head = member("Dara", "1985-03-02", "head")
    more = {} if office == "KPT" else {"village_code": "07010101"}
    household = await registered(
        world, caseworker, members=[head, *(member(f"C{n}", "2015-06-10") for n in range(children))], **more
    )
    rows = await world.owner_rows(
        "SELECT id FROM members WHERE household_id = $1 AND relationship <> 'head' ORDER BY id", household.id
    )
    made: list[Silent] = []
    for row in rows:
        since = TODAY - timedelta(days=chance.choice([3, 10, 20, 21, 40, 60, 120]))
        confirmed = chance.choice([None, since + timedelta(days=chance.choice([0, 1, 2]))])
        made.append(Silent(row["id"], since, confirmed, chance.random() < 0.4))
        silent = chance.random() < 0.5
        await world.owner_rows(
            "INSERT INTO followed_children (member_id, household_id, office_id, followed_since, confirmed_on, "
            "unconfirmed_since, level, high_risk) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            row["id"], household.id, household.office_id, since, confirmed,
            made[-1].since + timedelta(days=1) if silent else None,
            chance.choice(LEVELS) if silent else None, made[-1].high_risk,
        )  # fmt: skip
    return made


@pytest.mark.parametrize("seed", range(4))
async def test_the_board_has_the_order_of_the_rule_over_all_its_pages(world: World, seed: int):
    children = await followed(world, seed)
    supervisor = await world.person("supervisor@KPT")
    for limit, risk in product((1, 3, 7, 50), (None, "high", "standard")):
        wanted = [one for one in children if risk is None or one.high_risk is (risk == "high")]
        seen: list[UUID] = []
        cursor = ""
        async with world.read(supervisor) as reads:
            while True:
                found = await board(reads, today=TODAY, risk=risk, cursor=cursor, limit=limit)  # type: ignore[arg-type]
                seen += [row.member_id for row in found.items]
                by_id = {one.member_id: one for one in children}
                assert all(row.score == score(by_id[row.member_id], TODAY, 2) for row in found.items)
                cursor = found.next_cursor or ""
                if not cursor:
                    break
        assert seen == [one.member_id for one in in_order(wanted, TODAY, 2)]


async def test_a_board_of_one_monitor_or_level_is_the_part_of_the_whole(world: World):
    children = await followed(world, 9)
    supervisor, monitor = await world.person("supervisor@KPT"), await world.person("monitor@KPT")
    order = [one.member_id for one in in_order(children, TODAY, 2)]
    await world.owner_rows("UPDATE households SET monitor_id = $1", monitor.id)
    async with world.read(supervisor) as reads:
        whole = (await board(reads, today=TODAY, limit=200)).items
        seen: list[UUID] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await board(reads, today=TODAY, monitor=monitor.id, cursor=cursor, limit=6)
            seen += [row.member_id for row in page.items]
            cursor = page.next_cursor
        assert seen == order
        assert not (await board(reads, today=TODAY, monitor=supervisor.id)).items
        for level in ("reminder", "escalated_supervisor", "escalated_manager"):
            rows = (await board(reads, today=TODAY, level=level, limit=200)).items
            assert [row.member_id for row in rows] == [row.member_id for row in whole if row.level == level]
        counted = (await silence(reads, [1]))[1]
    silent = [row for row in whole if row.unconfirmed_since]
    assert (counted.children, (TODAY - counted.since).days) == (len(silent), max(row.days for row in silent))


async def test_a_row_says_how_often_its_days_count(world: World):
    children = await followed(world, 7, children=12)
    world.clock = clock_at(TODAY.isoformat())
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        page = (await browser.get("/silence")).text
    rows = {str(one.member_id): one for one in children}
    shown = re.findall(r'<li class="card stack" id="([^"]+)">(.*?)</li>', page, re.DOTALL)
    assert {member_id for member_id, _ in shown} == set(rows)
    for member_id, row in shown:
        assert ("days, each counts 2 times" in row) is rows[member_id].high_risk
    assert {one.high_risk for one in children} == {True, False}


async def test_another_office_is_not_on_it(world: World):
    ours = await followed(world, 1, children=5)
    theirs = await world.person("supervisor@KMP")
    manager = await world.person("manager")
    async with world.read(theirs) as reads:
        assert not (await board(reads, today=TODAY)).items
        with pytest.raises(Forbidden):
            await board(reads, today=TODAY, office=1)
        assert not await silence(reads, [1, 2])
    async with world.read(manager) as reads:
        assert len((await board(reads, today=TODAY)).items) == len(ours)
        assert not (await board(reads, today=TODAY, office=2)).items
    async with world.client(await world.person("trainer@KPT")) as client:
        assert (await client.get("/silence")).status_code == 403


@pytest.mark.parametrize("one", [True, False])
async def test_the_board_reads_no_more_than_it_shows(world: World, one: bool):
    """Each scan of the index stops at the page's size; without the index all children of the office are read."""
    await followed(world, 5, children=24)
    read = scanned(one=one, level=False, risk=None, later=False, limit=5)
    arguments = read.arguments({"today": TODAY} | ({"office": 1} if one else {"offices": [1, 2]}))
    async with world.read(await world.person("supervisor@KPT")) as reads:
        await reads.conn.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        plan = await reads.conn.fetch(f"EXPLAIN (ANALYZE, TIMING off) {read.sql}", *arguments)
    text = "\n".join(row[0] for row in plan)
    assert "ix_followed_children_board" in text
    assert "Seq Scan on followed_children" not in text


async def test_the_board_over_the_api(world: World):
    await followed(world, 2, children=4)
    world.clock = clock_at(TODAY.isoformat())
    async with world.client(await world.person("monitor@KPT")) as client:
        first = (await client.get("/silence", params={"limit": 3})).json()
        rest = (await client.get("/silence", params={"cursor": first["next_cursor"]})).json()
        assert (await client.get("/silence", params={"cursor": "bananas"})).status_code == 422
        for day in (date.min, TODAY - timedelta(days=8), TODAY + timedelta(days=1), date.max):
            there = packed(day, 60, NOBODY)
            assert (await client.get("/silence", params={"cursor": there})).status_code == 422
        yesterday = packed(TODAY - timedelta(days=1), 60, NOBODY)
        assert (await client.get("/silence", params={"cursor": yesterday})).status_code == 200
    assert len(first["items"]) == 3
    assert len(rest["items"]) == 1
    assert rest["next_cursor"] is None
