from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Protocol

from dateutil.relativedelta import relativedelta

from livelihood.errors import DomainError, FieldError, NotFound, past_faults, say


class ConsentMissing(DomainError):
    """Nothing is done for a family that has not agreed to it."""

    code = "consent-missing"
    status = 409


class HandedOver(NotFound):
    """Another office's family, which one's own office gave it."""

    code = "handed-over"


class HouseholdIsClosed(DomainError):
    code = "household-is-closed"
    status = 409


class Level(StrEnum):
    """A level of the gazetteer; a code has two digits for each step down."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    VILLAGE = "village"


class IDPoor(StrEnum):
    """The Ministry of Planning's identification of poor households; level 1 is very poor."""

    NONE = "none"
    LEVEL_1 = "level_1"
    LEVEL_2 = "level_2"


class Risk(StrEnum):
    STANDARD = "standard"
    HIGH = "high"


class HouseholdStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class CaseClosed(StrEnum):
    """Why a household's case was closed."""

    FINISHED = "finished"
    MOVED = "moved"
    WITHDREW = "withdrew"
    OTHER = "other"


class MemberLeft(StrEnum):
    """Why somebody does not live with the family any more."""

    DIED = "died"
    MOVED = "moved"
    OTHER = "other"


class LeavingEnded(StrEnum):
    """Why somebody who left is followed again. Who came back was away meanwhile; after a mistake nobody was."""

    CAME_BACK = "came_back"
    MISTAKE = "mistake"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class BirthPrecision(StrEnum):
    """How much of a birth date is known; the unknown part is stored as the first month or day."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ESTIMATED = "estimated"


class Relationship(StrEnum):
    """To the head of the household."""

    HEAD = "head"
    SPOUSE = "spouse"
    DAUGHTER = "daughter"
    SON = "son"
    GRANDCHILD = "grandchild"
    PARENT = "parent"
    SIBLING = "sibling"
    NIECE_NEPHEW = "niece_nephew"
    OTHER_RELATIVE = "other_relative"
    NOT_RELATED = "not_related"


# What A is to B, from what B is to A. Between the others there is no telling.
RELATED_BACK = {
    Relationship.SPOUSE: Relationship.SPOUSE,
    Relationship.DAUGHTER: Relationship.PARENT,
    Relationship.SON: Relationship.PARENT,
    Relationship.SIBLING: Relationship.SIBLING,
    Relationship.NOT_RELATED: Relationship.NOT_RELATED,
}


def related_back(relationship: str, sex: str) -> Relationship:
    """How a former head, of this sex, is related to the new one who was this to them."""
    if relationship == Relationship.PARENT:
        return Relationship.DAUGHTER if sex == Sex.FEMALE else Relationship.SON
    return RELATED_BACK.get(Relationship(relationship), Relationship.OTHER_RELATIVE)


class ConsentPurpose(StrEnum):
    SERVICES = "services"
    FOLLOW_UP_VISITS = "follow_up_visits"
    SHARING = "sharing"
    REPORTS = "reports"


class ConsentMethod(StrEnum):
    SIGNATURE = "signature"
    THUMBPRINT = "thumbprint"


EARLIEST_BIRTH = date(1900, 1, 1)


def latest_birth(born_on: date, precision: str) -> date:
    """The last day this person can have been born on; until then a half-known age counts as the younger one.

    `precision` is a `BirthPrecision`.
    """
    if precision == BirthPrecision.DAY:
        return born_on
    if precision == BirthPrecision.MONTH:
        return born_on + relativedelta(day=31)
    return date(born_on.year, 12, 31)


def age_on(born_on: date, day: date) -> int:
    """Completed years; someone born on 29 February has their birthday on 28 February where there is no 29th."""
    return relativedelta(day, born_on).years


class Born(Protocol):
    @property
    def born_on(self) -> date: ...
    @property
    def born_precision(self) -> str: ...


def surely(member: Born, age: int, day: date) -> bool:
    """Whether this person has reached the age on that day whatever is unknown of the birth date."""
    return age_on(latest_birth(member.born_on, member.born_precision), day) >= age


class Called(Protocol):
    @property
    def family_name_km(self) -> str | None: ...
    @property
    def given_name_km(self) -> str | None: ...
    @property
    def family_name_latin(self) -> str | None: ...
    @property
    def given_name_latin(self) -> str | None: ...


class Named(Born, Called, Protocol):
    @property
    def relationship(self) -> Relationship: ...


def member_faults(member: Named, today: date, path: str = "") -> list[FieldError]:
    """What one member's own record gets wrong. A refusal names the field and repeats nothing that was said of the person:
    whoever calls the API may write it to a log.
    """
    prefix = f"{path}." if path else ""
    faults: list[FieldError] = []
    khmer = member.family_name_km and member.given_name_km
    latin = member.family_name_latin and member.given_name_latin
    if not khmer and not latin:
        faults.append(
            FieldError(
                f"{prefix}family_name_km",
                say("Write the family name and the given name, in Khmer or in Latin script."),
            )
        )
    if member.born_on > today:
        faults.append(
            FieldError(
                f"{prefix}born_on",
                say("The date of birth is in the future. Check it."),
            )
        )
    elif member.born_on < EARLIEST_BIRTH:
        faults.append(
            FieldError(
                f"{prefix}born_on",
                say("The date of birth is too long ago. Check the year (543 less than the Buddhist year)."),
            )
        )
    return faults


def household_faults(members: Sequence[Named], intake_on: date, today: date) -> list[FieldError]:
    """What a household's people get wrong together, each fault at its field's path."""
    faults = [
        fault
        for position, member in enumerate(members)
        for fault in member_faults(member, today, f"members.{position}")
    ]
    heads = sum(member.relationship is Relationship.HEAD for member in members)
    if heads != 1:
        faults.append(
            FieldError("members", say("A household has one head; here there are {count}.", count=heads))
        )
    return faults + past_faults("intake_on", intake_on, today=today)


class Present(Born, Protocol):
    @property
    def left_on(self) -> date | None: ...


class Given(Protocol):
    @property
    def purposes(self) -> Sequence[str]: ...
    @property
    def given_on(self) -> date: ...
    @property
    def withdrawn_on(self) -> date | None: ...


def is_present(member: Present, today: date) -> bool:
    """Whether this person still lives with the family; the day of leaving is the first without them."""
    return member.left_on is None or member.left_on > today


class Heir(Protocol):
    @property
    def relationship(self) -> str: ...


def is_head_again(heirs: Iterable[Heir]) -> bool:
    """Whether somebody who left as the head is the head again on their return. `heirs`: whoever became the head from
    their leaving on, as what they are to the family today. Where none of these is the head, somebody is who was it
    before: a head who left earlier is back.
    """
    return any(heir.relationship == Relationship.HEAD for heir in heirs)


def may_consent(member: Born, on: date) -> bool:
    """Whether this person can give their own consent, or a child's assent, on that day.

    Proposed by this project after the usual practice of case management: up to 5 the caregiver; 6–14 the
    caregiver, with the child's assent; 15–17 the child, with the caregiver's agreement; adults for themselves.
    """
    return surely(member, 6, on)


def allows_services(consent: Given, member: Present, today: date) -> bool:
    """Whether this consent of this member lets the family be served."""
    return allows(ConsentPurpose.SERVICES, consent, member, today)


def allows(purpose: ConsentPurpose, consent: Given, member: Present, today: date) -> bool:
    """Whether this consent of this member speaks for the family.

    They were surely an adult on the day they gave it, have not taken it back, and have not left the family.
    """
    return (
        consent.withdrawn_on is None
        and purpose in consent.purposes
        and surely(member, 18, consent.given_on)
        and is_present(member, today)
    )


def household_code(prefix: str, number: int) -> str:
    return f"{prefix}-{number:05d}"


def name_of(person: Called) -> str:
    """Family name first; in Khmer with the Latin spelling after it where both are known."""
    khmer = " ".join(part for part in (person.family_name_km, person.given_name_km) if part)
    latin = " ".join(part for part in (person.family_name_latin, person.given_name_latin) if part)
    return f"{khmer} ({latin})" if khmer and latin else khmer or latin
