"""The verbs of funds and grants. A grant is locked before a fund, always in this order."""

from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Amount, NotFound, Stale, invalid, say
from livelihood.followups import service as followups
from livelihood.followups.rules.facts import AnchorKind
from livelihood.grants import queries
from livelihood.grants.models import (
    Disbursement,
    Fund,
    FundEntry,
    FundOffice,
    Grant,
    GrantDecision,
    GrantItem,
    GrantPreparer,
    GrantRequirement,
    Tranche,
)
from livelihood.grants.rules.approvals import Approver, Decision, approve, require_may_decide, steps_for
from livelihood.grants.rules.errors import FundTooSmall
from livelihood.grants.rules.funds import Entry, require_open
from livelihood.grants.rules.money import Currency
from livelihood.grants.rules.payment import Payment, require_payable, require_payer, require_sound
from livelihood.grants.rules.plan import plan
from livelihood.grants.rules.status import Action, Status, after, require_editable
from livelihood.grants.schemas import (
    ApplicationChange,
    ApplicationIn,
    DecisionIn,
    DisbursementIn,
    FundIn,
    PlanIn,
    SubmissionIn,
)
from livelihood.households import service as households
from livelihood.households.models import Household, Member


async def create_fund(uow: UnitOfWork, data: FundIn) -> UUID:
    """A donor's money for the offices named, all of which the actor must keep funds for."""
    fund_id = data.id or new_id()
    if data.id and not await uow.claim("fund", fund_id, data):
        return fund_id
    uow.actor.require(Permission.FUNDS_MANAGE)
    mine = uow.actor.offices_for(Permission.FUNDS_MANAGE)
    foreign = sorted(set(data.office_ids) - mine)
    if foreign:
        raise invalid("office_ids", say("There is no office {id} among yours.", id=foreign[0]))
    if data.ends_on < data.starts_on:
        raise invalid(
            "ends_on",
            say(
                "{ends_on} is before the start, {starts_on}.", ends_on=data.ends_on, starts_on=data.starts_on
            ),
        )
    # The offices first: the fund's own row shows, and may be written, by them.
    await uow.session.execute(
        insert(FundOffice),
        [{"fund_id": fund_id, "office_id": office} for office in sorted(set(data.office_ids))],
    )
    await uow.session.execute(
        insert(Fund).values(
            id=fund_id,
            name=data.name,
            donor=data.donor,
            currency=data.currency,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
            created_by=uow.actor.id,
        )
    )
    await uow.session.execute(
        insert(FundEntry).values(
            fund_id=fund_id, kind=Entry.BUDGET, amount_minor=data.budget_minor, recorded_by=uow.actor.id
        )
    )
    return fund_id


async def apply(uow: UnitOfWork, data: ApplicationIn, *, clock: Clock) -> Grant:
    """A draft application for a household. Repeated with the same id and body, it answers the same grant."""
    grant_id = data.id or new_id()
    if data.id and not await uow.claim("grant", grant_id, data):
        return await _locked(uow, grant_id)
    household = await uow.session.get(Household, data.household_id)
    if household is None:
        raise invalid("household_id", say("There is no household with this id among yours."))
    uow.actor.require(Permission.GRANTS_PREPARE, household.office_id)
    households.require_open(household)
    grant = Grant(
        id=grant_id,
        household_id=household.id,
        office_id=household.office_id,
        prepared_by=uow.actor.id,
        created_at=clock.now(),
    )
    await _write_plan(uow, grant, data, clock)
    return grant


async def change(uow: UnitOfWork, grant_id: UUID, data: ApplicationChange, *, clock: Clock) -> Grant:
    """The application written anew, while its preparer has it in hand. Whoever writes it has prepared it too."""
    grant = await _locked(uow, grant_id)
    uow.actor.require(Permission.GRANTS_PREPARE, grant.office_id)
    await _require_version(uow, grant, data.version)
    require_editable(Status(grant.status))
    for part in (GrantItem, Tranche):
        await uow.session.execute(delete(part).where(part.grant_id == grant_id))
    grant.version += 1
    await _write_plan(uow, grant, data, clock)
    return grant


async def _require_version(uow: UnitOfWork, grant: Grant, version: int) -> None:
    if version != grant.version:
        raise Stale(
            say("Somebody changed this application after you read it. Look at it again, then go on."),
            await queries.grant(uow, grant.id),
        )


