import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, DomainError, InvalidInput, say
from livelihood.households import service as households
from livelihood.households.intake import workbook
from livelihood.households.intake.cells import plain
from livelihood.households.intake.household import recognised_by
from livelihood.households.intake.plan import cards_and_births, plan, village_codes
from livelihood.households.intake.shapes import Household, ImportPlan
from livelihood.households.schemas import HouseholdIn, MemberIn
from livelihood.households.schools import school_named
from livelihood.observations import service as observations
from livelihood.observations.imports import queries
from livelihood.observations.imports.models import HouseholdImport, ImportState
from livelihood.observations.imports.schemas import ImportRow, Outcome, RunIn, Upload
from livelihood.observations.queries import Family
from livelihood.observations.rules import Education, EducationState, Hazard, Work
from livelihood.observations.schemas import Finding

KEPT = timedelta(days=30)
_LONGEST_NAME = 120
# The first half of the key of the lock that the imports of one office take in turn; the second is the office.
_IMPORTS = 0x1A7


class _Body(msgspec.Struct):
    sha256: str


async def check(uow: UnitOfWork, upload: Upload, *, clock: Clock) -> UUID:
    """The dry run: the list judged and kept for 30 days, and no family registered. The id of the import.

    Raises `UnreadableWorkbook`, `Forbidden`.
    """
    uow.actor.require(Permission.HOUSEHOLDS_IMPORT)
    digest = hashlib.sha256(upload.content)
    import_id = upload.id or new_id()
    if upload.id and not await uow.claim("household import", upload.id, _Body(digest.hexdigest())):
        return import_id
    rows = await asyncio.to_thread(workbook.read, upload.content)
    cards, births = cards_and_births(rows)
    places = await queries.listed_places(uow, village_codes(rows))
    known = await queries.known_households(uow, cards, births)
    planned = await asyncio.to_thread(plan, rows, places, known, clock.today())
    uow.session.add(
        HouseholdImport(
            id=import_id,
            filename=upload.filename[-_LONGEST_NAME:].replace("\x00", "") or "–",
            sha256=digest.digest(),
            state=ImportState.CHECKED,
            uploaded_by=uow.actor.id,
            uploaded_at=clock.now(),
            ready=len(planned.households),
            people=sum(len(household.members) for household in planned.households),
            refused=planned.refused,
            plan=_kept(planned.households),
            faults=_kept(planned.faults),
        )
    )
    await uow.session.flush()
    return import_id


async def run(uow: UnitOfWork, import_id: UUID, data: RunIn, *, clock: Clock) -> ImportRow:
    """Register the households of a checked list, each whole or not at all. Done already, it changes nothing.

    Raises `NotFound`, and `Conflict` where the list was checked too long ago to be kept.
    """
    kept = (
        await uow.session.scalars(
            select(HouseholdImport)
            .where(HouseholdImport.id == import_id, HouseholdImport.uploaded_by == uow.actor.id)
            .with_for_update()
        )
    ).one_or_none()
    if kept is None:
        raise queries.no_import()
    if kept.state == ImportState.CHECKED:
        if kept.plan is None:
            raise Conflict(
                say("The list was checked more than 30 days ago and is not kept any more. Upload it again.")
            )
        planned = ImportPlan(msgspec.convert(kept.plan, tuple[Household, ...]), (), kept.refused)
        confirmed = None if data.confirmed is None else frozenset(data.confirmed)
        outcome = await _bring_all_in(uow, planned.to_import(confirmed), clock=clock)
        kept.state = ImportState.IMPORTED
        kept.imported_at = clock.now()
        kept.plan = None
        kept.outcome = _kept(outcome)
        await uow.session.flush()
    return await queries.detail(uow, import_id)


async def import_list(uow: UnitOfWork, upload: Upload, *, clock: Clock, dry_run: bool) -> ImportRow:
    """Check a list and, unless it is a dry run, import it: all that has no errors and repeats no household."""
    import_id = await check(uow, upload, clock=clock)
    if dry_run:
        return await queries.detail(uow, import_id)
    return await run(uow, import_id, RunIn(), clock=clock)


async def forget(uow: UnitOfWork, *, clock: Clock) -> None:
    """Take away what lists said of families once they are 30 days old; a job of the workers."""
    await uow.session.execute(
        update(HouseholdImport)
        .where(HouseholdImport.uploaded_at < clock.now() - KEPT, HouseholdImport.faults.is_not(None))
        .values(plan=None, faults=None)
    )


