"""How much a list of what is to be done holds, in the numbers of its heading."""

from datetime import date
from functools import cache

import msgspec
from sqlalchemy import func, select

from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.lists import readable, readable_parameters
from livelihood.followups.queries.narrowed import Narrowed, narrowed, waiting
from livelihood.followups.queries.states import IN_STATE, ONE_CHECK, TO_DO
from livelihood.followups.rules.state import State
from livelihood.households.models import Household


class Summary(msgspec.Struct, frozen=True):
    """Slots that fall together are one check, which is overdue where one of them is."""

    villages: int
    households: int
    checks: int
    overdue: int


@cache
def counts(which: tuple[str, ...], *, overdue: bool) -> Read[Summary]:
    """Of the households asked for, all that is to be done there: a list narrowed to what is overdue, or to one purpose,
    shows such a household with everything that one visit can do.
    """
    statement = (
        select(
            func.count(func.distinct(Household.village_code)).label("villages"),
            func.count(func.distinct(FollowUp.household_id)).label("households"),
            func.count(func.distinct(ONE_CHECK)).label("checks"),
            func.count(func.distinct(ONE_CHECK)).filter(IN_STATE[State.OVERDUE]).label("overdue"),
        )
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(TO_DO, readable())
    )
    if not overdue and "purpose" not in which:
        return Read(narrowed(statement, which), Summary)
    asked = narrowed(
        select(FollowUp.household_id)
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(waiting(overdue=overdue), readable()),
        which,
    ).cte("asked")
    return Read(statement.where(FollowUp.household_id.in_(select(asked.c.household_id))), Summary)


async def summary(reading: Reading, actor: Actor, asked: Narrowed, *, today: date) -> Summary:
    """As this person may read it, whoever reads."""
    given = asked.given()
    parameters = given | readable_parameters(actor, asked.office) | {"today": today}
    found = await counts(tuple(given), overdue=asked.overdue).first(reading, **parameters)
    assert found is not None, "an aggregate without groups has one row"
    return found