async def submit(uow: UnitOfWork, grant_id: UUID, data: SubmissionIn | None = None, *, clock: Clock) -> Grant:
    """Hands the application over for decision, with the approvals that today's policy asks for fixed on it.

    Raises `Stale` where it is not the version that was read any more; without `data` it is handed in as it stands.
    """
    grant = await _locked(uow, grant_id)
    uow.actor.require(Permission.GRANTS_PREPARE, grant.office_id)
    status = after(Status(grant.status), Action.SUBMIT)
    if data is not None:
        await _require_version(uow, grant, data.version)
    household = await uow.session.get_one(Household, grant.household_id)
    households.require_open(household)
    grant.status = status
    await households.require_consent(uow, household, clock=clock)
    await _open_fund(uow, grant.fund_id, grant.office_id, clock)
    steps = steps_for(await queries.bands(uow), grant.amount_minor, Currency(grant.currency), clock.today())
    grant.round += 1
    grant.submitted_at = clock.now()
    grant.submitted_by = uow.actor.id
    grant.version += 1
    await _prepared_by_actor(uow, grant)
    await uow.session.execute(
        insert(GrantRequirement),
        [
            {
                "grant_id": grant.id,
                "office_id": grant.office_id,
                "round": grant.round,
                "step": place,
                "roles": sorted(roles),
            }
            for place, roles in enumerate(steps, start=1)
        ],
    )
    return grant


async def decide(uow: UnitOfWork, grant_id: UUID, data: DecisionIn, *, clock: Clock) -> Grant:
    """Approve, return with a note, or reject with a reason.

    The last approval needed reserves the money in the fund; where the fund has too little it is refused and not
    recorded (`FundTooSmall`), so that it can be given again once there is more.
    """
    first = not data.id or await uow.claim(f"decision of {uow.actor.id} on {grant_id}", data.id, data)
    grant = await _locked(uow, grant_id)
    if not first:
        return grant
    uow.actor.require(Permission.GRANTS_DECIDE, grant.office_id)
    decisions = [row for row in await queries.DECISIONS.all(uow, id=grant_id) if row.round == grant.round]
    preparers = [person.id for person in await queries.PREPARERS.all(uow, id=grant_id)]
    require_may_decide(uow.actor.id, preparers, {row.decided_by: row.decision for row in decisions})
    status = after(Status(grant.status), Action(data.decision))
    if data.round not in (None, grant.round):
        raise Stale(
            say("This application was returned and submitted again after you read it. Look at it again."),
            await queries.grant(uow, grant_id),
        )
    person = Approver(uow.actor.id, await queries.roles_for(uow, uow.actor.id, grant.office_id))
    if data.decision is Decision.APPROVE:
        given = [row for row in decisions if row.decision == Decision.APPROVE]
        steps = [
            frozenset(map(Role, row.roles))
            for row in await queries.REQUIREMENTS.all(uow, id=grant_id)
            if row.round == grant.round
        ]
        earlier = [Approver(row.decided_by, frozenset(map(Role, row.roles))) for row in given]
        if approve(steps, earlier, person):
            await _reserve(uow, grant, clock)
            grant.status = status
            grant.approved_at = clock.now()
            grant.approved_on = clock.today()
    elif not data.note.strip():
        raise invalid("note", say("Write what has to change, or why it is rejected: the preparer reads it."))
    else:
        grant.status = status
    await uow.session.execute(
        insert(GrantDecision).values(
            grant_id=grant.id,
            office_id=grant.office_id,
            round=grant.round,
            decided_by=uow.actor.id,
            decision=data.decision,
            roles=sorted(person.roles),
            note=data.note,
            decided_at=clock.now(),
        )
    )
    grant.version += 1
    return grant


async def disburse(
    uow: UnitOfWork, grant_id: UUID, number: int, data: DisbursementIn, *, clock: Clock
) -> Grant:
    """Records that a tranche was paid: the fund spends what it had reserved, and the follow-ups begin."""
    first = not data.id or await uow.claim(
        f"payment by {uow.actor.id} of tranche {number} of {grant_id}", data.id, data
    )
    grant = await _locked(uow, grant_id)
    if not first:
        return grant
    uow.actor.require(Permission.GRANTS_PAY, grant.office_id)
    tranches = {row.number: row for row in await queries.TRANCHES.all(uow, id=grant_id)}
    if number not in tranches:
        raise NotFound(say("This grant has no tranche {number}.", number=number))
    decisions = await queries.DECISIONS.all(uow, id=grant_id)
    require_payer(uow.actor.id, [row.decided_by for row in decisions if row.decision == Decision.APPROVE])
    require_payable(number, [row.number for row in tranches.values() if row.paid_on is not None])
    status = after(Status(grant.status), Action.PAY)
    assert grant.approved_on is not None, "held by a check of the table"
    members = await uow.session.scalars(
        select(Member.id).where(Member.household_id == grant.household_id, Member.left_on.is_(None))
    )
    require_sound(
        Payment(
            amount=Amount(data.amount_minor, data.currency),
            recipient=data.recipient_member_id,
            acknowledgement=data.acknowledgement,
            witness=data.witness,
            receipt_number=data.receipt_number,
            paid_on=data.paid_on,
        ),
        tranche=Amount(tranches[number].amount_minor, Currency(grant.currency)),
        members=set(members),
        approved_on=grant.approved_on,
        today=clock.today(),
    )
    await uow.session.execute(
        insert(Disbursement).values(
            id=data.id or new_id(),
            grant_id=grant.id,
            office_id=grant.office_id,
            household_id=grant.household_id,
            tranche_number=number,
            amount_minor=data.amount_minor,
            method=data.method,
            recipient_member_id=data.recipient_member_id,
            acknowledgement=data.acknowledgement,
            witness=data.witness,
            receipt_number=data.receipt_number,
            paid_on=data.paid_on,
            paid_by=uow.actor.id,
            recorded_at=clock.now(),
        )
    )
    await uow.session.execute(
        insert(FundEntry).values(
            fund_id=grant.fund_id,
            kind=Entry.SPEND,
            amount_minor=data.amount_minor,
            grant_id=grant.id,
            office_id=grant.office_id,
            tranche_number=number,
            recorded_by=uow.actor.id,
        )
    )
    grant.status = status
    grant.version += 1
    await followups.set_anchor(
        uow,
        kind=AnchorKind.GRANT,
        source_id=grant.id,
        household_id=grant.household_id,
        office_id=grant.office_id,
        on=data.paid_on,
        clock=clock,
    )
    uow.wake()
    return grant


