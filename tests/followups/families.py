"""Families, visits and findings for tests of the schedule, by hand and at random."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st

from livelihood.followups.rules.calendar import Calendar, SchoolYear, Vacation, calendar
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.facts import (
    Anchor,
    AnchorKind,
    Because,
    Household,
    Leaving,
    Member,
    Mode,
    Outcome,
    Visit,
)
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS, Numbers
from livelihood.followups.rules.protocols import SHIPPED
from livelihood.followups.rules.state import FollowUp
from livelihood.households.rules import BirthPrecision
from livelihood.observations.rules import (
    Business,
    BusinessState,
    Details,
    Education,
    EducationState,
    LearntFrom,
    Observation,
)

YEARS = tuple(
    SchoolYear(f"{year}/{(year + 1) % 100}", date(year, 11, 1), date(year + 1, 8, 31))
    for year in range(2024, 2029)
)
BREAKS = tuple(Vacation(date(year, 4, 5), date(year, 4, 20)) for year in range(2025, 2030))
HOLIDAYS = frozenset(
    date(year, month, day) for year in range(2024, 2030) for month, day in [(1, 7), (5, 1), (11, 9)]
)
NUMBERS = Numbers(SHIPPED_NUMBERS)
CALENDAR: Calendar = calendar(YEARS, NUMBERS, BREAKS, HOLIDAYS)

IN = Education(EducationState.FORMAL)
OUT = Education(EducationState.NONE)
# By the child's own word, to whoever spoke with them.
SPOKE = Education(EducationState.FORMAL, learnt_from=LearntFrom.CHILD)
NOT_LEARNT = Education(EducationState.UNKNOWN)
OPERATING = Business(BusinessState.OPERATING)


def local_day(instant: datetime) -> date:
    return instant.date()


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def child(born_on: date = date(2016, 5, 20), **changes: object) -> Member:
    return Member(uuid4(), born_on, **changes)  # type: ignore[arg-type]


def grant(on: date, recorded_on: date | None = None) -> Anchor:
    return Anchor(uuid4(), AnchorKind.GRANT, on, recorded_on or on)


def visit(
    day: date,
    *findings: tuple[Member | None, Details],
    recorded_on: date | None = None,
    outcome: Outcome = Outcome.MET,
    mode: Mode = Mode.IN_PERSON,
) -> tuple[Visit, tuple[Observation, ...]]:
    arrived = recorded_on or day
    one = Visit(uuid4(), day, outcome, mode, recorded_at=at(arrived))
    return one, tuple(
        Observation(uuid4(), who.id if who else None, one.id, day, at(arrived), details)
        for who, details in findings
    )


def family(
    *members: Member,
    anchors: tuple[Anchor, ...] = (),
    visits: tuple[tuple[Visit, tuple[Observation, ...]], ...] = (),
    more: tuple[Observation, ...] = (),
    left: Leaving | None = None,
) -> Household:
    return Household(
        uuid4(),
        members,
        anchors,
        tuple(one for one, _ in visits),
        (*(finding for _, findings in visits for finding in findings), *more),
        left,
    )


def plan(household: Household, today: date, using: Calendar = CALENDAR, numbers: Numbers = NUMBERS) -> Plan:
    return desired(household, SHIPPED, using, today, local_day, numbers)


def of(found: Plan, slot: str, member: Member | None = None) -> FollowUp:
    """The one follow-up of this slot: a school check, but for the business's day 14."""
    protocol = "business_support" if slot == "day_14" else "school_retention"
    (one,) = [
        follow_up
        for follow_up in found.follow_ups
        if follow_up.slot == slot
        and follow_up.protocol == protocol
        and (member is None or follow_up.member_id == member.id)
    ]
    return one


DAYS = st.dates(date(2024, 11, 1), date(2028, 6, 30))
LEAVINGS = st.none() | st.builds(
    Leaving, DAYS, st.sampled_from([Because.MOVED, Because.DIED, Because.CLOSED])
)
MEMBERS = st.builds(
    Member,
    st.uuids(),
    st.dates(date(2004, 1, 1), date(2024, 1, 1)),
    st.sampled_from(BirthPrecision),
    joined_on=st.just(date.min) | DAYS,
    left=st.one_of(st.none(), LEAVINGS),
)


@st.composite
def families(draw: st.DrawFn) -> Household:
    members = tuple(draw(st.lists(MEMBERS, min_size=1, max_size=3, unique_by=lambda one: one.id)))
    anchors = tuple(
        Anchor(identity, AnchorKind.GRANT, day, day + timedelta(days=delay))
        for identity, day, delay in draw(
            st.lists(
                st.tuples(st.uuids(), DAYS, st.sampled_from([0, 0, 3, 60])),
                max_size=2,
                unique_by=lambda one: one[0],
            )
        )
    )
    visits: list[Visit] = []
    observations: list[Observation] = []
    for _ in range(draw(st.integers(0, 6))):
        day = draw(DAYS)
        arrived = day + timedelta(days=draw(st.sampled_from([0, 0, 1, 40, 200])))
        one = Visit(
            draw(st.uuids()), day, draw(st.sampled_from([Outcome.MET, *Outcome])), recorded_at=at(arrived)
        )
        visits.append(one)
        for member in members:
            details = draw(st.sampled_from([IN, OUT, NOT_LEARNT, None]))
            if details:
                observations.append(
                    Observation(draw(st.uuids()), member.id, one.id, day, at(arrived), details)
                )
        if draw(st.booleans()):
            observations.append(Observation(draw(st.uuids()), None, one.id, day, at(arrived), OPERATING))
    for _ in range(draw(st.integers(0, 2)) if observations else 0):
        wrong = draw(st.sampled_from(observations))
        if isinstance(wrong.details, Education) and not any(o.supersedes == wrong.id for o in observations):
            observations.append(
                Observation(
                    draw(st.uuids()),
                    wrong.member_id,
                    None,
                    wrong.happened_on,
                    wrong.recorded_at + timedelta(days=draw(st.integers(1, 30))),
                    draw(st.sampled_from([IN, OUT, NOT_LEARNT])),
                    supersedes=wrong.id,
                )
            )
    return Household(draw(st.uuids()), members, anchors, tuple(visits), tuple(observations), draw(LEAVINGS))


def ids(found: Plan) -> set[UUID]:
    return {one.id for one in found.follow_ups}
