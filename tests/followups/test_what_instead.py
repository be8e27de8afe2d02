"""A young person out of school of whom nobody knows what they do instead is asked after again, or silence begins."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import Mode
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    Instead,
    LearntFrom,
    Placement,
    PlacementState,
    Work,
)
from tests.desk.test_today import seen
from tests.followups.families import SPOKE, child, family, grant, plan, visit
from tests.followups.stories import PAID, anchored, clock_on, monitor
from tests.followups.test_roll_calls import line, roll, school_of
from tests.followups.test_visits import education, recorded
from tests.support.families import member, members_of, registered
from tests.support.world import World

OFF = Education(EducationState.NONE, learnt_from=LearntFrom.REGISTER)
FOUND = date(2026, 7, 13)
DECENT, TOO_MUCH = Work(economic_hours=20), Work(economic_hours=50)
SAYS: list[Details] = [
    SPOKE,
    DECENT,
    TOO_MUCH,
    Placement(PlacementState.NOT_WORKING),
    Education(EducationState.NONE, instead=Instead.NEITHER),
]
SAYS_NOTHING: list[Details] = [
    OFF,
    Education(EducationState.NONE, instead=Instead.WORK),
    Education(EducationState.UNKNOWN),
    Placement(PlacementState.UNKNOWN),
]


def asked_after(
    *later: tuple[int, Details], before: Details | None = None, born: date = date(2010, 1, 1)
) -> tuple[list[FollowUp], Any]:
    """The questions about a child not on the register on that day, and the whole plan, two months after."""
    who = child(born)
    visits = [visit(PAID + timedelta(days=day), (who, SPOKE)) for day in (31, 59, 94)]
    visits += [visit(FOUND - timedelta(days=20), (who, before))] if before else []
    visits.append(visit(FOUND, (who, OFF), mode=Mode.REGISTER))
    visits += [visit(FOUND + timedelta(days=days), (who, said)) for days, said in later]
    found = plan(family(who, anchors=(grant(PAID),), visits=tuple(visits)), FOUND + timedelta(days=60))
    return [one for one in found.follow_ups if one.slot == "instead_day_14"], found


@given(st.sampled_from(SAYS), st.integers(1, 21))
def test_whatever_says_what_they_do_answers_it(said: Details, days: int) -> None:
    (one,), _ = asked_after((days, said))
    assert (one.settled, one.settled_on) == (Settled.DONE, FOUND + timedelta(days=days))


@given(st.sampled_from(SAYS_NOTHING))
def test_what_does_not_say_leaves_it_to_silence(said: Details) -> None:
    questions, found = asked_after((15, said))
    one = questions[0]
    assert one.settled is None
    assert found.followed[0].unconfirmed_since == one.closes_on
    assert found.alerts == ()


@pytest.mark.parametrize("born", [date(2012, 1, 1), date(2011, 7, 14)])
def test_of_younger_children_nothing_is_asked_but_school(born: date) -> None:
    questions, found = asked_after(born=born)
    assert questions == []
    assert len(found.alerts) == 1


def test_work_of_before_they_left_does_not_say_what_they_do_now() -> None:
    questions, _ = asked_after(before=DECENT)
    assert len(questions) == 1
    # That was no decent work is known well enough to look for them.
    questions, found = asked_after(before=TOO_MUCH)
    assert questions == []
    assert len(found.alerts) == 1


def test_who_is_known_to_work_since_they_left_is_not_asked_at_every_roll_call() -> None:
    questions, _ = asked_after((5, DECENT), (30, OFF))
    assert [one.due_on for one in questions] == [FOUND + timedelta(days=14)]


async def test_on_the_pages_and_over_the_api(world: World) -> None:
    school = await school_of(world)
    people = [member("Dara", "1985-03-02", "head"), member("Bopha", "2010-01-01", "daughter")]
    household = await registered(world, await world.person("caseworker@KPT"), members=people)
    await anchored(world, household.id)
    bopha = (await members_of(world, household))["Bopha"]
    person = await monitor(world)
    day = PAID + timedelta(days=31)
    world.clock = clock_on(day)
    await tick(world.worker, world.clock)
    async with world.client(person) as client:
        made = await client.post(
            "/roll-calls", json=roll(school, line(bopha, "off"), happened_on=day.isoformat())
        )
        assert made.status_code == 201, made.text
    (row,) = await world.owner_rows("SELECT id FROM visits")
    world.clock = clock_on(day + timedelta(days=12))
    async with world.client(person) as client:
        (due,) = [one for one in await worklist(client) if one["slot"] == "instead_day_14"]
    assert (due["purpose"], due["due_on"], due["member_id"]) == ("home", "2026-02-26", str(bopha))
    async with world.browser(person) as browser:
        told = seen((await browser.get(f"/visits/{row['id']}")).text)
        form = seen((await browser.get(f"/visits/new?household={household.id}")).text)
    assert "what Sok Bopha does instead of school: an extra check asks for it on" in told
    assert "Extra check: what they do instead of school" in form
    assert "Ask how many hours they work." in form
    async with world.browser(person) as browser:
        await browser.post("/language", data={"language": "km"})
        for page in (f"/visits/new?household={household.id}", f"/households/{household.id}"):
            assert "ពិនិត្យបន្ថែម៖ " in (await browser.get(page)).text, page
    await answered(world, household.id, bopha)
    async with world.client(person) as client:
        assert [one for one in await worklist(client) if one["slot"] == "instead_day_14"] == []


async def worklist(client: Any) -> list[dict[str, Any]]:
    villages = (await client.get("/worklist")).json()["villages"]
    return [one for village in villages for family in village["households"] for one in family["follow_ups"]]


async def answered(world: World, household: UUID, child_id: UUID) -> None:
    """Being there answers nothing by itself, nor does hearing again that they are not in school."""
    for findings, settled in (
        ([], None),
        ([education(child_id, state="none")], None),
        ([{"member_id": str(child_id), "details": {"kind": "work", "economic_hours": 20}}], "done"),
    ):
        day = world.clock.today().isoformat()
        await recorded(world, household, happened_on=day, present=[str(child_id)], findings=findings)
        rows = await world.owner_rows(
            "SELECT settled FROM follow_ups WHERE slot = 'instead_day_14' ORDER BY due_on LIMIT 1"
        )
        assert rows[0]["settled"] == settled
