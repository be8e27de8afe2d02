"""Cover for leave, households in other hands, and a second look at visits."""

from datetime import date, timedelta
from itertools import combinations
from random import Random
from uuid import UUID

import asyncpg
import pytest

from livelihood.db.actor import Named
from livelihood.errors import DomainError, Forbidden, InvalidInput
from livelihood.followups import service
from livelihood.followups.queries import load
from livelihood.followups.queries.whose import covering, whose
from livelihood.followups.rules.care import Verdict
from livelihood.followups.schemas_care import CoverIn, DrawIn, VerdictIn
from livelihood.households.assignment import AssignmentIn, assign
from tests.desk.office import at_work
from tests.desk.test_today import seen
from tests.notices.test_at_work import left_work
from tests.support.families import registered
from tests.support.world import Person, World, clock_at

TODAY = date(2026, 4, 8)


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


async def set_cover(world: World, staff: Person, by: Person, start: int, end: int) -> UUID:
    async with world.work(await world.person("supervisor@KPT")) as uow:
        return await service.cover(
            uow,
            CoverIn(office_id=1, staff_id=staff.id, by_id=by.id, from_on=days(start), until_on=days(end)),
            clock=clock_at(TODAY.isoformat()),
        )


async def test_cover_begins_and_ends_by_itself_and_can_be_ended(world: World):
    away, other = await world.person("monitor@KPT"), await world.person("caseworker@KPT")
    cover_id = await set_cover(world, away, other, 1, 3)
    async with world.read(other) as reads:
        assert [await whose(reads, other.id, days(number)) for number in (0, 4)] == [[other.id]] * 2
        for number in (1, 3):
            assert await whose(reads, other.id, days(number)) == [other.id, away.id]
            assert await whose(reads, away.id, days(number)) == [away.id]
        (seen,) = await covering(reads, away.id, days(2))
        assert (seen.by_id, seen.until_on) == (other.id, days(3))
    async with world.work(await world.person("supervisor@KPT")) as uow:
        await service.end_cover(uow, cover_id, clock=clock_at(days(2).isoformat()))
    async with world.read(other) as reads:
        assert await whose(reads, other.id, days(1)) == [other.id, away.id]
        assert await whose(reads, other.id, days(2)) == [other.id]


async def test_a_leave_that_began_weeks_ago_can_be_covered_from_now_on(world: World):
    """Whose work it is follows from the day alone: nobody had stood in on the days before, and nothing was done then."""
    away, other = await world.person("monitor@KPT"), await world.person("caseworker@KPT")
    await set_cover(world, away, other, -40, 3)
    async with world.read(other) as reads:
        assert await whose(reads, other.id, TODAY) == [other.id, away.id]
        assert await whose(reads, other.id, days(4)) == [other.id]


