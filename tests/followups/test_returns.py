"""What is due on the return of a child who was away, and what answers it."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from livelihood.followups.rules.facts import Absence, Mode
from livelihood.followups.rules.state import Settled
from livelihood.observations.rules import Education, EducationState, LearntFrom
from tests.desk.test_today import seen
from tests.followups.families import IN, SPOKE, child, family, grant, of, plan, visit
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_absences import leaves
from tests.support.families import members_of
from tests.support.world import World

DAY = timedelta(days=1)
TOLD = Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER)
SAID = st.sampled_from(
    [(TOLD, Mode.PHONE), (SPOKE, Mode.PHONE), (IN, Mode.IN_PERSON), (SPOKE, Mode.IN_PERSON)]
)
DAYS = st.integers(0, 300).map(lambda days: PAID + timedelta(days=days))


@given(DAYS, st.integers(1, 200), st.none() | DAYS, st.lists(st.tuples(DAYS, SAID), max_size=8))
@settings(max_examples=200, deadline=None)
def test_what_waits_for_the_return_is_answered_by_nothing_of_before(
    since: date, length: int, recorded: date | None, told: list[tuple[date, tuple[Education, Mode]]]
) -> None:
    """Also where being seen has ended the time away early, and also where the calendar moves the check once more."""
    who = child()
    visits = tuple(visit(day, (who, said), mode=mode) for day, (said, mode) in told)
    eyes = [day for day, (said, mode) in told if said is SPOKE and mode is Mode.IN_PERSON]
    until = since + timedelta(days=length)
    back = min([day for day in eyes if since < day < until], default=until)
    today = PAID + timedelta(days=700)
    household = family(who, anchors=(grant(PAID),), visits=visits)
    there = {one.id: one for one in plan(household, today).follow_ups}
    away = replace(who, absences=(Absence(since, until, recorded or since),))
    for one in plan(replace(household, members=(away,)), today).follow_ups:
        before = there.get(one.id)
        if (
            before
            and one.member_id
            and since <= before.due_on < back
            and before.closes_on >= (recorded or since)
        ):
            assert one.due_on >= back
            assert one.settled_on is None or one.settled_on >= back


def test_of_two_times_away_the_last_return_counts() -> None:
    """The first of May is a holiday: who is back then and leaves again on the second is checked after that."""
    back, again = date(2026, 5, 1), date(2026, 6, 8)
    who = child(absences=(Absence(date(2026, 3, 28), back), Absence(back + DAY, again)))
    on_the_day = visit(back, (who, TOLD), mode=Mode.PHONE)
    at_last = visit(again, (who, TOLD), mode=Mode.PHONE)
    for visits, settled in (((on_the_day,), None), ((on_the_day, at_last), Settled.DONE)):
        check = of(plan(family(who, anchors=(grant(PAID),), visits=visits), again), "month_3", who)
        assert (check.due_on, check.settled) == (again, settled)


def test_what_the_calendar_alone_moves_is_answered_as_before() -> None:
    """Month 1 falls on a Sunday; the visit was on the first day on which it would have been open then."""
    who = child()
    paid = date(2026, 1, 15)
    early = visit(date(2026, 2, 1), (who, SPOKE))
    check = of(plan(family(who, anchors=(grant(paid),), visits=(early,)), date(2026, 2, 20)), "month_1", who)
    assert check.opens_on == date(2026, 2, 2)
    assert check.settled is Settled.DONE


async def test_a_call_while_away_leaves_the_check_of_the_return_due(world: World) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    there = await monitor(world)
    leaving, called, back = date(2026, 3, 28), date(2026, 4, 15), date(2026, 6, 8)
    world.clock = clock_on(leaving - DAY)
    days = {"away_from": leaving.isoformat(), "away_until": back.isoformat()}
    assert (await leaves(world, there, household, piseth, **days)).status_code == 201
    world.clock = clock_on(called)
    said = {"kind": "education", "state": "formal", "learnt_from": "caregiver"}
    body = {"household_id": str(household.id), "happened_on": called.isoformat(), "outcome": "met"}
    body |= {"mode": "phone", "findings": [{"member_id": str(piseth), "details": said}]}
    async with world.client(there) as client:
        answer = await client.post("/visits", json=body)
    assert answer.status_code == 201, answer.text
    for day, state in ((back - DAY, "upcoming"), (back, "due")):
        world.clock = clock_on(day)
        async with world.client(there) as client:
            listed = (await client.get(f"/households/{household.id}/follow-ups")).json()["items"]
        (check,) = [one for one in listed if one["slot"] == "month_3" and one["member_id"] == str(piseth)]
        assert (check["due_on"], check["state"]) == (back.isoformat(), state)
    async with world.browser(there) as browser:
        form = seen((await browser.get(f"/households/{household.id}/away")).text)
    assert "a visit before they leave does not" in form
