"""What is stored is what `desired()` says, whatever happened and in whatever order."""

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from livelihood.db.actor import Named
from livelihood.followups import reconcile as reconciling
from livelihood.followups import service
from livelihood.followups.queries import facts, lists
from livelihood.followups.queries import policy as policies
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.facts import AnchorKind, Outcome
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.protocols import SHIPPED
from livelihood.followups.rules.state import State, state
from livelihood.followups.schemas import CorrectionIn, VisitIn
from livelihood.observations.rules import Education, EducationState, Whereabouts, WhereaboutsState
from livelihood.observations.schemas import Finding
from tests.followups.stories import PAID, anchored, clock_on, monitor, paid_family
from tests.support.families import members_of, registered
from tests.support.world import ZONE, World

DUE_OR_OVERDUE = {State.DUE, State.OVERDUE}

FOLLOW_UPS = (
    "SELECT * FROM follow_ups WHERE household_id = $1 ORDER BY due_on, protocol, slot, member_id::text, id"
)


async def stored(world: World, household_id: UUID) -> list[Any]:
    return await world.owner_rows(FOLLOW_UPS, household_id)


async def from_scratch(world: World, household_id: UUID, today: date) -> Plan:
    def local_day(instant: Any) -> date:
        return instant.astimezone(ZONE).date()

    async with world.worker.work(Named("worker")) as uow:
        (loaded,) = await facts.load(uow, [household_id], local_day)
        policy = await policies.in_full(uow)
    calendar = policies.calendar_of(policy, loaded.household.province)
    numbers = Numbers(policy.numbers)
    return desired(loaded.household, policy.protocols, calendar, today, local_day, numbers)


async def test_the_protocols_shipped_are_those_stored(world: World) -> None:
    async with world.worker.work(Named("worker")) as uow:
        assert sorted(await policies.PROTOCOLS.all(uow), key=lambda one: one.key) == sorted(
            SHIPPED, key=lambda one: one.key
        )


async def test_a_payment_is_worked_out_and_a_second_look_changes_nothing(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    rows = await stored(world, household.id)
    assert {row["member_id"] for row in rows} == {people["Bopha"], people["Piseth"], None}
    assert len([row for row in rows if row["member_id"] == people["Bopha"]]) == 10
    assert await tick(world.worker, world.clock) == 0
    async with world.worker.work(Named("worker")) as uow:
        await reconciling.reconcile(uow, [household.id], clock=world.clock)
    assert await stored(world, household.id) == rows


async def test_a_payment_taken_back_takes_its_follow_ups_away(world: World) -> None:
    household, grant_id = await paid_family(world)
    async with world.work(await world.person("caseworker@KPT")) as uow:
        await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grant_id)
    await tick(world.worker, world.clock)
    assert await stored(world, household.id) == []


async def test_a_payment_said_twice_is_one_plan_and_another_day_moves_it(world: World) -> None:
    household, grant_id = await paid_family(world)
    before = await stored(world, household.id)
    async with world.work(await world.person("caseworker@KPT")) as uow:
        for _ in range(2):
            await service.set_anchor(
                uow,
                kind=AnchorKind.GRANT,
                source_id=grant_id,
                household_id=household.id,
                office_id=household.office_id,
                on=PAID + timedelta(days=7),
                clock=world.clock,
            )
    await tick(world.worker, world.clock)
    after = await stored(world, household.id)
    assert {row["id"] for row in after} == {row["id"] for row in before}
    assert after[0]["due_on"] == before[0]["due_on"] + timedelta(days=7)


