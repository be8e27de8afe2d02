from collections.abc import Iterable, Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from babel.lists import format_list
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.courses import queries, rules, service
from livelihood.courses.labels import why_it_ended
from livelihood.courses.models import Enrolment
from livelihood.courses.queries import When
from livelihood.courses.rules import EnrolmentState
from livelihood.courses.schemas import CompletionIn, CourseIn, CourseRow, EnrolmentIn, Person, WithdrawalIn
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.web.current import LANGUAGE
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class CoursePages(Controller):
    path = "/courses"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        when: Annotated[When, QueryParameter()] = When.ALL,
        cursor: Annotated[str, QueryParameter(max_length=80)] = "",
    ) -> Html:
        found = await queries.list_courses(reads, today=clock.today(), when=when, cursor=cursor)
        return page(
            "courses/index.html",
            reads,
            found=found,
            when=when.value,
            cursor=cursor,
            may_manage=reads.actor.may(Permission.COURSES_MANAGE),
        )

    @get("/new")
    async def new(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Html:
        reads.actor.require(Permission.COURSES_MANAGE)
        offices = sorted(reads.actor.offices_for(Permission.COURSES_MANAGE))
        form = Form.of(
            id=new_id(),
            starts_on=clock.today(),
            trainer_id=reads.actor.id,
            office_id=offices[0] if len(offices) == 1 else None,
        )
        return await _new_course(reads, form)

    @post("/new")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        async with accepting(uow, request, lambda form: _new_course(uow, form)) as form:
            course = await service.create_course(uow, form.bind(CourseIn), clock=clock)
        return see(f"/courses/{course.id}", done="planned")

    @get("/{course_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        course_id: FromPath[UUID],
        done: Annotated[str, QueryParameter(max_length=20)] = "",
        who: FromQuery[UUID | None] = None,
        promoted: FromQuery[list[UUID] | None] = None,
    ) -> Html:
        return await _show(reads, course_id, clock, done=done, who=who, promoted=promoted or [])

    @post("/{course_id:uuid}/free-seats")
    async def give_free_seats(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        course_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: _show(uow, course_id, clock, form)):
            promoted = await service.give_free_seats(uow, course_id, clock=clock)
        return _back(course_id, "given", promoted)

    @get("/{course_id:uuid}/enrolments/new")
    async def new_enrolment(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        course_id: FromPath[UUID],
        q: Annotated[str, QueryParameter(max_length=100)] = "",
        member_id: FromQuery[UUID | None] = None,
    ) -> Html:
        """First whom, by a search; then, with `member_id`, what it will mean and the safeguards."""
        course = await queries.course(reads, course_id)
        reads.actor.require(Permission.ENROLMENTS_MANAGE, course.office_id)
        if member_id is not None:
            person = await queries.person(reads, member_id)
            return _enrol(reads, course, person, Form.of(member_id=member_id), clock)
        found = await queries.people(reads, q) if q.strip() else []
        today = clock.today()
        return page(
            "courses/choose.html",
            reads,
            course=course,
            q=q,
            found=found,
            ages={person.id: rules.certain_age(person, today) for person in found},
            old_enough={person.id: rules.turns(person, rules.TRAINING_AGE) for person in found},
        )

    @post("/{course_id:uuid}/enrolments/new")
    async def enrol(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        course_id: FromPath[UUID],
    ) -> Redirect:
        course = await queries.course(uow, course_id)
        person = await queries.person(uow, (await Form.read(request)).bind(EnrolmentIn).member_id)
        async with accepting(uow, request, lambda form: _enrol(uow, course, person, form, clock)) as form:
            seated = await service.enrol(uow, course_id, form.bind(EnrolmentIn), clock=clock)
        return _back(course_id, "enrolled", seated.promoted, seated.enrolment)


class EnrolmentPages(Controller):
    path = "/enrolments"

    @get("/{enrolment_id:uuid}/completion")
    async def new_completion(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], enrolment_id: FromPath[UUID]
    ) -> Html:
        enrolment = await queries.enrolment(reads, enrolment_id)
        reads.actor.require(Permission.ENROLMENTS_MANAGE, enrolment.office_id)
        return await _completion(reads, enrolment_id, Form.of(completed_on=clock.today()), clock)

    @post("/{enrolment_id:uuid}/completion")
    async def complete(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        enrolment_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: _completion(uow, enrolment_id, form, clock)) as form:
            enrolment = await service.complete(uow, enrolment_id, form.bind(CompletionIn), clock=clock)
        return see(f"/courses/{enrolment.course_id}?who={enrolment.id}", done="completed")

    @get("/{enrolment_id:uuid}/withdrawal")
    async def new_withdrawal(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], enrolment_id: FromPath[UUID]
    ) -> Html:
        enrolment = await queries.enrolment(reads, enrolment_id)
        reads.actor.require(Permission.ENROLMENTS_MANAGE, enrolment.office_id)
        waits = enrolment.state is EnrolmentState.WAITLISTED
        form = Form.of(ended_on=clock.today(), state=EnrolmentState.WITHDRAWN.value if waits else None)
        return await _withdrawal(reads, enrolment_id, form, clock)

    @post("/{enrolment_id:uuid}/withdrawal")
    async def withdraw(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        enrolment_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: _withdrawal(uow, enrolment_id, form, clock)) as form:
            given_up = await service.withdraw(uow, enrolment_id, form.bind(WithdrawalIn), clock=clock)
        return _back(given_up.enrolment.course_id, "given-up", given_up.promoted, given_up.enrolment)


