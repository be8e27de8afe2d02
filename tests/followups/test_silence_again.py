"""A silence that begins again has its own steps; one that only counts from another day has not."""

from datetime import date

import msgspec
import pytest

from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.calendar import calendar
from livelihood.followups.rules.consequences import ConsequenceKind, Level
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import AnchorKind, Because, Leaving, Member
from tests.followups.families import BREAKS, HOLIDAYS, NUMBERS, YEARS, at, grant, of, plan, visit
from tests.followups.stories import PAID, anchored, clock_on, paid_family
from tests.followups.test_silence import DAY, SAID, lived, told
from tests.followups.test_silence_late import more, silent_child
from tests.support.world import World

STEPS = [ConsequenceKind.REMINDER, ConsequenceKind.ESCALATED_SUPERVISOR, ConsequenceKind.ESCALATED_MANAGER]
LEVELS = dict(zip(STEPS, Level, strict=True))


def kinds(found: Plan, who: Member, since: date = date.min) -> list[ConsequenceKind]:
    return [kind for kind, on in told(found, who) if on > since]


def agrees(found: Plan, who: Member, since: date) -> None:
    """The level is the last step that was told of this silence."""
    (row,) = found.followed
    steps = kinds(found, who, since)
    assert row.level == (LEVELS[steps[-1]] if steps else None)


def test_a_new_payment_after_the_first_was_reversed_is_told_of_from_the_beginning() -> None:
    who, household, closes = silent_child()
    _, household = lived(household, closes + 40 * DAY)
    household = msgspec.structs.replace(household, anchors=())
    again = closes + 90 * DAY
    found, household = lived(household, again, closes + 41 * DAY)
    assert found.followed == ()
    household = msgspec.structs.replace(household, anchors=(grant(again),))
    closes = of(plan(household, again), "month_1", who).closes_on
    for days, expected in ((0, 0), (1, 1), (13, 1), (14, 2), (29, 2), (30, 3), (60, 3)):
        found, household = lived(household, closes + days * DAY, again)
        assert kinds(found, who, again) == STEPS[:expected], days
        agrees(found, who, again)


def test_a_word_of_a_caregiver_in_time_ends_a_silence_and_the_next_is_a_new_one() -> None:
    who, household, closes = silent_child()
    _, household = lived(household, closes + DAY)
    household = more(household, visit(closes - DAY, (who, SAID), recorded_on=closes + 2 * DAY))
    found, household = lived(household, closes + 2 * DAY, closes + 2 * DAY)
    assert found.followed[0].unconfirmed_since is None
    closes = of(found, "month_2", who).closes_on
    found, household = lived(household, closes + 30 * DAY, closes)
    assert kinds(found, who, closes) == STEPS
    agrees(found, who, closes)


def test_a_word_in_time_that_moves_the_silence_to_the_next_check_tells_nobody_again() -> None:
    """It is entered when the next check has closed unmet as well: the child was silent all the time."""
    who, household, closes = silent_child()
    later = of(plan(household, PAID), "month_2", who).closes_on
    _, household = lived(household, later + DAY)
    household = more(household, visit(closes - DAY, (who, SAID), recorded_on=later + 2 * DAY))
    found, _ = lived(household, later + 60 * DAY, later + 2 * DAY)
    assert found.followed[0].unconfirmed_since == later
    assert kinds(found, who) == STEPS


@pytest.mark.parametrize("looked", [1, 4])
def test_a_holiday_that_moves_the_check_by_days_tells_nobody_again(looked: int) -> None:
    """Whether the check has closed once more by the time somebody looks, or closes once more some days later."""
    who, household, closes = silent_child()
    _, household = lived(household, closes + looked * DAY)
    assert len(household.happened) == 1
    due = of(plan(household, PAID), "month_1", who).due_on
    shut = calendar(YEARS, NUMBERS, (*BREAKS,), HOLIDAYS | {due + number * DAY for number in range(3)})
    moved = of(plan(household, PAID, shut), "month_1", who).closes_on
    assert closes < moved < closes + 10 * DAY
    day = closes + (looked + 1) * DAY
    while day <= moved + 60 * DAY:
        found = plan(household, day, shut)
        household = msgspec.structs.replace(household, happened=found.consequences)
        day += DAY
    assert kinds(found, who) == STEPS
    assert found.followed[0].level is Level.ESCALATED_MANAGER


def test_who_left_by_mistake_is_told_of_no_second_time() -> None:
    who, household, closes = silent_child()
    _, household = lived(household, closes + 15 * DAY)
    gone = msgspec.structs.replace(household, left=Leaving(closes + 16 * DAY, Because.CLOSED, at(closes)))
    _, gone = lived(gone, closes + 20 * DAY, closes + 16 * DAY)
    assert all(one.ended_on for one in gone.happened)
    found, _ = lived(msgspec.structs.replace(gone, left=None), closes + 60 * DAY, closes + 21 * DAY)
    assert kinds(found, who) == STEPS
    assert not any(one.ended_on for one in found.consequences)


async def test_in_the_tables_and_on_the_board(world: World) -> None:
    household, grant_id = await paid_family(world)
    await lived_to(world, date(2026, 4, 20))
    first = await steps(world)
    assert set(first.values()) == {2}, "two children, each told of once"
    async with world.work(await world.person("caseworker@KPT")) as uow:
        await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grant_id)
    await lived_to(world, date(2026, 5, 10))
    again = date(2026, 6, 1)
    await anchored(world, household.id, on=again)
    await lived_to(world, date(2026, 7, 16))
    levels = await world.owner_rows("SELECT DISTINCT level FROM followed_children")
    assert [row["level"] for row in levels] == ["reminder"]
    await lived_to(world, date(2026, 9, 1))
    assert await steps(world) == {kind: 2 * count for kind, count in first.items()}


async def lived_to(world: World, day: date) -> None:
    """Whatever the tables say is to change by then changes on its day."""
    while True:
        await tick(world.worker, world.clock)
        (row,) = await world.owner_rows("SELECT next_change_on FROM households")
        if row["next_change_on"] is None or row["next_change_on"] > day:
            world.clock = clock_on(day)
            await tick(world.worker, world.clock)
            return
        world.clock = clock_on(row["next_change_on"])


async def steps(world: World) -> dict[str, int]:
    rows = await world.owner_rows(
        "SELECT kind, count(*) AS told FROM consequences WHERE since IS NOT NULL GROUP BY 1"
    )
    return {row["kind"]: row["told"] for row in rows}