async def test_a_day_that_comes_is_noticed_by_the_state_of_the_rows(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    people = await members_of(world, household)
    await world.owner_rows(
        "UPDATE members SET left_on = '2026-06-01', left_because = 'died' WHERE id = $1", people["Bopha"]
    )
    await anchored(world, household.id)
    await tick(world.worker, clock_on(PAID))
    (row,) = await world.owner_rows("SELECT next_change_on FROM households WHERE id = $1", household.id)
    # The day after the first check closes: from then on its silence counts.
    assert row["next_change_on"] == date(2026, 2, 27)
    assert await tick(world.worker, clock_on(date(2026, 6, 3))) == 1
    mine = [one for one in await stored(world, household.id) if one["member_id"] == people["Bopha"]]
    assert {one["because"] for one in mine if one["settled"]} == {"died"}


async def test_a_household_that_cannot_be_worked_out_holds_up_nobody(world: World, monkeypatch: Any) -> None:
    caseworker = await world.person("caseworker@KPT")
    families = [await registered(world, caseworker) for _ in range(3)]
    for household in families:
        await anchored(world, household.id)
    real = facts.load

    async def failing(reading: Any, ids: Any, local_day: Any) -> Any:
        if families[1].id in ids:
            raise ValueError("broken facts")
        return await real(reading, ids, local_day)

    monkeypatch.setattr(facts, "load", failing)
    await tick(world.worker, clock_on(PAID))
    assert [bool(await stored(world, one.id)) for one in families] == [True, False, True]
    monkeypatch.undo()
    await tick(world.worker, clock_on(PAID))
    assert await stored(world, families[1].id)


async def test_a_long_backlog_is_worked_off_in_several_runs(world: World) -> None:
    """None of which comes near its timeout, and each of which goes on where the last one stopped."""
    caseworker = await world.person("caseworker@KPT")
    for _ in range(3):
        await anchored(world, (await registered(world, caseworker)).id)
    runs = [await tick(world.worker, clock_on(PAID), batch=1, seconds=0) for _ in range(4)]
    assert runs == [1, 1, 1, 0]


async def test_many_workers_at_once_do_each_household_once(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    families = [await registered(world, caseworker) for _ in range(12)]
    for household in families:
        await anchored(world, household.id)
    done = await asyncio.gather(*(tick(world.worker, clock_on(PAID), batch=2) for _ in range(4)))
    assert sum(done) == 12
    for household in families:
        plan = await from_scratch(world, household.id, PAID)
        assert [row["id"] for row in await stored(world, household.id)] == [one.id for one in plan.follow_ups]


async def test_what_somebody_else_has_locked_is_stepped_over_and_the_rest_worked_off(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    families = [await registered(world, caseworker) for _ in range(3)]
    for household in families:
        await anchored(world, household.id)
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(
            "SELECT FROM households WHERE id = ANY ($1) FOR NO KEY UPDATE", [one.id for one in families[:2]]
        )
        assert await tick(world.worker, clock_on(PAID), batch=2) == 1
        assert [bool(await stored(world, one.id)) for one in families] == [False, False, True]
    assert await tick(world.worker, clock_on(PAID), batch=2) == 2


async def test_after_any_sequence_what_is_stored_is_what_the_facts_call_for(world: World) -> None:
    """And every row's state in SQL is its state in Python."""
    random = Random(20261122)
    caseworker = await world.person("caseworker@KPT")
    recorder = await monitor(world)
    for _ in range(3):
        household = await registered(world, caseworker)
        people = await members_of(world, household)
        children = [people["Bopha"], people["Piseth"]]
        grants: list[UUID] = [await anchored(world, household.id)]
        today = PAID
        for _step in range(14):
            today += timedelta(days=random.choice([0, 1, 9, 30, 60]))
            action = random.choice(["visit", "visit", "visit", "correct", "grant", "reverse", "worker"])
            if action == "visit":
                day = max(today - timedelta(days=random.choice([0, 0, 20, 100])), PAID)
                states = random.choices(list(EducationState), k=2)
                body = VisitIn(
                    household_id=household.id,
                    happened_on=day,
                    outcome=random.choice([Outcome.MET, Outcome.MET, Outcome.NOT_FOUND]),
                    findings=tuple(
                        Finding(Education(seen), child) for seen, child in zip(states, children, strict=True)
                    ),
                )
                if body.outcome is not Outcome.MET:
                    body = msgspec.structs.replace(body, findings=())
                async with world.work(recorder) as uow:
                    await service.record_visit(uow, body, clock=clock_on(today))
            elif action == "correct":
                wrong = await world.owner_rows(
                    "SELECT id, visit_id FROM observations o WHERE household_id = $1 AND NOT EXISTS "
                    "(SELECT FROM observations s WHERE s.supersedes = o.id) ORDER BY recorded_at DESC LIMIT 1",
                    household.id,
                )
                for row in wrong:
                    mended = CorrectionIn(
                        finding_id=row["id"],
                        details=Education(random.choice(list(EducationState))),
                        reason="Wrong child",
                    )
                    async with world.work(recorder) as uow:
                        await service.correct_finding(uow, row["visit_id"], mended, clock=clock_on(today))
            elif action == "grant":
                grants.append(await anchored(world, household.id, on=today))
            elif action == "reverse" and len(grants) > 1:
                async with world.work(caseworker) as uow:
                    await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grants.pop())
            await tick(world.worker, clock_on(today))
            plan = await from_scratch(world, household.id, today)
            rows = await stored(world, household.id)
            wanted = [msgspec.structs.asdict(one) for one in plan.follow_ups]
            assert [{name: row[name] for name in wanted[0]} for row in rows] == wanted
            alerts = await world.owner_rows("SELECT * FROM alerts WHERE household_id = $1", household.id)
            by_id = {row["id"]: row for row in alerts}
            for alert in plan.alerts:
                row = by_id.pop(alert.id)
                assert {name: row[name] for name in msgspec.structs.asdict(alert)} == msgspec.structs.asdict(
                    alert
                )
            assert all(row["closed_because"] is not None for row in by_id.values())
        await the_states_agree(world, recorder, household.id)


async def the_states_agree(world: World, recorder: Any, household_id: UUID) -> None:
    plan = {one.id: one for one in await all_follow_ups(world, household_id)}
    days = {day for one in plan.values() for day in (one.opens_on, one.closes_on, one.lapses_on)}
    async with world.read(recorder) as reads:
        for day in sorted(near for edge in days for near in (edge - timedelta(days=1), edge)):
            shown = await lists.of_household(reads, household_id, day)
            assert {one.id: one.state for one in shown} == {key: state(one, day) for key, one in plan.items()}
        # The day before it lapses is the last on which a check is in the list, and the list begins where those begin.
        last_days = sorted({one.lapses_on - timedelta(days=1) for one in plan.values()})
        for day in last_days:
            to_do = {key for key, one in plan.items() if one.reminds and state(one, day) in DUE_OR_OVERDUE}
            assert await in_the_list(reads, day, None, household_id) == to_do
        for wanted in State:
            middle = last_days[len(last_days) // 2]
            assert await in_the_list(reads, middle, wanted, household_id) == {
                key for key, one in plan.items() if state(one, middle) is wanted
            }


async def in_the_list(reads: Any, day: date, wanted: State | None, household_id: UUID) -> set[UUID]:
    """As somebody reads it, page by page."""
    found: set[UUID] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = await lists.list_follow_ups(reads, today=day, state=wanted, cursor=cursor, limit=7)
        assert not found & {one.id for one in page.items}
        found |= {one.id for one in page.items if one.household_id == household_id}
        cursor = page.next_cursor
    return found


async def all_follow_ups(world: World, household_id: UUID) -> list[Any]:
    async with world.worker.work(Named("worker")) as uow:
        return await reconciling.FOLLOW_UPS.stored.all(uow, ids=[household_id])


async def test_a_missing_child_is_told_to_the_focal_point_at_once_and_once(world: World) -> None:
    focal, recorder = await world.person("focal_point@KPT"), await monitor(world)
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    gone = Finding(Whereabouts(WhereaboutsState.AWAY_ALONE), people["Bopha"])
    body = VisitIn(household_id=household.id, happened_on=PAID, outcome=Outcome.MET, findings=(gone,))
    async with world.work(recorder) as uow:
        await service.record_visit(uow, body, clock=world.clock)
    async with world.worker.work(Named("worker")) as uow:
        await reconciling.reconcile(uow, [household.id], clock=world.clock)
    (alert,) = await world.owner_rows("SELECT id, kind FROM alerts")
    told = await world.owner_rows("SELECT staff_id, path FROM outbox WHERE kind = 'safeguarding'")
    assert alert["kind"] == "missing_child"
    mine = [row["path"] for row in told if row["staff_id"] == focal.id]
    assert mine == [f"/alerts/{alert['id']}"]


async def test_a_run_ends_in_time_also_where_nothing_can_be_worked_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fault of a release may be met in every family there is."""
    for _ in range(4):
        await registered(world, await world.person("caseworker@KPT"))
    tried: list[int] = []

    async def failing(*_: object, **__: object) -> None:
        tried.append(1)
        raise RuntimeError

    monkeypatch.setattr(reconciling, "reconcile", failing)
    for runs in (1, 2):
        assert await tick(world.worker, world.clock, seconds=0) == 0
        assert len(tried) == 2 * runs, "a batch, and the first of it by itself"
    monkeypatch.undo()
    assert await tick(world.worker, world.clock) == 4
