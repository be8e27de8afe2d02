from datetime import date
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import Message, NotFound, say
from livelihood.followups import labels, service
from livelihood.followups.pages.closed import closed_page
from livelihood.followups.queries import leaving as queries
from livelihood.followups.queries.people import people_in
from livelihood.followups.queries.who_may import who_may
from livelihood.followups.rules.facts import Absence, Because, Leaving
from livelihood.followups.schemas_leaving import CloseIn, LeaveIn, LeavingEndIn, LeavingOut
from livelihood.followups.service.closing import SUPERVISOR_CLOSES, in_the_way
from livelihood.followups.service.leaving import MISSING_FIRST, SUPERVISOR_FIRST, no_leaving
from livelihood.households.labels import case_closed, member_left, relationships
from livelihood.households.queries import detail, heirs
from livelihood.households.rules import LeavingEnded, MemberLeft, Relationship, is_head_again
from livelihood.web.pages import Html, Refused, page, refused_with_a_way_on, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _

HAS_LEFT = say("This person has left the household already. Who is back again is said on the family's page.")
IS_OVER = say("This leaving ended on {day}. How it is now stands on the family's page.")
REOPENED = say("The household was reopened on {day}. How it is now stands on the family's page.")


class Over(NotFound):
    """There is nothing to fill in any more; of whose family."""

    def __init__(self, message: Message, household_id: UUID) -> None:
        super().__init__(message)
        self.household_id = household_id


class LeavingPages(Controller):
    path = "/"

    @get("/households/{household_id:uuid}/leave")
    async def who(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        household = await detail(reads, household_id)
        reads.actor.require(Permission.LEAVINGS_RECORD, household.office_id)
        people = await people_in(reads, household_id, clock.today())
        return page(
            "followups/who_leaves.html",
            reads,
            household=household,
            people=[one for one in people if one.present],
            may_hand_over=reads.actor.may(Permission.HOUSEHOLDS_HAND_OVER, household.office_id),
            may_close=reads.actor.may(Permission.HOUSEHOLDS_CLOSE, household.office_id),
            colleagues=await who_may(reads, Permission.HOUSEHOLDS_HAND_OVER, household.office_id),
            relationships=dict(relationships()),
        )

    @get("/households/{household_id:uuid}/members/{member_id:uuid}/leave")
    async def leaves(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        member_id: FromPath[UUID],
        left_on: FromQuery[str] = "",
        because: FromQuery[str] = "",
    ) -> Html:
        form = Form.of(
            id=new_id(),
            left_on=left_on or clock.today(),
            because=because if because in set(MemberLeft) else None,
        )
        try:
            return await leave_form(reads, household_id, member_id, form, clock)
        except Over as over:
            raise _to_the_family(over) from over

    @post("/households/{household_id:uuid}/members/{member_id:uuid}/leave")
    async def leave(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
        member_id: FromPath[UUID],
    ) -> Redirect:
        # Who has left, leaves no more: there is no form to show then.
        async with accepting(
            uow, request, lambda form: leave_form(uow, household_id, member_id, form, clock)
        ) as form:
            await service.leave(uow, household_id, member_id, form.bind(LeaveIn), clock=clock)
        return see(f"/households/{household_id}", done="left")

    @get("/leavings/{leaving_id:uuid}/end")
    async def returns(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        leaving_id: FromPath[UUID],
        ended_on: FromQuery[str] = "",
        because: FromQuery[str] = "",
    ) -> Html:
        form = Form.of(
            ended_on=ended_on or clock.today(), because=because if because in set(LeavingEnded) else None
        )
        try:
            return await return_form(reads, leaving_id, form, clock)
        except Over as over:
            raise _to_the_family(over) from over

    @post("/leavings/{leaving_id:uuid}/end")
    async def end(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        leaving_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: return_form(uow, leaving_id, form, clock)) as form:
            household = await service.end_leaving(uow, leaving_id, form.bind(LeavingEndIn), clock=clock)
        return see(f"/households/{household}", done="followed")

    @post("/leavings/{leaving_id:uuid}/note")
    async def note(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], leaving_id: FromPath[UUID]
    ) -> Redirect:
        household_id = await service.note_leaving(uow, leaving_id, clock=clock)
        return see(f"/households/{household_id}", done="noted")

    @get("/households/{household_id:uuid}/close")
    async def closes(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        closed_on: FromQuery[str] = "",
    ) -> Html:
        form = Form.of(id=new_id(), closed_on=closed_on or clock.today())
        return await close_form(reads, household_id, form, clock)

    @post("/households/{household_id:uuid}/close")
    async def close(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: close_form(uow, household_id, form, clock)) as form:
            await service.close(uow, household_id, form.bind(CloseIn), clock=clock)
        return see(f"/households/{household_id}", done="closed")


