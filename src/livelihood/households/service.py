from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import func, or_, select

from livelihood.accounts.models import Office, OfficeProvince, Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, invalid, past_faults, say
from livelihood.households import phones, rules
from livelihood.households.models import (
    Consent,
    Household,
    HouseholdReferral,
    Member,
    Place,
)
from livelihood.households.queries import handed_over, no_household
from livelihood.households.schemas import ConsentIn, HouseholdIn, MemberIn, NewMember
from livelihood.households.search_key import tokens


async def register(
    uow: UnitOfWork,
    data: HouseholdIn,
    *,
    clock: Clock,
    permission: Permission = Permission.HOUSEHOLDS_REGISTER,
) -> Household:
    """A household with its members, in the office that serves its village. Raises `InvalidInput` with all faults.

    An import registers by a permission of its own.
    """
    uow.actor.require(permission)
    household_id = data.id or new_id()
    if data.id is not None and not await uow.claim("household", household_id, data):
        return await lock(uow, household_id)
    faults = rules.household_faults(data.members, data.intake_on, clock.today())
    phone = phones.e164(data.phone) if data.phone else None
    if data.phone and phone is None:
        faults += invalid(
            "phone",
            say("This is not a Cambodian telephone number. Write it as in 012 345 678."),
        ).errors
    if faults:
        raise InvalidInput(faults)
    office = await serving_office(uow, data.village_code)
    uow.actor.require(permission, office.id)
    faults = await _assignment_faults(uow, data, office)
    if faults:
        raise InvalidInput(faults)
    household = Household(
        id=household_id,
        office_id=office.id,
        code=await next_code(uow, office),
        village_code=data.village_code,
        caseworker_id=data.caseworker_id or (await least_loaded(uow, office.id, Role.CASEWORKER)),
        monitor_id=data.monitor_id or (await least_loaded(uow, office.id, Role.MONITOR)),
        phone=phone,
        idpoor_level=data.idpoor_level,
        idpoor_card=data.idpoor_card,
        idpoor_expires_on=data.idpoor_expires_on,
        risk=data.risk,
        status=rules.HouseholdStatus.ACTIVE,
        intake_on=data.intake_on,
        search=[],
        version=1,
        registered_by=uow.actor.id,
        registered_at=clock.now(),
    )
    household.search = tokens(household.code, phone, phones.shown(phone) if phone else None)
    uow.session.add(household)
    await uow.session.flush()
    now = clock.now()
    uow.session.add_all(_member(household, person, data.intake_on, now) for person in data.members)
    if data.referral_source or data.risk_reason:
        uow.session.add(
            HouseholdReferral(
                household_id=household.id,
                office_id=office.id,
                source=data.referral_source,
                risk_reason=data.risk_reason,
            )
        )
    await uow.session.flush()
    if data.risk is rules.Risk.HIGH:  # its checks begin with the intake
        await uow.mark_dirty(household.id, household.office_id, "registered at high risk")
    return household


async def add_member(uow: UnitOfWork, household_id: UUID, data: NewMember, *, clock: Clock) -> Member:
    """Someone joins: from that day on they count for follow-ups."""
    household = await lock(uow, household_id)
    uow.actor.require(Permission.HOUSEHOLDS_REGISTER, household.office_id)
    member_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"member of {household_id}", member_id, data):
        return await member_of(uow, household, member_id)
    require_open(household)
    today = clock.today()
    joined_on = data.joined_on or today
    faults = rules.member_faults(data, today)
    faults += past_faults("joined_on", joined_on, today=today)
    if data.relationship is rules.Relationship.HEAD:
        faults += invalid(
            "relationship",
            say("This household has a head already. Choose how this person is related to them."),
        ).errors
    if faults:
        raise InvalidInput(faults)
    member = _member(household, data, max(joined_on, household.intake_on), clock.now())
    member.id = member_id
    uow.session.add(member)
    await uow.session.flush()
    await uow.mark_dirty(household.id, household.office_id, "member joined")
    return member


