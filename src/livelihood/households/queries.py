from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Date, Select, SmallInteger, Uuid, bindparam, case, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Office, Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import Code, packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.households.models import (
    Consent,
    Handover,
    Household,
    HouseholdReferral,
    Leaving,
    Member,
    Place,
    RiskReason,
)
from livelihood.households.rules import BirthPrecision, HandedOver, Relationship
from livelihood.households.schemas import (
    HouseholdDetail,
    HouseholdRow,
    Referral,
    RiskSaid,
)
from livelihood.households.search_key import query_tokens

# Who is the head of a household and lives there, for a join to its members.
HEAD = (
    (Member.household_id == Household.id)
    & (Member.relationship == Relationship.HEAD.value)
    & Member.left_on.is_(None)
)

Head = aliased(Member)
Commune = aliased(Place)
Caseworker = aliased(Staff)
Monitor = aliased(Staff)

PAGE_SIZE = 50
MOST_FOUND = 200

TODAY = bindparam("today", type_=Date)

# `rules.latest_birth` in SQL: a half-known age counts as the younger one.
LATEST_BIRTH = case(
    (Member.born_precision == literal_column(f"'{BirthPrecision.DAY}'"), Member.born_on),
    (
        Member.born_precision == literal_column(f"'{BirthPrecision.MONTH}'"),
        func.date_trunc("month", Member.born_on) + literal_column("interval '1 month - 1 day'"),
    ),
    else_=func.date_trunc("year", Member.born_on) + literal_column("interval '1 year - 1 day'"),
)

CHILDREN = (
    select(func.count())
    .where(
        Member.household_id == Household.id,
        or_(Member.left_on.is_(None), Member.left_on > TODAY),
        LATEST_BIRTH + literal_column("interval '18 years'") > TODAY,
    )
    .correlate(Household)
    .scalar_subquery()
)


@cache
def listed(*, found: bool, village: bool) -> Read[HouseholdRow]:
    """Households in the order of their codes, after `cursor`."""
    statement: Select[*tuple[Any, ...]] = (
        select(
            Household.id,
            Household.code,
            Household.office_id,
            Household.status,
            Household.closed_on,
            Household.closed_because,
            Household.village_code,
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            Household.phone,
            Household.intake_on,
            CHILDREN.label("children"),
            Head.family_name_km,
            Head.given_name_km,
            Head.family_name_latin,
            Head.given_name_latin,
        )
        .join(Place, Place.code == Household.village_code)
        .outerjoin(
            Head,
            (Head.household_id == Household.id)
            & (Head.relationship == literal_column(f"'{Relationship.HEAD}'"))
            & Head.left_on.is_(None),
        )
        .where(Household.code > bindparam("cursor"))
        .order_by(Household.code)
        .limit(bindparam("limit"))
    )
    if found:
        statement = statement.where(Household.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    if village:
        statement = statement.where(Household.village_code == bindparam("village"))
    return Read(statement, HouseholdRow)


class Found(msgspec.Struct, frozen=True):
    id: UUID


BY_CODE = Read(select(Household.id).where(Household.code == bindparam("code")), Found)


async def find(reading: Reading, text: str, *, at_most: int = MOST_FOUND) -> list[UUID]:
    """Households by a name in either script, a code or a phone; only those of the actor's offices.

    A whole code finds its household alone, not the longer codes that begin with it or hold its parts.
    """
    exact = await BY_CODE.first(reading, code=text.strip().upper())
    if exact is not None:
        return [exact.id]
    connection = await reading.connection()
    rows = await connection.fetch("SELECT app.find_households($1, $2)", query_tokens(text), at_most)
    return [row[0] for row in rows]


async def list_households(
    reading: Reading,
    *,
    today: object,
    q: str = "",
    village: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Page[HouseholdRow]:
    reading.actor.require(Permission.HOUSEHOLDS_READ)
    (after,) = unpacked(cursor, tuple[Code]) if cursor else ("",)
    parameters: dict[str, object] = {"today": today, "cursor": after, "limit": limit + 1}
    if q:
        parameters["ids"] = await find(reading, q)
    if village:
        parameters["village"] = village
    rows = await listed(found=bool(q), village=bool(village)).all(reading, **parameters)
    return Page(rows[:limit], packed(rows[limit - 1].code) if len(rows) > limit else None)


def _rows(model: type[Member] | type[Consent], fields: tuple[str, ...], order: Any) -> Any:
    """The household's rows of one table as a JSON array of objects with these fields."""
    pairs = [part for name in fields for part in (literal_column(f"'{name}'"), getattr(model, name))]
    rows = func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*pairs), order, model.id))
    return (
        select(func.coalesce(rows, literal_column("'[]'::jsonb"), type_=JSONB))
        .where(model.household_id == Household.id)
        .correlate(Household)
        .scalar_subquery()
    )


