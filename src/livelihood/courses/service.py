from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.courses import rules
from livelihood.courses.models import Course, Enrolment, Trade
from livelihood.courses.queries import no_course, no_enrolment, no_member
from livelihood.courses.rules import EnrolmentState
from livelihood.courses.rules_withdrawal import Ending, check_withdrawal
from livelihood.courses.schemas import CompletionIn, CourseIn, EnrolmentIn, WithdrawalIn
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, invalid, say
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.service import set_anchor
from livelihood.households.models import Household, Member
from livelihood.households.rules import BirthPrecision, HouseholdStatus
from livelihood.households.service import lock, require_consent


async def create_course(uow: UnitOfWork, data: CourseIn, *, clock: Clock) -> Course:
    """Raises InvalidInput for an unlikely date or seat count, or a trainer who is none in that office."""
    uow.actor.require(Permission.COURSES_MANAGE)
    if data.office_id not in uow.actor.offices_for(Permission.COURSES_MANAGE):
        raise invalid(
            "office_id",
            say("You run courses in no office {office}. Choose one of your own.", office=data.office_id),
        )
    course_id = data.id or new_id()
    if data.id is not None and not await uow.claim("course", course_id, data):
        return await _course(uow, course_id)
    rules.check_course(starts_on=data.starts_on, ends_on=data.ends_on, seats=data.seats, today=clock.today())
    if await uow.session.get(Trade, data.trade) is None:
        raise invalid(
            "trade", say("{trade} is not a trade that is taught. Choose one of the list.", trade=data.trade)
        )
    await _check_trainer(uow, data.trainer_id, data.office_id)
    course = Course(
        id=course_id,
        office_id=data.office_id,
        trade=data.trade,
        trainer_id=data.trainer_id,
        place=data.place.strip(),
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        seats=data.seats,
    )
    uow.session.add(course)
    await uow.session.flush()
    return course


async def _check_trainer(uow: UnitOfWork, trainer_id: UUID, office_id: int) -> None:
    found = await uow.session.scalar(
        select(Staff.id)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(
            Staff.id == trainer_id,
            Staff.kind == StaffKind.PERSON,
            Staff.active,
            StaffRole.role == Role.TRAINER,
            or_(StaffRole.office_id.is_(None), StaffRole.office_id == office_id),
        )
        .limit(1)
    )
    if found is None:
        raise invalid(
            "trainer_id",
            say(
                "Nobody with this id is a trainer of this office. Choose a trainer from the list, or have an "
                "administrator give the role."
            ),
        )


async def _course(uow: UnitOfWork, course_id: UUID, *, lock: bool = False) -> Course:
    statement = select(Course).where(Course.id == course_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    course = await uow.session.scalar(statement)
    if course is None:
        raise no_course()
    return course


class EnrolmentAsked(msgspec.Struct):
    """What a repeated request has to repeat: the course in its path as well as the body."""

    course_id: UUID
    data: EnrolmentIn


async def enrol(uow: UnitOfWork, course_id: UUID, data: EnrolmentIn, *, clock: Clock) -> Enrolment:
    """A seat where one is left, otherwise a place on the waitlist.

    The course's row is locked first and the household's after it, always in this order: those who ask for the same
    course, and those who ask for the same person, go one by one; and so do those who close the household or hand it
    over.

    Raises NotEnrollable, TooYoungForTraining, SafeguardsMissing, CourseEnded, ConsentMissing, AlreadyInCourse or
    OverlappingEnrolment.
    """
    course = await _course(uow, course_id, lock=True)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, course.office_id)
    enrolment_id = data.id or new_id()
    if data.id is not None and not await uow.claim(
        "enrolment", enrolment_id, EnrolmentAsked(course_id, data)
    ):
        return await _enrolment(uow, enrolment_id)
    member, household = await _with_their_household_locked(uow, data.member_id)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, household.office_id)
    trade = await uow.session.get_one(Trade, course.trade)
    today = clock.today()
    candidate = _candidate(member)
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
    await _check_other_enrolments(uow, candidate, member.id, course)
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
    return enrolment


def _candidate(member: Member) -> rules.Candidate:
    return rules.Candidate(
        name=rules.name_of(
            family_name_km=member.family_name_km,
            given_name_km=member.given_name_km,
            family_name_latin=member.family_name_latin,
            given_name_latin=member.given_name_latin,
        ),
        born_on=member.born_on,
        born_precision=BirthPrecision(member.born_precision),
    )