async def record_consent(uow: UnitOfWork, household_id: UUID, data: ConsentIn, *, clock: Clock) -> Consent:
    household = await lock(uow, household_id)
    uow.actor.require(Permission.HOUSEHOLDS_REGISTER, household.office_id)
    consent_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"consent in {household_id}", consent_id, data):
        return (await uow.session.scalars(select(Consent).where(Consent.id == consent_id))).one()
    faults = past_faults("given_on", data.given_on, today=clock.today())
    if data.method is rules.ConsentMethod.THUMBPRINT and not data.witness:
        faults += invalid("witness", say("A thumbprint needs a witness. Write the witness's name.")).errors
    if faults:
        raise InvalidInput(faults)
    member = await member_of(uow, household, data.member_id)
    person = cast("rules.Present", member)
    if not rules.is_present(person, clock.today()):
        raise invalid(
            "member_id",
            say(
                "This person left the household on {day}. Choose somebody who still lives there.",
                day=cast("date", person.left_on),
            ),
        )
    if not rules.may_consent(person, data.given_on):
        raise invalid(
            "member_id", say("Up to the age of 5 a caregiver consents for the child. Choose the caregiver.")
        )
    consent = Consent(
        id=consent_id,
        household_id=household.id,
        office_id=household.office_id,
        member_id=member.id,
        purposes=[purpose.value for purpose in dict.fromkeys(data.purposes)],
        method=data.method,
        witness=data.witness,
        given_on=data.given_on,
        recorded_by=uow.actor.id,
    )
    uow.session.add(consent)
    await uow.session.flush()
    return consent


async def require_consent(uow: UnitOfWork, household: Household, *, clock: Clock) -> None:
    """Raises `ConsentMissing` unless a consent to services stands."""
    if not await has_consented(uow, household, rules.ConsentPurpose.SERVICES, clock=clock):
        raise rules.ConsentMissing(
            say(
                "No adult of household {code} has consented to services yet. Record the consent first.",
                code=household.code,
            )
        )


async def has_consented(
    uow: UnitOfWork, household: Household, purpose: rules.ConsentPurpose, *, clock: Clock
) -> bool:
    """Whether a consent to this stands: see `rules.allows`."""
    given = await uow.session.execute(
        select(Consent, Member)
        .join(Member, Consent.member_id == Member.id)
        .where(Consent.household_id == household.id)
    )
    today = clock.today()
    return any(
        rules.allows(purpose, cast("rules.Given", consent), cast("rules.Present", member), today)
        for consent, member in given
    )


def require_open(household: Household) -> None:
    """Raises `HouseholdIsClosed` where nothing is to be done for the family any more."""
    if household.closed_on is not None:
        raise rules.HouseholdIsClosed(
            say(
                "Household {code} was closed on {day}. Reopen it first, on its page.",
                code=household.code,
                day=household.closed_on,
            )
        )


async def lock(uow: UnitOfWork, household_id: UUID) -> Household:
    """The household for writing, or `NotFound` where there is none in the actor's offices."""
    household = (
        await uow.session.scalars(select(Household).where(Household.id == household_id).with_for_update())
    ).one_or_none()
    if household is None or not uow.actor.may(Permission.HOUSEHOLDS_READ, household.office_id):
        raise await handed_over(uow, household_id) or no_household()
    return household


async def member_of(
    uow: UnitOfWork, household: Household, member_id: UUID, *, field: str = "member_id"
) -> Member:
    """A member by id, refused with a sentence where the person is not of this household."""
    member = (
        await uow.session.scalars(
            select(Member).where(Member.id == member_id, Member.household_id == household.id)
        )
    ).one_or_none()
    if member is None:
        raise invalid(
            field,
            say(
                "This person is not a member of household {code}. Choose one of its members.",
                code=household.code,
            ),
        )
    return member


