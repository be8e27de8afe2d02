"""What is known of each child, and the school strip that shows it."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, Anchor, FollowedChild, FollowUp
from livelihood.followups.queries.absences import away_on
from livelihood.followups.queries.facts import visits_of
from livelihood.followups.queries.missing import OPEN
from livelihood.followups.queries.seen_that_day import Searched, SeenThatDay, seen_that_day
from livelihood.followups.rules.ages import age_on, turns
from livelihood.followups.rules.confirmation import confirmed_days
from livelihood.followups.rules.facts import Member as Person
from livelihood.followups.rules.facts import Visit
from livelihood.households.models import Household, Member
from livelihood.households.rules import BirthPrecision
from livelihood.observations import queries as observations
from livelihood.observations.rules import Elsewhere, Known, elsewhere_of, known_of, standing
from livelihood.observations.strip import Strip, StripPoint, school_strip

GROWN = 18
IDS = bindparam("ids", type_=ARRAY(Uuid))


class Told(StrEnum):
    """How schooling is known of which nobody has made sure: the child was not seen, nor found in a register, since."""

    AT_INTAKE = "at_intake"
    WITHOUT_VISIT = "without_visit"
    NOT_SEEN = "not_seen"


class PersonRow(msgspec.Struct, frozen=True):
    household_id: UUID
    office_id: int
    id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    sex: str
    relationship: str
    born_on: date
    born_precision: str
    left_on: date | None
    missing_since: date | None
    lost_on: date | None
    confirmed_on: date | None
    followed_since: date | None
    intake_on: date


class Child(msgspec.Struct, frozen=True):
    """A member with what is known of their schooling; nothing of it for who does not read visits there.

    `told`: what is known of it was told, and nobody has seen the child since. `away_until`: the day of the return of who is away for a season. `elsewhere`: what is newer than their schooling.
    `missing_since`: the day of an alert that is open; `seen_that_day`: and were seen on a day on which they were said to be
    gone. `lost_on`: since when they are lost to follow-up.
    """

    household_id: UUID
    id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    sex: str
    relationship: str
    born_on: date
    age: int
    is_child: bool
    present: bool
    away_until: date | None
    known: Known | None
    told: Told | None
    elsewhere: Elsewhere | None
    missing_since: date | None
    seen_that_day: SeenThatDay | None
    lost_on: date | None
    strip: Strip | None


class PointRow(msgspec.Struct, frozen=True):
    member_id: UUID
    slot: str
    opens_on: date
    anchored_on: date


PEOPLE = Read(
    select(
        Member.household_id,
        Member.office_id,
        Member.id,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Member.sex,
        Member.relationship,
        Member.born_on,
        Member.born_precision,
        Member.left_on,
        select(Alert.opened_on)
        .where(Alert.member_id == Member.id, OPEN)
        .scalar_subquery()
        .label("missing_since"),
        FollowedChild.lost_on,
        FollowedChild.confirmed_on,
        FollowedChild.followed_since,
        Household.intake_on,
    )
    .join(Household, Household.id == Member.household_id)
    .outerjoin(FollowedChild, FollowedChild.member_id == Member.id)
    .where(Member.household_id == any_(IDS))
    .order_by(Member.born_on, Member.id),
    PersonRow,
)
# Of several plans the strip shows the first: its months are what the family remembers.
POINTS = Read(
    select(FollowUp.member_id, FollowUp.slot, FollowUp.opens_on, Anchor.anchored_on)
    .join(Anchor, Anchor.id == FollowUp.anchor_id)
    .where(
        FollowUp.household_id == any_(IDS),
        FollowUp.protocol == "school_retention",
        FollowUp.slot.like("month\\_%"),
        FollowUp.member_id.is_not(None),
    )
    .order_by(FollowUp.member_id, Anchor.anchored_on, Anchor.id, FollowUp.due_on),
    PointRow,
)


def month_of(slot: str) -> int:
    """Of `month_12`, and of `month_12_day_7`: a check some days later still is that month's."""
    return int(slot.split("_")[1])


async def children(
    reading: Reading, household_ids: Sequence[UUID], today: date, *, grant_label: str = ""
) -> Mapping[UUID, list[Child]]:
    """Each household's members, eldest first, with what is known of their schooling and their strip."""
    ids = list(household_ids)
    seen = await observations.of_households(reading, ids)
    visited: dict[UUID, dict[UUID, Visit]] = {household_id: {} for household_id in ids}
    for household_id, visit in await visits_of(reading, ids):
        visited[household_id][visit.id] = visit
    # Of school the strip tells; that a name in a register ends no search is nothing to it.
    stand = {one: list(standing(seen[one])) for one in ids}
    confirmed = {one: confirmed_days(stand[one], visited[one], ()) for one in ids}
    away = {one.member_id: one.until for one in await away_on(reading, ids, today)}
    points: dict[UUID, list[PointRow]] = {}
    for row in await POINTS.all(reading, ids=ids):
        mine = points.setdefault(row.member_id, [])
        if not mine or mine[0].anchored_on == row.anchored_on:
            mine.append(row)
    found: dict[UUID, list[Child]] = {household_id: [] for household_id in ids}
    rows = await PEOPLE.all(reading, ids=ids)
    searched = [
        Searched(row.household_id, row.office_id, row.id, row.missing_since)
        for row in rows
        if row.missing_since and reading.actor.may(Permission.VISITS_READ, row.office_id)
    ]
    all_the_same = await seen_that_day(reading, searched, stand, visited)
    for row in rows:
        informed = reading.actor.may(Permission.VISITS_READ, row.office_id)
        person = Person(row.id, row.born_on, BirthPrecision(row.born_precision))
        mine = [one for one in seen[row.household_id] if one.member_id == row.id]
        known = known_of(mine)
        planned = points.get(row.id, [])
        cells = [StripPoint(one.slot, month_of(one.slot), one.opens_on) for one in planned]
        marks = [(planned[0].anchored_on, grant_label)] if planned and grant_label else []
        found[row.household_id].append(
            Child(
                household_id=row.household_id,
                id=row.id,
                family_name_km=row.family_name_km,
                given_name_km=row.given_name_km,
                family_name_latin=row.family_name_latin,
                given_name_latin=row.given_name_latin,
                sex=row.sex,
                relationship=row.relationship,
                born_on=row.born_on,
                age=age_on(person, today),
                is_child=today < turns(person, GROWN),
                away_until=away.get(row.id),
                present=row.left_on is None or row.left_on > today,
                known=known if informed else None,
                told=_told(known, row) if informed else None,
                elsewhere=elsewhere_of(mine) if informed else None,
                missing_since=row.missing_since if informed else None,
                seen_that_day=all_the_same.get(row.id),
                lost_on=row.lost_on if informed else None,
                strip=school_strip(cells, mine, marks, today, confirmed[row.household_id].get(row.id, ()))
                if cells and informed
                else None,
            )
        )
    return found


def _told(known: Known, row: PersonRow) -> Told | None:
    """Whom no plan follows is confirmed by nobody, so of them only what no visit found counts as told."""
    if known.happened_on is None or (row.confirmed_on and known.happened_on <= row.confirmed_on):
        return None
    if known.visit_id is None:
        return Told.AT_INTAKE if known.happened_on <= row.intake_on else Told.WITHOUT_VISIT
    return Told.NOT_SEEN if row.followed_since else None


async def people_in(
    reading: Reading, household_id: UUID, today: date, *, grant_label: str = ""
) -> list[Child]:
    """The same of one household."""
    return (await children(reading, [household_id], today, grant_label=grant_label))[household_id]