MEMBER_FIELDS = (
    "id", "family_name_km", "given_name_km", "family_name_latin", "given_name_latin", "sex", "born_on",
    "born_precision", "relationship", "joined_on", "left_on", "left_because",
)  # fmt: skip
CONSENT_FIELDS = ("id", "member_id", "purposes", "method", "witness", "given_on", "withdrawn_on")

DETAIL = Read(
    select(
        Household.id,
        Household.code,
        Household.office_id,
        Household.status,
        Household.closed_on,
        Household.closed_because,
        Household.village_code,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        Commune.name_km.label("commune_km"),
        Commune.name_latin.label("commune_latin"),
        Household.phone,
        Household.idpoor_level,
        Household.idpoor_card,
        Household.idpoor_expires_on,
        Household.risk,
        Household.intake_on,
        Household.caseworker_id,
        Caseworker.name.label("caseworker"),
        Household.monitor_id,
        Monitor.name.label("monitor"),
        Household.version,
        _rows(Member, MEMBER_FIELDS, Member.born_on).label("members"),
        _rows(Consent, CONSENT_FIELDS, Consent.given_on).label("consents"),
    )
    .join(Place, Place.code == Household.village_code)
    .outerjoin(Commune, Commune.code == func.left(Household.village_code, 6))
    .outerjoin(Caseworker, Caseworker.id == Household.caseworker_id)
    .outerjoin(Monitor, Monitor.id == Household.monitor_id)
    .where(Household.id == bindparam("household_id")),
    HouseholdDetail,
)

REFERRAL = Read(
    select(HouseholdReferral.source, HouseholdReferral.risk_reason).where(
        HouseholdReferral.household_id == bindparam("household_id")
    ),
    Referral,
)

RISK_SAID = Read(
    select(RiskReason.risk, RiskReason.said_of, RiskReason.reason, Staff.name.label("said_by"))
    .join(Staff, Staff.id == RiskReason.said_by)
    .where(RiskReason.household_id == bindparam("household_id"))
    .order_by(RiskReason.said_of, RiskReason.id),
    RiskSaid,
)


async def detail(reading: Reading, household_id: UUID) -> HouseholdDetail:
    """Raises `NotFound` where there is none, or it is another office's."""
    household = await DETAIL.first(reading, household_id=household_id)
    if household is None or not reading.actor.may(Permission.HOUSEHOLDS_READ, household.office_id):
        raise await handed_over(reading, household_id) or no_household()
    if not reading.actor.may(Permission.RISK_READ, household.office_id):
        household.risk = None
    return household


async def referral(reading: Reading, household_id: UUID) -> Referral | None:
    """Who sent the family and why; nothing for those who have no need to know (the database decides)."""
    return await REFERRAL.first(reading, household_id=household_id)


async def risk_said(reading: Reading, household_id: UUID) -> list[RiskSaid]:
    """What was said of the risk since intake, in the order of the days; as with the referral, the database decides
    who reads it.
    """
    return await RISK_SAID.all(reading, household_id=household_id)


class Handed(msgspec.Struct):
    office: str
    handed_on: date


HANDED = Read(
    select(Office.name_en.label("office"), Handover.handed_on)
    .join(Office, Office.id == Handover.to_office_id)
    .where(
        Handover.household_id == bindparam("household_id"),
        Handover.from_office_id == func.any(bindparam("offices", type_=ARRAY(SmallInteger))),
    )
    .order_by(Handover.handed_at.desc())
    .limit(1),
    Handed,
)


async def handed_over(reading: Reading, household_id: UUID) -> HandedOver | None:
    """Why a household is not here any more: one's own office gave it to another."""
    offices = [office.id for office in reading.actor.offices]
    found = await HANDED.first(reading, household_id=household_id, offices=offices)
    if found is None:
        return None
    return HandedOver(
        say(
            "This family was handed over to the office {office} on {day}. Tell that office what you know of it.",
            office=found.office,
            day=found.handed_on,
        )
    )


def no_household() -> NotFound:
    return NotFound(say("There is no such household here. Check the link, or search for the family's name."))


class Heir(msgspec.Struct, frozen=True):
    """Who became the head when the one before left; `was`: what they had been to that head."""

    member_id: UUID
    was: Relationship
    relationship: Relationship


Since = aliased(Leaving)
HEIRS = Read(
    select(Since.new_head_id.label("member_id"), Since.head_was.label("was"), Member.relationship)
    .select_from(Leaving)
    .join(Since, (Since.household_id == Leaving.household_id) & (Since.recorded_at >= Leaving.recorded_at))
    .join(Member, Member.id == Since.new_head_id)
    .where(Leaving.id == bindparam("leaving_id", type_=Uuid), Leaving.new_head_id.is_not(None))
    .order_by(Since.recorded_at.desc(), Since.id.desc()),
    Heir,
)


async def heirs(reading: Reading, leaving_id: UUID) -> list[Heir]:
    """Whoever became the head from this leaving on, the latest first; nobody where no head left."""
    return await HEIRS.all(reading, leaving_id=leaving_id)
