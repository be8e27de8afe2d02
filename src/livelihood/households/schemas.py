from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import VILLAGE, Input
from livelihood.households.rules import (
    BirthPrecision,
    ConsentMethod,
    ConsentPurpose,
    IDPoor,
    Relationship,
    Risk,
    Sex,
)
from livelihood.written import written

Name = Annotated[str, written(80)]
Line = Annotated[str, written(200)]
Note = Annotated[str, written(2000)]
VillageCode = Annotated[str, msgspec.Meta(pattern=VILLAGE)]
SchoolName = Annotated[str, written(200)]


class SchoolIn(Input, kw_only=True):
    """A school as the people of its village call it, in either script."""

    village_code: VillageCode
    name: SchoolName


class MemberIn(Input, kw_only=True):
    """A name is needed in one script at least. Of a birth date known in part, the unknown part is 1."""

    id: UUID | None = None
    family_name_km: Name | None = None
    given_name_km: Name | None = None
    family_name_latin: Name | None = None
    given_name_latin: Name | None = None
    sex: Sex
    born_on: date
    born_precision: BirthPrecision = BirthPrecision.DAY
    relationship: Relationship


class NewMember(MemberIn, kw_only=True):
    """Someone who joins a household that is registered already."""

    joined_on: date | None = None


class HouseholdIn(Input, kw_only=True):
    """A household at intake. Its office is the one that serves the village's province.

    `id` may be made by the client (a UUIDv7); sending the same body again then answers the same.
    """

    id: UUID | None = None
    village_code: VillageCode
    phone: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    idpoor_level: IDPoor = IDPoor.NONE
    idpoor_card: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    idpoor_expires_on: date | None = None
    risk: Risk = Risk.STANDARD
    risk_reason: Note | None = None
    referral_source: Line | None = None
    intake_on: date
    caseworker_id: UUID | None = None
    monitor_id: UUID | None = None
    members: Annotated[list[MemberIn], msgspec.Meta(min_length=1, max_length=40)]


class RiskIn(Input, kw_only=True):
    """`on` is the day from which it is so. High again while it is high begins the fortnightly checks anew."""

    id: UUID | None = None
    risk: Risk
    on: date
    reason: Note


class ConsentIn(Input, kw_only=True):
    """`member_id` is who consents, or the child who assents; a thumbprint needs a witness."""

    id: UUID | None = None
    member_id: UUID
    purposes: Annotated[list[ConsentPurpose], msgspec.Meta(min_length=1, max_length=4)]
    method: ConsentMethod
    witness: Line | None = None
    given_on: date


class MemberOut(msgspec.Struct):
    id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    sex: str
    born_on: date
    born_precision: str
    relationship: str
    joined_on: date
    left_on: date | None
    left_because: str | None


class ConsentOut(msgspec.Struct):
    id: UUID
    member_id: UUID
    purposes: list[str]
    method: str
    witness: str | None
    given_on: date
    withdrawn_on: date | None


class PlaceOut(msgspec.Struct):
    """A village with the places it lies in, as people say where it is."""

    code: str
    name_km: str
    name_latin: str
    commune_km: str | None
    commune_latin: str | None
    district_km: str | None
    district_latin: str | None
    province_km: str | None
    province_latin: str | None


class HouseholdRow(msgspec.Struct):
    """A household in a list."""

    id: UUID
    code: str
    office_id: int
    status: str
    closed_on: date | None
    closed_because: str | None
    village_code: str
    village_km: str
    village_latin: str
    phone: str | None
    intake_on: date
    children: int
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None


class HouseholdDetail(msgspec.Struct):
    id: UUID
    code: str
    office_id: int
    status: str
    closed_on: date | None
    closed_because: str | None
    village_code: str
    village_km: str
    village_latin: str
    commune_km: str | None
    commune_latin: str | None
    phone: str | None
    idpoor_level: str
    idpoor_card: str | None
    idpoor_expires_on: date | None
    risk: str | None
    """Empty for those who may not read it."""
    intake_on: date
    caseworker_id: UUID | None
    caseworker: str | None
    monitor_id: UUID | None
    monitor: str | None
    version: int
    members: list[MemberOut]
    consents: list[ConsentOut]


class Referral(msgspec.Struct):
    source: str | None
    risk_reason: str | None


class RiskSaid(msgspec.Struct):
    risk: str
    said_of: date
    reason: str
    said_by: str
