"""One digest a person and day, of the numbers that their page of today shows, and never a word of a case."""

import asyncio
import re
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from livelihood.accounts.queries import actor_of
from livelihood.clock import Clock
from livelihood.db.actor import Named
from livelihood.desk.digest import make_digests
from livelihood.desk.pages.today import work_of
from livelihood.desk.queries.digest import waiting
from livelihood.followups.reconcile import tick
from livelihood.notices import service
from livelihood.notices.rules import ChannelKind, Count
from livelihood.notices.schemas import ChoicesIn
from tests.desk.office import PAID_ON, TODAY, at_work
from tests.followups.stories import anchored
from tests.notices.readers import PUBLIC, post_of, reached, reads
from tests.support.families import members_of, registered
from tests.support.places import PLACES
from tests.support.world import Person, World, clock_at

ROLES = ("caseworker", "finance", "focal_point", "manager", "monitor", "supervisor", "trainer", "admin")


async def of_today(world: World, person: Person) -> dict[Count, int]:
    """The numbers of the person's own page."""
    async with world.read(person) as reading:
        work = await work_of(reading, world.clock.today())
    found: dict[Count, int] = {}
    if work.checks:
        found = {
            Count.DUE: work.checks.checks - work.checks.overdue,
            Count.OVERDUE: work.checks.overdue,
        }
    if work.silence:
        found[Count.UNCONFIRMED] = sum(one.children for one in work.in_hands or work.silence)
    if work.plans:
        found[Count.SUPPORT_PLANS] = work.plans[0].due_of_them
    if work.alerts is not None:
        found[Count.ALERTS] = work.open_alerts
    elif work.missing:
        found[Count.SAFEGUARDING] = work.missing[0].all_of_them
    if work.to_decide:
        found[Count.TO_DECIDE] = work.to_decide[0].all_of_them
    if work.to_pay:
        found[Count.TO_PAY] = work.to_pay[0].all_of_them
    return {count: number for count, number in found.items() if number}


async def counted(world: World, person: Person) -> dict[Count, int]:
    async with world.worker.work(Named("worker")) as uow:
        actor = await actor_of(uow, person.id)
        assert actor is not None
        return await waiting(uow, actor, world.clock.today())


@pytest.mark.parametrize("office", ["KPT", "KMP"])
async def test_a_digest_says_what_the_page_of_today_says(world: World, office: str):
    """For a worker past every policy, as for the person under theirs; in Kampot nothing waits for anybody."""
    await at_work(world)
    await tick(world.worker, world.clock)
    seen: set[Count] = set()
    for role in ROLES:
        person = await world.person(f"{role}@{office}")
        expected = await of_today(world, person)
        assert await counted(world, person) == expected, role
        seen |= expected.keys()
    if office == "KPT":
        assert seen >= {Count.OVERDUE, Count.UNCONFIRMED, Count.ALERTS, Count.TO_DECIDE, Count.TO_PAY}
    else:
        assert not seen