async def test_refusals_say_what_is_wrong(world: World):
    away, other = await world.person("monitor@KPT"), await world.person("caseworker@KPT")
    elsewhere, finance = await world.person("monitor@KMP"), await world.person("finance@KPT")
    gone = await world.person("monitor@KPT", name="gone")
    await world.owner_rows("UPDATE staff SET active = false WHERE id = $1", gone.id)
    for staff, by, start, end, words in (
        (away, away, 0, 1, "Nobody covers their own leave"),
        (away, gone, 0, 1, "does not work here any more"),
        (gone, other, 0, 1, "does not work here any more"),
        (away, elsewhere, 0, 1, "visits no families for this office"),
        (away, finance, 0, 1, "visits no families for this office"),
        (away, other, 2, 1, "before the first day"),
        (away, other, -3, -1, "is over"),
        (away, other, 0, 900, "longer than a year"),
        (away, other, -900, 1, "longer than a year"),
        (away, other, 400, 410, "more than a year away"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await set_cover(world, staff, by, start, end)
        assert words in str(refused.value.errors[0].message)
    monitor = await world.person("monitor@KPT")
    with pytest.raises(Forbidden):
        async with world.work(monitor) as uow:
            await service.cover(
                uow,
                CoverIn(office_id=1, staff_id=away.id, by_id=other.id, from_on=TODAY, until_on=TODAY),
                clock=clock_at(TODAY.isoformat()),
            )


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_is_covered_twice_or_stands_in_while_away(world: World, seed: int):
    """Whatever is asked for in whatever order: what was taken on holds for every pair and every day."""
    chance = Random(seed)
    people = [await world.person("monitor@KPT", name=f"monitor{number}") for number in range(4)]
    taken: list[tuple[Person, Person, int, int]] = []
    refused = 0
    for _ in range(25):
        staff, by = chance.sample(people, 2)
        start = chance.randrange(0, 30)
        end = start + chance.randrange(0, 8)
        clashes = any(
            start <= b and a <= end and (who in (staff, by) or stands_in is staff)
            for who, stands_in, a, b in taken
        )
        try:
            await set_cover(world, staff, by, start, end)
        except DomainError:
            assert clashes
            refused += 1
        else:
            assert not clashes
            taken.append((staff, by, start, end))
    assert refused
    assert len(taken) > 1
    for one, other in combinations(taken, 2):
        overlap = one[2] <= other[3] and other[2] <= one[3]
        assert not (overlap and one[0] is other[0])
    with pytest.raises(asyncpg.ExclusionViolationError, match="ex_cover_overlap"):
        async with world.owner.work(Named("setup")) as uow:
            await uow.conn.execute(
                "INSERT INTO cover SELECT uuidv7(), office_id, staff_id, by_id, from_on, until_on, set_by, set_at "
                "FROM cover LIMIT 1"
            )


async def test_households_change_hands_all_or_none(world: World):
    caseworker, supervisor = await world.person("caseworker@KPT"), await world.person("supervisor@KPT")
    monitor, elsewhere = await world.person("monitor@KPT"), await world.person("monitor@KMP")
    ids = tuple([(await registered(world, caseworker)).id for _ in range(3)])
    await world.owner_rows("UPDATE households SET monitor_id = NULL")
    async with world.work(supervisor) as uow:
        assert await assign(uow, AssignmentIn(household_ids=ids[:2], monitor_id=monitor.id)) == 2
        assert await assign(uow, AssignmentIn(household_ids=ids, monitor_id=monitor.id)) == 1
    for person, to in (
        (supervisor, elsewhere),
        (caseworker, monitor),
        (await world.person("supervisor@KMP"), elsewhere),
    ):
        with pytest.raises(DomainError):
            async with world.work(person) as uow:
                await assign(uow, AssignmentIn(household_ids=ids, monitor_id=to.id))
    rows = await world.owner_rows("SELECT DISTINCT monitor_id FROM households")
    assert [row["monitor_id"] for row in rows] == [monitor.id]


async def test_nobody_is_sent_once_more_to_a_family_whose_case_is_closed(world: World):
    await at_work(world)
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    await world.owner_rows("UPDATE visits SET happened_on = $1", TODAY - timedelta(days=5))
    clock = clock_at(TODAY.isoformat())
    async with world.work(supervisor) as uow:
        assert await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=clock)
    async with world.read(supervisor) as reads:
        assert await load.open_spot_checks(reads, 1)
    await world.owner_rows(
        "UPDATE households SET status = 'closed', closed_on = $1, closed_because = 'finished' "
        "WHERE id IN (SELECT household_id FROM visits)",
        TODAY,
    )
    async with world.read(supervisor) as reads:
        assert await load.open_spot_checks(reads, 1) == []
        assert await load.spot_checks(reads, 1, monitor.id) == []
    await world.owner_rows("DELETE FROM spot_checks")
    with pytest.raises(DomainError, match="no visit in person since"):
        async with world.work(supervisor) as uow:
            await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=clock)


async def test_visits_are_drawn_by_chance_and_looked_at_again(world: World):
    office = await at_work(world)
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    (row,) = await world.owner_rows("SELECT * FROM visits")
    for _ in range(7):
        await world.owner_rows(
            "INSERT INTO visits SELECT (jsonb_populate_record(v, jsonb_build_object('id', uuidv7(), 'happened_on', "
            "$1::date))).* FROM visits v WHERE id = $2",
            TODAY - timedelta(days=5), row["id"],
        )  # fmt: skip
    clock = clock_at(TODAY.isoformat())
    async with world.work(supervisor) as uow:
        drawn = await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=clock)
        more = await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=clock)
        assert (len(drawn), len(more)) == (5, 2), "the visit of February is too long ago"
        with pytest.raises(DomainError, match="no visit in person since"):
            await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=clock)
        with pytest.raises(Forbidden):
            await service.draw(uow, DrawIn(office_id=1, monitor_id=supervisor.id), clock=clock)
        for check, verdict in zip(drawn, ("agrees", "agrees", "differs", "could_not_check"), strict=False):
            note = None if verdict == "agrees" else "The girl was not in the register"
            await service.record_check(
                uow, check, VerdictIn(verdict=Verdict(verdict), note=note), clock=clock
            )
        with pytest.raises(InvalidInput):
            await service.record_check(uow, drawn[4], VerdictIn(verdict=Verdict.DIFFERS), clock=clock)
        with pytest.raises(DomainError, match="already"):
            await service.record_check(
                uow, drawn[0], VerdictIn(verdict=Verdict.DIFFERS, note="x"), clock=clock
            )
    async with world.read(supervisor) as reads:
        (one,) = [one for one in await load.loads(reads, 1, TODAY) if one.monitor_id == monitor.id]
        assert (one.rechecked, one.agreement) == (4, 66)
        assert one.households == 3
        assert one.due + one.overdue > 0
        assert one.visits == 7
    assert office.followed.monitor_id == monitor.id
    async with world.client(await world.person("supervisor@KMP")) as client:
        assert (await client.get("/monitors", params={"office": 1})).status_code == 403
        refused = await client.post(f"/spot-checks/{drawn[4]}/verdict", json={"verdict": "agrees"})
        assert refused.status_code == 404


