"""What late records and corrections do to a silence that was told: nobody is told of it a second time."""

from datetime import date, timedelta

import msgspec

from livelihood.followups.rules.consequences import ConsequenceKind
from livelihood.followups.rules.facts import Household, Member
from livelihood.observations.rules import Observation
from tests.followups.families import NOT_LEARNT, OUT, SPOKE, at, child, family, grant, of, plan, visit
from tests.followups.test_silence import DAY, PAID, SAID, Made, lived, told


def silent_child() -> tuple[Member, Household, date]:
    """With the day on which the first check closes."""
    who = child()
    household = family(who, anchors=(grant(PAID),))
    return who, household, of(plan(household, PAID), "month_1", who).closes_on


def more(household: Household, made: Made) -> Household:
    return msgspec.structs.replace(
        household,
        visits=(*household.visits, made[0]),
        observations=(*household.observations, *made[1]),
    )


def test_a_visit_in_the_window_ends_the_silence_though_a_later_days_word_arrived_first() -> None:
    who, household, _ = silent_child()
    empty = plan(household, PAID)
    for slot in ("month_1", "month_2"):
        household = more(household, visit(of(empty, slot, who).due_on, (who, SAID)))
    closes = of(empty, "month_3", who).closes_on
    household = more(household, visit(closes + 3 * DAY, (who, SAID)))
    assert plan(household, closes + 4 * DAY).followed[0].unconfirmed_since == closes
    seen = visit(closes - 3 * DAY, (who, SPOKE), recorded_on=closes + 5 * DAY)
    found = plan(more(household, seen), closes + 5 * DAY)
    assert found.followed[0].unconfirmed_since is None
    # What the word had settled stays as it was recorded.
    assert of(found, "month_3", who).settled_on == closes + 3 * DAY


def test_a_late_record_of_a_day_before_the_silence_tells_nobody_again() -> None:
    who, household, closes = silent_child()
    found, household = lived(household, closes + 20 * DAY)
    assert [kind for kind, _ in told(found, who)] == [
        ConsequenceKind.REMINDER,
        ConsequenceKind.ESCALATED_SUPERVISOR,
    ]
    early = of(found, "month_1", who).opens_on - 2 * DAY
    household = more(household, visit(early, (who, SPOKE), recorded_on=closes + 21 * DAY))
    again, _ = lived(household, closes + 40 * DAY, closes + 21 * DAY)
    assert again.followed[0].confirmed_on == early
    assert [kind for kind, _ in told(again, who)] == [
        ConsequenceKind.REMINDER,
        ConsequenceKind.ESCALATED_SUPERVISOR,
        ConsequenceKind.ESCALATED_MANAGER,
    ]


def test_a_confirmation_that_a_correction_takes_away_tells_nobody_again() -> None:
    who, household, closes = silent_child()
    household = more(household, visit(closes - DAY, (who, SPOKE)))
    next_close = of(plan(household, PAID), "month_2", who).closes_on
    found, household = lived(household, next_close + 5 * DAY)
    assert [kind for kind, _ in told(found, who)] == [ConsequenceKind.REMINDER]
    wrong, day = household.observations[0], next_close + 6 * DAY
    correction = Observation(
        child().id, who.id, None, wrong.happened_on, at(day), NOT_LEARNT, supersedes=wrong.id
    )
    household = msgspec.structs.replace(household, observations=(*household.observations, correction))
    again, _ = lived(household, day + timedelta(days=60), day)
    assert again.followed[0].unconfirmed_since == closes
    kinds = [kind for kind, _ in told(again, who)]
    assert len(kinds) == len(set(kinds)) == 3


def test_a_silence_that_a_late_confirmation_ended_does_not_hush_the_next() -> None:
    who, household, closes = silent_child()
    _, household = lived(household, closes + 5 * DAY)
    seen = visit(closes - DAY, (who, SPOKE), recorded_on=closes + 6 * DAY)
    household = more(household, seen)
    next_close = of(plan(household, PAID), "month_2", who).closes_on
    found, _ = lived(household, next_close + 31 * DAY, closes + 6 * DAY)
    since = [(one.kind, one.since) for one in found.consequences if one.since == next_close]
    assert [kind for kind, _ in since] == [
        ConsequenceKind.REMINDER,
        ConsequenceKind.ESCALATED_SUPERVISOR,
        ConsequenceKind.ESCALATED_MANAGER,
    ]


def test_who_has_an_extra_check_alone_is_not_forgotten_when_it_goes_unanswered() -> None:
    who = child()
    found_out = visit(PAID, (who, OUT))
    household = family(who, visits=(found_out,))
    (extra,) = plan(household, PAID).follow_ups
    found, _ = lived(household, extra.closes_on + DAY)
    assert found.followed[0].unconfirmed_since == extra.closes_on
    assert told(found, who) == [(ConsequenceKind.REMINDER, extra.closes_on + DAY)]
