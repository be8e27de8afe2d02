"""Everything of one household that its page tells, area by area."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, func, or_, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.courses.models import Course, Enrolment, Trade
from livelihood.db.reader import Read, Reading
from livelihood.desk.queries.today import DECIDABLE, PAYABLE
from livelihood.followups.models import Anchor
from livelihood.followups.queries import (
    absences,
    alerts,
    closed_checks,
    consequences,
    handover,
    leaving,
    left_alone,
    lists,
    losses,
    moved,
    people,
    placements,
    reviews,
    visits,
)
from livelihood.followups.queries.people import Child
from livelihood.followups.queries.placements import PlacementTold
from livelihood.followups.rules.consequences import Consequence
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.schemas import AbsenceOut, AlertOut, FollowUpOut, VisitOut
from livelihood.followups.schemas_care import LossOut
from livelihood.followups.schemas_closed import ClosedCheckOut
from livelihood.followups.schemas_handover import HandoverOut, MovedOut
from livelihood.followups.schemas_leaving import LeavingOut
from livelihood.followups.schemas_reviews import ReviewOut, ReviewRow
from livelihood.grants import queries as grants_queries
from livelihood.grants.models import Disbursement, Grant
from livelihood.grants.schemas import GrantRow
from livelihood.households import queries as households_queries
from livelihood.households.schemas import HouseholdDetail, Referral, RiskSaid
from livelihood.observations import queries as observations_queries
from livelihood.observations.rules import Standing, standing

HOUSEHOLD = bindparam("household_id", type_=Uuid)

# A family's whole story fits; a longer one shows its newest part.
MOST_VISITS = 200


class Start(msgspec.Struct):
    """A fact from which a plan counts."""

    kind: str
    on: date
    member_id: UUID | None
    ended_on: date | None
    id: UUID | None = None


STARTS = Read(
    select(Anchor.kind, Anchor.anchored_on.label("on"), Anchor.member_id, Anchor.ended_on, Anchor.id)
    .where(Anchor.household_id == HOUSEHOLD)
    .order_by(Anchor.anchored_on, Anchor.id),
    Start,
)


class Paid(msgspec.Struct):
    grant_id: UUID
    number: int
    amount_minor: int
    currency: str
    paid_on: date
    paid_by: str
    recorded_at: datetime


PAYMENTS = Read(
    select(
        Disbursement.grant_id,
        Disbursement.tranche_number.label("number"),
        Disbursement.amount_minor,
        Grant.currency,
        Disbursement.paid_on,
        Staff.name.label("paid_by"),
        Disbursement.recorded_at,
    )
    .join(Grant, Grant.id == Disbursement.grant_id)
    .join(Staff, Staff.id == Disbursement.paid_by)
    .where(Disbursement.household_id == HOUSEHOLD)
    .order_by(Disbursement.paid_on),
    Paid,
)


class OnTheTable(msgspec.Struct):
    """A grant that this person may decide on, or pay."""

    id: UUID
    status: str


ON_THE_TABLE = Read(
    select(Grant.id, Grant.status).where(Grant.household_id == HOUSEHOLD, or_(DECIDABLE, PAYABLE)), OnTheTable
)


class Seat(msgspec.Struct):
    """A member's enrolment in a course; `here`: the course is one of the reader's offices."""

    course_id: UUID
    here: bool
    member_id: UUID
    trade_en: str
    trade_km: str
    state: str
    enrolled_on: date
    completed_on: date | None
    ended_on: date | None
    ended_because: str | None


SEATS = Read(
    select(
        Enrolment.course_id,
        Course.id.is_not(None).label("here"),
        Enrolment.member_id,
        Trade.name_en.label("trade_en"),
        Trade.name_km.label("trade_km"),
        Enrolment.state,
        Enrolment.enrolled_on,
        Enrolment.completed_on,
        Enrolment.ended_on,
        Enrolment.ended_because,
    )
    .outerjoin(Course, Course.id == Enrolment.course_id)
    .join(Trade, Trade.key == func.app.trade_of(Enrolment.id))
    .where(Enrolment.household_id == HOUSEHOLD)
    .order_by(Enrolment.enrolled_on, Enrolment.id),
    Seat,
)


class Whole(msgspec.Struct):
    """One household as far as the reader may know it.

    `grants` and `payments` stay empty for those who see no money; `has_grant` is all that they may know of it.
    `placements`: of who completed a course, without a visit; `outside_visits` is all the rest of that.
    `left_alone`: the leavings of children of whom nobody has taken note.
    """

    household: HouseholdDetail
    referral: Referral | None
    people: list[Child]
    outside_visits: list[Standing]
    placements: list[PlacementTold]
    follow_ups: list[FollowUpOut]
    closed_checks: list[ClosedCheckOut]
    visits: list[VisitOut]
    alerts: list[AlertOut]
    starts: list[Start]
    seats: list[Seat]
    grants: list[GrantRow]
    on_the_table: list[OnTheTable]
    payments: list[Paid]
    has_grant: bool
    consequences: list[Consequence]
    losses: list[LossOut]
    risk_said: list[RiskSaid]
    absences: list[AbsenceOut]
    leavings: list[LeavingOut]
    left_alone: set[UUID]
    handovers: list[HandoverOut]
    moved: MovedOut | None
    reviews: list[ReviewOut]
    to_review: list[ReviewRow]
    may_review: bool
    may_place: bool


async def whole(reading: Reading, household_id: UUID, today: date, *, grant_label: str) -> Whole:
    """`grant_label` names the strip's tick. Raises `NotFound` where there is none, or it is another office's."""
    household = await households_queries.detail(reading, household_id)
    actor, office = reading.actor, household.office_id
    followed = actor.may(Permission.FOLLOW_UPS_READ, office)
    money = actor.may(Permission.GRANTS_READ, office)
    found = Whole(
        household=household,
        referral=(
            await households_queries.referral(reading, household_id)
            if actor.may(Permission.REFERRALS_READ, office)
            else None
        ),
        people=(await people.children(reading, [household_id], today, grant_label=grant_label))[household_id],
        outside_visits=[],
        placements=[],
        follow_ups=[],
        closed_checks=await closed_checks.of_household(reading, household_id),
        visits=[],
        alerts=await alerts.of_household(reading, household_id),
        starts=[],
        seats=[],
        grants=(await grants_queries.grants(reading, household_id=household_id)).items if money else [],
        on_the_table=(
            await ON_THE_TABLE.all(reading, household_id=household_id, person=actor.id) if money else []
        ),
        payments=await PAYMENTS.all(reading, household_id=household_id) if money else [],
        has_grant=household_id in await grants_queries.with_a_grant(reading, [household_id]),
        consequences=[],
        losses=[],
        risk_said=[],
        absences=await absences.of_household(reading, household_id) if followed else [],
        handovers=await handover.of_household(reading, household_id),
        moved=await moved.of_household(reading, household_id, office),
        leavings=await leaving.of_household(reading, household_id, office),
        left_alone=await left_alone.of_household(reading, household_id),
        reviews=[],
        to_review=[],
        may_review=actor.may(Permission.VISITS_REVIEW, office),
        may_place=actor.may(Permission.OBSERVATIONS_RECORD, office),
    )
    if followed:
        found.follow_ups = await lists.of_household(reading, household_id, today)
        found.placements = await placements.told(reading, household_id)
        found.starts = await STARTS.all(reading, household_id=household_id)
        if not actor.may(Permission.RISK_READ, office):
            found.starts = [one for one in found.starts if one.kind != AnchorKind.HIGH_RISK]
    if actor.may(Permission.REFERRALS_READ, office):
        found.risk_said = await households_queries.risk_said(reading, household_id)
    if actor.may(Permission.VISITS_READ, office):
        records = (await observations_queries.of_households(reading, [household_id]))[household_id]
        told = {one.id for one in found.placements}
        found.outside_visits = [
            record for record in standing(records) if record.visit_id is None and record.id not in told
        ]
        made = await visits.list_visits(reading, household_id=household_id, limit=MOST_VISITS)
        found.visits = made.items
        found.reviews = await reviews.of_household(reading, household_id)
        found.to_review = await reviews.waiting_of(reading, household_id)
        found.consequences = await consequences.of_household(reading, household_id)
        found.losses = await losses.of_household(reading, household_id)
    if actor.may(Permission.COURSES_READ, office):
        found.seats = await SEATS.all(reading, household_id=household_id)
    return found
