"""Who has a seat, and who has the next one.

Every verb locks in one order: courses by their ids, households by theirs, enrolments last. Closing a household and
handing it over lock that one household first, so they meet the others there and nowhere else.
"""

from collections.abc import Collection
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.courses import rules
from livelihood.courses.models import Course, Enrolment
from livelihood.courses.queries import no_course, no_enrolment
from livelihood.courses.rules import EnrolmentState
from livelihood.courses.rules_withdrawal import Ending, check_withdrawal
from livelihood.courses.schemas import WithdrawalIn
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, DomainError, FieldError, say
from livelihood.households.models import Household, Member
from livelihood.households.rules import BirthPrecision, Called, HouseholdStatus, name_of
from livelihood.households.service import lock, require_consent


class NobodyCanTakeTheSeat(Conflict):
    """Each of `errors` says of one who waits what stands in the way."""

    code = "nobody-can-take-the-seat"


class Seated(msgspec.Struct):
    """`promoted`: who had waited and has a seat now, in this course or in another."""

    enrolment: Enrolment
    promoted: list[Enrolment] = []


async def lock_courses(uow: UnitOfWork, course_ids: Collection[UUID]) -> dict[UUID, Course]:
    found = await uow.session.scalars(
        select(Course)
        .where(Course.id.in_(course_ids))
        .order_by(Course.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {course.id: course for course in found}


async def lock_course(uow: UnitOfWork, course_id: UUID) -> Course:
    course = (await lock_courses(uow, [course_id])).get(course_id)
    if course is None:
        raise no_course()
    return course


async def lock_families(uow: UnitOfWork, *household_ids: UUID, waiting_for: Collection[Course] = ()) -> None:
    """These, and those of everybody who waits for one of the courses, which are locked already."""
    waiting = select(Enrolment.household_id).where(
        Enrolment.course_id.in_([course.id for course in waiting_for]),
        Enrolment.state == EnrolmentState.WAITLISTED.value,
    )
    await uow.session.execute(
        select(Household.id)
        .where(or_(Household.id.in_(household_ids), Household.id.in_(waiting)))
        .order_by(Household.id)
        .with_for_update()
    )


async def find(uow: UnitOfWork, enrolment_id: UUID, *, for_writing: bool = False) -> Enrolment:
    statement = select(Enrolment).where(Enrolment.id == enrolment_id)
    if for_writing:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    enrolment = await uow.session.scalar(statement)
    if enrolment is None:
        raise no_enrolment()
    return enrolment


async def withdraw(uow: UnitOfWork, enrolment_id: UUID, data: WithdrawalIn, *, clock: Clock) -> Seated:
    """Somebody gives up a seat, or a place on the waitlist. The seat goes to the first who waits and can take it.

    Whoever gives a seat up may be able to take one that is free in another course for which they wait, and has it then.
    The same again changes nothing and answers the same.

    Raises NotFound, HandedOver, Forbidden, InvalidInput for an impossible day, WithdrawalRefused.
    """
    enrolment = await find(uow, enrolment_id)
    waits_for = await uow.session.scalars(
        select(Enrolment.course_id).where(
            Enrolment.member_id == enrolment.member_id, Enrolment.state == EnrolmentState.WAITLISTED.value
        )
    )
    courses = await lock_courses(uow, {enrolment.course_id, *waits_for})
    course = courses.pop(enrolment.course_id, None)
    if course is None:
        raise no_course()
    uow.actor.require(Permission.ENROLMENTS_MANAGE, course.office_id)
    others = [
        other
        for other in courses.values()
        if seats_left(other) and uow.actor.may(Permission.ENROLMENTS_MANAGE, other.office_id)
    ]
    await lock_families(uow, enrolment.household_id, waiting_for=[course, *others])
    await lock(uow, enrolment.household_id)
    enrolment = await find(uow, enrolment_id, for_writing=True)
    asked = Ending(EnrolmentState(data.state), data.ended_on, data.because.strip())
    if not check_withdrawal(
        EnrolmentState(enrolment.state),
        asked,
        before=_ending(enrolment),
        enrolled_on=enrolment.enrolled_on,
        course_starts_on=course.starts_on,
        today=clock.today(),
    ):
        return Seated(enrolment)
    if enrolment.seat is not None:
        course.free_seats = sorted([*course.free_seats, enrolment.seat])
    enrolment.state, enrolment.seat, enrolment.waitlist_position = asked.state.value, None, None
    enrolment.ended_on, enrolment.ended_because = asked.on, asked.because
    # The seat is given back before somebody else has it: two never hold one number.
    await uow.session.flush()
    promoted: list[Enrolment] = []
    for each in (course, *others):
        promoted += (await fill(uow, each, clock=clock))[0]
    return Seated(enrolment, promoted)


def _ending(enrolment: Enrolment) -> Ending | None:
    if enrolment.ended_on is None or enrolment.ended_because is None:
        return None
    return Ending(EnrolmentState(enrolment.state), enrolment.ended_on, enrolment.ended_because)


async def give_free_seats(uow: UnitOfWork, course_id: UUID, *, clock: Clock) -> list[Enrolment]:
    """Free seats for those who wait and could not take one before; says who has a seat now. Where no seat is free, or
    nobody waits, nothing changes.

    Raises NotFound, Forbidden, NobodyCanTakeTheSeat.
    """
    course = await lock_course(uow, course_id)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, course.office_id)
    await lock_families(uow, waiting_for=[course])
    promoted, refusals = await fill(uow, course, clock=clock)
    if refusals and not promoted:
        raise NobodyCanTakeTheSeat(
            say("A seat is free, but nobody who waits can take it now. Nothing was changed."),
            [FieldError("waitlist", refusal.message) for refusal in refusals],
        )
    return promoted


def seats_left(course: Course) -> int:
    return course.seats - course.seats_taken + len(course.free_seats)


def take_place(course: Course) -> rules.Place:
    """The next one, which nobody else has from now on."""
    place = rules.next_place(
        seats=course.seats,
        seats_taken=course.seats_taken,
        waitlist_length=course.waitlist_length,
        free_seats=course.free_seats,
    )
    if place.seat in course.free_seats:
        course.free_seats = [seat for seat in course.free_seats if seat != place.seat]
    elif place.seat is not None:
        course.seats_taken += 1
    else:
        course.waitlist_length += 1
    return place


async def fill(uow: UnitOfWork, course: Course, *, clock: Clock) -> tuple[list[Enrolment], list[DomainError]]:
    """Gives the free seats of a course to those who wait, in their order: who has one now, and why others cannot.

    Who cannot take a seat (their family's case is closed, they left it, or they have a seat elsewhere on these days)
    keeps their place. The course is locked already, and so are the families of those who wait.
    """
    promoted: list[Enrolment] = []
    refusals: list[DomainError] = []
    if course.ends_on < clock.today() or not seats_left(course):
        return promoted, refusals
    waiting = await uow.session.scalars(
        select(Enrolment)
        .where(Enrolment.course_id == course.id, Enrolment.state == EnrolmentState.WAITLISTED.value)
        .order_by(Enrolment.waitlist_position)
        .execution_options(populate_existing=True)
    )
    for enrolment in waiting.all():
        if not seats_left(course):
            break
        try:
            await _check_can_take(uow, course, enrolment, clock=clock)
        except DomainError as refusal:
            refusals.append(refusal)
            continue
        place = take_place(course)
        enrolment.state, enrolment.seat = place.state.value, place.seat
        enrolment.waitlist_position = place.waitlist_position
        await uow.session.flush()
        promoted.append(enrolment)
    return promoted, refusals


async def _check_can_take(uow: UnitOfWork, course: Course, enrolment: Enrolment, *, clock: Clock) -> None:
    household = await lock(uow, enrolment.household_id)
    member = await member_now(uow, enrolment.member_id)
    candidate = candidate_of(member)
    rules.check_present(
        candidate,
        left_on=member.left_on,
        closed=household.status == HouseholdStatus.CLOSED,
        on=clock.today(),
    )
    await require_consent(uow, household, clock=clock)
    await check_other_enrolments(uow, candidate, member.id, course, besides=enrolment.id)


async def member_now(uow: UnitOfWork, member_id: UUID) -> Member:
    """As they are since their household is locked."""
    found = select(Member).where(Member.id == member_id).execution_options(populate_existing=True)
    return (await uow.session.scalars(found)).one()


def candidate_of(member: Member) -> rules.Candidate:
    return rules.Candidate(
        name=name_of(cast("Called", member)),
        born_on=member.born_on,
        born_precision=BirthPrecision(member.born_precision),
    )


async def check_other_enrolments(
    uow: UnitOfWork,
    candidate: rules.Candidate,
    member_id: UUID,
    course: Course,
    *,
    besides: UUID | None = None,
) -> None:
    """`besides`: an enrolment that does not stand in the way, because it is the one that is to have the seat."""
    others = await uow.session.execute(
        select(Enrolment.course_id, Enrolment.state, Enrolment.starts_on, Enrolment.ends_on).where(
            Enrolment.member_id == member_id, Enrolment.id != (besides or UUID(int=0))
        )
    )
    rules.check_others(
        candidate,
        course_id=course.id,
        starts_on=course.starts_on,
        ends_on=course.ends_on,
        others=[
            rules.Other(
                course_id=row.course_id,
                state=EnrolmentState(row.state),
                starts_on=row.starts_on,
                ends_on=row.ends_on,
            )
            for row in others
        ],
    )
