"""A preview says what then happens, writes nothing, and does not take effect once it is out of date."""

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from livelihood.errors import Conflict, Forbidden, InvalidInput, NotFound
from livelihood.followups import labels_previews, previewing, service
from livelihood.followups.queries import previews
from livelihood.followups.queries.people import children
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind, Outcome
from livelihood.followups.rules.previews import Effect, PreviewState, summed
from livelihood.followups.schemas import VisitIn
from livelihood.followups.schemas_policy import AgainIn, ConfirmationIn, EndIn
from livelihood.followups.service import policy
from livelihood.observations.rules import Education, EducationState
from livelihood.observations.schemas import Finding
from livelihood.web.components import day_text
from tests.followups.policies import (
    closure,
    difference,
    drafted,
    in_force,
    previewed,
    slot,
    stands,
    stored,
    version,
)
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.support.families import members_of, registered
from tests.support.places import KMP, KPT
from tests.support.world import OFFICES, World

NEXT_MONTH = "2026-03-01"


async def families(world: World, count: int = 2, apart: int = 40) -> None:
    """Families of two provinces with grants of several days, worked out."""
    for number in range(count):
        for office, village in (("KPT", KPT), ("KMP", KMP)):
            caseworker = await world.person(f"caseworker@{office}")
            household = await registered(world, caseworker, village_code=village)
            paid = PAID - timedelta(days=apart * number)
            async with world.work(caseworker) as uow:
                await service.set_anchor(
                    uow,
                    kind=AnchorKind.GRANT,
                    source_id=household.id,
                    household_id=household.id,
                    office_id=OFFICES[office],
                    on=paid,
                    clock=clock_on(paid),
                )
    await tick(world.worker, world.clock)


async def closed(world: World, office: str) -> str:
    """The first family of an office is closed, so that what was planned for it is cancelled; says its code."""
    (row, *_) = await world.owner_rows(
        "SELECT id, code FROM households WHERE office_id = $1 ORDER BY code", OFFICES[office]
    )
    async with world.client(await world.person(f"caseworker@{office}")) as client:
        body = {"closed_on": world.clock.today().isoformat(), "because": "finished"}
        answer = await client.post(f"/households/{row['id']}/close", json=body)
        assert answer.status_code in (200, 201), answer.text
    await tick(world.worker, world.clock)
    return row["code"]


def random_change(random: Random, today: date) -> tuple[str, dict[str, Any]]:
    def day(least: int, most: int) -> date:
        return today + timedelta(days=random.randint(least, most))

    match random.choice(["school_retention", "business_support", "closure", "holiday", "2026"]):
        case "closure":
            starts = random.choice([date(2026, 2, 2), date(2026, 4, 27), date(2026, 6, 1)])
            return "closure", closure(
                starts.isoformat(),
                (starts + timedelta(days=random.randint(0, 20))).isoformat(),
                **random.choice([{}, {"province": "06"}, {"province": "20"}]),
            )
        case "holiday":
            monday = date(2026, 2, 16) + timedelta(weeks=random.randint(0, 5))
            return "holiday", {
                "name": "Day of mourning",
                "day": monday.isoformat(),
                "is_holiday": True,
                "source": "Government",
                **random.choice([{}, {"province": "07"}]),
            }
        case "2026":
            starts = day(240, 330)
            return "2026", {"starts_on": starts.isoformat(), "ends_on": "2027-08-20", "source": "Ministry"}
        case protocol:
            months = sorted(random.sample(range(1, 25), random.randint(1, 8)))
            slots = [
                slot(month, before=random.randint(0, 14), after=random.randint(0, 15)) for month in months
            ]
            start = random.choice([today, day(1, 400)])
            return protocol, version(start.isoformat(), *slots, to_age=random.randint(12, 17))


@pytest.mark.parametrize("seed", range(3))
async def test_a_preview_says_what_then_happens(world: World, seed: int) -> None:
    """One change after another, each counted before and after."""
    random = Random(seed)
    manager = await world.person("manager")
    world.clock = clock_on(PAID + timedelta(days=20))
    await families(world)
    await closed(world, random.choice(("KPT", "KMP")))
    based_on = {"school_retention": 1, "business_support": 1}
    for _ in range(4):
        kind, body = random_change(random, world.clock.today())
        if kind in based_on:
            body["based_on"] = based_on[kind]
        before = await stands(world)
        try:
            asked = await drafted(world, manager, kind, body, world.clock)
        except InvalidInput:
            continue  # a second draft of the same days, or of an earlier day: refused, and so changes nothing
        preview = await previewed(world, manager, asked, world.clock)
        assert preview.state is PreviewState.DONE
        assert await stands(world) == before
        await in_force(world, manager, asked, world.clock)
        based_on |= {kind: based_on[kind] + 1} if kind in based_on else {}
        assert preview.counts == difference(before, await stands(world)), (kind, body)


