"""Who is told, once each, in the transaction of what causes it, and never of a case."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelihood.db.actor import Named
from livelihood.notices import service
from livelihood.notices.queries import recipients
from livelihood.notices.rules import Count, Kind
from tests.support.world import World

TOLD = "SELECT s.username, o.kind, o.key, o.counts, o.path FROM outbox o JOIN staff s ON s.id = o.staff_id ORDER BY 1"


async def told(world: World) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.owner_rows(TOLD)]


async def test_a_safeguarding_matter_reaches_the_focal_points_the_supervisors_and_the_familys_own_staff(
    world: World,
):
    for role in (
        "focal_point@KPT",
        "focal_point",
        "supervisor@KPT",
        "focal_point@KMP",
        "supervisor@KMP",
        "manager",
    ):
        await world.person(role)
    monitor, caseworker = await world.person("monitor@KPT"), await world.person("caseworker@KPT")
    for _ in range(2):
        async with world.work(monitor) as uow:
            await service.tell_safeguarding(
                uow,
                office_id=1,
                key="missing:1",
                path="/alerts",
                clock=world.clock,
                also=(monitor.id, caseworker.id),
            )
    assert [name for name, *_ in await told(world)] == [
        "caseworker.kpt", "focal_point", "focal_point.kpt", "monitor.kpt", "supervisor.kpt",
    ]  # fmt: skip


async def test_without_an_office_it_reaches_only_those_who_hold_the_role_for_all(world: World):
    national = await world.person("focal_point")
    await world.person("focal_point@KPT")
    async with world.worker.work(Named("worker")) as uow:
        assert await recipients(uow, None) == {national.id}


async def test_what_is_undone_tells_nobody(world: World):
    person = await world.person("monitor@KPT")
    with pytest.raises(ZeroDivisionError):
        async with world.work(person) as uow:
            await service.tell(
                uow,
                [person.id],
                kind=Kind.DIGEST,
                key="k",
                path="/",
                clock=world.clock,
                counts={Count.DUE: 3},
            )
            raise ZeroDivisionError
    assert await told(world) == []


async def test_nobody_reads_what_others_are_told(world: World):
    person, other = await world.person("monitor@KPT"), await world.person("focal_point@KPT")
    async with world.work(person) as uow:
        await service.tell(uow, [person.id, other.id], kind=Kind.TEST, key="k", path="/", clock=world.clock)
    async with world.read(person) as reads:
        assert await reads.conn.fetchval("SELECT array_agg(staff_id) FROM outbox") == [person.id]


@pytest.mark.parametrize(
    ("counts", "path"),
    [
        ('{"due": "Sok Dara"}', "/"),
        ('["Sok Dara"]', "/"),
        ("{}", "/households/KPT-0001"),
        ("{}", "/households?q=dara"),
        ("{}", "https://elsewhere.example.org"),
    ],
)
async def test_the_database_takes_nothing_but_counts_and_a_page_of_ours(world: World, counts: str, path: str):
    person = await world.person("monitor@KPT")
    with pytest.raises(DBAPIError, match=r"ck_outbox_(counts|path)"):
        async with world.work(person) as uow:
            await uow.session.execute(
                text(
                    "INSERT INTO outbox (id, staff_id, kind, key, counts, path, created_at, send_after) "
                    "VALUES (uuidv7(), app.actor(), 'digest', 'k', CAST(:counts AS jsonb), :path, now(), now())"
                ),
                {"counts": counts, "path": path},
            )
