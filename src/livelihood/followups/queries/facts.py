"""The facts of a batch of households, in one query a table."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, select

from livelihood.db.reader import Read, Reading
from livelihood.followups import models
from livelihood.followups.queries.missing import IS_MISSING
from livelihood.followups.queries.visits import HAPPENED
from livelihood.followups.rules.consequences import Consequence, ConsequenceKind, Ended
from livelihood.followups.rules.facts import (
    Absence,
    Anchor,
    AnchorKind,
    Because,
    CheckClosed,
    Decided,
    Household,
    Leaving,
    Loss,
    Member,
    Mode,
    Moved,
    Outcome,
    Visit,
    first_risk_id,
)
from livelihood.followups.rules.reviews import Decision
from livelihood.households import models as households
from livelihood.households.rules import BirthPrecision, CaseClosed, LeavingEnded, Risk
from livelihood.observations import queries as observations

# A place's code begins with its province's.
PROVINCE_DIGITS = 2

# Of a leaving of which nobody knows when it was recorded.
ALWAYS = datetime.min.replace(tzinfo=UTC)

Row = TypeVar("Row", bound=msgspec.Struct)
IDS = bindparam("ids", type_=ARRAY(Uuid))


class Loaded(msgspec.Struct, frozen=True):
    """One household's facts, with its office, in which its follow-ups are."""

    office_id: int
    code: str
    next_change_on: date | None
    rules: int
    household: Household


class HouseholdRow(msgspec.Struct, frozen=True):
    id: UUID
    office_id: int
    code: str
    village_code: str
    risk: str
    intake_on: date
    registered_at: datetime
    closed_on: date | None
    closed_because: str | None
    next_change_on: date | None
    rules: int

    def left(self, recorded_at: datetime) -> Leaving | None:
        if self.closed_on is None:
            return None
        moved = self.closed_because == CaseClosed.MOVED
        return Leaving(self.closed_on, Because.MOVED if moved else Because.CLOSED, recorded_at)


class MemberRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    born_on: date
    born_precision: str
    joined_on: date
    left_on: date | None
    left_because: str | None
    recorded_at: datetime

    def member(self, recorded_on: date, absences: tuple[Absence, ...], left_at: datetime) -> Member:
        left = None
        if self.left_on is not None:
            known = self.left_because in {Because.DIED.value, Because.CLOSED.value}
            left = Leaving(self.left_on, Because(self.left_because) if known else Because.MOVED, left_at)
        precision = BirthPrecision(self.born_precision)
        return Member(self.id, self.born_on, precision, self.joined_on, left, recorded_on, absences)


class AnchorRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    kind: str
    anchored_on: date
    recorded_at: datetime
    member_id: UUID | None
    ended_on: date | None


class VisitRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    happened_on: date
    outcome: str
    mode: str
    recorded_at: datetime
    recorded_by: UUID


class PresentRow(msgspec.Struct, frozen=True):
    visit_id: UUID
    member_id: UUID


class AbsenceRow(msgspec.Struct, frozen=True):
    member_id: UUID
    away_from: date
    away_until: date
    recorded_at: datetime
    back_known_on: date | None


class LeavingRow(msgspec.Struct, frozen=True):
    household_id: UUID
    member_id: UUID | None
    left_on: date
    recorded_at: datetime
    ended_on: date | None
    ended_at: datetime | None


class MoveRow(msgspec.Struct, frozen=True):
    household_id: UUID
    from_village: str
    to_village: str
    handed_on: date
    handed_at: datetime


class LossRow(msgspec.Struct, frozen=True):
    household_id: UUID
    member_id: UUID
    decided_on: date


class ClosedRow(msgspec.Struct, frozen=True):
    household_id: UUID
    follow_up_id: UUID
    closed_on: date


class DecidedRow(msgspec.Struct, frozen=True):
    household_id: UUID
    happened_on: date
    decided_at: datetime


class SearchRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID


class ConsequenceRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    member_id: UUID | None
    kind: str
    happened_on: date
    since: date | None
    cause_id: UUID | None
    recorded_at: datetime
    ended_on: date | None
    ended_because: str | None


def rows(model: Any, into: type[Row], *conditions: ColumnElement[bool]) -> Read[Row]:
    """A table's columns of the struct's names, for the households asked for."""
    columns = (getattr(model, name) for name in into.__struct_fields__)
    return Read(select(*columns).where(model.household_id == any_(IDS), *conditions), into)


HOUSEHOLDS = Read(
    select(*(getattr(households.Household, name) for name in HouseholdRow.__struct_fields__)).where(
        households.Household.id == any_(IDS)
    ),
    HouseholdRow,
)
MEMBERS = rows(households.Member, MemberRow)
ANCHORS = rows(models.Anchor, AnchorRow)
VISITS = rows(models.Visit, VisitRow, HAPPENED)
PRESENT = rows(models.Present, PresentRow)
ABSENCES = rows(models.Absence, AbsenceRow)
# Who left and came back was away meanwhile; without a member, all of them were. After a mistake nobody had left.
LEAVINGS = rows(
    households.Leaving,
    LeavingRow,
    households.Leaving.ended_because.is_distinct_from(LeavingEnded.MISTAKE.value),
)
MOVES = rows(households.Handover, MoveRow)
LOSSES = rows(models.Loss, LossRow, models.Loss.taken_back_at.is_(None))
CLOSED = rows(models.ClosedCheck, ClosedRow, models.ClosedCheck.reopened_at.is_(None))
DECIDED = rows(models.Review, DecidedRow, models.Review.decision != Decision.WITHDRAWN.value)
SEARCHES = rows(
    models.Alert,
    SearchRow,
    IS_MISSING,
    models.Alert.observation_id.is_(None),
)
CONSEQUENCES = rows(models.Consequence, ConsequenceRow)


async def visits_of(reading: Reading, ids: Sequence[UUID]) -> list[tuple[UUID, Visit]]:
    """Each with its household; without those that were withdrawn."""
    present: dict[UUID, set[UUID]] = {}
    for there in await PRESENT.all(reading, ids=ids):
        present.setdefault(there.visit_id, set()).add(there.member_id)
    return [
        (
            row.household_id,
            Visit(
                row.id,
                row.happened_on,
                Outcome(row.outcome),
                Mode(row.mode),
                row.recorded_at,
                frozenset(present.get(row.id, ())),
                row.recorded_by,
            ),
        )
        for row in await VISITS.all(reading, ids=ids)
    ]