async def test_the_numbers_examples_and_progress_of_a_preview(world: World) -> None:
    manager = await world.person("manager")
    world.clock = clock_on(PAID)
    await families(world, apart=0)
    # A family without a plan is no concern of a protocol.
    await registered(world, await world.person("caseworker@KPT"))
    asked = await drafted(world, manager, "school_retention", version(PAID.isoformat()), world.clock)
    assert await previewing.tick(world.worker, world.clock, batch=3, seconds=0) == 3
    async with world.read(manager) as reads:
        half_way = await previews.one(reads, asked, clock=world.clock)
    assert (half_way.state, half_way.total, half_way.looked_at) == (PreviewState.ASKED, 4, 3)
    done = await previewed(world, manager, asked, world.clock)
    everywhere = summed(done.counts)
    # Month 24 goes and the school year that begins before it, for two children of each of four families.
    assert (everywhere.households, everywhere.children, everywhere.gone) == (4, 8, 16)
    assert [one.office_id for one in done.counts] == [1, 2]
    codes = {row["code"] for row in await world.owner_rows("SELECT code FROM households")}
    assert {one.household_code for one in done.examples} <= codes
    assert {one.slot for one in done.examples if one.due_on is None} == {"re_enrolment_2027/28"}
    for one in done.examples:
        assert one.was_due_on is None or one.was_opens_on <= one.was_due_on <= one.was_closes_on, (
            "where it stood"
        )
        assert one.due_on is None or one.opens_on <= one.due_on <= one.closes_on, "and where it would"
    assert done.left_out == 0


async def test_what_is_cancelled_already_neither_moves_nor_goes(world: World) -> None:
    """Four families, one of them closed: a shorter protocol, a closure and a longer protocol concern the other three."""
    manager = await world.person("manager")
    world.clock = clock_on(PAID + timedelta(days=1))
    await families(world, apart=0)
    code = await closed(world, "KPT")
    longer = [slot(month) for month in (1, 2, 3, 6, 9, 12, 15, 18, 24)]
    for kind, body, effect, number in (
        ("school_retention", version("2026-01-13"), Effect.GONE, 12),
        ("closure", closure("2026-02-02", "2026-02-20"), Effect.TO_HOME, 6),
        ("school_retention", version("2026-01-13", *longer), Effect.ADDED, 6),
    ):
        asked = await drafted(world, manager, kind, body, world.clock)
        done = await previewed(world, manager, asked, world.clock)
        everywhere = summed(done.counts)
        assert (everywhere.households, everywhere.children) == (3, 6), kind
        assert getattr(everywhere, effect.value) == number, effect
        assert done.examples
        assert code not in {one.household_code for one in done.examples}


async def test_a_version_that_comes_leaves_alone_what_opened_before(world: World) -> None:
    manager = await world.person("manager")
    world.clock = clock_on(PAID)
    await families(world, 1)
    shorter = version("2026-04-01", slot(1), slot(3))
    asked = await drafted(world, manager, "school_retention", shorter, world.clock)
    await previewed(world, manager, asked, world.clock)
    await in_force(world, manager, asked, world.clock)
    slots = {row["slot"] for row in (await stored(world)).values() if row["protocol"] == "school_retention"}
    # Month 2 opens in February, before the new version; month 6 would have opened after it.
    assert slots == {"month_1", "month_2", "month_3"}


async def test_the_end_of_a_protocol_and_a_closure_move_no_day_that_stays(world: World) -> None:
    """Month 2 is the last to open before the end, so it may be answered for 90 days; schools shut make a home check."""
    manager = await world.person("manager")
    world.clock = clock_on(PAID)
    await families(world, 1)
    async with world.work(manager) as uow:
        ending = EndIn(based_on=1, effective_from=date(2026, 3, 3), source="The board")
        end = await policy.draft_end(uow, "school_retention", ending, clock=world.clock)
    everywhere = summed((found := await previewed(world, manager, end, world.clock)).counts)
    # Of two children of each of two families.
    assert (everywhere.moved, everywhere.added, everywhere.lapses) == (0, 0, 4)
    (one, *_) = [one for one in found.examples if one.effect is Effect.LAPSES]
    assert (one.slot, one.moves) == ("month_2", False)
    last = one.lapses_on - timedelta(days=1), one.was_lapses_on - timedelta(days=1)
    (said,) = labels_previews.example(one, world.clock.today())
    assert said == "may be answered until {}, not {}".format(*(day_text(day, "en", PAID) for day in last))
    await in_force(world, manager, end, world.clock)
    async with world.browser(manager) as browser:
        listed = (await browser.get("/protocols")).text
    assert "ends Tue 3 Mar" in listed
    assert "to come" not in listed
    shut = await drafted(world, manager, "closure", closure("2026-02-02", "2026-02-20"), world.clock)
    everywhere = summed((found := await previewed(world, manager, shut, world.clock)).counts)
    assert everywhere.to_home >= 4
    assert everywhere.to_school == 0
    becomes = [one for one in found.examples if one.was_purpose == "school" and one.purpose == "home"]
    assert becomes
    for one in becomes:
        lines = labels_previews.example(one, world.clock.today())
        assert "becomes a home check instead of a school check" in lines


