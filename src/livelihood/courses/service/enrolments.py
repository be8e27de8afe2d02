from uuid import UUID

import msgspec
from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.courses import rules
from livelihood.courses.models import Enrolment, Trade
from livelihood.courses.queries import no_member
from livelihood.courses.rules import EnrolmentState
from livelihood.courses.schemas import CompletionIn, EnrolmentIn
from livelihood.courses.service.seats import (
    Seated,
    candidate_of,
    check_other_enrolments,
    fill,
    find,
    lock_course,
    lock_families,
    member_now,
    seats_left,
    take_place,
)
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.service import set_anchor
from livelihood.households.models import Member
from livelihood.households.rules import HouseholdStatus
from livelihood.households.service import lock, require_consent


class EnrolmentAsked(msgspec.Struct):
    """What a repeated request has to repeat: the course in its path as well as the body."""

    course_id: UUID
    data: EnrolmentIn


async def enrol(uow: UnitOfWork, course_id: UUID, data: EnrolmentIn, *, clock: Clock) -> Seated:
    """A seat where one is left for somebody who has not waited, otherwise a place on the waitlist.

    A seat that is free although people wait, because none of them could take it, is offered to them first: what stood
    in their way may be over. Locked is in the one order (`service.seats`), so those who ask for the same course, and
    those who ask for the same person, go one by one; and so do those who close the household or hand it over.

    Raises NotEnrollable, TooYoungForTraining, SafeguardsMissing, CourseEnded, ConsentMissing, AlreadyInCourse or
    OverlappingEnrolment.
    """
    course = await lock_course(uow, course_id)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, course.office_id)
    enrolment_id = data.id or new_id()
    if data.id is not None and not await uow.claim(
        "enrolment", enrolment_id, EnrolmentAsked(course_id, data)
    ):
        return Seated(await find(uow, enrolment_id))
    household_id = await uow.session.scalar(select(Member.household_id).where(Member.id == data.member_id))
    if household_id is None:
        raise no_member()
    await lock_families(uow, household_id, waiting_for=[course] if seats_left(course) else [])
    household = await lock(uow, household_id)
    member = await member_now(uow, data.member_id)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, household.office_id)
    trade = await uow.session.get_one(Trade, course.trade)
    today = clock.today()
    candidate = candidate_of(member)
    rules.check_present(
        candidate, left_on=member.left_on, closed=household.status == HouseholdStatus.CLOSED, on=today
    )
    rules.check_enrolment(
        candidate,
        rules.CourseTerms(
            needs_safeguards=trade.needs_safeguards,
            starts_on=course.starts_on,
            ends_on=course.ends_on,
        ),
        safeguards=data.safeguards,
        on=today,
    )
    await require_consent(uow, household, clock=clock)
    await check_other_enrolments(uow, candidate, member.id, course)
    promoted, _ = await fill(uow, course, clock=clock)
    place = take_place(course)
    enrolment = Enrolment(
        id=enrolment_id,
        household_id=member.household_id,
        office_id=member.office_id,
        member_id=member.id,
        course_id=course.id,
        course_seats=course.seats,
        state=place.state,
        seat=place.seat,
        waitlist_position=place.waitlist_position,
        safeguards=data.safeguards.strip(),
        starts_on=course.starts_on,
        ends_on=course.ends_on,
        enrolled_on=today,
    )
    uow.session.add(enrolment)
    await uow.session.flush()
    return Seated(enrolment, promoted)


async def complete(uow: UnitOfWork, enrolment_id: UUID, data: CompletionIn, *, clock: Clock) -> Enrolment:
    """Records the completion and, with it, the day from which the placement follow-ups count.

    The same completion again changes nothing and answers the same.

    Raises InvalidInput for an impossible day, CompletionRefused for the waitlist or another day than recorded.
    """
    await lock_families(uow, (await find(uow, enrolment_id)).household_id)
    enrolment = await find(uow, enrolment_id, for_writing=True)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, enrolment.office_id)
    if not rules.check_completion(
        EnrolmentState(enrolment.state),
        completed_on=enrolment.completed_on,
        on=data.completed_on,
        course_starts_on=enrolment.starts_on,
        today=clock.today(),
    ):
        return enrolment
    enrolment.state = EnrolmentState.COMPLETED
    enrolment.completed_on = data.completed_on
    enrolment.ends_on = min(enrolment.ends_on, data.completed_on)
    await uow.session.flush()
    await set_anchor(
        uow,
        kind=AnchorKind.COURSE,
        source_id=enrolment.id,
        household_id=enrolment.household_id,
        office_id=enrolment.office_id,
        member_id=enrolment.member_id,
        on=data.completed_on,
        clock=clock,
    )
    uow.wake()
    return enrolment