async def _locked(uow: UnitOfWork, grant_id: UUID) -> Grant:
    grant = await uow.session.scalar(
        select(Grant).where(Grant.id == grant_id).with_for_update().execution_options(populate_existing=True)
    )
    if grant is None:
        raise queries.no_grant()
    return grant


async def _open_fund(uow: UnitOfWork, fund_id: UUID, office_id: int, clock: Clock) -> Fund:
    """A fund that this office may use today. Of a draft that was handed over, it may be one of the old office alone."""
    fund = await uow.session.scalar(
        select(Fund)
        .join(FundOffice, FundOffice.fund_id == Fund.id)
        .where(Fund.id == fund_id, FundOffice.office_id == office_id)
    )
    if fund is None:
        raise invalid("fund_id", say("There is no fund with this id that the household's office may use."))
    require_open(fund.starts_on, fund.ends_on, clock.today())
    return fund


async def _write_plan(uow: UnitOfWork, grant: Grant, data: PlanIn, clock: Clock) -> None:
    fund = await _open_fund(uow, data.fund_id, grant.office_id, clock)
    if data.currency != fund.currency:
        raise invalid(
            "currency",
            say("This fund holds {currency}. Write the amounts in {currency}.", currency=fund.currency),
        )
    made = plan(
        data.currency,
        items=[item.amount_minor for item in data.items],
        amount=data.amount_minor,
        tranches=[tranche.amount_minor for tranche in data.tranches],
        shares=await queries.shares(uow, clock.today()),
    )
    grant.fund_id = fund.id
    grant.currency = data.currency
    grant.business = data.business
    grant.amount_minor = made.amount
    grant.monthly_income_minor = data.monthly_income_minor
    uow.session.add(grant)
    await uow.session.flush()
    key = {"grant_id": grant.id, "office_id": grant.office_id}
    await uow.session.execute(
        insert(GrantItem),
        [
            {**key, "number": place, "description": item.description, "amount_minor": item.amount_minor}
            for place, item in enumerate(data.items, start=1)
        ],
    )
    await uow.session.execute(
        insert(Tranche),
        [{**key, "number": place, "amount_minor": part} for place, part in enumerate(made.tranches, start=1)],
    )
    await _prepared_by_actor(uow, grant)


async def _prepared_by_actor(uow: UnitOfWork, grant: Grant) -> None:
    await uow.session.execute(
        upsert(GrantPreparer)
        .values(grant_id=grant.id, office_id=grant.office_id, staff_id=uow.actor.id)
        .on_conflict_do_nothing()
    )


async def _reserve(uow: UnitOfWork, grant: Grant, clock: Clock) -> None:
    """Sets the money aside. The fund's own check refuses what it does not have: nothing is counted beforehand."""
    await _open_fund(uow, grant.fund_id, grant.office_id, clock)
    try:
        async with uow.savepoint():
            await uow.session.execute(
                insert(FundEntry).values(
                    fund_id=grant.fund_id,
                    kind=Entry.RESERVE,
                    amount_minor=grant.amount_minor,
                    grant_id=grant.id,
                    office_id=grant.office_id,
                    recorded_by=uow.actor.id,
                )
            )
    except IntegrityError as error:
        if "ck_funds_available" not in str(error.orig):
            raise
        fund = await queries.fund(uow, grant.fund_id)
        raise FundTooSmall(
            say(
                "The fund {fund} has {left} left, and this grant asks for {amount}. Nothing was recorded. "
                "Return the application with a note, or ask finance for more.",
                fund=fund.name,
                left=Amount(fund.available_minor, fund.currency),
                amount=Amount(grant.amount_minor, fund.currency),
            )
        ) from error
