"""How much a list of what is to be done holds, in the numbers of its heading."""

from datetime import date
from functools import cache

import msgspec
from sqlalchemy import false, func, null, select, union, union_all

from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, FollowUp
from livelihood.followups.queries.lists import readable, readable_parameters
from livelihood.followups.queries.looked_for import alert_offices, families_of_missing
from livelihood.followups.queries.narrowed import Narrowed, narrowed, waiting
from livelihood.followups.queries.states import IN_STATE, ONE_CHECK, TO_DO
from livelihood.followups.rules.state import State
from livelihood.households.models import Household


class Summary(msgspec.Struct, frozen=True):
    """Slots that fall together are one check, which is overdue where one of them is. Villages and households also where a
    child is to be looked for and nothing is due.
    """

    villages: int
    households: int
    checks: int
    overdue: int


@cache
def counts(which: tuple[str, ...], *, overdue: bool) -> Read[Summary]:
    """Of the households asked for, all that is to be done there: a list narrowed to what is overdue, or to one purpose,
    shows such a household with everything that one visit can do.
    """
    looked_for = families_of_missing(
        Household.village_code, Household.id, null().label("one"), false().label("late"), which=which
    )
    due = (
        select(
            Household.village_code,
            Household.id,
            ONE_CHECK.label("one"),
            IN_STATE[State.OVERDUE].label("late"),
        )
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(TO_DO, readable())
    )
    if not overdue and "purpose" not in which:
        due = narrowed(due, which)
    else:
        asked = narrowed(
            select(FollowUp.household_id)
            .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
            .where(waiting(overdue=overdue), readable()),
            which,
        )
        searched = families_of_missing(Alert.household_id, which=which)
        due = due.where(FollowUp.household_id.in_(union(asked, searched).scalar_subquery()))
    there = union_all(due, looked_for).subquery()
    return Read(
        select(
            func.count(there.c.village_code.distinct()).label("villages"),
            func.count(there.c.id.distinct()).label("households"),
            func.count(there.c.one.distinct()).label("checks"),
            func.count(there.c.one.distinct()).filter(there.c.late).label("overdue"),
        ),
        Summary,
    )


async def summary(reading: Reading, actor: Actor, asked: Narrowed, *, today: date) -> Summary:
    """As this person may read it, whoever reads."""
    given = asked.given()
    parameters = given | readable_parameters(actor, asked.office) | {"today": today}
    parameters |= {"alert_offices": alert_offices(actor, asked.office)}
    found = await counts(tuple(given), overdue=asked.overdue).first(reading, **parameters)
    assert found is not None, "an aggregate without groups has one row"
    return found