async def plan_made(world: World, maker: Person, alert: UUID, due_on: date, outcome: str | None) -> None:
    """As its maker would have left it, of whichever office the alert is."""
    finished = world.clock.today() if outcome else None
    await world.owner_rows(
        """
        INSERT INTO support_plans (id, household_id, office_id, alert_id, member_id, visit_id, barrier, action, who,
          due_on, made_by, made_at, outcome, outcome_on, outcome_by)
        SELECT uuidv7(), household_id, office_id, id, member_id, visit_id, 'cost', 'A bicycle', 'The uncle',
          $1, $2, $3, $4, $5, CASE WHEN $4::text IS NULL THEN NULL ELSE $2::uuid END
        FROM alerts WHERE id = $6
        """,
        due_on,
        maker.id,
        world.clock.now(),
        outcome,
        finished,
        alert,
    )


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_plans_and_covers_there_are_it_says_what_the_page_of_today_says(
    world: World, seed: int
):
    """Plans of several makers, done and not, before, on and after their day; monitors who cover for one another."""
    random = Random(seed)
    office = await at_work(world)
    today = world.clock.today()
    makers = [await world.person("caseworker@KPT", name=f"maker{number}") for number in range(2)]
    makers.append(await world.person("caseworker@KPT", "supervisor@KPT", name="both"))
    monitors = [await world.person("monitor@KPT", name=f"m{number}") for number in range(4)]
    households = [office.followed.id] + [(await registered(world, makers[0])).id for _ in range(5)]
    for household in households[1:]:
        await anchored(world, household, on=date.fromisoformat(PAID_ON))
    await tick(world.worker, world.clock)
    for household in households:
        await world.owner_rows(
            "UPDATE households SET monitor_id = $1 WHERE id = $2", random.choice(monitors).id, household
        )
    for away in monitors:
        if random.random() < 0.7:
            first = today + timedelta(days=random.randint(-3, 1))
            by = random.choice([one for one in monitors if one is not away])
            await world.owner_rows(
                "INSERT INTO cover (id, office_id, staff_id, by_id, from_on, until_on, set_by, set_at)"
                " VALUES (uuidv7(), 1, $1, $2, $3, $4, $2, now())",
                away.id,
                by.id,
                first,
                first + timedelta(days=random.randint(0, 3)),
            )
    (alert,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'out_of_school'")
    for _ in range(12):
        due_on = today + timedelta(days=random.randint(-4, 9))
        await plan_made(
            world, random.choice(makers), alert["id"], due_on, random.choice([None, None, "done"])
        )
    seen: set[Count] = set()
    readers = [await world.person(f"{role}@KPT") for role in ("supervisor", "focal_point", "caseworker")]
    for person in (*makers, *monitors, *readers, await world.person("supervisor@KMP")):
        expected = await of_today(world, person)
        assert await counted(world, person) == expected, person.username
        seen |= expected.keys()
    assert {Count.SUPPORT_PLANS, Count.OVERDUE} <= seen


async def test_a_plan_is_told_to_its_maker_and_to_who_answers_for_the_office(world: World):
    await at_work(world)
    maker = await world.person("caseworker@KPT", name="maker")
    other = await world.person("caseworker@KPT", name="other")
    (alert,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'out_of_school'")
    for days in (-1, 0, 1):
        await plan_made(world, maker, alert["id"], world.clock.today() + timedelta(days=days), None)
    told = {
        person.username: (await counted(world, person)).get(Count.SUPPORT_PLANS)
        for person in (
            maker,
            other,
            await world.person("supervisor@KPT"),
            await world.person("monitor@KPT"),
            await world.person("supervisor@KMP"),
        )
    }
    assert list(told.values()) == [2, None, 2, None, None]


async def test_a_plan_that_nobody_of_the_office_made_is_told_to_who_looks_after_the_family(world: World):
    """As of a family that was handed over: its plan was made in another office."""
    await at_work(world)
    (alert,) = await world.owner_rows(
        "SELECT a.id, h.caseworker_id FROM alerts a JOIN households h ON h.id = a.household_id "
        "WHERE a.kind = 'out_of_school'"
    )
    maker = await world.person("caseworker@KMP", name="maker")
    other = await world.person("caseworker@KPT", name="other")
    keeper = next(one for one in world.people.values() if one.id == alert["caseworker_id"])
    await plan_made(world, maker, alert["id"], world.clock.today(), None)

    async def told() -> list[int | None]:
        found = [await counted(world, one) for one in (maker, other, keeper)]
        assert found == [await of_today(world, one) for one in (maker, other, keeper)]
        return [one.get(Count.SUPPORT_PLANS) for one in found]

    assert await told() == [None, None, 1]
    await world.owner_rows("UPDATE staff_roles SET office_id = 1 WHERE staff_id = $1", maker.id)
    assert await told() == [1, None, None]
    # They make no plans there any more.
    await world.owner_rows("UPDATE staff_roles SET role = 'monitor' WHERE staff_id = $1", maker.id)
    assert await told() == [None, None, 1]
    await world.owner_rows("UPDATE staff_roles SET role = 'caseworker' WHERE staff_id = $1", maker.id)
    # Who made it works there no more, whatever roles the account still has.
    await world.owner_rows("UPDATE staff SET active = false WHERE id = $1", maker.id)
    for one, plans in ((other, None), (keeper, 1)):
        assert (await counted(world, one)).get(Count.SUPPORT_PLANS) == plans
        assert await counted(world, one) == await of_today(world, one)


async def test_a_monitor_is_told_of_the_households_they_cover_for(world: World):
    await at_work(world)
    away, stand_in = await world.person("monitor@KPT"), await world.person("monitor@KPT", name="stand-in")
    assert Count.OVERDUE not in await counted(world, stand_in)
    await world.owner_rows(
        "INSERT INTO cover (id, office_id, staff_id, by_id, from_on, until_on, set_by, set_at)"
        " VALUES (uuidv7(), 1, $1, $2, $3, $3, $2, now())",
        away.id,
        stand_in.id,
        world.clock.today(),
    )
    assert await counted(world, stand_in) == await counted(world, away)


async def digests(world: World) -> list[tuple[str, Any]]:
    rows = await world.owner_rows(
        "SELECT s.username, o.key FROM outbox o JOIN staff s ON s.id = o.staff_id WHERE o.kind = 'digest' ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_two_workers_leave_one_digest_for_each_person_and_day(world: World):
    await at_work(world)
    people = [await world.person("caseworker@KPT", name=f"c{number:02}") for number in range(25)]
    for person in people:
        await reached(world, person, "email", f"{person.username}@example.org")
    made = await asyncio.gather(*(make_digests(world.worker, clock=world.clock) for _ in range(3)))
    assert sum(made) == 25
    assert await digests(world) == [(person.username, f"digest:{TODAY}") for person in people]


async def test_it_comes_once_a_day_from_seven_on_whenever_a_worker_starts(world: World):
    await at_work(world)
    person = await world.person("caseworker@KPT")
    await reached(world, person, "email", "sophea@example.org")
    made: list[int] = []
    for day, hour in (
        ("2026-04-09", 6),
        ("2026-04-09", 7),
        ("2026-04-09", 8),
        ("2026-04-11", 23),
        ("2026-04-12", 0),
    ):
        made.append(await make_digests(world.worker, clock=clock_at(day, hour)))
    assert made == [0, 1, 0, 1, 0]
    assert await digests(world) == [(person.username, f"digest:2026-04-{day}") for day in ("09", "11")]


async def test_the_morning_is_that_of_the_office_and_not_of_the_server(world: World):
    await at_work(world)
    person = await world.person("caseworker@KPT")
    await reached(world, person, "email", "sophea@example.org")
    clock = clock_at("2026-04-09", 1)
    assert clock.now().hour == 18, "it is the evening before in UTC"
    assert await make_digests(world.worker, clock=clock) == 0
    assert await make_digests(world.worker, clock=Clock(clock.zone, clock.offset + timedelta(hours=6))) == 1


async def test_nobody_is_told_that_there_is_nothing_to_tell(world: World):
    person = await world.person("caseworker@KPT")
    await reached(world, person, "email", "sophea@example.org")
    assert await make_digests(world.worker, clock=clock_at(TODAY)) == 0
    assert await digests(world) == []
    (channel,) = await world.owner_rows("SELECT digested_on FROM channels")
    assert str(channel["digested_on"]) == TODAY, "what comes up later today waits for tomorrow"


async def test_who_wants_no_digest_or_has_left_gets_none(world: World):
    await at_work(world)
    quiet, gone = (
        await world.person("caseworker@KPT", name="quiet"),
        await world.person("caseworker@KPT", name="gone"),
    )
    await reached(world, quiet, "email", "a@example.org", digest=False)
    await reached(world, gone, "email", "b@example.org")
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute("UPDATE staff SET active = false WHERE username = 'gone'")
    assert await make_digests(world.worker, clock=world.clock) == 0


NAMES = (
    "Sokha",
    "Chenda",
    "Rithy",
    "Vanna",
    "Bopha",
    "Kosal",
    "Maly",
    "Narith",
    "Phalla",
    "Sreymom",
    "Thida",
    "Veasna",
)


async def test_no_message_holds_anything_of_a_family(world: World):
    """Twelve families of any names, two readers in two languages, every kind of message, both ways."""
    random = Random(20)
    await at_work(world)
    caseworker = await world.person("caseworker@KPT")
    private = {place for _, _, *names in PLACES for place in names}
    readers = [await world.person(f"{role}@KPT") for role in ("focal_point", "supervisor")]
    for number, (person, language) in enumerate(zip(readers, ("en", "km"), strict=True)):
        await reads(world, person, language)
        await reached(world, person, "email", f"reader{number}@example.org", immediate=False)
        await reached(world, person, "telegram", str(number), digest=False)
    for number in range(12):
        household = await registered(
            world, caseworker, phone=f"012 {random.randrange(100, 999)} {number + 500}"
        )
        people = await members_of(world, household)
        async with world.work(caseworker) as uow:
            await service.tell_safeguarding(
                uow,
                office_id=household.office_id,
                key=f"missing_child:{household.code}:{random.choice(NAMES)}",
                path=f"/alerts#{people['Bopha']}",
                clock=world.clock,
                also=[one for one in (household.caseworker_id, household.monitor_id) if one],
            )
    await make_digests(world.worker, clock=world.clock)
    rows = await world.owner_rows(
        "SELECT ARRAY[h.code, h.phone] || array_agg(m.family_name_km) || array_agg(m.given_name_km) || "
        "array_agg(m.family_name_latin) || array_agg(m.given_name_latin) FROM households h JOIN members m ON "
        "m.household_id = h.id GROUP BY h.id"
    )
    private |= {text for row in rows for text in row[0] if text}
    async with post_of(world) as post:
        while await post.deliver(seconds=60):
            pass
        texts = [
            f"{letter}\n{letter['Subject']}\n{letter.get_content()}" for _, letter in post.office.arrived
        ]
        texts += [text for _, text in post.bot.texts]
    assert len(texts) >= 24
    assert len(private) > 40
    for text in texts:
        assert not [word for word in private if word in text]
        assert "missing" not in text.lower()


@pytest.mark.parametrize(("hour", "first"), [(6, "2026-04-09"), (7, "2026-04-10"), (23, "2026-04-10")])
async def test_the_page_says_on_which_day_the_first_one_comes(world: World, hour: int, first: str):
    await at_work(world)
    person = await world.person("caseworker@KPT")
    await reached(world, person, "email", "sophea@example.org", digest=False)
    world.settings = replace(world.settings, public_url=PUBLIC, smtp_url="smtp://127.0.0.1:1")
    world.clock = clock_at("2026-04-09", hour)
    async with world.client(person) as client:
        assert (await client.get("/me/notices")).json()["next_digest_on"] is None
        chosen = await client.put("/me/notices/choices", json={"digest": "email"})
        assert chosen.json()["next_digest_on"] == first
    async with world.browser(person) as browser:
        shown = (await browser.get("/me/notices")).text
    assert re.search(rf'comes on <time datetime="{first}">[^<]*</time> at 7 in the morning', shown)
    made = [
        day
        for day in ("2026-04-09", "2026-04-10")
        if await make_digests(world.worker, clock=clock_at(day, max(hour, 7)))
    ]
    assert made[0] == first


async def test_a_digest_chosen_after_its_hour_begins_tomorrow(world: World):
    await at_work(world)
    person = await world.person("caseworker@KPT")
    await reached(world, person, "email", "sophea@example.org", digest=False)

    async with world.work(person) as uow:
        await service.choose(uow, ChoicesIn(digest=ChannelKind.EMAIL), clock=world.clock)
    assert await make_digests(world.worker, clock=world.clock) == 0
    tomorrow = Clock(world.clock.zone, world.clock.offset + timedelta(days=1))
    assert await make_digests(world.worker, clock=tomorrow) == 1
