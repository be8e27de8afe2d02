"""The school calendar of a province, as policy says it."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import msgspec

from livelihood.followups import service
from livelihood.followups.glance import DayKind, year_at_a_glance
from livelihood.followups.queries.policy import calendar_of, fingerprint
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.calendar import SchoolYear, Term, calendar
from livelihood.followups.rules.calendar_drafts import holiday_faults
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS, NumberKey, Numbers, PolicyNumber
from livelihood.followups.rules.policy import (
    Closure,
    ClosureGone,
    ClosureSet,
    Holiday,
    HolidaySet,
    NewVersion,
    NumberSet,
    Policy,
    YearSet,
    changed,
    concerned,
)
from livelihood.followups.rules.protocols import SHIPPED
from tests.followups.policies import closure, drafted, in_force, previewed
from tests.followups.stories import PAID, clock_on
from tests.support.families import registered
from tests.support.places import KPT, SVR
from tests.support.world import World

YEAR = SchoolYear("2026/27", date(2026, 11, 2), date(2027, 8, 31))
POLICY = Policy(SHIPPED, (YEAR,), (), (), SHIPPED_NUMBERS)
KAMPONG_THOM, KAMPOT = "06", "07"


def test_between_two_terms_schools_are_shut() -> None:
    terms = (Term(date(2026, 11, 9), date(2027, 3, 26)), Term(date(2027, 4, 19), date(2027, 8, 27)))
    open_days = calendar([msgspec.structs.replace(YEAR, terms=terms)], Numbers(SHIPPED_NUMBERS))
    for day, on_vacation in (
        (date(2026, 11, 6), True),
        (date(2026, 11, 9), False),
        (date(2027, 3, 26), False),
        (date(2027, 3, 29), True),
        (date(2027, 4, 16), True),
        (date(2027, 4, 19), False),
        (date(2027, 8, 30), True),
    ):
        assert open_days.on_vacation(day) is on_vacation, day
        assert open_days.is_school_day(day) is not on_vacation, day


def test_a_closure_of_one_province_shuts_no_school_elsewhere() -> None:
    flood = Closure(uuid4(), date(2026, 11, 16), date(2026, 11, 27), KAMPONG_THOM)
    policy = changed(POLICY, ClosureSet(flood, "Flood", assumed=False, source="Provincial office"))
    assert calendar_of(policy, KAMPONG_THOM).on_vacation(date(2026, 11, 20))
    assert calendar_of(policy, KAMPOT).is_school_day(date(2026, 11, 20))
    assert calendar_of(policy, KAMPOT) is calendar_of(policy, "20")
    assert changed(policy, ClosureGone(flood, "Flood")) == POLICY


def test_what_is_said_of_a_province_goes_before_what_is_said_of_all() -> None:
    day = date(2026, 11, 18)
    policy = msgspec.structs.replace(
        POLICY,
        holidays=(
            Holiday(uuid4(), day, is_holiday=True),
            Holiday(uuid4(), day, is_holiday=False, province=KAMPOT),
        ),
    )
    assert not calendar_of(policy, KAMPONG_THOM).is_school_day(day)
    assert calendar_of(policy, KAMPOT).is_school_day(day)


def test_from_its_day_on_schools_are_open_on_saturdays_too() -> None:
    six = PolicyNumber(NumberKey.SCHOOL_DAYS_A_WEEK, date(2027, 1, 4), 6, "Ministry")
    policy = changed(POLICY, NumberSet(six))
    days = calendar_of(policy, KAMPOT)
    assert not days.is_school_day(date(2026, 12, 19))
    assert days.is_school_day(date(2027, 1, 9))
    assert not days.is_school_day(date(2027, 1, 10))
    assert days.first_school_day(date(2027, 1, 16)) == date(2027, 1, 16)
    glance = year_at_a_glance(days, YEAR, Numbers(policy.numbers))
    kinds = {day.on: day.kind for month in glance for week in month.weeks for day in week if day}
    assert kinds[date(2026, 12, 19)] is kinds[date(2027, 1, 10)] is DayKind.WEEKEND
    assert kinds[date(2027, 1, 9)] is DayKind.SCHOOL
    saturday = Holiday(uuid4(), date(2027, 1, 9), is_holiday=True)
    said = HolidaySet(saturday, "Mourning", assumed=False, source="Decree")
    assert not holiday_faults(policy, said, {}, calendar_of)
    (fault,) = holiday_faults(POLICY, said, {}, calendar_of)
    assert "without school anyway" in str(fault.message)


def test_whom_a_change_concerns() -> None:
    flood = Closure(uuid4(), date(2026, 11, 16), date(2026, 11, 27), KAMPONG_THOM)
    said = ClosureSet(flood, "Flood", assumed=False, source="Provincial office")
    assert concerned(POLICY, said).province == KAMPONG_THOM
    elsewhere = msgspec.structs.replace(said, closure=msgspec.structs.replace(flood, province=KAMPOT))
    assert concerned(changed(POLICY, said), elsewhere).province is None
    assert concerned(POLICY, YearSet(YEAR, assumed=False, source="Ministry")).anchors is None
    tracer = next(one for one in SHIPPED if one.key == "placement_tracer")
    assert concerned(POLICY, NewVersion(tracer)).anchors == tracer.anchors


def test_a_fingerprint_is_that_of_one_policy() -> None:
    assert fingerprint(POLICY) == fingerprint(msgspec.structs.replace(POLICY))
    assert fingerprint(POLICY) != fingerprint(msgspec.structs.replace(POLICY, years=()))


async def test_each_family_is_planned_by_the_schools_of_its_own_province(world: World) -> None:
    manager = await world.person("manager")
    families: dict[str, UUID] = {}
    world.clock = clock_on(PAID)
    for office, village in (("KPT", KPT), ("SVR", SVR)):
        caseworker = await world.person(f"caseworker@{office}")
        household = await registered(world, caseworker, village_code=village)
        families[office] = household.id
        async with world.work(caseworker) as uow:
            await service.set_anchor(
                uow,
                kind=AnchorKind.GRANT,
                source_id=uuid4(),
                household_id=household.id,
                office_id=household.office_id,
                on=PAID,
                clock=world.clock,
            )
    await tick(world.worker, world.clock)

    async def month_1() -> dict[str, tuple[str, date]]:
        rows = await world.owner_rows(
            "SELECT DISTINCT household_id, purpose, due_on FROM follow_ups WHERE slot = 'month_1' AND "
            "planned_purpose = 'school'"
        )
        of = {row["household_id"]: (row["purpose"], row["due_on"]) for row in rows}
        return {office: of[household_id] for office, household_id in families.items()}

    due = date(2026, 2, 12)
    assert await month_1() == {"KPT": ("school", due), "SVR": ("school", due)}
    mourning = {
        "name": "Mourning",
        "day": due.isoformat(),
        "is_holiday": True,
        "province": "06",
        "source": "Decree",
    }
    flood = closure("2026-02-10", "2026-02-20", province="20")
    for kind, body in (("holiday", mourning), ("closure", flood)):
        preview = await drafted(world, manager, kind, body, world.clock)
        await previewed(world, manager, preview, world.clock)
        await in_force(world, manager, preview, world.clock)
    assert await month_1() == {"KPT": ("school", due + timedelta(days=1)), "SVR": ("home", due)}
