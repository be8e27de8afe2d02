"""A family that moves to another province: what was due there stays as the schools there were."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.queries.previews import families as families_of
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.calendar import Vacation, calendar, followed_by
from livelihood.followups.rules.facts import Household
from livelihood.followups.rules.policy import Concerned
from tests.followups.families import BREAKS, CALENDAR, DAYS, HOLIDAYS, NUMBERS, YEARS, families, plan
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_absences_late import found_at_home
from tests.followups.test_handover import moves, staffed, supervisor
from tests.support.families import members_of
from tests.support.places import KMP, KPT, SVR
from tests.support.world import World

DAY = timedelta(days=1)


@given(
    families(),
    DAYS,
    st.lists(st.tuples(DAYS, st.integers(0, 40)), min_size=1, max_size=6),
    st.lists(DAYS, max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_what_had_closed_or_was_settled_before_a_move_stays(
    household: Household, moved: date, floods: list[tuple[date, int]], festivals: list[date]
) -> None:
    """Schools of the former province were shut on days of their own."""
    shut = [Vacation(day, day + timedelta(days=length)) for day, length in floods]
    former = calendar(YEARS, NUMBERS, (*BREAKS, *shut), {*HOLIDAYS, *festivals})
    # The day before, as it was known then; nothing is recorded from then on.
    known = household.__class__(
        household.id,
        household.members,
        household.anchors,
        tuple(one for one in household.visits if one.recorded_at.date() < moved),
        tuple(one for one in household.observations if one.recorded_at.date() < moved),
    )
    before = {one.id: one for one in plan(known, moved - DAY, former).follow_ups}
    after = {one.id: one for one in plan(known, moved - DAY, followed_by(former, moved, CALENDAR)).follow_ups}
    assert before.keys() == after.keys()
    for key, one in before.items():
        if one.closes_on < moved:
            assert (after[key].opens_on, after[key].due_on) == (one.opens_on, one.due_on)
            assert (after[key].closes_on, after[key].purpose) == (one.closes_on, one.purpose)
        if one.settled_on and one.settled_on < moved:
            assert after[key].settled == one.settled
            assert after[key].settled_on == one.settled_on


def test_from_the_move_on_the_schools_of_the_new_province_count() -> None:
    former = calendar(YEARS, NUMBERS, (Vacation(date(2026, 1, 1), date(2026, 12, 31)),))
    moved = date(2026, 6, 10)
    both = followed_by(former, moved, CALENDAR)
    assert not any(both.is_school_day(moved - days * DAY) for days in range(1, 100))
    assert both.on_vacation(moved - DAY)
    for days in range(60):
        day = moved + days * DAY
        assert both.is_school_day(day) == CALENDAR.is_school_day(day)
        assert both.on_vacation(day) == CALENDAR.on_vacation(day)


async def test_a_handover_keeps_what_was_done(world: World) -> None:
    """Month 1 fell on days of a festival there; the visit answered it, and a later one of the new office the next."""
    await staffed(world)
    for day in (12, 13):
        await world.owner_rows(
            "INSERT INTO holiday_overrides (id, day, province_code, is_holiday, name, source) "
            "VALUES (uuidv7(), $1, $2, true, 'River festival', 'Order of the governor')",
            date(2026, 2, day),
            KPT[:2],
        )
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    seen_on = date(2026, 3, 2)
    world.clock = clock_on(seen_on)
    for one in (people["Piseth"], people["Bopha"]):
        await found_at_home(world, household, one, seen_on)
    world.clock = clock_on(date(2026, 6, 1))
    await tick(world.worker, world.clock)
    rows = "SELECT id, opens_on, due_on, closes_on, settled, settled_on FROM follow_ups WHERE closes_on < $1 ORDER BY id"
    before = await world.owner_rows(rows, world.clock.today())
    assert any(row["due_on"] == date(2026, 2, 16) and row["settled_on"] == seen_on for row in before)
    handed = await moves(world, await supervisor(world), household.id)
    assert handed.status_code in {200, 201}, handed.text
    assert await world.owner_rows(rows, world.clock.today()) == before
    # Marked anew, so that the workers look once more.
    await world.owner_rows("UPDATE households SET next_change_on = $1", world.clock.today())
    await tick(world.worker, world.clock)
    assert await world.owner_rows(rows, world.clock.today()) == before


async def test_a_change_of_the_former_province_s_calendar_concerns_the_family_still(world: World) -> None:
    await staffed(world)
    household, _ = await paid_family(world)
    assert (await moves(world, await supervisor(world), household.id)).status_code in {200, 201}
    async with world.work(await world.person("manager")) as uow:
        for province, concerns in ((KPT[:2], True), (KMP[:2], True), (SVR[:2], False)):
            found = await uow.session.execute(families_of(Concerned(province=province)))
            assert [one.id for one in found] == [household.id] * concerns
