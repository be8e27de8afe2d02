"""What is due on the return of a child who was away, and what answers it."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Absence, Anchor, AnchorKind, Member, Mode
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.observations.rules import Education, EducationState, LearntFrom
from tests.desk.test_today import seen
from tests.followups.families import IN, SPOKE, child, family, grant, of, plan, visit
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_absences import LEAVING, RETURN, due_of, leaves, returns
from tests.followups.test_absences_late import found_at_home
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
    gone = replace(who, absences=(Absence(since, until, recorded or since),))
    for one in plan(replace(household, members=(gone,)), today).follow_ups:
        before = there.get(one.id)
        if (
            before
            and one.member_id
            and since <= before.due_on < back
            and before.closes_on >= (recorded or since)
        ):
            assert one.due_on >= back
            assert one.settled_on is None or one.settled_on >= back


@pytest.mark.parametrize(("late", "moves"), [(-1, True), (0, True), (1, False)])
def test_a_time_away_moves_what_has_not_closed_by_the_day_on_which_it_is_told(
    late: int, *, moves: bool
) -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    check = of(plan(household, PAID), "month_1", who)
    back = check.closes_on + timedelta(days=30)
    told = Absence(check.due_on, back, check.closes_on + timedelta(days=late))
    after = of(plan(replace(household, members=(replace(who, absences=(told,)),)), back), "month_1", who)
    assert (after.opens_on >= back, after.due_on == check.due_on) == (moves, not moves)


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


def on_return(found: Plan) -> list[FollowUp]:
    return [one for one in found.follow_ups if one.protocol == "on_return"]


def away(since: date, until: date, recorded: date | None = None, known: date = date.min) -> Member:
    return child(absences=(Absence(since, until, recorded or since, known),))


@given(DAYS, st.integers(1, 270), st.none() | DAYS, st.none() | DAYS)
@settings(max_examples=200, deadline=None)
def test_on_every_return_a_check_opens(
    since: date, length: int, recorded: date | None, high_risk: date | None
) -> None:
    """Whatever else is planned, and though a risk that began is over by then; whoever is not seen is silent."""
    until = since + timedelta(days=length)
    told = max(until, recorded or since)
    who = away(since, until, recorded)
    risk = Anchor(who.id, AnchorKind.HIGH_RISK, high_risk, high_risk, None, until) if high_risk else None
    household = family(who, anchors=(grant(PAID), *((risk,) if risk else ())))
    for today in (since, until, told, told + timedelta(days=60)):
        checks = [one for one in plan(household, today).follow_ups if one.member_id]
        assert any(until <= one.opens_on <= told + timedelta(days=5) and one.reminds for one in checks)
    assert plan(household, told + timedelta(days=120)).followed[0].unconfirmed_since


@pytest.mark.parametrize(
    ("until", "purpose", "due", "closes"),
    [
        (date(2026, 6, 22), Purpose.SCHOOL, date(2026, 6, 22), date(2026, 7, 6)),
        (date(2026, 6, 20), Purpose.SCHOOL, date(2026, 6, 22), date(2026, 7, 6)),
        (date(2026, 9, 1), Purpose.HOME, date(2026, 9, 1), date(2026, 9, 15)),
    ],
)
def test_where_nothing_else_opens_there_is_a_check_of_its_own(
    until: date, purpose: Purpose, due: date, closes: date
) -> None:
    who = away(until - timedelta(days=30), until)
    seen_before = [
        visit(day, (who, SPOKE)) for day in (date(2026, 7, 13),) if day < until - timedelta(days=30)
    ]
    (one,) = on_return(plan(family(who, anchors=(grant(PAID),), visits=tuple(seen_before)), until))
    assert (one.purpose, one.planned_purpose, one.opens_on) == (purpose, Purpose.SCHOOL, due)
    assert (one.due_on, one.closes_on, one.reminds) == (due, closes, True)


def test_what_has_moved_to_the_return_is_enough_and_what_is_heard_of_later_is_not() -> None:
    """The month 3 check waits for the first; a risk of which one hears on the second has its first check soon after."""
    first = away(date(2026, 3, 28), date(2026, 6, 8))
    assert on_return(plan(family(first, anchors=(grant(PAID),)), date(2026, 6, 8))) == []
    back = date(2026, 6, 22)
    second = away(date(2026, 5, 4), back)
    for recorded, checks in ((back - DAY, 0), (back, 1)):
        risk = Anchor(second.id, AnchorKind.HIGH_RISK, back - timedelta(days=10), recorded)
        found = on_return(plan(family(second, anchors=(grant(PAID), risk)), back + timedelta(days=5)))
        assert len(found) == checks


def test_who_was_seen_after_they_left_was_checked_by_that() -> None:
    since, until = date(2026, 5, 4), date(2026, 6, 22)
    for day, checks in ((since, 1), (since + DAY, 0), (until - DAY, 0), (until, 1)):
        who = away(since, until)
        household = family(who, anchors=(grant(PAID),), visits=(visit(day, (who, SPOKE)),))
        found = on_return(plan(household, until))
        assert len(found) == checks, day
        assert [one.settled for one in found] == [Settled.DONE if day == until else None] * checks


def test_it_counts_from_the_day_on_which_the_return_is_told_of() -> None:
    """So that somebody can make it, and never from later than it did."""
    since, until = date(2026, 5, 4), date(2026, 5, 25)
    for recorded, known, opens in (
        (since, date.min, until),
        (date(2026, 6, 15), date.min, date(2026, 6, 15)),
        (since, date(2026, 6, 15), date(2026, 6, 15)),
    ):
        who = away(since, until, recorded, known)
        household = family(who, anchors=(grant(PAID),))
        (one,) = on_return(plan(household, date(2026, 6, 15)))
        assert (one.opens_on, one.reminds) == (opens, True)


def test_who_is_not_followed_by_then_or_is_grown_is_not_checked() -> None:
    since, until = date(2025, 12, 1), PAID - DAY
    assert on_return(plan(family(away(since, until), anchors=(grant(PAID),)), PAID)) == []
    assert on_return(plan(family(away(since, until)), PAID)) == []
    grown = child(date(2008, 6, 1), absences=(Absence(date(2026, 4, 20), date(2026, 6, 2)),))
    assert on_return(plan(family(grown, anchors=(grant(PAID),)), date(2026, 6, 2))) == []


async def test_the_check_on_the_return_stands_wherever_somebody_looks(world: World) -> None:
    """Of both children of a family that was at the kiln: in the lists, on the pages, on paper, in both languages."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    children = people["Piseth"], people["Bopha"]
    there = await monitor(world)
    leaving, back = date(2026, 5, 4), date(2026, 6, 15)
    world.clock = clock_on(leaving)
    for one in children:
        await found_at_home(world, household, one, leaving)
    days = {"away_from": leaving.isoformat(), "away_until": back.isoformat()}
    assert (await leaves(world, there, household, *people.values(), **days)).status_code == 201
    async with world.browser(there) as browser:
        coming = await browser.get(f"/households/{household.id}")
        assert "Check on the return" in seen(coming.text)
        await browser.post("/language", data={"language": "km"})
        in_khmer = await browser.get(f"/households/{household.id}")
        assert "ការពិនិត្យពេលត្រឡប់មកវិញ" in in_khmer.text
    world.clock = clock_on(back)
    await tick(world.worker, world.clock)
    async with world.client(there) as client:
        due = [
            one for one in (await client.get("/follow-ups")).json()["items"] if one["protocol"] == "on_return"
        ]
        route = (await client.get("/worklist")).text
    assert {one["member_id"] for one in due} == {str(one) for one in children}
    assert {(one["slot"], one["purpose"], one["state"]) for one in due} == {("return", "school", "due")}
    assert all(one["id"] in route for one in due)
    async with world.browser(there) as browser:
        for language, words in (("en", "Check on the return"), ("km", "ការពិនិត្យពេលត្រឡប់មកវិញ")):
            await browser.post("/language", data={"language": language})
            assert words in seen((await browser.get("/follow-ups?whose=all")).text)
    world.clock = clock_on(back + timedelta(days=15))
    await tick(world.worker, world.clock)
    rows = await world.owner_rows("SELECT member_id, unconfirmed_since FROM followed_children")
    assert {row["member_id"]: row["unconfirmed_since"] for row in rows} == dict.fromkeys(
        children, date(2026, 6, 29)
    )