async def test_every_page_of_people_reads_a_check_some_days_after_a_month(world: World) -> None:
    await families(world, count=1)
    world.clock = clock_on(PAID + timedelta(days=1))
    manager = await world.person("manager")
    body = version(world.clock.today().isoformat(), slot(3, days=4), slot(12, days=7))
    preview = await drafted(world, manager, "school_retention", body, world.clock)
    await previewed(world, manager, preview, world.clock)
    await in_force(world, manager, preview, world.clock)
    (household,) = await world.owner_rows("SELECT id FROM households WHERE office_id = 1")
    async with world.read(await monitor(world)) as reads:
        found = await children(reads, [household["id"]], world.clock.today())
    strips = [[cell.label for cell in child.strip.cells] for child in found[household["id"]] if child.strip]
    assert strips == [["3", "12"], ["3", "12"]]


async def test_a_version_reaches_a_plan_that_a_return_to_school_began(world: World) -> None:
    """Nobody records such a plan apart, and after the payment is reversed it is all that the family has."""
    world.clock = clock_on(PAID)
    household, grant_id = await paid_family(world)
    people = await members_of(world, household)
    for day, found in ((20, EducationState.NONE), (60, EducationState.FORMAL)):
        world.clock = clock_on(PAID + timedelta(days=day))
        async with world.work(await monitor(world)) as uow:
            body = VisitIn(
                household_id=household.id,
                happened_on=world.clock.today(),
                outcome=Outcome.MET,
                findings=(Finding(Education(found), people["Bopha"]),),
            )
            await service.record_visit(uow, body, clock=world.clock)
    async with world.work(await monitor(world)) as uow:
        await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grant_id)
    await tick(world.worker, world.clock)
    manager = await world.person("manager")
    body = version(world.clock.today().isoformat(), slot(7))
    preview = await drafted(world, manager, "school_retention", body, world.clock)
    assert (await previewed(world, manager, preview, world.clock)).total == 1
    await in_force(world, manager, preview, world.clock)
    to_come = await world.owner_rows(
        "SELECT slot FROM follow_ups WHERE protocol = 'school_retention' AND opens_on > $1",
        world.clock.today(),
    )
    assert [row["slot"] for row in to_come] == ["month_7"]


async def test_a_preview_out_of_date_does_not_take_effect(world: World) -> None:
    manager, other = await world.person("manager"), await world.person("manager", name="second")
    world.clock = clock_on(PAID)
    await families(world, 1)
    asked = await drafted(world, manager, "school_retention", version(NEXT_MONTH), world.clock)
    with pytest.raises(Conflict, match="not done"):
        await in_force(world, manager, asked, world.clock)
    await previewed(world, manager, asked, world.clock)
    with pytest.raises(Conflict, match="more than an hour old"):
        await in_force(world, manager, asked, clock_on(PAID, 11))
    with pytest.raises(NotFound):
        await in_force(world, other, asked, world.clock)
    flood = await drafted(world, other, "closure", closure("2026-02-02", "2026-02-06"), world.clock)
    await previewed(world, other, flood, world.clock)
    await in_force(world, other, flood, world.clock)
    async with world.read(manager) as reads:
        assert (await previews.one(reads, asked, clock=world.clock)).stale == "policy_changed"
    with pytest.raises(Conflict, match="Another change took effect"):
        await in_force(world, manager, asked, world.clock)
    async with world.work(manager) as uow:
        again = await policy.ask_again(uow, asked, AgainIn(), clock=world.clock)
    assert (await previewed(world, manager, again, world.clock)).state is PreviewState.DONE
    await in_force(world, manager, again, world.clock)
    versions = await world.owner_rows(
        "SELECT version, added_by FROM protocols WHERE key = 'school_retention' ORDER BY version"
    )
    assert [(row["version"], row["added_by"]) for row in versions] == [(1, None), (2, manager.id)]


