"""Who is of school age, and how long a school check stays open: by the numbers of the day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from livelihood.followups.queries.by_school import school_route
from livelihood.followups.queries.narrowed import Narrowed
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS, NumberKey, Numbers, PolicyNumber
from livelihood.followups.rules.out_of_school import is_of_school_age, of_school_age_from
from tests.followups.families import CALENDAR, IN, OUT, child, family, grant, of, plan, visit
from tests.followups.stories import anchored, clock_on, monitor
from tests.followups.test_api import MONTH_1
from tests.followups.test_pages import rows_of
from tests.followups.test_roll_calls import TOLD_ON, pupils_of, school_of
from tests.support.families import member, members_of, registered
from tests.support.world import World

PAID = date(2026, 1, 12)
FOUND = date(2026, 3, 12)


def with_number(key: NumberKey, *values: tuple[date, int]) -> Numbers:
    return Numbers([*SHIPPED_NUMBERS, *(PolicyNumber(key, day, value, "The board") for day, value in values)])


def test_a_school_check_stays_open_for_as_many_school_days_as_policy_says() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    before = of(plan(household, PAID), "month_2", who)
    since = before.opens_on
    for day, least in ((since, 25), (since + timedelta(days=1), 10)):
        numbers = with_number(NumberKey.SCHOOL_DAYS_IN_WINDOW, (day, 25))
        found = of(plan(household, PAID, numbers=numbers), "month_2", who)
        assert (found.opens_on, found.due_on) == (before.opens_on, before.due_on)
        assert CALENDAR.count(found.opens_on, found.closes_on) == max(
            least, CALENDAR.count(before.opens_on, before.closes_on)
        )
    assert found == before


def test_a_child_younger_than_school_age_is_not_out_of_school() -> None:
    who = child(FOUND.replace(year=FOUND.year - 6))
    household = family(who, anchors=(grant(PAID),), visits=(visit(FOUND, (who, OUT)),))
    for day, raised in ((FOUND, []), (FOUND + timedelta(days=1), [AlertKind.OUT_OF_SCHOOL])):
        numbers = with_number(NumberKey.SCHOOL_AGE_FROM, (day, 7))
        assert [one.kind for one in plan(household, FOUND, numbers=numbers).alerts] == raised


def test_a_child_is_followed_from_the_age_that_policy_says() -> None:
    who = child(date(2020, 7, 1))
    household = family(who, anchors=(grant(PAID),), visits=(visit(FOUND, (who, IN)),))
    today = date(2026, 9, 1)
    for value, day in ((6, date(2026, 7, 1)), (5, date(2026, 3, 1))):
        numbers = with_number(NumberKey.SCHOOL_AGE_FROM, (date(2026, 3, 1), value))
        (followed,) = plan(household, today, numbers=numbers).followed
        assert followed.followed_since == day


@given(
    st.dates(date(2015, 1, 1), date(2022, 12, 31)),
    st.dictionaries(st.dates(date(2024, 1, 2), date(2029, 12, 31)), st.integers(3, 8), max_size=4),
)
def test_school_age_begins_on_the_first_day_on_which_a_child_is_of_it(
    born_on: date, changes: dict[date, int]
) -> None:
    numbers = with_number(NumberKey.SCHOOL_AGE_FROM, *changes.items())
    who = child(born_on)
    days = (born_on + timedelta(days=number) for number in range(366 * 9))
    assert of_school_age_from(who, numbers) == next(d for d in days if is_of_school_age(who, d, numbers))


async def test_a_visitor_is_asked_about_the_children_whom_policy_calls_of_school_age(world: World) -> None:
    people = [member("Dara", "1985-03-02", "head"), member("Bopha", "2020-06-01")]
    household = await registered(world, await world.person("caseworker@KPT"), members=people)
    await anchored(world, household.id)
    world.clock = clock_on(PAID)
    bopha = (await members_of(world, household))["Bopha"]
    async with world.browser(await monitor(world)) as browser:
        address = f"/visits/new?household={household.id}"
        assert rows_of((await browser.get(address)).text) == {}
        await world.owner_rows(
            "INSERT INTO policy_numbers (key, effective_from, value, source) VALUES "
            "('school_age_from', $1, 5, 'The board')",
            PAID,
        )
        assert rows_of((await browser.get(address)).text) == {str(bopha): 0}


async def test_on_a_roll_are_the_children_whom_policy_calls_of_school_age(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, 1)
    await world.owner_rows(
        "INSERT INTO policy_numbers (key, effective_from, value, source) VALUES "
        "('school_age_from', $1, 12, 'The board')",
        PAID,
    )
    world.clock = clock_on(TOLD_ON)  # no check waits yet
    async with world.client(await monitor(world)) as client:
        listed = (await client.get(f"/schools/{school}/roll-call")).json()["children"]
    assert [row["member_id"] for row in listed] == [str(pupils["Piseth0"])]


async def test_whoever_has_a_school_check_waiting_is_looked_for_at_their_school_at_any_age(
    world: World,
) -> None:
    """A protocol has ages of its own; a child whom it has checked would otherwise be on the list of no school."""
    school = await school_of(world)
    pupils = await pupils_of(world, school, 1)
    await world.owner_rows(
        "INSERT INTO policy_numbers (key, effective_from, value, source) VALUES "
        "('school_age_from', $1, 12, 'The board')",
        PAID,
    )
    async with world.read(await monitor(world)) as reads:
        (there,) = (await school_route(reads, Narrowed(), today=MONTH_1)).schools
    assert [one.child.id for one in there.pupils] == [pupils["Piseth0"], pupils["Bopha0"]]