async def test_the_word_that_they_were_back_earlier_puts_off_no_check_that_had_begun(world: World) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    there = await monitor(world)
    leaving, back, told = date(2026, 5, 4), date(2026, 6, 15), date(2026, 6, 8)
    world.clock = clock_on(leaving)
    days = {"away_from": leaving.isoformat(), "away_until": back.isoformat()}
    absence = (await leaves(world, there, household, piseth, **days)).json()["items"][0]["id"]
    for today, said, opens in (
        (told, date(2026, 6, 1), told),
        (date(2026, 7, 20), date(2026, 6, 1), told),
        (date(2026, 7, 20), date(2026, 5, 30), told),
    ):
        world.clock = clock_on(today)
        assert (await returns(world, there, absence, said)).status_code == 200
        (check,) = await world.owner_rows("SELECT opens_on FROM follow_ups WHERE protocol = 'on_return'")
        assert check["opens_on"] == opens


async def test_who_is_said_to_be_back_long_after_has_a_check_from_then_and_the_page_says_so(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    there = await world.person("supervisor@KPT")
    gone, back, told = date(2026, 5, 5), date(2026, 5, 20), date(2026, 6, 15)
    world.clock = clock_on(gone)
    await found_at_home(world, household, bopha, date(2026, 4, 21))
    left = {"because": "moved", "left_on": gone.isoformat(), "note": "With an aunt in Poipet"}
    ended = {"because": "came_back", "ended_on": back.isoformat()}
    async with world.client(there) as client:
        assert (
            await client.post(f"/households/{household.id}/members/{bopha}/leave", json=left)
        ).status_code == 201
        (leaving,) = await world.owner_rows("SELECT id FROM leavings")
        address = f"/leavings/{leaving['id']}/end"
        world.clock = clock_on(told)
        async with world.browser(there) as browser:
            assert "the first on Mon 15 Jun" in seen((await browser.get(address, params=ended)).text)
        assert (await client.post(address, json=ended)).status_code == 200
    (check,) = await world.owner_rows(
        "SELECT opens_on, closes_on FROM follow_ups WHERE protocol = 'on_return'"
    )
    assert tuple(check.values()) == (told, date(2026, 6, 29))


async def test_the_word_that_they_did_not_go_takes_the_check_away_and_no_silence_with_it(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    children = people["Piseth"], people["Bopha"]
    for seen_on in (date(2026, 2, 12), date(2026, 3, 12), date(2026, 4, 13)):
        world.clock = clock_on(seen_on)
        for one in children:
            await found_at_home(world, household, one, seen_on)
    there = await monitor(world)
    leaving, back = date(2026, 5, 4), date(2026, 6, 1)
    world.clock = clock_on(leaving)
    days = {"away_from": leaving.isoformat(), "away_until": back.isoformat()}
    gone = (await leaves(world, there, household, *children, **days)).json()["items"]
    piseth, bopha = ({one["member_id"]: one["id"] for one in gone}[str(who)] for who in children)
    world.clock = clock_on(date(2026, 6, 15))
    assert (await returns(world, there, bopha, leaving)).status_code == 200
    assert await return_checks(world) == {children[0]: None}
    missed, next_missed = date(2026, 6, 15), date(2026, 8, 12)
    for today, of_who_never_left in ((date(2026, 6, 20), None), (date(2026, 8, 20), next_missed)):
        world.clock = clock_on(today)
        refused = await returns(world, there, piseth, leaving)
        assert [one["field"] for one in refused.json()["errors"]] == ["back_on"]
        assert "nobody has confirmed" in refused.text
        await tick(world.worker, world.clock)
        assert await unconfirmed(world) == {children[0]: missed, children[1]: of_who_never_left}
    async with world.browser(there) as browser:
        told = (await browser.post(f"/absences/{piseth}/end", data={"back_on": leaving.isoformat()})).text
    assert "Record first the visit" in seen(told)
    await found_at_home(world, household, children[0], date(2026, 6, 20))
    assert await return_checks(world) == {children[0]: "done_late"}
    assert (await returns(world, there, piseth, leaving)).status_code == 200
    assert await return_checks(world) == {}
    assert await unconfirmed(world) == dict.fromkeys(children, next_missed)


async def test_of_who_did_not_go_what_was_missed_on_the_return_was_missed_before(world: World) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    there = await monitor(world)
    world.clock = clock_on(LEAVING)
    await found_at_home(world, household, piseth, LEAVING)
    absence = (await leaves(world, there, household, piseth)).json()["items"][0]["id"]
    world.clock = clock_on(date(2026, 6, 10))
    await tick(world.worker, world.clock)
    on_the_return = (await unconfirmed(world))[piseth]
    assert on_the_return is not None
    assert on_the_return > RETURN
    assert (await returns(world, there, absence, LEAVING)).status_code == 200
    on_its_day = (await unconfirmed(world))[piseth]
    assert on_its_day is not None
    assert on_its_day < RETURN
    assert await due_of(world, piseth) < RETURN


async def return_checks(world: World) -> dict[UUID, str | None]:
    rows = await world.owner_rows("SELECT member_id, settled FROM follow_ups WHERE protocol = 'on_return'")
    return {one["member_id"]: one["settled"] for one in rows}


async def unconfirmed(world: World) -> dict[UUID, date | None]:
    rows = await world.owner_rows("SELECT member_id, unconfirmed_since FROM followed_children")
    return {one["member_id"]: one["unconfirmed_since"] for one in rows}
