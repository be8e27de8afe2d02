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
from livelihood.errors import say
from livelihood.grants import queries, service
from livelihood.grants.pages.words import grants_page
from livelihood.grants.rules.money import Currency
from livelihood.grants.rules.status import Status, require_editable
from livelihood.grants.schemas import ApplicationChange, ApplicationIn, FundOut, GrantOut
from livelihood.households import queries as households
from livelihood.web.components import money_text, money_typed
from livelihood.web.current import LANGUAGE
from livelihood.web.pages import Html, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import sentence

FIRST_LINES = 4
MOST_LINES = 30


class ApplicationPages(Controller):
    """Writing an application: anew for a household, or once more while it is a draft or returned."""

    path = "/grants"

    @get("/new")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household: FromQuery[UUID]
    ) -> Html:
        return await form_page(reads, clock, household, Form.of(id=new_id()))

    @post("/new", status_code=303)
    async def create(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        household: FromQuery[UUID],
    ) -> Redirect:
        currency = await currency_of(uow, await Form.read(request))
        async with accepting(uow, request, lambda form: form_page(uow, clock, household, form)) as form:
            asked = form.bind(ApplicationIn, household_id=household, currency=currency)
            grant = await service.apply(uow, asked, clock=clock)
        return see(f"/grants/{grant.id}", done="saved")

    @get("/{grant_id:uuid}/edit")
    async def edit(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], grant_id: FromPath[UUID]
    ) -> Html:
        grant = await queries.grant(reads, grant_id)
        require_editable(Status(grant.status))
        return await form_page(reads, clock, grant.household_id, filled(grant), grant_id)

    @post("/{grant_id:uuid}/edit", status_code=303)
    async def change(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
    ) -> Redirect:
        currency = await currency_of(uow, await Form.read(request))
        async with accepting(uow, request, lambda form: edit_page(uow, clock, grant_id, form)) as form:
            asked = form.bind(ApplicationChange, currency=currency)
            grant = await service.change(uow, grant_id, asked, clock=clock)
        return see(f"/grants/{grant.id}", done="saved")

    @post("/more-lines", status_code=200)
    async def more_lines(
        self,
        request: AnyRequest,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        household: FromQuery[UUID],
        rows: FromQuery[int] = FIRST_LINES,
        grant: FromQuery[UUID | None] = None,
    ) -> Html:
        """The same form with what was typed in it and more lines; nothing is saved."""
        form = await Form.read(request)
        return await form_page(uow, clock, household, form, grant, rows=min(max(rows, 1), MOST_LINES))


async def currency_of(reading: Reading, form: Form) -> Currency:
    """The amounts are in the currency of the fund that was chosen."""
    chosen = form.value("fund_id")
    funds = await queries.funds(reading)
    return next((fund.currency for fund in funds if str(fund.id) == chosen), Currency.USD)


def filled(grant: GrantOut) -> Form:
    """The form as the application stands."""
    lines: dict[str, object] = {}
    for place, item in enumerate(grant.items):
        lines[f"items-{place}-description"] = item.description
        lines[f"items-{place}-amount_minor"] = money_typed(item.amount_minor, grant.currency)
    return Form.of(
        version=grant.version,
        business=grant.business,
        fund_id=grant.fund_id,
        monthly_income_minor=money_typed(grant.monthly_income_minor, grant.currency),
        **lines,
    )


async def edit_page(reading: Reading, clock: Clock, grant_id: UUID, form: Form) -> Html:
    grant = await queries.grant(reading, grant_id)
    return await form_page(reading, clock, grant.household_id, form, grant_id)


async def form_page(
    reading: Reading,
    clock: Clock,
    household_id: UUID,
    form: Form,
    grant_id: UUID | None = None,
    *,
    rows: int = FIRST_LINES,
) -> Html:
    household = await households.detail(reading, household_id)
    reading.actor.require(Permission.GRANTS_PREPARE, household.office_id)
    funds = await queries.funds(reading, office_id=household.office_id, open_on=clock.today())
    currencies = sorted({fund.currency for fund in funds} or {Currency.USD})
    shares = await queries.shares(reading, clock.today())
    same = f"household={household_id}" + (f"&grant={grant_id}" if grant_id else "")
    return grants_page(
        "form",
        reading,
        form=form,
        rows=rows,
        grant_id=grant_id,
        household=household,
        head=next((member for member in household.members if member.relationship == "head"), None),
        funds=funds,
        fund_options=[(str(fund.id), fund_label(fund)) for fund in funds],
        currency_sign=" / ".join(currencies),
        shares_text=shares_text(shares),
        action=f"/grants/{grant_id}/edit" if grant_id else f"/grants/new?household={household_id}",
        same_query=same,
        more_query=f"{same}&rows={len(form.rows('items', rows)) + FIRST_LINES}",
        back=f"/grants/{grant_id}" if grant_id else f"/households/{household_id}",
    )


def fund_label(fund: FundOut) -> str:
    left = money_text(fund.available_minor, fund.currency, LANGUAGE.get())
    return sentence(say("{fund}: {left} left", fund=fund.name, left=left))


def shares_text(shares: list[int]) -> str:
    first, count = shares[0], len(shares)
    if count == 1:
        return sentence(say("It is paid at once."))
    return sentence(
        say(
            "It is paid in {count} tranches: {first} % first, the rest after its checks.",
            count=count,
            first=first,
        )
    )
