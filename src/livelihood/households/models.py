from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Office, Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.errors import say
from livelihood.households.rules import (
    BirthPrecision,
    CaseClosed,
    ConsentMethod,
    HouseholdStatus,
    IDPoor,
    LeavingEnded,
    Level,
    MemberLeft,
    Relationship,
    Risk,
    Sex,
)

WORDS = ARRAY(Text)


class Place(Base):
    """A province, district, commune or village; its parent's code is a prefix of its own."""

    __tablename__ = "places"
    __table_args__ = (
        one_of("level", Level),
        Index("ix_places_search", "search", postgresql_using="gin"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]
    name_km: Mapped[str]
    name_latin: Mapped[str]
    lat: Mapped[float | None] = mapped_column(Float)
    lng: Mapped[float | None] = mapped_column(Float)
    search: Mapped[list[str]] = mapped_column(WORDS)


class School(Base):
    """A school by its village; names are kept in the script they came in until somebody adds the other."""

    __tablename__ = "schools"
    __table_args__ = (UniqueConstraint("village_code", "name_km"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    village_code: Mapped[str] = mapped_column(ForeignKey(Place.code))
    name_km: Mapped[str]
    name_latin: Mapped[str | None]


class Household(Base):
    __tablename__ = "households"
    __table_args__ = (
        UniqueConstraint("id", "office_id"),
        UniqueConstraint("code"),
        one_of("idpoor_level", IDPoor),
        one_of("risk", Risk),
        one_of("status", HouseholdStatus),
        one_of("closed_because", CaseClosed),
        CheckConstraint("(closed_on IS NULL) = (closed_because IS NULL)", name="closed"),
        Index("ix_households_search", "search", postgresql_using="gin"),
        Index("ix_households_office_id", "office_id", "code"),
        Index("ix_households_next_change_on", "next_change_on"),
        Index("ix_households_rules", "rules"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    code: Mapped[str]
    village_code: Mapped[str] = mapped_column(ForeignKey(Place.code), index=True)
    caseworker_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    monitor_id: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id), index=True)
    phone: Mapped[str | None]
    idpoor_level: Mapped[str] = mapped_column(server_default=IDPoor.NONE)
    idpoor_card: Mapped[str | None]
    idpoor_expires_on: Mapped[date | None]
    risk: Mapped[str] = mapped_column(server_default=Risk.STANDARD)
    status: Mapped[str] = mapped_column(server_default=HouseholdStatus.ACTIVE)
    intake_on: Mapped[date]
    closed_on: Mapped[date | None]
    closed_because: Mapped[str | None]
    next_change_on: Mapped[date | None]
    """The next day on which the follow-ups would change by the calendar alone; the workers keep it."""
    rules: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """The number of the rules by which the follow-ups were worked out last; the workers keep it, and no audit."""
    search: Mapped[list[str]] = mapped_column(WORDS)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    registered_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    registered_at: Mapped[datetime] = mapped_column(server_default=func.now())


class HouseholdReferral(HouseholdScoped, Base):
    """Who sent the family, and why it is at risk: for the assigned staff and the focal point only."""

    __tablename__ = "household_referrals"
    __table_args__ = HouseholdScoped.household_key()

    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str | None]
    risk_reason: Mapped[str | None]


class RiskReason(HouseholdScoped, Base):
    """Each word on a family's risk, for the day it is said of; the last one is in `household_referrals` too.

    Written by `app.say_risk`, read by those who may read the referral.
    """

    __tablename__ = "risk_reasons"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        one_of("risk", Risk),
        Index("ix_risk_reasons_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    risk: Mapped[str]
    said_of: Mapped[date]
    reason: Mapped[str]
    said_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]


class Member(HouseholdScoped, Base):
    __tablename__ = "members"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        # Whoever names a member together with a household is held to the member's own.
        UniqueConstraint("id", "household_id"),
        one_of("sex", Sex),
        one_of("born_precision", BirthPrecision),
        one_of("relationship", Relationship),
        one_of("left_because", MemberLeft),
        CheckConstraint("(left_on IS NULL) = (left_because IS NULL)", name="left"),
        CheckConstraint(
            "(family_name_km IS NOT NULL AND given_name_km IS NOT NULL)"
            " OR (family_name_latin IS NOT NULL AND given_name_latin IS NOT NULL)",
            name="name",
            info={"refusal": say("Write the family name and the given name, in Khmer or in Latin script.")},
        ),
        Index("ix_members_search", "search", postgresql_using="gin"),
        Index("ix_members_household_id", "household_id"),
        Index(
            "uq_members_head",
            "household_id",
            unique=True,
            postgresql_where=text("relationship = 'head' AND left_on IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    family_name_km: Mapped[str | None]
    given_name_km: Mapped[str | None]
    family_name_latin: Mapped[str | None]
    given_name_latin: Mapped[str | None]
    sex: Mapped[str]
    born_on: Mapped[date]
    born_precision: Mapped[str]
    relationship: Mapped[str]
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    left_because: Mapped[str | None]
    search: Mapped[list[str]] = mapped_column(WORDS)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Leaving(HouseholdScoped, Base):
    """Somebody left the family, or, without a member, its case was closed; ended where they are followed again.

    What holds now stands at the member and the household as well. `head_was` is how the new head was related to the one
    who left. `noted_by` has taken note that a child left without the family.
    """

    __tablename__ = "leavings"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"]),
        ForeignKeyConstraint(["new_head_id", "household_id"], ["members.id", "members.household_id"]),
        CheckConstraint(
            "because IN ('died', 'finished', 'moved', 'other', 'withdrew')"
            " AND (because <> 'died' OR member_id IS NOT NULL)"
            " AND (because NOT IN ('finished', 'withdrew') OR member_id IS NULL)",
            name="because",
        ),
        CheckConstraint("partner IS NULL OR (member_id IS NULL AND because = 'moved')", name="partner"),
        CheckConstraint("(new_head_id IS NULL) = (head_was IS NULL)", name="new_head"),
        one_of("ended_because", LeavingEnded),
        CheckConstraint("num_nulls(ended_on, ended_because, ended_by, ended_at) IN (0, 4)", name="ended"),
        CheckConstraint("ended_on >= left_on", name="days"),
        CheckConstraint("(noted_by IS NULL) = (noted_at IS NULL)", name="noted"),
        Index("ix_leavings_household_id", "household_id"),
        Index(
            "ix_leavings_to_note",
            "office_id",
            "left_on",
            postgresql_where=text(
                "member_id IS NOT NULL AND because <> 'died' AND ended_on IS NULL AND noted_at IS NULL"
            ),
        ),
        Index(
            "uq_leavings_member_id",
            "member_id",
            unique=True,
            postgresql_where=text("ended_on IS NULL AND member_id IS NOT NULL"),
        ),
        Index(
            "uq_leavings_closed",
            "household_id",
            unique=True,
            postgresql_where=text("ended_on IS NULL AND member_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID | None]
    left_on: Mapped[date]
    because: Mapped[str]
    note: Mapped[str | None]
    partner: Mapped[str | None]
    new_head_id: Mapped[UUID | None]
    head_was: Mapped[str | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]
    ended_note: Mapped[str | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    ended_at: Mapped[datetime | None]
    noted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    noted_at: Mapped[datetime | None]


class Handover(HouseholdScoped, Base):
    """A family moved, as a rule to the village of another office, which from then on has all that is known of it.

    Written by `app.hand_over` alone. `office_id` is where the family is now; the office that handed it over sees this
    row too, and nothing else of the family. The code stays, because it stands on paper.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        CheckConstraint("(acknowledged_by IS NULL) = (acknowledged_at IS NULL)", name="acknowledged"),
        Index("ix_handovers_household_id", "household_id"),
        Index("ix_handovers_from_office_id", "from_office_id", "handed_at"),
        Index("ix_handovers_to_office_id", "to_office_id", "handed_at"),
        Index("ix_handovers_waiting", "to_office_id", postgresql_where=text("acknowledged_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    from_office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    to_office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    from_village: Mapped[str] = mapped_column(ForeignKey(Place.code))
    to_village: Mapped[str] = mapped_column(ForeignKey(Place.code))
    reason: Mapped[str]
    handed_on: Mapped[date]
    handed_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    handed_at: Mapped[datetime]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    acknowledged_at: Mapped[datetime | None]


class Consent(HouseholdScoped, Base):
    """One person's consent, or a child's assent, to what is named in `purposes`."""

    __tablename__ = "consents"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        one_of("method", ConsentMethod),
        CheckConstraint(
            "method <> 'thumbprint' OR witness IS NOT NULL",
            name="witness",
            info={"refusal": say("A thumbprint needs a witness. Write the witness's name.")},
        ),
        Index("ix_consents_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(ForeignKey(Member.id))
    purposes: Mapped[list[str]] = mapped_column(WORDS)
    method: Mapped[str]
    witness: Mapped[str | None]
    given_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