async def _bring_all_in(uow: UnitOfWork, chosen: Sequence[Household], *, clock: Clock) -> list[Outcome]:
    """One import of an office at a time, each asking anew what is there: another list may have come in since.

    A household that nobody was asked about stays out where it now looks like a registered one.
    """
    for office_id in sorted({household.office_id for household in chosen}):
        await uow.session.execute(select(func.pg_advisory_xact_lock(_IMPORTS, office_id)))
    there = await queries.registered(uow, [household.id for household in chosen])
    known = await queries.known_households(
        uow,
        {plain(household.idpoor_card) for household in chosen if household.idpoor_card},
        {household.head.born_on for household in chosen},
    )
    outcome: list[Outcome] = []
    for household in chosen:
        keys = recognised_by(household.head, plain(household.idpoor_card) or None)
        code = next((known[key] for key in keys if key in known), None)
        if household.id in there:
            code = there[household.id].code
            outcome.append(Outcome(household.row, household.id, code, len(household.members)))
        elif code is not None and code != household.looks_like:
            reason = say(
                "It looks like household {code}, which was registered after this list was checked. Upload the list "
                "again to choose whether it comes in.",
                code=code,
            )
            outcome.append(Outcome(household.row, household.id, reason=reason))
        else:
            outcome.append(await _bring_in(uow, household, clock=clock))
    return outcome


async def _bring_in(uow: UnitOfWork, household: Household, *, clock: Clock) -> Outcome:
    try:
        async with uow.savepoint():
            registered = await households.register(
                uow, _registration(household), clock=clock, permission=Permission.HOUSEHOLDS_IMPORT
            )
            family = Family(registered.id, registered.office_id, registered.intake_on)
            await _observe(uow, household, family, clock=clock)
    except DomainError as error:
        reason = (
            error.errors[0].message if isinstance(error, InvalidInput) and error.errors else error.message
        )
        return Outcome(household.row, household.id, reason=reason)
    return Outcome(household.row, household.id, registered.code, len(household.members), added=True)


def _registration(household: Household) -> HouseholdIn:
    return HouseholdIn(
        id=household.id,
        village_code=household.village_code,
        phone=household.phone,
        idpoor_level=household.idpoor_level,
        idpoor_card=household.idpoor_card,
        idpoor_expires_on=household.idpoor_expires_on,
        referral_source=household.referral_source,
        intake_on=household.intake_on,
        members=[
            MemberIn(
                id=member.id,
                family_name_km=member.family_name_km,
                given_name_km=member.given_name_km,
                family_name_latin=member.family_name_latin,
                given_name_latin=member.given_name_latin,
                sex=member.sex,
                born_on=member.born_on,
                born_precision=member.born_precision,
                relationship=member.relationship,
            )
            for member in household.members
        ],
    )


async def _observe(uow: UnitOfWork, household: Household, family: Family, *, clock: Clock) -> None:
    """What the list says of school and work, as seen on the day of the intake."""
    names = {member.education.school for member in household.members if member.education}
    schools = {name: await school_named(uow, household.village_code, name) for name in names if name}
    findings = list(_findings(household, schools))
    if not findings:
        return
    faults = await observations.check(uow, family, findings, happened_on=household.intake_on, clock=clock)
    if faults:
        raise InvalidInput(faults)
    for finding in findings:
        await observations.add(uow, family, finding, happened_on=household.intake_on, clock=clock)
    await uow.mark_dirty(family.id, family.office_id, "intake list")


def _findings(household: Household, schools: dict[str, UUID]) -> Iterator[Finding]:
    for member in household.members:
        if member.education:
            state = EducationState.FORMAL if member.education.in_school else EducationState.NONE
            school = schools.get(member.education.school or "")
            yield Finding(Education(state, school_id=school, grade=member.education.grade), member.id)
        if member.work:
            work = Work(
                member.work.economic_hours,
                member.work.chore_hours,
                tuple(Hazard(hazard) for hazard in member.work.hazards),
            )
            yield Finding(work, member.id)


def _kept(structs: Any) -> list[dict[str, Any]]:
    return msgspec.to_builtins(list(structs))
