"""Who ended an alert, and what they wrote: it closes by reconciling, for what somebody recorded."""

from typing import Any

import msgspec
from sqlalchemy import Text, Uuid, bindparam, cast, null, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, Visit
from livelihood.followups.queries import leaving, visits
from livelihood.followups.rules.alerts import AlertClosed
from livelihood.followups.schemas import AlertOut
from livelihood.followups.schemas_care import EndedOut
from livelihood.households.rules import LeavingEnded, MemberLeft
from livelihood.observations.models import Observation

# What a day brings, or a change of policy, nobody said.
BY_ITSELF = {AlertClosed.FACTS_CHANGED, AlertClosed.TURNED_18}
BY_LEAVING = {AlertClosed.CLOSED, AlertClosed.DIED, AlertClosed.MOVED}


def recorded(what: type[Observation | Visit], note: Any) -> Read[EndedOut]:
    return Read(
        select(Staff.name.label("by"), what.recorded_at.label("at"), note.label("note"))
        .select_from(Alert)
        .join(what, what.id == Alert.closed_by)
        .join(Staff, Staff.id == what.recorded_by)
        .where(Alert.id == bindparam("alert_id", type_=Uuid)),
        EndedOut,
    )


# A correction says why; what else was found and by whom stands at the visit.
BY_FINDING = recorded(Observation, Observation.reason)
BY_VISIT = recorded(Visit, cast(null(), Text))


async def ended_by(reading: Reading, alert: AlertOut) -> EndedOut | None:
    """None while it is open, and where it ended by itself. What they wrote is for those who read visits."""
    if alert.closed_on is None or alert.closed_because in BY_ITSELF:
        return None
    found = await _ended_by(reading, alert)
    if found is None or reading.actor.may(Permission.VISITS_READ, alert.office_id):
        return found
    return msgspec.structs.replace(found, note=None)


async def _ended_by(reading: Reading, alert: AlertOut) -> EndedOut | None:
    if alert.closed_because in BY_LEAVING:
        return await _by_leaving(reading, alert)
    found = await BY_FINDING.first(reading, alert_id=alert.id) or await BY_VISIT.first(
        reading, alert_id=alert.id
    )
    if found is None and alert.visit_id and reading.actor.may(Permission.VISITS_READ, alert.office_id):
        withdrawn = (await visits.one(reading, alert.visit_id)).withdrawn
        return EndedOut(withdrawn.by, withdrawn.at, withdrawn.reason) if withdrawn else None
    return found


async def _by_leaving(reading: Reading, alert: AlertOut) -> EndedOut | None:
    """The leaving of the child, or of the family, that stood on the day on which the alert closed."""
    of_death = alert.closed_because == AlertClosed.DIED
    said = [
        one
        for one in await leaving.of_household(reading, alert.household_id, alert.office_id)
        if one.member_id in {alert.member_id, None}
        and one.ended_because != LeavingEnded.MISTAKE
        and (one.because == MemberLeft.DIED) is of_death
        and alert.closed_on
        and one.left_on <= alert.closed_on
    ]
    return EndedOut(said[-1].recorded_by, said[-1].recorded_at, said[-1].note) if said else None
