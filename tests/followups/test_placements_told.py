"""What becomes of who completed a course is learnt by a call too: it answers that one question, and no other."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.followups.reconcile import tick
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Anchor, AnchorKind, Household
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import Settled
from livelihood.observations.rules import (
    Education,
    EducationState,
    Instead,
    Observation,
    Placement,
    PlacementState,
    ToldBy,
    ToldHow,
)
from tests.followups.families import DAYS, OUT, at, child, families, family, plan
from tests.followups.stories import PAID, clock_on, monitor
from tests.followups.test_api import MONTH_1, visit
from tests.followups.test_who_reads import rows, trained_family
from tests.support.world import Person, World

DAY = timedelta(days=1)
# Of that age in the first years of the families that are made here.
SIXTEEN = date(2009, 1, 1)
# Who is out of school at that age and does nothing instead is looked after.
IDLE = Education(EducationState.NONE, instead=Instead.NEITHER)
WORKS = Placement(PlacementState.EMPLOYED_RELEVANT, "", ToldBy.EMPLOYER, ToldHow.PHONE)
TOLD = st.builds(
    Placement,
    st.sampled_from(PlacementState),
    told_by=st.none() | st.sampled_from(ToldBy),
    told_how=st.none() | st.sampled_from(ToldHow),
)


def told(member_id: UUID, day: date, details: Placement = WORKS) -> Observation:
    return Observation(uuid4(), member_id, None, day, at(day), details)


def besides(found: Plan) -> tuple[object, ...]:
    """All that is asked and alarmed of, but for the placements."""
    follow_ups = [one for one in found.follow_ups if one.purpose is not Purpose.PLACEMENT]
    return follow_ups, found.alerts, found.consequences, found.followed


@given(families(), st.lists(st.tuples(DAYS, TOLD), min_size=1, max_size=3), DAYS, DAYS)
def test_what_is_told_of_a_trainee_changes_nothing_but_the_placement_checks(
    household: Household, said: list[tuple[date, Placement]], completed_on: date, today: date
) -> None:
    """Closed doors are counted on, silence goes on, and who was found out of school is looked after still. That somebody
    has no work is heard of who was found so, and is another matter.
    """
    trainee = msgspec.structs.replace(household.members[0], born_on=SIXTEEN)
    idle = any(details.state is PlacementState.NOT_WORKING for _day, details in said)
    course = Anchor(uuid4(), AnchorKind.COURSE, completed_on, completed_on, trainee.id)
    before = msgspec.structs.replace(
        household,
        members=(trainee, *household.members[1:]),
        anchors=(*household.anchors, course),
        observations=tuple(
            msgspec.structs.replace(one, details=IDLE) if one.details == OUT else one
            for one in household.observations
            if not idle or one.details != OUT
        ),
    )
    after = msgspec.structs.replace(
        before,
        observations=(*before.observations, *(told(trainee.id, day, details) for day, details in said)),
    )
    assert besides(plan(after, today)) == besides(plan(before, today))


@pytest.mark.parametrize("state", PlacementState)
@pytest.mark.parametrize("told_by", [None, *ToldBy])
@pytest.mark.parametrize("told_how", [None, *ToldHow])
def test_a_placement_check_is_answered_by_what_says_whose_word_it_is(
    state: PlacementState, told_by: ToldBy | None, told_how: ToldHow | None
) -> None:
    trainee = child(date(2005, 1, 1))
    course = Anchor(uuid4(), AnchorKind.COURSE, PAID, PAID, trainee.id)
    heard = told(trainee.id, MONTH_1, Placement(state, "", told_by, told_how))
    found = plan(family(trainee, anchors=(course,), more=(heard,)), MONTH_1 + DAY)
    answers = told_by is not None and told_how is not None and state is not PlacementState.UNKNOWN
    assert [(one.slot, one.settled_on, one.settled_by) for one in found.follow_ups if one.settled] == (
        [("month_1", MONTH_1, heard.id)] if answers else []
    )
    late = plan(
        family(
            trainee,
            anchors=(course,),
            more=(msgspec.structs.replace(heard, recorded_at=at(MONTH_1 + 60 * DAY)),),
        ),
        MONTH_1 + 61 * DAY,
    )
    settled = {one.settled for one in late.follow_ups if one.slot == "month_1"}
    assert settled == {Settled.DONE_LATE if answers else None}


def of(member_id: UUID, day: date = MONTH_1, **changes: object) -> dict[str, Any]:
    """What a trainer sends; `changes` are of the details."""
    details = {"kind": "placement", "state": "employed_relevant", "told_by": "trainee", "told_how": "phone"}
    sent = {name: value for name, value in {**details, **changes}.items() if value is not None}
    return {"member_id": str(member_id), "happened_on": day.isoformat(), "details": sent}


async def post(world: World, who: Person, household: Household, body: dict[str, Any]) -> Any:
    async with world.client(who) as client:
        return await client.post(f"/households/{household.id}/observations", json=body)


async def states(world: World, household: Household, member_id: UUID) -> dict[tuple[str, str], str]:
    found = await rows(world, await monitor(world), f"/households/{household.id}/follow-ups")
    return {
        (one["purpose"], one["slot"]): one["state"] for one in found if one["member_id"] == str(member_id)
    }


async def test_a_trainers_call_settles_the_placement_check_at_once_and_leaves_the_child_unconfirmed(
    world: World,
) -> None:
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    before = await states(world, household, people["Piseth"])
    silent = "SELECT * FROM followed_children WHERE household_id = $1 ORDER BY member_id"
    unconfirmed = await world.owner_rows(silent, household.id)
    made = await post(world, trainer, household, of(people["Piseth"]))
    assert made.status_code == 201, made.text
    after = await states(world, household, people["Piseth"])
    assert (before[("placement", "month_1")], after[("placement", "month_1")]) == ("due", "done")
    changed = {key for key, state in after.items() if before[key] != state}
    assert changed == {("placement", "month_1")}
    await tick(world.worker, world.clock)
    assert await states(world, household, people["Piseth"]) == after
    assert await world.owner_rows(silent, household.id) == unconfirmed
    assert unconfirmed


async def test_a_trainers_call_begins_no_count_of_closed_doors_anew(world: World) -> None:
    household, people = await trained_family(world)
    closed, trainer = await monitor(world), await world.person("trainer@KPT")
    for days in range(1, 4):
        day = MONTH_1 + days * DAY
        world.clock = clock_on(day)
        async with world.client(closed) as client:
            tried = visit(household.id, day, outcome="not_found")
            assert (await client.post("/visits", json=tried)).status_code == 201
        called = await post(world, trainer, household, of(people["Piseth"], day))
        assert called.status_code == 201, called.text
    alerts = await rows(world, closed, "/alerts")
    missing = {one["member_id"] for one in alerts if one["kind"] == "missing_child"}
    assert missing == {str(people["Piseth"]), str(people["Bopha"])}


async def test_of_whom_and_of_what_day_a_trainer_may_speak(world: World) -> None:
    """Whoever completed no course is answered as if absent, in the same words as somebody who does not exist."""
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    counted = await world.owner_rows("SELECT count(*) FROM observations")
    absent = await post(world, trainer, household, of(uuid4()))
    assert absent.status_code == 404
    for name in ("Bopha", "Dara"):
        refused = await post(world, trainer, household, of(people[name]))
        assert (refused.status_code, refused.json()["detail"]) == (404, absent.json()["detail"]), name
    elsewhere = await post(world, await world.person("trainer@KMP"), household, of(people["Piseth"]))
    assert elsewhere.status_code == 404
    for body, fields in (
        (of(people["Piseth"], MONTH_1 + DAY), ["happened_on"]),
        (of(people["Piseth"], PAID - DAY), ["happened_on"]),
        (of(people["Piseth"], told_by=None), ["details.told_by"]),
        (
            of(people["Piseth"], PAID - DAY, told_by=None, told_how=None),
            ["happened_on", "details.told_by", "details.told_how"],
        ),
    ):
        refused = await post(world, trainer, household, body)
        assert refused.status_code == 422, refused.text
        assert [one["field"] for one in refused.json()["errors"]] == fields
    assert await world.owner_rows("SELECT count(*) FROM observations") == counted
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "due"


async def test_a_call_that_is_sent_twice_is_one(world: World) -> None:
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    body = {**of(people["Piseth"]), "id": str(uuid4())}
    first, again = [await post(world, trainer, household, body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["details"]["told_by"] == "trainee"
    placements = await world.owner_rows("SELECT id FROM observations WHERE kind = 'placement'")
    assert len(placements) == 1


async def test_the_very_same_of_one_day_is_recorded_once_and_another_word_goes_to_a_supervisor(
    world: World,
) -> None:
    household, people = await trained_family(world)
    trainer = await world.person("trainer@KPT")
    assert (await post(world, trainer, household, of(people["Piseth"]))).status_code == 201
    again = await post(world, trainer, household, of(people["Piseth"]))
    assert again.status_code == 422
    assert [one["field"] for one in again.json()["errors"]] == ["happened_on"]
    assert "already" in again.json()["errors"][0]["message"]
    other = await post(world, trainer, household, of(people["Piseth"], state="not_working"))
    assert other.status_code == 201
    supervisor = await world.person("supervisor@KPT")
    (day,) = await rows(world, supervisor, "/reviews")
    assert (day["household_id"], day["contested"]) == (str(household.id), 1)


async def test_a_correction_that_takes_away_whose_word_it_was_has_the_check_due_again_at_once(
    world: World,
) -> None:
    household, people = await trained_family(world)
    made = await post(world, await world.person("trainer@KPT"), household, of(people["Piseth"]))
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "done"
    nameless = of(people["Piseth"], told_by=None, told_how=None)
    body = {**nameless, "supersedes": made.json()["id"], "reason": "Nobody was asked"}
    corrected = await post(world, await monitor(world), household, body)
    assert corrected.status_code == 201, corrected.text
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "due"


async def test_who_visits_records_what_was_told_of_anybody_and_settles_the_check_by_whose_word_it_is(
    world: World,
) -> None:
    household, people = await trained_family(world)
    visits = await monitor(world)
    nameless = of(people["Piseth"], told_by=None, told_how=None)
    for body in (nameless, of(people["Bopha"], told_by=None, told_how=None)):
        assert (await post(world, visits, household, body)).status_code == 201
    await tick(world.worker, world.clock)
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "due"
    assert (await post(world, visits, household, of(people["Bopha"]))).status_code == 404
    assert (await post(world, visits, household, of(people["Piseth"]))).status_code == 201
    assert (await states(world, household, people["Piseth"]))[("placement", "month_1")] == "done"
