from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from livelihood.db.reader import Read, Reading
from livelihood.households.models import Household, Member, School
from livelihood.observations.models import Observation, Withdrawal
from livelihood.observations.rules import Details, EducationState
from livelihood.observations.rules import Observation as Observed

IDS = bindparam("ids", type_=ARRAY(Uuid))


class Subject(msgspec.Struct, frozen=True):
    """A member who can be observed."""

    id: UUID
    household_id: UUID
    born_on: date


class Family(msgspec.Struct, frozen=True):
    id: UUID
    office_id: int
    intake_on: date


class Recorded(msgspec.Struct, frozen=True):
    """One record with the household it is of."""

    id: UUID
    household_id: UUID
    member_id: UUID | None
    visit_id: UUID | None
    happened_on: date
    recorded_at: datetime
    details: Details
    supersedes: UUID | None
    withdrawn: bool

    def observed(self) -> Observed:
        return Observed(
            self.id,
            self.member_id,
            self.visit_id,
            self.happened_on,
            self.recorded_at,
            self.details,
            self.supersedes,
        )


class Found(msgspec.Struct, frozen=True):
    id: UUID


class GoneAfter(msgspec.Struct, frozen=True):
    days: int


FAMILY = Read(
    select(Household.id, Household.office_id, Household.intake_on).where(
        Household.id == bindparam("id", type_=Uuid)
    ),
    Family,
)

SUBJECTS = Read(
    select(Member.id, Member.household_id, Member.born_on).where(
        Member.household_id == bindparam("household_id", type_=Uuid)
    ),
    Subject,
)


def withdrawn(visit_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether this visit was taken back. Whatever reads visits or findings says so by this, and nothing restates it."""
    return select(Withdrawal.visit_id).where(Withdrawal.visit_id == visit_id).exists()


# A correction belongs to the visit of what it corrects, and falls with it.
STANDS = ~withdrawn(Observation.__table__.c.visit_id)
Later = aliased(Observation)
# No correction has taken its place.
IN_FORCE = ~select(Later.id).where(Later.supersedes == Observation.__table__.c.id).exists()

_SAID = Observation.__table__.c.details
# `days_in_a_row`; the greatest of what is known.
_IN_A_ROW = func.greatest(
    cast(_SAID["days_away"].astext, Integer),
    case((_SAID["days_present"].astext == "0", cast(_SAID["days_open"].astext, Integer))),
)
# What `in_education` says is False, of a finding in which something was learnt.
NOT_IN_EDUCATION = or_(
    _SAID["state"].astext == EducationState.NONE.value,
    func.coalesce(cast(_SAID["gone_after"].astext, Integer) <= _IN_A_ROW, False),
)

# The number is kept by the area above, which answers through a function of the database.
GONE_AFTER = Read(select(func.app.presumed_gone_after(bindparam("day", type_=Date)).label("days")), GoneAfter)

RECORDS = select(
    Observation.id,
    Observation.household_id,
    Observation.member_id,
    Observation.visit_id,
    Observation.happened_on,
    Observation.recorded_at,
    Observation.details,
    Observation.supersedes,
    (~STANDS).label("withdrawn"),
)

OF_HOUSEHOLDS = Read(
    RECORDS.where(Observation.household_id == any_(IDS), STANDS),
    Recorded,
)

ONE = Read(RECORDS.where(Observation.id == bindparam("id", type_=Uuid)), Recorded)

WITHDRAWN = Read(
    select(Withdrawal.visit_id.label("id")).where(Withdrawal.visit_id == bindparam("id", type_=Uuid)),
    Found,
)

SCHOOLS = Read(
    select(School.id).where(School.id == any_(IDS)),
    Found,
)


async def of_households(reading: Reading, household_ids: list[UUID]) -> dict[UUID, list[Observed]]:
    """Every record of these households, corrected ones included: which form stands is for the rules to say. Without
    those of visits that were taken back.
    """
    found: dict[UUID, list[Observed]] = {household_id: [] for household_id in household_ids}
    for record in await OF_HOUSEHOLDS.all(reading, ids=household_ids):
        found[record.household_id].append(record.observed())
    return found
