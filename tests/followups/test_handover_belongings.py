"""A family's grants and courses when it is handed over: money and seats are settled first, what was booked stays."""

import asyncio
from datetime import date

from sqlalchemy import insert

from livelihood.db import migrate
from livelihood.grants.models import FundEntry
from tests.courses.trainees import CLOCK, completed, enrolled, grown_ups, planned
from tests.desk.test_today import seen
from tests.followups.stories import clock_on
from tests.followups.test_closing import closes
from tests.followups.test_handover import household_of, moves, staffed, supervisor
from tests.followups.test_leaving import caseworker
from tests.grants.stories import approved, balances, drafted, opened_fund, paid
from tests.support.world import World


async def test_money_under_way_is_settled_first(world: World):
    await staffed(world)
    draft = await drafted(world, await opened_fund(world))
    async with world.client(await world.person("caseworker@KPT", name="preparer")) as client:
        version = (await client.get(f"/grants/{draft}")).json()["version"]
        await client.post(f"/grants/{draft}/submit", json={"version": version})
    (household,) = await world.owner_rows("SELECT id FROM households")
    answer = await moves(world, await supervisor(world), household["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "grant-under-way")


async def test_who_may_clear_the_way_is_named_where_a_grant_stands_in_it(world: World):
    await staffed(world)
    await approved(world, await opened_fund(world))
    await world.person("finance@KPT")
    (household,) = await world.owner_rows("SELECT id FROM households")
    address = f"/households/{household['id']}"
    async with world.browser(await supervisor(world)) as browser:
        html = (await browser.get(f"{address}/move")).text
    assert "That is done by: Finance.Kpt." in seen(html)
    assert "A grant that is approved cannot be taken back here yet." in seen(html)
    assert f'href="{address}#grants"' in html


async def test_the_familys_grants_go_along_and_what_was_booked_stays(world: World):
    """Though the fund is the old office's alone: what is owed from it is paid from it, and nothing new is asked of it."""
    worker, _ = await staffed(world)
    fund = await opened_fund(world)
    active = await approved(world, fund)
    await paid(world, await world.person("finance@KPT"), active)
    (row,) = await world.owner_rows("SELECT household_id AS id FROM grants")
    household = await household_of(world, row["id"])
    draft = await drafted(world, fund, household=household)
    before = await booked(world, "finance@KPT")
    assert [entry[:2] for entry in before] == [("budget", None), ("reserve", 1), ("spend", 1)]
    assert (await moves(world, await supervisor(world), household.id)).status_code == 201
    assert await booked(world, "finance@KPT") == before
    assert await booked(world, "finance@KMP") == []
    async with world.client(worker) as client, world.browser(worker) as browser:
        for grant in (active, draft):
            told = await client.get(f"/grants/{grant}")
            assert (told.status_code, told.json()["fund_name"]) == (200, "Spring")
            assert (await browser.get(f"/grants/{grant}")).status_code == 200
        refused = await client.post(f"/grants/{draft}/submit", json={"version": 1})
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert (error["field"], "office may use" in error["message"]) == ("fund_id", True)
        # It is no fund of theirs to draw on anew.
        assert (await client.get("/funds")).json()["items"] == []
    cashier = await world.person("finance@KMP")
    entry = {"fund_id": fund, "kind": "spend", "amount_minor": 6_000, "grant_id": active, "tranche_number": 2}
    async with world.work(cashier) as uow:
        await uow.session.execute(insert(FundEntry).values(**entry, office_id=2, recorded_by=cashier.id))
    assert await booked(world, "finance@KPT") == before
    assert await booked(world, "finance@KMP") == [("spend", 2, 6_000)]
    assert await balances(world, fund) == (85_000, 0, 15_000)


async def test_a_course_is_finished_first(world: World):
    """The trainer of the old office would see no trainee, and of the new one no course."""
    await staffed(world)
    trainer = await world.person("trainer@KPT")
    (member_id,) = await grown_ups(world, 1)
    (row,) = await world.owner_rows("SELECT id FROM households")
    household = await household_of(world, row["id"])
    world.clock = CLOCK
    enrolment = await enrolled(world, trainer, await planned(world, trainer), member_id)
    person = await supervisor(world)
    for answer in (
        await moves(world, person, household.id),
        await closes(world, await caseworker(world), household),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "seat-taken")
        assert "until 29 May 2026" in answer.json()["detail"]
    async with world.browser(person) as browser:
        for path in ("move", "close"):
            html = seen((await browser.get(f"/households/{household.id}/{path}")).text)
            assert "has a seat in a course until" in html
            assert ("That is done by: Trainer.Kpt." in html) is (path == "move")
    await completed(world, trainer, enrolment.id)
    assert (await moves(world, person, household.id)).status_code == 201


async def test_who_never_completed_a_course_goes_when_it_is_over(world: World):
    await staffed(world)
    trainer = await world.person("trainer@KPT")
    (member_id,) = await grown_ups(world, 1)
    (row,) = await world.owner_rows("SELECT id FROM households")
    await enrolled(world, trainer, await planned(world, trainer), member_id)
    world.clock = clock_on(date(2026, 5, 29))
    assert (await moves(world, await supervisor(world), row["id"])).status_code == 409
    world.clock = clock_on(date(2026, 5, 30))
    assert (await moves(world, await supervisor(world), row["id"])).status_code == 201


async def booked(world: World, role: str) -> list[tuple[str, int | None, int]]:
    async with world.read(await world.person(role)) as reads:
        rows = await reads.conn.fetch("SELECT kind, office_id, amount_minor FROM fund_entries ORDER BY id")
    return [tuple(row) for row in rows]


async def test_the_release_before_keeps_its_books_and_today_gives_them_back(world: World):
    """A fund's entries go to where the family is while that release runs, and back to where they were booked."""
    await staffed(world)
    active = await approved(world, await opened_fund(world))
    await paid(world, await world.person("finance@KPT"), active)
    (row,) = await world.owner_rows("SELECT household_id AS id FROM grants")
    assert (await moves(world, await supervisor(world), row["id"])).status_code == 201
    before = await booked(world, "finance@KPT")
    assert [entry[:2] for entry in before] == [("budget", None), ("reserve", 1), ("spend", 1)]
    url = world.server.url(database=world.name)
    await asyncio.to_thread(migrate.downgrade, url, "0022_pupils")
    kept = await world.owner_rows("SELECT kind, office_id FROM fund_entries ORDER BY id")
    assert [tuple(row) for row in kept] == [("budget", None), ("reserve", 2), ("spend", 2)]
    # As that release books them: of the office that the grant is with now.
    await world.owner_rows(
        "INSERT INTO fund_entries (id, fund_id, grant_id, office_id, kind, amount_minor, tranche_number, recorded_by, "
        "recorded_at) SELECT uuidv7(), fund_id, grant_id, office_id, 'spend', 100, 2, recorded_by, now() "
        "FROM fund_entries WHERE kind = 'spend'"
    )
    await asyncio.to_thread(migrate.upgrade, url, "head")
    assert await booked(world, "finance@KPT") == before
    assert await booked(world, "finance@KMP") == [("spend", 2, 100)]
