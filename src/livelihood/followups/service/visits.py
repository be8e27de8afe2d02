from uuid import UUID

from sqlalchemy import select, update

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, say
from livelihood.followups.models import Present, SheetLine, Visit
from livelihood.followups.models.visits import REPLACED
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.answers import contradictions_within
from livelihood.followups.rules.facts import OF_THE_FAMILY, Mode, Outcome
from livelihood.followups.schemas import VisitIn
from livelihood.households.models import Household
from livelihood.households.queries import handed_over, no_household
from livelihood.observations import queries as seen
from livelihood.observations import service as observations
from livelihood.observations.queries import Family
from livelihood.observations.rules import Education, LearntFrom, Whereabouts, Work, kind_of


async def record_visit(uow: UnitOfWork, data: VisitIn, *, clock: Clock) -> UUID:
    """Record that someone went, or telephoned, and what was seen; the follow-ups are settled in the same breath.

    However late, a visit is accepted. Raises `NotFound`, `Forbidden`, `InvalidInput` with every fault, `Conflict`
    where the id was used for another visit.
    """
    uow.actor.require(Permission.VISITS_RECORD)
    household = await observations.family(uow, data.household_id)
    uow.actor.require(Permission.VISITS_RECORD, household.office_id)
    visit_id = data.id or new_id()
    if data.id is not None and not await uow.claim("visit", data.id, data):
        return visit_id
    faults = await visit_faults(uow, household, data, clock=clock)
    if faults:
        raise InvalidInput(faults)
    await lock_family(uow, household)
    await write_visit(uow, household, data, visit_id, clock=clock)
    await reconcile(uow, [household.id], clock=clock)
    return visit_id


async def lock_family(uow: UnitOfWork, household: Family) -> None:
    """One at a time for a household; the workers step over it meanwhile."""
    locked = await uow.session.scalar(
        select(Household.id).where(Household.id == household.id).with_for_update(key_share=True)
    )
    if locked is None:  # it was being handed over while this was sent
        raise await handed_over(uow, household.id) or no_household()


async def visit_faults(
    uow: UnitOfWork, household: Family, data: VisitIn, *, clock: Clock
) -> list[FieldError]:
    faults = await observations.check(
        uow, household, data.findings, happened_on=data.happened_on, clock=clock
    )
    faults += _visit_faults(data) + _people_faults(data) + await _presence_faults(uow, data)
    faults += await _replacement_faults(uow, data)
    return faults + await _register_faults(uow, data)


async def write_visit(
    uow: UnitOfWork, household: Family, data: VisitIn, visit_id: UUID, *, clock: Clock
) -> None:
    """Write a visit that was checked, of a household that is locked; whoever calls reconciles."""
    uow.session.add(
        Visit(
            id=visit_id,
            household_id=household.id,
            office_id=household.office_id,
            happened_on=data.happened_on,
            mode=data.mode.value,
            outcome=data.outcome.value,
            met=data.met.value if data.met else None,
            school_id=data.school_id,
            note=data.note,
            replaces=data.replaces,
            recorded_by=uow.actor.id,
            recorded_at=clock.now(),
        )
    )
    await uow.session.flush()
    if data.replaces is not None:
        # The paper that the withdrawn visit was entered from tells of this one.
        await uow.session.execute(
            update(SheetLine)
            .where(SheetLine.visit_id == data.replaces, SheetLine.household_id == household.id)
            .values(visit_id=visit_id)
        )
    uow.session.add_all(
        Present(
            visit_id=visit_id,
            member_id=member_id,
            household_id=household.id,
            office_id=household.office_id,
        )
        for member_id in sorted(set(data.present))
    )
    for finding in data.findings:
        await observations.add(
            uow, household, finding, happened_on=data.happened_on, clock=clock, visit_id=visit_id
        )
    await uow.session.flush()


