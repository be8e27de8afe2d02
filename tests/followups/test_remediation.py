"""Out of child labour: derived from the records as they stand, and said to hold no more where they fall away."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.followups.rules.consequences import Consequence, ConsequenceKind, Ended
from livelihood.followups.rules.facts import Household, Member, Mode, Outcome
from livelihood.followups.rules.measures import measured
from livelihood.followups.rules.numbers import NumberKey
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    LearntFrom,
    Observation,
    Whereabouts,
    WhereaboutsState,
    Work,
)
from tests.desk.test_today import seen
from tests.followups.families import OUT, SPOKE, at, child, family, grant, plan, visit
from tests.followups.lives import Child, Found, Life, Visited
from tests.followups.remediation_model import remediated
from tests.followups.stories import PAID, clock_on, paid_family
from tests.followups.test_visits import recorded
from tests.support.families import members_of
from tests.support.world import World

DAY = timedelta(days=1)
LABOUR, NONE = Work(economic_hours=30, chore_hours=2), Work(economic_hours=0, chore_hours=2)
TOLD = Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER)
REGISTER = Education(EducationState.FORMAL, learnt_from=LearntFrom.REGISTER)
ALONE = Whereabouts(WhereaboutsState.AWAY_ALONE)
FIRST, SECOND = PAID + 49 * DAY, PAID + 171 * DAY
WELL = (SPOKE, NONE)
SAID: list[tuple[Details, ...]] = [
    WELL,
    WELL,
    WELL,
    (LABOUR,),
    (OUT,),
    (ALONE,),
    (SPOKE,),
    (Education(EducationState.FORMAL), NONE),
]


def standing(found: Any) -> list[tuple[date, UUID | None]]:
    return [(one.happened_on, one.cause_id) for one in of_kind(found) if one.ended_on is None]


def of_kind(found: Any) -> list[Consequence]:
    return [one for one in found.consequences if one.kind is ConsequenceKind.REMEDIATED]


def remembered(household: Household, day: date) -> tuple[Any, Household]:
    """As a worker of that day leaves it."""
    found = plan(household, day)
    kept = tuple(
        one if one.recorded_at else msgspec.structs.replace(one, recorded_at=at(day, 18))
        for one in found.consequences
    )
    return found, msgspec.structs.replace(household, happened=kept)


def told(who: Member) -> Household:
    """Found in child labour, and twice out of it."""
    made = [
        visit(PAID, (who, LABOUR)),
        *(visit(day, *((who, one) for one in WELL)) for day in (FIRST, SECOND)),
    ]
    found, household = remembered(family(who, visits=tuple(made)), SECOND)
    assert len(standing(found)) == 1
    return household


def with_visit(
    household: Household, who: Member, day: date, said: tuple[Details, ...], on: date
) -> Household:
    one, findings = visit(day, *((who, details) for details in said), recorded_on=on)
    return msgspec.structs.replace(
        household,
        visits=(*household.visits, one),
        observations=(*household.observations, *findings),
    )


def without_visit(household: Household, number: int) -> Household:
    gone = household.visits[number].id
    return msgspec.structs.replace(
        household,
        visits=tuple(one for one in household.visits if one.id != gone),
        observations=tuple(one for one in household.observations if one.visit_id != gone),
    )


def corrected(household: Household, number: int, details: Details, day: datetime) -> Household:
    """What that visit said of work."""
    wrong = next(
        one
        for one in household.observations
        if one.visit_id == household.visits[number].id and isinstance(one.details, Work)
    )
    mended = Observation(uuid4(), wrong.member_id, None, wrong.happened_on, day, details, supersedes=wrong.id)
    return msgspec.structs.replace(household, observations=(*household.observations, mended))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_without_a_visit_that_it_rested_on_it_holds_no_more(number: int) -> None:
    household = without_visit(told(child()), number)
    found, household = remembered(household, SECOND + 3 * DAY)
    (one,) = of_kind(found)
    assert (one.ended_on, one.ended_because) == (SECOND + 3 * DAY, Ended.TAKEN_BACK)
    assert of_kind(remembered(household, SECOND + 9 * DAY)[0]) == [one]


@pytest.mark.parametrize("number", [1, 2])
def test_where_hours_are_corrected_it_holds_no_more(number: int) -> None:
    day = SECOND + 3 * DAY
    (one,) = of_kind(plan(corrected(told(child()), number, LABOUR, at(day)), day))
    assert (one.ended_on, one.ended_because) == (day, Ended.TAKEN_BACK)


@pytest.mark.parametrize("said", [LABOUR, OUT, ALONE])
@pytest.mark.parametrize("after", [0, 60, 122])
def test_a_late_record_to_the_contrary_ends_it_and_its_withdrawal_gives_it_back(
    said: Details, after: int
) -> None:
    who = child()
    household = told(who)
    before = standing(plan(household, SECOND))
    day = SECOND + 3 * DAY
    late = with_visit(household, who, FIRST + after * DAY, (said,), day)
    found, late = remembered(late, day)
    (one,) = of_kind(found)
    assert (one.ended_on, one.ended_because) == (day, Ended.CONTRARY)
    assert measured(NumberKey.REMEDIATED_FROM_DAYS, found, day) == 0
    again, _ = remembered(without_visit(late, -1), day + DAY)
    assert standing(again) == before
    assert len(of_kind(again)) == 1
    assert measured(NumberKey.REMEDIATED_FROM_DAYS, again, day) == 1


def test_a_true_one_later_stands_with_its_own_day_and_finding() -> None:
    who = child()
    household = with_visit(told(who), who, FIRST + 60 * DAY, (LABOUR,), SECOND + 3 * DAY)
    _, household = remembered(household, SECOND + 3 * DAY)
    for day in (SECOND + 100 * DAY, SECOND + 200 * DAY):
        household = with_visit(household, who, day, WELL, day)
        found, household = remembered(household, day)
    first, second = of_kind(found)
    assert (first.happened_on, first.ended_because) == (SECOND, Ended.CONTRARY)
    work = [one.id for one in household.observations if one.details == NONE]
    assert (second.happened_on, second.cause_id, second.ended_on) == (SECOND + 100 * DAY, work[2], None)


def test_who_was_missing_in_between_by_closed_doors_is_not_out_of_it() -> None:
    who = child()
    household = told(who)
    doors = [visit(FIRST + days * DAY, outcome=Outcome.NOT_FOUND)[0] for days in (20, 27, 34)]
    searched = msgspec.structs.replace(household, visits=(*household.visits, *doors))
    assert standing(plan(searched, SECOND))
    assert not standing(plan(msgspec.structs.replace(searched, anchors=(grant(PAID),)), SECOND))


@pytest.mark.parametrize(
    ("went", "besides", "mode"),
    [
        # The family was met and the child found in the register: nobody who asked of their work saw them.
        ((TOLD, NONE), REGISTER, Mode.REGISTER),
        # Seen by somebody who heard nothing of school, which was told by telephone.
        ((NONE,), TOLD, Mode.PHONE),
    ],
)
def test_what_a_visit_in_person_did_not_find_itself_makes_nobody_remediated(
    went: tuple[Details, ...], besides: Education, mode: Mode
) -> None:
    who = child()
    made = [visit(PAID, (who, LABOUR))]
    for day in (FIRST, SECOND):
        one, found = visit(day, *((who, said) for said in went))
        there = frozenset({who.id} if mode is Mode.PHONE else ())
        made += [
            (msgspec.structs.replace(one, present=there), found),
            visit(day, (who, besides), mode=mode),
        ]
    assert not standing(plan(family(who, visits=tuple(made)), SECOND))
    in_person = [(msgspec.structs.replace(one, mode=Mode.IN_PERSON), found) for one, found in made]
    assert standing(plan(family(who, visits=tuple(in_person)), SECOND))


@given(
    st.lists(
        st.tuples(st.integers(0, 700), st.sampled_from(SAID), st.integers(0, 300)), min_size=3, max_size=9
    )
)
def test_what_stands_is_what_the_records_say_whatever_was_told_before(
    happenings: list[tuple[int, tuple[Details, ...], int]],
) -> None:
    """As the records come in, in the order in which they arrive, against a model of its own."""
    born = date(2016, 5, 20)
    who = child(born)
    household = family(who)
    life = Life(household.id, "KPT", 1, PAID, {who.id: Child(born, PAID)})
    happenings = sorted(happenings, key=lambda one: one[0] + one[2])
    days = [PAID + (offset + late) * DAY for offset, _, late in happenings]
    for (offset, said, _), arrived in zip(happenings, days, strict=True):
        day = PAID + offset * DAY
        household = with_visit(household, who, day, said, arrived)
        visited = Visited(household.visits[-1].id, day, Outcome.MET, Mode.IN_PERSON)
        life.log += [visited, *(Found(visited, who.id, day, one) for one in said)]
        found, household = remembered(household, arrived)
        assert sorted(on for on, _ in standing(found)) == remediated(life, who.id, ())
        ids = [(one.happened_on, one.cause_id) for one in of_kind(found)]
        assert len(ids) == len(set(ids))


async def test_on_the_timeline(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    labour = {"kind": "work", "economic_hours": 30, "chore_hours": 2}
    well = [{"kind": "work", "economic_hours": 0, "chore_hours": 2}, {"kind": "education", "state": "formal"}]
    visits: list[str] = []
    for day, said in ((date(2026, 2, 12), [labour]), (date(2026, 3, 12), well), (date(2026, 7, 13), well)):
        world.clock = clock_on(day)
        findings = [{"member_id": str(bopha), "details": one} for one in said]
        made = await recorded(
            world, household.id, happened_on=day.isoformat(), present=[str(bopha)], findings=findings
        )
        visits.append(made["visit"]["id"])
    monitor = await world.person("monitor@KPT")

    async def timeline(language: str = "en") -> str:
        async with world.browser(monitor) as browser:
            await browser.post("/language", data={"language": language})
            return seen((await browser.get(f"/households/{household.id}")).text)

    assert "Out of child labour" in await timeline()
    assert "Not out of child labour after all" not in await timeline()
    async with world.client(monitor) as client:
        gone = await client.post(f"/visits/{visits[2]}/withdrawal", json={"reason": "The house next door"})
        assert gone.status_code < 300, gone.text
    shown = await timeline()
    assert "Not out of child labour after all" in shown
    assert "a record that it rested on was withdrawn or corrected" in shown
    assert "មិនទាន់រួចផុតពីពលកម្មកុមារទេ" in await timeline("km")
    (row,) = await world.owner_rows("SELECT * FROM consequences WHERE kind = 'remediated'")
    assert (row["happened_on"], row["ended_because"]) == (date(2026, 7, 13), "taken_back")
