from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, NotFound, invalid, say
from livelihood.households.models import Household
from livelihood.households.queries import handed_over, no_household
from livelihood.observations import queries
from livelihood.observations.models import Observation
from livelihood.observations.queries import Family, Recorded
from livelihood.observations.rules import (
    GONE,
    Details,
    Education,
    Whereabouts,
    as_typed,
    day_faults,
    days_in_a_row,
    finding_faults,
    kind_of,
)
from livelihood.observations.schemas import Finding, ObservationIn

# A search begins with a visit: it says who spoke, and when, and what is to be done at once.
BY_A_VISIT = say(
    "That somebody is away alone, or that nobody knows where they are, is recorded with a visit, so that a missing child "
    "is looked for at once. Record a visit: by phone or in person."
)
NEW = frozenset({"days_away", "gone_after", "told_by", "told_how"})


async def family(uow: UnitOfWork, household_id: UUID) -> Family:
    found = await queries.FAMILY.first(uow, id=household_id)
    if found is None:
        raise await handed_over(uow, household_id) or NotFound(
            say("There is no such household. Look for it by name, code or telephone.")
        )
    return found


async def check(
    uow: UnitOfWork,
    household: Family,
    findings: Sequence[Finding],
    *,
    happened_on: date,
    clock: Clock,
    path: str = "findings",
) -> list[FieldError]:
    """Everything that is wrong with what is to be recorded of this household on that day."""
    faults = day_faults(happened_on, intake_on=household.intake_on, today=clock.today())
    members = {one.id: one for one in await queries.SUBJECTS.all(uow, household_id=household.id)}
    schools = await _schools(uow, [finding.details for finding in findings])
    for position, finding in enumerate(findings):
        member = members.get(finding.member_id) if finding.member_id else None
        at = f"{path}.{position}" if path else ""
        faults += finding_faults(
            finding.details,
            member.born_on if member else None,
            happened_on=happened_on,
            path=at,
            names_member=finding.member_id is not None,
        )
        details = finding.details
        if isinstance(details, Education) and details.school_id and details.school_id not in schools:
            prefix = f"{at}." if at else ""
            faults.append(
                FieldError(
                    f"{prefix}details.school_id",
                    say("There is no such school. Choose one from the list, or leave it out."),
                )
            )
    return faults


async def _schools(uow: UnitOfWork, details: Sequence[Details]) -> set[UUID]:
    wanted = [one.school_id for one in details if isinstance(one, Education) and one.school_id]
    return {one.id for one in await queries.SCHOOLS.all(uow, ids=wanted)} if wanted else set()


async def add(
    uow: UnitOfWork,
    household: Family,
    finding: Finding,
    *,
    happened_on: date,
    clock: Clock,
    visit_id: UUID | None = None,
    observation_id: UUID | None = None,
    supersedes: UUID | None = None,
    reason: str | None = None,
) -> Observation:
    """Write one record that was checked; whoever calls sees to the consequences."""
    details = await _judged(uow, finding.details, happened_on)
    record = Observation(
        id=observation_id or new_id(),
        household_id=household.id,
        office_id=household.office_id,
        member_id=finding.member_id,
        visit_id=visit_id,
        kind=kind_of(details).value,
        happened_on=happened_on,
        details=_stored(details),
        supersedes=supersedes,
        reason=reason,
        recorded_by=uow.actor.id,
        recorded_at=clock.now(),
    )
    uow.session.add(record)
    return record


async def _judged(uow: UnitOfWork, details: Details, happened_on: date) -> Details:
    """With what policy said on that day kept beside it, whatever was sent: so a record needs no policy to be read by,
    and no later change of a number judges it anew.
    """
    if not isinstance(details, Education):
        return details
    tells = days_in_a_row(details) is not None
    found = await queries.GONE_AFTER.first(uow, day=happened_on) if tells else None
    return msgspec.structs.replace(details, gone_after=found.days if found else None)


