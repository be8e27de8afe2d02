"""The states of `rules.state`, in SQL; a test holds the two equal."""

from datetime import date

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased

from livelihood.followups.models import FollowUp
from livelihood.followups.rules.state import Settled, State

TODAY = bindparam("today", type_=Date)
OPEN = FollowUp.settled_on.is_(None)

STATE: ColumnElement[str] = case(
    (FollowUp.settled.is_not(None), FollowUp.settled),
    (FollowUp.opens_on > TODAY, State.UPCOMING.value),
    (FollowUp.closes_on >= TODAY, State.DUE.value),
    (FollowUp.lapses_on > TODAY, State.OVERDUE.value),
    else_=State.MISSED.value,
)

# The same as `STATE == …`, in words that an index on the open ones can answer.
IN_STATE: dict[State, ColumnElement[bool]] = {
    State.UPCOMING: and_(OPEN, FollowUp.opens_on > TODAY),
    State.DUE: and_(
        OPEN, FollowUp.lapses_on > TODAY, FollowUp.closes_on >= TODAY, FollowUp.opens_on <= TODAY
    ),
    State.OVERDUE: and_(OPEN, FollowUp.lapses_on > TODAY, FollowUp.closes_on < TODAY),
    State.MISSED: or_(and_(OPEN, FollowUp.lapses_on <= TODAY), FollowUp.settled == Settled.MISSED.value),
    State.DONE: FollowUp.settled == Settled.DONE.value,
    State.DONE_LATE: FollowUp.settled == Settled.DONE_LATE.value,
    State.CANCELLED: FollowUp.settled == Settled.CANCELLED.value,
}

# What somebody should go and do: due or overdue, and not closed before anyone could have known.
TO_DO: ColumnElement[bool] = and_(
    OPEN, FollowUp.lapses_on > TODAY, FollowUp.opens_on <= TODAY, FollowUp.reminds
)

# Of these nothing is said of what has lapsed.
NOT_LAPSED = frozenset({State.UPCOMING, State.DUE, State.OVERDUE})


def lapsed_when_due(office: ColumnElement[int]) -> ColumnElement[date | None]:
    """A day: whatever of the office was due on it or before has lapsed. None where nothing is open.

    Nothing stays open for longer after its day than what stays open longest, which an index knows. So a list that begins
    behind this day steps over what lapsed of late, and not over years of it.
    """
    another = aliased(FollowUp)
    longest = (
        select(func.max(another.lapses_on - another.due_on))
        .where(another.office_id == office, another.settled_on.is_(None))
        .correlate_except(another)
        .scalar_subquery()
    )
    return TODAY - longest


# Slots that fall together are shown as one check, and one visit answers them: what every number of checks counts.
ONE_CHECK = func.row(FollowUp.household_id, FollowUp.member_id, FollowUp.purpose)
