"""What corrections and late facts do to alerts, and to who is looked for: nobody is alarmed by what never was."""

from datetime import date, timedelta

import msgspec
import pytest

from livelihood.followups.rules.alerts import AlertClosed, AlertKind
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.facts import Absence, Household, Mode, Outcome
from livelihood.followups.rules.protocols import SHIPPED
from livelihood.observations.rules import Details, Observation
from tests.followups.families import (
    CALENDAR,
    IN,
    NOT_LEARNT,
    NUMBERS,
    OUT,
    at,
    child,
    family,
    grant,
    local_day,
    plan,
    visit,
)
from tests.followups.test_missing import missing
from tests.followups.test_silence import PAID, REGISTER, at_visit

DAY = timedelta(days=1)
FOUND = date(2026, 3, 2)


def corrected(household: Household, details: Details, on: date, back: timedelta = timedelta(0)) -> Household:
    """The last form of the first record was wrong."""
    first = household.observations[0]
    last = next((one for one in reversed(household.observations) if one.supersedes), first)
    correction = Observation(
        child().id, first.member_id, None, first.happened_on - back, at(on), details, supersedes=last.id
    )
    return msgspec.structs.replace(household, observations=(*household.observations, correction))


def history(found: Plan, kind: AlertKind) -> list[tuple[date, date | None, AlertClosed | None]]:
    return [(one.opened_on, one.closed_on, one.closed_because) for one in found.alerts if one.kind is kind]


def test_an_alert_taken_back_twice_was_open_until_the_second_time() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),), visits=(visit(FOUND, (who, OUT)),))
    household = corrected(household, IN, FOUND + 5 * DAY)
    taken_back = (FOUND, FOUND + 5 * DAY, AlertClosed.CORRECTED)
    assert history(plan(household, FOUND + 6 * DAY), AlertKind.OUT_OF_SCHOOL) == [taken_back]
    household = corrected(household, OUT, FOUND + 10 * DAY)
    assert history(plan(household, FOUND + 11 * DAY), AlertKind.OUT_OF_SCHOOL) == [(FOUND, None, None)]
    household = corrected(household, IN, FOUND + 20 * DAY)
    taken_back = (FOUND, FOUND + 20 * DAY, AlertClosed.CORRECTED)
    assert history(plan(household, FOUND + 21 * DAY), AlertKind.OUT_OF_SCHOOL) == [taken_back]


def test_a_correction_takes_back_no_alarm_that_only_later_visits_would_have_raised() -> None:
    who = child()
    tried = [visit(FOUND + day * DAY, outcome=Outcome.NOT_FOUND) for day in (1, 40, 50)]
    read = at_visit(visit(FOUND + 9 * DAY, (who, NOT_LEARNT)), mode=Mode.REGISTER)
    household = family(who, anchors=(grant(PAID),), visits=(read, *tried))
    # The child was on the register after all; since then two attempts failed, which are too few.
    household = corrected(household, REGISTER, FOUND + 20 * DAY)
    assert missing(plan(household, FOUND + 60 * DAY)) == []


def test_three_failed_attempts_alarm_for_a_child_who_has_an_extra_check_alone() -> None:
    who = child()
    found_out = visit(PAID, (who, OUT))
    tried = [visit(PAID + day * DAY, outcome=Outcome.NOT_FOUND) for day in (14, 16, 18)]
    household = family(who, visits=(found_out, *tried))
    assert missing(plan(household, PAID + 18 * DAY)) == [(PAID + 18 * DAY, None)]


def test_a_return_put_off_by_the_calendar_until_the_next_absence_waits_for_the_next_return() -> None:
    away = (
        Absence(date(2026, 2, 2), date(2026, 2, 21)),
        # Back on a Saturday; the school check moves to Monday, and they are gone again since Sunday.
        Absence(date(2026, 2, 22), date(2026, 3, 10)),
    )
    who = child(absences=away)
    found = plan(family(who, anchors=(grant(PAID),)), PAID)
    (due_on,) = [one.due_on for one in found.follow_ups if one.slot == "month_1" and one.member_id]
    assert due_on == date(2026, 3, 10)


@pytest.mark.parametrize(("start", "kept"), [(5, "day_14"), (10, "day_14"), (0, "day_7"), (14, "day_14")])
def test_an_extra_check_that_a_new_version_puts_earlier_is_never_lost(start: int, kept: str) -> None:
    """From day 5 on nobody could have been asked on day 7 by it: whom the old one would ask is asked then."""
    who = child()
    household = family(who, visits=(visit(FOUND, (who, OUT)),))
    (before,) = [one for one in SHIPPED if one.key == "extra_check"]
    sooner = msgspec.structs.replace(
        before,
        version=2,
        effective_from=FOUND + start * DAY,
        slots=(msgspec.structs.replace(before.slots[0], key="day_7", days=7, before=4, after=2),),
    )
    found = desired(household, (before, sooner), CALENDAR, FOUND + 20 * DAY, local_day, NUMBERS)
    assert [one.slot for one in found.follow_ups] == [kept]
