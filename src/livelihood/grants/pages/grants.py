from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError, Message
from livelihood.grants import queries, service
from livelihood.grants.pages.rail import rail
from livelihood.grants.pages.words import ACKNOWLEDGEMENT, METHOD, STATUS, grants_page, office_names, options
from livelihood.grants.rules.approvals import Approver, Decision, approve, require_may_decide
from livelihood.grants.rules.errors import NoStepToComplete
from livelihood.grants.rules.payment import require_payer
from livelihood.grants.rules.status import EDITABLE, GRANTED, Status
from livelihood.grants.schemas import DecisionIn, DisbursementIn, GrantOut, SubmissionIn
from livelihood.web.components import money_typed, name_text
from livelihood.web.pages import Html, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext

# What a page may be told has just happened.
HAPPENED = frozenset({"saved", "submitted", "approve", "return", "reject", "paid"})


class GrantPages(Controller):
    path = "/grants"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        *,
        status: FromQuery[Status | None] = None,
        office: Annotated[int | None, QueryParameter(ge=0, le=32767)] = None,
        household: FromQuery[UUID | None] = None,
        q: Annotated[str, QueryParameter(max_length=100)] = "",
        cursor: Annotated[str, QueryParameter(max_length=100)] = "",
    ) -> Html:
        found = await queries.grants(
            reads, status=status, office_id=office, household_id=household, q=q, cursor=cursor
        )

        def address(**changed: object) -> str:
            asked = {"status": status, "office": office, "household": household, "q": q or None, **changed}
            query = urlencode({name: str(value) for name, value in asked.items() if value is not None})
            return f"/grants?{query}" if query else "/grants"

        everything = (address(status=None), gettext("All"), status is None)
        return grants_page(
            "list",
            reads,
            rows=found.items,
            q=q,
            by_status=[
                everything,
                *(
                    (address(status=value), gettext(word.text), value == status)
                    for value, word in STATUS.items()
                ),
            ],
            by_office=[
                (address(office=None), gettext("All offices"), office is None),
                *((address(office=key), name, key == office) for key, name in office_names(reads).items()),
            ],
            next_href=address(cursor=found.next_cursor) if found.next_cursor else None,
            first_href=address() if cursor else None,
        )

    @get("/{grant_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
        done: FromQuery[str] = "",
    ) -> Html:
        return await grant_page(reads, clock, grant_id, done=done if done in HAPPENED else "")

    @get("/{grant_id:uuid}/planned")
    async def planned(self, reads: NamedDependency[Reads], grant_id: FromPath[UUID]) -> Html:
        """What the workers have planned since the payment: a part of the grant's page, asked for until it is there."""
        grant = await queries.grant(reads, grant_id)
        return grants_page("planned", reads, grant=grant, planned=await queries.planned(reads, grant_id))

    @post("/{grant_id:uuid}/submit", status_code=303)
    async def submit(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        grant_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: grant_page(uow, clock, grant_id, form=form)) as form:
            await service.submit(uow, grant_id, form.bind(SubmissionIn), clock=clock)
        return see(f"/grants/{grant_id}", done="submitted")

    @post("/{grant_id:uuid}/decisions", status_code=303)
    async def decide(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: grant_page(uow, clock, grant_id, form=form)) as form:
            decision = form.bind(DecisionIn)
            await service.decide(uow, grant_id, decision, clock=clock)
        return see(f"/grants/{grant_id}", done=decision.decision)

    @post("/{grant_id:uuid}/tranches/{number:int}/disbursements", status_code=303)
    async def disburse(
        self,
        request: AnyRequest,
        *,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
        number: FromPath[int],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: grant_page(uow, clock, grant_id, form=form)) as form:
            await service.disburse(uow, grant_id, number, form.bind(DisbursementIn), clock=clock)
        return see(f"/grants/{grant_id}", done="paid")


async def grant_page(
    reading: Reading,
    clock: Clock,
    grant_id: UUID,
    *,
    form: Form | None = None,
    done: str = "",
) -> Html:
    grant = await queries.grant(reading, grant_id)
    members = await queries.MEMBERS.all(reading, id=grant.household_id)
    fund = await queries.fund(reading, grant.fund_id)
    editable = grant.status in EDITABLE
    steps = await queries.steps_to_come(reading, grant, clock.today()) if editable else grant.steps
    why_not_pay = payment_of(reading, grant)
    last = grant.decisions[-1] if grant.decisions else None
    payable = next((part for part in grant.tranches if part.number == 1 and part.paid_on is None), None)
    return grants_page(
        "show",
        reading,
        grant=grant,
        household=next((member for member in members if member.relationship == "head"), None),
        fund=fund,
        steps=steps,
        rail=rail(grant, steps, clock),
        form=form,
        done=done,
        new_id=form.value("id") if form and form.value("id") else new_id(),
        planned=await queries.planned(reading, grant_id) if done == "paid" else None,
        paid=next((part for part in grant.tranches if part.paid_on is not None), None),
        may_submit=editable and reading.actor.may(Permission.GRANTS_PREPARE, grant.office_id),
        standing=await standing_of(reading, grant),
        left_after=fund.available_minor - grant.amount_minor,
        payable=payable if grant.status in GRANTED else None,
        payable_written=money_typed(payable.amount_minor, grant.currency) if payable else "",
        may_pay=reading.actor.may(Permission.GRANTS_PAY, grant.office_id) and why_not_pay is None,
        why_not_pay=why_not_pay,
        recipients=[(str(member.id), name_text(member)) for member in members],
        names_by_id={member.id: name_text(member) for member in members},
        method_words=METHOD,
        methods=options(METHOD),
        acknowledgements=options(ACKNOWLEDGEMENT),
        returned=last if last and grant.status == Status.RETURNED else None,
        rejected=last if last and grant.status == Status.REJECTED else None,
        day_of=clock.local_day,
    )


class Standing(msgspec.Struct):
    """What the reader may do about an application: `completes` where their approval is the last one needed.

    Who completes no step may still return or reject. `why_not` says why someone who decides otherwise may not here.
    """

    may_decide: bool = False
    may_approve: bool = False
    completes: bool = False
    why_not: Message | None = None


async def standing_of(reading: Reading, grant: GrantOut) -> Standing:
    if grant.status != Status.SUBMITTED or not reading.actor.may(Permission.GRANTS_DECIDE, grant.office_id):
        return Standing()
    decisions = [row for row in grant.decisions if row.round == grant.round]
    preparers = [person.id for person in await queries.PREPARERS.all(reading, id=grant.id)]
    try:
        require_may_decide(reading.actor.id, preparers, {row.decided_by: row.decision for row in decisions})
    except DomainError as refusal:
        return Standing(why_not=refusal.message)
    given = [row for row in decisions if row.decision == Decision.APPROVE]
    person = Approver(reading.actor.id, await queries.roles_for(reading, reading.actor.id, grant.office_id))
    try:
        completes = approve(
            [frozenset(step.roles) for step in grant.steps],
            [Approver(row.decided_by, frozenset(row.roles)) for row in given],
            person,
        )
    except NoStepToComplete:
        return Standing(may_decide=True)
    return Standing(may_decide=True, may_approve=True, completes=completes)


def payment_of(reading: Reading, grant: GrantOut) -> Message | None:
    """Why the reader may not pay, where they would otherwise."""
    try:
        require_payer(
            reading.actor.id, [row.decided_by for row in grant.decisions if row.decision == Decision.APPROVE]
        )
    except DomainError as refusal:
        return refusal.message if reading.actor.may(Permission.GRANTS_PAY, grant.office_id) else None
    return None