async def load(
    reading: Reading, household_ids: Sequence[UUID], local_day: Callable[[datetime], date]
) -> list[Loaded]:
    ids = list(household_ids)
    members: dict[UUID, list[Member]] = {one: [] for one in ids}
    anchors: dict[UUID, list[Anchor]] = {one: [] for one in ids}
    visits: dict[UUID, list[Visit]] = {one: [] for one in ids}
    absences: dict[UUID, tuple[Absence, ...]] = {}
    losses: dict[UUID, tuple[Loss, ...]] = {}
    happened: dict[UUID, list[Consequence]] = {}
    for row in await ABSENCES.all(reading, ids=ids):
        known = absences.get(row.member_id, ())
        recorded_on, back_known_on = local_day(row.recorded_at), row.back_known_on or date.min
        away = Absence(row.away_from, row.away_until, recorded_on, back_known_on)
        absences[row.member_id] = (*known, away)
    gaps: dict[tuple[UUID, UUID | None], tuple[Absence, ...]] = {}
    left_at: dict[tuple[UUID, UUID | None], datetime] = {}
    for row in await LEAVINGS.all(reading, ids=ids):
        whose = row.household_id, row.member_id
        if row.ended_on is None or row.ended_at is None:
            left_at[whose] = row.recorded_at
        else:
            gap = Absence(row.left_on, row.ended_on, local_day(row.recorded_at), local_day(row.ended_at))
            gaps[whose] = (*gaps.get(whose, ()), gap)
    moves: dict[UUID, tuple[Moved, ...]] = {}
    for row in sorted(await MOVES.all(reading, ids=ids), key=lambda one: one.handed_at):
        before = row.from_village[:PROVINCE_DIGITS]
        if before != row.to_village[:PROVINCE_DIGITS]:
            moves[row.household_id] = (*moves.get(row.household_id, ()), Moved(row.handed_on, before))
    for row in await LOSSES.all(reading, ids=ids):
        said = losses.get(row.household_id, ())
        losses[row.household_id] = (*said, Loss(row.member_id, row.decided_on))
    closed: dict[UUID, tuple[CheckClosed, ...]] = {}
    for row in await CLOSED.all(reading, ids=ids):
        before = closed.get(row.household_id, ())
        closed[row.household_id] = (*before, CheckClosed(row.follow_up_id, row.closed_on))
    decided: dict[UUID, tuple[Decided, ...]] = {}
    for row in await DECIDED.all(reading, ids=ids):
        earlier = decided.get(row.household_id, ())
        decided[row.household_id] = (*earlier, Decided(row.happened_on, row.decided_at))
    searched: dict[UUID, set[UUID]] = {}
    for row in await SEARCHES.all(reading, ids=ids):
        searched.setdefault(row.household_id, set()).add(row.id)
    for row in await CONSEQUENCES.all(reading, ids=ids):
        happened.setdefault(row.household_id, []).append(
            Consequence(
                row.id,
                row.member_id,
                ConsequenceKind(row.kind),
                row.happened_on,
                row.since,
                row.cause_id,
                row.recorded_at,
                row.ended_on,
                Ended(row.ended_because) if row.ended_because else None,
            )
        )
    for row in await MEMBERS.all(reading, ids=ids):
        away_at = absences.get(row.id, ())
        away_at += gaps.get((row.household_id, None), ()) + gaps.get((row.household_id, row.id), ())
        gone_at = left_at.get((row.household_id, row.id), ALWAYS)
        member = row.member(local_day(row.recorded_at), away_at, gone_at)
        members[row.household_id].append(member)
    for row in await ANCHORS.all(reading, ids=ids):
        anchors[row.household_id].append(
            Anchor(
                row.id,
                AnchorKind(row.kind),
                row.anchored_on,
                local_day(row.recorded_at),
                row.member_id,
                row.ended_on,
            )
        )
    for household_id, visit in await visits_of(reading, ids):
        visits[household_id].append(visit)
    seen = await observations.of_households(reading, ids)
    return [
        Loaded(
            row.office_id,
            row.code,
            row.next_change_on,
            row.rules,
            Household(
                row.id,
                tuple(members[row.id]),
                tuple(_with_first_risk(row, anchors[row.id], local_day)),
                tuple(visits[row.id]),
                tuple(seen[row.id]),
                row.left(left_at.get((row.id, None), ALWAYS)),
                losses.get(row.id, ()),
                tuple(happened.get(row.id, ())),
                row.village_code[:PROVINCE_DIGITS],
                decided.get(row.id, ()),
                frozenset(searched.get(row.id, ())),
                closed.get(row.id, ()),
                moves.get(row.id, ()),
            ),
        )
        for row in await HOUSEHOLDS.all(reading, ids=ids)
    ]


def _with_first_risk(
    row: HouseholdRow, anchors: list[Anchor], local_day: Callable[[datetime], date]
) -> list[Anchor]:
    """A household registered as at high risk has been so since its intake, without anybody recording it apart."""
    known = any(anchor.kind is AnchorKind.HIGH_RISK for anchor in anchors)
    if known or row.risk != Risk.HIGH:
        return anchors
    first = Anchor(first_risk_id(row.id), AnchorKind.HIGH_RISK, row.intake_on, local_day(row.registered_at))
    return [*anchors, first]
