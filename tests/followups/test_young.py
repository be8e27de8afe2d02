"""Whom a protocol asks after before school age is followed as everybody else: silent, told of, and missed."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.followups.previewing import tick as preview_tick
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import desired
from livelihood.followups.rules.facts import Absence, Anchor, AnchorKind, Outcome
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS, NumberKey, Numbers, PolicyNumber
from livelihood.followups.rules.protocols import SHIPPED, Per, Protocol, Purpose, Slot
from tests.desk.test_today import seen
from tests.followups.families import CALENDAR, NUMBERS, child, family, grant, local_day, visit
from tests.followups.stories import anchored
from tests.followups.test_visits import recorded
from tests.support.families import family as registration
from tests.support.families import member, members_of, registered
from tests.support.world import World, clock_at

PAID = date(2026, 1, 12)
LITTLE = Protocol(
    key="little_ones",
    version=1,
    effective_from=date(2026, 1, 5),
    source="The board",
    anchors=(AnchorKind.GRANT, AnchorKind.COURSE),
    slots=(Slot(key="month_1", purpose=Purpose.HOME, per=Per.CHILD, months=1, before=14, after=14),),
    from_age=3,
    name_en="Little ones",
    name_km="កូនតូច",
)


async def test_a_little_one_who_is_not_found_is_on_the_board_told_of_and_missed(world: World) -> None:
    world.clock = clock_at("2026-01-05")
    check = {"before": 14, "after": 14, "purpose": "home"}
    draft = {
        "name_en": "Little ones",
        "name_km": "កូនតូច",
        "anchors": ["grant"],
        "effective_from": "2026-01-05",
        "from_age": 3,
        "to_age": 17,
        "slots": [check | {"months": 1}, check | {"months": 3}],
        "source": "The board",
    }
    async with world.client(await world.person("manager")) as client:
        made = await client.post("/protocols/previews", json=draft)
        assert made.status_code == 201, made.text
        await preview_tick(world.worker, world.clock)
        done = await client.post(f"/previews/{made.json()['id']}/in-force")
        assert done.status_code in {200, 201}, done.text
    household = await registered(
        world,
        await world.person("caseworker@KPT"),
        members=[*registration()["members"], member("Little", "2022-02-01")],
    )
    await anchored(world, household.id)
    little = (await members_of(world, household))["Little"]
    for day in ("2026-01-12", "2026-03-20", "2026-06-20"):
        world.clock = clock_at(day)
        await tick(world.worker, world.clock)
    (row,) = await world.owner_rows(
        "SELECT followed_since, unconfirmed_since, level FROM followed_children WHERE member_id = $1", little
    )
    assert (row["followed_since"], row["level"]) == (PAID, "escalated_manager")
    told = await world.owner_rows("SELECT kind FROM consequences WHERE member_id = $1", little)
    assert {one["kind"] for one in told} == {"reminder", "escalated_supervisor", "escalated_manager"}
    for day in ("2026-06-21", "2026-06-22", "2026-06-23"):
        world.clock = clock_at(day)
        await recorded(world, household.id, happened_on=day, outcome="not_found")
    alerts = await world.owner_rows("SELECT kind FROM alerts WHERE member_id = $1", little)
    assert [one["kind"] for one in alerts] == ["missing_child"]
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        assert "Little" in seen((await browser.get("/silence")).text)


@given(st.dates(date(2018, 6, 1), date(2025, 12, 1)), st.integers(0, 8))
def test_whoever_has_a_check_is_followed_by_the_day_on_which_it_is_due(born_on: date, from_age: int) -> None:
    """Of a course too, if people say so."""
    who = child(born_on)
    of_the_course = Anchor(who.id, AnchorKind.COURSE, PAID, PAID, who.id)
    asks = msgspec.structs.replace(LITTLE, from_age=from_age)
    for anchor in (grant(PAID), of_the_course):
        found = desired(
            family(who, anchors=(anchor,)), [asks], CALENDAR, date(2026, 2, 20), local_day, NUMBERS
        )
        assert [one.member_id for one in found.followed] == [one.member_id for one in found.follow_ups]
        if found.followed:
            assert max(PAID, date(born_on.year + from_age, 1, 1)) <= found.followed[0].followed_since
            assert found.followed[0].followed_since <= found.follow_ups[0].due_on


@pytest.mark.parametrize("absences", [(), (Absence(date(2026, 1, 20), date(2026, 6, 1)),)])
def test_what_puts_off_the_first_check_of_a_little_one_ends_no_search(absences: tuple[Absence, ...]) -> None:
    """The doors were closed before anybody was away, and long before the check on the return."""
    who = child(date(2022, 2, 1), absences=absences)
    doors = tuple(visit(date(2026, 1, day), outcome=Outcome.NOT_FOUND) for day in (13, 16, 19))
    one = family(who, anchors=(grant(PAID),), visits=doors)
    found = desired(one, [LITTLE], CALENDAR, date(2026, 3, 16), local_day, NUMBERS)
    assert [(alert.kind.value, alert.closed_on) for alert in found.alerts] == [("missing_child", None)]


def test_a_higher_school_age_ends_neither_a_silence_nor_a_search() -> None:
    who = child(date(2019, 9, 1))
    doors = tuple(visit(date(2026, 3, day), outcome=Outcome.NOT_FOUND) for day in (2, 9, 16))
    one = family(who, anchors=(grant(PAID),), visits=doors)
    raised = PolicyNumber(NumberKey.SCHOOL_AGE_FROM, date(2026, 5, 1), 8, "A test")
    plans = [
        desired(one, SHIPPED, CALENDAR, date(2026, 5, 1) + timedelta(days=1), local_day, numbers)
        for numbers in (NUMBERS, Numbers((*SHIPPED_NUMBERS, raised)))
    ]
    assert plans[0].followed == plans[1].followed
    assert plans[0].alerts == plans[1].alerts
    assert plans[0].alerts
