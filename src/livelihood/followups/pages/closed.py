"""What stands in the place of a form that a closed household has no use for."""

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Reading
from livelihood.followups.queries import leaving
from livelihood.followups.queries.who_may import who_may
from livelihood.households.labels import case_closed
from livelihood.households.schemas import HouseholdDetail
from livelihood.web.pages import Html, page


async def closed_page(reading: Reading, household: HouseholdDetail, title: str) -> Html:
    office = household.office_id
    leavings = await leaving.of_household(reading, household.id, office)
    may_reopen = reading.actor.may(Permission.HOUSEHOLDS_CLOSE, office)
    return page(
        "followups/closed.html",
        reading,
        household=household,
        title=title,
        reasons=dict(case_closed()),
        closing=next((one for one in leavings if one.member_id is None and one.ended_on is None), None),
        may_reopen=may_reopen,
        colleagues=[] if may_reopen else await who_may(reading, Permission.HOUSEHOLDS_CLOSE, office),
        may_record=reading.actor.may(Permission.VISITS_RECORD, office),
        may_send_concern=reading.actor.may(Permission.CONCERNS_SEND, office),
    )