def _back(course_id: UUID, done: str, seated: Iterable[Enrolment], who: Enrolment | None = None) -> Redirect:
    """To the course, which tells what has just happened and who of those who waited has a seat now."""
    told = [("who", who.id)] if who else []
    told += [("promoted", one.id) for one in seated]
    return see(f"/courses/{course_id}?{urlencode([*told, ('done', done)])}")


async def _show(
    reading: Reading,
    course_id: UUID,
    clock: Clock,
    form: Form | None = None,
    *,
    done: str = "",
    who: UUID | None = None,
    promoted: Sequence[UUID] = (),
) -> Html:
    found = await queries.detail(reading, course_id)
    today = clock.today()
    return page(
        "courses/show.html",
        reading,
        form=form,
        course=found.course,
        trainees=found.trainees,
        elsewhere=found.elsewhere,
        ages={trainee.id: rules.certain_age(trainee, today) for trainee in found.trainees},
        may_enrol=reading.actor.may(Permission.ENROLMENTS_MANAGE, found.course.office_id),
        begun=found.course.starts_on <= today,
        over=found.course.ends_on < today,
        why_it_ended=why_it_ended,
        done=done,
        who=next((trainee for trainee in found.trainees if trainee.id == who), None),
        promoted=await queries.promoted(reading, promoted),
        tracer=_listing(await queries.tracer_months(reading, on=today)),
    )


def _listing(numbers: list[int]) -> str:
    """As it is said in the reader's language: "1, 3, 6 and 12"."""
    return format_list(
        [str(number) for number in numbers], locale="km" if LANGUAGE.get() == "km" else "en_GB"
    )


async def _new_course(reading: Reading, form: Form) -> Html:
    offices = reading.actor.offices_for(Permission.COURSES_MANAGE)
    return page(
        "courses/new.html",
        reading,
        form=form,
        trades=await queries.trades(reading),
        trainers=await queries.trainers(reading, sorted(offices)),
        offices=[office for office in reading.actor.offices if office.id in offices],
        most_seats=rules.MOST_SEATS,
    )


def _enrol(
    reading: Reading,
    course: CourseRow,
    person: Person,
    form: Form,
    clock: Clock,
) -> Html:
    today = clock.today()
    return page(
        "courses/enrol.html",
        reading,
        form=form,
        course=course,
        who=person,
        age=rules.certain_age(person, today),
        safeguards_due=rules.safeguards_due(person, needs_safeguards=course.needs_safeguards, on=today),
    )


async def _completion(reading: Reading, enrolment_id: UUID, form: Form, clock: Clock) -> Html:
    enrolment = await queries.enrolment(reading, enrolment_id)
    course = await queries.course(reading, enrolment.course_id)
    return page(
        "courses/completion.html",
        reading,
        form=form,
        enrolment=enrolment,
        course=course,
        begun=course.starts_on <= clock.today(),
        who=await queries.person(reading, enrolment.member_id),
        tracer=_listing(await queries.tracer_months(reading, on=clock.today())),
    )


async def _withdrawal(reading: Reading, enrolment_id: UUID, form: Form, clock: Clock) -> Html:
    enrolment = await queries.enrolment(reading, enrolment_id)
    found = await queries.detail(reading, enrolment.course_id)
    return page(
        "courses/withdrawal.html",
        reading,
        form=form,
        enrolment=enrolment,
        course=found.course,
        who=await queries.person(reading, enrolment.member_id),
        waits=enrolment.state is EnrolmentState.WAITLISTED,
        why_it_ended=why_it_ended,
        over=found.course.ends_on < clock.today(),
    )