async def test_a_policy_that_changes_while_a_preview_is_made_overtakes_it(world: World) -> None:
    manager, other = await world.person("manager"), await world.person("manager", name="second")
    world.clock = clock_on(PAID)
    await families(world)
    asked = await drafted(world, manager, "school_retention", version(NEXT_MONTH), world.clock)
    await previewing.tick(world.worker, world.clock, batch=1, seconds=0)
    flood = await drafted(world, other, "closure", closure("2026-02-02", "2026-02-06"), world.clock)
    await world.owner_rows("UPDATE previews SET state = 'done' WHERE id = $1", flood)
    await in_force(world, other, flood, world.clock)
    assert (await previewed(world, manager, asked, world.clock)).state is PreviewState.OVERTAKEN


async def test_of_two_managers_at_once_the_second_is_told(world: World) -> None:
    managers = [await world.person("manager", name=name) for name in ("first", "second")]
    world.clock = clock_on(PAID)
    await families(world, 1)
    asked = []
    for one in managers:
        asked.append(await drafted(world, one, "school_retention", version(NEXT_MONTH), world.clock))
        await previewed(world, one, asked[-1], world.clock)
    ended = await asyncio.gather(
        *(in_force(world, one, preview, world.clock) for one, preview in zip(managers, asked, strict=True)),
        return_exceptions=True,
    )
    refusals = [one for one in ended if isinstance(one, BaseException)]
    assert len(refusals) == 1
    assert "Somebody has put version 2 of this protocol into force meanwhile" in str(refusals[0])
    with pytest.raises(Conflict, match="Somebody has put version 2"):
        await drafted(world, managers[0], "school_retention", version(NEXT_MONTH), world.clock)


async def test_a_preview_killed_anywhere_ends_like_one_that_was_not(world: World) -> None:
    """What a killed worker had not committed is worked out again, and nothing twice."""
    manager = await world.person("manager")
    world.clock = clock_on(PAID)
    await families(world, 3)
    random = Random(9)
    whole = await drafted(world, manager, "school_retention", version(PAID.isoformat()), world.clock)
    undisturbed = await previewed(world, manager, whole, world.clock)
    asked = await drafted(world, manager, "school_retention", version(PAID.isoformat()), world.clock)
    for _ in range(8):
        task = asyncio.create_task(previewing.tick(world.worker, world.clock, batch=1))
        await asyncio.sleep(random.uniform(0.0, 0.08))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    disturbed = await previewed(world, manager, asked, world.clock)
    for name in ("state", "total", "looked_at", "counts", "examples"):
        assert getattr(disturbed, name) == getattr(undisturbed, name), name


async def test_who_asks_anew_has_no_use_for_the_preview_before(world: World) -> None:
    manager = await world.person("manager")
    world.clock = clock_on(PAID)
    await families(world, 1)
    first = await drafted(world, manager, "school_retention", version(NEXT_MONTH), world.clock)
    second = await drafted(world, manager, "school_retention", version(NEXT_MONTH, slot(1)), world.clock)
    assert (await previewed(world, manager, second, world.clock)).state is PreviewState.DONE
    async with world.read(manager) as reads:
        assert (await previews.one(reads, first, clock=world.clock)).state is PreviewState.DROPPED


async def test_policy_is_for_managers_of_all_offices(world: World) -> None:
    world.clock = clock_on(PAID)
    for role in ("supervisor", "manager@KPT"):
        with pytest.raises(Forbidden):
            await drafted(
                world, await world.person(role), "school_retention", version(NEXT_MONTH), world.clock
            )


async def test_assumed_days_are_confirmed_with_their_source(world: World) -> None:
    manager = await world.person("manager")
    async with world.work(manager) as uow:
        await policy.confirm(uow, "years", "2026", ConfirmationIn(source="Prakas of the Ministry"))
    (row,) = await world.owner_rows("SELECT assumed, source FROM school_years WHERE key = '2026/27'")
    assert tuple(row) == (False, "Prakas of the Ministry")
    (entry,) = await world.owner_rows(
        "SELECT actor_id, changed FROM audit.entries WHERE table_name = 'school_years' AND row_key = '2026/27'"
    )
    assert entry["actor_id"] == manager.id
    with pytest.raises(NotFound):
        async with world.work(manager) as uow:
            await policy.confirm(uow, "years", "1999", ConfirmationIn(source="Nobody"))