async def test_who_left_the_family_is_not_looked_at_again(world: World):
    office = await at_work(world)
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    await world.owner_rows("UPDATE visits SET happened_on = $1", TODAY - timedelta(days=5))
    wanted = DrawIn(office_id=1, monitor_id=monitor.id)
    async with world.work(supervisor) as uow:
        assert await service.draw(uow, wanted, clock=world.clock)
    for gone, waiting in (("Bopha", 1), ("Piseth", 0)):
        await world.owner_rows(
            "UPDATE members SET left_on = $2, left_because = 'moved' WHERE id = $1",
            office.children[gone],
            TODAY,
        )
        async with world.read(supervisor) as reads:
            assert len(await load.open_spot_checks(reads, 1)) == waiting, gone
    await world.owner_rows("DELETE FROM spot_checks")
    async with world.work(supervisor) as uow:
        with pytest.raises(DomainError, match="has recorded no visit"):
            await service.draw(uow, wanted, clock=world.clock)
    await world.owner_rows(
        "UPDATE members SET left_on = NULL, left_because = NULL WHERE id = $1", office.children["Bopha"]
    )
    async with world.work(supervisor) as uow:
        assert len(await service.draw(uow, wanted, clock=world.clock)) == 1


@pytest.mark.parametrize("how", ["switched off", "elsewhere", "other work"])
async def test_a_stand_in_who_works_there_no_more_stands_in_for_nobody(world: World, how: str):
    away, other = await world.person("monitor@KPT"), await world.person("caseworker@KPT")
    supervisor = await world.person("supervisor@KPT")
    world.clock = clock_at(TODAY.isoformat())
    await set_cover(world, away, other, -1, 3)

    async def said() -> list[object]:
        async with world.read(away) as reads:
            told = [one.by for one in await covering(reads, away.id, TODAY)]
        async with world.read(supervisor) as reads:
            (cover,) = await load.covers(reads, 1, TODAY)
            (one,) = [one for one in await load.loads(reads, 1, TODAY) if one.monitor_id == away.id]
        assert (one.away_from, one.away_until) == (days(-1), days(3))
        async with world.browser(supervisor) as browser:
            pages = [
                seen((await browser.get(path)).text)
                for path in ("/monitors?office=1", f"/monitors/{away.id}?office=1")
            ]
        async with world.browser(away) as browser:
            pages.append(seen((await browser.get("/")).text))
        return [
            bool(told),
            cover.stands_in,
            bool(one.covered_by),
            *("nobody covers" not in page for page in pages[:2]),
            "You are away" in pages[2],
        ]

    assert await said() == [True] * 6
    await left_work(world, other, how)
    assert await said() == [False] * 6
    async with world.client(supervisor) as client:
        (listed,) = (await client.get("/cover?office=1")).json()["items"]
    assert listed["stands_in"] is False


async def test_who_left_is_said_to_have_left_and_covered_by_nobody_any_more(world: World):
    """Their households are given away from their page; leave is for who comes back."""
    office = await at_work(world)
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    await world.person("monitor@KPT", name="another")
    words = "does not work here any more"
    async with world.browser(supervisor) as browser:
        for gone_now in (False, True):
            if gone_now:
                await left_work(world, monitor)
            listed, own = [
                (await browser.get(path)).text
                for path in ("/monitors?office=1", f"/monitors/{monitor.id}?office=1")
            ]
            assert (words in seen(listed)) is gone_now
            assert (words in seen(own)) is gone_now
            assert (f"/monitors/{monitor.id}?office=1#leave" in listed) is not gone_now
            assert ('name="by_id"' in own) is not gone_now
            assert str(office.followed.id) in own
            assert 'name="monitor_id"' in own