def _visit_faults(data: VisitIn) -> list[FieldError]:
    faults: list[FieldError] = []
    seen: set[tuple[UUID | None, str]] = set()
    for position, finding in enumerate(data.findings):
        one = (finding.member_id, kind_of(finding.details).value)
        if one in seen:
            faults.append(
                FieldError(
                    f"findings.{position}",
                    say("The same thing of the same person is here twice. Keep the one that is right."),
                )
            )
        seen.add(one)
        if data.mode is Mode.PHONE and isinstance(finding.details, Work):
            faults.append(
                FieldError(
                    f"findings.{position}",
                    say(
                        "Work is not asked about by telephone. Take the hours out, and ask at the next visit."
                    ),
                )
            )
        if data.outcome is not Outcome.MET and not isinstance(finding.details, Whereabouts):
            faults.append(
                FieldError(
                    f"findings.{position}",
                    say(
                        "Nobody was met, so nothing can have been seen. Take this out, or say that the "
                        "family was met."
                    ),
                )
            )
    answers = [(one.member_id, one.details) for one in data.findings]
    asked = contradictions_within(answers, data.mode, data.outcome, data.present)
    return faults + [FieldError(f"findings.{position}", message) for position, message in asked.items()]


def _people_faults(data: VisitIn) -> list[FieldError]:
    if data.outcome is Outcome.NO_ACCESS and data.mode is Mode.PHONE:
        return [
            FieldError(
                "outcome",
                say(
                    "By telephone there is no way to go. Where nobody answered the telephone, choose that nobody was "
                    "there; where somebody went, choose that it was in person."
                ),
            )
        ]
    if data.outcome is Outcome.MOVED and data.note is None and not data.findings:
        # Who is to take the family over begins with this.
        return [
            FieldError(
                "note",
                say(
                    "Write where the family went, and who says so; where nobody knows, write that it is not known."
                ),
            )
        ]
    if data.outcome is not Outcome.MET and data.met in OF_THE_FAMILY:
        return [
            FieldError(
                "met",
                say(
                    "Somebody of the family spoke, so the family was met. Choose that, or say which other person "
                    "spoke."
                ),
            )
        ]
    return []


async def _presence_faults(uow: UnitOfWork, data: VisitIn) -> list[FieldError]:
    if not data.present:
        return []
    if data.mode is not Mode.IN_PERSON or data.outcome is not Outcome.MET:
        return [
            FieldError(
                "present",
                say(
                    "Only who meets the family in person sees who is there. Leave out who was present, or say that "
                    "you met the family in person."
                ),
            )
        ]
    members = {one.id: one.born_on for one in await seen.SUBJECTS.all(uow, household_id=data.household_id)}
    faults: list[FieldError] = []
    for member_id in sorted(set(data.present)):
        born_on = members.get(member_id)
        if born_on is None:
            message = say(
                "Somebody noted as present is no member of the household. Choose somebody who is, or add them first."
            )
        elif data.happened_on < born_on:
            message = say(
                "Somebody noted as present was not born yet on {day}. Check the day, or the date of birth.",
                day=data.happened_on,
            )
        else:
            continue
        faults.append(FieldError("present", message))
    return faults


async def _replacement_faults(uow: UnitOfWork, data: VisitIn) -> list[FieldError]:
    if data.replaces is None:
        return []
    if await uow.session.scalar(select(Visit.id).where(Visit.replaces == data.replaces)):
        return [FieldError("replaces", REPLACED)]
    replaced = await seen.WITHDRAWN.first(uow, id=data.replaces)
    if replaced is not None:
        return []
    return [
        FieldError(
            "replaces",
            say("Only a visit that was withdrawn is replaced. Withdraw it first, or leave this out."),
        )
    ]


async def _register_faults(uow: UnitOfWork, data: VisitIn) -> list[FieldError]:
    """A register says who is on it and how often they came, and nothing else of a family."""
    if data.mode is not Mode.REGISTER:
        if data.school_id is None:
            return []
        return [
            FieldError(
                "school_id",
                say("A school belongs to a look into its register. Leave it out, or choose that as the way."),
            )
        ]
    faults: list[FieldError] = []
    known = await seen.SCHOOLS.all(uow, ids=[data.school_id]) if data.school_id else []
    if not known:
        faults.append(FieldError("school_id", say("Choose the school whose register was read.")))
    if data.outcome is not Outcome.MET or data.met is not None:
        faults.append(
            FieldError(
                "outcome",
                say("In a register nobody is met and nobody missed. Send `met`, and leave out who spoke."),
            )
        )
    faults += [
        FieldError(
            f"findings.{position}",
            say("A register tells of schooling only. Take this out, or record it as a visit to the family."),
        )
        for position, finding in enumerate(data.findings)
        if not isinstance(finding.details, Education)
        or finding.details.learnt_from is not LearntFrom.REGISTER
    ]
    return faults