async def leave_form(reading: Reading, household_id: UUID, member_id: UUID, form: Form, clock: Clock) -> Html:
    household = await detail(reading, household_id)
    reading.actor.require(Permission.LEAVINGS_RECORD, household.office_id)
    people = await people_in(reading, household_id, clock.today())
    who = next((one for one in people if one.id == member_id and one.present), None)
    if who is None:
        left = any(one.id == member_id for one in people)
        raise Over(HAS_LEFT if left else no_leaving().message, household_id)
    because = Because.DIED if form.value("because") == MemberLeft.DIED else Because.MOVED
    left = Leaving(day_of(form, "left_on", clock), because, clock.now())
    effect = await queries.effect(reading, household_id, queries.leaves(member_id, left), clock=clock)
    missing = effect.missing(member_id)
    sought = member_id in effect.sought
    held = sought and not reading.actor.may(Permission.LOSSES_DECIDE, household.office_id)
    return page(
        "followups/leave.html",
        reading,
        household=household,
        who=who,
        is_head=who.relationship == Relationship.HEAD,
        staying=[one for one in people if one.present and one.id != member_id],
        reasons=[one for one in member_left() if one[0] == MemberLeft.DIED or not missing],
        sought=sought,
        supervisor_first=SUPERVISOR_FIRST if held else None,
        supervisors=await who_may(reading, Permission.LOSSES_DECIDE, household.office_id) if held else [],
        missing=missing,
        missing_first=MISSING_FIRST,
        effect=effect,
        labels=labels,
        form=form,
    )


async def close_form(reading: Reading, household_id: UUID, form: Form, clock: Clock) -> Html:
    household = await detail(reading, household_id)
    reading.actor.require(Permission.HOUSEHOLDS_CLOSE, household.office_id)
    if household.closed_on:
        return await closed_page(reading, household, _("Close the household"))
    left = Leaving(day_of(form, "closed_on", clock), Because.CLOSED, clock.now())
    effect = await queries.effect(reading, household_id, queries.leaves(None, left), clock=clock)
    grant, seat = await in_the_way(reading, household_id, clock.today())
    held = effect.sought and not reading.actor.may(Permission.LOSSES_DECIDE, household.office_id)
    return page(
        "followups/close.html",
        reading,
        household=household,
        supervisor_first=SUPERVISOR_CLOSES if held else None,
        supervisors=await who_may(reading, Permission.LOSSES_DECIDE, household.office_id) if held else [],
        reasons=case_closed(),
        missing=effect.missing(),
        grant=grant,
        seat=seat,
        may_hand_over=reading.actor.may(Permission.HOUSEHOLDS_HAND_OVER, household.office_id),
        effect=effect,
        labels=labels,
        form=form,
    )


async def return_form(reading: Reading, leaving_id: UUID, form: Form, clock: Clock) -> Html:
    found = await open_leaving(reading, leaving_id)
    household = await detail(reading, found.household_id)
    closed = found.member_id is None
    reading.actor.require(
        Permission.HOUSEHOLDS_CLOSE if closed else Permission.LEAVINGS_RECORD, household.office_id
    )
    people = await people_in(reading, household.id, clock.today())
    who = None if closed else next(one for one in people if one.id == found.member_id)
    back_on, recorded_on = day_of(form, "ended_on", clock), clock.local_day(found.recorded_at)
    away = Absence(found.left_on, back_on, recorded_on, clock.today())
    if form.value("because") == LeavingEnded.MISTAKE:
        away = None
    return page(
        "followups/return.html",
        reading,
        household=household,
        leaving=found,
        who=who,
        is_head=is_head_again(await heirs(reading, found.id)),
        reason=dict(member_left() if who else case_closed())[found.because],
        effect=await queries.effect(
            reading, household.id, queries.returns(found.member_id, away), clock=clock
        ),
        labels=labels,
        form=form,
    )


async def open_leaving(reading: Reading, leaving_id: UUID) -> LeavingOut:
    """Refuses also where it is over: nothing is left to be said of it."""
    found = await queries.one(reading, leaving_id)
    if found is None:
        raise no_leaving()
    if found.ended_on is not None:
        over = REOPENED if found.member_id is None else IS_OVER
        household = await detail(reading, found.household_id)
        raise Over(say(over.text, day=found.ended_on), household.id)
    return found


def _to_the_family(over: Over) -> Refused:
    return refused_with_a_way_on(over, f"/households/{over.household_id}", _("The household"))


def day_of(form: Form, name: str, clock: Clock) -> date:
    """The day that the form speaks of, as far as it is one; what is said beforehand is said of today otherwise."""
    try:
        day = date.fromisoformat(form.value(name))
    except ValueError:
        return clock.today()
    return min(day, clock.today())