def _stored(details: Details) -> dict[str, object]:
    """The release before knows nothing of these, and reads all that has none of them."""
    said: dict[str, object] = msgspec.to_builtins(details)
    return {name: value for name, value in said.items() if value is not None or name not in NEW}


async def record(
    uow: UnitOfWork,
    household_id: UUID,
    data: ObservationIn,
    *,
    clock: Clock,
    visit_id: UUID | None = None,
    known_faults: Sequence[FieldError] = (),
) -> Recorded:
    """Record a fact learnt outside of a visit, or correct one. `visit_id`: it is a finding of this visit that is
    corrected, by a verb that has asked who may. `known_faults`: what such a verb found wrong, to be told with the rest.

    Raises `NotFound`, `Forbidden`, `InvalidInput`.
    """
    uow.actor.require(Permission.OBSERVATIONS_RECORD)
    household = await family(uow, household_id)
    uow.actor.require(Permission.OBSERVATIONS_RECORD, household.office_id)
    observation_id = data.id or new_id()
    if data.id is None or await uow.claim(f"observation of {household.id}", data.id, data):
        await _keep(uow, household.id)
        finding = Finding(data.details, data.member_id)
        faults = await check(uow, household, [finding], happened_on=data.happened_on, clock=clock, path="")
        corrected = await queries.ONE.first(uow, id=data.supersedes) if data.supersedes else None
        faults += [*known_faults, *_correction_faults(household, data, corrected, visit_id)]
        if visit_id is None and isinstance(data.details, Whereabouts) and data.details.state in GONE:
            faults.append(FieldError("details.state", BY_A_VISIT))
        if faults:
            raise InvalidInput(faults)
        await add(
            uow,
            household,
            finding,
            happened_on=data.happened_on,
            clock=clock,
            visit_id=corrected.visit_id if corrected else None,
            observation_id=observation_id,
            supersedes=data.supersedes,
            reason=data.reason,
        )
        await uow.mark_dirty(household.id, household.office_id, "observation")
    found = await queries.ONE.first(uow, id=observation_id)
    if found is None:
        raise invalid("id", say("The id {id} is taken. Use a new one.", id=observation_id))
    return found


async def _keep(uow: UnitOfWork, household_id: UUID) -> None:
    """Nobody hands the family over while something is written of it; raises where somebody just has."""
    kept = await uow.session.scalar(
        select(Household.id).where(Household.id == household_id).with_for_update(read=True, key_share=True)
    )
    if kept is None:
        raise await handed_over(uow, household_id) or no_household()


def _correction_faults(
    household: Family, data: ObservationIn, corrected: Recorded | None, visit_id: UUID | None
) -> list[FieldError]:
    if data.supersedes is None:
        if data.reason is None:
            return []
        return [FieldError("supersedes", say("Say which record this corrects, or leave the reason out."))]
    faults: list[FieldError] = []
    if data.reason is None:
        faults.append(
            FieldError("reason", say("A correction needs its reason. Write why the record was wrong."))
        )
    if corrected is None or corrected.household_id != household.id:
        faults.append(
            FieldError("supersedes", say("There is no such record of this household. Check its id."))
        )
    elif corrected.withdrawn:
        faults.append(
            FieldError(
                "supersedes",
                say(
                    "The visit that found this was withdrawn, so nothing is left to correct. Record it anew."
                ),
            )
        )
    elif corrected.visit_id != visit_id:
        faults.append(
            FieldError("supersedes", say("A visit found this. Correct it at that visit, as its finding."))
        )
    elif (corrected.member_id, kind_of(corrected.details)) != (data.member_id, kind_of(data.details)):
        faults.append(
            FieldError(
                "supersedes",
                say("A correction is of the same person and the same kind of record. Correct that one."),
            )
        )
    elif (as_typed(corrected.details), corrected.happened_on) == (as_typed(data.details), data.happened_on):
        faults.append(
            FieldError(
                "details",
                say("This is what was recorded. Change what is wrong, or leave it as it is."),
            )
        )
    return faults
