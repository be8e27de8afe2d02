"""The school calendar of a province, as policy says it."""

from datetime import date
from uuid import uuid4

import msgspec

from livelihood.followups.queries.policy import calendar_of, fingerprint
from livelihood.followups.rules.calendar import SchoolYear, Term, calendar
from livelihood.followups.rules.policy import (
    Closure,
    ClosureGone,
    ClosureSet,
    Holiday,
    NewVersion,
    Policy,
    YearSet,
    changed,
    concerned,
)
from livelihood.followups.rules.protocols import SHIPPED

YEAR = SchoolYear("2026/27", date(2026, 11, 2), date(2027, 8, 31))
POLICY = Policy(SHIPPED, (YEAR,), (), ())
KAMPONG_THOM, KAMPOT = "06", "07"


def test_between_two_terms_schools_are_shut() -> None:
    terms = (Term(date(2026, 11, 9), date(2027, 3, 26)), Term(date(2027, 4, 19), date(2027, 8, 27)))
    open_days = calendar([msgspec.structs.replace(YEAR, terms=terms)])
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
