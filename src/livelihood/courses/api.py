from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.courses import queries, service
from livelihood.courses.queries import When
from livelihood.courses.schemas import (
    CompletionIn,
    CourseIn,
    CourseOut,
    CourseRow,
    EnrolmentIn,
    EnrolmentOut,
    TradeOut,
    WithdrawalIn,
    WithdrawalOut,
)
from livelihood.db.work import Reads, UnitOfWork

TAGS = ("Courses",)


@get("/trades", summary="The trades that are taught", tags=TAGS)
async def trades(reads: NamedDependency[Reads]) -> Page[TradeOut]:
    return Page(await queries.trades(reads))


class CoursesApi(Controller):
    path = "/courses"
    tags = TAGS

    @get("/", summary="Courses of my offices, the latest first")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        when: Annotated[
            When, QueryParameter(description="Only those still open to trainees, or those that ended")
        ] = When.ALL,
        cursor: Annotated[
            str, QueryParameter(description="The last page's `next_cursor`", max_length=80)
        ] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = queries.PAGE_SIZE,
    ) -> Page[CourseRow]:
        return await queries.list_courses(reads, today=clock.today(), when=when, cursor=cursor, limit=limit)

    @post("/", summary="Plan a course")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[CourseIn]
    ) -> Response[CourseOut]:
        course = await service.create_course(uow, data, clock=clock)
        return Response(
            await queries.detail(uow, course.id), headers={"Location": f"/api/v1/courses/{course.id}"}
        )

    @get("/{course_id:uuid}", summary="A course and who is in it")
    async def show(self, reads: NamedDependency[Reads], course_id: FromPath[UUID]) -> CourseOut:
        return await queries.detail(reads, course_id)

    @post("/{course_id:uuid}/enrolments", summary="Give somebody a seat, or a place on the waitlist")
    async def enrol(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        course_id: FromPath[UUID],
        data: JSONBody[EnrolmentIn],
    ) -> Response[EnrolmentOut]:
        """Where a seat is free although people wait, it is offered to them first."""
        enrolment = (await service.enrol(uow, course_id, data, clock=clock)).enrolment
        return Response(
            await queries.enrolment(uow, enrolment.id),
            headers={"Location": f"/api/v1/courses/{course_id}"},
        )

    @post(
        "/{course_id:uuid}/free-seats",
        summary="Give the free seats to those who wait, in their order; answers who has one now",
        status_code=200,
    )
    async def give_free_seats(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], course_id: FromPath[UUID]
    ) -> Page[EnrolmentOut]:
        """Refused with what stands in the way of each, where nobody who waits can take a seat."""
        promoted = await service.give_free_seats(uow, course_id, clock=clock)
        return Page([await queries.enrolment(uow, one.id) for one in promoted])


class EnrolmentsApi(Controller):
    path = "/enrolments"
    tags = TAGS

    @post(
        "/{enrolment_id:uuid}/completion",
        summary="Record a completion, from which the placement follow-ups count",
        status_code=200,
    )
    async def complete(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        enrolment_id: FromPath[UUID],
        data: JSONBody[CompletionIn],
    ) -> EnrolmentOut:
        await service.complete(uow, enrolment_id, data, clock=clock)
        return await queries.enrolment(uow, enrolment_id)

    @post(
        "/{enrolment_id:uuid}/withdrawal",
        summary="Give a seat or a place on the waitlist up; the first who waits has the seat then",
        status_code=200,
    )
    async def withdraw(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        enrolment_id: FromPath[UUID],
        data: JSONBody[WithdrawalIn],
    ) -> WithdrawalOut:
        given_up = await service.withdraw(uow, enrolment_id, data, clock=clock)
        return WithdrawalOut(
            await queries.enrolment(uow, enrolment_id),
            [await queries.enrolment(uow, one.id) for one in given_up.promoted],
        )