async def _with_their_household_locked(uow: UnitOfWork, member_id: UUID) -> tuple[Member, Household]:
    household_id = await uow.session.scalar(select(Member.household_id).where(Member.id == member_id))
    if household_id is None:
        raise no_member()
    household = await lock(uow, household_id)
    found = select(Member).where(Member.id == member_id).execution_options(populate_existing=True)
    return (await uow.session.scalars(found)).one(), household


async def _check_other_enrolments(
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


async def _enrolment(uow: UnitOfWork, enrolment_id: UUID, *, lock: bool = False) -> Enrolment:
    statement = select(Enrolment).where(Enrolment.id == enrolment_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    enrolment = await uow.session.scalar(statement)
    if enrolment is None:
        raise no_enrolment()
    return enrolment


async def complete(uow: UnitOfWork, enrolment_id: UUID, data: CompletionIn, *, clock: Clock) -> Enrolment:
    """Records the completion and, with it, the day from which the placement follow-ups count.

    The same completion again changes nothing and answers the same.

    Raises InvalidInput for an impossible day, CompletionRefused for the waitlist or another day than recorded.
    """
    enrolment = await _enrolment(uow, enrolment_id, lock=True)
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


class GivenUp(msgspec.Struct):
    """`promoted`: who had waited first and has the seat now."""

    enrolment: Enrolment
    promoted: Enrolment | None = None


async def withdraw(uow: UnitOfWork, enrolment_id: UUID, data: WithdrawalIn, *, clock: Clock) -> GivenUp:
    """Somebody gives up a seat, or a place on the waitlist. The seat goes to the first who waits and can take it.

    The course's row is locked first, as it is by whoever enrols: seats are given out one by one. The same again changes
    nothing and answers the same.

    Raises NotFound, Forbidden, InvalidInput for an impossible day, WithdrawalRefused.
    """
    course = await _course(uow, (await _enrolment(uow, enrolment_id)).course_id, lock=True)
    enrolment = await _enrolment(uow, enrolment_id, lock=True)
    uow.actor.require(Permission.ENROLMENTS_MANAGE, course.office_id)
    today = clock.today()
    asked = Ending(EnrolmentState(data.state), data.ended_on, data.because.strip())
    if not check_withdrawal(
        EnrolmentState(enrolment.state),
        asked,
        before=_ending(enrolment),
        enrolled_on=enrolment.enrolled_on,
        course_starts_on=course.starts_on,
        today=today,
    ):
        return GivenUp(enrolment)
    seat = enrolment.seat
    enrolment.state, enrolment.seat, enrolment.waitlist_position = asked.state.value, None, None
    enrolment.ended_on, enrolment.ended_because = asked.on, asked.because
    if seat is None:
        course.waitlist_gone += 1
        await uow.session.flush()
        return GivenUp(enrolment)
    # The seat is given back before somebody else has it: two never hold one number.
    await uow.session.flush()
    successor = await _first_who_can(uow, course, clock=clock) if course.ends_on >= today else None
    if successor is None:
        course.free_seats = sorted([*course.free_seats, seat])
    else:
        successor.state, successor.seat, successor.waitlist_position = (
            EnrolmentState.ENROLLED.value,
            seat,
            None,
        )
        course.waitlist_gone += 1
    await uow.session.flush()
    return GivenUp(enrolment, successor)


def _ending(enrolment: Enrolment) -> Ending | None:
    if enrolment.ended_on is None or enrolment.ended_because is None:
        return None
    return Ending(EnrolmentState(enrolment.state), enrolment.ended_on, enrolment.ended_because)


async def _first_who_can(uow: UnitOfWork, course: Course, *, clock: Clock) -> Enrolment | None:
    """Who cannot take the seat (their family's case is closed, they left it, or they have a seat elsewhere on these days)
    keeps their place. A family that moved to another office does not show to this one, nor would its trainee.
    """
    waiting = await uow.session.scalars(
        select(Enrolment)
        .where(Enrolment.course_id == course.id, Enrolment.state == EnrolmentState.WAITLISTED.value)
        .order_by(Enrolment.waitlist_position)
    )
    for enrolment in waiting.all():
        try:
            member, household = await _with_their_household_locked(uow, enrolment.member_id)
            candidate = _candidate(member)
            rules.check_present(
                candidate,
                left_on=member.left_on,
                closed=household.status == HouseholdStatus.CLOSED,
                on=clock.today(),
            )
            await require_consent(uow, household, clock=clock)
            await _check_other_enrolments(uow, candidate, member.id, course, besides=enrolment.id)
        except DomainError:
            continue
        return enrolment
    return None