async def serving_office(uow: UnitOfWork, village_code: str) -> Office:
    """The office for a village; `InvalidInput` where there is no such village, or nobody serves its province."""
    village = await uow.session.get(Place, village_code)
    if village is None or village.level != rules.Level.VILLAGE:
        raise invalid(
            "village_code",
            say("There is no village {code} in the gazetteer. Choose it from the list.", code=village_code),
        )
    office = (
        await uow.session.scalars(
            select(Office)
            .join(OfficeProvince, OfficeProvince.office_id == Office.id)
            .where(OfficeProvince.province_code == village_code[:2])
        )
    ).one_or_none()
    if office is None:
        raise invalid(
            "village_code",
            say("No office serves the province of {village}. Ask a manager.", village=village.name_latin),
        )
    return office


async def next_code(uow: UnitOfWork, office: Office) -> str:
    """The office's next household code. No two registrations wait for each other here, so codes may have gaps."""
    number = await uow.session.scalar(select(func.nextval(f"household_numbers_{office.id}")))
    return rules.household_code(office.prefix, cast("int", number))


async def least_loaded(uow: UnitOfWork, office_id: int, role: Role) -> UUID | None:
    """Who of the office's active staff in this role has the fewest open households; None where the office has nobody."""
    assigned = Household.caseworker_id if role is Role.CASEWORKER else Household.monitor_id
    return await uow.session.scalar(
        select(StaffRole.staff_id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .outerjoin(Household, (assigned == StaffRole.staff_id) & Household.closed_on.is_(None))
        .where(
            Staff.kind == StaffKind.PERSON,
            Staff.active,
            StaffRole.role == role.value,
            StaffRole.office_id == office_id,
        )
        .group_by(StaffRole.staff_id)
        .order_by(func.count(Household.id), StaffRole.staff_id)
        .limit(1)
    )


async def _assignment_faults(uow: UnitOfWork, data: HouseholdIn, office: Office) -> list[FieldError]:
    """What is wrong with the people asked for: each has to be at work, in that role, for the household's office."""
    roles = (
        ("caseworker_id", data.caseworker_id, Role.CASEWORKER),
        ("monitor_id", data.monitor_id, Role.MONITOR),
    )
    asked = [staff_id for _, staff_id, _ in roles if staff_id is not None]
    if not asked:
        return []
    held = await uow.session.execute(
        select(StaffRole.staff_id, StaffRole.role)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(
            Staff.id.in_(asked),
            Staff.kind == StaffKind.PERSON,
            Staff.active,
            or_(StaffRole.office_id.is_(None), StaffRole.office_id == office.id),
        )
    )
    able = {(row.staff_id, row.role) for row in held}
    sentences = {
        Role.CASEWORKER: say(
            "Nobody with this id is a caseworker of the office {office}. Choose one of that office, or leave it empty.",
            office=office.name_en,
        ),
        Role.MONITOR: say(
            "Nobody with this id is a monitor of the office {office}. Choose one of that office, or leave it empty.",
            office=office.name_en,
        ),
    }
    return [
        FieldError(field, sentences[role])
        for field, staff_id, role in roles
        if staff_id is not None and (staff_id, role.value) not in able
    ]


def _member(household: Household, data: MemberIn, joined_on: date, now: datetime) -> Member:
    return Member(
        id=data.id or new_id(),
        household_id=household.id,
        office_id=household.office_id,
        family_name_km=data.family_name_km,
        given_name_km=data.given_name_km,
        family_name_latin=data.family_name_latin,
        given_name_latin=data.given_name_latin,
        sex=data.sex,
        born_on=data.born_on,
        born_precision=data.born_precision,
        relationship=data.relationship,
        joined_on=joined_on,
        search=tokens(data.family_name_km, data.given_name_km, data.family_name_latin, data.given_name_latin),
        recorded_at=now,
    )
