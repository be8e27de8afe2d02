"""What visits told of a child since an alert was raised, and the days on which they contradict each other."""

from datetime import date

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Reading
from livelihood.followups.queries import visits
from livelihood.followups.queries.alerts import of_household
from livelihood.followups.queries.attempts import MOST_VISITS
from livelihood.followups.queries.confirmed import records_of
from livelihood.followups.rules.missing import TO_THE_FAMILY
from livelihood.followups.rules.reviews import contradictions
from livelihood.followups.schemas import AlertOut, VisitOut


async def learnt(reading: Reading, alert: AlertOut) -> list[VisitOut]:
    """The newest first; nothing for those who do not read the office's visits."""
    if not reading.actor.may(Permission.VISITS_READ, alert.office_id):
        return []
    made = await visits.list_visits(reading, household_id=alert.household_id, limit=MOST_VISITS)
    return [one for one in made.items if tells_of(one, alert)]


def tells_of(visit: VisitOut, alert: AlertOut) -> bool:
    """Whether something new about the child of the alert may stand in this visit: a finding, that they were there, or a
    note of what was said at home. Of an earlier day too, where it was recorded later.
    """
    if visit.withdrawn or visit.id == alert.visit_id or visit.happened_on > (alert.closed_on or date.max):
        return False
    if visit.happened_on < alert.opened_on and visit.recorded_at <= alert.opened_at:
        return False
    return (
        alert.member_id in visit.present
        or any(one.member_id == alert.member_id for one in visit.findings)
        or (bool(visit.note) and visit.mode in TO_THE_FAMILY)
    )


async def goes_to(reading: Reading, visit: VisitOut) -> list[AlertOut]:
    """The open alerts on whose pages this visit stands, by what it tells."""
    return [
        alert
        for alert in await of_household(reading, visit.household_id)
        if alert.closed_on is None and tells_of(visit, alert)
    ]


async def contested_days(reading: Reading, alert: AlertOut) -> list[date]:
    """On which records contradict each other about this child, from the day of the alert on."""
    if not reading.actor.may(Permission.VISITS_READ, alert.office_id):
        return []
    found = contradictions(*await records_of(reading, alert.household_id))
    last = alert.closed_on or date.max
    return sorted(day for day, who in found if who == alert.member_id and alert.opened_on <= day <= last)
